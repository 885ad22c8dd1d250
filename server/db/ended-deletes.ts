import type { Queries } from "./sql.ts";

/** Deployments that are to be gone although no task is left that deletes them, and of which the cluster was not told so. */
export async function deploymentsToGiveBack(sql: Queries): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    select d.id from deployments d
    where d.phase = 'DELETING' and d.phase_before is not null
      and not exists (select from tasks t
        where t.deployment_id = d.id and t.kind = 'DELETE' and t.state in ('QUEUED', 'RUNNING'))
      and not exists (select from intents i
        where i.deployment_id = d.id and i.state in ('RELEASED', 'PUBLISHED') and i.spec ->> 'phase' = 'Deleting')
    order by d.id limit 100`;
  return rows.map(({ id }) => id);
}

/**
 * Adds to the reason of a deployment's last delete, if that failed, what is certain: the cluster was told to delete nothing.
 * What actions of the driver have done to its data nobody here knows.
 */
export async function noteNotDeleted(sql: Queries, deploymentId: string): Promise<void> {
  await sql`
    update tasks t set reason = concat_ws('. ', rtrim(reason, '.'), case when exists (
      select from task_steps where task_id = t.id and name like 'delete/%')
      then 'Its actions had begun; nothing else of it was deleted.' else 'Nothing of it was deleted.' end)
    where state = 'FAILED' and id = (select id from tasks
      where deployment_id = ${deploymentId} and kind = 'DELETE' order by id desc limit 1)`;
}
