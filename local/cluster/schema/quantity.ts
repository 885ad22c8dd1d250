/** Resource quantities in the one form in which Kubernetes stores each of them: `0.5` is `500m`, `1024Ki` is `1Mi`. */

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
const nano = 10n ** 9n;

/** What is no quantity is left as it is, for the rules to refuse. */
export function canonicalQuantity(value: unknown): unknown {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?([KMGTPE]i|[numkMGTPE]|[eE][+-]?\d+)?$/.exec(String(value));
  if (!match || !/\d/.test(`${match[2]}${match[3] ?? ""}`)) return value;
  const [, sign, whole = "", fraction = "", suffix = ""] = match;
  const scaled = BigInt(whole + fraction) * scaleOf(suffix);
  // Nothing is finer than a billionth; what is left over counts as one more.
  const parts = 10n ** BigInt(fraction.length);
  const amount = scaled / parts + (scaled % parts > 0n ? 1n : 0n);
  const text =
    suffix.endsWith("i") && amount >= 1024n * nano ? spellBinary(amount) : spellDecimal(amount, suffix);
  return sign === "-" && amount > 0n ? `-${text}` : text;
}

/** How many billionths one of a suffix is. */
function scaleOf(suffix: string): bigint {
  const power = binary.indexOf(suffix);
  if (power >= 0) return 1024n ** BigInt(binary.length - power) * nano;
  const exponent = /^[eE][+-]?\d/.test(suffix)
    ? Number(suffix.slice(1))
    : decimal.find(([one]) => one === suffix)![1];
  return exponent < -9 ? 0n : 10n ** BigInt(exponent + 9);
}

function spellBinary(amount: bigint): string {
  const bytes = (amount + nano - 1n) / nano;
  const power = binary.findIndex((_, at) => bytes % 1024n ** BigInt(binary.length - at) === 0n);
  return power < 0 ? String(bytes) : `${bytes / 1024n ** BigInt(binary.length - power)}${binary[power]}`;
}

function spellDecimal(amount: bigint, given: string): string {
  if (amount === 0n) return "0";
  const [suffix, exponent] = decimal.find(([, power]) => amount % 10n ** BigInt(power + 9) === 0n)!;
  const number = amount / 10n ** BigInt(exponent + 9);
  if (!/^[eE][+-]?\d/.test(given)) return `${number}${suffix}`;
  return exponent === 0 ? String(number) : `${number}e${exponent}`;
}
