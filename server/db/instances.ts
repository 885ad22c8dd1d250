import type { Context } from "../../drivers/kit/index.ts";
import type { Queries } from "./sql.ts";

/** What the users of a deployment have declared of it, as given: no secrets, no defaults. */
export interface DeclaredMaps {
  parameters: Record<string, unknown>;
  config: Record<string, unknown>;
  envVars: Record<string, Record<string, unknown>>;
  containerOverrides: Record<string, Record<string, unknown>>;
}

export interface InstanceRow {
  id: string;
  deploymentId: string;
  driverVersionId: string;
  applicationVersion: string;
  parameters: Record<string, unknown>;
  context: Context;
  secretName: string | null;
  /** Null for an instance that was made before this was kept. */
  declared: DeclaredMaps | null;
  createdAt: Date;
}

const columns =
  "id deployment_id driver_version_id application_version parameters context secret_name declared created_at".split(
    " ",
  );

export async function instancesById(sql: Queries, ids: readonly string[]): Promise<InstanceRow[]> {
  return sql<InstanceRow[]>`select ${sql(columns)} from instances where id = any(${ids as string[]})`;
}

/** The instances of a deployment, newest first. */
export async function instancesOfDeployment(sql: Queries, id: string, first: number): Promise<InstanceRow[]> {
  return sql<InstanceRow[]>`
    select ${sql(columns)} from instances where deployment_id = ${id} order by id desc limit ${first}`;
}

/** Stores an instance and its sealed secrets. */
export async function insertInstance(
  sql: Queries,
  instance: Omit<InstanceRow, "createdAt">,
  sealed: Record<string, Buffer>,
): Promise<void> {
  const { id, deploymentId, driverVersionId, applicationVersion, parameters, context, secretName, declared } =
    instance;
  await sql`
    insert into instances (id, deployment_id, driver_version_id, application_version, parameters, context, secret_name,
      declared)
    values (${id}, ${deploymentId}, ${driverVersionId}, ${applicationVersion}, ${sql.json(parameters as never)},
      ${sql.json(context as never)}, ${secretName}, ${sql.json(declared as never)})`;
  const secrets = Object.entries(sealed).map(([name, value]) => ({ instance_id: id, name, sealed: value }));
  if (secrets.length > 0) await sql`insert into instance_secrets ${sql(secrets)}`;
}

/** The sealed secrets of instances. */
export async function sealedSecrets(
  sql: Queries,
  instanceIds: readonly string[],
): Promise<{ instanceId: string; name: string; sealed: Uint8Array }[]> {
  return sql<{ instanceId: string; name: string; sealed: Uint8Array }[]>`
    select instance_id, name, sealed from instance_secrets where instance_id = any(${instanceIds as string[]})`;
}
