import { messageOf } from "../lib/errors.ts";
import type { Log } from "../lib/log.ts";
import { createBackoff, startLoop } from "../lib/loop.ts";
import { isConflict, KubeError } from "./errors.ts";
import type { Kube, KubeObject } from "./types.ts";

export interface LeaseGuardOptions {
  kube: Kube;
  namespace: string;
  name: string;
  /** Stable over restarts: the same one goes on at once. */
  identity: string;
  /** How long a lease lasts that nobody renews, milliseconds. */
  durationMs?: number;
  renewMs?: number;
  signal: AbortSignal;
  log: Log;
}

/** Lets one of several processes act at a time. */
export interface LeaseGuard {
  held(): boolean;
  /** Resolves as soon as the lease is held; rejects with the signal's reason. */
  whenHeld(signal: AbortSignal): Promise<void>;
  /** Aborted when the present hold ends; already aborted when there is none. */
  lostSignal(): AbortSignal;
  /** Why the API did not answer when it was asked for the lease last; null when it did. */
  trouble(): string | null;
  /** How long ago it last answered, milliseconds; 0 without trouble. */
  blindMs(): number;
  /** Gives the lease up, so that another need not wait for it to run out. */
  release(): Promise<void>;
}

const kind = { apiVersion: "coordination.k8s.io/v1", kind: "Lease" };
const manager = "styrmin";
const sessionAnnotation = "styrmin.io/session";

/**
 * Competes for a Lease until the signal is aborted. All times are measured on this machine's monotonic clock:
 * a holder stops believing two thirds of the duration after it *sent* its last successful renewal, while
 * another takes the lease only after seeing it unchanged for the whole duration; so their clocks need not
 * agree. Every write is bound to the resource version that was read.
 *
 * A process that starts with the identity of the holder goes on at once; should the earlier one still live, it
 * finds another session on the lease and lets go.
 */
