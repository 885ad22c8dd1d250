import type { PollFailure, SourceFailure } from "./sources.ts";
import type { Queries } from "./sql.ts";

/** A repository that is to be asked for its refs, for all sources in it at once. */
export interface DueRepository {
  url: string;
  protocol: number | null;
  failures: number;
  failure: PollFailure | null;
  everySeconds: number;
}

/**
 * Takes the repositories that are due, the longest due first, so that no other server asks them meanwhile; in one
 * statement, and those that another server is just taking are passed over.
 */
export async function claimRepositories(
  sql: Queries,
  { lease, most, leaseMs }: { lease: string; most: number; leaseMs: number },
): Promise<DueRepository[]> {
  return sql<DueRepository[]>`
    update followed_repositories r set lease = ${lease}, leased_at = now(),
      lease_until = now() + ${leaseMs} * interval '1 millisecond'
    where url in (
      select url from followed_repositories
      where due_at <= now() and (lease is null or lease_until < now())
      order by due_at limit ${most} for update skip locked)
    returning url, protocol, failures, failure,
      coalesce((select min(every_seconds) from driver_sources s where s.url = r.url), 3600) as every_seconds`;
}

/** What is followed in repositories, with what was seen of it last. */
export interface FollowedRef {
  id: string;
  url: string;
  ref: string;
  seenRef: string | null;
  seenCommit: string | null;
  loadedCommit: string | null;
  /** Whether it is to be loaded already, or is just being. */
  isPending: boolean;
  failure: SourceFailure | null;
}

export async function followedRefs(sql: Queries, urls: readonly string[]): Promise<FollowedRef[]> {
  return sql<FollowedRef[]>`
    select id, url, ref, seen_ref, seen_commit, loaded_commit, load_due_at is not null as is_pending,
      failure from driver_sources where url = any(${urls as string[]})`;
}

export interface PollOutcome {
  url: string;
  protocol: number | null;
  failures: number;
  failure: PollFailure | null;
  /** How long to wait for the next. */
  waitMs: number;
}

export interface SeenRef {
  id: string;
  /** What the source was seen to follow when it was asked for; nothing is recorded when that was changed meanwhile. */
  followed: string;
  /** The ref and its commit; null when it is not there. */
  seenRef: string | null;
  seenCommit: string | null;
  /** Whether it is to be loaded. */
  load: boolean;
  failure: SourceFailure | null;
}

/**
 * Records what repositories said, each only while its lease is still the one it was claimed with. Who wanted to know at
 * once while the answer was under way is answered by another poll.
 */
export async function recordPolls(
  sql: Queries,
  lease: string,
  outcomes: readonly PollOutcome[],
  seen: readonly SeenRef[],
): Promise<void> {
  if (seen.length > 0) {
    await sql`
      update driver_sources s set failure = x.failure,
        seen_ref = coalesce(x."seenRef", s.seen_ref), seen_commit = coalesce(x."seenCommit", s.seen_commit),
        seen_at = case when x."seenCommit" is null then s.seen_at else now() end,
        load_due_at = case when x.load then now() else s.load_due_at end,
        load_failures = case when x.load then 0 else s.load_failures end,
        skipped = case when x.load then null else s.skipped end
      from jsonb_to_recordset(${sql.json(seen as never)}) as x (
        id uuid, followed text, "seenRef" text, "seenCommit" text, load boolean, failure jsonb), followed_repositories r
      where s.id = x.id and s.ref = x.followed and r.url = s.url and r.lease = ${lease}`;
  }
  await sql`
    update followed_repositories r set lease = null, lease_until = null, polled_at = now(),
      protocol = x.protocol, failures = x.failures, failure = x.failure,
      due_at = case when r.asked_at > r.leased_at then now() else now() + x."waitMs" * interval '1 millisecond' end
    from jsonb_to_recordset(${sql.json(outcomes as never)}) as x (
      url text, protocol int, failures int, failure jsonb, "waitMs" int)
    where r.url = x.url and r.lease = ${lease}`;
}

/** In how many milliseconds the next repository is due; undefined when none is followed. */
export async function nextPollMs(sql: Queries): Promise<number | undefined> {
  const [row] = await sql<{ ms: number | null }[]>`
    select (extract(epoch from min(greatest(due_at, lease_until)) - now()) * 1000)::float8 as ms
    from followed_repositories`;
  return row?.ms ?? undefined;
}
