import { type Blocker, blockerOf } from "./blockers.ts";
import type { ObservedComponent, ObservedCondition } from "./deployment-statuses.ts";
import type { Queries } from "./sql.ts";
import type { TaskKind, TaskState } from "./tasks.ts";
import { type TaskWait, waitOf } from "./task-waits.ts";

/** All that the status word of a deployment is made from. */
export interface StatusFactsRow {
  deploymentId: string;
  phase: "RUNNING" | "STOPPED" | "DELETING";
  releasedGeneration: number;
  instanceId: string;
  activeInstanceId: string | null;
  /** The versions of that instance, for people: `1.0.0 (driver 2)`; null when there is none. */
  activeVersion: string | null;
  /** Milliseconds since its cluster's agent was heard; null when it never was. */
  silentMs: number | null;
  /** Its newest task, but for what says nothing of how it is: tests, and deletes that ended before anything was deleted. */
  taskKind: TaskKind | null;
  taskState: TaskState | null;
  taskReason: string | null;
  /** Why its last delete failed, when nothing was deleted and nothing was begun since. */
  notDeleted: string | null;
  /** The task that it waits for, if so. */
  blocker: Blocker | null;
  /** What it waits for while it runs, if it says so. */
  taskWait: TaskWait | null;
  /** Whether the intent of that task still waits for its flow. */
  held: boolean;
  /** Whether the intent that is released is one of that task's. */
  releasedByTask: boolean;
  /** Why the newest intent could not be written, if so. */
  intentError: string | null;
  /** Its resource as last observed; `observedMs` null when none was. */
  observedMs: number | null;
  observedPhase: string | null;
  observedIntentGeneration: number | null;
  generation: number | null;
  observedGeneration: number | null;
  /** Why the agent cannot see the resources at the moment, if so. */
  blindReason: string | null;
  conditions: ObservedCondition[] | null;
  components: ObservedComponent[] | null;
}

/** The facts of deployments, in one statement. Ages are on the database's clock. */
export async function statusFacts(sql: Queries, deploymentIds: readonly string[]): Promise<StatusFactsRow[]> {
  return sql<StatusFactsRow[]>`
    select d.id as deployment_id, d.phase, d.released_generation, d.instance_id, d.active_instance_id,
      n.application_version || ' (driver ' || v.version || ')' as active_version,
      (extract(epoch from now() - a.last_seen_at) * 1000)::float8 as silent_ms,
      t.kind as task_kind, t.state as task_state, t.reason as task_reason, ${blockerOf(sql)} as blocker, ${waitOf(sql)} as task_wait,
      (select case when kind = 'DELETE' and state = 'FAILED' and d.phase <> 'DELETING' then reason end from tasks
        where deployment_id = d.id and kind <> 'TEST' order by id desc limit 1) as not_deleted,
      exists (select from intents i where i.task_id = t.id and i.state = 'HELD') as held,
      exists (select from intents i where i.deployment_id = d.id and i.generation = d.released_generation
        and i.task_id = t.id) as released_by_task,
      (select i.error from intents i where i.deployment_id = d.id and i.generation = d.released_generation) as intent_error,
      case when s.uid is not null then
        coalesce(extract(epoch from now() - greatest(r.complete_at, s.changed_at)) * 1000, 0)::float8 end as observed_ms,
      s.phase as observed_phase, s.intent_generation as observed_intent_generation, s.generation, s.observed_generation,
      s.conditions, s.components, (
        select spot ->> 'reason' from jsonb_array_elements(r.blind) spot
        where spot ->> 'kind' like 'styrmin.io/%' limit 1) as blind_reason
    from deployments d join environments e on e.id = d.environment_id
      left join instances n on n.id = d.active_instance_id
      left join application_driver_versions v on v.id = n.driver_version_id
      left join agents a on a.cluster_id = e.cluster_id and a.epoch is not null
      left join lateral (
        select id, kind, state, reason, payload, deployment_id from tasks where deployment_id = d.id and kind <> 'TEST'
          and (kind <> 'DELETE' or d.phase = 'DELETING')
        order by id desc limit 1) t on true
      left join deployment_statuses s on s.deployment_id = d.id
      left join reports r on r.cluster_id = e.cluster_id and r.kind = 'DEPLOYMENTS'
    where d.id = any(${deploymentIds as string[]})`;
}
