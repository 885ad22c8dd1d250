import { latestVersion, packBundle } from "../../drivers/kit/index.ts";
import { AppError } from "../../lib/errors.ts";
import { newId } from "../../lib/names.ts";
import {
  type DriverRow,
  type DriverVersionRow,
  driverVersionOrders,
  driverVersionsById,
  ensureDriver,
  removeDriverVersions,
  renewVersion,
  storeBundle,
  storeChart,
  storeDriverVersion,
  usersOfVersions,
} from "../db/drivers.ts";
import { listSources } from "../db/sources.ts";
import { isId, type Queries, sqlState } from "../db/sql.ts";
import { forgetTried } from "../db/version-notices.ts";
import type { Deps } from "../deps.ts";
import type { LoadedDriver, LoadSource, OnProgress } from "../drivers/load.ts";
import { missing, needDriver } from "./find.ts";
import { answeredBefore, oncePerKey, type Request } from "./idempotency.ts";
import { checkedName } from "./input.ts";
import { findAccess } from "./repositories.ts";

/** A version that was loaded, and what came of it; see `DriverVersionOutcome` in the schema. */
export interface Loaded {
  id: string;
  outcome: "NEW" | "UNCHANGED" | "REPLACED";
}

export interface LoadOptions {
  signal?: AbortSignal | undefined;
  onProgress?: OnProgress | undefined;
  /** Whether files that were loaded before are taken for their version's name again, when others have been since. */
  renew?: boolean;
}

/** Reads a driver, checks it and stores it with its files. The same content again is no new version. */
export async function loadDriverVersion(
  deps: Deps,
  request: Request,
  source: LoadSource,
  { signal, onProgress, renew = true }: LoadOptions = {},
): Promise<Loaded> {
  const known = await answeredBefore<Loaded | string>(deps, request);
  // A server before this one has recorded the id alone.
  if (known) return typeof known === "string" ? { id: known, outcome: "UNCHANGED" } : known;
  const access = source.kind === "git" ? await findAccess(deps, "GIT", source.url) : {};
  const loaded = await deps.loadDriver({ ...source, ...access }, signal, onProgress);
  return oncePerKey(deps, request, async (tx) => {
    const stored = await storeLoaded(tx, loaded, withoutCredentials(source), { renew: () => renew });
    return { id: stored.version.id, outcome: stored.outcome };
  });
}

export interface StoreOptions {
  /** The only driver that it may be a version of. */
  onlyDriver?: string | null;
  /** Whether a version that was there, by its id, is to count as loaded now when others have its name since. */
  renew?: (id: string) => boolean;
}

export interface Stored {
  version: DriverVersionRow;
  /** Whether these files were stored for the first time. */
  isNew: boolean;
  outcome: Loaded["outcome"];
  /** The files that the version's name stood for so far; only when it is REPLACED. */
  replaced: Pick<DriverVersionRow, "id" | "digest"> | null;
}

/**
 * Stores a driver that was read as a version, with its files. The same content again is no new version. Throws INVALID
 * for a name that no driver can have, and CONFLICT for another driver than the one it may be.
 */
export async function storeLoaded(
  tx: Queries,
  { spec, files, commit, made, digest, rights, charts = {} }: LoadedDriver,
  source: Record<string, unknown>,
  { onlyDriver, renew = () => false }: StoreOptions = {},
): Promise<Stored> {
  checkedName(spec.name, "metadata.name");
  const driver = await ensureDriver(tx, newId(), spec.name);
  if (onlyDriver && driver.id !== onlyDriver) throw otherDriver(spec.name);
  await storeBundle(tx, digest, packBundle(files));
  for (const [chart, archive] of Object.entries(charts)) await storeChart(tx, chart, archive);
  const named = await driverVersionOrders(tx, { driverIds: [driver.id], version: spec.version });
  const before = latestVersion(named);
  const id = newId();
  const version = await storeDriverVersion(tx, {
    id,
    driverId: driver.id,
    version: spec.version,
    supportedVersions: spec.supportedVersions,
    defaultVersion: spec.defaultVersion,
    commit,
    digest,
    source,
    spec,
    rights,
    charts: Object.keys(charts),
    author: made?.author ?? null,
    committedAt: made?.committedAt ?? null,
    subject: made?.subject ?? null,
    signature: made?.signature ?? null,
  });
  const isNew = version.id === id;
  if (!before) return { version, isNew, outcome: "NEW", replaced: null };
  const isAgain = !isNew && version.id !== before.id && renew(version.id);
  if (isAgain) {
    await renewVersion(tx, version.id);
    await forgetTried(tx, version.id);
  }
  if (!isNew && !isAgain) return { version, isNew, outcome: "UNCHANGED", replaced: null };
  return { version, isNew, outcome: "REPLACED", replaced: before };
}

