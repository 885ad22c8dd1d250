import { isToTakeBack } from "./ended-upgrades.ts";
import { isId, type Queries } from "./sql.ts";
import { runsActions } from "./agents.ts";
import type { TaskKind } from "./tasks.ts";

export interface ClaimedTaskRow {
  id: string;
  kind: TaskKind;
  token: string;
  attempts: number;
  deploymentId: string;
  deploymentName: string;
  resourceName: string;
  namespace: string;
  instanceId: string | null;
  driverDigest: string | null;
  intentGeneration: number | null;
  payload: Record<string, unknown>;
  steps: { name: string; state: "RUNNING" | "SUCCEEDED" | "FAILED"; result: unknown; error: string | null }[];
}

/** How many crashes make a task a suspect, which runs alone: none beside it is counted when it crashes again. */
const suspectAfter = 2;
/** What has run for so long without a crash is no reason any more for others to wait: a flow may wait for days. */
const suspectMs = 60_000;

/** A deployment's next task waits so long at the most until the upgrade before it is taken back, which takes a moment. */
const takeBackMs = 60_000;

const claimed = (sql: Queries) => sql`
  t.id, t.kind, t.token, t.attempts, t.deployment_id, t.deployment_name, t.resource_name, t.namespace,
  t.instance_id, t.driver_digest, t.intent_generation,
  t.payload || jsonb_build_object('first', coalesce(
    (select d.active_instance_id is null from deployments d where d.id = t.deployment_id), false))
    || case when t.kind <> 'UPGRADE' then '{}' else jsonb_build_object('from', (
      select jsonb_build_object('applicationVersion', n.application_version, 'driverVersion', v.version,
        'driverVersionId', v.id)
      from deployments d join instances n on n.id = d.active_instance_id
        join application_driver_versions v on v.id = n.driver_version_id where d.id = t.deployment_id)) end
    || case when t.payload -> 'actions' is null or t.kind <> 'DEPLOY' then '{}' else jsonb_build_object('ran', (
      select coalesce(jsonb_agg(distinct s.name), '[]') from tasks o join task_steps s on s.task_id = o.id
      where o.deployment_id = t.deployment_id and o.id <> t.id and o.kind = 'DEPLOY' and s.state = 'SUCCEEDED'
        and s.name like 'setup/%' and s.name not like '%: %')) end as payload,
  coalesce((select jsonb_agg(jsonb_build_object('name', s.name, 'state', s.state, 'result', s.result, 'error', s.error) order by s.position)
    from task_steps s where s.task_id = t.id), '[]') as steps`;

export interface Claim {
  clusterId: string;
  epoch: number;
  leaseMs: number;
  /** Names the claim; the agent asks by the same name again when the answer is lost. */
  request: string | null;
}

/** The task that this very claim has got already, its lease renewed; undefined when it has got none. */
export async function claimedBefore(sql: Queries, claim: Claim): Promise<ClaimedTaskRow | undefined> {
  const { clusterId, epoch, leaseMs, request } = claim;
  if (request === null) return undefined;
  const [row] = await sql<ClaimedTaskRow[]>`
    update tasks t set lease_until = now() + ${leaseMs} * interval '1 ms'
    where t.cluster_id = ${clusterId} and t.state = 'RUNNING' and t.agent_epoch = ${epoch}
      and t.claim_request = ${request} and t.lease_until > now()
    returning ${claimed(sql)}`;
  return row;
}

/**
 * Leases the oldest due task of a cluster to the current epoch of its agent, with a new token. Skips deployments that
 * have a begun task, tasks that another claim is just taking, and, while a suspect is new, all. Undefined for none.
 */
export async function claimTask(
  sql: Queries,
  { clusterId, epoch, leaseMs, request }: Claim,
): Promise<ClaimedTaskRow | undefined> {
  const [row] = await sql<ClaimedTaskRow[]>`
    with next as (
      select t.id from tasks t
      where t.cluster_id = ${clusterId} and t.state = 'QUEUED' and t.due_at <= now()
        and exists (select from agents where cluster_id = ${clusterId} and epoch = ${epoch} and left_at is null
          and (t.payload -> 'actions' is null or abilities ? ${runsActions}))
        and not exists (select from tasks o where o.deployment_id = t.deployment_id and o.id <> t.id
          and (o.state = 'RUNNING' or (o.state = 'QUEUED' and o.attempts > 0)))
        and (t.kind = 'DELETE' or not exists (
          select from tasks o where o.deployment_id = t.deployment_id and ${isToTakeBack(sql, "o")}
            and greatest(o.finished_at, (select finished_at from tasks heir where heir.id = o.superseded_by))
              > now() - ${takeBackMs} * interval '1 ms'))
        and not exists (select from tasks o where o.cluster_id = ${clusterId} and o.state = 'RUNNING'
          and o.claimed_at > now() - ${suspectMs} * interval '1 ms' and (o.crashes >= ${suspectAfter} or t.crashes >= ${suspectAfter}))
      order by t.due_at, t.id limit 1 for update of t skip locked)
    update tasks t set state = 'RUNNING', reason = null, token = gen_random_uuid(), attempts = attempts + 1,
      agent_epoch = ${epoch}, claim_request = ${request}, claimed_at = now(), lease_until = now() + ${leaseMs} * interval '1 ms', started_at = coalesce(started_at, now())
    from next where t.id = next.id
    returning ${claimed(sql)}`;
  return row;
}

