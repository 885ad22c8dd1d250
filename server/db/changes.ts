import type { Log } from "../../lib/log.ts";
import { createBackoff, createBell, sleep } from "../../lib/loop.ts";
import type { Sql } from "./sql.ts";

/** What changes are told of, by the triggers of the schema: a kind and the id it concerns. */
export type TopicKind = "work" | "intent" | "inquiry" | "task" | "deployment" | "source" | "version";
/** `task:<id>`, or `task:*` for all of a kind. */
export type Topic = `${TopicKind}:${string}`;

/**
 * News of changes from every server process, over one LISTEN connection. News may be lost while the connection is
 * away; when it is back every listener is called, and whoever waits polls slowly besides.
 */
export interface Changes {
  /** Calls `listener` with the id at each change until the returned function is called. */
  on(topic: Topic, listener: (id: string) => void): () => void;
  /** Runs `check` at once, then at each change and every `pollMs`, until it answers something or the time is up. */
  until<T>(topic: Topic, wait: WaitOptions, check: () => Promise<T | undefined>): Promise<T | undefined>;
  close(): Promise<void>;
}

export interface WaitOptions {
  waitMs: number;
  pollMs: number;
  signal?: AbortSignal;
}

const never = new AbortController().signal;

/** Starts to listen in the background; a database that is away is tried again until `close`. */
export function createChanges(sql: Sql, log: Log): Changes {
  const listeners = new Map<string, Set<(id: string) => void>>();
  const tell = (payload: string) => {
    const colon = payload.indexOf(":");
    const id = payload.slice(colon + 1);
    for (const topic of [payload, `${payload.slice(0, colon)}:*`]) {
      for (const listener of listeners.get(topic) ?? []) listener(id);
    }
  };
  const tellAll = () => {
    for (const [topic, those] of listeners) {
      for (const listener of those) listener(topic.slice(topic.indexOf(":") + 1));
    }
  };
  const closed = new AbortController();
  const listen = async (): Promise<{ unlisten(): Promise<void> } | undefined> => {
    const backoff = createBackoff({ capMs: 2000 });
    while (!closed.signal.aborted) {
      try {
        return await sql.listen("styrmin", tell, tellAll);
      } catch (error) {
        log.warn("cannot listen for changes; they are polled meanwhile", { error });
        await sleep(backoff.next(), closed.signal).catch(() => {});
      }
    }
    return undefined;
  };
  const listening = listen();

  const on: Changes["on"] = (topic, listener) => {
    const those = listeners.get(topic) ?? new Set();
    listeners.set(topic, those.add(listener));
    return function stopListening() {
      those.delete(listener);
      if (those.size === 0 && listeners.get(topic) === those) listeners.delete(topic);
    };
  };
  return {
    on,
    async until(topic, { waitMs, pollMs, signal = never }, check) {
      const bell = createBell();
      const stop = on(topic, bell.wake);
      const end = performance.now() + waitMs;
      try {
        for (;;) {
          const found = await check();
          const leftMs = end - performance.now();
          if (found !== undefined || leftMs <= 0 || signal.aborted) return found;
          await bell.wait(Math.min(leftMs, pollMs), signal).catch(() => {});
          if (signal.aborted) return undefined;
        }
      } finally {
        stop();
      }
    },
    async close() {
      closed.abort(new Error("closed"));
      await listening.then((one) => one?.unlisten()).catch(() => {});
    },
  };
}
