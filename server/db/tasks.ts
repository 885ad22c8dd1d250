import type { ParameterValue } from "../../drivers/kit/index.ts";
import { isToTakeBack } from "./ended-upgrades.ts";
import { isId, type Queries } from "./sql.ts";
import type { Successor } from "./superseding.ts";

export type TaskKind = "DEPLOY" | "UPGRADE" | "DELETE" | "TEST";
export type TaskState = "QUEUED" | "RUNNING" | "SUCCEEDED" | "FAILED" | "CANCELLED";

export interface TaskRow {
  id: string;
  kind: TaskKind;
  state: TaskState;
  reason: string | null;
  clusterId: string;
  deploymentId: string;
  deploymentName: string;
  instanceId: string | null;
  attempts: number;
  cancelRequested: string | null;
  /** The task that took its place: the last one, when that was superseded as well. */
  supersededBy: string | null;
  kept: string[];
  createdAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
}

const columns = (
  "id kind state reason cluster_id deployment_id deployment_name instance_id attempts cancel_requested superseded_by kept " +
  "created_at started_at finished_at"
)
  .split(" ")
  .map((column) => `t.${column}`);

export interface NewTask {
  id: string;
  kind: TaskKind;
  clusterId: string;
  deploymentId: string;
  deploymentName: string;
  resourceName: string;
  namespace: string;
  instanceId: string;
  driverDigest: string;
  intentGeneration: number;
  payload: Record<string, unknown>;
  /** Milliseconds from now; null for never. */
  expiresInMs: number | null;
}

/** Queues a task. Throws a unique violation when a test, or a change, of the deployment waits already. */
export async function insertTask(sql: Queries, task: NewTask): Promise<TaskRow> {
  const { expiresInMs, payload, ...rest } = task;
  const [row] = await sql<TaskRow[]>`
    insert into tasks as t (id, kind, cluster_id, deployment_id, deployment_name, resource_name, namespace, instance_id,
      driver_digest, intent_generation, payload, expires_at)
    values (${rest.id}, ${rest.kind}, ${rest.clusterId}, ${rest.deploymentId}, ${rest.deploymentName},
      ${rest.resourceName}, ${rest.namespace}, ${rest.instanceId}, ${rest.driverDigest}, ${rest.intentGeneration},
      ${sql.json(payload as never)}, now() + ${expiresInMs}::float8 * interval '1 ms')
    returning ${sql(columns)}`;
  return row!;
}

export async function tasksById(sql: Queries, ids: readonly string[]): Promise<TaskRow[]> {
  return sql<TaskRow[]>`select ${sql(columns)} from tasks t where id = any(${ids as string[]})`;
}

export interface TasksWanted {
  deploymentId?: string | undefined;
  kind?: TaskKind | null;
  states?: readonly TaskState[] | null;
  first: number;
  after?: string | null;
}

/** Tasks, newest first. */
export async function listTasks(sql: Queries, wanted: TasksWanted): Promise<TaskRow[]> {
  const { deploymentId, kind, states, first, after } = wanted;
  return sql<TaskRow[]>`
    select ${sql(columns)} from tasks t
    where true ${deploymentId ? sql`and deployment_id = ${deploymentId}` : sql``}
      ${kind ? sql`and kind = ${kind}` : sql``}
      ${states ? sql`and state = any(${states as string[]})` : sql``}
      ${after ? sql`and id < ${after}` : sql``}
    order by id desc limit ${first}`;
}

/** The tasks of a deployment that have not ended. */
export async function liveTasks(sql: Queries, deploymentId: string): Promise<TaskRow[]> {
  return sql<TaskRow[]>`
    select ${sql(columns)} from tasks t
    where deployment_id = ${deploymentId} and state in ('QUEUED', 'RUNNING') order by id`;
}

/** The answers that the task of a deployment got which waits and was never begun, by action and name. */
export async function answersOfWaiting(
  sql: Queries,
  deploymentId: string,
): Promise<Record<string, Record<string, ParameterValue>> | undefined> {
  const [row] = await sql<{ prompts: Record<string, Record<string, ParameterValue>> | null }[]>`
    select payload -> 'actions' -> 'prompts' as prompts from tasks
    where deployment_id = ${deploymentId} and kind <> 'TEST' and state = 'QUEUED' and attempts = 0`;
  return row?.prompts ?? undefined;
}

/**
 * Those of some tasks of a cluster that have not ended. An upgrade that is to be taken back has not until the cluster was
 * told: what it holds must not start with what is taken back.
 */
