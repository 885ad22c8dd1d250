/**
 * How messages cross a pipe or a socket: four bytes with the length (big-endian), then so many bytes of JSON. Both
 * sides say how long a message may be, and what breaks that ends the connection before it is read.
 */

/** What the other side sent is no message. */
export class FrameError extends Error {
  override readonly name = "FrameError";
}

/** A message as bytes. Throws FrameError when it is longer than `maxBytes`, or is no JSON (a circle, a bigint). */
export function frameOf(message: unknown, maxBytes: number): Buffer {
  const text = Buffer.from(JSON.stringify(message));
  if (text.length > maxBytes)
    throw new FrameError(`A message of ${text.length} bytes is too long; the limit is ${maxBytes}.`);
  const frame = Buffer.allocUnsafe(4 + text.length);
  frame.writeUInt32BE(text.length);
  text.copy(frame, 4);
  return frame;
}

/**
 * Puts messages together from what arrives. Keeps at most one message and one chunk. The generator throws FrameError
 * at the first message that is too long or is no JSON object; nothing after it is read.
 */
export function createFrameReader(maxBytes: number) {
  let kept: Uint8Array[] = [];
  let size = 0;

  const take = (bytes: number): Buffer => {
    const all = kept.length === 1 ? Buffer.from(kept[0]!) : Buffer.concat(kept);
    const rest = all.subarray(bytes);
    kept = rest.length > 0 ? [rest] : [];
    size = rest.length;
    return all.subarray(0, bytes);
  };
  let wanted: number | undefined;

  return function* messagesIn(chunk: Uint8Array): Generator<Record<string, unknown>> {
    kept.push(chunk);
    size += chunk.length;
    for (;;) {
      if (wanted === undefined) {
        if (size < 4) return;
        wanted = take(4).readUInt32BE();
        if (wanted > maxBytes)
          throw new FrameError(`A message of ${wanted} bytes was announced; the limit is ${maxBytes}.`);
      }
      if (size < wanted) return;
      const text = take(wanted).toString("utf8");
      wanted = undefined;
      yield objectIn(text);
    }
  };
}

function objectIn(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text, sound);
  } catch {
    throw new FrameError("A message is no JSON.");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new FrameError("A message is no object.");
  return value as Record<string, unknown>;
}

/**
 * Of what others send, nothing is ever called `__proto__`: whoever merges it would change all objects. And texts are
 * such as a database takes: NUL and halves of a character are replaced, and a key with one is left out.
 */
function sound(key: string, value: unknown): unknown {
  if (key === "__proto__" || !isSound(key)) return undefined;
  if (typeof value !== "string" || isSound(value)) return value;
  return value.toWellFormed().replaceAll("\0", "\ufffd");
}

const isSound = (text: string) => text.isWellFormed() && !text.includes("\0");
