import type { GitHttpRequest, GitHttpResponse, HttpClient } from "isomorphic-git";
import { AppError } from "../../lib/errors.ts";
import { exceeded, GitRefusal, malformed } from "./errors.ts";
import { checkPack, type OnCommit, type PackLimits, type PackUse, unused } from "./pack.ts";
import { cutPackets } from "./packets.ts";

export interface GuardOptions {
  limits: PackLimits;
  /** The repository's address, for errors. */
  url: string;
  /** Told with the number of objects of a pack that is fine. */
  onPack?: (objects: number) => void;
  onCommit?: OnCommit | undefined;
}

/** The most refs that a server may tell of. */
const maxRefs = 50_000;

/**
 * Stands between the network and the git library, which takes what it gets: it has no limits, passes over objects that
 * it cannot unpack, and follows deltas as far as they go. Every answer is read whole here and checked: its packets,
 * the refs, and every object of a pack. Only what is sound reaches the library, byte for byte.
 */
export function guarded({ request }: HttpClient, options: GuardOptions): HttpClient {
  /** The library asks for the refs twice, to find one and before it fetches it. */
  const told = new Map<string, Buffer>();
  const use = unused();
  return {
    async request(asked) {
      const isPack = asked.method === "POST";
      const before = isPack ? undefined : told.get(asked.url);
      if (before) return answerOf(asked, before);
      const response = await request(asked);
      checkStatus(response, options.url);
      checkType(response, isPack ? "result" : "advertisement", options.url);
      const bytes = await collected(response.body as unknown as AsyncIterable<Uint8Array>);
      if (isPack) checkFetched(bytes, use, options);
      else told.set(asked.url, withHead(bytes, checkAdvertised(bytes, options)));
      return answerOf(asked, told.get(asked.url) ?? bytes);
    },
  };
}

/** The one content type that the library goes by. */
function answerOf({ url, method = "GET" }: GitHttpRequest, bytes: Buffer): GitHttpResponse {
  const what = method === "POST" ? "result" : "advertisement";
  return {
    url,
    method,
    statusCode: 200,
    statusMessage: "OK",
    headers: { "content-type": `application/x-git-upload-pack-${what}` },
    body: [bytes].values() as never,
  };
}

interface Advertised {
  /** The first object that is named; undefined in an empty repository. */
  first: string | undefined;
  hasHead: boolean;
}

function checkAdvertised(bytes: Buffer, { url }: GuardOptions): Advertised {
  const found: Advertised = { first: undefined, hasHead: false };
  let count = 0;
  cutPackets(bytes, (packet) => {
    if (typeof packet === "string") return;
    const text = textOf(packet);
    refuseOn(packet);
    if (count === 0 && text.startsWith("# service=")) return;
    if (count === 0) checkFormat(text, url);
    if (++count > maxRefs) throw exceeded("refs", `has more than ${maxRefs} branches and tags`);
    const [, oid, name] = /^([0-9a-f]{40}) ([^\0]+)/.exec(text) ?? [];
    if (!oid && !text.startsWith("shallow ")) throw malformed("holds a ref that is none");
    if (name === "HEAD") found.hasHead = true;
    if (name !== "capabilities^{}") found.first ??= oid;
  });
  if (count === 0) throw noGit(url);
  return found;
}

/**
 * The library gives up on a repository whose HEAD names a branch that is not there, though nobody asked for
 * it. So the list of refs that it reads always ends with a HEAD.
 */
function withHead(bytes: Buffer, { first, hasHead }: Advertised): Buffer {
  if (hasHead || first === undefined || bytes.toString("latin1", bytes.length - 4) !== "0000") return bytes;
  const line = `${first} HEAD\n`;
  const length = (line.length + 4).toString(16).padStart(4, "0");
  return Buffer.concat([bytes.subarray(0, -4), Buffer.from(`${length}${line}0000`)]);
}

function checkFetched(bytes: Buffer, use: PackUse, { limits, onPack, onCommit }: GuardOptions): void {
  const chunks: Buffer[] = [];
  let inPack = false;
  cutPackets(bytes, (packet) => {
    if (typeof packet === "string") return;
    refuseOn(packet);
    const band = packet[0];
    if (!inPack && band !== undefined && band > 3) {
      // Lines about what is cut off, and what both have already.
      inPack = /^(NAK|ACK [0-9a-f]{40})$/.test(textOf(packet));
    } else if (band === 1) {
      inPack = true;
      chunks.push(packet.subarray(1));
    } else if (band === 3) {
      throw new GitRefusal(textOf(packet.subarray(1)));
    } else if (band !== 2) {
      throw malformed("holds a side band that does not exist");
    }
  });
  if (chunks.length === 0) throw malformed("holds no pack");
  onPack?.(checkPack(Buffer.concat(chunks), limits, use, onCommit));
}

function refuseOn(packet: Buffer): void {
  if (packet.toString("latin1", 0, 4) === "ERR ") throw new GitRefusal(textOf(packet).slice(4));
}

function checkFormat(first: string, url: string): void {
  const sha256 = /^[0-9a-f]{64} /.test(first) || / object-format=sha256( |$)/.test(first);
  if (!sha256) return;
  const text = `Repository ${url} names its objects by SHA-256; only SHA-1 repositories can be read. Push the driver to one made with \`git init --object-format=sha1\`.`;
  throw new AppError("INVALID", text, { field: "url" });
}

function checkStatus({ statusCode: status }: GitHttpResponse, url: string): void {
  if (status === 200) return;
  const fail = (code: "NOT_FOUND" | "FORBIDDEN" | "UNAVAILABLE", text: string) =>
    new AppError(code, text, { field: "url" });
  if (status === 404 || status === 410) {
    throw fail("NOT_FOUND", `There is no git repository at ${url}. Check the address.`);
  }
  if (status === 401 || status === 403) {
    const what = `Repository ${url} does not exist or wants other credentials (HTTP ${status}).`;
    throw fail("FORBIDDEN", `${what} Record a token with \`repositories create NAME ${url} --token-stdin\`.`);
  }
  throw fail("UNAVAILABLE", `Repository ${url} answers with HTTP ${status}. Try again later.`);
}

function checkType({ headers }: GitHttpResponse, what: string, url: string): void {
  const type = headers?.["content-type"]?.split(";", 1)[0]?.trim();
  if (type !== `application/x-git-upload-pack-${what}`) throw noGit(url);
}

const noGit = (url: string) =>
  new AppError(
    "NOT_FOUND",
    `${url} is there, but no git repository that speaks smart HTTP. Use the address that git clones from.`,
    { field: "url" },
  );

const textOf = (bytes: Buffer) => bytes.toString("utf8").replace(/\n$/, "");

async function collected(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}
