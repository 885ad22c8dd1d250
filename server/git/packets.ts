import { malformed } from "./errors.ts";

/** One packet of git's protocol: its bytes, or one of the marks that hold none. */
export type Packet = Buffer | "flush" | "delimiter" | "end";

const marks = ["flush", "delimiter", "end"] as const;
/** The longest that the protocol allows, its four digits of length included. */
const maxPacketBytes = 65_520;

/** Cuts a body into packets. Throws INVALID when it is none of git's, or ends in the middle of one. */
export async function* packetsOf(
  body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Packet> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of body) {
    rest = rest.length === 0 ? asBuffer(chunk) : Buffer.concat([rest, chunk]);
    let from = 0;
    for (let packet = packetAt(rest, from); packet; packet = packetAt(rest, from)) {
      yield packet.value;
      from = packet.end;
    }
    rest = rest.subarray(from);
  }
  if (rest.length > 0) throw malformed("ends in the middle of a packet");
}

function packetAt(bytes: Buffer, from: number): { value: Packet; end: number } | undefined {
  if (bytes.length < from + 4) return undefined;
  const digits = bytes.toString("latin1", from, from + 4);
  if (!/^[0-9a-f]{4}$/i.test(digits)) throw malformed("holds a packet without a length");
  const length = Number.parseInt(digits, 16);
  if (length < 3) return { value: marks[length]!, end: from + 4 };
  if (length === 3 || length > maxPacketBytes) throw malformed(`holds a packet of ${length} bytes`);
  if (bytes.length < from + length) return undefined;
  return { value: bytes.subarray(from + 4, from + length), end: from + length };
}

const asBuffer = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