function otherDriver(name: string): AppError {
  const text = `The driver calls itself ${name} now, and this source has given another one so far.`;
  return new AppError("CONFLICT", `${text} Call it as before, or follow it as a source of its own.`, {
    field: "metadata.name",
  });
}

/** Deletes a driver version that nothing uses; a driver without versions goes with its last, unless it is followed. */
export async function deleteDriverVersion(
  deps: Deps,
  request: Request,
  id: string,
): Promise<{ version: DriverVersionRow; driver: DriverRow }> {
  return oncePerKey(deps, request, async (tx) => {
    const [version] = isId(id) ? await driverVersionsById(tx, [id]) : [];
    if (!version) return missing("driver version", id, "id", "applicationDriverVersions");
    const driver = await needDriver(tx, version.driverId);
    const left = await driverVersionOrders(tx, { driverIds: [driver.id] });
    if (left.length === 1) await refuseFollowed(tx, driver, "id");
    await removeUnused(tx, [version.id], `Version ${version.version} of driver ${driver.name}`, "id");
    return { version, driver };
  });
}

/** Deletes a driver and its versions when nothing uses them and no source follows it. */
export async function deleteDriver(
  deps: Deps,
  request: Request,
  which: string,
): Promise<{ driver: DriverRow; versions: DriverVersionRow[] }> {
  return oncePerKey(deps, request, async (tx) => {
    const driver = await needDriver(tx, which);
    await refuseFollowed(tx, driver, "driver");
    const orders = await driverVersionOrders(tx, { driverIds: [driver.id] });
    const ids = orders.map((version) => version.id);
    const versions = await driverVersionsById(tx, ids);
    await removeUnused(tx, ids, `Driver ${driver.name}`, "driver");
    return { driver, versions };
  });
}

/** A source loads a commit once: a driver that went would not come back, and the source would seem to be well. */
async function refuseFollowed(tx: Queries, driver: DriverRow, field: string): Promise<void> {
  const [source] = await listSources(tx, { driverId: driver.id, first: 1 });
  if (!source) return;
  const text = `Driver ${driver.name} is followed by the source ${source.name}; end that first`;
  throw new AppError("CONFLICT", `${text} (\`styrminctl drivers unfollow ${source.name}\`).`, { field });
}

async function removeUnused(tx: Queries, versionIds: string[], what: string, field: string): Promise<void> {
  const inUse = (users: string, cause?: unknown) =>
    new AppError("CONFLICT", `${what} is used by ${users}; delete those first.`, { field, cause });
  const users = await usersOfVersions(tx, versionIds);
  if (users.length > 0)
    throw inUse(`deployments (${users.slice(0, 5).join(", ")}${users.length > 5 ? ", …" : ""})`);
  await removeDriverVersions(tx, versionIds).catch((thrown) => {
    throw sqlState(thrown) === "23503" ? inUse("a deployment", thrown) : thrown;
  });
}

/** Where a driver came from, for people: no password of an address is ever kept. */
function withoutCredentials(source: LoadSource): Record<string, unknown> {
  if (source.kind === "directory") return { kind: source.kind, path: source.path };
  const { kind, url, ref, path } = source;
  const shown = new URL(url);
  shown.username = "";
  shown.password = "";
  return { kind, url: shown.href, ref, ...(path ? { path } : {}) };
}
