import { setTimeout as pause } from "node:timers/promises";

/** What is done again waits so long before; milliseconds. */
const defaultPausesMs = [1_000, 4_000];

/**
 * Does work again whose process was killed from outside, as a system does that is short of memory: what others take may be
 * to blame. What is killed the third time in a row is taken for what needs too much itself. Rejects when the work does, and
 * when the signal is aborted, with its reason.
 */
export async function againWhenKilled<T>(
  work: () => Promise<T>,
  isKilled: (outcome: T) => boolean,
  { signal, pausesMs = defaultPausesMs }: { signal?: AbortSignal | undefined; pausesMs?: number[] } = {},
): Promise<T> {
  for (const ms of pausesMs) {
    const outcome = await work();
    if (!isKilled(outcome)) return outcome;
    await pause(ms, undefined, { signal }).catch(() => signal?.throwIfAborted());
  }
  return work();
}

/** Why there is no result of what was killed too often. */
export const killedAgain =
  "rendering was killed again and again, probably as this machine has too little memory for it";
