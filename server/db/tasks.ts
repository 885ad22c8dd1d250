import { isId, type Queries } from "./sql.ts";

export type TaskKind = "DEPLOY" | "DELETE";
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
  kept: string[];
  createdAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
}

const columns = (
  "id kind state reason cluster_id deployment_id deployment_name instance_id attempts cancel_requested kept " +
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

/** Queues a task. Throws a unique violation when one of the deployment waits already. */
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

/** The newest task of a deployment. */
export async function newestTask(sql: Queries, deploymentId: string): Promise<TaskRow | undefined> {
  const [row] = await sql<TaskRow[]>`
    select ${sql(columns)} from tasks t where deployment_id = ${deploymentId} order by id desc limit 1`;
  return row;
}

/** Cancels the task of a deployment that waits and was never begun. */
export async function cancelWaiting(sql: Queries, deploymentId: string, reason: string): Promise<void> {
  await sql`
    update tasks set state = 'CANCELLED', reason = ${reason}, finished_at = now()
    where deployment_id = ${deploymentId} and state = 'QUEUED' and attempts = 0`;
}

/**
 * Cancels one task: at once when no agent has it, else by asking the agent that has it. Undefined when it has ended.
 */
export async function cancelTask(sql: Queries, id: string, reason: string): Promise<TaskRow | undefined> {
  const [row] = await sql<TaskRow[]>`
    update tasks t set
      state = case when state = 'QUEUED' then 'CANCELLED' else state end,
      reason = case when state = 'QUEUED' then ${reason} else reason end,
      finished_at = case when state = 'QUEUED' then now() end,
      cancel_requested = ${reason}
    where id = ${id} and state in ('QUEUED', 'RUNNING') returning ${sql(columns)}`;
  return row;
}

/** Ends all tasks of deployments that are closed without an agent. */
export async function cancelAll(
  sql: Queries,
  deploymentIds: readonly string[],
  reason: string,
): Promise<void> {
  await sql`
    update tasks set state = 'CANCELLED', reason = ${reason}, finished_at = now(), lease_until = null
    where deployment_id = any(${deploymentIds as string[]}) and state in ('QUEUED', 'RUNNING')`;
}

// ── Leases ────────────────────────────────────────────────────────────────────────────────────────────

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
  steps: { name: string; state: "RUNNING" | "SUCCEEDED" | "FAILED"; result: unknown }[];
}

/** How many crashes make a task a suspect, which runs alone. */
const suspectAfter = 2;

/**
 * Leases the oldest due task of a cluster to the current epoch of its agent, with a new token. Skips deployments that
 * have a begun task, tasks that another claim is just taking, and, while a suspect runs, all. Undefined for none.
 */
export async function claimTask(
  sql: Queries,
  { clusterId, epoch, leaseMs }: { clusterId: string; epoch: number; leaseMs: number },
): Promise<ClaimedTaskRow | undefined> {
  const [row] = await sql<ClaimedTaskRow[]>`
    with next as (
      select t.id from tasks t
      where t.cluster_id = ${clusterId} and t.state = 'QUEUED' and t.due_at <= now()
        and exists (select from agents where cluster_id = ${clusterId} and epoch = ${epoch} and left_at is null)
        and not exists (select from tasks o where o.deployment_id = t.deployment_id and o.id <> t.id
          and (o.state = 'RUNNING' or (o.state = 'QUEUED' and o.attempts > 0)))
        and not exists (select from tasks o where o.cluster_id = ${clusterId} and o.state = 'RUNNING'
          and (o.crashes >= ${suspectAfter} or t.crashes >= ${suspectAfter}))
      order by t.due_at, t.id limit 1 for update of t skip locked)
    update tasks t set state = 'RUNNING', reason = null, token = gen_random_uuid(), attempts = attempts + 1,
      agent_epoch = ${epoch}, lease_until = now() + ${leaseMs} * interval '1 ms', started_at = coalesce(started_at, now())
    from next where t.id = next.id
    returning t.id, t.kind, t.token, t.attempts, t.deployment_id, t.deployment_name, t.resource_name, t.namespace,
      t.instance_id, t.driver_digest, t.intent_generation,
      t.payload || jsonb_build_object('first', coalesce(
        (select d.active_instance_id is null from deployments d where d.id = t.deployment_id), false)) as payload,
      coalesce((select jsonb_agg(jsonb_build_object('name', s.name, 'state', s.state, 'result', s.result) order by s.position)
        from task_steps s where s.task_id = t.id), '[]') as steps`;
  return row;
}

export type LeaseWord = "OK" | "CANCEL" | "LOST";

/** What an agent holds: a task, and the token that proves it. */
export interface Lease {
  clusterId: string;
  taskId: string;
  token: string;
}

const leaseWord = (sql: Queries, table: string) => {
  const column = (name: string) => sql(`${table}.${name}`);
  return sql`case when ${column("cancel_requested")} is not null or ${column("expires_at")} < now()
    then 'CANCEL' else 'OK' end as lease`;
};

