/** Resource quantities: `100m`, `1Gi`, `2e3`. */

const decimal: [suffix: string, exponent: number][] = [
  ["E", 18],
  ["P", 15],
  ["T", 12],
  ["G", 9],
  ["M", 6],
  ["k", 3],
  ["", 0],
  ["m", -3],
  ["u", -6],
  ["n", -9],
];
const binary = ["Ei", "Pi", "Ti", "Gi", "Mi", "Ki"];
const exponential = /^[eE][+-]?\d/;
const nano = 10n ** 9n;

/** The number a quantity stands for: `100m` is 0.1, `1Ki` is 1024. What is none is 0. */
export function quantityOf(value: string | number): number {
  const read = readQuantity(value);
  return read === undefined ? 0 : Number(read.amount) / 1e9;
}

/**
 * The one form in which Kubernetes stores a quantity: `0.5` is `500m`, `1024Ki` is `1Mi`. What is none stays as it
 * is, for the rules to refuse.
 */
export function canonicalQuantity(value: unknown): unknown {
  const read = readQuantity(value);
  if (!read) return value;
  const { amount, suffix } = read;
  const size = amount < 0n ? -amount : amount;
  const text = suffix.endsWith("i") && size >= 1024n * nano ? spellBinary(size) : spellDecimal(size, suffix);
  return amount < 0n ? `-${text}` : text;
}

/** A quantity in billionths, with the suffix it was written with; undefined when it is none. */
export function readQuantity(value: unknown): { amount: bigint; suffix: string } | undefined {
  if (typeof value !== "string" && typeof value !== "number") return undefined;
  const match = /^([+-]?)(\d*)(?:\.(\d*))?([KMGTPE]i|[numkMGTPE]|[eE][+-]?\d+)?$/.exec(String(value));
  if (!match || !/\d/.test(`${match[2]}${match[3] ?? ""}`)) return undefined;
  const [, sign, whole = "", fraction = "", suffix = ""] = match;
  const scaled = BigInt(whole + fraction) * scaleOf(suffix);
  // Nothing is finer than a billionth; what is left over counts as one more.
  const parts = 10n ** BigInt(fraction.length);
  const size = scaled / parts + (scaled % parts > 0n ? 1n : 0n);
  return { amount: sign === "-" ? -size : size, suffix };
}

/** How many billionths one of a suffix is. */
function scaleOf(suffix: string): bigint {
  const power = binary.indexOf(suffix);
  if (power >= 0) return 1024n ** BigInt(binary.length - power) * nano;
  const exponent = exponential.test(suffix)
    ? Number(suffix.slice(1))
    : decimal.find(([one]) => one === suffix)![1];
  return exponent < -9 ? 0n : 10n ** BigInt(exponent + 9);
}

function spellBinary(size: bigint): string {
  const bytes = (size + nano - 1n) / nano;
  const power = binary.findIndex((_, at) => bytes % 1024n ** BigInt(binary.length - at) === 0n);
  return power < 0 ? String(bytes) : `${bytes / 1024n ** BigInt(binary.length - power)}${binary[power]}`;
}

function spellDecimal(size: bigint, given: string): string {
  if (size === 0n) return "0";
  const [suffix, exponent] = decimal.find(([, power]) => size % 10n ** BigInt(power + 9) === 0n)!;
  const number = size / 10n ** BigInt(exponent + 9);
  if (!exponential.test(given)) return `${number}${suffix}`;
  return exponent === 0 ? String(number) : `${number}e${exponent}`;
}
