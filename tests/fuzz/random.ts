/** A source of chance that gives the same for the same seed, so that every found input can be made again. */
export interface Random {
  /** A whole number from 0 to below `bound`. */
  int(bound: number): number;
  /** True with the given probability. */
  chance(probability: number): boolean;
  pick<T>(list: readonly T[]): T;
  bytes(length: number): Uint8Array;
  /** A text of up to `length` characters, odd ones among them. */
  text(length: number): string;
}

/** The source for one input of one target. */
export function randomOf(seed: string): Random {
  let [a, b] = [Bun.hash.xxHash32(seed, 1), Bun.hash.xxHash32(seed, 2)];
  // Two words of xorshift, mixed: far from secret, but even and fast.
  const word = () => {
    let t = a;
    a = b;
    t ^= t << 23;
    t ^= t >>> 17;
    t ^= b ^ (b >>> 5);
    b = t >>> 0;
    return Math.imul(a + b, 0x9e3779b1) >>> 0;
  };
  for (let round = 0; round < 8; round++) word();
  const int = (bound: number) => Math.floor((word() / 2 ** 32) * bound);
  const pick = <T>(list: readonly T[]): T => list[int(list.length)]!;
  return {
    int,
    pick,
    chance: (probability) => word() / 2 ** 32 < probability,
    bytes: (length) => Uint8Array.from({ length }, () => int(256)),
    text: (length) => Array.from({ length: int(length + 1) }, () => pick(characters)).join(""),
  };
}

const characters = [
  ..."abcxyz019 .-_:/\\\"'{}[]()%#&*!|>+,=~^$@`?<;\n\t\r",
  "\0",
  "\ud800",
  "\udc00",
  "\ufeff",
  "\u202e",
  "\u2028",
  "é",
  "漢",
  "👩‍👩‍👧",
];
