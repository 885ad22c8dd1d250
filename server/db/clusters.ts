import { byIdOrName, type Queries } from "./sql.ts";

export interface ClusterRow {
  id: string;
  name: string;
  config: Record<string, unknown>;
  intent: "DIRECT" | "PULL";
  createdAt: Date;
}

const columns = ["id", "name", "config", "intent", "created_at"];

/** The columns behind a cluster's fields in the API; fields that are not here need only the id. */
const columnOfField: Record<string, string> = {
  name: "name",
  config: "config",
  intent: "intent",
  createdAt: "created_at",
};

export interface ClustersWanted {
  name?: string | null;
  first: number;
  after?: string | null;
  /** Fields of the API that are asked for: only their columns travel. All by default. */
  fields?: ReadonlySet<string>;
}

/** The clusters by name. */
export async function listClusters(sql: Queries, wanted: ClustersWanted): Promise<ClusterRow[]> {
  const { name, first, after, fields = new Set(Object.keys(columnOfField)) } = wanted;
  const selected = ["id"];
  for (const field of fields) if (field in columnOfField) selected.push(columnOfField[field]!);
  const values: (string | number)[] = [first];
  const where: string[] = [];
  if (name) where.push(`name = $${values.push(name)}`);
  if (after) where.push(`name > (select name from clusters where id = $${values.push(after)})`);
  const text = `select ${selected.join(", ")} from clusters ${where.length > 0 ? `where ${where.join(" and ")}` : ""}
    order by name limit $1`;
  return sql.unsafe<ClusterRow[]>(text, values, { prepare: true });
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