/** True of the one row that a lease still holds. Every write of an agent has it in its own statement. */
const isHeld = (sql: Queries, { clusterId, taskId, token }: Lease) => sql`
  tasks.id = ${isId(taskId) ? taskId : null} and tasks.token = ${isId(token) ? token : null}
  and tasks.cluster_id = ${clusterId} and tasks.state = 'RUNNING' and tasks.lease_until > now()`;

/** The held row, locked, so that no rescue comes between the check and the write. */
const held = (sql: Queries, lease: Lease) => sql`
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

/**
 * Ends a task. Sent again with the same token it answers OK, and nothing is written. A task that was to be cancelled
 * because its time was over is FAILED as expired.
 */
export async function finishTask(
  sql: Queries,
  lease: Lease,
  { state, reason }: { state: "SUCCEEDED" | "FAILED" | "CANCELLED"; reason: string | null },
): Promise<LeaseWord> {
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

// ── Steps and log ─────────────────────────────────────────────────────────────────────────────────────

export interface StepRow {
  taskId: string;
  name: string;
  state: "RUNNING" | "SUCCEEDED" | "FAILED";
  attempts: number;
  result: unknown;
  error: string | null;
  startedAt: Date;
  finishedAt: Date | null;
}

/** Says that a step begins; one that SUCCEEDED is left alone and answered with its result. */
export async function startStep(
  sql: Queries,
  lease: Lease,
  name: string,
): Promise<{ lease: LeaseWord; step: Pick<StepRow, "name" | "state" | "result"> | null }> {
  const [row] = await sql<{ lease: LeaseWord; state: StepRow["state"]; result: unknown }[]>`
    with ${held(sql, lease)}, begun as (
      insert into task_steps as s (task_id, name, state) select id, ${name}, 'RUNNING' from held
      on conflict (task_id, name) do update set state = 'RUNNING', attempts = s.attempts + 1, error = null, finished_at = null
      where s.state <> 'SUCCEEDED' returning s.state)
    select ${leaseWord(sql, "held")}, coalesce(begun.state, known.state) as state, known.result
    from held left join begun on true left join task_steps known on known.task_id = held.id and known.name = ${name}`;
  if (!row) return { lease: "LOST", step: null };
  return { lease: row.lease, step: { name, state: row.state, result: row.result ?? null } };
}

/** Records how a step ended. A step that SUCCEEDED stays as it is. */
export async function finishStep(
  sql: Queries,
  lease: Lease,
  step: { name: string; state: "SUCCEEDED" | "FAILED"; result: unknown; error: string | null },
): Promise<LeaseWord> {
  const { name, state, result, error } = step;
  const [row] = await sql<{ lease: LeaseWord }[]>`
    with ${held(sql, lease)}, ended as (
      insert into task_steps as s (task_id, name, state, result, error, finished_at)
      select id, ${name}, ${state}, ${result === undefined ? null : sql.json(result as never)}, ${error}, now() from held
      on conflict (task_id, name) do update set state = excluded.state, result = excluded.result, error = excluded.error,
        finished_at = excluded.finished_at
      where s.state <> 'SUCCEEDED')
    select ${leaseWord(sql, "held")} from held`;
  return row?.lease ?? "LOST";
}

export async function stepsOfTasks(sql: Queries, taskIds: readonly string[]): Promise<StepRow[]> {
  return sql<StepRow[]>`
    select task_id, name, state, attempts, error, started_at, finished_at from task_steps
    where task_id = any(${taskIds as string[]}) order by position`;
}

export interface LogLineRow {
  number: number;
  at: Date;
  level: string;
  message: string;
}

/** Lines that a task's log holds at most; what comes later is dropped. */
const maxLogLines = 10_000;

export async function appendLog(
  sql: Queries,
  lease: Lease,
  lines: readonly { level: string; message: string }[],
): Promise<LeaseWord> {
  const [row] = await sql<{ lease: LeaseWord }[]>`
    with ${held(sql, lease)}, known as (
      select coalesce(max(number), 0) as last from task_log where task_id in (select id from held)), added as (
      insert into task_log (task_id, number, level, message)
      select held.id, known.last + line.place, line.level, line.message
      from held, known, unnest(${lines.map((line) => line.level)}::text[], ${lines.map((line) => line.message)}::text[])
        with ordinality as line (level, message, place)
      where known.last + line.place <= ${maxLogLines})
    select ${leaseWord(sql, "held")} from held`;
  return row?.lease ?? "LOST";
}

export async function logOfTask(
  sql: Queries,
  taskId: string,
  { first, after }: { first: number; after: number },
): Promise<LogLineRow[]> {
  return sql<LogLineRow[]>`
    select number, at, level, message from task_log where task_id = ${taskId} and number > ${after}
    order by number limit ${first}`;
}
