import { createHash } from "node:crypto";
import type { Queries } from "./sql.ts";

/** Who is asking: a person at this machine, or the agent of one cluster. */
export type Caller = { kind: "person" } | { kind: "agent"; clusterId: string };

/** Whom a token stands for; undefined when for nobody. Only hashes of tokens are stored. */
export async function callerOfToken(sql: Queries, token: string): Promise<Caller | undefined> {
  const [row] = await sql<{ clusterId: string }[]>`
    select cluster_id from callers where token_hash = ${hashOfToken(token)}`;
  return row && { kind: "agent", clusterId: row.clusterId };
}

/** Lets the bearer of the token with this SHA-256 call as the agent of a cluster. */
export async function insertCaller(sql: Queries, clusterId: string, tokenHash: Buffer): Promise<void> {
  await sql`insert into callers (token_hash, cluster_id) values (${tokenHash}, ${clusterId})`;
}

/** SHA-256 of a token. */
export const hashOfToken = (token: string): Buffer => createHash("sha256").update(token).digest();
