import { join } from "node:path";
import { cagedOptions, watchMemory } from "../../drivers/kit/index.ts";
import { AppError } from "../../lib/errors.ts";
import { childEnded } from "./child-ended.ts";
import { confinedCommand } from "./confine.ts";
import { createPlaces } from "./places.ts";
import type { GitFailure, GitFound, GitHistory, GitLine, GitProgress, GitRequest } from "./git-child.ts";

export interface RunOptions {
  signal?: AbortSignal | undefined;
  onProgress?: ((now: GitProgress) => void) | undefined;
}

/** Each may take half a gigabyte. */
const takePlace = createPlaces(6, { waitMs: 40_000, what: "repositories are being read" });

export interface GitAnswer {
  found: GitFound;
  /** When those since another commit are wanted: those before `found`, the newest first, and how that ended. */
  earlier: GitFound[];
  history: GitHistory;
}

/**
 * Reads a repository in a child process; more of them than there are places wait. Throws what the child tells, UNAVAILABLE when it takes too long and LIMIT
 * when it needs too much memory; the abort's reason when `signal` is aborted. Once the one commit is read, what befalls the
 * others is told in `history`.
 */
export async function runGitChild(
  request: GitRequest,
  { signal, onProgress }: RunOptions,
): Promise<GitAnswer> {
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

async function runNow(request: GitRequest, { signal, onProgress }: RunOptions): Promise<GitAnswer> {
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
  const answer: Partial<GitAnswer> & { error?: GitFailure } = {};
  const earlier: GitFound[] = [];
  try {
    child.stdin.write(JSON.stringify(request));
    await child.stdin.end();
    for await (const line of linesOf(child.stdout, mostAnswered(request), () => stop(tooLarge(request)))) {
      const told = JSON.parse(line) as GitLine;
      if ("progress" in told) onProgress?.((now = told.progress));
      else if ("earlier" in told) earlier.push(told.earlier);
      else Object.assign(answer, told);
      // What is left of it then is to end.
      if (answer.error || answer.history || (answer.found && request.since === undefined)) break;
    }
    if (stopped !== undefined) throw stopped;
    if (answer.error) throw errorOf(answer.error);
    if (!answer.found || (request.since !== undefined && !answer.history))
      throw childEnded(await child.exited, `Reading repository ${request.url}`, "url");
  } catch (thrown) {
    const reason = stopped ?? thrown;
    if (!answer.found || !(reason instanceof AppError) || signal?.aborted) throw reason;
    answer.history = { state: "OPEN", failure: failureOf(reason) };
  } finally {
    clearTimeout(timer);
    unwatch();
    signal?.removeEventListener("abort", aborted);
    child.kill("SIGKILL");
  }
  return { found: answer.found, earlier, history: answer.history ?? { state: "FOUND", leftOut: null } };
}

function failureOf({ code, message, field, problems }: AppError): GitFailure {
  return { code, message, problems, ...(field === undefined ? {} : { field }) };
}

/** Base64 takes a third more, names and commit are small beside it. */
const mostAnswered = ({ limits }: GitRequest) =>
  2 * (limits.totalBytes + limits.scanBytes) + 16 * 1024 * 1024;

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
