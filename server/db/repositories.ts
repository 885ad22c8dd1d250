import { byIdOrName, type Queries } from "./sql.ts";

export type RepositoryKind = "GIT" | "HELM";

export interface RepositoryRow {
  id: string;
  name: string;
  kind: RepositoryKind;
  /** A prefix of addresses, without a slash at its end. */
  url: string;
  username: string | null;
  /** Sealed. */
  token: Uint8Array | null;
  ca: string | null;
  /** Whether commits must be signed by one of the keys. */
  requireSignature: boolean;
  allowedKeys: string[];
  createdAt: Date;
  updatedAt: Date;
}

const columns = [
  "id",
  "name",
  "kind",
  "url",
  "username",
  "token",
  "ca",
  "require_signature",
  "allowed_keys",
  "created_at",
  "updated_at",
];

export interface RepositoriesWanted {
  name?: string | null;
  kind?: RepositoryKind | null;
  first: number;
  after?: string | null;
}

export async function listRepositories(sql: Queries, wanted: RepositoriesWanted): Promise<RepositoryRow[]> {
  const { name, kind, first, after } = wanted;
  return sql<RepositoryRow[]>`
    select ${sql(columns)} from repositories
    where true ${name ? sql`and name = ${name}` : sql``} ${kind ? sql`and kind = ${kind}` : sql``}
      ${after ? sql`and name > (select name from repositories where id = ${after})` : sql``}
    order by name limit ${first}`;
}

export async function findRepositoryRow(sql: Queries, idOrName: string): Promise<RepositoryRow | undefined> {
  const [row] = await sql<RepositoryRow[]>`
    select ${sql(columns)} from repositories where ${byIdOrName(sql, "repositories", idOrName)}`;
  return row;
}

/** The one with the longest of these addresses. */
export async function repositoryOfUrls(
  sql: Queries,
  kind: RepositoryKind,
  urls: readonly string[],
): Promise<RepositoryRow | undefined> {
  const [row] = await sql<RepositoryRow[]>`
    select ${sql(columns)} from repositories where kind = ${kind} and url = any(${urls as string[]})
    order by length(url) desc limit 1`;
  return row;
}

export type RepositoryValues = Omit<RepositoryRow, "createdAt" | "updatedAt">;

/** Makes it, or replaces what is known of it. Throws a unique violation for a taken name or address. */
export async function storeRepository(sql: Queries, values: RepositoryValues): Promise<void> {
  const { id, name, kind, url, username, ca, requireSignature, allowedKeys } = values;
  const token = values.token && Buffer.from(values.token);
  await sql`insert into repositories (id, name, kind, url, username, token, ca, require_signature, allowed_keys)
    values (${id}, ${name}, ${kind}, ${url}, ${username}, ${token}, ${ca},
      ${requireSignature}, ${sql.json(allowedKeys)})
    on conflict (id) do update set url = excluded.url, username = excluded.username, token = excluded.token,
      ca = excluded.ca, require_signature = excluded.require_signature, allowed_keys = excluded.allowed_keys,
      updated_at = now()`;
}

export async function removeRepository(sql: Queries, id: string): Promise<void> {
  await sql`delete from repositories where id = ${id}`;
}
