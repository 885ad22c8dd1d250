import { lookup } from "node:dns";
import http, { type IncomingMessage } from "node:http";
import https from "node:https";
import { isIP } from "node:net";
import type { GitHttpRequest, GitHttpResponse, HttpClient } from "isomorphic-git";
import { AppError } from "../../lib/errors.ts";
import { type AddressPolicy, checkAddress } from "./address.ts";

const maxRedirects = 3;

export interface GitHttpOptions {
  policy: AddressPolicy;
  /** For all answers together. */
  wireBytes: number;
  /** The value of the Authorization header. */
  authorization?: string;
  /** The only certificate authorities that count, as PEM; the system's by default. */
  ca?: string;
  /** Ends what is under way. */
  signal?: AbortSignal;
}

/**
 * The HTTP that git is allowed: the address is looked up once, checked, and that very address is connected
 * to; redirects are followed within the same origin only, so that credentials stay where they belong; the
 * bytes of all answers are counted.
 */
export function createGitHttp({ policy, wireBytes, authorization, ca, signal }: GitHttpOptions): HttpClient {
  let received = 0;

  async function* counted(response: IncomingMessage): AsyncIterableIterator<Uint8Array> {
    for await (const chunk of response) {
      received += (chunk as Buffer).byteLength;
      if (received > wireBytes) {
        response.destroy();
        throw new AppError(
          "LIMIT",
          `The repository sends more than ${wireBytes} bytes for this one commit.`,
          {
            field: "url",
          },
        );
      }
      yield chunk as Buffer;
    }
  }

  async function request(asked: GitHttpRequest, redirects = 0): Promise<GitHttpResponse> {
    const body = asked.body ? await collected(asked.body) : undefined;
    const response = await send(asked, body, { policy, authorization, ca, signal });
    const { statusCode = 0, statusMessage = "", headers } = response;
    if (statusCode >= 300 && statusCode < 400 && headers.location) {
      response.destroy();
      const target = redirectTarget(asked.url, headers.location, redirects);
      return request(
        { ...asked, url: target, body: body ? ([body].values() as never) : undefined },
        redirects + 1,
      );
    }
    return {
      url: asked.url,
      ...(asked.method ? { method: asked.method } : {}),
      statusCode,
      statusMessage,
      headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
      body: counted(response),
    };
  }
  return { request: (asked) => request(asked) };
}

function send(
  { url, method = "GET", headers = {} }: GitHttpRequest,
  body: Uint8Array | undefined,
  { policy, authorization, ca, signal }: Pick<GitHttpOptions, "policy" | "authorization" | "ca" | "signal">,
): Promise<IncomingMessage> {
  const target = new URL(url);
  const literal = target.hostname.replace(/^\[|\]$/g, "");
  if (isIP(literal)) checkAddress(literal, policy);
  const options = {
    method,
    headers: {
      ...headers,
      "accept-encoding": "identity",
      ...(body ? { "content-length": body.byteLength } : {}),
      ...(authorization ? { authorization } : {}),
    },
    agent: false as const,
    ...(ca ? { ca } : {}),
    ...(signal ? { signal } : {}),
    lookup: checkedLookup(policy) as never,
  };
  return new Promise((resolve, reject) => {
    const client = target.protocol === "https:" ? https : http;
    const sent = client.request(target, options, resolve);
    sent.on("error", reject);
    sent.end(body);
  });
}

type Resolved = { address: string; family: number };
type LookupDone = (error: Error | null, address?: string | Resolved[], family?: number) => void;

/** Looks a name up, refuses it if any of its addresses is forbidden, and hands on what was checked. */
function checkedLookup(policy: AddressPolicy) {
  return function lookUp(host: string, options: { all?: boolean }, done: LookupDone): void {
    lookup(host, { all: true }, (error, addresses) => {
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
  const allowed = target !== null && target.origin === new URL(from).origin && redirects < maxRedirects;
  if (allowed) return target.href;
  const to = target === null || redirects >= maxRedirects ? "again and again" : `to ${target.origin}`;
  throw new AppError(
    "INVALID",
    `The repository's address redirects ${to}. Use the address where it really is.`,
    {
      field: "url",
    },
  );
}

async function collected(body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}
