import type { NewVersionPolicy } from "../deploy/new-version-policy.ts";
import type { Queries } from "./sql.ts";

export interface NoticeRow {
  deploymentId: string;
  versionId: string;
  state: "NEW" | "PLANNED" | "HELD" | "UPGRADING" | "UPGRADED" | "FAILED";
  /** Why it waits, is held, or failed. */
  reason: string | null;
  plan: Record<string, unknown> | null;
  taskId: string | null;
  createdAt: Date;
  updatedAt: Date;
}

const columns = "deployment_id version_id state reason plan task_id created_at updated_at"
  .split(" ")
  .map((column) => `n.${column}`);

/** A deployment whose policy does something with new versions. */
export interface Watcher {
  id: string;
  driverId: string;
  versionId: string;
  version: string;
  loadedAt: Date;
  policy: NewVersionPolicy;
  changedAt: Date;
}

/** All of them, or the one with this id while it is one. */
export async function watchers(sql: Queries, id?: string): Promise<Watcher[]> {
  return sql<Watcher[]>`
    select d.id, v.driver_id, v.id as version_id, v.version, v.loaded_at, d.policies -> 'newVersions' as policy,
      d.updated_at as changed_at
    from deployments d join application_driver_versions v on v.id = d.driver_version_id
    where d.policies ? 'newVersions' and d.policies #>> '{newVersions,do}' <> 'NOTHING' and d.phase <> 'DELETING'
      ${id === undefined ? sql`` : sql`and d.id = ${id}`}
    order by d.id`;
}

export async function noticesOf(sql: Queries, deploymentIds: readonly string[]): Promise<NoticeRow[]> {
  return sql<NoticeRow[]>`
    select ${sql(columns)} from version_notices n where n.deployment_id = any(${deploymentIds as string[]})`;
}

type NoticeValues = Pick<NoticeRow, "deploymentId" | "versionId" | "state" | "reason" | "plan">;

/** Says what a version comes to, in place of what was said of older ones; not when it is being carried out already. */
export async function putNotice(sql: Queries, notice: NoticeValues): Promise<void> {
  const { deploymentId, versionId, state, reason, plan } = notice;
  await sql`
    delete from version_notices
    where deployment_id = ${deploymentId} and version_id <> ${versionId} and state in ('NEW', 'PLANNED', 'HELD')`;
  await sql`
    insert into version_notices as n (deployment_id, version_id, state, reason, plan)
    values (${deploymentId}, ${versionId}, ${state}, ${reason}, ${sql.json(plan as never)})
    on conflict (deployment_id, version_id) do update
      set state = excluded.state, reason = excluded.reason, plan = excluded.plan, updated_at = now()
      where n.state in ('NEW', 'PLANNED', 'HELD') and (
        (n.state, n.reason, n.plan) is distinct from (excluded.state, excluded.reason, excluded.plan)
        or n.updated_at < (select updated_at from deployments where id = n.deployment_id))`;
}

/** Notes the task of an upgrade. False when there is one already, or it is over. */
export async function beginUpgrade(
  sql: Queries,
  { deploymentId, versionId, taskId }: Pick<NoticeRow, "deploymentId" | "versionId" | "taskId">,
): Promise<boolean> {
  const rows = await sql`
    update version_notices set state = 'UPGRADING', reason = null, task_id = ${taskId}, updated_at = now()
    where deployment_id = ${deploymentId} and version_id = ${versionId} and state in ('NEW', 'PLANNED', 'HELD')
    returning 1`;
  return rows.length > 0;
}

/** Forgets what was said of a version, unless it was begun. */
export async function forgetNotice(
  sql: Queries,
  { deploymentId, versionId }: Pick<NoticeRow, "deploymentId" | "versionId">,
): Promise<void> {
  await sql`
    delete from version_notices
    where deployment_id = ${deploymentId} and version_id = ${versionId} and state in ('NEW', 'PLANNED', 'HELD')`;
}

/** Lets a version that came back be taken anew, however it went before. */
export async function forgetTried(sql: Queries, versionId: string): Promise<void> {
  await sql`
    delete from version_notices n where n.version_id = ${versionId} and (n.state in ('UPGRADED', 'FAILED')
      or exists (select from tasks t where t.id = n.task_id and t.finished_at is not null))`;
}

/** Notes how the tasks of upgrades ended, and forgets what was said of versions that deployments have by now. */
export async function settleNotices(sql: Queries): Promise<void> {
  // A later update that keeps the version carries it out.
  await sql`
    update version_notices n set task_id = t.superseded_by
    from tasks t join tasks heir on heir.id = t.superseded_by join instances i on i.id = heir.instance_id
    where n.state = 'UPGRADING' and t.id = n.task_id and i.driver_version_id = n.version_id`;
  await sql`
    update version_notices n set state = case t.state when 'SUCCEEDED' then 'UPGRADED' else 'FAILED' end,
      reason = case t.state when 'SUCCEEDED' then null else coalesce(t.reason, 'its task was ' || lower(t.state)) end,
      updated_at = now()
    from tasks t where n.state = 'UPGRADING' and t.id = n.task_id and t.finished_at is not null
      -- One that was superseded since the statement before is for the next time.
      and not exists (select from tasks heir join instances i on i.id = heir.instance_id
        where heir.id = t.superseded_by and i.driver_version_id = n.version_id)`;
  // Servers before this one took an upgrade in hand before it was recorded, and may have died with it.
  await sql`
    update version_notices set state = 'PLANNED'
    where state = 'UPGRADING' and task_id is null and updated_at < now() - interval '1 minute'`;
  await sql`
    delete from version_notices n using deployments d
    where d.id = n.deployment_id and d.driver_version_id = n.version_id and n.state in ('NEW', 'PLANNED', 'HELD')`;
}

export interface NoticesWanted {
  state?: NoticeRow["state"] | null;
  deploymentId?: string | undefined;
  first: number;
}

/** The newest first. */
export async function listNotices(
  sql: Queries,
  { state, deploymentId, first }: NoticesWanted,
): Promise<NoticeRow[]> {
  return sql<NoticeRow[]>`
    select ${sql(columns)} from version_notices n
    where true ${state ? sql`and n.state = ${state}` : sql``}
      ${deploymentId ? sql`and n.deployment_id = ${deploymentId}` : sql``}
    order by n.created_at desc, n.deployment_id limit ${first}`;
}
