import { isIP } from "node:net";
import type { DriverFiles } from "../../drivers/kit/index.ts";
import { AppError } from "../../lib/errors.ts";
import { basic } from "../git/http.ts";
import { type AddressPolicy, checkAddress, parseRepositoryUrl } from "./address.ts";
import { tidyPath } from "./collect.ts";
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
  const found = await runGitChild({ ...requestFor(source, options), path }, options);
  return { ...commitOf(found), files: decoded(found.drivers[0]!.files) };
}

/** Reads every folder of one commit that holds a driver; throws the same. What is wrong with one is its own error. */
export async function scanGit(
  place: GitPlace,
  options: GitOptions,
): Promise<ReadCommit & { drivers: { path: string; files: DriverFiles; error?: AppError }[] }> {
  const found = await runGitChild(requestFor(place, options), options);
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
