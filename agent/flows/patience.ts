import { denialIn, isTooEarly } from "../../kube/denial.ts";
import { isForbidden, KubeError, ownReasons } from "../../kube/errors.ts";
import { messageOf } from "../../lib/errors.ts";
import { type Backoff, createBackoff, sleep } from "../../lib/loop.ts";
import type { FlowContext } from "./run.ts";

export interface PatienceOptions {
  /** How long trouble may last, milliseconds; without end by default. */
  limitMs?: number;
  /** What counts as trouble. */
  evenIf?: (thrown: unknown) => boolean;
  isNew?: (thrown: unknown) => boolean;
  backoff?: Backoff;
  now?: () => number;
}

/**
 * Does a step's work on the cluster, again and again while the API has trouble of its own: it cannot be reached,
 * answers with a 5xx or asks to wait; or, with `evenIf`, after whatever that names. It may refuse for a minute, too: one
 * that has just started does not know yet who may do what, and a right can be granted meanwhile. Work that is repeated
 * must have the same effect as once. Throws what `work` throws for any other reason; the last trouble when it has
 * lasted longer than `limitMs`; and the signal's reason. Trouble begins with the first failure, however long the work
 * went on before it, and anew with one of which `isNew` says that all was well until then.
 */
export async function patiently<T>(
  context: Pick<FlowContext, "say" | "assertHeld">,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
  {
    limitMs = Number.POSITIVE_INFINITY,
    evenIf = isTroubleOfTheApi,
    isNew = () => false,
    backoff = createBackoff({ baseMs: 100, capMs: 2_500 }),
    now = () => performance.now(),
  }: PatienceOptions = {},
): Promise<T> {
  let since: number | undefined;
  let refusedSince: number | undefined;
  for (;;) {
    try {
      return await work(signal);
    } catch (thrown) {
      signal.throwIfAborted();
      const isTrouble = evenIf(thrown);
      if (!isTrouble && !mayBeAllowedSoon(thrown)) throw thrown;
      const at = now();
      const begins = since === undefined || isNew(thrown);
      const isNewRefusal = !isTrouble && refusedSince === undefined;
      if (begins) {
        since = at;
        backoff.reset();
      }
      if (begins || isNewRefusal) context.say(`${messageOf(thrown)}; it is tried again`, "warn");
      refusedSince = isTrouble ? undefined : (refusedSince ?? at);
      if (at - since! > limitMs || at - (refusedSince ?? at) > refusalLimitMs) throw thrown;
      const askedMs = thrown instanceof KubeError ? (thrown.retryAfter ?? 0) : 0;
      await sleep(Math.max(backoff.next(), askedMs), signal);
      context.assertHeld();
    }
  }
}

/** Longer than an API server needs to read its roles after a start, and somebody to grant what the log says is missing. */
const refusalLimitMs = 60_000;

/** The caller is not known, or lacks a right, or it is too early. */
function mayBeAllowedSoon(thrown: unknown): boolean {
  if (!(thrown instanceof KubeError)) return false;
  const lacksRight =
    isForbidden(thrown) && (thrown.reason === ownReasons.upgradeRefused || !!denialIn(thrown.message));
  return lacksRight || thrown.status === 401 || isTooEarly(thrown);
}

/** The API cannot be reached, answers with a 5xx or asks to wait. */
export function isTroubleOfTheApi(thrown: unknown): boolean {
  if (!(thrown instanceof KubeError)) return false;
  const { status, reason } = thrown;
  const isAnswer = reason === ownReasons.untrusted || reason === ownReasons.execFailed;
  return status >= 500 || status === 429 || (status === 0 && !isAnswer);
}
