import { writeSync } from "node:fs";
import { frameOf } from "../actions/frames.ts";
import { callsWaiting, messageBytes, type Outcome } from "../actions/messages.ts";
import type { ActionCall } from "../actions/runner.ts";
import { channel } from "./channel.ts";

type Question = Exclude<ActionCall, { kind: "log" }>;
type Level = "info" | "warn" | "error";

export type Asking = ReturnType<typeof createAsking>;

/** The longest line of a log, in characters; the rest is cut off and said to be. */
const longestLine = 8_192;

/** The action's side of its channel: numbers calls, and gives each its answer. */
export function createAsking() {
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  const queue: (() => void)[] = [];
  const pending = new Set<Promise<unknown>>();
  let last = 0;

  const send = (message: unknown) => writeAll(frameOf(message, messageBytes));

  const ask = (call: Question): Promise<unknown> => {
    const answer = Promise.withResolvers<unknown>();
    const begin = () => {
      const id = ++last;
      waiting.set(id, answer);
      try {
        send({ call, id });
      } catch (thrown) {
        waiting.delete(id);
        answer.reject(thrown);
      }
    };
    if (waiting.size < callsWaiting - 1) begin();
    else queue.push(begin);
    pending.add(answer.promise);
    const done = () => pending.delete(answer.promise);
    answer.promise.then(done, done);
    return answer.promise;
  };

  return {
    ask,
    log(level: Level, message: string): void {
      const cut = message.length > longestLine ? `${message.slice(0, longestLine)} … (cut)` : message;
      send({ call: { kind: "log", level, message: cut } });
    },
    hear(message: { answer: number; value?: unknown } | { answer: number; error: string }): void {
      const answer = waiting.get(message.answer);
      waiting.delete(message.answer);
      if ("error" in message) answer?.reject(new Error(message.error));
      else answer?.resolve(message.value);
      queue.shift()?.();
    },
    /** Settles when each call has its answer, also those nobody waited for. */
    async settled(): Promise<void> {
      while (pending.size > 0) await Promise.allSettled(pending);
    },
    end(outcome: Outcome): void {
      try {
        send({ end: outcome });
      } catch (thrown) {
        send({
          end: {
            failure: "output",
            message: `What the action returns is too much: ${(thrown as Error).message}`,
          },
        });
      }
    },
  };
}

/** Writes at once, so that what was said before a crash is said; waits while nobody reads. */
function writeAll(bytes: Buffer): void {
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(channel, bytes, at);
    } catch (thrown) {
      if ((thrown as { code?: string }).code !== "EAGAIN") throw thrown;
      Bun.sleepSync(1);
    }
  }
}
