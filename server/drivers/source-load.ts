import { AppError } from "../../lib/errors.ts";
import { newId } from "../../lib/names.ts";
import { type DueLoad, endLoad, holdsLoad, insertLoad, skipCommits, stepLoad } from "../db/loads.ts";
import { askRepository, type SkippedCommits, type SourceFailure } from "../db/sources.ts";
import { type Queries, transaction } from "../db/sql.ts";
import { storeLoaded } from "../deploy/drivers.ts";
import { findAccess } from "../deploy/repositories.ts";
import type { Deps } from "../deps.ts";
import type { LoadedDriver, NewCommit, NewCommits } from "./load.ts";
import { againIn, isWorthWaiting, mayPass, skippedOf } from "./load-decisions.ts";

/** Who has not renewed its claim of a source for so long has died. */
export const leaseMs = 60_000;

/**
 * Loads the new commits of a source, the oldest first. Each is recorded before the next begins, together with how far the
 * load is: another server goes on from there.
 */
export async function loadSource(
  deps: Deps,
  due: DueLoad,
  lease: string,
  signal: AbortSignal,
): Promise<void> {
  const read = await readNew(deps, due, signal).catch((thrown) => known(deps, due, thrown, signal));
  if (read instanceof AppError) {
    // What could not be read may be a commit that was pushed since: it is not to be said of another.
    if (await hasMoved(deps, due, signal)) return letGo(deps, due, lease);
    const at: Place = { due, lease, commit: due.seenCommit, isLast: true };
    return void (await transaction(deps.sql, (tx) => recordFailure(tx, at, read)));
  }
  const { commits, skipped } = read;
  let now: DueLoad | undefined = due;
  for (const [index, one] of commits.entries()) {
    const at: Place = { due: now, lease, commit: one.commit, isLast: index === commits.length - 1 };
    now = await loadCommit(deps, at, one, index === 0 ? skipped : null, signal);
    if (!now) return;
  }
}

interface Place {
  due: DueLoad;
  lease: string;
  commit: string;
  /** Whether it is what the ref is now. */
  isLast: boolean;
}

/** Loads one commit; answers the source as it is then, or undefined when that is the end. */
async function loadCommit(
  deps: Deps,
  at: Place,
  commit: NewCommit,
  skipped: SkippedCommits | null,
  signal: AbortSignal,
): Promise<DueLoad | undefined> {
  signal.throwIfAborted();
  const loaded = await commit.load(signal).catch((thrown) => known(deps, at.due, thrown, signal));
  const begun = async (tx: Queries) => {
    if (!(await holdsLoad(tx, at.due.id, at.lease))) return false;
    if (skipped) await recordSkipped(tx, at.due, skipped, commit.commit);
    return true;
  };
  const failed = (error: AppError) =>
    transaction(deps.sql, async (tx) => ((await begun(tx)) ? recordFailure(tx, at, error) : undefined));
  if (loaded instanceof AppError) return failed(loaded);
  return transaction(deps.sql, async (tx) =>
    (await begun(tx)) ? recordVersion(tx, at, loaded) : undefined,
  ).catch((thrown) => {
    if (thrown instanceof AppError) return failed(thrown);
    throw thrown;
  });
}

/** What is thrown as an error for people; throws on when the load was stopped. */
function known(deps: Deps, due: DueLoad, thrown: unknown, signal: AbortSignal): AppError {
  signal.throwIfAborted();
  if (thrown instanceof AppError) return thrown;
  deps.log.error("a source cannot be loaded", { source: due.name, error: thrown });
  return new AppError("UNAVAILABLE", unforeseen);
}

/** Reads what is new, and what of it is passed over. Throws when nothing was read, or what was is to wait for the rest. */
async function readNew(
  deps: Deps,
  due: DueLoad,
  signal: AbortSignal,
): Promise<Pick<NewCommits, "commits"> & { skipped: SkippedCommits | null }> {
  const { url, path, seenRef, requireSignature: required, allowedKeys, loadedCommit } = due;
  // Each commit of a branch counts; of tags, each tag.
  const since = seenRef.startsWith("refs/heads/") ? loadedCommit : null;
  const access = await findAccess(deps, "GIT", url);
  const source = { url, ref: seenRef, path, trust: { required, allowedKeys }, since, ...access };
  const { commits, found } = await deps.readNewCommits(source, signal);
  if (found.state === "OPEN" && found.error && isWorthWaiting(found.error, due.loadFailures))
    throw found.error;
  return { commits, skipped: since === null ? null : skippedOf(found, since, commits.at(-1)!.commit) };
}

