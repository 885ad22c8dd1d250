import { held, type Lease, type LeaseWord, leaseWord } from "./leases.ts";
import type { Queries } from "./sql.ts";

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

/** Whether a step of a task was begun whose name begins so. */
export async function hasBegunStep(sql: Queries, taskId: string, prefix: string): Promise<boolean> {
  const [row] =
    await sql`select from task_steps where task_id = ${taskId} and starts_with(name, ${prefix}) limit 1`;
  return row !== undefined;
}

export async function stepsOfTasks(sql: Queries, taskIds: readonly string[]): Promise<StepRow[]> {
  return sql<StepRow[]>`
    select task_id, name, state, attempts, error, started_at, finished_at from task_steps
    where task_id = any(${taskIds as string[]}) order by position`;
}

/** How the names of steps begin that are tests of a chart. */
const testPrefix = "test: ";

/** The results of steps that are tests, in order; as the agent sent them. */
export async function testResultsOfTasks(
  sql: Queries,
  taskIds: readonly string[],
): Promise<{ taskId: string; result: unknown }[]> {
  return sql<{ taskId: string; result: unknown }[]>`
    select s.task_id, s.result from task_steps s join tasks t on t.id = s.task_id
    where s.task_id = any(${taskIds as string[]}) and t.kind = 'TEST' and starts_with(s.name, ${testPrefix})
      and jsonb_typeof(s.result) = 'object'
    order by s.position`;
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
