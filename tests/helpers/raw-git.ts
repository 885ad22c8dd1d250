import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { deflateSync } from "node:zlib";

/** Objects and packs by hand: also those that git itself refuses to make. */

export type Kind = "commit" | "tree" | "blob" | "tag";

export interface RawObject {
  kind: Kind;
  content: Buffer;
  oid: string;
}

export function object(kind: Kind, content: string | Uint8Array): RawObject {
  const bytes = Buffer.from(content);
  const oid = createHash("sha1").update(`${kind} ${bytes.length}\0`).update(bytes).digest("hex");
  return { kind, content: bytes, oid };
}

export const blob = (content: string | Uint8Array) => object("blob", content);

/** Entries as they stand there, unsorted: mode, name as text or bytes, id. */
export function tree(
  entries: readonly (readonly [mode: string, name: string | Uint8Array, oid: string])[],
): RawObject {
  const parts = entries.flatMap(([mode, name, oid]) => [
    Buffer.from(`${mode} `),
    Buffer.from(name),
    Buffer.from([0]),
    Buffer.from(oid, "hex"),
  ]);
  return object("tree", Buffer.concat(parts));
}

export function commit(treeOid: string, message = "x\n"): RawObject {
  const who = "A <a@example.org> 1700000000 +0000";
  return object("commit", `tree ${treeOid}\nauthor ${who}\ncommitter ${who}\n\n${message}`);
}

export function tag(of: RawObject, name = "t"): RawObject {
  const who = "A <a@example.org> 1700000000 +0000";
  return object("tag", `object ${of.oid}\ntype ${of.kind}\ntag ${name}\ntagger ${who}\n\nx\n`);
}

/** Puts objects into a bare repository as they are; git asks no questions when it sends them. */
export function putObjects(gitdir: string, objects: readonly RawObject[]): void {
  for (const { kind, content, oid } of objects) {
    const path = join(gitdir, "objects", oid.slice(0, 2), oid.slice(2));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(
      path,
      deflateSync(Buffer.concat([Buffer.from(`${kind} ${content.length}\0`), content]), { level: 1 }),
    );
  }
}

