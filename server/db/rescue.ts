import type { Queries } from "./sql.ts";

/** What has run for so long without a crash is not what ended its agents before: a delete may wait for days. */
const forgivenMs = 60 * 60_000;
const crashesBefore = (sql: Queries) => sql`
  (case when lease_until - claimed_at > ${forgivenMs} * interval '1 ms' then 0 else crashes end)`;

/**
 * Takes tasks back whose lease ran out: QUEUED again, or ended when they were to be cancelled or are past their time.
 * The epoch stays on them, so that the agent's next hello can tell a crash from a mere silence.
 */
export async function rescueExpiredLeases(sql: Queries): Promise<number> {
  const rescued = await sql`
    update tasks set token = null, lease_until = null, crashes = ${crashesBefore(sql)},
      state = case when cancel_requested is not null then 'CANCELLED' when expires_at < now() then 'FAILED' else 'QUEUED' end,
      reason = case when cancel_requested is not null then cancel_requested
        when expires_at < now() then 'expired: its time was over before it ended'
        else 'its agent fell silent; it goes on where it was as soon as an agent takes it up' end,
      finished_at = case when cancel_requested is not null or expires_at < now() then now() end
    where state = 'RUNNING' and lease_until < now()`;
  return rescued.count;
}

/**
 * At a hello: the tasks that an earlier epoch had not ended are free at once. Each counts a crash, unless its epoch is the
 * calm one, which is known not to have crashed; after an hour of running it is the first one again. The last crash that is
 * allowed makes a task poisoned; but a delete whose deployment is closed already is only put off, for nobody could ask for
 * it again.
 */
export async function freeOlderLeases(
  sql: Queries,
  {
    clusterId,
    epoch,
    poisonAfter,
    calmEpoch,
  }: { clusterId: string; epoch: number; poisonAfter: number; calmEpoch: number | null },
): Promise<void> {
  const calm = sql`agent_epoch is not distinct from ${calmEpoch}::int`;
  const before = crashesBefore(sql);
  const often = sql`(${before} + 1 >= ${poisonAfter} and not (${calm}))`;
  const closed = sql`kind = 'DELETE' and not exists (select from deployments d where d.id = tasks.deployment_id)`;
  const poisoned = sql`(${often} and not (${closed}))`;
  await sql`
    update tasks set token = null, lease_until = null, agent_epoch = null,
      crashes = case when ${calm} then crashes else ${before} + 1 end,
      due_at = case when ${often} then now() + ${putOffMs} * interval '1 ms' else due_at end,
      state = case when ${poisoned} then 'FAILED' when cancel_requested is not null then 'CANCELLED' else 'QUEUED' end,
      reason = case when ${poisoned} then 'poisoned: its agent ended in the middle of it ' || ${before} + 1 || ' times'
        when cancel_requested is not null then cancel_requested
        when ${calm} then 'its agent began anew; it goes on where it was'
        else 'its agent ended in the middle of it; it goes on where it was' end,
      finished_at = case when ${poisoned} or cancel_requested is not null then now() end
    where cluster_id = ${clusterId} and agent_epoch < ${epoch}
      and (state = 'RUNNING' or (state = 'QUEUED' and attempts > 0))`;
}

/** How long a task waits that ended its agent too often, and must be done all the same. */
const putOffMs = 10_000;

/** At a goodbye: what the agent had not ended is free at once, and counts no crash. */
export async function handBackLeases(sql: Queries, clusterId: string, epoch: number): Promise<void> {
  await sql`
    update tasks set token = null, lease_until = null, agent_epoch = null,
      state = case when cancel_requested is not null then 'CANCELLED' else 'QUEUED' end,
      reason = coalesce(cancel_requested, 'its agent was stopped; it goes on where it was'),
      finished_at = case when cancel_requested is not null then now() end
    where cluster_id = ${clusterId} and agent_epoch = ${epoch} and state = 'RUNNING'`;
  await sql`
    update tasks set agent_epoch = null
    where cluster_id = ${clusterId} and agent_epoch = ${epoch} and state = 'QUEUED'`;
}

/** Ends waiting tasks that are past their time. */
export async function expireTasks(sql: Queries): Promise<number> {
  const expired = await sql`
    update tasks set state = 'FAILED', finished_at = now(),
      reason = 'expired: no agent took it up in time; '
        || case when kind = 'TEST' then 'ask for the test again' else 'update the deployment to try again' end
    where state = 'QUEUED' and expires_at < now()`;
  return expired.count;
}
