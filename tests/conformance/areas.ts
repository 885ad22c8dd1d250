import { join } from "node:path";
import type { Case } from "./case.ts";
import { apply } from "./cases/apply.ts";
import { config } from "./cases/config.ts";
import { custom } from "./cases/custom.ts";
import { defaults } from "./cases/defaults.ts";
import { deletion } from "./cases/deletion.ts";
import { discovery } from "./cases/discovery.ts";
import { errors } from "./cases/errors.ts";
import { jobs } from "./cases/jobs.ts";
import { lifecycle } from "./cases/lifecycle.ts";
import { lists } from "./cases/lists.ts";
import { network } from "./cases/network.ts";
import { merging } from "./cases/merging.ts";
import { objects } from "./cases/objects.ts";
import { patches } from "./cases/patches.ts";
import { pods } from "./cases/pods.ts";
import { rbac } from "./cases/rbac.ts";
import { rollouts } from "./cases/rollouts.ts";
import { schemas } from "./cases/schemas.ts";
import { scheduling } from "./cases/scheduling.ts";
import { sets } from "./cases/sets.ts";
import { streams } from "./cases/streams.ts";
import { subresources } from "./cases/subresources.ts";
import { tables } from "./cases/tables.ts";
import { watches } from "./cases/watches.ts";

/** All cases. What the real cluster answered to `cases/objects.ts` is kept in `answers/objects.json`. */
export const areas: Record<string, Case[]> = {
  discovery,
  objects,
  errors,
  apply,
  merging,
  patches,
  lists,
  watches,
  deletion,
  subresources,
  rbac,
  custom,
  schemas,
  defaults,
  tables,
  rollouts,
  sets,
  jobs,
  pods,
  lifecycle,
  scheduling,
  config,
  network,
  streams,
};

export function answersFile(area: string): string {
  return join(import.meta.dir, "answers", `${area}.json`);
}

/** The recorded answers of an area by the names of its cases; empty when nothing was recorded yet. */
export async function recordedAnswers(area: string): Promise<Record<string, unknown>> {
  const file = Bun.file(answersFile(area));
  return (await file.exists()) ? ((await file.json()) as Record<string, unknown>) : {};
}