export async function liveAmong(sql: Queries, clusterId: string, ids: readonly string[]): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    select t.id from tasks t
    where t.id = any(${ids as string[]}) and t.cluster_id = ${clusterId} and (t.state in ('QUEUED', 'RUNNING')
      or (${isToTakeBack(sql, "t")} and exists (
        select from deployments d where d.id = t.deployment_id and d.phase <> 'DELETING'))
      or (t.kind = 'UPGRADE' and t.state <> 'SUCCEEDED' and exists (select from intents i
        where i.deployment_id = t.deployment_id and i.task_id = t.id and i.state = 'RELEASED')))`;
  return rows.map(({ id }) => id);
}

/** The newest test of each deployment that an agent has begun. */
export async function lastTests(sql: Queries, deploymentIds: readonly string[]): Promise<TaskRow[]> {
  return sql<TaskRow[]>`
    select distinct on (deployment_id) ${sql(columns)} from tasks t
    where deployment_id = any(${deploymentIds as string[]}) and kind = 'TEST' and started_at is not null
    order by deployment_id, id desc`;
}

/**
 * Cancels the tasks of a deployment that wait and were never begun, all or those of a kind; something else takes their
 * place. With a `successor` it does that also with those whose place they had taken; but where that has actions to run, an
 * upgrade among those is taken back before.
 */
export async function cancelWaiting(
  sql: Queries,
  deploymentId: string,
  reason: string,
  { kind = null, successor }: { kind?: TaskKind | null; successor?: Successor } = {},
): Promise<void> {
  await sql`
    with ended as (
      update tasks set state = 'CANCELLED', reason = ${reason}, finished_at = now(), taken_back = false,
        superseded_by = ${successor?.id ?? null}
      where deployment_id = ${deploymentId} and state = 'QUEUED' and attempts = 0
        ${kind ? sql`and kind = ${kind}` : sql``}
      returning id)
    update tasks set superseded_by = ${successor?.id ?? null}
    where ${successor !== undefined} and superseded_by in (select id from ended)
      ${successor?.hasActions ? sql`and kind <> 'UPGRADE'` : sql``}`;
}

/** Asks the test of a deployment that an agent has begun to end. */
export async function cancelBegunTest(sql: Queries, deploymentId: string, reason: string): Promise<void> {
  await sql`
    update tasks set cancel_requested = ${reason},
      state = case when state = 'QUEUED' then 'CANCELLED' else state end,
      reason = case when state = 'QUEUED' then ${reason} else reason end,
      finished_at = case when state = 'QUEUED' then now() end
    where deployment_id = ${deploymentId} and kind = 'TEST' and state in ('QUEUED', 'RUNNING') and attempts > 0`;
}

/**
 * Cancels one task: at once when no agent has it, else by asking the agent that has it. Undefined when it has ended, and
 * for a delete that has begun, perhaps just now.
 */
export async function cancelTask(sql: Queries, id: string, reason: string): Promise<TaskRow | undefined> {
  const [row] = await sql<TaskRow[]>`
    update tasks t set
      state = case when state = 'QUEUED' then 'CANCELLED' else state end,
      reason = case when state = 'QUEUED' then ${reason} else reason end,
      finished_at = case when state = 'QUEUED' then now() end,
      cancel_requested = ${reason}
    where id = ${id} and state in ('QUEUED', 'RUNNING') and (kind <> 'DELETE' or attempts = 0)
    returning ${sql(columns)}`;
  return row;
}

/** Ends all tasks of deployments that are closed without an agent. */
export async function cancelAll(
  sql: Queries,
  deploymentIds: readonly string[],
  reason: string,
): Promise<void> {
  await sql`
    update tasks set state = 'CANCELLED', reason = ${reason}, finished_at = now(), lease_until = null, taken_back = false
    where deployment_id = any(${deploymentIds as string[]}) and state in ('QUEUED', 'RUNNING')`;
}

/** Notes which volumes a delete kept. */
export async function noteKept(sql: Queries, taskId: string, kept: readonly string[]): Promise<void> {
  await sql`update tasks set kept = ${sql.json(kept as string[])} where id = ${taskId}`;
}

/** The deployment of a task, without any lock. */
export async function deploymentOfTask(sql: Queries, taskId: string): Promise<string | undefined> {
  if (!isId(taskId)) return undefined;
  const [row] = await sql<{ deploymentId: string }[]>`select deployment_id from tasks where id = ${taskId}`;
  return row?.deploymentId;
}
