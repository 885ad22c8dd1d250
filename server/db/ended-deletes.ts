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

/** Adds to the reason of a deployment's last delete, if that failed, what became of the deployment. */
export async function noteNotDeleted(sql: Queries, deploymentId: string, said: string): Promise<void> {
  await sql`
    update tasks set reason = concat_ws('. ', rtrim(reason, '.'), ${said}::text)
    where state = 'FAILED' and id = (select id from tasks
      where deployment_id = ${deploymentId} and kind = 'DELETE' order by id desc limit 1)`;
}
