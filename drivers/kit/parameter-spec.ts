import type { GenerateSpec, ParameterSpec, ParameterValue } from "./format.ts";
import type { parameterShape, promptShape } from "./parameter-shape.ts";
import { defaultAlphabet, valueFault } from "./parameters.ts";
import { patternFault } from "./pattern.ts";
import type { Reader } from "./reader.ts";
import type { Field, Read } from "./shape.ts";

type Written = Read<typeof parameterShape> | Read<typeof promptShape>;

/** Makes a parameter or a prompt of what was read, and checks that its rules and its default fit each other. */
export function specParameter(reader: Reader, written: Written): ParameterSpec {
  const before = reader.problems.length;
  const kind = written.kind.value ?? "string";
  const name = written.name.value ?? "";
  const parameter: ParameterSpec = {
    name,
    kind,
    label: written.label.value ?? name,
    description: written.description.value ?? "",
    group: written.group.value ?? null,
    advanced: written.advanced.value ?? false,
    required:
      written.required.value ?? (!reader.has(written.default.place) && !reader.has(written.generate.place)),
    ...boundsOf(reader, written),
    ...present("pattern", patternOf(reader, written.pattern)),
    ...present("values", kind === "enum" ? wordsOf(reader, written) : undefined),
    ...present("items", written.items.value),
    ...present("generate", generateOf(reader, written)),
  };
  const { place, value } = written.default;
  if (value === undefined || reader.problems.length > before || kind === "secret") return parameter;
  // A text may be written without quotes, as `1.10`.
  const given = kind === "string" || kind === "enum" ? reader.text(place, { maxLength: 65_536 }) : value;
  const fault = given === undefined ? undefined : valueFault(parameter, given);
  if (fault !== undefined) reader.note(place, fault);
  return given === undefined ? parameter : { ...parameter, default: given as ParameterValue };
}

function boundsOf(reader: Reader, { kind, min, max, min_length, max_length }: Written) {
  for (const bound of [min, max]) {
    if (kind.value === "integer" && bound.value !== undefined) reader.number(bound.place, { whole: true });
  }
  refuseMore(reader, min, max, "max");
  refuseMore(reader, min_length, max_length, "max_length");
  return {
    ...present("min", min.value),
    ...present("max", max.value),
    ...present("minLength", min_length.value),
    ...present("maxLength", max_length.value),
  };
}

function refuseMore(reader: Reader, least: Field<number>, most: Field<number>, name: string): void {
  if (least.value === undefined || most.value === undefined || least.value <= most.value) return;
  reader.note(least.place, `is more than ${name} (${most.value})`);
}

function patternOf(reader: Reader, { place, value }: Field<string>): string | undefined {
  const fault = value === undefined ? undefined : patternFault(value);
  if (fault !== undefined) reader.note(place, fault);
  return fault === undefined ? value : undefined;
}

function wordsOf(reader: Reader, { values }: Written): string[] {
  const words = values.items.flatMap(({ value }) => value ?? []);
  if (values.items.length === 0) reader.note(values.place, "must list the words that can be chosen");
  if (new Set(words).size < words.length) reader.note(values.place, "lists a word twice");
  return words;
}

function generateOf(reader: Reader, { generate }: Written): GenerateSpec | undefined {
  if (!reader.has(generate.place)) return undefined;
  const alphabet = generate.alphabet.value ?? defaultAlphabet;
  if (new Set(alphabet).size < alphabet.length) reader.note(generate.alphabet.place, "has a character twice");
  return { length: generate.length.value ?? 32, alphabet };
}

/** An object with the key only if there is a value, so that an absent rule is an absent key. */
function present<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]: V });
}
