import type { Queries } from "./sql.ts";

export type IntentState = "HELD" | "RELEASED" | "PUBLISHED" | "SUPERSEDED";

export interface IntentRow {
  deploymentId: string;
  generation: number;
  instanceId: string;
  state: IntentState;
  spec: Record<string, unknown>;
  taskId: string | null;
  error: string | null;
}

const columns = "deployment_id generation instance_id state spec task_id error"
  .split(" ")
  .map((column) => `i.${column}`);

export interface NewIntent {
  deploymentId: string;
  generation: number;
  instanceId: string;
  spec: Record<string, unknown>;
  /** The task that it belongs to, which holds it; without one it is released at once. */
  taskId: string | null;
  /** Whether it is released at once although it belongs to a task. */
  released?: boolean;
}

/** Records an intent. One that is not held supersedes all that were released before. */
export async function insertIntent(sql: Queries, intent: NewIntent): Promise<void> {
  const { deploymentId, generation, instanceId, spec, taskId, released = taskId === null } = intent;
  const state = released ? "RELEASED" : "HELD";
  if (released) await supersedeBefore(sql, deploymentId, generation);
  await sql`
    insert into intents (deployment_id, generation, instance_id, state, spec, task_id)
    values (${deploymentId}, ${generation}, ${instanceId}, ${state}, ${sql.json(spec as never)}, ${taskId})`;
}

/** The newest intent that was released; undefined when none ever was. */
export async function newestReleased(sql: Queries, deploymentId: string): Promise<IntentRow | undefined> {
  const [row] = await sql<IntentRow[]>`
    select ${sql(columns)} from intents i
    where deployment_id = ${deploymentId} and state in ('RELEASED', 'PUBLISHED') order by generation desc limit 1`;
  return row;
}

/** The intents of a task, oldest first, whatever became of them. */
export async function intentsOfTask(
  sql: Queries,
  deploymentId: string,
  taskId: string,
): Promise<IntentRow[]> {
  return sql<IntentRow[]>`
    select ${sql(columns)} from intents i where deployment_id = ${deploymentId} and task_id = ${taskId}
    order by generation`;
}

/** Releases a held intent, under the generation it is to have now. */
export async function releaseHeld(
  sql: Queries,
  held: IntentRow,
  generation: number,
  spec: Record<string, unknown>,
): Promise<void> {
  await supersedeBefore(sql, held.deploymentId, generation);
  await sql`
    update intents set state = 'RELEASED', generation = ${generation}, spec = ${sql.json(spec as never)}, due_at = now()
    where deployment_id = ${held.deploymentId} and generation = ${held.generation} and state = 'HELD'`;
}

async function supersedeBefore(sql: Queries, deploymentId: string, generation: number): Promise<void> {
  await sql`update intents set state = 'SUPERSEDED'
    where deployment_id = ${deploymentId} and generation < ${generation} and state in ('RELEASED', 'PUBLISHED')`;
}

export interface PendingIntentRow extends IntentRow {
  environment: string;
  resourceName: string;
  secretName: string | null;
  clusterId: string;
}

/** The intents of a cluster that are to be written now, oldest first. */
export async function pendingIntents(sql: Queries, clusterId: string): Promise<PendingIntentRow[]> {
  return sql<PendingIntentRow[]>`
    select ${sql(columns)}, e.name as environment, e.cluster_id, d.resource_name, n.secret_name
    from intents i join deployments d on d.id = i.deployment_id join environments e on e.id = d.environment_id
      join instances n on n.id = i.instance_id
    where i.state = 'RELEASED' and i.due_at <= now() and e.cluster_id = ${clusterId}
    order by i.due_at limit 50`;
}

/** Whether an intent still waits to be written. */
export async function isReleased(sql: Queries, deploymentId: string, generation: number): Promise<boolean> {
  const [row] = await sql`
    select from intents where deployment_id = ${deploymentId} and generation = ${generation} and state = 'RELEASED'`;
  return row !== undefined;
}

