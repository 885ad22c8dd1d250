/**
 * The child process that reads a git repository: request as JSON on stdin; on stdout one JSON a line, how far it is,
 * and the answer at the end. It fetches one commit without history and reads files from git's objects in memory.
 * Nothing is ever written to a disk, so that nothing in the repository can name a file of this machine.
 */
import { AppError, type ErrorCode, type Problem } from "../../lib/errors.ts";
import type { AddressPolicy } from "./address.ts";
import { openRepository, type Progress } from "../git/repository.ts";
import type { LoadLimits } from "./limits.ts";
import { readDriver, type ReadDriver, readDrivers } from "./tree.ts";

export interface GitRequest {
  url: string;
  /** A branch, a tag or a whole commit id. */
  ref: string;
  /** The driver's folder, empty for the root; undefined for all drivers that there are. */
  path?: string;
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

export type GitLine = { progress: GitProgress } | { found: GitFound } | { error: GitFailure };

const request = (await Bun.stdin.json()) as GitRequest;
await tell(
  await read(request).then(
    (found): GitLine => ({ found }),
    (thrown: unknown): GitLine => ({ error: failureOf(thrown) }),
  ),
);
// Connections that are still open would keep the process.
process.exit(0);

async function read({ url, ref, path, authorization, ca, policy, limits }: GitRequest): Promise<GitFound> {
  const repository = await openRepository(url, ref, {
    policy,
    authorization,
    ca,
    limits,
    onProgress: (progress) => void tell({ progress }),
  });
  const drivers =
    path === undefined ? await readDrivers(repository, limits) : [await readDriver(repository, path, limits)];
  return {
    commit: repository.oid,
    object: repository.object.toString("base64"),
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
