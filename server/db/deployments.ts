import type { DeploymentPolicies } from "../deploy/policies.ts";
import type { EnvironmentRow } from "./environments.ts";
import { isId, type Queries } from "./sql.ts";

export interface DeploymentRow {
  id: string;
  name: string;
  environmentId: string;
  driverVersionId: string;
  applicationVersion: string;
  parameters: Record<string, unknown>;
  config: Record<string, unknown>;
  envVars: Record<string, Record<string, unknown>>;
  containerOverrides: Record<string, Record<string, unknown>>;
  phase: "RUNNING" | "STOPPED" | "DELETING";
  phaseBefore: "RUNNING" | "STOPPED" | null;
  volumes: "KEEP" | "DELETE";
  replicas: Record<string, number>;
  /** What differs from the defaults of `DeploymentPolicies` in `server/deploy/policies.ts`. */
  policies: Partial<DeploymentPolicies>;
  resourceName: string;
  intentGeneration: number;
  releasedGeneration: number;
  instanceId: string;
  activeInstanceId: string | null;
  createdAt: Date;
  updatedAt: Date;
  /** Its environment, when that was read in the same statement. */
  joinedEnvironment?: EnvironmentRow;
}

const columns = (
  "id name environment_id driver_version_id application_version parameters config env_vars container_overrides phase " +
  "phase_before volumes replicas policies resource_name intent_generation released_generation instance_id active_instance_id " +
  "created_at updated_at"
)
  .split(" ")
  .map((column) => `d.${column}`);

export interface DeploymentsWanted {
  name?: string | null;
  environmentId?: string | undefined;
  driverId?: string | undefined;
  first: number;
  after?: string | null;
}

/** The living deployments, by environment and name. */
export async function listDeployments(sql: Queries, wanted: DeploymentsWanted): Promise<DeploymentRow[]> {
  const { name, environmentId, driverId, first, after } = wanted;
  const driver = sql`and d.driver_version_id in (
    select id from application_driver_versions where driver_id = ${driverId ?? null})`;
  const page = sql`and (e.name, d.name) > (
    select pe.name, p.name from deployments p join environments pe on pe.id = p.environment_id where p.id = ${after ?? null})`;
  return sql<DeploymentRow[]>`
    select ${sql(columns)} from deployments d join environments e on e.id = d.environment_id
    where true ${name ? sql`and d.name = ${name}` : sql``}
      ${environmentId ? sql`and d.environment_id = ${environmentId}` : sql``}
      ${driverId ? driver : sql``} ${after ? page : sql``}
    order by e.name, d.name limit ${first}`;
}

/** Those that an id or a name may mean; with an environment one at most. */
export async function matchDeployments(
  sql: Queries,
  idOrName: string,
  environmentId?: string,
): Promise<DeploymentRow[]> {
  return sql<DeploymentRow[]>`
    select ${sql(columns)} from deployments d
    where ${isId(idOrName) ? sql`d.id = ${idOrName}` : sql`d.name = ${idOrName}`}
      ${environmentId ? sql`and d.environment_id = ${environmentId}` : sql``} limit 2`;
}

/** Those made with another version of a driver than this one, by environment and name. */
export async function deploymentsOfDriver(
  sql: Queries,
  driverId: string,
  exceptVersion: string,
  { first, after }: { first: number; after: string | null },
): Promise<DeploymentRow[]> {
  const page = sql`and (e.name, d.name) > (
    select pe.name, p.name from deployments p join environments pe on pe.id = p.environment_id where p.id = ${after})`;
  return sql<DeploymentRow[]>`
    select ${sql(columns)} from deployments d join environments e on e.id = d.environment_id
      join application_driver_versions v on v.id = d.driver_version_id
    where v.driver_id = ${driverId} and v.id <> ${exceptVersion} and d.phase <> 'DELETING' ${after ? page : sql``}
    order by e.name, d.name limit ${first}`;
}

/** Those with other files by the name of a driver version than its own, by environment and name. */
export async function deploymentsPinned(
  sql: Queries,
  { id, driverId, version }: { id: string; driverId: string; version: string },
  first: number,
): Promise<DeploymentRow[]> {
  return sql<DeploymentRow[]>`
    select ${sql(columns)} from deployments d join environments e on e.id = d.environment_id
      join application_driver_versions v on v.id = d.driver_version_id
    where v.driver_id = ${driverId} and v.version = ${version} and v.id <> ${id} and d.phase <> 'DELETING'
    order by e.name, d.name limit ${first}`;
}

/** One deployment, locked until the transaction ends. Every change of a deployment takes this lock first. */
export async function lockDeployment(sql: Queries, id: string): Promise<DeploymentRow | undefined> {
  const [row] = await sql<
    DeploymentRow[]
  >`select ${sql(columns)} from deployments d where id = ${id} for update`;
  return row;
}

