import { byIdOrName, type Queries } from "./sql.ts";

export interface ClusterRow {
  id: string;
  name: string;
  config: Record<string, unknown>;
  intent: "DIRECT" | "PULL";
  createdAt: Date;
}

const columns = ["id", "name", "config", "intent", "created_at"];

export async function listClusters(
  sql: Queries,
  { name, first, after }: { name?: string | null; first: number; after?: string | null },
): Promise<ClusterRow[]> {
  return sql<ClusterRow[]>`
    select ${sql(columns)} from clusters
    where true ${name ? sql`and name = ${name}` : sql``}
      ${after ? sql`and name > (select name from clusters where id = ${after})` : sql``}
    order by name limit ${first}`;
}

export async function findCluster(sql: Queries, idOrName: string): Promise<ClusterRow | undefined> {
  const [row] = await sql<ClusterRow[]>`
    select ${sql(columns)} from clusters where ${byIdOrName(sql, "clusters", idOrName)}`;
  return row;
}

export async function clustersById(sql: Queries, ids: readonly string[]): Promise<ClusterRow[]> {
  return sql<ClusterRow[]>`select ${sql(columns)} from clusters where id = any(${ids as string[]})`;
}

export async function insertCluster(
  sql: Queries,
  { id, name, config, intent }: Pick<ClusterRow, "id" | "name" | "config" | "intent">,
): Promise<ClusterRow> {
  const [row] = await sql<ClusterRow[]>`
    insert into clusters (id, name, config, intent) values (${id}, ${name}, ${sql.json(config as never)}, ${intent})
    returning ${sql(columns)}`;
  return row!;
}

export async function setClusterConfig(
  sql: Queries,
  id: string,
  config: object,
): Promise<ClusterRow | undefined> {
  const [row] = await sql<ClusterRow[]>`
    update clusters set config = ${sql.json(config as never)} where id = ${id} returning ${sql(columns)}`;
  return row;
}

/** Throws a foreign-key violation while environments are on it. */
export async function removeCluster(sql: Queries, id: string): Promise<void> {
  await sql`delete from clusters where id = ${id}`;
}
