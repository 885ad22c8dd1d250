import { messageOf } from "../lib/errors.ts";
import type { Log } from "../lib/log.ts";
import { createBackoff, type LoopHealth, sleep } from "../lib/loop.ts";

/** A running part of the agent. */
export interface Part {
  health(): LoopHealth;
  /** Settles when the part has ended. */
  done: Promise<void>;
}

/**
 * Keeps one part of the agent going: when it ends or throws before its time it is started again, with
 * back-off, and the other parts hear nothing of it.
 */
export function supervise(options: {
  name: string;
  start: (signal: AbortSignal) => Part | Promise<Part>;
  signal: AbortSignal;
  log: Log;
  backoff?: { next(): number; reset(): void };
}): Part {
  const { name, start, signal, log, backoff = createBackoff({ baseMs: 200, capMs: 10_000 }) } = options;
  let part: Part | undefined;
  const broken: LoopHealth = { name, lastSuccessAt: null, lastError: null, failures: 0 };

  const runOnce = async (): Promise<void> => {
    const own = new AbortController();
    try {
      part = await start(AbortSignal.any([signal, own.signal]));
      await part.done;
      if (!signal.aborted) throw new Error("ended before its time");
    } finally {
      Object.assign(broken, { lastSuccessAt: part?.health().lastSuccessAt ?? broken.lastSuccessAt });
      part = undefined;
      own.abort(new Error(`${name} is started again`));
    }
  };
  const run = async () => {
    while (!signal.aborted) {
      const from = performance.now();
      try {
        await runOnce();
      } catch (thrown) {
        if (signal.aborted) return;
        if (performance.now() - from > 60_000) backoff.reset();
        Object.assign(broken, { lastError: messageOf(thrown), failures: broken.failures + 1 });
        log.error(`${name} broke and is started again`, { error: thrown });
        await sleep(backoff.next(), signal).catch(() => {});
      }
    }
  };
  return { health: () => part?.health() ?? { ...broken }, done: run() };
}
