import type { Queries } from "./sql.ts";

export interface AgentRow {
  clusterId: string;
  instanceId: string | null;
  epoch: number | null;
  version: string | null;
  /** What it can do beyond what every agent can. */
  abilities: string[];
  lastSeenAt: Date | null;
  leftAt: Date | null;
  refused: string | null;
  /** Until when a token that was rotated is still good; null when there is none. */
  oldTokenUntil: Date | null;
  /** Milliseconds since it was last heard, on the database's clock. */
  silentMs: number | null;
  /** What it cannot see, as it last said. */
  blind: { kind: string; namespace: string | null; reason: string; since: number }[] | null;
}

/** The ability of an agent that runs actions of drivers. */
export const runsActions = "actions";

const silentMs = (sql: Queries) =>
  sql`(extract(epoch from now() - last_seen_at) * 1000)::float8 as silent_ms`;

/** What is known of the agents of these clusters. A refusal is told for a minute. */
export async function agentsOfClusters(sql: Queries, clusterIds: readonly string[]): Promise<AgentRow[]> {
  return sql<AgentRow[]>`
    select cluster_id, instance_id, epoch, version, abilities, last_seen_at, left_at, ${silentMs(sql)},
      case when refused_at > now() - interval '1 minute' then refused end as refused,
      (select max(retires_at) from callers c
        where c.cluster_id = agents.cluster_id and retires_at > now()) as old_token_until,
      (select blind from reports r where r.cluster_id = agents.cluster_id and kind = 'DEPLOYMENTS') as blind
    from agents where cluster_id = any(${clusterIds as string[]})`;
}

export interface Hello {
  clusterId: string;
  instanceId: string;
  version: string;
  abilities: readonly string[];
  takeoverMs: number;
}

/**
 * Begins the next epoch of a cluster's agent: at once for the same instance, or after the last one left or fell
 * silent. Undefined when another instance is still alive. `crashed` says that the epoch before had not ended.
 */
export async function beginEpoch(sql: Queries, hello: Hello): Promise<{ epoch: number } | undefined> {
  const { clusterId, instanceId, version, takeoverMs } = hello;
  const abilities = sql.json(hello.abilities as string[]);
  const [row] = await sql<{ epoch: number }[]>`
    insert into agents (cluster_id, instance_id, epoch, version, abilities, started_at, last_seen_at)
    values (${clusterId}, ${instanceId}, 1, ${version}, ${abilities}, now(), now())
    on conflict (cluster_id) do update set
      instance_id = excluded.instance_id, epoch = coalesce(agents.epoch, 0) + 1, version = excluded.version, abilities = excluded.abilities,
      started_at = now(), last_seen_at = now(), left_at = null, refused = null, refused_at = null
    where agents.instance_id is null or agents.instance_id = excluded.instance_id or agents.left_at is not null
      or agents.last_seen_at < now() - ${takeoverMs} * interval '1 ms'
    returning epoch`;
  return row;
}

/** Remembers that an agent was refused, for `ClusterAgent.refused`. */
export async function noteRefusal(sql: Queries, clusterId: string, reason: string): Promise<void> {
  await sql`
    insert into agents (cluster_id, refused, refused_at) values (${clusterId}, ${reason}, now())
    on conflict (cluster_id) do update set refused = excluded.refused, refused_at = excluded.refused_at`;
}

/** Ends an epoch if it is the current one. */
export async function endEpoch(sql: Queries, clusterId: string, epoch: number): Promise<boolean> {
  const ended = await sql`
    update agents set left_at = now(), last_seen_at = now()
    where cluster_id = ${clusterId} and epoch = ${epoch} and left_at is null`;
  return ended.count > 0;
}

/** The current epoch; undefined when no agent is there. */
export async function currentEpoch(sql: Queries, clusterId: string): Promise<number | undefined> {
  const [row] = await sql<{ epoch: number }[]>`
    select epoch from agents where cluster_id = ${clusterId} and left_at is null`;
  return row?.epoch;
}

/** Says that a cluster's agent was heard just now. */
export async function touchAgent(sql: Queries, clusterId: string): Promise<void> {
  await sql`update agents set last_seen_at = now() where cluster_id = ${clusterId} and left_at is null`;
}
