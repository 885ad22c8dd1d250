/**
 * The child process that reads a git repository: request as JSON on stdin; on stdout one JSON a line, how far it is,
 * and the answer at the end. It fetches one commit and reads files from git's objects in memory. Of a branch that is
 * followed it then reads what the commits before did, as far as they are new: whatever that comes to, the one commit is
 * told before.
 * Nothing is ever written to a disk, so that nothing in the repository can name a file of this machine.
 */
import { AppError, type ErrorCode, type Problem } from "../../lib/errors.ts";
import type { AddressPolicy } from "./address.ts";
import { type Commit, openRepository, type Progress, type Repository } from "../git/repository.ts";
import { type EarlierCommit, type LeftOut, readEarlier } from "./earlier.ts";
import type { LoadLimits } from "./limits.ts";
import { readDriver, type ReadDriver, readDrivers } from "./tree.ts";

export interface GitRequest {
  url: string;
  /** A branch, a tag or a whole commit id. */
  ref: string;
  /** The driver's folder, empty for the root; undefined for all drivers that there are. */
  path?: string;
  /** The commit after which all are wanted, not the last alone. */
  since?: string;
  authorization?: string;
  /** PEM. */
  ca?: string;
  policy: AddressPolicy;
  limits: LoadLimits;
}

export type GitProgress = Progress;

export interface GitFailure {
  code: ErrorCode;
  message: string;
  field?: string;
  problems: Problem[];
}

export interface GitFound {
  commit: string;
  /** The commit as git keeps it, base64. */
  object: string;
  /** File contents are base64. */
  drivers: ReadDriver<string, GitFailure>[];
}

/** How the commits since the one that was loaded last were found, of which those told are all but the ones left out. */
export type GitHistory =
  | { state: "FOUND"; leftOut: LeftOut | null }
  /** It is none that the last one comes from. */
  | { state: "UNRELATED" }
  /** It lies too far back, or there was a failure. */
  | { state: "OPEN"; failure?: GitFailure };

export type GitLine =
  | { progress: GitProgress }
  | { found: GitFound }
  /** One of the commits before `found`, each the one before the last told. */
  | { earlier: GitFound }
  | { history: GitHistory }
  | { error: GitFailure };

const request = (await Bun.stdin.json()) as GitRequest;
await read(request).catch((thrown: unknown) => tell({ error: failureOf(thrown) }));
// Connections that are still open would keep the process.
process.exit(0);

async function read({ url, ref, path, since, authorization, ca, policy, limits }: GitRequest): Promise<void> {
  const repository = await openRepository(url, ref, {
    policy,
    authorization,
    ca,
    limits,
    onProgress: (progress) => void tell({ progress }),
  });
  const drivers =
    path === undefined
      ? await readDrivers(repository, limits)
      : [await readDriver(repository, path, limits).catch((error: unknown) => ({ path, files: {}, error }))];
  await tell({ found: foundIn(repository, drivers) });
  if (path === undefined || since === undefined) return;
  await tell({
    history: await readHistory(repository, path, since, limits).catch((thrown: unknown): GitHistory => ({
      state: "OPEN",
      failure: failureOf(thrown),
    })),
  });
}

async function readHistory(
  repository: Repository,
  path: string,
  since: string,
  limits: LoadLimits,
): Promise<GitHistory> {
  const line = await repository.lineSince(since, limits.history);
  if (line.state !== "FOUND") return line;
  const take = ({ driver, ...commit }: EarlierCommit) => tell({ earlier: foundIn(commit, [driver]) });
  return { state: "FOUND", leftOut: await readEarlier(repository, path, line, limits, take) };
}

function foundIn({ oid, object }: Commit, drivers: ReadDriver[]): GitFound {
  return {
    commit: oid,
    object: object.toString("base64"),
    drivers: drivers.map(({ files, error, path }) => ({
      path,
      ...(error ? { error: failureOf(error) } : {}),
      files: Object.fromEntries(
        Object.entries(files).map(([name, content]) => [name, Buffer.from(content).toString("base64")]),
      ),
    })),
  };
}

function failureOf(thrown: unknown): GitFailure {
  if (thrown instanceof AppError) {
    const { code, message, field, problems } = thrown;
    return { code, message, problems, ...(field === undefined ? {} : { field }) };
  }
  const name = thrown instanceof Error ? thrown.name : "error";
  const message = `The repository cannot be read: reading it failed unexpectedly (${name}).`;
  return { code: "UNAVAILABLE", message, field: "url", problems: [] };
}

async function tell(line: GitLine): Promise<void> {
  await Bun.write(Bun.stdout, `${JSON.stringify(line)}\n`);
}
