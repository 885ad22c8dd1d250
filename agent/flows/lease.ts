import { type Client, type LeaseState, RenewTaskDocument } from "../../clients/sdk/index.ts";
import { sleep } from "../../lib/loop.ts";

/** Why the run of a task was cut off. */
export type CutReason = "cancelled" | "lost" | "stopping";

export interface KeptLease {
  /** Aborted when the run must end: its reason is a `LeaseCut`. */
  signal: AbortSignal;
  /** Takes note of what any write with the token learned. Throws `LeaseCut` when the lease is lost. */
  heed(state: LeaseState): void;
  /** Throws `LeaseCut` when the lease may have run out: call it before each effect. */
  assertHeld(): void;
  stop(): void;
}

/** Thrown through a flow that must end without recording anything more, or only its cancellation. */
export class LeaseCut extends Error {
  override readonly name = "LeaseCut";
  readonly why: CutReason;

  constructor(why: CutReason, message: string) {
    super(message);
    this.why = why;
  }
}

/** A holder stops believing in its lease after this part of it, so that it ends before the server does. */
const trustedPart = 0.8;

/**
 * Renews the lease of one task until stopped. The lease is trusted on this machine's monotonic clock, from
 * the moment the last successful renewal was *sent*: a process that was paused finds it run out at once.
 */
export function keepLease(options: {
  client: Client;
  task: { id: string; token: string };
  leaseMs: number;
  renewMs: number;
  signal: AbortSignal;
}): KeptLease {
  const { client, task, leaseMs, renewMs, signal } = options;
  const cut = new AbortController();
  let trustedUntil = performance.now() + leaseMs * trustedPart;

  const end = (why: CutReason, message: string): LeaseCut => {
    const reason = cut.signal.aborted ? (cut.signal.reason as LeaseCut) : new LeaseCut(why, message);
    cut.abort(reason);
    return reason;
  };
  const heed = (state: LeaseState): void => {
    if (state === "LOST") throw end("lost", "The lease is no longer ours.");
    if (state === "CANCEL") end("cancelled", "The task was cancelled.");
  };
  const assertHeld = (): void => {
    if (performance.now() > trustedUntil) throw end("lost", "The lease ran out before it could be renewed.");
    if (cut.signal.aborted) throw cut.signal.reason;
  };
  const stopping = () => void end("stopping", "The agent is stopping.");
  if (signal.aborted) stopping();
  signal.addEventListener("abort", stopping, { once: true });

  const renew = async () => {
    while (!cut.signal.aborted) {
      const sentAt = performance.now();
      try {
        const variables = { task: task.id, token: task.token };
        const timeoutMs = Math.max(renewMs, 1_000);
        const answer = await client.execute(RenewTaskDocument, variables, { signal: cut.signal, timeoutMs });
        heed(answer.renewTask);
        trustedUntil = sentAt + leaseMs * trustedPart;
      } catch {
        if (cut.signal.aborted) return;
        // No answer: the lease may still be ours until its time is up.
      }
      const left = trustedUntil - performance.now();
      await sleep(Math.max(0, Math.min(renewMs, left)), cut.signal);
      assertHeld();
    }
  };
  renew().catch(() => {});

  return {
    signal: cut.signal,
    heed,
    assertHeld,
    stop() {
      signal.removeEventListener("abort", stopping);
      cut.abort(new LeaseCut("stopping", "The task has ended."));
    },
  };
}
