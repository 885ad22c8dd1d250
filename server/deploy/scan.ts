import { AppError } from "../../lib/errors.ts";
import { isName } from "../../lib/names.ts";
import type { Queries } from "../db/sql.ts";
import type { RepositoryRow } from "../db/repositories.ts";
import type { Deps } from "../deps.ts";
import { withoutCredentials } from "../drivers/address.ts";
import type { FoundDriver, OnProgress } from "../drivers/load.ts";
import { type Loaded, storeLoaded } from "./drivers.ts";
import { answeredBefore, oncePerKey, type Request } from "./idempotency.ts";
import { accessOf, findAccess } from "./repositories.ts";

export interface ScanInput {
  url: string;
  ref: string;
  /** Whether the drivers that are sound are stored. */
  load: boolean;
}

/** A driver of a repository that was looked at. */
export interface ScannedFolder {
  /** Its folder; empty for the root. */
  path: string;
  name: string | null;
  version: string | null;
  /** Why it cannot be loaded. */
  error: string | null;
  /** The version that it was stored as. */
  versionId: string | null;
  /** What came of that. */
  outcome: Loaded["outcome"] | null;
}

export interface RepositoryScan {
  url: string;
  ref: string;
  commit: string;
  drivers: ScannedFolder[];
}

/**
 * Looks at every driver of one commit, and stores those that are sound if that is wanted: one fetch for all of them.
 * What was stored before is no new version, so that it may be asked again.
 */
export async function scanRepository(
  deps: Deps,
  request: Request,
  { url, ref, load }: ScanInput,
  signal?: AbortSignal,
  onProgress?: OnProgress,
): Promise<RepositoryScan> {
  const known = await answeredBefore<RepositoryScan>(deps, request);
  if (known) return known;
  const access = await findAccess(deps, "GIT", url);
  const { commit, found } = await deps.scanDrivers({ url, ref, ...access }, signal, onProgress);
  const shown = withoutCredentials(url);
  return oncePerKey(deps, request, async (tx) => {
    const drivers: ScannedFolder[] = [];
    for (const each of found) drivers.push(await recorded(tx, each));
    return { url: shown, ref, commit, drivers };
  });

  async function recorded(tx: Queries, { path, loaded, error }: FoundDriver): Promise<ScannedFolder> {
    const none = { versionId: null, outcome: null };
    if (!loaded) return { path, name: null, version: null, error: error.message, ...none };
    const { name, version } = loaded.spec;
    if (!isName(name)) {
      return { path, name, version, error: `${name} cannot be the name of a driver.`, ...none };
    }
    if (!load) return { path, name, version, error: null, ...none };
    const source = { kind: "git", url: shown, ref, ...(path ? { path } : {}) };
    const { version: stored, outcome } = await storeLoaded(tx, loaded, source, { renew: () => true });
    return { path, name, version, error: null, versionId: stored.id, outcome };
  }
}

/** Asks a repository for its refs with what is recorded of it. Throws what asking for refs throws. */
export async function testRepository(
  deps: Deps,
  request: Request,
  repository: RepositoryRow,
  url: string | null | undefined,
  signal?: AbortSignal,
): Promise<{ url: string; branches: number; tags: number }> {
  if (repository.kind !== "GIT") {
    const text = `${repository.name} holds charts; load a driver with a chart from it to try it.`;
    throw new AppError("INVALID", text, { field: "repository" });
  }
  const asked = url ?? repository.url;
  const isBelow = asked === repository.url || asked.startsWith(`${repository.url}/`);
  if (!isBelow) {
    const text = `${repository.name} is for what lies below ${repository.url}, and its token goes nowhere else.`;
    throw new AppError("INVALID", text, { field: "url" });
  }
  const prefixes = ["refs/heads/", "refs/tags/"];
  const plain = withoutCredentials(asked);
  const { refs } = await deps.listRefs(
    { url: plain, prefixes, protocol: null, ...accessOf(deps, repository) },
    signal,
  );
  const tags = [...refs.keys()].filter((name) => name.startsWith("refs/tags/")).length;
  return oncePerKey(deps, request, async () => ({ url: plain, branches: refs.size - tags, tags }));
}
