import { createBell } from "../../lib/loop.ts";

/** How far a load is. */
export interface LoadProgress {
  phase: "CONNECTING" | "RECEIVING" | "READING" | "CHECKING" | "DONE";
  /** Received so far. */
  bytes: number;
  /** Objects that were received. */
  objects: number;
}

/** Tells whoever follows how far loads are. Kept in memory only: it is of no use to anybody when the load has ended. */
export interface ProgressBoard {
  /** Begins a load under an id of the caller's; what is told comes from the function that is answered. */
  begin(id: string): { tell(now: Partial<LoadProgress>): void; end(): void };
  /** What is told of a load, also when it begins later; ends with the load. */
  follow(id: string, signal: AbortSignal): AsyncGenerator<LoadProgress>;
}

interface Entry {
  now: LoadProgress | undefined;
  isLoading: boolean;
  followers: Set<() => void>;
}

/** Nobody follows for longer: loads have a limit of time. */
const longestMs = 10 * 60_000;

export function createProgressBoard(): ProgressBoard {
  const entries = new Map<string, Entry>();
  const entryOf = (id: string): Entry => {
    const entry = entries.get(id) ?? { now: undefined, isLoading: false, followers: new Set() };
    entries.set(id, entry);
    return entry;
  };
  const forget = (id: string, { isLoading, followers }: Entry) => {
    if (!isLoading && followers.size === 0) entries.delete(id);
  };
  return {
    begin(id) {
      const entry = entryOf(id);
      entry.isLoading = true;
      const tell = (change: Partial<LoadProgress>) => {
        entry.now = { phase: "CONNECTING", bytes: 0, objects: 0, ...entry.now, ...change };
        for (const wake of entry.followers) wake();
      };
      return {
        tell,
        end() {
          tell({ phase: "DONE" });
          entry.isLoading = false;
          forget(id, entry);
        },
      };
    },
    async *follow(id, signal) {
      const entry = entryOf(id);
      const bell = createBell();
      entry.followers.add(bell.wake);
      const until = Date.now() + longestMs;
      let told: LoadProgress | undefined;
      try {
        while (!signal.aborted && Date.now() < until) {
          const { now } = entry;
          if (now && now !== told) yield now;
          told = now;
          if (now?.phase === "DONE") return;
          if (entry.now === told) await bell.wait(longestMs, signal).catch(() => {});
        }
      } finally {
        entry.followers.delete(bell.wake);
        forget(id, entry);
      }
    },
  };
}
