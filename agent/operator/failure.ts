import { messageOf } from "../../lib/errors.ts";
import { isForbidden, KubeError } from "../../kube/errors.ts";
import { isPassingStall, reasons, type StyrminDeployment } from "../../kube/styrmin-deployment.ts";
import type { Deps } from "./deps.ts";
import { missingRight, StallError } from "./refusal.ts";
import { readSecrets, withoutSecrets } from "./secrets.ts";
import { changedAgainMs, wasReady, writeStatus } from "./status.ts";
import { stopStalledTests } from "./tests.ts";

/** A failure that is tried again; its message has no secrets in it. */
export class RetryError extends Error {
  override readonly name = "RetryError";
  /** The least wait that the API server asked for, milliseconds. */
  readonly waitMs: number;

  constructor(message: string, waitMs: number) {
    super(message);
    this.waitMs = waitMs;
  }
}

/**
 * A healthy deployment is not called unready before so many failures in a row: an API server restarts too, and does
 * not know its roles for some seconds then. So the two are counted each on its own: the one comes after the other.
 */
const patience = 3;
const rightPatience = 5;

/**
 * Says in the status what a pass failed of. Answers when to look again at what is stalled; throws RetryError
 * for what is tried again with back-off.
 */
export async function reportFailure(
  deps: Deps,
  resource: StyrminDeployment,
  thrown: unknown,
  signal: AbortSignal,
): Promise<number> {
  signal.throwIfAborted();
  const { name } = resource.metadata;
  const { slowRetryMs, resyncMs } = deps.settings;
  const stall = stallOf(thrown);
  const message = await tellable(deps, resource, stall ?? thrown, signal);

  const lacksRight = stall?.reason === reasons.MissingRight;
  const failures = deps.failures.get(name) ?? { forRights: 0, others: 0 };
  deps.failures.set(name, failures);
  const count = lacksRight ? ++failures.forRights : ++failures.others;
  const isPatient = wasReady(resource) && count < (lacksRight ? rightPatience : patience);

  if (stall && !(lacksRight && isPatient)) {
    const verdict = { reason: stall.reason, message, stalled: true };
    const told = await writeStatus(deps, resource, { verdict }, signal);
    if (!told) return changedAgainMs;
    if (!isPassingStall(stall.reason)) await stopStalledTests(deps, told, message, signal);
    // Somebody who grants a right waits for it to count.
    if (lacksRight) return jittered(Math.min(slowRetryMs, rightRetryMs));
    return jittered(stall.mayPass ? slowRetryMs : resyncMs);
  }

  if (!isPatient) {
    const verdict = { reason: reasons.Retrying, message };
    // What made the pass fail may well make this write fail; the next try says it then.
    await writeStatus(deps, resource, { verdict }, signal).catch(() => {});
  }
  throw new RetryError(message, thrown instanceof KubeError ? (thrown.retryAfter ?? 0) : 0);
}

const rightRetryMs = 5_000;

/** A missing right stalls wherever it is met, in a read too. */
function stallOf(thrown: unknown): StallError | undefined {
  if (thrown instanceof StallError) return thrown;
  return isForbidden(thrown) ? missingRight(messageOf(thrown), "", thrown) : undefined;
}

/** Mistakes of our own: their words are for the log. */
function isUnforeseen(thrown: unknown): boolean {
  const mistakes = [TypeError, RangeError, ReferenceError, SyntaxError];
  return !(thrown instanceof Error) || mistakes.some((kind) => thrown instanceof kind);
}

/** A tenth more or less, so that not all come at once. */
export const jittered = (ms: number): number => Math.round(ms * (0.9 + 0.2 * Math.random()));

async function tellable(
  deps: Deps,
  resource: StyrminDeployment,
  thrown: unknown,
  signal: AbortSignal,
): Promise<string> {
  if (isUnforeseen(thrown)) {
    deps.log.error("unexpected error", { object: resource.metadata.name, error: thrown });
    return "Unexpected error; the agent's log has it in full";
  }
  const said = messageOf(thrown);
  try {
    const secrets = await readSecrets(deps, resource, signal);
    return withoutSecrets(said, Object.values(secrets));
  } catch {
    // Only an answer of the API about an object can quote what is in the object.
    const quotes =
      thrown instanceof KubeError || (thrown instanceof Error && thrown.cause instanceof KubeError);
    return quotes
      ? "The API server refused an object; its words are left out, since secrets cannot be told"
      : said;
  }
}
