import type { Queries } from "./sql.ts";

export interface EndedUpgrade {
  id: string;
  kind: "UPGRADE";
  deploymentId: string;
  instanceId: string | null;
}

/**
 * True of an upgrade that ended other than well, and was not looked at since. One whose place another task took is left
 * to that until it has ended. Its index is `tasks_to_take_back`.
 */
export const isToTakeBack = (sql: Queries, table: string) => {
  const column = (name: string) => sql(`${table}.${name}`);
  return sql`${column("kind")} = 'UPGRADE' and ${column("state")} in ('FAILED', 'CANCELLED')
    and ${column("taken_back")} is null and not exists (select from tasks heir
      where heir.id = ${column("superseded_by")} and heir.state in ('QUEUED', 'RUNNING'))`;
};

/**
 * The upgrades to look at, the newest first: it answers for those whose place it took. Those of a deployment that is being
 * deleted wait: the delete may be cancelled.
 */
export async function upgradesToTakeBack(sql: Queries): Promise<EndedUpgrade[]> {
  return sql<EndedUpgrade[]>`
    select t.id, t.kind, t.deployment_id, t.instance_id
    from tasks t left join deployments d on d.id = t.deployment_id
    where ${isToTakeBack(sql, "t")} and d.phase is distinct from 'DELETING' order by t.id desc limit 100`;
}

/** One of them, locked; undefined when it was looked at meanwhile. Lock its deployment before. */
export async function lockToTakeBack(sql: Queries, id: string): Promise<EndedUpgrade | undefined> {
  const [row] = await sql<EndedUpgrade[]>`
    select t.id, t.kind, t.deployment_id, t.instance_id from tasks t
    where t.id = ${id} and ${isToTakeBack(sql, "t")} for no key update`;
  return row;
}

/** Notes that an upgrade was looked at; `said` is added to its reason. */
export async function noteTakenBack(sql: Queries, id: string, said: string | null): Promise<void> {
  await sql`
    update tasks set taken_back = ${said !== null},
      reason = case when ${said}::text is null then reason else concat_ws('. ', rtrim(reason, '.'), ${said}::text) end
    where id = ${id}`;
}
