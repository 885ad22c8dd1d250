import { messageOf } from "./errors.ts";
import type { Log } from "./log.ts";

/**
 * Waits `ms` milliseconds. Rejects with the signal's reason as soon as it is aborted, and leaves no
 * listener or timer behind either way.
 */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal?.addEventListener("abort", stop, { once: true });
  });
}

export interface Backoff {
  /** The next delay in milliseconds: doubling, capped, with up to 30 % of jitter taken off. */
  next(): number;
  reset(): void;
}

export function createBackoff({ baseMs = 250, capMs = 5_000, random = Math.random } = {}): Backoff {
  let failures = 0;
  return {
    next() {
      const full = Math.min(capMs, baseMs * 2 ** failures);
      failures = Math.min(failures + 1, 30);
      return Math.round(full * (1 - 0.3 * random()));
    },
    reset() {
      failures = 0;
    },
  };
}

/** A wait that news can cut short: `wake()` ends the current wait, or the next one if none is under way. */
export interface Bell {
  wake(): void;
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

export function createBell(): Bell {
  let rung = false;
  let ring: (() => void) | undefined;
  return {
    wake() {
      rung = true;
      ring?.();
    },
    async wait(ms, signal) {
      if (!rung) {
        const cut = new AbortController();
        ring = () => cut.abort();
        try {
          await sleep(ms, AbortSignal.any([signal, cut.signal]));
        } catch (thrown) {
          if (signal.aborted) throw thrown;
        } finally {
          ring = undefined;
        }
      }
      rung = false;
    },
  };
}

/** What a loop tells of itself, for `/healthz`. */
export interface LoopHealth {
  name: string;
  /** When `once` last ended well. */
  lastSuccessAt: Date | null;
  /** Why it last failed; null after a success. */
  lastError: string | null;
  /** Failures since the last success. */
  failures: number;
}

export interface LoopOptions {
  name: string;
  /** The finite work. Its answer, in milliseconds, replaces `everyMs` for the next wait. */
  once: (signal: AbortSignal) => Promise<number | void>;
  everyMs: number;
  signal: AbortSignal;
  log: Log;
  /**
   * How long `once` may take. After it the signal that `once` got is aborted, and after as long again the
   * loop goes on without it: a hung call must not end a loop. Unlimited by default.
   */
  limitMs?: number;
  backoff?: Backoff;
}

export interface Loop {
  /** Starts the next `once` now, or right after the one under way. */
  wake(): void;
  health(): LoopHealth;
  /** Settles when the signal was aborted and the work in hand has ended. Never rejects. */
  done: Promise<void>;
}

/** Runs `once` again and again until the signal is aborted. A failure is logged, waited out and tried again. */
export function startLoop(options: LoopOptions): Loop {
  const { name, once, everyMs, signal, log, limitMs = 0, backoff = createBackoff() } = options;
  const bell = createBell();
  const health: LoopHealth = { name, lastSuccessAt: null, lastError: null, failures: 0 };

  const turn = async (): Promise<number> => {
    try {
      const wanted = await (limitMs > 0 ? limited(once, limitMs, signal) : once(signal));
      Object.assign(health, { lastSuccessAt: new Date(), lastError: null, failures: 0 });
      backoff.reset();
      return wanted ?? everyMs;
    } catch (thrown) {
      if (signal.aborted) return 0;
      Object.assign(health, { lastError: messageOf(thrown), failures: health.failures + 1 });
      log.warn(`${name} failed`, { error: thrown, failures: health.failures });
      return backoff.next();
    }
  };

  const run = async () => {
    while (!signal.aborted) {
      const waitMs = await turn();
      await bell.wait(waitMs, signal).catch(() => {});
    }
  };
  return { wake: bell.wake, health: () => ({ ...health }), done: run() };
}

/** Runs `work` with a signal of its own that is aborted after `limitMs`; abandons it if it will not end. */
export async function limited<T>(
  work: (signal: AbortSignal) => Promise<T>,
  limitMs: number,
  signal: AbortSignal,
): Promise<T> {
  const own = new AbortController();
  const both = AbortSignal.any([signal, own.signal]);
  // Plain timers: this stands around every look at every object, and signals cost ten times as much.
  let timer: ReturnType<typeof setTimeout>;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      own.abort(new Error(`took longer than ${limitMs} ms`));
      const text = `took longer than ${limitMs} ms and would not stop`;
      timer = setTimeout(() => reject(new Error(text)), limitMs);
    }, limitMs);
  });
  try {
    return await Promise.race([work(both), late]);
  } finally {
    clearTimeout(timer!);
  }
}

/** Whether `work` takes longer than `ms`. What it throws is left to whoever awaits it. */
export function isSlow(work: Promise<unknown>, ms: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (slow: boolean) => {
      clearTimeout(timer);
      signal.removeEventListener("abort", early);
      resolve(slow);
    };
    const early = () => settle(false);
    const timer = setTimeout(() => settle(true), ms);
    work.then(early, early);
    if (signal.aborted) early();
    else signal.addEventListener("abort", early, { once: true });
  });
}

/**
 * Runs parts side by side under one signal. The first to end, well or badly, stops the others; all are
 * awaited. Rejects with the first failure.
 */
export async function together(
  parts: ((signal: AbortSignal) => Promise<void>)[],
  signal: AbortSignal,
): Promise<void> {
  const own = new AbortController();
  const both = AbortSignal.any([signal, own.signal]);
  const results = await Promise.allSettled(parts.map((part) => part(both).finally(() => own.abort())));
  const failed = results.find((result) => result.status === "rejected");
  if (failed && !signal.aborted) throw failed.reason;
}
