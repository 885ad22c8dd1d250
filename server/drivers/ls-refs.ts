import type { GitHttpResponse, HttpClient } from "isomorphic-git";
import { AppError, messageOf } from "../../lib/errors.ts";
import type { AddressPolicy } from "./address.ts";
import { basic, createGitHttp } from "../git/http.ts";
import {
  createAdvertisementReader,
  createLineCutter,
  createLsRefsReader,
  type LineReader,
  lsRefsBody,
  NotGit,
} from "./pkt-line.ts";
import type { Refs } from "./refs.ts";

export interface RefsAsked {
  /** Without credentials. */
  url: string;
  /** See `prefixesOf`. */
  prefixes: readonly string[];
  /** What the server was found to speak before; null when nobody knows. */
  protocol: number | null;
  credential?: { username: string; token: string };
  ca?: string;
}

export interface RefsAnswer {
  protocol: 1 | 2;
  refs: Refs;
}

export interface RefsOptions {
  policy: AddressPolicy;
  signal?: AbortSignal;
  /** For all of it, milliseconds. */
  timeMs?: number;
  /** For all answers together; an old server sends every ref it has. */
  wireBytes?: number;
}

/**
 * Asks a repository for some of its refs: one small request when the server is known to speak git's protocol v2, two
 * when it is not, one large one when it is too old for it. Throws NOT_FOUND, FORBIDDEN, LIMIT and UNAVAILABLE.
 */
export async function listRefs(asked: RefsAsked, options: RefsOptions): Promise<RefsAnswer> {
  const { policy, signal, timeMs = 15_000, wireBytes = 2 * 1024 * 1024 } = options;
  const { url, credential, ca } = asked;
  const late = AbortSignal.timeout(timeMs);
  // Ends what is left of a connection whose answer nobody reads to its end.
  const over = new AbortController();
  const both = AbortSignal.any([late, over.signal, ...(signal ? [signal] : [])]);
  const authorization = credential && basic(credential);
  const http = createGitHttp({ policy, wireBytes, silenceMs: timeMs, authorization, ca, signal: both });
  try {
    return await untilAborted(ask(http, asked), both);
  } catch (thrown) {
    signal?.throwIfAborted();
    if (thrown instanceof AppError) throw thrown;
    const reason = late.aborted
      ? `did not say within ${Math.round(timeMs / 1000)} s what its refs are`
      : thrown instanceof NotGit
        ? `does not answer as a git server does: ${thrown.message}`
        : `cannot be reached: ${messageOf(thrown)}`;
    throw unavailable(url, reason, thrown);
  } finally {
    over.abort();
  }
}

async function ask(http: HttpClient, { url, prefixes, protocol }: RefsAsked): Promise<RefsAnswer> {
  const wanted = (name: string) => prefixes.some((prefix) => name.startsWith(prefix));
  if (protocol !== 2) {
    const response = await http.request({
      url: `${url}/info/refs?service=git-upload-pack`,
      headers: { "git-protocol": "version=2" },
    });
    const said = await read(url, response, "advertisement", createAdvertisementReader(wanted));
    if (said.protocol === 1) return said;
  }
  const response = await http.request({
    url: `${url}/git-upload-pack`,
    method: "POST",
    headers: {
      "git-protocol": "version=2",
      "content-type": "application/x-git-upload-pack-request",
      accept: "application/x-git-upload-pack-result",
    },
    body: [Buffer.from(lsRefsBody(prefixes))].values() as never,
  });
  return { protocol: 2, refs: await read(url, response, "result", createLsRefsReader(wanted)) };
}

async function read<Result>(
  url: string,
  { statusCode, headers, body }: GitHttpResponse,
  kind: "advertisement" | "result",
  reader: LineReader<Result>,
): Promise<Result> {
  if (statusCode === 404 || statusCode === 410) {
    throw new AppError("NOT_FOUND", `There is no git repository at ${url} any more. Check the address.`, {
      field: "url",
    });
  }
  if (statusCode === 401 || statusCode === 403) {
    const message = `Repository ${url} is not there or wants other credentials (HTTP ${statusCode}). Record its token with \`repositories create\`.`;
    throw new AppError("FORBIDDEN", message, { field: "url" });
  }
  if (statusCode !== 200) throw unavailable(url, `answers with HTTP ${statusCode}`);
  if (headers?.["content-type"]?.split(";", 1)[0]?.trim() !== `application/x-git-upload-pack-${kind}`)
    throw new NotGit("it sends something else than smart HTTP");
  const cutter = createLineCutter((line) => reader.line(line));
  for await (const chunk of body ?? []) cutter.push(chunk);
  cutter.end();
  return reader.end();
}

/** Some waits do not hear the signal, such as that for a name to be looked up. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop: () => void;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", stop!);
  }
}

const unavailable = (url: string, reason: string, cause?: unknown) =>
  new AppError("UNAVAILABLE", `Repository ${url} ${reason}. It is asked again later.`, {
    field: "url",
    cause,
  });