async function hasMoved(
  deps: Deps,
  { url, seenRef, seenCommit }: DueLoad,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    const access = await findAccess(deps, "GIT", url);
    const { refs } = await deps.listRefs({ url, prefixes: [seenRef], protocol: null, ...access }, signal);
    return refs.get(seenRef) !== seenCommit;
  } catch {
    return false;
  }
}

/** Records nothing, and lets the repository be asked what its refs are now. */
async function letGo(deps: Deps, { id, url, seenCommit, failure }: DueLoad, lease: string): Promise<void> {
  const nothing = { loadedCommit: null, driverId: null, versionId: null, againMs: null };
  await transaction(deps.sql, async (tx) => {
    await endLoad(tx, { id, lease, seenCommit, failure, ...nothing });
    await askRepository(tx, url);
  });
}

async function recordSkipped(
  tx: Queries,
  { id: sourceId, seenRef: ref }: DueLoad,
  skipped: SkippedCommits,
  commit: string,
): Promise<void> {
  await skipCommits(tx, sourceId, skipped);
  const { message, to } = skipped;
  const what = { versionId: null, code: null, message, problems: [] };
  await insertLoad(tx, { id: newId(), sourceId, commit: to ?? commit, ref, state: "SKIPPED", ...what });
}

async function recordVersion(tx: Queries, at: Place, loaded: LoadedDriver): Promise<DueLoad | undefined> {
  const { due, commit } = at;
  const { id: sourceId, url, path, seenRef: ref, driverId, versionId: before } = due;
  const source = { kind: "git", url, ref, ...(path ? { path } : {}) };
  const { version, isNew, replaced } = await storeLoaded(tx, loaded, source, {
    onlyDriver: driverId,
    // What was there before is the latest again, after a commit that was taken back, say.
    renew: (known) => known !== before,
  });
  const message = replaced && `version ${version.version} stood for other files so far (${replaced.digest})`;
  const what = { commit, ref, versionId: version.id, code: null, message, problems: [] };
  await insertLoad(tx, { id: newId(), sourceId, state: isNew ? "LOADED" : "UNCHANGED", ...what });
  return goOn(tx, at, { driverId: version.driverId, versionId: version.id, failure: null });
}

async function recordFailure(tx: Queries, at: Place, thrown: AppError): Promise<DueLoad | undefined> {
  const { due, lease, commit, isLast } = at;
  const { id: sourceId, seenRef: ref, seenCommit, loadFailures } = due;
  const { code, message, problems } = thrown;
  const what = { versionId: null, code, message, problems };
  await insertLoad(tx, { id: newId(), sourceId, commit, ref, state: "FAILED", ...what });
  const nothing = { driverId: null, versionId: null };
  const failure: SourceFailure = { about: "LOAD", code, message, commit, problems };
  if (isLast ? !mayPass(thrown) : !isWorthWaiting(thrown, loadFailures))
    return goOn(tx, at, { ...nothing, failure });
  const again = { loadedCommit: null, ...nothing, failure, againMs: againIn(loadFailures) };
  await endLoad(tx, { id: sourceId, lease, seenCommit, ...again });
  return undefined;
}

/** Notes that a commit is done: the next follows, or it was the last. */
async function goOn(
  tx: Queries,
  { due, lease, commit: loadedCommit, isLast }: Place,
  { failure, ...is }: { driverId: string | null; versionId: string | null; failure: SourceFailure | null },
): Promise<DueLoad | undefined> {
  const { id, seenCommit } = due;
  if (isLast) {
    await endLoad(tx, { id, lease, seenCommit, loadedCommit, failure, ...is, againMs: null });
    return undefined;
  }
  await stepLoad(tx, { id, lease, leaseMs, loadedCommit, ...is });
  return { ...due, driverId: is.driverId ?? due.driverId, versionId: is.versionId ?? due.versionId };
}

const unforeseen = "The driver cannot be loaded; see the server's log.";
