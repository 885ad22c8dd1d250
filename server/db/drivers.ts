import type { DriverSpec, Rule } from "../../drivers/kit/index.ts";
import { byIdOrName, type Queries } from "./sql.ts";

export interface DriverRow {
  id: string;
  name: string;
  createdAt: Date;
}

export interface DriverVersionRow {
  id: string;
  driverId: string;
  version: string;
  supportedVersions: string;
  defaultVersion: string | null;
  commit: string | null;
  digest: string;
  source: Record<string, unknown>;
  spec: DriverSpec;
  /** What agents need beyond their own rights; null when it was loaded before this was known. */
  rights: Rule[] | null;
  /** The digests of the packed charts that it pins. */
  charts: string[];
  /** Who made its commit, as `Name <address>`, when, and what for. */
  author: string | null;
  committedAt: Date | null;
  subject: string | null;
  /** What the commit's signature was found to be; null when nobody asked. */
  signature: Record<string, unknown> | null;
  loadedAt: Date;
  /** What the load came to that this is the answer to. */
  outcome?: "NEW" | "UNCHANGED" | "REPLACED" | null;
}

/** Enough of a version to put it in order; the order of versions is the kit's, not SQL's. */
export interface DriverVersionOrder {
  id: string;
  driverId: string;
  driverName: string;
  version: string;
  commit: string | null;
  digest: string;
  loadedAt: Date;
}

const versionColumns = [
  "id",
  "driver_id",
  "version",
  "supported_versions",
  "default_version",
  "commit",
  "digest",
  "source",
  "spec",
  "rights",
  "charts",
  "author",
  "committed_at",
  "subject",
  "signature",
  "loaded_at",
];

export async function listDrivers(
  sql: Queries,
  { name, first, after }: { name?: string | null; first: number; after?: string | null },
): Promise<DriverRow[]> {
  return sql<DriverRow[]>`
    select id, name, created_at from application_drivers
    where true ${name ? sql`and name = ${name}` : sql``}
      ${after ? sql`and name > (select name from application_drivers where id = ${after})` : sql``}
    order by name limit ${first}`;
}

export async function findDriver(sql: Queries, idOrName: string): Promise<DriverRow | undefined> {
  const [row] = await sql<DriverRow[]>`
    select id, name, created_at from application_drivers
    where ${byIdOrName(sql, "application_drivers", idOrName)}`;
  return row;
}

export async function driversById(sql: Queries, ids: readonly string[]): Promise<DriverRow[]> {
  return sql<
    DriverRow[]
  >`select id, name, created_at from application_drivers where id = any(${ids as string[]})`;
}

export async function driverVersionsById(sql: Queries, ids: readonly string[]): Promise<DriverVersionRow[]> {
  return sql<DriverVersionRow[]>`
    select ${sql(versionColumns)} from application_driver_versions where id = any(${ids as string[]})`;
}

export interface VersionOrdersWanted {
  driverIds?: readonly string[] | undefined;
  version?: string | null;
  /** Leaves drivers out of which newer versions are just being loaded, commit by commit. */
  settled?: boolean;
}

/** All versions, or those of some drivers, or those called `version`; in no order. */
export async function driverVersionOrders(
  sql: Queries,
  { driverIds, version, settled = false }: VersionOrdersWanted,
): Promise<DriverVersionOrder[]> {
  return sql<DriverVersionOrder[]>`
    select v.id, v.driver_id, d.name as driver_name, v.version, v.commit, v.digest, v.loaded_at
    from application_driver_versions v join application_drivers d on d.id = v.driver_id
    where true ${driverIds ? sql`and v.driver_id = any(${driverIds as string[]})` : sql``}
      ${version ? sql`and v.version = ${version}` : sql``}
      ${settled ? sql`and not exists (select from driver_sources s where s.driver_id = v.driver_id and s.has_more and s.load_due_at is not null)` : sql``}`;
}

/** The driver of this name, made when there is none; locked until the transaction ends. */
export async function ensureDriver(sql: Queries, id: string, name: string): Promise<DriverRow> {
  const [row] = await sql<DriverRow[]>`
    insert into application_drivers (id, name) values (${id}, ${name})
    on conflict (name) do update set name = excluded.name returning id, name, created_at`;
  return row!;
}

