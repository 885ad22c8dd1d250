import { lookup } from "node:dns";
import http, { type IncomingMessage } from "node:http";
import https from "node:https";
import { isIP } from "node:net";
import type { GitHttpRequest, GitHttpResponse, HttpClient } from "isomorphic-git";
import { AppError } from "../../lib/errors.ts";
import { type AddressPolicy, checkAddress } from "../drivers/address.ts";
import { exceeded, repositoryOf, unreachable } from "./errors.ts";

const maxRedirects = 3;

export interface GitHttpOptions {
  policy: AddressPolicy;
  /** For all answers together. */
  wireBytes: number;
  /** The longest silence of the server, milliseconds. */
  silenceMs: number;
  /** The value of the Authorization header. */
  authorization?: string | undefined;
  /** The only certificate authorities that count, as PEM; the system's by default. */
  ca?: string | undefined;
  signal?: AbortSignal | undefined;
  /** Told with the bytes of all answers so far. */
  onBytes?: ((received: number) => void) | undefined;
  /** How names are looked up; the system's way by default. */
  lookUp?: typeof lookup | undefined;
}

/**
 * The HTTP that git is allowed: the address is looked up once, checked, and that very address is connected
 * to; redirects are followed within the same origin only, so that credentials stay where they belong; the
 * bytes of all answers and the server's silence are limited. Throws AppError.
 */
export function createGitHttp(options: GitHttpOptions): HttpClient {
  const count = { received: 0 };
  async function request(asked: GitHttpRequest, redirects = 0): Promise<GitHttpResponse> {
    const { url, method = "GET" } = asked;
    const body = asked.body ? await collected(asked.body) : undefined;
    const exchange = await send({ url, method, headers: asked.headers ?? {}, body }, options);
    const { statusCode = 0, statusMessage = "", headers } = exchange.response;
    if (statusCode >= 300 && statusCode < 400 && headers.location) {
      exchange.close();
      const target = redirectTarget(url, headers.location, redirects);
      const again = body ? ([body].values() as never) : undefined;
      return request({ ...asked, url: target, ...(again ? { body: again } : {}) }, redirects + 1);
    }
    return {
      url,
      method,
      statusCode,
      statusMessage,
      headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
      body: counted(exchange, url, options, count) as never,
    };
  }
  return { request: (asked) => request(asked) };
}

/** The header that tells a server who asks. */
export function basic({ username, token }: { username: string; token: string }): string {
  return `Basic ${Buffer.from(`${username}:${token}`).toString("base64")}`;
}

async function collected(body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

interface Exchange {
  response: IncomingMessage;
  /** Ends it, with what its reader is to throw. */
  close(thrown?: Error): void;
  /** What ended it early. */
  ended: { by: Error | undefined };
  /** The server is not silent. */
  heard(): void;
}

async function* counted(
  { response, close, ended, heard }: Exchange,
  url: string,
  { wireBytes, onBytes }: GitHttpOptions,
  count: { received: number },
): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of response) {
      heard();
      count.received += (chunk as Buffer).byteLength;
      if (count.received > wireBytes)
        throw exceeded("bytes on the wire", `sends more than ${wireBytes} bytes`);
      onBytes?.(count.received);
      yield chunk as Buffer;
    }
    // An end that was made from this side looks like an ordinary one.
    if (ended.by) throw ended.by;
  } catch (thrown) {
    throw ended.by ?? unreachable(thrown, url);
  } finally {
    close();
  }
}

interface Asked {
  url: string;
  method: string;
  headers: Record<string, string>;
  body: Buffer | undefined;
}

function send(
  { url, method, headers, body }: Asked,
  { policy, authorization, ca, signal, silenceMs, lookUp = lookup }: GitHttpOptions,
): Promise<Exchange> {
  const target = new URL(url);
  const literal = target.hostname.replace(/^\[|\]$/g, "");
  if (isIP(literal)) checkAddress(literal, policy);
  const options = {
    method,
    headers: {
      // Some servers want to hear of git.
      "user-agent": "git/styrmin",
      ...headers,
      "accept-encoding": "identity",
      ...(body === undefined ? {} : { "content-length": body.byteLength }),
      ...(authorization ? { authorization } : {}),
    },
    agent: false as const,
    rejectUnauthorized: true,
    ...(ca ? { ca } : {}),
    lookup: checkedLookup(policy, lookUp) as never,
  };
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const sent = (target.protocol === "https:" ? https : http).request(target, options);
    const ended: Exchange["ended"] = { by: undefined };
    let timer: ReturnType<typeof setTimeout> | undefined;
    const close = (thrown?: Error) => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", aborted);
      ended.by ??= thrown;
      if (thrown) reject(thrown);
      sent.destroy();
    };
    const aborted = () => close(signal?.reason as Error);
    const heard = () => {
      clearTimeout(timer);
      timer = setTimeout(() => close(silent(url, silenceMs)), silenceMs);
    };
    signal?.addEventListener("abort", aborted, { once: true });
    heard();
    sent.on("response", (response) => resolve({ response, close, ended, heard }));
    sent.on("error", (thrown) => close(unreachable(thrown, url)));
    sent.end(body);
  });
}

function silent(url: string, silenceMs: number): AppError {
  const text = `Repository ${repositoryOf(url)} has sent nothing for ${silenceMs / 1000} s (limit: silence). Try again later.`;
  return new AppError("UNAVAILABLE", text, { field: "url" });
}

type Resolved = { address: string; family: number };
type LookupDone = (error: Error | null, address?: string | Resolved[], family?: number) => void;

/** Looks a name up, refuses it if any of its addresses is forbidden, and hands on what was checked. */
export function checkedLookup(policy: AddressPolicy, lookUp: typeof lookup = lookup) {
  return function checked(host: string, options: { all?: boolean }, done: LookupDone): void {
    lookUp(host, { all: true }, (error, addresses) => {
      if (error) return done(error);
      try {
        for (const { address } of addresses) checkAddress(address, policy);
      } catch (thrown) {
        return done(thrown as Error);
      }
      const first = addresses[0];
      if (!first) return done(new Error(`${host} has no address`));
      return options.all ? done(null, addresses) : done(null, first.address, first.family);
    });
  };
}

function redirectTarget(from: string, location: string, redirects: number): string {
  const target = URL.parse(location, from);
  const { origin } = new URL(from);
  const stays =
    target !== null && target.origin === origin && target.username === "" && target.password === "";
  if (stays && redirects < maxRedirects) return target.href;
  const to = stays ? "again and again" : `to ${target?.origin.slice(0, 200) ?? "no address"}`;
  const text = `The repository's address redirects ${to}. Use the address where it really is.`;
  throw new AppError("INVALID", text, { field: "url" });
}
