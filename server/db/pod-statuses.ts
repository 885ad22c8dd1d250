import type { ReportHead, Written } from "./reports.ts";
import type { Queries } from "./sql.ts";

export interface PodStatusRow {
  uid: string;
  clusterId: string;
  deploymentId: string;
  component: string | null;
  name: string;
  namespace: string;
  phase: string;
  ready: boolean;
  restarts: number;
  reason: string | null;
  message: string | null;
  node: string | null;
  images: string[];
  containers: {
    name: string;
    state: string;
    ready: boolean;
    restarts: number;
    lastExitCode: number | null;
  }[];
  startedAt: Date | null;
  simulated: boolean;
  changedAt: Date;
  /** The scopes of the cluster's last report; see `observedAt`. */
  scopes: Record<string, number> | null;
}

/** Columns that a report fills, with their types in `jsonb_to_recordset`. */
const reported = {
  uid: "text",
  deployment_id: "uuid",
  component: "text",
  name: "text",
  namespace: "text",
  phase: "text",
  ready: "boolean",
  restarts: "int",
  reason: "text",
  message: "text",
  node: "text",
  images: "jsonb",
  containers: "jsonb",
  started_at: "timestamptz",
  simulated: "boolean",
};
const names = Object.keys(reported);
const changing = names.filter((name) => name !== "uid");
const list = (prefix: string, of: string[]) => of.map((name) => `${prefix}${name}`).join(", ");

const writeText = (absent: string) => `
  with given as (
    select * from jsonb_to_recordset($1::text::jsonb) as s (${Object.entries(reported)
      .map(([name, type]) => `${name} ${type}`)
      .join(", ")})),
  mine as (
    select s.* from given s join deployments d on d.id = s.deployment_id
      join environments e on e.id = d.environment_id where e.cluster_id = $2),
  written as (
    insert into pod_statuses as p (cluster_id, ${list("", names)}) select $2, ${list("", names)} from mine
    on conflict (cluster_id, uid) do update set (${list("", changing)}, changed_at) = row(${list("excluded.", changing)}, now())
    where (${list("p.", changing)}) is distinct from (${list("excluded.", changing)})
    returning deployment_id),
  pruned as (
    delete from pod_statuses p where cluster_id = $2 and ${absent}
      and (($3::boolean and p.namespace <> all ($5::text[])) or p.namespace = any ($4::text[]))
    returning deployment_id),
  told as (
    select pg_notify('styrmin', 'deployment:' || deployment_id)
    from (select deployment_id from written union select deployment_id from pruned) touched)
  select (select count(*) from written)::int as written, (select count(*) from pruned)::int as pruned,
    ((select count(*) from given) - (select count(*) from mine))::int as ignored, (select count(*) from told)::int as told`;

const fullText = writeText("not exists (select from given g where g.uid = p.uid)");
const deltaText = writeText("p.uid = any ($6::text[])");

/**
 * Writes the pods that differ and prunes those that are gone, in one statement. With `removed` the report is a delta,
 * and only these are gone; without, everything that it does not name. Nothing outside whole scopes is pruned.
 */
export async function writePods(
  sql: Queries,
  { clusterId, all, whole, partial }: ReportHead,
  pods: readonly object[],
  removed?: readonly string[],
): Promise<Written> {
  const values = [JSON.stringify(pods), clusterId, all, whole, partial];
  const [row] = removed
    ? await sql.unsafe<Written[]>(deltaText, [...values, removed as string[]] as never[], { prepare: true })
    : await sql.unsafe<Written[]>(fullText, values as never[], { prepare: true });
  return row!;
}

/** The fields of a pod in the API, and the columns each needs. */
const columnsOfField: Record<string, string[]> = {
  id: ["uid"],
  component: ["component"],
  name: ["name"],
  namespace: ["namespace"],
  phase: ["phase"],
  ready: ["ready"],
  restarts: ["restarts"],
  reason: ["reason"],
  message: ["message"],
  node: ["node"],
  images: ["images"],
  containers: ["containers"],
  startedAt: ["started_at"],
  observedAt: ["changed_at", "namespace", "scopes"],
  simulated: ["simulated"],
  deployment: ["deployment_id"],
};

export interface PodsWanted {
  deploymentId?: string | undefined;
  environmentId?: string | undefined;
  clusterId?: string | undefined;
  first: number;
  after?: string | null;
  /** Fields of the API that are asked for. */
  fields: ReadonlySet<string>;
  /** Whether the name of the deployment, and the name of its environment, are wanted in the same statement. */
  joined: boolean;
}

/** A pod with what was asked for, and, when joined, the names of its deployment and environment. */
export type JoinedPodRow = PodStatusRow & {
  deploymentName?: string;
  environmentId?: string;
  environmentName?: string;
};

/** The pods by namespace and name. One statement; only the columns that are asked for travel. */
export async function listPods(sql: Queries, wanted: PodsWanted): Promise<JoinedPodRow[]> {
  const { deploymentId, environmentId, clusterId, first, after, fields, joined } = wanted;
  const columns = new Set([...fields].flatMap((field) => columnsOfField[field] ?? []));
  const withScopes = columns.delete("scopes");
  const selected = [...columns, "uid"].map((column) => `p.${column}`);
  if (withScopes) selected.push("r.scopes");
  if (joined)
    selected.push("d.name as deployment_name", "e.id as environment_id", "e.name as environment_name");
  const values: (string | number)[] = [first];
  const given = (value: string) => `$${values.push(value)}`;
  const where = ["true"];
  if (deploymentId) where.push(`deployment_id = ${given(deploymentId)}`);
  if (environmentId) {
    where.push(
      `deployment_id in (select id from deployments where environment_id = ${given(environmentId)})`,
    );
  }
  if (clusterId) where.push(`cluster_id = ${given(clusterId)}`);
  if (after) {
    where.push(
      `(namespace, name, uid) > (select namespace, name, uid from pod_statuses where uid = ${given(after)} limit 1)`,
    );
  }
  const text = `select ${[...new Set(selected)].join(", ")}
    from (select * from pod_statuses where ${where.join(" and ")} order by namespace, name, uid limit $1) p
    ${joined ? "join deployments d on d.id = p.deployment_id join environments e on e.id = d.environment_id" : ""}
    ${withScopes ? "left join reports r on r.cluster_id = p.cluster_id and r.kind = 'PODS'" : ""}
    order by p.namespace, p.name, p.uid`;
  return sql.unsafe<JoinedPodRow[]>(text, values, { prepare: true });
}

/** All pods of deployments, by name. */
export async function podsOfDeployments(
  sql: Queries,
  deploymentIds: readonly string[],
): Promise<PodStatusRow[]> {
  return sql<PodStatusRow[]>`
    select p.*, r.scopes from pod_statuses p left join reports r on r.cluster_id = p.cluster_id and r.kind = 'PODS'
    where deployment_id = any(${deploymentIds as string[]}) order by p.name`;
}