/**
 * Says of the tasks that the present agent of a cluster cannot be given why they wait: it does not run actions, and would
 * skip them without a word. Answers how many were told.
 */
export async function noteUnable(sql: Queries, clusterId: string): Promise<number> {
  const told = await sql`
    update tasks t set reason = a.text from (
      select cluster_id, 'agent ' || version || ' cannot run its actions; upgrade the agent' as text from agents
      where cluster_id = ${clusterId} and left_at is null and not abilities ? ${runsActions}) a
    where t.cluster_id = a.cluster_id and t.state = 'QUEUED' and t.payload -> 'actions' is not null
      and t.reason is distinct from a.text`;
  return told.count;
}

export type LeaseWord = "OK" | "CANCEL" | "LOST";

/** What an agent holds: a task, and the token that proves it. */
export interface Lease {
  clusterId: string;
  taskId: string;
  token: string;
}

/** What a write learns, from a row of `tasks` or of `held`. */
export const leaseWord = (sql: Queries, table: string) => {
  const column = (name: string) => sql(`${table}.${name}`);
  return sql`case when ${column("cancel_requested")} is not null or ${column("expires_at")} < now()
    then 'CANCEL' else 'OK' end as lease`;
};

/** True of the one row that a lease still holds. Every write of an agent has it in its own statement. */
const isHeld = (sql: Queries, { clusterId, taskId, token }: Lease) => sql`
  tasks.id = ${isId(taskId) ? taskId : null} and tasks.token = ${isId(token) ? token : null}
  and tasks.cluster_id = ${clusterId} and tasks.state = 'RUNNING' and tasks.lease_until > now()`;

/** The held row, locked, so that no rescue comes between the check and the write. */
export const held = (sql: Queries, lease: Lease) => sql`
  held as (select * from tasks where ${isHeld(sql, lease)} for no key update)`;

export interface HeldTask {
  id: string;
  kind: TaskKind;
  deploymentId: string;
  instanceId: string | null;
  lease: LeaseWord;
}

/** The task of a lease, locked; undefined when the lease is lost. Lock its deployment before. */
export async function lockHeld(sql: Queries, lease: Lease): Promise<HeldTask | undefined> {
  const [row] = await sql<HeldTask[]>`
    with ${held(sql, lease)} select id, kind, deployment_id, instance_id, ${leaseWord(sql, "held")} from held`;
  return row;
}

export async function renewTask(sql: Queries, lease: Lease, leaseMs: number): Promise<LeaseWord> {
  const [row] = await sql<{ lease: LeaseWord }[]>`
    update tasks set lease_until = now() + ${leaseMs} * interval '1 ms'
    where ${isHeld(sql, lease)} returning ${leaseWord(sql, "tasks")}`;
  return row?.lease ?? "LOST";
}

/** How a task ended, as its agent says. */
export interface TaskEnd {
  state: "SUCCEEDED" | "FAILED" | "CANCELLED";
  reason: string | null;
}

/**
 * Ends a task. Sent again with the same token it answers OK, and nothing is written. A task that was to be cancelled
 * because its time was over is FAILED as expired.
 */
export async function finishTask(sql: Queries, lease: Lease, { state, reason }: TaskEnd): Promise<LeaseWord> {
  const expired = sql`${state} = 'CANCELLED' and cancel_requested is null and expires_at < now()`;
  const done = await sql`
    update tasks set lease_until = null, finished_at = now(),
      state = case when ${expired} then 'FAILED' else ${state} end,
      reason = case when ${expired} then 'expired: its time was over before it ended'
        when ${state} = 'CANCELLED' then coalesce(cancel_requested, ${reason}) else ${reason} end
    where ${isHeld(sql, lease)}`;
  if (done.count > 0) return "OK";
  const [known] = await sql`
    select from tasks where id = ${isId(lease.taskId) ? lease.taskId : null} and cluster_id = ${lease.clusterId}
      and token = ${isId(lease.token) ? lease.token : null} and finished_at is not null`;
  return known ? "OK" : "LOST";
}
