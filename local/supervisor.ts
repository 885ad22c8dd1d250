import { createBackoff, sleep } from "../lib/loop.ts";
import { messageOf } from "../lib/errors.ts";
import type { Running } from "./program.ts";

/** One process that is kept running. */
export interface Part<Ready = unknown> {
  name: string;
  start(signal: AbortSignal): Promise<Running<Ready>>;
  /** How long it may take to end when asked; it is killed after that. */
  graceMs: number;
}

export interface Kept<Ready> {
  name: string;
  /** What runs now; while a part is being started again, what ran last. */
  current(): Running<Ready>;
  /** Ends the part and starts it no more. */
  stop(): Promise<void>;
}

export interface SupervisorOptions {
  /** A part ended by itself, and will be started again after `waitMs`. */
  onEnd: (name: string, how: string, waitMs: number) => void;
  /** A part could not be started again; it is tried once more. */
  onFailure: (name: string, message: string) => void;
  /** A part that had ended runs again. */
  onRestart: (name: string) => void;
  /** Runs after a part has ended and before it is started again. */
  cleanUp: (name: string) => Promise<void>;
}

/** A part that lived this long may be started again at once when it ends. */
const steadyMs = 30_000;

/**
 * Keeps parts running. `keep` throws when the first start fails, because what never ran will not run by being tried
 * again; after that every end is followed by a start, after a pause that grows while starts fail.
 */
export function createSupervisor({ onEnd, onFailure, onRestart, cleanUp }: SupervisorOptions) {
  return {
    async keep<Ready>(part: Part<Ready>, signal: AbortSignal): Promise<Kept<Ready>> {
      const stopping = new AbortController();
      const either = AbortSignal.any([stopping.signal, signal]);
      let current = await part.start(either);

      const guard = async () => {
        const backoff = createBackoff({ baseMs: 300, capMs: 10_000 });
        let startedAt = performance.now();
        let how = await current.exited;
        while (!stopping.signal.aborted) {
          if (performance.now() - startedAt > steadyMs) backoff.reset();
          const waitMs = backoff.next();
          onEnd(part.name, how, waitMs);
          await cleanUp(part.name);
          try {
            await sleep(waitMs, stopping.signal);
            startedAt = performance.now();
            current = await part.start(stopping.signal);
          } catch (thrown) {
            if (stopping.signal.aborted) return;
            onFailure(part.name, messageOf(thrown));
            how = "a failed start";
            continue;
          }
          onRestart(part.name);
          how = await current.exited;
        }
      };
      const guarded = guard();
      return {
        name: part.name,
        current: () => current,
        async stop() {
          stopping.abort(new Error("stopping"));
          await current.stop(part.graceMs);
          await guarded;
        },
      };
    },
  };
}