export function startLeaseGuard(options: LeaseGuardOptions): LeaseGuard {
  const { kube, namespace, name, identity, durationMs = 15_000, renewMs = 5_000, signal, log } = options;
  const ref = { ...kind, name, namespace };
  const session = crypto.randomUUID();
  const believeMs = (durationMs * 2) / 3;
  let heldUntil = 0;
  let hold = abortedController();
  let expiry: ReturnType<typeof setTimeout> | undefined;
  let waiting = createWaiting();
  let watched = { version: "", since: 0 };
  let released = false;
  let answeredAt = performance.now();
  let unanswered: string | null = null;
  // Only a process that has not held it yet goes on where an earlier one of its identity left off.
  let mayResume = true;

  const held = () => performance.now() < heldUntil;

  const lose = (why: string) => {
    heldUntil = 0;
    clearTimeout(expiry);
    if (hold.signal.aborted) return;
    log.warn("the lease is lost", { lease: name, why });
    hold.abort(new DOMException(`the lease ${name} is lost: ${why}`, "AbortError"));
    waiting = createWaiting();
  };

  const keep = (askedAt: number) => {
    mayResume = false;
    heldUntil = askedAt + believeMs;
    clearTimeout(expiry);
    expiry = setTimeout(() => lose("it could not be renewed in time"), heldUntil - performance.now());
    if (!held() || !hold.signal.aborted) return;
    log.info("the lease is held", { lease: name });
    hold = new AbortController();
    waiting.resolve();
  };

  /** Writes ourselves into the lease; false when somebody else was faster. */
  const take = async (current: KubeObject | undefined, once: AbortSignal): Promise<boolean> => {
    const askedAt = performance.now();
    const now = microTime();
    const anew = current?.spec?.holderIdentity !== identity;
    const transitions = Number(current?.spec?.leaseTransitions ?? 0) + (anew && current ? 1 : 0);
    const metadata = {
      annotations: { [sessionAnnotation]: session },
      resourceVersion: current?.metadata.resourceVersion,
    };
    const spec = {
      holderIdentity: identity,
      leaseDurationSeconds: Math.max(1, Math.ceil(durationMs / 1000)),
      renewTime: now,
      leaseTransitions: transitions,
      ...(anew && { acquireTime: now }),
    };
    try {
      if (current) await kube.mergePatch(ref, { metadata, spec }, { manager }, once);
      else
        await kube.create({ ...kind, metadata: { ...metadata, name, namespace }, spec }, { manager }, once);
    } catch (thrown) {
      if (isConflict(thrown)) return false;
      throw thrown;
    }
    keep(askedAt);
    return true;
  };

  /** Reads the lease, and remembers whether the API answered at all: to refuse is an answer. */
  const ask = async (onceSignal: AbortSignal): Promise<KubeObject | undefined> => {
    try {
      const current = await kube.get(ref, onceSignal);
      [answeredAt, unanswered] = [performance.now(), null];
      return current;
    } catch (thrown) {
      const status = thrown instanceof KubeError ? thrown.status : 0;
      const answered = status >= 400 && status < 500 && status !== 429;
      if (answered) [answeredAt, unanswered] = [performance.now(), null];
      else unanswered = `the cluster's API does not answer: ${messageOf(thrown)}`;
      throw thrown;
    }
  };

  /** One look at the lease; answers when to look again. */
  const once = async (onceSignal: AbortSignal): Promise<number> => {
    if (released) return renewMs;
    const current = await ask(onceSignal);
    const now = performance.now();
    const holder = current?.spec?.holderIdentity || undefined;
    const ours = holder === identity;
    const otherSession = current?.metadata.annotations?.[sessionAnnotation] !== session;
    if (ours && otherSession && !hold.signal.aborted) lose("a newer process of the same identity has it");
    const mine = ours && (!otherSession || mayResume);
    if (current && current.metadata.resourceVersion !== watched.version) {
      watched = { version: current.metadata.resourceVersion ?? "", since: now };
    }
    const runsOutAt = watched.since + durationMsOf(current, durationMs);
    if (!current || holder === undefined || mine || now >= runsOutAt) {
      return (await take(current, onceSignal)) ? renewMs : 0;
    }
    if (!ours) lose(`${holder} has it`);
    // Whoever waits looks more often, so as to be there when the holder gives it up.
    return Math.max(10, Math.min(renewMs / 5, runsOutAt - now));
  };

  const loop = startLoop({
    name: `lease ${name}`,
    once,
    everyMs: renewMs,
    // A call that hangs must leave time for another before the belief ends.
    limitMs: Math.max(100, renewMs / 2),
    signal,
    log,
    // Without the lease nothing is done: where the API is back after a long time, this comes before all else.
    backoff: createBackoff({ baseMs: Math.min(250, renewMs), capMs: renewMs / 2.5 }),
  });
  const stop = () => {
    lose("this process stops");
    waiting.reject(signal.reason);
  };
  signal.addEventListener("abort", stop, { once: true });

  return {
    held,
    trouble: () => unanswered,
    blindMs: () => (unanswered === null ? 0 : performance.now() - answeredAt),
    lostSignal: () => hold.signal,
    async whenHeld(caller) {
      while (!held()) {
        caller.throwIfAborted();
        signal.throwIfAborted();
        await firstOf(waiting.promise, caller);
      }
    },
    async release() {
      released = true;
      lose("it was given up");
      // Held or not by now: the end of the process, for which it is given up, has ended our belief in it already.
      for (let tries = 0; tries < 3 && !mayResume; tries++) {
        const current = await kube.get(ref);
        const own = current?.metadata.annotations?.[sessionAnnotation] === session;
        if (!current || !own || current.spec?.holderIdentity !== identity) break;
        const { resourceVersion } = current.metadata;
        const patch = { metadata: { resourceVersion }, spec: { holderIdentity: "", renewTime: microTime() } };
        try {
          await kube.mergePatch(ref, patch, { manager });
          break;
        } catch (thrown) {
          // A renewal of ours that was on its way has arrived in between.
          if (!isConflict(thrown)) throw thrown;
        }
      }
      loop.wake();
    },
  };
}

function durationMsOf(lease: KubeObject | undefined, own: number): number {
  // The holder's promise counts, but whole seconds would slow down what is set finer.
  const promised = Number(lease?.spec?.leaseDurationSeconds ?? 0) * 1000;
  return promised > own + 1000 ? promised : own;
}

/** Nobody has to be waiting for it. */
function createWaiting(): PromiseWithResolvers<void> {
  const waiting = Promise.withResolvers<void>();
  waiting.promise.catch(() => {});
  return waiting;
}

function abortedController(): AbortController {
  const controller = new AbortController();
  controller.abort(new DOMException("the lease is not held", "AbortError"));
  return controller;
}

function firstOf(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}

/** The API's MicroTime has six digits. */
function microTime(): string {
  return new Date().toISOString().replace("Z", "000Z");
}
