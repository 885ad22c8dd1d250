import { availableParallelism, loadavg } from "node:os";

/**
 * How many times longer than on a quiet machine something may take now: the processes that want a processor, for each
 * there is; at least 1. A time that the product promises is meant for a machine that has time for it: multiply it by this.
 */
export const pace = (): number => Math.max(1, loadavg()[0]! / availableParallelism());
