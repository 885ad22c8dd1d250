import type { Queries } from "./sql.ts";
import type { TaskKind } from "./tasks.ts";
import { placeOf } from "./task-waits.ts";

/** The begun task of a deployment, for whose end the next one waits. */
export interface Blocker {
  id: string;
  kind: TaskKind;
  /** The step it is in; null when it is in none. */
  step: string | null;
  /** What it said last of what it waits for in that step. */
  said: string | null;
  /** Whether it has actions of its driver to run. */
  hasActions: boolean;
  /** Whether it is a change, as the one that waits for it, which has such actions. */
  isActedUpon: boolean;
}

/** What a queued task waits for, as a value of a statement that has the task as `t` (id, deployment_id, kind, state, payload). */
export const blockerOf = (sql: Queries) => sql`(
  select jsonb_build_object('id', o.id, 'kind', o.kind, 'step', s.name, 'said', l.message,
    'hasActions', o.payload -> 'actions' is not null, 'isActedUpon', t.payload -> 'actions' is not null
      and t.kind in ('DEPLOY', 'UPGRADE') and o.kind in ('DEPLOY', 'UPGRADE'))
  from tasks o ${placeOf(sql, "o")}
  where t.state = 'QUEUED' and o.deployment_id = t.deployment_id and o.id <> t.id
    and (o.state = 'RUNNING' or (o.state = 'QUEUED' and o.attempts > 0)))`;

/** What each of some tasks waits for; those that wait for no other task are left out. */
export async function blockersOfTasks(
  sql: Queries,
  ids: readonly string[],
): Promise<{ taskId: string; blocker: Blocker }[]> {
  return sql<{ taskId: string; blocker: Blocker }[]>`
    select * from (select t.id as task_id, ${blockerOf(sql)} as blocker from tasks t where t.id = any(${ids as string[]})) b
    where blocker is not null`;
}
