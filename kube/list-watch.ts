import { messageOf } from "../lib/errors.ts";
import { silentLog } from "../lib/log.ts";
import { createBackoff, createBell } from "../lib/loop.ts";
import { isForbidden, isGone, KubeError } from "./errors.ts";
import { createObjectStore, isOlder } from "./object-store.ts";
import type { Kube, KubeObject, ListWatch, ListWatchOptions, WatchEvent } from "./types.ts";
import { CorruptWatchError, readWatch, type WireEvent } from "./watch-stream.ts";

/** A watch that ended sooner than this without a word did not work. */
const shortestWatchMs = 1000;
/** After so many failures in a row the view is listed anew instead of being continued. */
const failuresBeforeList = 3;
/** The longest wait between two tries, milliseconds, whatever the server asks for: an end of trouble shows soon. */
const longestPauseMs = 4_000;
/** So many objects at most are asked for one by one when a list has them no more. */
const mostProven = 20;

/**
 * Keeps a live view of the objects of one kind: a list, then a watch from it, and so on until the signal is
 * aborted. Level-triggered: whatever is lost or garbled on the way, the next list puts right, and it comes at
 * once after a corrupt line or a 410, and on a timer besides. client-node's own informer drops a corrupt line
 * in silence and dies of one 500.
 */
