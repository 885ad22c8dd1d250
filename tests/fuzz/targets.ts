import type { FuzzTarget } from "./target.ts";
import { actionMessages } from "./targets/action-messages.ts";
import { addresses } from "./targets/addresses.ts";
import { chartArchives, chartOutput } from "./targets/charts.ts";
import { commits } from "./targets/commits.ts";
import { deliveries } from "./targets/deliveries.ts";
import { driverFile } from "./targets/driver-file.ts";
import { gitRefs } from "./targets/git-refs.ts";
import { packs } from "./targets/packs.ts";
import { parameterValues } from "./targets/parameter-values.ts";
import { templates } from "./targets/templates.ts";
import { versionRanges } from "./targets/version-ranges.ts";

/** Everything that is fuzzed, one file each. */
export const targets: FuzzTarget<any>[] = [
  driverFile,
  versionRanges,
  parameterValues,
  templates,
  actionMessages,
  gitRefs,
  commits,
  deliveries,
  addresses,
  packs,
  chartArchives,
  chartOutput,
];
