import type { Home } from "./home.ts";
import { processesWith } from "./processes.ts";
import { sleep } from "../lib/loop.ts";

/** What every process of a run, and every process of one part of it, has in its environment. */
export const runEntry = (runId: string) => `STYRMIN_RUN_ID=${runId}`;
const partEntry = (runId: string, part: string) => `STYRMIN_PART_ID=${runId}/${part}`;

/** Not handed on: they would lead a part to a cluster or a database that it was not told to use. */
const dropped =
  /^(KUBECONFIG|DATABASE_URL|PG[A-Z]+|KUBERNETES_SERVICE_.*|npm_.*|STYRMIN_.*|INIT_CWD|NODE_ENV)$/i;

/** The environment of a part: the user's own, without what would mislead it, and marked. */
export function partEnvironment(
  source: Record<string, string | undefined>,
  home: Home,
  runId: string,
  part: string,
): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(source)) {
    const setting =
      name.startsWith("STYRMIN_") && !/^STYRMIN_(LOCAL_INTENT|TEST_POSTGRES|RUN_ID|PART_ID)$/.test(name);
    if (value !== undefined && (setting || !dropped.test(name))) env[name] = value;
  }
  for (const entry of [runEntry(runId), partEntry(runId, part)]) {
    const [name = "", value = ""] = entry.split("=");
    env[name] = value;
  }
  return { ...env, STYRMIN_HOME: home.dir, BUN_CONFIG_MAX_HTTP_REQUESTS: "2000" };
}

/** Ends what a killed run left behind; answers how many processes that were. */
export function sweepRun(runId: string): Promise<number> {
  return sweep(runEntry(runId));
}

/** Ends what a killed part of this run left behind. */
export function sweepPart(runId: string, part: string): Promise<number> {
  return sweep(partEntry(runId, part));
}

async function sweep(entry: string): Promise<number> {
  const strays = processesWith(entry);
  for (const { pid } of strays) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has ended by itself.
    }
  }
  for (let waited = 0; waited < 2000 && processesWith(entry).length > 0; waited += 20) await sleep(20);
  return strays.length;
}
