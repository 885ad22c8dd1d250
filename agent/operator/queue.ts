import { messageOf } from "../../lib/errors.ts";
import type { Log } from "../../lib/log.ts";
import { type Backoff, createBackoff, limited, type LoopHealth } from "../../lib/loop.ts";

export interface WorkQueue {
  /**
   * Has an object looked at after `delayMs`, or sooner if that is already due. While the object is being
   * worked on, it is looked at once more afterwards, unless `isNews` then says that the work knew already.
   * During a back-off only `urgent` news cuts the wait.
   */
  wake(key: string, options?: { delayMs?: number; urgent?: boolean; isNews?: () => boolean }): void;
  /** Has all that failed looked at within a second: what it failed of may be over. */
  retry(): void;
  health(): LoopHealth;
  /** Settles when the signal was aborted and the work in hand has ended. Never rejects. */
  done: Promise<void>;
}

export interface WorkQueueOptions {
  name: string;
  /**
   * Looks at one object as it is now. Answers after how many milliseconds to come again, or nothing when only
   * news should bring it back. What it throws is tried again with back-off.
   */
  work: (key: string, signal: AbortSignal) => Promise<number | undefined>;
  signal: AbortSignal;
  log: Log;
  /** Objects worked on side by side. */
  concurrency?: number;
  /** How long one look may take, milliseconds; see `limited`. */
  limitMs?: number;
  makeBackoff?: () => Backoff;
  /** The least wait after a failure that the failure itself asks for, milliseconds. */
  askedWaitMs?: (thrown: unknown) => number;
}

interface Slot {
  running: boolean;
  /** Due, and waiting for a place among those worked on. */
  queued: boolean;
  /** What came while it was being worked on: whether each is still news. */
  meanwhile: (() => boolean)[];
  failing: boolean;
  dueAt: number;
  timer: ReturnType<typeof setTimeout> | undefined;
  backoff: Backoff;
}

const always = () => true;

const newSlot = {
  running: false,
  queued: false,
  failing: false,
  dueAt: 0,
  timer: undefined,
};

/**
 * The same object in order, different objects side by side, and only the latest state counts: what waits is a
 * key, not an event, so a hundred events while an object is worked on bring one more look.
 */
export function createWorkQueue(options: WorkQueueOptions): WorkQueue {
  const { name, work, signal, log, concurrency = 8, limitMs = 120_000, askedWaitMs = () => 0 } = options;
  const { makeBackoff = () => createBackoff({ baseMs: 200, capMs: 30_000 }) } = options;
  const slots = new Map<string, Slot>();
  const ready: string[] = [];
  const health: LoopHealth = { name, lastSuccessAt: null, lastError: null, failures: 0 };
  const ended = Promise.withResolvers<void>();
  let running = 0;

  const slotOf = (key: string): Slot => {
    const known = slots.get(key);
    if (known) return known;
    const slot: Slot = { ...newSlot, meanwhile: [], backoff: makeBackoff() };
    slots.set(key, slot);
    return slot;
  };

  const schedule = (key: string, slot: Slot, delayMs: number) => {
    if (slot.queued) return;
    const dueAt = performance.now() + delayMs;
    if (slot.timer !== undefined) {
      if (slot.dueAt <= dueAt) return;
      clearTimeout(slot.timer);
    }
    slot.dueAt = dueAt;
    slot.timer = setTimeout(() => {
      slot.timer = undefined;
      slot.queued = true;
      ready.push(key);
      pump();
    }, delayMs);
  };

  const pump = () => {
    while (running < concurrency && ready.length > 0 && !signal.aborted) {
      const key = ready.shift()!;
      const slot = slotOf(key);
      slot.queued = false;
      if (slot.running) slot.meanwhile.push(always);
      else void run(key, slot);
    }
  };

  const run = async (key: string, slot: Slot) => {
    running++;
    slot.running = true;
    slot.meanwhile = [];
    const next = await look(key, slot);
    slot.running = false;
    running--;
    if (signal.aborted) {
      if (running === 0) ended.resolve();
      return;
    }
    const isBehind = slot.meanwhile.some((isNews) => isNews());
    if (isBehind && !slot.failing) schedule(key, slot, 0);
    else if (next !== undefined) schedule(key, slot, next);
    else if (slot.timer === undefined && !slot.queued) slots.delete(key);
    pump();
  };

  const look = async (key: string, slot: Slot): Promise<number | undefined> => {
    try {
      const next = await limited((own) => work(key, own), limitMs, signal);
      slot.backoff.reset();
      slot.failing = false;
      Object.assign(health, { lastSuccessAt: new Date(), lastError: null, failures: 0 });
      return next;
    } catch (thrown) {
      if (signal.aborted) return undefined;
      slot.failing = true;
      Object.assign(health, { lastError: `${key}: ${messageOf(thrown)}`, failures: health.failures + 1 });
      const waitMs = Math.max(slot.backoff.next(), askedWaitMs(thrown));
      log.warn(`${name} failed`, { object: key, error: thrown, waitMs });
      return waitMs;
    }
  };

  const stop = () => {
    for (const { timer } of slots.values()) clearTimeout(timer);
    if (running === 0) ended.resolve();
  };
  if (signal.aborted) stop();
  else signal.addEventListener("abort", stop, { once: true });

  return {
    wake(key, { delayMs = 0, urgent = false, isNews = always } = {}) {
      if (signal.aborted) return;
      const slot = slotOf(key);
      if (urgent) {
        slot.failing = false;
        slot.backoff.reset();
      }
      if (slot.running) slot.meanwhile.push(isNews);
      else if (!slot.failing) schedule(key, slot, delayMs);
    },
    retry() {
      for (const [key, slot] of slots) {
        if (!slot.failing || slot.running || signal.aborted) continue;
        slot.backoff.reset();
        schedule(key, slot, 1000 * Math.random());
      }
    },
    health: () => ({ ...health }),
    done: ended.promise,
  };
}
