import { createHash } from "node:crypto";
import { inflateSync } from "node:zlib";
import { applyDelta, deltaSizes } from "./delta.ts";
import { exceeded, malformed } from "./errors.ts";
import { type ObjectType, oidOf, parseTree } from "./objects.ts";

/** What a pack may take; see `LoadLimits`. */
export interface PackLimits {
  objects: number;
  /** Of one object, inflated. */
  objectBytes: number;
  /** Of all that is inflated and rebuilt. */
  inflatedBytes: number;
  /** Objects that are kept as changes of others, one upon the other. */
  deltaDepth: number;
}

/** What was used of the limits so far, by all packs of one repository. */
export interface PackUse {
  objects: number;
  inflatedBytes: number;
}

export const unused = (): PackUse => ({ objects: 0, inflatedBytes: 0 });

/** Told of each commit of a pack, by its id and as git keeps it. */
export type OnCommit = (oid: string, content: Buffer) => void;

interface GitObject {
  type: ObjectType;
  content: Buffer;
}

interface Entry {
  /** Where it begins. */
  offset: number;
  type: ObjectType | "delta";
  /** Where its zlib stream begins. */
  data: number;
  size: number;
  /** What the stream holds: the object, or the delta. */
  bytes: Buffer;
  /** Of a delta: where its base begins, or what it is called. */
  base?: number | string;
}

const types: Record<number, ObjectType> = { 1: "commit", 2: "tree", 3: "blob", 4: "tag" };
const [offsetDelta, namedDelta] = [6, 7];
const oidBytes = 20;

/**
 * Reads a whole pack, to find out whether git's own library may have it: every object unpacks to the size it says,
 * every delta is of an object in the pack and can be followed, every folder can be read. Sizes are checked before
 * anything is inflated. Answers the number of objects. Throws INVALID for what git would not have made, and LIMIT.
 */
export function checkPack(
  pack: Buffer,
  limits: PackLimits,
  use: PackUse = unused(),
  onCommit?: OnCommit,
): number {
  const entries = readEntries(pack, limits, use);
  const waiting = new Map<number | string, Entry[]>();
  for (const entry of entries) {
    if (entry.base === undefined) continue;
    const others = waiting.get(entry.base);
    if (others) others.push(entry);
    else waiting.set(entry.base, [entry]);
  }
  let left = entries.length;
  const resolve = (entry: Entry, object: GitObject, depth: number): Ready[] => {
    left--;
    if (object.type === "tree") parseTree(object.content);
    const oid = oidOf(object.type, object.content);
    if (object.type === "commit") onCommit?.(oid, object.content);
    const next = [...(waiting.get(entry.offset) ?? []), ...(waiting.get(oid) ?? [])];
    waiting.delete(entry.offset);
    waiting.delete(oid);
    if (next.length > 0 && depth >= limits.deltaDepth) {
      throw exceeded(
        "delta depth",
        `has objects that are more than ${limits.deltaDepth} changes away from whole ones`,
      );
    }
    return next.map((delta) => ({ delta, base: object, depth: depth + 1 }));
  };
  for (const entry of entries) {
    if (entry.type === "delta") continue;
    const ready = resolve(entry, { type: entry.type, content: entry.bytes }, 0);
    for (let one = ready.pop(); one; one = ready.pop()) {
      const { delta, base, depth } = one;
      const content = rebuilt(delta.bytes, base.content, limits, use);
      for (const next of resolve(delta, { type: base.type, content }, depth)) ready.push(next);
    }
  }
  if (left > 0) throw malformed(`holds ${left} changes of objects that are not in it`);
  return entries.length;
}

interface Ready {
  delta: Entry;
  base: GitObject;
  depth: number;
}

function rebuilt(delta: Buffer, base: Buffer, limits: PackLimits, use: PackUse): Buffer {
  const { baseSize, size } = deltaSizes(delta);
  if (baseSize !== base.length) throw malformed("holds a change of another object than it names");
  account(size, limits, use);
  return applyDelta(delta, base, size);
}

