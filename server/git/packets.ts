import { malformed } from "./errors.ts";

/** One packet of git's protocol: its bytes, or one of the marks that hold none. */
export type Packet = Buffer | "flush" | "delimiter" | "end";

const marks = ["flush", "delimiter", "end"] as const;
/** The longest that the protocol allows, its four digits of length included. */
const maxPacketBytes = 65_520;

export interface CutterOptions {
  /** Of one packet, its length included. */
  longest?: number;
  /** Makes the error for what is no packet of git's; `how` goes on after what was read. */
  wrong?: (how: string) => Error;
}

/**
 * Cuts what comes over the wire into packets, each after its length in four hex digits, and hands them on one by one: a server
 * may send megabytes, and little of it need be kept. Throws INVALID, or what `wrong` makes.
 */
export function createPacketCutter(
  take: (packet: Packet) => void,
  { longest = maxPacketBytes, wrong = malformed }: CutterOptions = {},
) {
  let parts: Uint8Array[] = [];
  let [have, need] = [0, 4];
  const lengthAt = (bytes: Buffer, at: number): number => {
    const digits = bytes.toString("latin1", at, at + 4);
    if (!/^[0-9a-f]{4}$/i.test(digits)) throw wrong("holds a packet without a length");
    const length = Number.parseInt(digits, 16);
    if (length === 3 || length > longest) throw wrong(`holds a packet of ${length} bytes`);
    return length;
  };
  return {
    push(chunk: Uint8Array): void {
      parts.push(chunk);
      have += chunk.byteLength;
      // Put together only when a whole packet is there: somebody may send byte by byte.
      if (have < need) return;
      const bytes = parts.length === 1 ? asBuffer(chunk) : Buffer.concat(parts);
      let at = 0;
      for (;;) {
        need = bytes.length - at < 4 ? 4 : lengthAt(bytes, at);
        if (bytes.length - at < need) break;
        take(need < 4 ? marks[need]! : bytes.subarray(at + 4, at + need));
        at += Math.max(need, 4);
      }
      // A copy, so that what was read can be let go.
      const rest = Buffer.from(bytes.subarray(at));
      [parts, have] = [rest.length > 0 ? [rest] : [], rest.length];
    },
    end(): void {
      if (have > 0) throw wrong("ends in the middle of a packet");
    },
  };
}

/** Hands on the packets of a body that is all there; throws the same. */
export function cutPackets(body: Uint8Array, take: (packet: Packet) => void): void {
  const cutter = createPacketCutter(take);
  cutter.push(body);
  cutter.end();
}

const asBuffer = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
