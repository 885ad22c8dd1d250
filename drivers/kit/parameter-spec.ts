import { type GenerateSpec, type ParameterKind, parameterKinds, type ParameterSpec } from "./format.ts";
import { defaultAlphabet, valueFault } from "./parameters.ts";
import { patternFault } from "./pattern.ts";
import type { Place, Reader } from "./reader.ts";

/** The keys that only some kinds have; all others every kind has. */
const kindsOf: Record<string, readonly ParameterKind[]> = {
  min: ["integer", "number", "list"],
  max: ["integer", "number", "list"],
  min_length: ["string", "secret", "list"],
  max_length: ["string", "secret", "list"],
  pattern: ["string", "secret", "list"],
  values: ["enum"],
  items: ["list"],
  generate: ["secret"],
};
const keys = ["name", "label", "description", "group", "advanced", "kind", "default", "required"] as const;
const someKeys = [
  "min",
  "max",
  "min_length",
  "max_length",
  "pattern",
  "values",
  "items",
  "generate",
] as const;

/** Reads one entry of an action's `prompts`: a parameter that is no secret, since answers are recorded. */
export function readPrompt(reader: Reader, place: Place): ParameterSpec {
  const prompt = readParameter(reader, place);
  if (prompt.kind === "secret") reader.note(place, "cannot be a secret: the answer is recorded and shown");
  return prompt;
}

/** Reads one entry of `spec.parameters` and checks that its rules fit its kind and its default fits its rules. */
export function readParameter(reader: Reader, place: Place): ParameterSpec {
  const before = reader.problems.length;
  const at = reader.map(place, [...keys, ...someKeys], ["name", "kind"]);
  const kind = reader.word(at.kind, parameterKinds) ?? "string";
  const name = reader.text(at.name, {
    maxLength: 63,
    pattern: /^(?!__proto__$|constructor$|prototype$)[A-Za-z_][A-Za-z0-9_-]*$/,
    wanted: "a name of letters, digits and _",
  });
  for (const key of someKeys) {
    if (reader.has(at[key]) && !kindsOf[key]!.includes(kind)) {
      reader.note(
        at[key],
        `means nothing for a parameter of kind ${kind}; it is for ${kindsOf[key]!.join(", ")}`,
      );
    }
  }
  const parameter: ParameterSpec = {
    name: name ?? "",
    kind,
    label: reader.text(at.label, { maxLength: 200 }) ?? name ?? "",
    description: reader.text(at.description) ?? "",
    group: reader.text(at.group, { maxLength: 200 }) ?? null,
    advanced: reader.flag(at.advanced) ?? false,
    required: reader.flag(at.required) ?? (!reader.has(at.default) && !reader.has(at.generate)),
    ...bounds(reader, at, kind),
    ...present("pattern", readPattern(reader, at.pattern)),
    ...present("values", readWords(reader, at.values, kind)),
    ...present("items", reader.word(at.items, ["string", "integer", "number", "boolean"])),
    ...present("generate", readGenerate(reader, at.generate)),
  };
  if (reader.has(at.default) && reader.problems.length === before) readDefault(reader, at.default, parameter);
  return parameter;
}

function bounds(reader: Reader, at: Record<(typeof someKeys)[number], Place>, kind: ParameterKind) {
  const whole = kind === "integer";
  const length = { whole: true, min: 0, max: 65_536 };
  const min = reader.number(at.min, { whole });
  const max = reader.number(at.max, { whole });
  const minLength = reader.number(at.min_length, length);
  const maxLength = reader.number(at.max_length, length);
  if (min !== undefined && max !== undefined && min > max) reader.note(at.min, `is more than max (${max})`);
  if (minLength !== undefined && maxLength !== undefined && minLength > maxLength) {
    reader.note(at.min_length, `is more than max_length (${maxLength})`);
  }
  return {
    ...present("min", min),
    ...present("max", max),
    ...present("minLength", minLength),
    ...present("maxLength", maxLength),
  };
}

function readPattern(reader: Reader, place: Place): string | undefined {
  const pattern = reader.text(place);
  const fault = pattern === undefined ? undefined : patternFault(pattern);
  if (fault !== undefined) reader.note(place, fault);
  return fault === undefined ? pattern : undefined;
}

function readWords(reader: Reader, place: Place, kind: ParameterKind): string[] | undefined {
  if (kind !== "enum") return undefined;
  const words = reader.items(place).flatMap((item) => reader.text(item, { maxLength: 200 }) ?? []);
  if (words.length === 0) reader.note(place, "must list the words that can be chosen");
  if (new Set(words).size < words.length) reader.note(place, "lists a word twice");
  return words;
}

function readGenerate(reader: Reader, place: Place): GenerateSpec | undefined {
  if (!reader.has(place)) return undefined;
  const at = reader.map(place, ["length", "alphabet"]);
  const length = reader.number(at.length, { whole: true, min: 8, max: 1024 }) ?? 32;
  const printable = {
    maxLength: 94,
    pattern: /^[\x20-\x7e]{10,}$/,
    wanted: "10 printable ASCII characters at least",
  };
  const alphabet = reader.text(at.alphabet, printable) ?? defaultAlphabet;
  if (new Set(alphabet).size < alphabet.length) reader.note(at.alphabet, "has a character twice");
  return { length, alphabet };
}

function readDefault(reader: Reader, place: Place, parameter: ParameterSpec): void {
  if (parameter.kind === "secret") {
    reader.note(place, "cannot be set for a secret, since everybody could read it; use generate");
    return;
  }
  const isText = parameter.kind === "string" || parameter.kind === "enum";
  const value = isText ? reader.text(place, { maxLength: 65_536 }) : reader.data(place);
  const fault = value === undefined ? undefined : valueFault(parameter, value);
  if (fault !== undefined) reader.note(place, fault);
  else if (value !== undefined) parameter.default = value as ParameterSpec["default"];
}

/** An object with the key only if there is a value, so that an absent rule is an absent key. */
function present<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]: V });
}
