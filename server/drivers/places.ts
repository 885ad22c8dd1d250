import { AppError } from "../../lib/errors.ts";

/** Gives a place and answers how to give it back. Throws UNAVAILABLE when none is free in time, or the abort's reason. */
export type TakePlace = (signal?: AbortSignal) => Promise<() => void>;

/** So many places, for those who come first; whoever waits longer than `waitMs` gets none. */
export function createPlaces(count: number, { waitMs, what }: { waitMs: number; what: string }): TakePlace {
  let free = count;
  const waiting: (() => void)[] = [];
  const release = () => {
    const next = waiting.shift();
    if (next) next();
    else free++;
  };
  const once = () => {
    let isGiven = false;
    return () => {
      if (!isGiven) release();
      isGiven = true;
    };
  };
  return async function take(signal) {
    signal?.throwIfAborted();
    if (free > 0) {
      free--;
      return once();
    }
    await new Promise<void>((resolve, reject) => {
      const settle = (end: () => void) => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", aborted);
        const at = waiting.indexOf(given);
        if (at >= 0) waiting.splice(at, 1);
        end();
      };
      const given = () => settle(resolve);
      const aborted = () => settle(() => reject(signal?.reason as Error));
      const timer = setTimeout(() => settle(() => reject(full(count, what))), waitMs);
      signal?.addEventListener("abort", aborted, { once: true });
      waiting.push(given);
    });
    return once();
  };
}

const full = (count: number, what: string) =>
  new AppError("UNAVAILABLE", `${count} ${what} already (limit: at once). Try again in a moment.`);
