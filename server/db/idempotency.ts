import type { Queries } from "./sql.ts";

/** Takes a key for the request, or answers what is known of it. A second request under the key waits for the first. */
export async function takeKey(
  sql: Queries,
  { actor, key, requestHash, keepMs }: { actor: string; key: string; requestHash: string; keepMs: number },
): Promise<{ requestHash: string; answer: unknown } | undefined> {
  await sql`delete from idempotency_keys
    where actor = ${actor} and key = ${key} and created_at < now() - ${keepMs} * interval '1 ms'`;
  const taken = await sql`
    insert into idempotency_keys (actor, key, request_hash, answer) values (${actor}, ${key}, ${requestHash}, 'null')
    on conflict (actor, key) do nothing`;
  if (taken.count > 0) return undefined;
  return readKey(sql, { actor, key, keepMs });
}

export async function readKey(
  sql: Queries,
  { actor, key, keepMs }: { actor: string; key: string; keepMs: number },
): Promise<{ requestHash: string; answer: unknown } | undefined> {
  const [row] = await sql<{ requestHash: string; answer: unknown }[]>`
    select request_hash, answer from idempotency_keys
    where actor = ${actor} and key = ${key} and created_at >= now() - ${keepMs} * interval '1 ms'`;
  return row;
}

export async function recordAnswer(sql: Queries, actor: string, key: string, answer: unknown): Promise<void> {
  await sql`update idempotency_keys set answer = ${sql.json(answer as never)} where actor = ${actor} and key = ${key}`;
}

export async function sweepKeys(sql: Queries, keepMs: number): Promise<void> {
  await sql`delete from idempotency_keys where created_at < now() - ${keepMs} * interval '1 ms'`;
}
