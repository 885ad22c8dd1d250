import type { ReportHead, Written } from "./reports.ts";
import type { Queries } from "./sql.ts";

export interface ObservedCondition {
  type: string;
  status: string;
  reason: string;
  message: string;
  lastTransitionTime: string;
}

export interface ObservedComponent {
  name: string;
  desired: number;
  ready: number;
  state: string;
  message: string | null;
}

/** A resource as last observed. */
export interface DeploymentStatusRow {
  deploymentId: string;
  clusterId: string;
  uid: string;
  name: string;
  phase: string | null;
  instanceId: string | null;
  intentGeneration: number | null;
  generation: number | null;
  observedGeneration: number | null;
  conditions: ObservedCondition[];
  components: ObservedComponent[];
  drift: unknown;
  release: unknown;
  simulated: boolean;
  changedAt: Date;
  /** The scopes of the cluster's last report; see `observedAt`. */
  scopes: Record<string, number> | null;
  /** Milliseconds since it was last seen or changed, on the database's clock. */
  ageMs: number;
}

const reported = {
  uid: "text",
  deployment_id: "uuid",
  name: "text",
  phase: "text",
  instance_id: "text",
  intent_generation: "int",
  generation: "int",
  observed_generation: "int",
  conditions: "jsonb",
  components: "jsonb",
  drift: "jsonb",
  release: "jsonb",
  simulated: "boolean",
};
const names = Object.keys(reported);
const changing = names.filter((name) => name !== "deployment_id");
const list = (prefix: string, of: string[]) => of.map((name) => `${prefix}${name}`).join(", ");

// A resource by another name than the deployment's own is a copy that somebody made; it is not looked at.
// A resource that was made again has a new uid in the row of the old one, which is then not gone.
const writeText = (absent: string) => `
  with given as (
    select * from jsonb_to_recordset($1::text::jsonb) as s (${Object.entries(reported)
      .map(([name, type]) => `${name} ${type}`)
      .join(", ")})),
  mine as (
    select s.* from given s join deployments d on d.id = s.deployment_id and d.resource_name = s.name
      join environments e on e.id = d.environment_id where e.cluster_id = $2),
  written as (
    insert into deployment_statuses as p (cluster_id, ${list("", names)}) select $2, ${list("", names)} from mine
    on conflict (deployment_id) do update set (cluster_id, ${list("", changing)}, changed_at) = row($2, ${list("excluded.", changing)}, now())
    where (${list("p.", changing)}) is distinct from (${list("excluded.", changing)})
    returning deployment_id),
  pruned as (
    delete from deployment_statuses p where cluster_id = $2 and $3::boolean and ${absent}
      and not exists (select from mine m where m.deployment_id = p.deployment_id)
    returning deployment_id),
  told as (
    select pg_notify('styrmin', 'deployment:' || deployment_id)
    from (select deployment_id from written union select deployment_id from pruned) touched)
  select (select count(*) from written)::int as written, (select count(*) from pruned)::int as pruned,
    ((select count(*) from given) - (select count(*) from mine))::int as ignored, (select count(*) from told)::int as told`;

const fullText = writeText("true");
const deltaText = writeText("p.uid = any ($4::text[])");

/** As `writePods`. The resources all lie in one namespace, so rows are pruned when every scope was seen whole. */
export async function writeDeploymentStatuses(
  sql: Queries,
  { clusterId, all, whole, partial }: ReportHead,
  deployments: readonly object[],
  removed?: readonly string[],
): Promise<Written> {
  const complete = partial.length === 0 && (all || whole.length > 0);
  const values = [JSON.stringify(deployments), clusterId, complete];
  const [row] = removed
    ? await sql.unsafe<Written[]>(deltaText, [...values, removed as string[]] as never[], { prepare: true })
    : await sql.unsafe<Written[]>(fullText, values as never[], { prepare: true });
  return row!;
}

const selected = (sql: Queries) => sql`
  s.*, r.scopes, coalesce(extract(epoch from now() - greatest(r.complete_at, s.changed_at)) * 1000, 0)::float8 as age_ms`;
const report = (sql: Queries) =>
  sql`left join reports r on r.cluster_id = s.cluster_id and r.kind = 'DEPLOYMENTS'`;

export interface StatusesWanted {
  deploymentId?: string | undefined;
  environmentId?: string | undefined;
  clusterId?: string | undefined;
  first: number;
  after?: string | null;
}

export async function listDeploymentStatuses(
  sql: Queries,
  { deploymentId, environmentId, clusterId, first, after }: StatusesWanted,
): Promise<DeploymentStatusRow[]> {
  const inEnvironment = sql`and s.deployment_id in (
    select id from deployments where environment_id = ${environmentId ?? null})`;
  const page = sql`and (s.name, s.uid) > (
    select name, uid from deployment_statuses where uid = ${after ?? null} limit 1)`;
  return sql<DeploymentStatusRow[]>`
    select ${selected(sql)} from deployment_statuses s ${report(sql)}
    where true ${deploymentId ? sql`and s.deployment_id = ${deploymentId}` : sql``}
      ${environmentId ? inEnvironment : sql``} ${clusterId ? sql`and s.cluster_id = ${clusterId}` : sql``}
      ${after ? page : sql``}
    order by s.name, s.uid limit ${first}`;
}

export async function statusesOfDeployments(
  sql: Queries,
  deploymentIds: readonly string[],
): Promise<DeploymentStatusRow[]> {
  return sql<DeploymentStatusRow[]>`
    select ${selected(sql)} from deployment_statuses s ${report(sql)}
    where s.deployment_id = any(${deploymentIds as string[]})`;
}
