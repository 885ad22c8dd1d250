import { byIdOrName, type Queries } from "./sql.ts";

export interface EnvironmentRow {
  id: string;
  name: string;
  clusterId: string;
  config: Record<string, unknown>;
  createdAt: Date;
}

const columns = ["id", "name", "cluster_id", "config", "created_at"];

export interface EnvironmentsWanted {
  name?: string | null;
  clusterId?: string | undefined;
  first: number;
  after?: string | null;
}

export async function listEnvironments(sql: Queries, wanted: EnvironmentsWanted): Promise<EnvironmentRow[]> {
  const { name, clusterId, first, after } = wanted;
  return sql<EnvironmentRow[]>`
    select ${sql(columns)} from environments
    where true ${name ? sql`and name = ${name}` : sql``}
      ${clusterId ? sql`and cluster_id = ${clusterId}` : sql``}
      ${after ? sql`and name > (select name from environments where id = ${after})` : sql``}
    order by name limit ${first}`;
}

export async function findEnvironment(sql: Queries, idOrName: string): Promise<EnvironmentRow | undefined> {
  const [row] = await sql<EnvironmentRow[]>`
    select ${sql(columns)} from environments where ${byIdOrName(sql, "environments", idOrName)}`;
  return row;
}

/** The same, kept from being deleted until the transaction ends. */
export async function lockEnvironment(sql: Queries, idOrName: string): Promise<EnvironmentRow | undefined> {
  const [row] = await sql<EnvironmentRow[]>`
    select ${sql(columns)} from environments where ${byIdOrName(sql, "environments", idOrName)} for key share`;
  return row;
}

export async function environmentsById(sql: Queries, ids: readonly string[]): Promise<EnvironmentRow[]> {
  return sql<EnvironmentRow[]>`select ${sql(columns)} from environments where id = any(${ids as string[]})`;
}

export async function environmentsOfClusters(
  sql: Queries,
  ids: readonly string[],
): Promise<EnvironmentRow[]> {
  return sql<EnvironmentRow[]>`
    select ${sql(columns)} from environments where cluster_id = any(${ids as string[]}) order by name`;
}

export async function insertEnvironment(
  sql: Queries,
  { id, name, clusterId, config }: Omit<EnvironmentRow, "createdAt">,
): Promise<EnvironmentRow> {
  const [row] = await sql<EnvironmentRow[]>`
    insert into environments (id, name, cluster_id, config)
    values (${id}, ${name}, ${clusterId}, ${sql.json(config as never)}) returning ${sql(columns)}`;
  return row!;
}

export async function setEnvironmentConfig(
  sql: Queries,
  id: string,
  config: object,
): Promise<EnvironmentRow | undefined> {
  const [row] = await sql<EnvironmentRow[]>`
    update environments set config = ${sql.json(config as never)} where id = ${id} returning ${sql(columns)}`;
  return row;
}

/** Throws a foreign-key violation while deployments are in it. */
export async function removeEnvironment(sql: Queries, id: string): Promise<void> {
  await sql`delete from environments where id = ${id}`;
}