export function startListWatch(kube: Kube, options: ListWatchOptions): ListWatch {
  const { kind, signal, onEvent, log = silentLog, relistMs = 300_000, silenceMs = 60_000 } = options;
  const store = createObjectStore();
  const backoff = createBackoff({ capMs: longestPauseMs });
  const bell = createBell();
  const firstList = Promise.withResolvers<void>();
  firstList.promise.catch(() => {});
  let seen = "";
  let listIsDue = true;
  let listedAt = 0;
  let failures = 0;
  let freshAt: Date | null = null;
  let trouble: string | null = "not listed yet";
  let liveAt = performance.now();

  const tell = (event: WatchEvent) => {
    try {
      onEvent?.(event);
    } catch (thrown) {
      log.error(`a handler of ${kind.kind} failed`, { error: thrown, event: event.type });
    }
  };

  const list = async () => {
    const { items, resourceVersion } = await kube.list(kind, options, signal);
    if (isOlder(resourceVersion, seen)) {
      // An API server that lags behind, or a cluster set back to a backup. Acting on it could delete what is
      // new; so the view stays as it is, and says so.
      throw new Error(
        `the API server answers from the past (version ${resourceVersion}, already seen: ${seen}); ` +
          "if the cluster was restored from a backup, restart this process",
      );
    }
    await proveAbsence(items);
    seen = resourceVersion;
    listIsDue = false;
    listedAt = performance.now();
    freshAt = new Date();
    for (const change of store.takeList(items)) tell(change);
    tell({ type: "SYNCED" });
    firstList.resolve();
  };

  /**
   * What a list has no more is deleted, or the list is not whole: then acting on it would take away what is there.
   * So the missing are asked for by name; one that still is there, and is selected, gives the list away. Throws then,
   * and when it cannot be asked; who may only list has to believe the list.
   */
  const proveAbsence = async (items: KubeObject[]) => {
    const listed = new Set(items.map(({ metadata }) => metadata.uid));
    const missing = store.all().filter(({ metadata }) => !listed.has(metadata.uid));
    const prove = async ({ metadata: { name, namespace, uid } }: KubeObject) => {
      const ref = { ...kind, name, ...(namespace ? { namespace } : {}) };
      const found = await kube.get(ref, signal).catch((thrown) => {
        if (!isForbidden(thrown)) throw thrown;
      });
      if (!found || found.metadata.uid !== uid || found.metadata.deletionTimestamp) return;
      if (!isSelected(found, options.labelSelector)) return;
      throw new Error(`the API server's list of ${kind.kind} is not whole: ${name} is missing from it`);
    };
    await Promise.all(missing.slice(0, mostProven).map(prove));
  };

  const take = (event: WireEvent) => {
    if (event.type === "ERROR") throw errorOfEvent(event);
    const version = event.object.metadata?.resourceVersion ?? "";
    if (event.type !== "BOOKMARK") {
      const object = options.project ? options.project(event.object) : event.object;
      for (const change of store.takeEvent(event.type, object)) tell(change);
    }
    if (version && !isOlder(version, seen)) seen = version;
  };

  /** One watch, until it ends, falls silent or the next list is due. */
  const watch = async () => {
    const own = new AbortController();
    const stop = () => own.abort(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    let heardAt = performance.now();
    let opened = false;
    let spoke = false;
    const check = () => {
      const now = performance.now();
      const silent = now - heardAt >= silenceMs;
      listIsDue ||= now - listedAt >= relistMs;
      if (silent || listIsDue) own.abort(endOfWatch);
      else timer = setTimeout(check, nextCheckMs(now));
    };
    const nextCheckMs = (now: number) =>
      Math.max(1, Math.min(heardAt + silenceMs, listedAt + relistMs) - now);
    let timer = setTimeout(check, nextCheckMs(heardAt));
    const openedAt = heardAt;
    try {
      const stream = await kube.watch(kind, { ...options, resourceVersion: seen }, own.signal);
      opened = true;
      trouble = null;
      liveAt = performance.now();
      for await (const events of readWatch(stream)) {
        heardAt = performance.now();
        for (const event of events) take(event);
        freshAt = new Date();
        spoke ||= events.length > 0;
        if (spoke) settle();
      }
    } catch (thrown) {
      if (own.signal.reason !== endOfWatch) throw thrown;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
      own.abort(endOfWatch);
    }
    if (!opened) throw new Error(`the watch was not answered within ${silenceMs} ms`);
    if (!spoke && performance.now() - openedAt < Math.min(shortestWatchMs, silenceMs, relistMs)) {
      throw new Error("the watch ended as soon as it began");
    }
    settle();
  };

  const settle = () => {
    failures = 0;
    backoff.reset();
  };

  const run = async () => {
    while (!signal.aborted) {
      try {
        if (listIsDue) await list();
        await watch();
      } catch (thrown) {
        if (signal.aborted) break;
        failures++;
        if (trouble === null) liveAt = performance.now();
        trouble = messageOf(thrown);
        listIsDue ||= isLoss(thrown) || failures >= failuresBeforeList;
        const waitMs = Math.max(backoff.next(), askedWaitMs(thrown));
        log.warn(`the view of ${kind.kind} is not live`, { error: thrown, failures, waitMs });
        await bell.wait(waitMs, signal).catch(() => {});
      }
    }
    trouble = "stopped";
    firstList.reject(signal.reason);
  };

  const view = {
    get: store.get,
    all: store.all,
    synced: firstList.promise,
    freshAt: () => freshAt,
    trouble: () => trouble,
    hurry: bell.wake,
    blindMs: () => (trouble === null ? 0 : performance.now() - liveAt),
  };
  const leave = options.sight?.add(options, view);
  return { ...view, done: run().finally(leave) };
}

/** Why we ended a watch ourselves; no failure. */
const endOfWatch = new DOMException("the watch is made anew", "AbortError");

/** Whether something was missed, so that going on from where we were is not enough. */
function isLoss(thrown: unknown): boolean {
  return thrown instanceof CorruptWatchError || isGone(thrown);
}

function askedWaitMs(thrown: unknown): number {
  return thrown instanceof KubeError ? Math.min(thrown.retryAfter ?? 0, longestPauseMs) : 0;
}

/** Whether an object is one of those that a label selector of the forms `key` and `key=value` selects. */
function isSelected({ metadata }: KubeObject, selector: string | undefined): boolean {
  return (selector?.split(",") ?? []).every((term) => {
    const [key, value] = term.split("=") as [string, string?];
    const given = metadata.labels?.[key];
    return value === undefined ? given !== undefined : given === value;
  });
}

function errorOfEvent(event: WireEvent): KubeError {
  const { code, reason, message } = event.object as { code?: number; reason?: string; message?: string };
  const text = `the watch was ended by the server: ${message ?? reason ?? code}`;
  return new KubeError(Number(code ?? 0), String(reason ?? "Unknown"), text);
}
