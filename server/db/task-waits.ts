import type { Queries } from "./sql.ts";

/** What a running task waits for, in the step that it is in. */
export interface TaskWait {
  step: string;
  said: string;
}

/** Steps that say in the task's log only what they wait for. */
const waitingSteps = "^wait ready$|(: | / )upgrade to ";
/** Calls of an action that wait for components, and what they say of it; other lines may be the author's own. */
const waitingCalls = "(: | / )(stop|start|scale) ";

/**
 * The step that a task is in, and what it said last of what it waits for there: `s` (name) and `l` (message) of a statement
 * that has the task as `table`, to be joined to it. Both may be null.
 */
export const placeOf = (sql: Queries, table: string) => {
  const id = sql(`${table}.id`);
  return sql`
    left join lateral (select name, started_at from task_steps
      where task_id = ${id} and state = 'RUNNING' order by position desc limit 1) s on true
    left join lateral (select message from task_log
      where task_id = ${id} and at >= s.started_at and (s.name ~ ${waitingSteps}
        or (s.name ~ ${waitingCalls} and message like 'waiting: %')) order by number desc limit 1) l on true`;
};

/** What a task waits for, as a value of a statement that has the task as `t` (id, state); null when it does not, or says nothing. */
export const waitOf = (sql: Queries) => sql`(
  select jsonb_build_object('step', s.name, 'said', l.message)
  from (select) as one ${placeOf(sql, "t")} where t.state = 'RUNNING' and l.message is not null)`;

/** What each of some tasks waits for; those that do not wait are left out. */
export async function waitsOfTasks(
  sql: Queries,
  ids: readonly string[],
): Promise<{ taskId: string; wait: TaskWait }[]> {
  return sql<{ taskId: string; wait: TaskWait }[]>`
    select * from (select t.id as task_id, ${waitOf(sql)} as wait from tasks t where t.id = any(${ids as string[]})) w
    where wait is not null`;
}