/** When the next of a cluster's failed intents is due again, in milliseconds from now; undefined when none waits. */
export async function nextDueMs(sql: Queries, clusterId: string): Promise<number | undefined> {
  const [row] = await sql<{ ms: number | null }[]>`
    select (extract(epoch from min(i.due_at) - now()) * 1000)::float8 as ms
    from intents i join deployments d on d.id = i.deployment_id join environments e on e.id = d.environment_id
    where i.state = 'RELEASED' and e.cluster_id = ${clusterId}`;
  return row?.ms ?? undefined;
}

/** Clusters whose intents the server itself writes. */
export async function directClusters(sql: Queries): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`select id from clusters where intent = 'DIRECT' order by id`;
  return rows.map((row) => row.id);
}

export interface Outcome {
  clusterId: string;
  deploymentId: string;
  generation: number;
  uid?: string | null | undefined;
  error?: string | null | undefined;
}

/** Records that an intent was written, or why not and that it is tried again (1 s, doubling, 4 s at most). */
export async function recordOutcome(sql: Queries, outcome: Outcome): Promise<boolean> {
  const { clusterId, deploymentId, generation, uid = null, error = null } = outcome;
  const written = uid !== null && error === null;
  const changed = await sql`
    update intents i set
      state = case when ${written} then 'PUBLISHED' else 'RELEASED' end,
      uid = coalesce(${uid}, i.uid), error = ${written ? null : (error ?? "it could not be written")},
      failures = case when ${written} then 0 else i.failures + 1 end,
      published_at = case when ${written} then now() else i.published_at end,
      due_at = case when ${written} then i.due_at
        else now() + power(2, least(i.failures, 2)) * interval '1 second' end
    from deployments d join environments e on e.id = d.environment_id
    where d.id = i.deployment_id and e.cluster_id = ${clusterId}
      and i.deployment_id = ${deploymentId} and i.generation = ${generation} and i.state = 'RELEASED'`;
  return changed.count > 0;
}

/** Forgets intents that newer ones have long superseded. */
export async function sweepIntents(sql: Queries): Promise<void> {
  await sql`
    delete from intents i using deployments d
    where d.id = i.deployment_id and i.state = 'SUPERSEDED' and i.generation < d.intent_generation - 20`;
}

/**
 * Lets published intents be written again whose resource the last complete report does not show: somebody removed
 * it by hand. Only those written `missingMs` before that report, for a report may be older than a writing.
 */
export async function requeueMissing(sql: Queries, missingMs: number): Promise<number> {
  const changed = await sql`
    update intents i set state = 'RELEASED', due_at = now()
    from deployments d join environments e on e.id = d.environment_id
      join reports r on r.cluster_id = e.cluster_id and r.kind = 'DEPLOYMENTS' and r.digest is not null
    where d.id = i.deployment_id and i.state = 'PUBLISHED'
      and i.published_at < r.received_at - ${missingMs} * interval '1 ms'
      and not exists (select from deployment_statuses s where s.deployment_id = d.id)`;
  return changed.count;
}

/** Somebody who keeps changing a resource is answered so often at most, milliseconds. */
const editedEveryMs = 5000;

/**
 * Lets published intents be written again whose resource somebody changed by hand, as its operator says: when that
 * is news, and again when a report still says so `againMs` after a writing.
 */
export async function requeueEdited(sql: Queries, againMs: number): Promise<number> {
  const said = [{ type: "Stalled", status: "True", reason: "EditedByHand" }];
  const changed = await sql`
    update intents i set state = 'RELEASED', due_at = now()
    from deployments d join deployment_statuses s on s.deployment_id = d.id
      join reports r on r.cluster_id = s.cluster_id and r.kind = 'DEPLOYMENTS' and r.digest is not null
    where d.id = i.deployment_id and i.state = 'PUBLISHED' and s.conditions @> ${sql.json(said)}
      and i.published_at <= now() - ${Math.min(againMs, editedEveryMs)} * interval '1 ms'
      and (i.published_at < s.changed_at or i.published_at < r.received_at - ${againMs} * interval '1 ms')`;
  return changed.count;
}
