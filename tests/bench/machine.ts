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
  const all = new Map<number, ReturnType<typeof readStat>>();
  for (const name of readdirSync("/proc")) if (/^\d+$/.test(name)) all.set(Number(name), readStat(name));
  const isOwn = (pid: number): boolean =>
    pid === process.pid || (pid > 2 && isOwn(all.get(pid)?.parent ?? 0));
  let sum = 0;
  for (const [pid, one] of all) {
    if (one && pid > 2 && one.parent !== 2 && !one.hasEnded && !isOwn(pid)) sum += one.seconds;
  }
  return sum;
}

/**
 * See proc_pid_stat(5): state and parent are fields 3 and 4; utime, stime, cutime and cstime are 14 to 17, in hundredths of
 * a second. Undefined when there is no such process any more.
 */
function readStat(pid: string) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const seconds = [11, 12, 13, 14].reduce((sum, field) => sum + Number(fields[field]), 0) / 100;
    return { hasEnded: fields[0] === "Z", parent: Number(fields[1]), seconds };
  } catch {
    return undefined;
  }
}

/** What the host took away from all processors since boot. */
function stolenSeconds(): number {
  if (process.platform !== "linux") return Number.NaN;
  const [line = ""] = readFileSync("/proc/stat", "utf8").split("\n");
  return Number(line.split(/\s+/)[8]) / 100;
}