export function putRef(gitdir: string, name: string, oid: string): void {
  const path = join(gitdir, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${oid}\n`);
}

const kinds = { commit: 1, tree: 2, blob: 3, tag: 4 } as const;

/** One entry of a pack: an object, or anything at all. */
export type PackEntry = RawObject | { raw: Buffer };

export function packed(entry: PackEntry): Buffer {
  if ("raw" in entry) return entry.raw;
  return Buffer.concat([entryHead(kinds[entry.kind], entry.content.length), deflateSync(entry.content)]);
}

/** The head of an entry: its type and its size. */
export function entryHead(type: number, size: number): Buffer {
  const bytes = [];
  let rest = Math.floor(size / 16);
  bytes.push((type << 4) | (size % 16) | (rest > 0 ? 128 : 0));
  while (rest > 0) {
    const next = Math.floor(rest / 128);
    bytes.push((rest % 128) | (next > 0 ? 128 : 0));
    rest = next;
  }
  return Buffer.from(bytes);
}

/** A delta against the object that lies `distance` bytes before it. */
export function offsetDelta(distance: number, delta: Buffer, size = delta.length): PackEntry {
  const bytes = [distance & 127];
  for (let rest = distance >> 7; rest > 0; rest >>= 7) bytes.unshift(128 | (--rest & 127));
  return { raw: Buffer.concat([entryHead(6, size), Buffer.from(bytes), deflateSync(delta)]) };
}

/** A delta against the object of this id. */
export function namedDelta(base: string, delta: Buffer): PackEntry {
  const parts = [entryHead(7, delta.length), Buffer.from(base, "hex"), deflateSync(delta)];
  return { raw: Buffer.concat(parts) };
}

/** A delta: the sizes of base and result, and commands. */
export function delta(baseSize: number, size: number, ...commands: (Buffer | number[])[]): Buffer {
  const parts = commands.map((each) => Buffer.from(each));
  return Buffer.concat([sizeOf(baseSize), sizeOf(size), ...parts]);
}

/** Copies from the base; up to 0xffffff bytes. */
export const copy = (from: number, length: number): number[] => [
  0xff,
  ...[0, 8, 16, 24].map((shift) => (from >>> shift) & 255),
  ...[0, 8, 16].map((shift) => (length >>> shift) & 255),
];

export const insert = (text: string): Buffer =>
  Buffer.concat([Buffer.from([text.length]), Buffer.from(text)]);

function sizeOf(size: number): Buffer {
  const bytes = [];
  for (let rest = size; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 128) | 128);
  }
}

export interface PackTweaks {
  count?: number;
  version?: number;
  magic?: string;
  /** Bytes before the checksum that no object explains. */
  trailing?: Buffer;
  checksum?: Buffer;
}

export function pack(entries: readonly PackEntry[], tweaks: PackTweaks = {}): Buffer {
  const head = Buffer.alloc(12);
  head.write(tweaks.magic ?? "PACK", "latin1");
  head.writeUInt32BE(tweaks.version ?? 2, 4);
  head.writeUInt32BE(tweaks.count ?? entries.length, 8);
  const body = Buffer.concat([head, ...entries.map(packed), tweaks.trailing ?? Buffer.alloc(0)]);
  return Buffer.concat([body, tweaks.checksum ?? createHash("sha1").update(body).digest()]);
}

export const packet = (content: string | Uint8Array): Buffer => {
  const bytes = Buffer.from(content);
  return Buffer.concat([Buffer.from((bytes.length + 4).toString(16).padStart(4, "0")), bytes]);
};

/** A pack as git sends it, on side band 1. */
export function sideBand(bytes: Buffer): Buffer {
  const parts = [packet("NAK\n")];
  for (let at = 0; at < bytes.length; at += 65_000) {
    parts.push(packet(Buffer.concat([Buffer.from([1]), bytes.subarray(at, at + 65_000)])));
  }
  return Buffer.concat([...parts, Buffer.from("0000")]);
}

/** What a repository of a raw server answers: to the question for refs, and to that for objects. */
export interface RawRepository {
  refs?: Answer;
  objects?: Answer;
}
export type Answer = Buffer | string | (() => Response | Promise<Response>);

export interface RawServer {
  /** Makes a repository and answers its address. */
  add(name: string, repository: RawRepository): string;
  stop(): Promise<void>;
}

/** A server that speaks git's protocol as it is told, on loopback. */
export function startRawServer(): RawServer {
  const known = new Map<string, RawRepository>();
  const listener = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 0,
    async fetch(request) {
      const { pathname } = new URL(request.url);
      const repository = known.get(pathname.split("/")[1]!) ?? {};
      await request.arrayBuffer();
      return pathname.endsWith("/info/refs")
        ? answered(repository.refs ?? "0000", "advertisement")
        : answered(repository.objects ?? "0000", "result");
    },
  });
  return {
    add(name, repository) {
      known.set(name, repository);
      return new URL(name, listener.url).href;
    },
    stop: () => listener.stop(true),
  };
}

function answered(answer: Answer, what: string): Response | Promise<Response> {
  if (typeof answer === "function") return answer();
  return new Response(typeof answer === "string" ? answer : new Uint8Array(answer), {
    headers: { "content-type": `application/x-git-upload-pack-${what}` },
  });
}

/** The answer to the question for refs: one branch. */
export const branch = (oid: string, name = "refs/heads/main"): Buffer =>
  Buffer.concat([
    packet("# service=git-upload-pack\n"),
    Buffer.from("0000"),
    packet(`${oid} ${name}\0side-band-64k ofs-delta shallow agent=raw\n`),
    Buffer.from("0000"),
  ]);
