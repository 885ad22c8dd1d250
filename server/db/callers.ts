import { createHash } from "node:crypto";
import type { Queries } from "./sql.ts";

/** Who is asking: a person at this machine, or the agent of one cluster. */
export type Caller =
  | { kind: "person" }
  /** `retiring`: with a token that was rotated. */
  | { kind: "agent"; clusterId: string; retiring?: boolean };

/** Whom a token stands for; undefined when for nobody. Only hashes of tokens are stored. */
export async function callerOfToken(sql: Queries, token: string): Promise<Caller | undefined> {
  const [row] = await sql<{ clusterId: string; retiring: boolean }[]>`
    select cluster_id, retires_at is not null as retiring from callers
    where token_hash = ${hashOfToken(token)} and (retires_at is null or retires_at > now())`;
  return row && { kind: "agent", clusterId: row.clusterId, ...(row.retiring ? { retiring: true } : {}) };
}

/** Lets the bearer of the token with this SHA-256 call as the agent of a cluster. */
export async function insertCaller(sql: Queries, clusterId: string, tokenHash: Buffer): Promise<void> {
  await sql`insert into callers (token_hash, cluster_id) values (${tokenHash}, ${clusterId})`;
}

/** Lets all present tokens of a cluster's agent end in so many seconds at the latest. */
export async function retireCallers(sql: Queries, clusterId: string, seconds: number): Promise<void> {
  await sql`
    update callers set retires_at = least(retires_at, now() + ${seconds} * interval '1 second')
    where cluster_id = ${clusterId}`;
}

/** Forgets the tokens that were rotated. */
export async function removeRetiring(sql: Queries, clusterId: string): Promise<void> {
  await sql`delete from callers where cluster_id = ${clusterId} and retires_at is not null`;
}

/** SHA-256 of a token. */
export const hashOfToken = (token: string): Buffer => createHash("sha256").update(token).digest();