/** Keeps the files of a digest, once. */
export async function storeBundle(sql: Queries, digest: string, bundle: Uint8Array): Promise<void> {
  await sql`insert into driver_bundles (digest, bundle) values (${digest}, ${Buffer.from(bundle)})
    on conflict (digest) do nothing`;
}

/** Keeps a packed chart, once. */
export async function storeChart(sql: Queries, digest: string, archive: Uint8Array): Promise<void> {
  await sql`insert into charts (digest, archive) values (${digest}, ${Buffer.from(archive)})
    on conflict (digest) do nothing`;
}

export async function chartOfDigest(sql: Queries, digest: string): Promise<Uint8Array | undefined> {
  const [row] = await sql<{ archive: Uint8Array }[]>`select archive from charts where digest = ${digest}`;
  return row?.archive;
}

/** Stores a version; the same content again answers the one that is there. */
export async function storeDriverVersion(
  sql: Queries,
  version: Omit<DriverVersionRow, "loadedAt">,
): Promise<DriverVersionRow> {
  const { id, driverId, supportedVersions, defaultVersion, commit, digest, source, spec, rights } = version;
  const { author, committedAt, subject, signature } = version;
  const [row] = await sql<DriverVersionRow[]>`
    insert into application_driver_versions
      (id, driver_id, version, supported_versions, default_version, commit, digest, source, spec, rights,
        charts, author, committed_at, subject, signature, loaded_at)
    values (${id}, ${driverId}, ${version.version}, ${supportedVersions}, ${defaultVersion}, ${commit}, ${digest},
      ${sql.json(source as never)}, ${sql.json(spec as never)}, ${sql.json(rights as never)},
      ${sql.json(version.charts)}, ${author}, ${committedAt}, ${subject}, ${sql.json(signature as never)},
      ${afterAllOf(sql, sql`${driverId}`)})
    on conflict on constraint driver_content_once do nothing returning ${sql(versionColumns)}`;
  if (row) return row;
  const [known] = await sql<DriverVersionRow[]>`
    update application_driver_versions set rights = coalesce(rights, ${sql.json(rights as never)})
    where driver_id = ${driverId} and digest = ${digest} returning ${sql(versionColumns)}`;
  return known!;
}

/** Lets a version count as loaded now: of several with one name it is the latest again. */
export async function renewVersion(sql: Queries, id: string): Promise<void> {
  await sql`
    update application_driver_versions v set loaded_at = ${afterAllOf(sql, sql`v.driver_id`)} where id = ${id}`;
}

/**
 * When a version counts as loaded: now, and in any case later than all others of its driver, by as much as JavaScript can
 * tell apart. So of several of one name the one loaded last is the latest, however fast they come.
 */
const afterAllOf = (sql: Queries, driverId: ReturnType<Queries>) => sql`
  greatest(now(), (select max(loaded_at) from application_driver_versions where driver_id = ${driverId})
    + interval '1 millisecond')`;

export async function bundleOfDigest(sql: Queries, digest: string): Promise<Uint8Array | undefined> {
  const [row] = await sql<
    { bundle: Uint8Array }[]
  >`select bundle from driver_bundles where digest = ${digest}`;
  return row?.bundle;
}

/** Names of deployments that use any of these versions, now or in an instance they could go back to. */
export async function usersOfVersions(sql: Queries, versionIds: readonly string[]): Promise<string[]> {
  const rows = await sql<{ name: string }[]>`
    select distinct d.name from deployments d left join instances i on i.deployment_id = d.id
    where d.driver_version_id = any(${versionIds as string[]}) or i.driver_version_id = any(${versionIds as string[]})
    order by d.name limit 6`;
  return rows.map((row) => row.name);
}

/** Removes versions, then files and charts that no version names, and drivers that have no version left. */
export async function removeDriverVersions(sql: Queries, versionIds: readonly string[]): Promise<void> {
  await sql`delete from application_driver_versions where id = any(${versionIds as string[]})`;
  await sql`delete from driver_bundles b
    where not exists (select from application_driver_versions v where v.digest = b.digest)`;
  await sql`delete from charts c
    where not exists (select from application_driver_versions v where v.charts ? c.digest)`;
  await sql`delete from application_drivers d
    where not exists (select from application_driver_versions v where v.driver_id = d.id)`;
}
