import { join } from "node:path";
import { cagedOptions, watchMemory } from "../../drivers/kit/index.ts";
import { AppError } from "../../lib/errors.ts";
import { confinedCommand, notConfined } from "./confine.ts";
import { createPlaces } from "./places.ts";
import type { GitFailure, GitFound, GitLine, GitProgress, GitRequest } from "./git-child.ts";

export interface RunOptions {
  signal?: AbortSignal | undefined;
  onProgress?: ((now: GitProgress) => void) | undefined;
}

/** Each may take half a gigabyte. */
const takePlace = createPlaces(6, { waitMs: 40_000, what: "repositories are being read" });

/**
 * Reads a repository in a child process; more of them than there are places wait. Throws what the child tells, UNAVAILABLE when it takes too long and LIMIT
 * when it needs too much memory; the abort's reason when `signal` is aborted.
 */
export async function runGitChild(
  request: GitRequest,
  { signal, onProgress }: RunOptions,
): Promise<GitFound> {
  const from = performance.now();
  const release = await takePlace(signal);
  try {
    return await runNow(withTimeLeft(request, performance.now() - from), { signal, onProgress });
  } finally {
    release();
  }
}

const leastMs = 10_000;

/** Who waits for an answer waits no longer because there was no place; some time is left in any case. */
function withTimeLeft(request: GitRequest, waitedMs: number): GitRequest {
  const { timeMs } = request.limits;
  const left = Math.max(Math.round(timeMs - waitedMs), Math.min(timeMs, leastMs));
  return { ...request, limits: { ...request.limits, timeMs: left } };
}

async function runNow(request: GitRequest, { signal, onProgress }: RunOptions): Promise<GitFound> {
  const { limits } = request;
  const command = confinedCommand(join(import.meta.dir, "git-child.ts"), limits.memoryBytes);
  const child = Bun.spawn(command, { ...cagedOptions, stdin: "pipe", stdout: "pipe", stderr: "ignore" });
  let now: GitProgress | undefined;
  let stopped: unknown;
  const stop = (reason: unknown) => {
    stopped ??= reason;
    child.kill("SIGKILL");
  };
  const timer = setTimeout(() => stop(tooSlow(request, now)), limits.timeMs);
  const unwatch = watchMemory(child.pid, limits.memoryBytes, () => stop(tooLarge(request)));
  const aborted = () => stop(signal?.reason);
  signal?.addEventListener("abort", aborted, { once: true });
  let last: GitLine | undefined;
  try {
    child.stdin.write(JSON.stringify(request));
    await child.stdin.end();
    for await (const line of linesOf(child.stdout, mostAnswered(request), () => stop(tooLarge(request)))) {
      last = JSON.parse(line) as GitLine;
      if (!("progress" in last)) break;
      now = last.progress;
      onProgress?.(now);
    }
    await child.exited;
    if (stopped !== undefined) throw stopped;
  } catch (thrown) {
    throw stopped ?? thrown;
  } finally {
    clearTimeout(timer);
    unwatch();
    signal?.removeEventListener("abort", aborted);
    child.kill("SIGKILL");
  }
  if (child.exitCode === notConfined) {
    const text = "The process that reads repositories cannot be confined on this machine; nothing was read.";
    throw new AppError("UNAVAILABLE", text, { field: "url" });
  }
  if (last && "error" in last) throw errorOf(last.error);
  if (last && "found" in last) return last.found;
  const text = `Reading repository ${request.url} ended without a result, probably for want of memory (limit: memory).`;
  throw new AppError("LIMIT", text, { field: "url" });
}

/** Base64 takes a third more, names and commit are small beside it. */
const mostAnswered = ({ limits }: GitRequest) =>
  2 * Math.max(limits.totalBytes, limits.scanBytes) + 16 * 1024 * 1024;

async function* linesOf(
  stream: ReadableStream<Uint8Array>,
  maxBytes: number,
  exceeded: () => void,
): AsyncGenerator<string> {
  let chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) return exceeded();
    let from = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      chunks.push(chunk.subarray(from, end));
      yield Buffer.concat(chunks).toString();
      chunks = [];
      from = end + 1;
    }
    chunks.push(chunk.subarray(from));
  }
}

function tooSlow({ url, limits }: GitRequest, now: GitProgress | undefined): AppError {
  const so = now ? ` It was ${now.phase}, with ${now.bytes} bytes received.` : "";
  const text = `Repository ${url} took longer than ${Math.round(limits.timeMs / 100) / 10} s (limit: time).${so} Try again later.`;
  return new AppError("UNAVAILABLE", text, { field: "url" });
}

function tooLarge({ url, limits }: GitRequest): AppError {
  const megabytes = Math.round(limits.memoryBytes / 1024 / 1024);
  const text = `Reading repository ${url} needs more than ${megabytes} MB of memory (limit: memory).`;
  return new AppError("LIMIT", text, { field: "url" });
}

/** The error that a child told. */
export function errorOf({ code, message, ...options }: GitFailure): AppError {
  return new AppError(code, message, options);
}
