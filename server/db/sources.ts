import { byIdOrName, type Queries } from "./sql.ts";

/** Why a source gave no version: its ref, or what was loaded from it. */
export interface SourceFailure {
  about: "REF" | "LOAD";
  code: string;
  message: string;
  commit?: string;
  problems?: { field: string; message: string; excerpt?: string }[];
}

/** Commits of a branch that were not loaded when it moved. */
export interface SkippedCommits {
  /** How many of those that change the driver, and the oldest and the newest of them; null when that is not known. */
  count: number | null;
  from: string | null;
  to: string | null;
  /** Why, and what to do. */
  message: string;
}

/** Why a repository did not say what its refs are. */
export interface PollFailure {
  code: string;
  message: string;
}

export interface SourceRow {
  id: string;
  name: string;
  url: string;
  ref: string;
  path: string;
  everySeconds: number;
  driverId: string | null;
  versionId: string | null;
  requireSignature: boolean;
  allowedKeys: string[];
  /** Sealed. */
  webhookSecret: Uint8Array | null;
  seenRef: string | null;
  seenCommit: string | null;
  seenAt: Date | null;
  loadedCommit: string | null;
  loadDueAt: Date | null;
  loadFailures: number;
  failure: SourceFailure | null;
  /** What was passed over when the ref moved last. */
  skipped: SkippedCommits | null;
  createdAt: Date;
  polledAt: Date | null;
  pollDueAt: Date;
  pollFailures: number;
  pollFailure: PollFailure | null;
}

const columns = (sql: Queries) => sql`
  s.id, s.name, s.url, s.ref, s.path, s.every_seconds, s.driver_id, s.version_id, s.require_signature, s.allowed_keys,
  s.webhook_secret, s.seen_ref, s.seen_commit, s.seen_at, s.loaded_commit, s.load_due_at, s.load_failures, s.failure, s.skipped,
  s.created_at, r.polled_at, r.due_at as poll_due_at, r.failures as poll_failures, r.failure as poll_failure`;

export interface SourcesWanted {
  name?: string | null;
  driverId?: string | undefined;
  url?: string | null;
  first: number;
  after?: string | null;
}

export async function listSources(sql: Queries, wanted: SourcesWanted): Promise<SourceRow[]> {
  const { name, driverId, url, first, after } = wanted;
  return sql<SourceRow[]>`
    select ${columns(sql)} from driver_sources s join followed_repositories r on r.url = s.url
    where true ${name ? sql`and s.name = ${name}` : sql``} ${driverId ? sql`and s.driver_id = ${driverId}` : sql``}
      ${url ? sql`and s.url = ${url}` : sql``}
      ${after ? sql`and s.name > (select name from driver_sources where id = ${after})` : sql``}
    order by s.name limit ${first}`;
}

export async function findSource(sql: Queries, idOrName: string): Promise<SourceRow | undefined> {
  const [row] = await sql<SourceRow[]>`
    select ${columns(sql)} from driver_sources s join followed_repositories r on r.url = s.url
    where ${byIdOrName(sql, "s", idOrName)}`;
  return row;
}

export async function sourcesById(sql: Queries, ids: readonly string[]): Promise<SourceRow[]> {
  return sql<SourceRow[]>`
    select ${columns(sql)} from driver_sources s join followed_repositories r on r.url = s.url
    where s.id = any(${ids as string[]})`;
}

export type SourceValues = Pick<
  SourceRow,
  | "id"
  | "name"
  | "url"
  | "ref"
  | "path"
  | "everySeconds"
  | "requireSignature"
  | "allowedKeys"
  | "webhookSecret"
>;

/**
 * Makes a source, or replaces what is wanted of it, and lets its repository be asked at once. A ref or a folder that is
 * another one is seen and loaded anew: its last commit, and not what came before. Throws a unique violation for a taken name.
 */
export async function storeSource(sql: Queries, values: SourceValues, key: string): Promise<void> {
  const { id, name, url, ref, path, everySeconds, requireSignature, allowedKeys, webhookSecret } = values;
  await sql`insert into followed_repositories (url, key) values (${url}, ${key}) on conflict (url) do nothing`;
  await sql`
    insert into driver_sources as s
      (id, name, url, ref, path, every_seconds, require_signature, allowed_keys, webhook_secret)
    values (${id}, ${name}, ${url}, ${ref}, ${path}, ${everySeconds}, ${requireSignature},
      ${sql.json(allowedKeys)}, ${webhookSecret && Buffer.from(webhookSecret)})
    on conflict (id) do update set
      ref = excluded.ref, path = excluded.path, every_seconds = excluded.every_seconds,
      require_signature = excluded.require_signature, allowed_keys = excluded.allowed_keys,
      webhook_secret = excluded.webhook_secret,
      loaded_commit = case when (s.ref, s.path) = (excluded.ref, excluded.path) then s.loaded_commit end,
      seen_commit = null, seen_ref = null, failure = null, load_failures = 0, load_due_at = null, skipped = null,
      has_more = false, lease = null, lease_until = null`;
  await askRepository(sql, url);
}

/** Lets a repository be asked for its refs at once. */
export async function askRepository(sql: Queries, url: string): Promise<void> {
  await sql`update followed_repositories set due_at = now(), asked_at = now() where url = ${url}`;
}

/** Removes a source, and the state of a repository that nobody follows any more. Its driver stays. */
export async function removeSource(sql: Queries, { id, url }: Pick<SourceRow, "id" | "url">): Promise<void> {
  await sql`delete from driver_sources where id = ${id}`;
  await sql`delete from followed_repositories r
    where url = ${url} and not exists (select from driver_sources s where s.url = r.url)`;
}
