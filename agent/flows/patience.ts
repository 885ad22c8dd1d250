import { KubeError, ownReasons } from "../../kube/errors.ts";
import { messageOf } from "../../lib/errors.ts";
import { type Backoff, createBackoff, sleep } from "../../lib/loop.ts";
import type { FlowContext } from "./run.ts";

/**
 * Does a step's work on the cluster, again and again while the API has trouble of its own: it cannot be reached,
 * answers with a 5xx or asks to wait; or, with `evenIf`, after whatever that names. Work that is repeated must have
 * the same effect as once. Throws what `work` throws for any other reason; after `limitMs` the last trouble; and the
 * signal's reason.
 */
export async function patiently<T>(
  context: Pick<FlowContext, "say" | "assertHeld">,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
  {
    limitMs = Number.POSITIVE_INFINITY,
    evenIf = isTroubleOfTheApi,
    backoff = createBackoff({ baseMs: 100, capMs: 5_000 }),
  }: { limitMs?: number; evenIf?: (thrown: unknown) => boolean; backoff?: Backoff } = {},
): Promise<T> {
  const until = performance.now() + limitMs;
  for (let tries = 1; ; tries++) {
    try {
      return await work(signal);
    } catch (thrown) {
      signal.throwIfAborted();
      if (!evenIf(thrown) || performance.now() > until) throw thrown;
      if (tries === 1) context.say(`${messageOf(thrown)}; it is tried again`, "warn");
      const askedMs = thrown instanceof KubeError ? (thrown.retryAfter ?? 0) : 0;
      await sleep(Math.max(backoff.next(), askedMs), signal);
      context.assertHeld();
    }
  }
}

function isTroubleOfTheApi(thrown: unknown): boolean {
  if (!(thrown instanceof KubeError)) return false;
  const { status, reason } = thrown;
  return status >= 500 || status === 429 || (status === 0 && reason !== ownReasons.untrusted);
}