export async function deploymentsById(sql: Queries, ids: readonly string[]): Promise<DeploymentRow[]> {
  return sql<DeploymentRow[]>`select ${sql(columns)} from deployments d where id = any(${ids as string[]})`;
}

export async function deploymentsOfEnvironments(
  sql: Queries,
  ids: readonly string[],
): Promise<DeploymentRow[]> {
  return sql<DeploymentRow[]>`
    select ${sql(columns)} from deployments d where environment_id = any(${ids as string[]}) order by name`;
}

export interface ReadableHost {
  environmentId: string;
  deploymentId: string;
  name: string;
  host: string;
}

/** The readable host names of external services, with the deployments that have them as they are declared. */
export async function readableHosts(
  sql: Queries,
  environmentIds: readonly string[],
): Promise<ReadableHost[]> {
  return sql<ReadableHost[]>`
    select d.environment_id, d.id as deployment_id, d.name, s.value ->> 'human_readable_fqdn' as host
    from deployments d join instances i on i.id = d.instance_id, jsonb_each(i.context -> 'services') s
    where d.environment_id = any(${environmentIds as string[]}) and d.phase <> 'DELETING'
      and s.value ->> 'scope' = 'external' and s.value ->> 'human_readable_fqdn' is not null
    order by d.name`;
}

export async function deploymentsOfCluster(sql: Queries, clusterId: string): Promise<DeploymentRow[]> {
  return sql<DeploymentRow[]>`
    select ${sql(columns)} from deployments d join environments e on e.id = d.environment_id
    where e.cluster_id = ${clusterId} order by d.id for update of d`;
}

/** What is declared of a deployment: the columns a create or an update writes. */
export type DeclaredColumns = Pick<
  DeploymentRow,
  | "driverVersionId"
  | "applicationVersion"
  | "parameters"
  | "config"
  | "envVars"
  | "containerOverrides"
  | "instanceId"
  | "intentGeneration"
>;

export async function insertDeployment(
  sql: Queries,
  deployment: DeclaredColumns &
    Pick<DeploymentRow, "id" | "name" | "environmentId" | "resourceName" | "policies">,
): Promise<DeploymentRow> {
  const { id, name, environmentId, resourceName } = deployment;
  const policies = sql.json(deployment.policies as never);
  const [row] = await sql<DeploymentRow[]>`
    insert into deployments ${sql({ id, name, environment_id: environmentId, resource_name: resourceName, policies, ...asColumns(sql, deployment) })}
    returning ${sql(columns.map((column) => column.slice(2)))}`;
  return row!;
}

export async function declareDeployment(
  sql: Queries,
  id: string,
  declared: DeclaredColumns,
): Promise<DeploymentRow> {
  const [row] = await sql<DeploymentRow[]>`
    update deployments d set ${sql(asColumns(sql, declared))}, updated_at = now() where id = ${id}
    returning ${sql(columns)}`;
  return row!;
}

/** Sets what is wanted of a deployment as a whole, and its newest generations. */
export async function setWanted(
  sql: Queries,
  deployment: Pick<
    DeploymentRow,
    | "id"
    | "phase"
    | "phaseBefore"
    | "volumes"
    | "replicas"
    | "policies"
    | "intentGeneration"
    | "releasedGeneration"
  >,
): Promise<DeploymentRow> {
  const { id, phase, phaseBefore, volumes, replicas, policies, intentGeneration, releasedGeneration } =
    deployment;
  const [row] = await sql<DeploymentRow[]>`
    update deployments d set phase = ${phase}, phase_before = ${phaseBefore}, volumes = ${volumes},
      replicas = ${sql.json(replicas)}, policies = ${sql.json(policies as never)}, intent_generation = ${intentGeneration},
      released_generation = ${releasedGeneration}, updated_at = now()
    where id = ${id} returning ${sql(columns)}`;
  return row!;
}

export async function setActiveInstance(sql: Queries, id: string, instanceId: string): Promise<void> {
  await sql`update deployments set active_instance_id = ${instanceId}
    where id = ${id} and active_instance_id is distinct from ${instanceId}`;
}

/** Takes a deployment out of the world, with its instances, intents and observed state. Tasks stay. */
export async function removeDeployments(sql: Queries, ids: readonly string[]): Promise<void> {
  await sql`delete from deployments where id = any(${ids as string[]})`;
}

function asColumns(sql: Queries, declared: DeclaredColumns) {
  return {
    driver_version_id: declared.driverVersionId,
    application_version: declared.applicationVersion,
    parameters: sql.json(declared.parameters as never),
    config: sql.json(declared.config as never),
    env_vars: sql.json(declared.envVars as never),
    container_overrides: sql.json(declared.containerOverrides as never),
    instance_id: declared.instanceId,
    intent_generation: declared.intentGeneration,
  };
}
