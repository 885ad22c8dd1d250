import http, { type IncomingMessage } from "node:http";
import https from "node:https";
import { isIP } from "node:net";
import { AppError, messageOf } from "../../lib/errors.ts";
import { type AddressPolicy, checkAddress } from "./address.ts";
import { checkedLookup } from "../git/http.ts";

export interface ChartHttpOptions {
  policy: AddressPolicy;
  /** For all answers together. */
  wireBytes: number;
}

export interface ChartHttpRequest {
  headers?: Record<string, string>;
  /** The value of the Authorization header; sent to the very origin of the address only. */
  authorization?: string | undefined;
  /** The only certificate authorities that count for that origin, as PEM. */
  ca?: string | undefined;
}

export interface ChartHttpAnswer {
  /** Of the last one, after redirects. */
  url: string;
  status: number;
  headers: Record<string, string>;
  body: Uint8Array;
}

export type ChartHttp = (url: string, request?: ChartHttpRequest) => Promise<ChartHttpAnswer>;

const maxRedirects = 5;

/**
 * The GET that charts are fetched with: each address is looked up once, checked, and connected to as it was checked,
 * also after a redirect. Redirects may lead to other hosts, as registries keep their blobs elsewhere, but no
 * credentials go there, and none leads from https to http.
 */
export function createChartHttp({ policy, wireBytes }: ChartHttpOptions): ChartHttp {
  let received = 0;

  const read = async (response: IncomingMessage, url: string): Promise<Uint8Array> => {
    const chunks: Uint8Array[] = [];
    try {
      for await (const chunk of response) {
        received += (chunk as Buffer).byteLength;
        if (received > wireBytes) {
          response.destroy();
          throw new AppError("LIMIT", `${hostOf(url)} sends more than ${wireBytes} bytes for a chart.`);
        }
        chunks.push(chunk as Buffer);
      }
    } catch (thrown) {
      throw thrown instanceof AppError ? thrown : brokenOff(url, thrown);
    }
    return Buffer.concat(chunks);
  };

  return async function get(url, request = {}) {
    const first = new URL(url).origin;
    let at = url;
    for (let redirects = 0; ; redirects++) {
      const own = new URL(at).origin === first;
      const { headers, authorization, ca } = request;
      const response = await send(at, policy, own ? { headers, authorization, ca } : { headers });
      const { statusCode = 0 } = response;
      const { location } = response.headers;
      if (statusCode < 300 || statusCode >= 400 || location === undefined) {
        const answered = Object.entries(response.headers).map(([name, value]) => [name, String(value)]);
        const body = await read(response, at);
        return { url: at, status: statusCode, headers: Object.fromEntries(answered), body };
      }
      response.destroy();
      at = redirectTarget(at, location, redirects);
    }
  };
}

/** An answer that ends before its end says nothing about the chart. */
function brokenOff(url: string, cause: unknown): AppError {
  const message = `The answer of ${hostOf(url)} broke off: ${messageOf(cause)}. Try again later.`;
  return new AppError("UNAVAILABLE", message, { cause });
}

function redirectTarget(from: string, location: string, redirects: number): string {
  const target = URL.parse(location, from);
  const web = target?.protocol === "https:" || (target?.protocol === "http:" && from.startsWith("http:"));
  if (target && web && redirects < maxRedirects) return target.href;
  const to = redirects >= maxRedirects ? "again and again" : `to ${target?.protocol ?? "nowhere"}`;
  throw new AppError("INVALID", `${hostOf(from)} redirects ${to}, which is not followed.`);
}

function send(
  url: string,
  policy: AddressPolicy,
  {
    headers = {},
    authorization,
    ca,
  }: { [Key in keyof ChartHttpRequest]?: ChartHttpRequest[Key] | undefined },
): Promise<IncomingMessage> {
  const target = new URL(url);
  const literal = target.hostname.replace(/^\[|\]$/g, "");
  if (isIP(literal)) checkAddress(literal, policy);
  const options = {
    headers: {
      "user-agent": "styrmin",
      ...headers,
      "accept-encoding": "identity",
      ...(authorization ? { authorization } : {}),
    },
    agent: false as const,
    ...(ca ? { ca } : {}),
    lookup: checkedLookup(policy) as never,
  };
  return new Promise((resolve, reject) => {
    const client = target.protocol === "https:" ? https : http;
    const sent = client.get(target, options, resolve);
    sent.on("error", (thrown) => {
      if (thrown instanceof AppError) return reject(thrown);
      const message = `${hostOf(url)} cannot be reached: ${thrown.message}. Is it the right address?`;
      reject(new AppError("UNAVAILABLE", message, { cause: thrown }));
    });
  });
}

/** An address as people may see it: without path, query and credentials. */
const hostOf = (url: string): string => new URL(url).host;
