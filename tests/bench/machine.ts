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
  const [before, stolenBefore, from] = [foreign(), stolenSeconds(), performance.now()];
  return () => {
    let seconds = stolenSeconds() - stolenBefore;
    for (const [pid, one] of foreign()) {
      // What began meanwhile below the first process of all is what the bench itself has left behind.
      if (before.has(one.root)) seconds += one.seconds - (before.get(pid)?.seconds ?? 0);
    }
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
 * All processes that do not descend from this one, with the time of their children that have ended. Not what is left of the
 * whole machine's time: the kernel's own threads (children of the second process) take away the network of each action, and
 * the first process gets the time of what an action left behind. Neither is counted.
 */
function foreign(): Map<number, { seconds: number; root: number }> {
  const all = new Map<number, { parent: number; seconds: number }>();
  for (const name of process.platform === "linux" ? readdirSync("/proc") : []) {
    const one = /^\d+$/.test(name) ? readStat(name) : undefined;
    if (one) all.set(Number(name), one);
  }
  /** Its ancestor, or it itself, that is this process or a child of one of the first two. */
  const rootOf = (pid: number): number => {
    const parent = all.get(pid)?.parent ?? 0;
    return pid === process.pid || parent < 3 ? pid : rootOf(parent);
  };
  const found = new Map<number, { seconds: number; root: number }>();
  for (const [pid, { parent, seconds }] of all) {
    const root = rootOf(pid);
    if (pid > 2 && parent !== 2 && root !== process.pid) found.set(pid, { seconds, root });
  }
  return found;
}

/**
 * See proc_pid_stat(5): the parent is field 4; utime, stime, cutime and cstime are 14 to 17, in hundredths of
 * a second. Undefined when there is no such process any more.
 */
function readStat(pid: string): { parent: number; seconds: number } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const seconds = [11, 12, 13, 14].reduce((sum, field) => sum + Number(fields[field]), 0) / 100;
    return { parent: Number(fields[1]), seconds };
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
