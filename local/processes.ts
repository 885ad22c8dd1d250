import { readdirSync, readFileSync, readlinkSync } from "node:fs";

export interface ProcessInfo {
  pid: number;
  command: string;
}

/**
 * Every other process whose environment has the entry `NAME=value` (Linux; none elsewhere). Names and command lines
 * do not tell where a process comes from (`postgres: io worker 0`), but children keep their environment.
 */
export function processesWith(entry: string): ProcessInfo[] {
  return allPids()
    .filter((pid) => pid !== process.pid && (read(pid, "environ") ?? "").split("\0").includes(entry))
    .map(describe);
}

/** Every other process that works in, or names on its command line, a folder or anything below it (Linux). */
export function processesUsing(folder: string): ProcessInfo[] {
  return allPids()
    .filter(
      (pid) =>
        pid !== process.pid && (folderOf(pid).startsWith(folder) || describe(pid).command.includes(folder)),
    )
    .map(describe);
}

/** When a process began, in clock ticks since boot: with its number it names a process for good. */
export function startOfProcess(pid: number): string | undefined {
  const stat = read(pid, "stat");
  return stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
}

function allPids(): number[] {
  if (process.platform !== "linux") return [];
  return readdirSync("/proc").map(Number).filter(Number.isInteger);
}

function describe(pid: number): ProcessInfo {
  return { pid, command: (read(pid, "cmdline") ?? "").replaceAll("\0", " ").trim() };
}

function folderOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return "";
  }
}

function read(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return undefined;
  }
}
