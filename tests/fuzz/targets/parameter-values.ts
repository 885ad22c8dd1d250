import { coerceParameter, type ParameterSpec, resolveParameters } from "../../../drivers/kit/index.ts";
import { fullDriver } from "../../drivers/sample.ts";
import { parseDriver } from "../../../drivers/kit/index.ts";
import type { Random } from "../random.ts";
import type { FuzzTarget } from "../target.ts";

const { parameters } = parseDriver(fullDriver).spec!;
const odd = [
  null,
  true,
  false,
  0,
  -0,
  -1,
  0.5,
  2 ** 53,
  1e308,
  Number.NaN,
  Infinity,
  "",
  " ",
  "true",
  "1",
  "INFO",
  "a,b",
  '["a"]',
  "[1",
  "1e9",
  "\0",
  "\ud800",
  "x".repeat(70_000),
];

function value(random: Random, depth = 0): unknown {
  const kind = random.int(depth > 3 ? 6 : 10);
  if (kind < 4) return random.pick(odd);
  if (kind < 6) return random.text(40);
  if (kind < 8) return Array.from({ length: random.int(6) }, () => value(random, depth + 1));
  return Object.fromEntries(
    Array.from({ length: random.int(4) }, () => [
      random.pick(["a", "length", "__proto__", "toString", ""]),
      value(random, depth + 1),
    ]),
  );
}

const isScalarOf: Record<string, (given: unknown) => boolean> = {
  string: (given) => typeof given === "string" && given.isWellFormed() && !given.includes("\0"),
  integer: Number.isSafeInteger,
  number: Number.isFinite,
  boolean: (given) => typeof given === "boolean",
};

function fits(
  { kind, values = [], items = "string", min = -Infinity, max = Infinity }: ParameterSpec,
  given: unknown,
) {
  if (kind === "enum") return values.includes(given as string);
  if (kind === "list") return Array.isArray(given) && given.every(isScalarOf[items]!);
  const inside = typeof given !== "number" || (given >= min && given <= max);
  return isScalarOf[kind === "secret" ? "string" : kind]!(given) && inside;
}

/** Values given for parameters: each is refused, or is what its kind says. */
export const parameterValues: FuzzTarget<unknown> = {
  name: "parameter-values",
  share: 30,
  limitMs: 500,
  make(random) {
    if (random.chance(0.1)) return value(random);
    const names = [...parameters.map(({ name }) => name), "nope", "__proto__", "\ud800"];
    return Object.fromEntries(
      Array.from({ length: 1 + random.int(5) }, () => [random.pick(names), value(random)]),
    );
  },
  run(given) {
    const { values, secrets, problems } = resolveParameters({ parameters }, given);
    for (const parameter of parameters) {
      const { name } = parameter;
      if (Object.hasOwn(values, name) && !fits(parameter, values[name]))
        throw new Error(`took a wrong value of ${name}`);
      const secret = secrets[name];
      if (secret && "given" in secret && !fits(parameter, secret.given))
        throw new Error(`took a wrong ${name}`);
      const text = (given as Record<string, unknown> | null)?.[name];
      if (typeof text === "string") coerceParameter(parameter, text);
    }
    for (const { message } of problems) if (message === "") throw new Error("a problem that says nothing");
  },
};
