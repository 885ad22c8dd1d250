import { AppError } from "../../lib/errors.ts";
import { GitRefusal, malformed } from "./errors.ts";
import type { GitHttp } from "./http.ts";
import { delimiter, flush, packet, type Packet, packetsOf } from "./packets.ts";

export interface Ref {
  /** `refs/heads/main`, or `HEAD`. */
  name: string;
  oid: string;
  /** What an annotated tag stands for in the end. */
  peeled?: string;
}

/** A server that was asked what it can do. */
export interface Remote {
  http: GitHttp;
  /** The repository's address after redirects, without a slash at its end. */
  url: string;
  version: 0 | 2;
  capabilities: ReadonlySet<string>;
  /** Protocol 0 tells all refs at once: those that were wanted. */
  refs: Ref[];
}

export const agent = "agent=styrmin";
const service = "/info/refs?service=git-upload-pack";
/** The most refs that are kept. */
const maxRefs = 50_000;

/**
 * Asks a server for protocol 2, and takes protocol 0 where it knows no other: then `isWanted` says which refs are
 * kept. Throws NOT_FOUND, FORBIDDEN, UNAVAILABLE, INVALID (no git, SHA-256) and LIMIT.
 */
export async function connectTo(
  http: GitHttp,
  url: string,
  isWanted: (name: string) => boolean,
): Promise<Remote> {
  const response = await http({ url: url + service, headers: { "git-protocol": "version=2" } });
  await checkStatus(response, url);
  if (!response.type.startsWith("application/x-git-upload-pack-advertisement")) {
    response.close();
    throw noGit(url);
  }
  // A server that moved the repository within itself is asked where it is now.
  const base = response.url.endsWith(service) ? response.url.slice(0, -service.length) : url;
  const remote = { http, url: base, version: 0 as 0 | 2, capabilities: new Set<string>(), refs: [] as Ref[] };
  let isFirst = true;
  for await (const each of packetsOf(response.body)) {
    if (typeof each === "string") continue;
    const text = textOf(each);
    if (isFirst && text.startsWith("# service=")) continue;
    if (isFirst && text === "version 2") remote.version = 2;
    else if (remote.version === 2) remote.capabilities.add(text);
    else takeAdvertised(remote, each, isFirst, isWanted);
    isFirst = false;
  }
  if (isFirst) throw noGit(url);
  checkFormat(remote);
  return remote;
}

/** The refs that begin with one of the prefixes, as they are now. */
export async function listRefs(remote: Remote, prefixes: readonly string[]): Promise<Ref[]> {
  if (remote.version === 0) {
    return remote.refs.filter(({ name }) => prefixes.some((prefix) => name.startsWith(prefix)));
  }
  return askForRefs(remote.http, remote.url, prefixes);
}

/**
 * The same in one request, of a server that is known to speak protocol 2; that it does not shows as NOT_FOUND or
 * INVALID. This is what polling costs.
 */
export async function askForRefs(http: GitHttp, url: string, prefixes: readonly string[]): Promise<Ref[]> {
  const wanted = prefixes.map((prefix) => packet(`ref-prefix ${prefix}\n`)).join("");
  const head = packet("command=ls-refs\n") + packet(agent) + packet("object-format=sha1");
  const body = `${head}${delimiter}${packet("peel\n")}${wanted}${flush}`;
  const refs: Ref[] = [];
  for await (const each of await uploadPack(http, url, body, 2)) {
    if (typeof each === "string") continue;
    const ref = refOf(textOf(each));
    // A server may send more than was asked for.
    if (ref && prefixes.some((prefix) => ref.name.startsWith(prefix))) keep(refs, ref);
  }
  return refs;
}

/** Sends a command and answers the packets of the answer. Throws GitRefusal when the server says no. */
export async function uploadPack(
  http: GitHttp,
  url: string,
  body: string,
  version: 0 | 2,
): Promise<AsyncGenerator<Packet>> {
  const response = await http({
    url: `${url}/git-upload-pack`,
    body,
    headers: {
      "content-type": "application/x-git-upload-pack-request",
      accept: "application/x-git-upload-pack-result",
      ...(version === 2 ? { "git-protocol": "version=2" } : {}),
    },
  });
  await checkStatus(response, url);
  if (!response.type.startsWith("application/x-git-upload-pack-result")) {
    response.close();
    throw noGit(url);
  }
  return refusing(packetsOf(response.body));
}

async function* refusing(packets: AsyncGenerator<Packet>): AsyncGenerator<Packet> {
  for await (const each of packets) {
    if (typeof each !== "string" && each.subarray(0, 4).toString("latin1") === "ERR ") {
      throw new GitRefusal(textOf(each).slice(4));
    }
    yield each;
  }
}

/** The text of a packet, without its line's end. */
export function textOf(bytes: Buffer): string {
  return bytes.toString("utf8").replace(/\n$/, "");
}

function takeAdvertised(
  remote: { capabilities: Set<string>; refs: Ref[] },
  bytes: Buffer,
  isFirst: boolean,
  isWanted: (name: string) => boolean,
): void {
  const [line = "", capabilities = ""] = textOf(bytes).split("\0");
  if (line.startsWith("ERR ")) throw new GitRefusal(line.slice(4));
  if (isFirst) for (const each of capabilities.split(" ")) remote.capabilities.add(each);
  // Of commits that are cut off nothing is told that matters here; an empty repository tells no ref.
  if (line.startsWith("shallow ") || line.endsWith(" capabilities^{}")) return;
  const ref = refOf(line);
  if (!ref) throw isFirst ? malformed("does not begin as git's") : malformed("holds a ref that is none");
  if (ref.name.endsWith("^{}")) {
    const tag = remote.refs.at(-1);
    if (tag && ref.name === `${tag.name}^{}`) tag.peeled = ref.oid;
  } else if (isWanted(ref.name)) {
    keep(remote.refs, ref);
  }
}

/** `<oid> <name>[ peeled:<oid>]…`; of a SHA-256 repository with 64 digits. */
function refOf(line: string): Ref | undefined {
  const [, oid, name, more = ""] = /^([0-9a-f]{40}|[0-9a-f]{64}) (\S+)(.*)$/s.exec(line) ?? [];
  if (!oid || !name) return undefined;
  const peeled = / peeled:([0-9a-f]{40})/.exec(more)?.[1];
  return { name, oid, ...(peeled ? { peeled } : {}) };
}

function keep(refs: Ref[], ref: Ref): void {
  if (refs.length >= maxRefs) {
    const text = `The repository has more than ${maxRefs} branches and tags (limit: refs).`;
    throw new AppError("LIMIT", text, { field: "url" });
  }
  refs.push(ref);
}

function checkFormat({ capabilities, url }: Remote): void {
  const format = [...capabilities].find((each) => each.startsWith("object-format="));
  if (format === undefined || format === "object-format=sha1") return;
  const text = `Repository ${url} names its objects by ${format.slice(14, 40).toUpperCase()}; only SHA-1 repositories can be read. Push the driver to one made with \`git init --object-format=sha1\`.`;
  throw new AppError("INVALID", text, { field: "url" });
}

async function checkStatus({ status, close }: { status: number; close(): void }, url: string): Promise<void> {
  if (status === 200) return;
  close();
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

const noGit = (url: string) =>
  new AppError(
    "NOT_FOUND",
    `${url} is there, but no git repository that speaks smart HTTP. Use the address that git clones from.`,
    { field: "url" },
  );
