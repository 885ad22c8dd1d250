import { createBackoff } from "../../../lib/loop.ts";
import type { Log } from "../../../lib/log.ts";
import { StatusError } from "../types.ts";

export interface QueueOptions {
  name: string;
  /** The finite work for one key, level-triggered. Its answer: again in so many milliseconds. */
  reconcile: (key: string) => number | void | Promise<number | void>;
  log: Log;
}

/** Keys to be reconciled, each at most once at a time and at most once waiting. */
export interface Queue {
  add(key: string): void;
  /** Adds a key later; the earliest time wins. */
  addAfter(key: string, ms: number): void;
  stop(): void;
}

/** Work is done in slices of this length, so that requests to the API server get their turn. */
const sliceMs = 5;
/** Longer waits overflow the timer of the runtime, and a key may always be looked at once more. */
const longestWaitMs = 3_600_000;

/**
 * A queue that runs `reconcile` for what was added, after the caller has finished. What fails is logged and
 * tried again with back-off per key; a lost race (409) soon and silently.
 */
export function createQueue({ name, reconcile, log }: QueueOptions): Queue {
  const waiting = new Set<string>();
  const running = new Set<string>();
  const timers = new Map<string, { at: number; timer: ReturnType<typeof setTimeout> }>();
  const failures = new Map<string, ReturnType<typeof createBackoff>>();
  let scheduled = false;
  let stopped = false;

  const schedule = () => {
    if (scheduled || stopped) return;
    scheduled = true;
    setImmediate(drain);
  };

  const drain = () => {
    scheduled = false;
    const until = performance.now() + sliceMs;
    for (const key of waiting) {
      if (stopped) return;
      if (performance.now() > until) break;
      if (running.has(key)) continue;
      waiting.delete(key);
      run(key);
    }
    if ([...waiting].some((key) => !running.has(key))) schedule();
  };

  const run = (key: string) => {
    try {
      const result = reconcile(key);
      if (!(result instanceof Promise)) return succeed(key, result);
      running.add(key);
      result
        .then(
          (again) => succeed(key, again),
          (thrown) => fail(key, thrown),
        )
        .finally(() => {
          running.delete(key);
          if (waiting.has(key)) schedule();
        });
    } catch (thrown) {
      fail(key, thrown);
    }
  };

  const succeed = (key: string, again: number | void) => {
    failures.delete(key);
    if (again !== undefined) queue.addAfter(key, again);
  };

  const fail = (key: string, thrown: unknown) => {
    if (stopped) return;
    let backoff = failures.get(key);
    if (!backoff) failures.set(key, (backoff = createBackoff({ baseMs: 20, capMs: 30_000 })));
    const raced = thrown instanceof StatusError && thrown.code === 409;
    if (!raced) log.warn(`${name} could not reconcile ${key}`, { error: thrown });
    queue.addAfter(key, backoff.next());
  };

  const queue: Queue = {
    add(key) {
      if (stopped) return;
      waiting.add(key);
      schedule();
    },
    addAfter(key, ms) {
      if (stopped) return;
      const at = performance.now() + ms;
      const earlier = timers.get(key);
      if (earlier && earlier.at <= at) return;
      clearTimeout(earlier?.timer);
      const timer = setTimeout(
        () => {
          timers.delete(key);
          queue.add(key);
        },
        Math.min(Math.max(ms, 0), longestWaitMs),
      );
      timers.set(key, { at, timer });
    },
    stop() {
      stopped = true;
      waiting.clear();
      for (const { timer } of timers.values()) clearTimeout(timer);
      timers.clear();
    },
  };
  return queue;
}
