import { mkdtemp, rm } from "node:fs/promises";
import { isIP } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cagedCommand, cagedOptions, type DriverFiles, watchMemory } from "../../drivers/kit/index.ts";
import { AppError } from "../../lib/errors.ts";
import { type AddressPolicy, checkAddress, parseRepositoryUrl } from "./address.ts";
import { tidyPath } from "./collect.ts";
import type { GitAnswer, GitRequest } from "./git-child.ts";
import { defaultLoadLimits, type LoadLimits } from "./limits.ts";

export interface GitSource {
  /** http:// or https://; may carry credentials, which are not shown anywhere. */
  url: string;
  /** A branch, a tag or a whole commit id. */
  ref: string;
  /** The driver's folder in the repository; its root by default. */
  path?: string | null;
  /** What is recorded of the repository. Credentials in the address go before. */
  credential?: { username: string; token: string };
  /** The only certificate authorities that count, as PEM; the system's by default. */
  ca?: string;
}

export interface GitOptions {
  policy: AddressPolicy;
  limits?: LoadLimits;
  signal?: AbortSignal;
}

/** What one commit of a repository holds of a driver. */
export interface GitDriver {
  commit: string;
  /** The commit object itself; see `readCommit`. */
  object: Uint8Array;
  files: DriverFiles;
}

/**
 * Reads a driver's files from one commit of a git repository, in a child process with limits. Throws
 * NOT_FOUND (repository, ref, folder), INVALID (address, odd files), FORBIDDEN (credentials, private
 * address), LIMIT (sizes, memory) and UNAVAILABLE (network, time).
 */
export async function loadFromGit(
  source: GitSource,
  { policy, limits = defaultLoadLimits, signal }: GitOptions,
): Promise<GitDriver> {
  const { url, username, password } = parseRepositoryUrl(source.url);
  const host = new URL(url).hostname.replace(/^\[|\]$/g, "");
  if (isIP(host)) checkAddress(host, policy);
  const ref = checkedRef(source.ref);
  const path = tidyPath(source.path);
  const store = await mkdtemp(join(tmpdir(), "styrmin-git-"));
  try {
    const given = username === undefined ? source.credential : { username, token: password ?? "" };
    const basic = given && Buffer.from(`${given.username}:${given.token}`).toString("base64");
    const access = {
      ...(basic === undefined ? {} : { authorization: `Basic ${basic}` }),
      ...(source.ca === undefined ? {} : { ca: source.ca }),
    };
    const answer = await runChild({ url, ref, path, policy, limits, store, ...access }, signal);
    if ("error" in answer) {
      const { code, message, ...options } = answer.error;
      throw new AppError(code, message, options);
    }
    const files: DriverFiles = {};
    for (const [name, content] of Object.entries(answer.files)) files[name] = Buffer.from(content, "base64");
    return { commit: answer.commit, object: Buffer.from(answer.object, "base64"), files };
  } finally {
    await rm(store, { recursive: true, force: true });
  }
}

async function runChild(request: GitRequest, signal?: AbortSignal): Promise<GitAnswer> {
  const { url, limits } = request;
  signal?.throwIfAborted();
  const command = cagedCommand(join(import.meta.dir, "git-child.ts"), limits.memoryBytes);
  const child = Bun.spawn(command, { ...cagedOptions, stdin: "pipe", stdout: "pipe", stderr: "ignore" });
  let stopped: unknown;
  const stop = (reason: unknown) => {
    stopped ??= reason;
    child.kill("SIGKILL");
  };
  const timer = setTimeout(() => {
    const seconds = Math.round(limits.timeMs / 1000);
    stop(
      new AppError("UNAVAILABLE", `Repository ${url} took longer than ${seconds} s. Try again later.`, {
        field: "url",
      }),
    );
  }, limits.timeMs);
  const unwatch = watchMemory(child.pid, limits.memoryBytes, () => {
    const megabytes = Math.round(limits.memoryBytes / 1024 / 1024);
    stop(
      new AppError("LIMIT", `Reading repository ${url} needs more than ${megabytes} MB of memory.`, {
        field: "url",
      }),
    );
  });
  const aborted = () => stop(signal?.reason);
  signal?.addEventListener("abort", aborted, { once: true });
  try {
    child.stdin.write(JSON.stringify(request));
    await child.stdin.end();
    const text = await new Response(child.stdout).text();
    await child.exited;
    if (stopped !== undefined) throw stopped;
    if (text !== "") return JSON.parse(text) as GitAnswer;
  } catch (thrown) {
    throw stopped ?? thrown;
  } finally {
    clearTimeout(timer);
    unwatch();
    signal?.removeEventListener("abort", aborted);
    child.kill("SIGKILL");
  }
  throw new AppError(
    "LIMIT",
    `Reading repository ${url} ended without a result, probably for want of memory.`,
    {
      field: "url",
    },
  );
}

/** A name that git itself would take (git-check-ref-format), and no option or range. */
function checkedRef(ref: string): string {
  const fine =
    ref.length > 0 &&
    ref.length <= 255 &&
    !/[\p{Cc} ~^:?*[\\]|\.\.|@\{|\/\/|^[-/.]|[/.]$|\.lock$/u.test(ref) &&
    ref.isWellFormed();
  if (fine) return ref;
  throw new AppError("INVALID", "The ref must be the name of a branch or a tag, or a commit of 40 digits.", {
    field: "ref",
  });
}
