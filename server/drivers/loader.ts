import { newId } from "../../lib/names.ts";
import { type Loop, sleep, startLoop } from "../../lib/loop.ts";
import { claimLoad, leaveLoad, nextLoadMs, renewLoad } from "../db/loads.ts";
import type { Deps } from "../deps.ts";
import { leaseMs, loadSource } from "./source-load.ts";

/** So many sources are loaded at once: each is a process of up to half a gigabyte. */
const atOnce = 2;
/** How often a claim is renewed, and how many times: nothing that goes on for half an hour without an end will have one. */
const [renewMs, mostRenewals] = [20_000, 90];
const [patienceMs, idleMs] = [1_000, 60_000];

export interface Loader {
  /** Loads what is due; answers when to look again, milliseconds. */
  once(signal: AbortSignal): Promise<number>;
  idle(): Promise<void>;
}

/** Starts to load what the poller saw. */
export function startLoader(deps: Deps, signal: AbortSignal): Loop {
  const { log } = deps;
  const loader = createLoader(deps);
  const loop = startLoop({ name: "source loader", once: loader.once, everyMs: idleMs, signal, log });
  const stop = deps.changes.on("source:load", loop.wake);
  const done = loop.done.then(stop).then(loader.idle);
  return { ...loop, done };
}

/**
 * Loads followed drivers whose ref has moved: each commit of a branch that is new gives a version, or a failure that can be
 * seen while the last version stays.
 */
export function createLoader(deps: Deps): Loader {
  const { sql, log } = deps;
  const underWay = new Set<Promise<void>>();

  async function once(signal: AbortSignal): Promise<number> {
    while (underWay.size < atOnce) {
      const lease = newId();
      const due = await claimLoad(sql, { lease, leaseMs });
      if (!due) break;
      const stop = keepClaimed(deps, due.id, lease);
      const work = loadSource(deps, due, lease, signal)
        .catch(async (error) => {
          // Another takes it up at once, or here when the lease has run out.
          if (signal.aborted) return leaveLoad(sql, due.id, lease).catch(() => {});
          log.error("a load is not recorded", { source: due.name, error });
        })
        .finally(stop);
      underWay.add(work);
      void work.then(() => underWay.delete(work));
    }
    const isFull = underWay.size >= atOnce;
    if (underWay.size > 0) await Promise.race([...(isFull ? underWay : [idle()]), sleep(patienceMs, signal)]);
    if (isFull) return 0;
    return Math.min(idleMs, Math.max((await nextLoadMs(sql)) ?? idleMs, 50));
  }

  const idle = async () => void (await Promise.all(underWay));
  return { once, idle };
}

/** Renews a claim as long as its load goes on; answers how to end that. What cannot be renewed runs out. */
function keepClaimed({ sql }: Deps, id: string, lease: string): () => void {
  let left = mostRenewals;
  const timer = setInterval(() => {
    if (left-- > 0) renewLoad(sql, { id, lease, leaseMs }).catch(() => {});
  }, renewMs);
  return () => clearInterval(timer);
}
