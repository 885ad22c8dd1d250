import { readdirSync, readFileSync } from "node:fs";
import os from "node:os";

/** What the figures were measured on, in one line. */
export function machineLine(): string {
  const [cpu] = os.cpus();
  const memory = `${(os.totalmem() / 2 ** 30).toFixed(1)} GiB`;
  const kernel = `${os.type()} ${os.release()}`;
  return `${os.cpus().length} cores of ${cpu?.model.trim() ?? "?"}, ${memory}, ${kernel}, Bun ${Bun.version}`;
}

/**
 * Processor time that other programs took, and the host of this machine, in cores: begin, run, then ask. Linux only;
 * NaN elsewhere.
 */
export function watchForeign(): () => number {
  const [before, from] = [foreignSeconds() + stolenSeconds(), performance.now()];
  return () => {
    const seconds = foreignSeconds() + stolenSeconds() - before;
    return Math.max(0, (seconds * 1000) / (performance.now() - from));
  };
}

/** Waits until other programs leave the machine alone for two seconds, or for so many seconds at the most. */
export async function untilQuiet(patienceSeconds: number): Promise<void> {
  const until = performance.now() + patienceSeconds * 1000;
  while (performance.now() < until) {
    const foreign = watchForeign();
    await Bun.sleep(2_000);
    if (!(foreign() > 0.3)) return;
  }
}

/**
 * Of all processes that do not descend from this one, with their children that have ended. It is not what is left of the
 * whole: what an action leaves behind ends as a child of the first process of all, and the kernel's own threads (children of
 * the second) take away the network of each action. Neither is counted.
 */
function foreignSeconds(): number {
  if (process.platform !== "linux") return Number.NaN;
  const all = new Map(
    readdirSync("/proc").flatMap((name) => {
      const one = /^\d+$/.test(name) ? readStat(name) : undefined;
      return one ? [[Number(name), one] as const] : [];
    }),
  );
  const isOwn = (pid: number): boolean =>
    pid === process.pid || (all.has(pid) && isOwn(all.get(pid)!.parent));
  return [...all].reduce(
    (sum, [pid, { parent, seconds }]) => sum + (pid < 3 || parent === 2 || isOwn(pid) ? 0 : seconds),
    0,
  );
}

/** See proc_pid_stat(5): the parent is field 4, utime, stime, cutime and cstime are 14 to 17, in hundredths of a second. */
function readStat(pid: string): { parent: number; seconds: number } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat
      .slice(stat.lastIndexOf(")") + 2)
      .split(" ")
      .map(Number);
    return {
      parent: fields[1]!,
      seconds: [11, 12, 13, 14].reduce((sum, field) => sum + fields[field]!, 0) / 100,
    };
  } catch {
    return undefined; // It has ended.
  }
}

/** What the host took away from all processors since boot. */
function stolenSeconds(): number {
  if (process.platform !== "linux") return Number.NaN;
  const [line = ""] = readFileSync("/proc/stat", "utf8").split("\n");
  return Number(line.split(/\s+/)[8]) / 100;
}
