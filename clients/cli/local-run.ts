import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { quoted } from "./arguments.ts";

const root = resolve(import.meta.dir, "../..");

/** What `npm start` says of its run in `run.json`, as far as it is of use here. */
interface LocalRun {
  serverUrl: string;
  kubeconfig: string;
  /** The context of the kubeconfig that counts, if not its current one. */
  context?: string | null;
  pids: { supervisor: number };
}

/**
 * The options by which `kubectl` speaks to the cluster `local` of the Styrmin that `npm start` runs in this clone;
 * undefined when `server` is another one, or this is no clone.
 */
export function localKubectl(server: string, env: Record<string, string | undefined>): string | undefined {
  const run = readRun(join(resolve(root, env.STYRMIN_HOME || ".styrmin"), "run.json"));
  if (!run || originOf(run.serverUrl) !== originOf(server) || !isRunning(run.pids.supervisor))
    return undefined;
  const context = run.context == null ? "" : ` --context ${quoted(run.context)}`;
  return `--kubeconfig ${quoted(run.kubeconfig)}${context}`;
}

function readRun(path: string): LocalRun | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}

/** It listens on 127.0.0.1, which many write as localhost. */
const originOf = (url: string) => new URL(url).origin.replace("//localhost", "//127.0.0.1");

/** A run that was killed leaves its file. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === "EPERM";
  }
}
