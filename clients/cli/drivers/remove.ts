import type { DriverSpec } from "../../../drivers/kit/index.ts";
import { ClientError } from "../../sdk/index.ts";
import { quoted } from "../arguments.ts";
import { type Cli, Exit, exitCodes } from "../io.ts";
import { waitForTask } from "../wait.ts";
import { runsInCase } from "./case-problems.ts";
import type { Case } from "./cases.ts";
import { taskLines } from "./last-lines.ts";
import type { Site } from "./site.ts";

/** What came of a deployed case. */
export interface Deployed {
  /** What does not hold; empty when it passed. */
  failures: string[];
  /** The last lines of its components and its task when it failed. */
  log: string[];
}

/**
 * Deletes what a case has deployed, volumes and all, with the actions of the driver and the case's answers. A delete
 * that fails is a failure of the case; on a server that stays it says how to delete what is still there.
 */
export async function removeCase(
  cli: Cli,
  site: Site,
  one: Case,
  { id, name }: { id: string; name: string },
  { spec, timeout }: { spec: DriverSpec; timeout: number },
): Promise<Deployed> {
  const { client, isLasting, environment } = site;
  const { signal } = cli.io;
  let prompts = promptsOf(spec, one, "delete");
  let task: string | undefined;
  try {
    signal.throwIfAborted();
    // Where nothing ever ran no action runs, and answers are refused.
    const { activeInstance } = (await client.deployments.get(id)) ?? {};
    if (!activeInstance) prompts = [];
    const deleted = await client.deployments.delete({ deployment: id, volumes: "DELETE", prompts });
    task = deleted.task!.id;
    await waitForTask({ ...cli, client }, task, timeout, { isLasting });
    return { failures: [], log: [] };
  } catch (thrown) {
    const hasFailed = thrown instanceof Exit && thrown.code !== exitCodes.timeout;
    const isRefused = hasFailed || (thrown instanceof ClientError && thrown.code === "INVALID");
    const why = signal.aborted ? "" : sentencesIn(thrown).join("; ").replace(/\.$/, "");
    const log = task === undefined || signal.aborted ? [] : await taskLines(client, task, signal);
    if (!isLasting) return { failures: [`it cannot be deleted: ${why}`], log };
    const place = `${environment}/${name}`;
    const answers = prompts.map(
      ({ action, name: prompt, value }) => ` --prompt ${quoted(`${action}.${prompt}=${pairText(value)}`)}`,
    );
    const acts = spec.actions.some((action) => action.hook === "delete" && runsInCase(action));
    // What was refused once with these answers will be refused again.
    const rest = isRefused && acts ? " --skip-actions" : answers.join("");
    const way = `Delete it with \`styrminctl deployments delete ${place} --delete-volumes${rest}\`.`;
    const left = `The deployment ${place} is still there${why === "" ? "" : `: ${why}`}. ${way}`;
    return { failures: [left], log };
  }
}

/** The case's answers to what the actions at a hook ask for. */
export function promptsOf(spec: DriverSpec, { prompts }: Case, hook: DriverSpec["actions"][number]["hook"]) {
  const own = spec.actions.filter((action) => action.hook === hook && runsInCase(action));
  const names = new Set(own.map(({ name }) => name));
  return Object.entries(prompts).flatMap(([key, value]) => {
    const [action = "", ...rest] = key.split(".");
    return names.has(action) ? [{ action, name: rest.join("."), value }] : [];
  });
}

export function sentencesIn(thrown: unknown): string[] {
  const problems = thrown instanceof ClientError ? thrown.problems : [];
  if (problems.length > 0) return problems.map(({ field, message }) => `${field}: ${message}`);
  return [thrown instanceof Error ? thrown.message : String(thrown)];
}

/** As a command line has it, where a text after `@` is a file's name. */
function pairText(value: unknown): string {
  if (typeof value !== "string") return JSON.stringify(value);
  return value.startsWith("@") ? `@${value}` : value;
}