/** Inflates each object's stream: only by that is it known where the next one begins. */
function readEntries(pack: Buffer, limits: PackLimits, use: PackUse): Entry[] {
  if (pack.length < 12 + oidBytes || pack.toString("latin1", 0, 4) !== "PACK") {
    throw malformed("holds no pack");
  }
  const version = pack.readUInt32BE(4);
  if (version !== 2 && version !== 3) throw malformed(`holds a pack of version ${version}`);
  const end = pack.length - oidBytes;
  const count = pack.readUInt32BE(8);
  use.objects += count;
  if (use.objects > limits.objects) throw exceeded("objects", `has more than ${limits.objects} objects`);
  const hash = createHash("sha1").update(pack.subarray(0, end)).digest();
  if (!hash.equals(pack.subarray(end))) throw malformed("holds a pack that was changed on its way");
  const entries: Entry[] = [];
  let at = 12;
  for (let index = 0; index < count; index++) {
    const head = readHead(pack, at, end);
    account(head.size, limits, use);
    const { bytes, consumed } = inflated(pack, head);
    entries.push({ ...head, bytes });
    at = head.data + consumed;
    if (at > end) throw malformed("holds a pack that is cut off");
  }
  if (at !== end) throw malformed("holds a pack with more than it says");
  return entries;
}

function readHead(pack: Buffer, offset: number, end: number): Omit<Entry, "bytes"> {
  let at = offset;
  const next = () => {
    if (at >= end) throw malformed("holds a pack that is cut off");
    return pack[at++]!;
  };
  let byte = next();
  const kind = (byte >> 4) & 7;
  let size = byte & 15;
  for (let scale = 16; byte & 128; scale *= 128) {
    byte = next();
    size += (byte & 127) * scale;
    if (size > Number.MAX_SAFE_INTEGER) throw malformed("holds an object of impossible size");
  }
  const type = types[kind];
  if (type) return { offset, type, data: at, size };
  if (kind === namedDelta) {
    if (at + oidBytes > end) throw malformed("holds a pack that is cut off");
    return {
      offset,
      type: "delta",
      size,
      base: pack.toString("hex", at, at + oidBytes),
      data: at + oidBytes,
    };
  }
  if (kind !== offsetDelta) throw malformed(`holds an object of the unknown type ${kind}`);
  byte = next();
  let distance = byte & 127;
  while (byte & 128) {
    byte = next();
    distance = (distance + 1) * 128 + (byte & 127);
    if (distance > offset) break;
  }
  if (distance <= 0 || distance > offset - 12) throw malformed("holds a change of what lies outside of it");
  return { offset, type: "delta", size, base: offset - distance, data: at };
}

/** `inflateSync` with `info` also tells how much it read, which no type of it says. */
const inflateWithInfo = inflateSync as unknown as (
  bytes: Buffer,
  options: { info: true; maxOutputLength: number; chunkSize: number },
) => { buffer: Buffer; engine: { bytesWritten: number } };

function inflated(pack: Buffer, { data, size }: Omit<Entry, "bytes">): { bytes: Buffer; consumed: number } {
  const end = pack.length - oidBytes;
  try {
    const { buffer, engine } = inflateWithInfo(pack.subarray(data, end), {
      info: true,
      maxOutputLength: size + 1,
      // What comes back keeps a whole chunk: a larger one would be kept for each small object.
      chunkSize: Math.min(Math.max(size + 1, 64), 1024 * 1024),
    });
    if (buffer.length === size) return { bytes: buffer, consumed: engine.bytesWritten };
  } catch {
    // Told below: no stream, one that is cut off, or one that holds more than it says.
  }
  throw malformed("holds an object that does not unpack to the size it says");
}

function account(size: number, { objectBytes, inflatedBytes }: PackLimits, use: PackUse): void {
  if (size > objectBytes) {
    throw exceeded("object bytes", `has an object of ${size} bytes; ${objectBytes} are allowed for one`);
  }
  use.inflatedBytes += size;
  if (use.inflatedBytes > inflatedBytes) {
    throw exceeded("unpacked bytes", `unpacks to more than ${inflatedBytes} bytes`);
  }
}
