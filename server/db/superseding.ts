import type { ObservedCondition } from "./deployment-statuses.ts";
import type { Queries } from "./sql.ts";

/** The deploy or upgrade of a deployment that an agent has begun, and what is known of how far it is. */
export interface BegunChange {
  id: string;
  /** Whether it has actions of its driver to run. */
  hasActions: boolean;
  /** Whether its instance runs already: it is about to end. */
  isActive: boolean;
  /** Whether the cluster was told of nothing by it. */
  isHeld: boolean;
  /** Whether what the cluster was told of last comes from it, or from one whose place it took. */
  hasBrought: boolean;
  /** The instance that the cluster was told of last, and whether that comes from a chart. */
  releasedInstanceId: string | null;
  isChart: boolean;
  /** The resource as last observed; null unless it shows what was released last. */
  observed: { instanceId: string | null; phase: string | null; conditions: ObservedCondition[] } | null;
}

const isBegun = (sql: Queries, table: string) => {
  const column = (name: string) => sql(`${table}.${name}`);
  return sql`${column("kind")} in ('DEPLOY', 'UPGRADE')
    and (${column("state")} = 'RUNNING' or (${column("state")} = 'QUEUED' and ${column("attempts")} > 0))`;
};

/** The change of a deployment that is begun; undefined when there is none. Lock the deployment before. */
export async function begunChange(sql: Queries, deploymentId: string): Promise<BegunChange | undefined> {
  const [row] = await sql<BegunChange[]>`
    select t.id, t.payload -> 'actions' is not null as has_actions,
      t.instance_id is not distinct from d.active_instance_id as is_active,
      not exists (select from intents i
        where i.deployment_id = d.id and i.task_id = t.id and i.state <> 'HELD') as is_held,
      exists (select from tasks o left join intents i on i.deployment_id = d.id and i.task_id = o.id
        where (o.id = t.id or o.superseded_by = t.id) and r.instance_id in (o.instance_id, i.instance_id)) as has_brought,
      r.instance_id as released_instance_id, coalesce(jsonb_typeof(v.spec -> 'helm') = 'object', false) as is_chart,
      case when s.intent_generation >= d.released_generation then jsonb_build_object(
        'instanceId', s.instance_id, 'phase', s.phase, 'conditions', s.conditions) end as observed
    from tasks t join deployments d on d.id = t.deployment_id
      left join lateral (select instance_id from intents
        where deployment_id = d.id and state in ('RELEASED', 'PUBLISHED') order by generation desc limit 1) r on true
      left join instances n on n.id = r.instance_id
      left join application_driver_versions v on v.id = n.driver_version_id
      left join deployment_statuses s on s.deployment_id = d.id
    where t.deployment_id = ${deploymentId} and ${isBegun(sql, "t")}`;
  return row;
}

/**
 * Ends a task that is begun, its lease with it, since another takes its place. That one also takes the place of those
 * that it had superseded. False when it has ended meanwhile.
 */
export async function supersede(sql: Queries, id: string, successor: string): Promise<boolean> {
  const [row] = await sql<{ ended: number }[]>`
    with ended as (
      update tasks t set state = 'CANCELLED', reason = coalesce(cancel_requested, ${`superseded by task ${successor}`}),
        finished_at = now(), lease_until = null, token = null, superseded_by = ${successor}
      where id = ${id} and ${isBegun(sql, "t")} returning id),
    passed as (
      update tasks set superseded_by = ${successor} where superseded_by in (select id from ended))
    select count(*)::int as ended from ended`;
  return row!.ended > 0;
}

/** Deployments in which a change waits behind another that has no actions to run. */
export async function changesThatWait(sql: Queries): Promise<string[]> {
  const rows = await sql<{ deploymentId: string }[]>`
    select w.deployment_id from tasks w join tasks t on t.deployment_id = w.deployment_id
    where w.state = 'QUEUED' and w.attempts = 0 and w.kind in ('DEPLOY', 'UPGRADE')
      and ${isBegun(sql, "t")} and t.payload -> 'actions' is null
    order by w.id limit 100`;
  return rows.map(({ deploymentId }) => deploymentId);
}

/** A change that takes the place of another. */
export interface Successor {
  id: string;
  /** Whether it has actions of its driver to run. */
  hasActions: boolean;
}

/** The change of a deployment that waits and was never begun. */
export async function waitingChange(sql: Queries, deploymentId: string): Promise<Successor | undefined> {
  const [row] = await sql<Successor[]>`
    select id, payload -> 'actions' is not null as has_actions from tasks
    where deployment_id = ${deploymentId} and state = 'QUEUED' and attempts = 0 and kind in ('DEPLOY', 'UPGRADE')`;
  return row;
}

/** The instances that a task brought into the cluster, or meant to, and those whose place it took. */
export async function instancesBrought(
  sql: Queries,
  deploymentId: string,
  taskId: string,
): Promise<string[]> {
  const rows = await sql<{ instanceId: string }[]>`
    with own as (
      select id, instance_id from tasks
      where deployment_id = ${deploymentId} and (id = ${taskId} or superseded_by = ${taskId}))
    select instance_id from own where instance_id is not null
    union select i.instance_id from intents i join own on own.id = i.task_id where i.deployment_id = ${deploymentId}`;
  return rows.map(({ instanceId }) => instanceId);
}

/** Notes that nothing is to be taken back any more of the tasks whose place a task took. */
export async function settleSuperseded(sql: Queries, taskId: string): Promise<void> {
  await sql`update tasks set taken_back = false where superseded_by = ${taskId} and taken_back is null`;
}
