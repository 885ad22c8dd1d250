import { mkdir, readdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { packagesFolder } from "../../../drivers/kit/index.ts";
import { Exit, exitCodes } from "../io.ts";
import actions from "./skeleton/actions.ts.txt" with { type: "text" };
import chart from "./skeleton/chart/Chart.yaml" with { type: "text" };
import chartTemplate from "./skeleton/chart/templates/web.yaml" with { type: "text" };
import chartValues from "./skeleton/chart/values.yaml" with { type: "text" };
import specification from "./skeleton/driver.styrmin.yml" with { type: "text" };
import manifest from "./skeleton/manifests/web.yaml" with { type: "text" };
import cases from "./skeleton/tests/cases.yaml" with { type: "text" };
import values from "./skeleton/values.j2.yml" with { type: "text" };

export interface InitOptions {
  /** A chart in the driver's folder instead of manifests. */
  helm?: boolean;
  /** Also an action. */
  actions?: boolean;
}

/** The skeleton's own name, for which the driver's comes. */
const placeholder = "my-app";

const helmKeys = `  helm:
    main: { location: ./chart, values: values.j2.yml }
`;
const actionKeys = `  actions:
    - name: after-upgrade
      hook: upgrade
      mode: post
      location: actions.ts::afterUpgrade
      description: Runs when an upgrade has made the new version ready.
`;

/**
 * Writes a small driver that works as it is into a folder that is new or empty; answers the paths of its files. Throws
 * `Exit` when the name cannot be a driver's or something is there already.
 */
export async function initDriver(folder: string, name: string, options: InitOptions): Promise<string[]> {
  if (name.length > 40 || !/^[a-z]([a-z0-9-]*[a-z0-9])?$/.test(name)) {
    const message = `"${name}" cannot be a driver's name: a-z, 0-9 and -, 40 at most. Give one by --name.`;
    throw new Exit(exitCodes.usage, message);
  }
  const there = await readdir(folder).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === "ENOENT") return [];
    throw new Exit(exitCodes.refused, `${folder} cannot be used: ${thrown.message}.`);
  });
  if (there.some((entry) => entry !== ".git")) {
    throw new Exit(exitCodes.refused, `${folder} is not empty; nothing was written.`);
  }
  const files = skeletonOf(name, options);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  return Object.keys(files);
}

/** The files of a new driver by path. */
export function skeletonOf(name: string, { helm = false, actions: acts = false }: InitOptions) {
  const spec = asText(specification).replace("  manifests: manifests/\n", helm ? helmKeys : "$&");
  const files: Record<string, string> = {
    "driver.styrmin.yml": acts ? spec + actionKeys : spec,
    ...(helm
      ? {
          "chart/Chart.yaml": asText(chart),
          "chart/values.yaml": asText(chartValues),
          "chart/templates/web.yaml": asText(chartTemplate),
          "values.j2.yml": asText(values),
        }
      : { "manifests/web.yaml": asText(manifest) }),
    ...(acts ? { "actions.ts": actions } : {}),
    "tests/cases.yaml": asText(cases),
    ".gitignore": `${packagesFolder}\n`,
  };
  return Object.fromEntries(
    Object.entries(files).map(([path, text]) => [path, text.replaceAll(placeholder, name)]),
  );
}

/** The types know YAML files as data; imported as text they are text. */
const asText = (imported: unknown) => imported as string;
