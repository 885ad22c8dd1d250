import { createHash } from "node:crypto";
import { AppError } from "../../lib/errors.ts";
import type { Caller } from "../db/callers.ts";
import { readKey, recordAnswer, takeKey } from "../db/idempotency.ts";
import { type Queries, transaction } from "../db/sql.ts";
import type { Deps } from "../deps.ts";

/** A request that may be sent again: who asks, under which key, and for what. */
export interface Request {
  caller: Caller;
  key: string | null | undefined;
  /** The mutation's name and arguments; the key itself does not count. */
  asked: unknown;
}

/**
 * Runs a mutation in one transaction, once for each key: a repeated request is answered with what the first one
 * answered. `answer` must be JSON. Throws CONFLICT for another request under the same key.
 */
export async function oncePerKey<T>(
  deps: Deps,
  request: Request,
  work: (tx: Queries) => Promise<T>,
): Promise<T> {
  const { key } = request;
  return transaction(deps.sql, async (tx) => {
    if (!key) return work(tx);
    const actor = actorOf(request.caller);
    const requestHash = hashOf(request.asked);
    const known = await takeKey(tx, {
      actor,
      key: checked(key),
      requestHash,
      keepMs: deps.settings.idempotencyMs,
    });
    if (known) return answerOf<T>(known, requestHash, key);
    const answer = await work(tx);
    await recordAnswer(tx, actor, key, answer);
    return answer;
  });
}

/** What a request was answered before, for a mutation that has slow work to do before its transaction. */
export async function answeredBefore<T>(deps: Deps, { caller, key, asked }: Request): Promise<T | undefined> {
  if (!key) return undefined;
  const keepMs = deps.settings.idempotencyMs;
  const known = await readKey(deps.sql, { actor: actorOf(caller), key: checked(key), keepMs });
  return known && answerOf<T>(known, hashOf(asked), key);
}

function answerOf<T>(known: { requestHash: string; answer: unknown }, requestHash: string, key: string): T {
  if (known.requestHash === requestHash) return known.answer as T;
  throw new AppError(
    "CONFLICT",
    `The idempotency key "${key}" was used for another request within the last day; use a new key for a new request.`,
    { field: "idempotencyKey" },
  );
}

function checked(key: string): string {
  if (key.length <= 200 && !key.includes("\0") && key.isWellFormed()) return key;
  throw new AppError("INVALID", "An idempotency key has 200 characters at most, none of them NUL.", {
    field: "idempotencyKey",
  });
}

const actorOf = (caller: Caller) => (caller.kind === "agent" ? `agent:${caller.clusterId}` : "person");

/** Independent of the order of keys, so that two clients which spell the same request differently agree. */
function hashOf(asked: unknown): string {
  const text = JSON.stringify(asked, (name, value: unknown) => {
    if (name === "idempotencyKey") return undefined;
    const isMap = typeof value === "object" && value !== null && !Array.isArray(value);
    return isMap ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value;
  });
  return createHash("sha256").update(text).digest("hex");
}
