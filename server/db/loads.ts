import type { SkippedCommits, SourceFailure, SourceRow } from "./sources.ts";
import type { Queries } from "./sql.ts";

export interface LoadRow {
  id: string;
  sourceId: string;
  commit: string;
  ref: string;
  state: "LOADED" | "UNCHANGED" | "FAILED" | "SKIPPED";
  versionId: string | null;
  code: string | null;
  message: string | null;
  problems: { field: string; message: string; excerpt?: string }[];
  at: Date;
}

/** So many loads of each source are remembered. */
const kept = 100;

const loadColumns = "id source_id commit ref state version_id code message problems at".split(" ");

export type DueLoad = Pick<
  SourceRow,
  | "id"
  | "name"
  | "url"
  | "ref"
  | "path"
  | "driverId"
  | "versionId"
  | "requireSignature"
  | "allowedKeys"
  | "loadedCommit"
  | "loadFailures"
  | "failure"
> & { seenRef: string; seenCommit: string };

/** Takes one source whose ref has moved, so that no other server loads it meanwhile. */
export async function claimLoad(
  sql: Queries,
  { lease, leaseMs }: { lease: string; leaseMs: number },
): Promise<DueLoad | undefined> {
  const [row] = await sql<DueLoad[]>`
    update driver_sources set lease = ${lease}, lease_until = now() + ${leaseMs} * interval '1 millisecond'
    where id = (
      select id from driver_sources
      where load_due_at <= now() and seen_commit is not null and (lease is null or lease_until < now())
      order by load_due_at limit 1 for update skip locked)
    returning id, name, url, ref, path, driver_id, version_id, require_signature, allowed_keys, loaded_commit,
      load_failures, failure, seen_ref, seen_commit`;
  return row;
}

/** Lets a claim last from now on; does nothing when it is another's by now. */
export async function renewLoad(
  sql: Queries,
  { id, lease, leaseMs }: { id: string; lease: string; leaseMs: number },
): Promise<void> {
  await sql`
    update driver_sources set lease_until = now() + ${leaseMs} * interval '1 millisecond'
    where id = ${id} and lease = ${lease}`;
}

/** Leaves a load to whoever comes next, and wakes them: what there was to load is due as before. */
export async function leaveLoad(sql: Queries, id: string, lease: string): Promise<void> {
  await sql`
    update driver_sources set lease = null, lease_until = null, load_due_at = load_due_at
    where id = ${id} and lease = ${lease}`;
}

/** Whether the source is still claimed with this lease; locks it until the transaction ends. */
export async function holdsLoad(sql: Queries, id: string, lease: string): Promise<boolean> {
  const rows = await sql`select from driver_sources where id = ${id} and lease = ${lease} for update`;
  return rows.length > 0;
}

export interface LoadStep {
  id: string;
  lease: string;
  /** How long the lease is to last from now on. */
  leaseMs: number;
  loadedCommit: string;
  driverId: string | null;
  versionId: string | null;
}

/** Goes on to the next commit of a load; whoever takes the source after a server that died begins with that one. */
export async function stepLoad(sql: Queries, step: LoadStep): Promise<void> {
  const { id, lease, leaseMs, loadedCommit, driverId, versionId } = step;
  await sql`
    update driver_sources set has_more = true, loaded_commit = ${loadedCommit},
      driver_id = coalesce(${driverId}, driver_id), version_id = coalesce(${versionId}, version_id),
      lease_until = now() + ${leaseMs} * interval '1 millisecond'
    where id = ${id} and lease = ${lease}`;
}

/** Says which commits a load passes over. */
export async function skipCommits(sql: Queries, id: string, skipped: SkippedCommits): Promise<void> {
  await sql`update driver_sources set skipped = ${sql.json(skipped as never)} where id = ${id}`;
}

export interface LoadOutcome {
  id: string;
  lease: string;
  /** The commit that was to be loaded, and the one that was: the ref may have moved on between. */
  seenCommit: string;
  loadedCommit: string | null;
  driverId: string | null;
  versionId: string | null;
  failure: SourceFailure | null;
  /** When to try again; null: not until the ref moves. */
  againMs: number | null;
}

/** Ends a load. A ref that moved meanwhile is loaded next. */
export async function endLoad(sql: Queries, outcome: LoadOutcome): Promise<void> {
  const { id, lease, seenCommit, loadedCommit, driverId, versionId, failure, againMs } = outcome;
  await sql`
    update driver_sources set lease = null, lease_until = null, has_more = false,
      loaded_commit = coalesce(${loadedCommit}, loaded_commit),
      driver_id = coalesce(${driverId}, driver_id), version_id = coalesce(${versionId}, version_id),
      failure = ${sql.json(failure as never)},
      load_failures = case when ${againMs}::int is null then 0 else load_failures + 1 end,
      load_due_at = case
        when seen_commit <> ${seenCommit} and seen_commit is distinct from ${loadedCommit} then now()
        when ${againMs}::int is null then null
        else now() + ${againMs}::int * interval '1 millisecond' end
    where id = ${id} and lease = ${lease}`;
}

/** Remembers what became of a commit. The same outcome of the same commit is remembered once. */
export async function insertLoad(sql: Queries, load: Omit<LoadRow, "at">): Promise<void> {
  const { id, sourceId, commit, ref, state, versionId, code, message, problems } = load;
  const [last] = await sql<LoadRow[]>`
    select ${sql(loadColumns)} from driver_loads where source_id = ${sourceId} order by id desc limit 1`;
  if (last?.commit === commit && last.state === state && last.message === message) return;
  await sql`
    insert into driver_loads (id, source_id, commit, ref, state, version_id, code, message, problems)
    values (${id}, ${sourceId}, ${commit}, ${ref}, ${state}, ${versionId}, ${code}, ${message},
      ${sql.json(problems as never)})`;
  await sql`
    delete from driver_loads where source_id = ${sourceId} and id < (
      select id from driver_loads where source_id = ${sourceId} order by id desc offset ${kept - 1} limit 1)`;
}

export interface LoadsWanted {
  sourceId?: string | undefined;
  state?: LoadRow["state"] | null;
  first: number;
  after?: string | null;
}

/** The loads, newest first. */
export async function listLoads(sql: Queries, wanted: LoadsWanted): Promise<LoadRow[]> {
  const { sourceId, state, first, after } = wanted;
  return sql<LoadRow[]>`
    select ${sql(loadColumns)} from driver_loads
    where true ${sourceId ? sql`and source_id = ${sourceId}` : sql``} ${state ? sql`and state = ${state}` : sql``}
      ${after ? sql`and id < ${after}` : sql``}
    order by id desc limit ${first}`;
}

/** In how many milliseconds the next load is due; undefined when none is. */
export async function nextLoadMs(sql: Queries): Promise<number | undefined> {
  const [row] = await sql<{ ms: number | null }[]>`
    select (extract(epoch from min(greatest(load_due_at, lease_until)) - now()) * 1000)::float8 as ms
    from driver_sources where load_due_at is not null`;
  return row?.ms ?? undefined;
}
