import { readFileSync } from "node:fs";
import os from "node:os";

/** What the figures were measured on, in one line. */
export function machineLine(): string {
  const [cpu] = os.cpus();
  const memory = `${(os.totalmem() / 2 ** 30).toFixed(1)} GiB`;
  const kernel = `${os.type()} ${os.release()}`;
  return `${os.cpus().length} cores of ${cpu?.model.trim() ?? "?"}, ${memory}, ${kernel}, Bun ${Bun.version}`;
}

/** Processor time that other programs took, in cores: begin, run, then ask. Linux only; NaN elsewhere. */
export function watchForeign(): () => number {
  const [busyBefore, ownBefore, from] = [busySeconds(), ownSeconds(), performance.now()];
  return () => {
    const own = ownSeconds() - ownBefore;
    return Math.max(0, ((busySeconds() - busyBefore - own) * 1000) / (performance.now() - from));
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

/** Of all processors since boot: user, nice, system, irq, softirq and what the host took away. */
function busySeconds(): number {
  if (process.platform !== "linux") return Number.NaN;
  const [line = ""] = readFileSync("/proc/stat", "utf8").split("\n");
  const [user, nice, system, , , irq, softirq, stolen] = line.split(/\s+/).slice(1).map(Number);
  return (user! + nice! + system! + irq! + softirq! + stolen!) / 100;
}

/** Of this process and of its children that have ended. */
function ownSeconds(): number {
  if (process.platform !== "linux") return Number.NaN;
  const stat = readFileSync("/proc/self/stat", "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return [11, 12, 13, 14].reduce((sum, field) => sum + Number(fields[field]), 0) / 100;
}
