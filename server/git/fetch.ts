import { GitRefusal, malformed } from "./errors.ts";
import { delimiter, flush, packet, type Packet } from "./packets.ts";
import { agent, type Remote, textOf, uploadPack } from "./refs.ts";

export interface Wanted {
  oids: readonly string[];
  /** How many commits of history; without it none is sent for what is no commit. */
  depth?: number;
  /** Leaves all files out, where the server can. */
  withoutFiles?: boolean;
}

/** Whether the server can leave files out. */
export const canFilter = ({ version, capabilities }: Remote): boolean =>
  version === 2 && [...capabilities].some((each) => /^fetch=(.* )?filter( |$)/.test(each));

/** Asks for objects and answers the pack as it was sent. Throws GitRefusal when the server does not give them. */
export async function fetchPack(remote: Remote, wanted: Wanted): Promise<Buffer> {
  const { http, url, version } = remote;
  const body = version === 2 ? requestOfTwo(remote, wanted) : requestOfZero(remote, wanted);
  const packets = await uploadPack(http, url, body, version);
  const chunks: Buffer[] = [];
  for await (const chunk of version === 2 ? packOfTwo(packets) : packOfZero(packets)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function requestOfTwo(remote: Remote, { oids, depth, withoutFiles }: Wanted): string {
  const parts = [packet("command=fetch"), packet(agent), packet("object-format=sha1"), delimiter];
  parts.push(packet("ofs-delta"), packet("no-progress"));
  if (depth) parts.push(packet(`deepen ${depth}\n`));
  if (withoutFiles && canFilter(remote)) parts.push(packet("filter blob:none\n"));
  for (const oid of oids) parts.push(packet(`want ${oid}\n`));
  return [...parts, packet("done\n"), flush].join("");
}

function requestOfZero({ capabilities }: Remote, { oids, depth }: Wanted): string {
  if (!capabilities.has("side-band-64k"))
    throw malformed("offers no side-band-64k, which git has since 2005");
  const known = ["side-band-64k", "ofs-delta", "no-progress"].filter((each) => capabilities.has(each));
  const parts = oids.map((oid, index) =>
    packet(`want ${oid}${index === 0 ? ` ${known.join(" ")} ${agent}` : ""}\n`),
  );
  if (depth && capabilities.has("shallow")) parts.push(packet(`deepen ${depth}\n`));
  return [...parts, flush, packet("done\n")].join("");
}

/** Sections, each with its name in front; the last is the pack. */
async function* packOfTwo(packets: AsyncGenerator<Packet>): AsyncGenerator<Buffer> {
  let inPack = false;
  for await (const each of packets) {
    if (typeof each === "string") continue;
    if (inPack) yield* sideBand(each);
    else inPack = textOf(each) === "packfile";
  }
  if (!inPack) throw malformed("holds no pack");
}

/** Lines about what is cut off, NAK, and the pack. */
async function* packOfZero(packets: AsyncGenerator<Packet>): AsyncGenerator<Buffer> {
  let inPack = false;
  for await (const each of packets) {
    if (typeof each === "string") continue;
    if (inPack) yield* sideBand(each);
    else inPack = /^(NAK|ACK [0-9a-f]{40})$/.test(textOf(each));
  }
  if (!inPack) throw malformed("holds no pack");
}

function* sideBand(bytes: Buffer): Generator<Buffer> {
  const band = bytes[0];
  if (band === 1) yield bytes.subarray(1);
  else if (band === 3) throw new GitRefusal(textOf(bytes.subarray(1)));
  else if (band !== 2) throw malformed("holds a side band that does not exist");
}
