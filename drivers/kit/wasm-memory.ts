/**
 * Rewrites a WebAssembly module's memory section (one memory, with a minimum only) to have a maximum of
 * `pages` of 64 KiB: growing past it fails, whatever the host would allow.
 */
export function withMaximum(module: Uint8Array, pages: number): Uint8Array {
  const read = (at: number): [value: number, next: number] => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = module[at++]!;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return [value, at];
    }
  };
  for (let at = 8; at < module.length;) {
    const section = module[at]!;
    const [size, start] = read(at + 1);
    if (section === 5) {
      const [minimum] = read(start + 2);
      const body = [1, 1, ...leb(minimum), ...leb(Math.max(minimum, pages))];
      return Buffer.concat([
        module.subarray(0, at),
        Buffer.from([5, ...leb(body.length), ...body]),
        module.subarray(start + size),
      ]);
    }
    at = start + size;
  }
  throw new Error("the template engine's module has no memory of its own");
}

function leb(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb(value >>> 7)];
}
