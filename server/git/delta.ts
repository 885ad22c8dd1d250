import { malformed } from "./errors.ts";

/** What a delta says in front: the size of its base, and of what it makes. */
export function deltaSizes(delta: Buffer): { baseSize: number; size: number; start: number } {
  const [baseSize, next] = readSize(delta, 0);
  const [size, start] = readSize(delta, next);
  return { baseSize, size, start };
}

/** Makes an object of `size` bytes from its base. Throws INVALID for a delta that reads or writes outside. */
export function applyDelta(delta: Buffer, base: Buffer, size: number): Buffer {
  const made = Buffer.alloc(size);
  let to = 0;
  let at = deltaSizes(delta).start;
  const next = () => {
    if (at >= delta.length) throw malformed("holds a change that is cut off");
    return delta[at++]!;
  };
  while (at < delta.length) {
    const command = next();
    if (command === 0) throw malformed("holds a change with a command that does not exist");
    const isCopy = (command & 128) !== 0;
    let [from, length] = [0, command];
    if (isCopy) {
      length = 0;
      for (let bit = 0; bit < 4; bit++) if (command & (1 << bit)) from += next() * 256 ** bit;
      for (let bit = 0; bit < 3; bit++) if (command & (16 << bit)) length += next() * 256 ** bit;
      if (length === 0) length = 0x10000;
    }
    const source = isCopy ? base : delta;
    if (!isCopy) from = at;
    if (from + length > source.length || to + length > size) {
      throw malformed("holds a change that reaches outside of its object");
    }
    source.copy(made, to, from, from + length);
    if (!isCopy) at += length;
    to += length;
  }
  if (to !== size) throw malformed("holds a change that makes less than it says");
  return made;
}

function readSize(bytes: Buffer, from: number): [size: number, next: number] {
  let size = 0;
  for (let at = from, scale = 1; at < bytes.length && scale < 2 ** 49; at++, scale *= 128) {
    size += (bytes[at]! & 127) * scale;
    if ((bytes[at]! & 128) === 0) return [size, at + 1];
  }
  throw malformed("holds a change without a size");
}
