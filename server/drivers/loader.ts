import { AppError } from "../../lib/errors.ts";
import { newId } from "../../lib/names.ts";
import { type Loop, sleep, startLoop } from "../../lib/loop.ts";
import { claimLoad, type DueLoad, endLoad, holdsLoad, insertLoad, nextLoadMs } from "../db/loads.ts";
import { askRepository, type SourceFailure } from "../db/sources.ts";
import { type Queries, transaction } from "../db/sql.ts";
import { storeLoaded } from "../deploy/drivers.ts";
import { findAccess } from "../deploy/repositories.ts";
import type { Deps } from "../deps.ts";
import type { LoadedDriver } from "./load.ts";

/** So many sources are loaded at once: each is a process of up to half a gigabyte. */
const atOnce = 2;
/** Longer than a load may take: whoever has not recorded its end by then has died. */
const leaseMs = 5 * 60_000;
const [patienceMs, idleMs] = [1_000, 60_000];
/** What cannot be loaded for want of the network is tried again after this, then twice as long, an hour at most. */
const [againMs, longestAgainMs] = [15_000, 60 * 60_000];

export interface Loader {
  /** Loads what is due; answers when to look again, milliseconds. */
  once(signal: AbortSignal): Promise<number>;
  idle(): Promise<void>;
}

/** Starts to load what the poller saw. */
export function startLoader(deps: Deps, signal: AbortSignal): Loop {
  const { log } = deps;
  const loader = createLoader(deps);
  const loop = startLoop({ name: "source loader", once: loader.once, everyMs: idleMs, signal, log });
  const stop = deps.changes.on("source:load", loop.wake);
  const done = loop.done.then(stop).then(loader.idle);
  return { ...loop, done };
}

/** Loads followed drivers whose ref has moved: a version, or a failure that can be seen while the last version stays. */
export function createLoader(deps: Deps): Loader {
  const { sql, log } = deps;
  const underWay = new Set<Promise<void>>();

  async function once(signal: AbortSignal): Promise<number> {
    while (underWay.size < atOnce) {
      const lease = newId();
      const due = await claimLoad(sql, { lease, leaseMs });
      if (!due) break;
      const work = loadOne(deps, due, lease, signal).catch((error) => {
        // The lease runs out, and it is loaded again.
        if (!signal.aborted) log.error("a load is not recorded", { source: due.name, error });
      });
      underWay.add(work);
      void work.then(() => underWay.delete(work));
    }
    const isFull = underWay.size >= atOnce;
    if (underWay.size > 0) await Promise.race([...(isFull ? underWay : [idle()]), sleep(patienceMs, signal)]);
    if (isFull) return 0;
    return Math.min(idleMs, Math.max((await nextLoadMs(sql)) ?? idleMs, 50));
  }

  const idle = async () => void (await Promise.all(underWay));
  return { once, idle };
}

async function loadOne(deps: Deps, due: DueLoad, lease: string, signal: AbortSignal): Promise<void> {
  let loaded: LoadedDriver;
  try {
    loaded = await read(deps, due, signal);
  } catch (thrown) {
    signal.throwIfAborted();
    if (!(thrown instanceof AppError))
      deps.log.error("a source cannot be loaded", { source: due.name, error: thrown });
    const known = thrown instanceof AppError ? thrown : new AppError("UNAVAILABLE", unforeseen);
    // What was read may be a commit that was pushed since: it is not to be said of another.
    if (await hasMoved(deps, due, signal)) return letGo(deps, due, lease);
    return transaction(deps.sql, (tx) => recordFailure(tx, due, lease, known));
  }
  await transaction(deps.sql, (tx) => recordVersion(tx, due, lease, loaded)).catch(async (thrown) => {
    if (!(thrown instanceof AppError)) throw thrown;
    await transaction(deps.sql, (tx) => recordFailure(tx, due, lease, thrown));
  });
}

async function read(deps: Deps, due: DueLoad, signal: AbortSignal): Promise<LoadedDriver> {
  const { url, path, seenRef, requireSignature: required, allowedKeys } = due;
  const access = await findAccess(deps, "GIT", url);
  const trust = { required, allowedKeys };
  return deps.loadDriver({ kind: "git", url, ref: seenRef, path, trust, ...access }, signal);
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

async function recordVersion(tx: Queries, due: DueLoad, lease: string, loaded: LoadedDriver): Promise<void> {
  if (!(await holdsLoad(tx, due.id, lease))) return;
  const { id: sourceId, url, path, seenRef: ref, seenCommit, driverId, versionId: before } = due;
  const source = { kind: "git", url, ref, ...(path ? { path } : {}) };
  const { version, isNew, replaced } = await storeLoaded(tx, loaded, source, {
    onlyDriver: driverId,
    // What was there before is the latest again, after a commit that was taken back, say.
    renew: (known) => known !== before,
  });
  const commit = loaded.commit ?? seenCommit;
  const message = replaced && `version ${version.version} stood for other files so far (${replaced.digest})`;
  const what = { commit, ref, versionId: version.id, code: null, message, problems: [] };
  await insertLoad(tx, { id: newId(), sourceId, state: isNew ? "LOADED" : "UNCHANGED", ...what });
  const ended = { driverId: version.driverId, versionId: version.id, failure: null, againMs: null };
  await endLoad(tx, { id: sourceId, lease, seenCommit, loadedCommit: commit, ...ended });
}

async function recordFailure(tx: Queries, due: DueLoad, lease: string, thrown: AppError): Promise<void> {
  if (!(await holdsLoad(tx, due.id, lease))) return;
  const { id: sourceId, seenRef: ref, seenCommit: commit, loadFailures } = due;
  const { code, message, problems } = thrown;
  await insertLoad(tx, {
    id: newId(),
    sourceId,
    commit,
    ref,
    state: "FAILED",
    versionId: null,
    code,
    message,
    problems,
  });
  const failure: SourceFailure = { about: "LOAD", code, message, commit, problems };
  // What is wrong with the driver stays wrong until another commit; what is wrong with the way to it may pass.
  const passes = code === "UNAVAILABLE" || code === "FORBIDDEN";
  const waitMs = Math.min(longestAgainMs, againMs * 2 ** Math.min(loadFailures, 20));
  const outcome = { driverId: null, versionId: null, failure, againMs: passes ? waitMs : null };
  await endLoad(tx, {
    id: sourceId,
    lease,
    seenCommit: commit,
    loadedCommit: passes ? null : commit,
    ...outcome,
  });
}

const unforeseen = "The driver cannot be loaded; see the server's log.";
