import { readFileSync } from "node:fs";
import { availableParallelism, loadavg } from "node:os";

/**
 * How many times longer than on a quiet machine something may take now: the processes that want a processor, for each
 * there is; at least 1. A time that the product promises is meant for a machine that has time for it: multiply it by this.
 */
export function pace(): number {
  const processors = availableParallelism();
  return Math.max(processors, loadavg()[0]!, wantingNow()) / processors;
}

/** The average is that of the last minute: in the first of a run it knows little of what the run does. */
function wantingNow(): number {
  const [, count] = / (\d+)\/\d+ /.exec(readFileSync("/proc/loadavg", "utf8")) ?? [];
  return Number(count);
}
