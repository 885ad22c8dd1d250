import { isIP } from "node:net";
import type { DriverFiles } from "../../drivers/kit/index.ts";
import { AppError } from "../../lib/errors.ts";
import { basic } from "../git/http.ts";
import { type AddressPolicy, checkAddress, parseRepositoryUrl } from "./address.ts";
import { tidyPath } from "./collect.ts";
import type { LeftOut } from "./earlier.ts";
import type { GitFound, GitProgress, GitRequest } from "./git-child.ts";
import { errorOf, runGitChild } from "./git-process.ts";
import { isRefName } from "./refs.ts";
import { defaultLoadLimits, type LoadLimits } from "./limits.ts";

export interface GitPlace {
  /** http:// or https://; may carry credentials, which are not shown anywhere. */
  url: string;
  /** A branch, a tag or a whole commit id; `HEAD` is the server's own choice. */
  ref: string;
  /** What is recorded of the repository. Credentials in the address go before. */
  credential?: { username: string; token: string };
  /** The only certificate authorities that count, as PEM; the system's by default. */
  ca?: string;
}

export interface GitSource extends GitPlace {
  /** The driver's folder in the repository; its root by default. */
  path?: string | null;
}

export interface GitOptions {
  policy: AddressPolicy;
  limits?: LoadLimits;
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: GitProgress) => void) | undefined;
}

/** A commit that was read. */
export interface ReadCommit {
  commit: string;
  /** The commit object itself; see `readCommit`. */
  object: Uint8Array;
}

/**
 * Reads a driver's files from one commit of a git repository, in a child process with limits. Throws
 * NOT_FOUND (repository, ref, folder), INVALID (address, odd files), FORBIDDEN (credentials, private
 * address), LIMIT (sizes, memory) and UNAVAILABLE (network, time).
 */
export async function loadFromGit(
  source: GitSource,
  options: GitOptions,
): Promise<ReadCommit & { files: DriverFiles }> {
  const path = tidyPath(source.path);
  const { found } = await runGitChild({ ...requestFor(source, options), path }, options);
  return driverIn(found);
}

/** A commit of a followed branch: the driver's files in it, or why they cannot be taken. */
export type BranchCommit = ReadCommit & { files: DriverFiles; error?: AppError };

/** How the commits since an earlier one were found. */
export type FoundSince =
  /** They are those that changed the driver, but for those left out. */
  | { state: "FOUND"; leftOut: LeftOut | null }
  /** The last one does not come from the earlier one. */
  | { state: "UNRELATED" }
  /** The earlier one lies too far back, or the history could not be read for `error`. */
  | { state: "OPEN"; error?: AppError };

/**
 * Reads a driver's files as `loadFromGit` does, from a branch's last commit and from those before it, along first
 * parents, that changed them since `since`: the oldest first, the last one always at the end. Throws the same, unless it
 * is about one commit, or about those before the last.
 */
export async function loadSince(
  source: GitSource & { since: string | null },
  options: GitOptions,
): Promise<{ commits: BranchCommit[]; found: FoundSince }> {
  const path = tidyPath(source.path);
  const since = source.since === null ? {} : { since: source.since };
  const answer = await runGitChild({ ...requestFor(source, options), path, ...since }, options);
  const commits = [...answer.earlier.toReversed(), answer.found];
  const { history } = answer;
  // What is only a part is no answer to what there is since then.
  const told = history.state === "FOUND" ? commits : commits.slice(-1);
  const found: FoundSince =
    history.state === "OPEN" && history.failure
      ? { state: "OPEN", error: errorOf(history.failure) }
      : history;
  return { commits: told.map(branchCommit), found };
}

/** Reads every folder of one commit that holds a driver; throws the same. What is wrong with one is its own error. */
export async function scanGit(
  place: GitPlace,
  options: GitOptions,
): Promise<ReadCommit & { drivers: { path: string; files: DriverFiles; error?: AppError }[] }> {
  const { found } = await runGitChild(requestFor(place, options), options);
  const drivers = found.drivers.map(({ path, files, error }) => ({
    path,
    files: decoded(files),
    ...(error ? { error: errorOf(error) } : {}),
  }));
  return { ...commitOf(found), drivers };
}

function requestFor(place: GitPlace, { policy, limits = defaultLoadLimits }: GitOptions): GitRequest {
  const { url, username, password } = parseRepositoryUrl(place.url);
  const host = new URL(url).hostname.replace(/^\[|\]$/g, "");
  if (isIP(host)) checkAddress(host, policy);
  const given = username === undefined ? place.credential : { username, token: password ?? "" };
  return {
    url,
    ref: checkedRef(place.ref),
    policy,
    limits,
    ...(given ? { authorization: basic(given) } : {}),
    ...(place.ca === undefined ? {} : { ca: place.ca }),
  };
}

function branchCommit(found: GitFound): BranchCommit {
  const { files, error } = found.drivers[0]!;
  return { ...commitOf(found), files: decoded(files), ...(error ? { error: errorOf(error) } : {}) };
}

function driverIn(found: GitFound): ReadCommit & { files: DriverFiles } {
  const { error, ...read } = branchCommit(found);
  if (error) throw error;
  return read;
}

function commitOf({ commit, object }: GitFound): ReadCommit {
  return { commit, object: Buffer.from(object, "base64") };
}

function decoded(files: Record<string, string>): DriverFiles {
  return Object.fromEntries(
    Object.entries(files).map(([name, content]) => [name, Buffer.from(content, "base64")]),
  );
}

function checkedRef(ref: string): string {
  if (isRefName(ref)) return ref;
  throw new AppError("INVALID", "The ref must be the name of a branch or a tag, or a commit of 40 digits.", {
    field: "ref",
  });
}
