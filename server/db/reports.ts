import type { Queries } from "./sql.ts";

export type ReportedKind = "PODS" | "DEPLOYMENTS";

/** What a report says of itself, its scopes taken apart. */
export interface ReportHead {
  clusterId: string;
  kind: ReportedKind;
  epoch: number;
  sequence: number;
  base: string | null;
  /** Null when the next report must be a full one, because this one did not see everything. */
  digest: string | null;
  /** Everything was seen, but for the namespaces in `partial`. */
  all: boolean;
  /** Namespaces that were seen whole. */
  whole: string[];
  /** Namespaces that were not. */
  partial: string[];
  /** What the agent cannot see of the cluster; undefined when the report does not speak of it. */
  blind: { kind: string; namespace: string | null; reason: string; forMs: number }[] | undefined;
}

const seen = (sql: Queries, { all, whole }: ReportHead) => {
  const names = all ? ["", ...whole] : whole;
  return sql`coalesce((select jsonb_object_agg(name, (extract(epoch from now()) * 1000)::float8)
    from unnest(${names}::text[]) name), '{}')`;
};

/** What every report that is taken says anew. */
const taken = (sql: Queries, head: ReportHead) => sql`
  sequence = ${head.sequence}, digest = ${head.digest}, received_at = now(),
  complete_at = ${head.digest === null ? sql`complete_at` : sql`now()`},
  scopes = ${head.all ? sql`` : sql`scopes ||`} ${seen(sql, head)}
  ${head.blind === undefined ? sql`` : sql`, blind = ${sinceThen(sql, head.blind)}`}`;

const sinceThen = (sql: Queries, blind: NonNullable<ReportHead["blind"]>) => sql`coalesce((
  select jsonb_agg(spot - 'forMs' || jsonb_build_object(
    'since', (extract(epoch from now()) * 1000)::float8 - (spot ->> 'forMs')::float8))
  from jsonb_array_elements(${sql.json(blind)}) spot), '[]')`;

const isCurrent = (sql: Queries, { clusterId, epoch }: ReportHead) => sql`
  exists (select from agents a where a.cluster_id = ${clusterId} and a.epoch = ${epoch} and a.left_at is null)`;

/** Takes a report that changes nothing, in one statement. False when it does not follow the last one. */
export async function acceptSame(sql: Queries, head: ReportHead): Promise<boolean> {
  const { clusterId, kind, epoch, sequence, base } = head;
  const found = await sql`
    update reports set ${taken(sql, head)}
    where cluster_id = ${clusterId} and kind = ${kind} and epoch = ${epoch} and sequence < ${sequence}
      and digest = ${base} and ${isCurrent(sql, head)}`;
  return found.count > 0;
}

/** The last report of a kind, locked: reports of a kind are taken one after the other. */
export async function lockReport(
  sql: Queries,
  head: ReportHead,
): Promise<{ current: boolean; epoch: number; sequence: number; digest: string | null }> {
  const { clusterId, kind } = head;
  await sql`insert into reports (cluster_id, kind, epoch, sequence) values (${clusterId}, ${kind}, 0, -1)
    on conflict do nothing`;
  const [row] = await sql<{ current: boolean; epoch: number; sequence: number; digest: string | null }[]>`
    select epoch, sequence, digest, ${isCurrent(sql, head)} as current from reports
    where cluster_id = ${clusterId} and kind = ${kind} for update`;
  return row!;
}

/** Records that a report was taken. */
export async function recordReport(sql: Queries, head: ReportHead): Promise<void> {
  const { clusterId, kind, epoch } = head;
  await sql`
    update reports set epoch = ${epoch}, ${taken(sql, head)}
    where cluster_id = ${clusterId} and kind = ${kind}`;
}

export interface Written {
  written: number;
  pruned: number;
  /** Objects of deployments that nobody knows here. */
  ignored: number;
}

/** When a row was last observed: its own last change, or the last whole look at its namespace if that is later. */
export function observedAt(changedAt: Date, scopes: Record<string, number> | null, namespace = ""): Date {
  return new Date(Math.max(changedAt.getTime(), scopes?.[""] ?? 0, scopes?.[namespace] ?? 0));
}
