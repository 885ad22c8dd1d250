import type { DriverSpec, GenerateSpec, ParameterSpec, ParameterValue } from "./format.ts";
import { matches } from "./pattern.ts";
import { didYouMean, type Problem } from "./problem.ts";

/** Where the value of a secret parameter comes from. */
export type SecretSource =
  | { given: string }
  | { generate: GenerateSpec }
  /** The value that the deployment already has. */
  | { keep: true };

export interface ResolvedParameters {
  /** Every value that is no secret, defaults filled in; optional parameters without one are absent. */
  values: Record<string, ParameterValue>;
  secrets: Record<string, SecretSource>;
  /** Fields are `parameters.NAME`; given values of secrets are never repeated in a message. */
  problems: Problem[];
}

/**
 * Checks given values against the driver's parameters, all at once. Null means "as if not given". `kept` are
 * the names of secret parameters that the deployment already has a value for; they keep it unless given anew.
 */
export function resolveParameters(
  spec: Pick<DriverSpec, "parameters">,
  given: unknown,
  kept: Iterable<string> = [],
): ResolvedParameters {
  const resolved: ResolvedParameters = { values: {}, secrets: {}, problems: [] };
  if (given !== undefined && given !== null && (typeof given !== "object" || Array.isArray(given))) {
    resolved.problems.push({ field: "parameters", message: "must be an object of values by name" });
    return resolved;
  }
  const values = new Map(Object.entries(given ?? {}));
  const names = spec.parameters.map((parameter) => parameter.name);
  for (const name of values.keys()) {
    if (names.includes(name)) continue;
    const known =
      names.length === 0
        ? "; this driver has none"
        : didYouMean(name, names) || `; there are ${names.join(", ")}`;
    resolved.problems.push({
      field: `parameters.${plainName(name)}`,
      message: `is no parameter of this driver${known}`,
    });
  }
  const keptNames = new Set(kept);
  for (const parameter of spec.parameters) {
    resolveOne(parameter, values.get(parameter.name), keptNames.has(parameter.name), resolved);
  }
  return resolved;
}

function resolveOne(
  parameter: ParameterSpec,
  given: unknown,
  kept: boolean,
  { values, secrets, problems }: ResolvedParameters,
): void {
  const { name, kind } = parameter;
  const absent = given === undefined || given === null;
  const fault = absent ? undefined : valueFault(parameter, given);
  if (fault !== undefined) {
    problems.push({ field: `parameters.${name}`, message: fault });
  } else if (kind === "secret") {
    if (!absent) secrets[name] = { given: given as string };
    else if (kept) secrets[name] = { keep: true };
    else if (parameter.generate) secrets[name] = { generate: parameter.generate };
    else if (parameter.required) problems.push(missing(parameter));
  } else if (!absent) {
    values[name] = given as ParameterValue;
  } else if (parameter.default !== undefined) {
    values[name] = parameter.default;
  } else if (parameter.required) {
    problems.push(missing(parameter));
  }
}

/** What is wrong with a value for a parameter; undefined when nothing is. Also checks a driver's defaults. */
export function valueFault(parameter: ParameterSpec, value: unknown): string | undefined {
  switch (parameter.kind) {
    case "string":
      return textFault(parameter, value, true);
    case "secret":
      return textFault(parameter, value, false);
    case "integer":
    case "number":
      return numberFault(parameter, value, parameter.kind);
    case "boolean":
      return typeof value === "boolean" ? undefined : `must be true or false, not ${shown(value)}`;
    case "enum":
      return typeof value === "string" && parameter.values?.includes(value)
        ? undefined
        : `must be one of ${parameter.values?.join(", ")}, not ${shown(value)}`;
    case "list":
      return listFault(parameter, value);
  }
}

/**
 * Reads the text of a command line (`-p replicas=3`) as the parameter's kind wants it: numbers, `true` and
 * `false`, lists as JSON (`["a","b"]`) or with commas. What cannot be read is returned as it is, for
 * `resolveParameters` to refuse with its reason.
 */
export function coerceParameter(parameter: ParameterSpec, text: string): unknown {
  return coerced(parameter.kind, text, parameter.items);
}

function coerced(kind: string, text: string, items = "string"): unknown {
  const trimmed = text.trim();
  if (kind === "integer" || kind === "number") {
    return /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(trimmed) ? Number(trimmed) : text;
  }
  if (kind === "boolean") {
    if (/^(true|yes|1|on)$/i.test(trimmed)) return true;
    return /^(false|no|0|off)$/i.test(trimmed) ? false : text;
  }
  if (kind !== "list") return text;
  if (trimmed === "") return [];
  if (trimmed.startsWith("[")) {
    try {
      return JSON.parse(trimmed);
    } catch {
      return text;
    }
  }
  return trimmed.split(",").map((item) => coerced(items, item.trim()));
}

/** The alphabet of generated secrets: letters and digits, without those that are mistaken for each other. */
export const defaultAlphabet = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789";

/** Makes a secret of `length` characters, each drawn evenly from `alphabet` by the system's random source. */
export function generateSecret({
  length = 32,
  alphabet = defaultAlphabet,
}: Partial<GenerateSpec> = {}): string {
  const letters = [...alphabet];
  // Bytes past the last whole multiple would make the first letters likelier, and are drawn again.
  const bound = 256 - (256 % letters.length);
  let secret = "";
  for (let made = 0; made < length;) {
    for (const byte of crypto.getRandomValues(new Uint8Array(length * 2))) {
      if (byte >= bound || made >= length) continue;
      secret += letters[byte % letters.length];
      made++;
    }
  }
  return secret;
}

function textFault(parameter: ParameterSpec, value: unknown, mayShow: boolean): string | undefined {
  const { minLength = 0, maxLength = 64 * 1024, pattern } = parameter;
  if (typeof value !== "string") return `must be a text, not ${mayShow ? shown(value) : kindOf(value)}`;
  if (value.includes("\0")) return "must not contain NUL characters";
  if (!value.isWellFormed()) return "must be well-formed Unicode";
  if (value.length < minLength) return `must have ${minLength} characters at least, not ${value.length}`;
  if (value.length > maxLength) return `must have ${maxLength} characters at most, not ${value.length}`;
  if (pattern !== undefined && !matches(pattern, value)) {
    return `must match ${pattern}${mayShow ? `, which ${shown(value)} does not` : ""}`;
  }
  return undefined;
}

function numberFault(
  { min, max }: ParameterSpec,
  value: unknown,
  kind: "integer" | "number",
): string | undefined {
  const what = kind === "integer" ? "a whole number" : "a number";
  const range = rangeText(min, max);
  if (typeof value !== "number" || !Number.isFinite(value))
    return `must be ${what}${range}, not ${shown(value)}`;
  if (kind === "integer" && !Number.isInteger(value)) return `must be ${what}${range}, not ${value}`;
  if (kind === "integer" && !Number.isSafeInteger(value)) return `must be within ±${Number.MAX_SAFE_INTEGER}`;
  if ((min !== undefined && value < min) || (max !== undefined && value > max)) {
    return `must be ${what}${range}, not ${value}`;
  }
  return undefined;
}

function listFault(parameter: ParameterSpec, value: unknown): string | undefined {
  const { minLength = 0, maxLength = 1_000, items = "string", min, max, pattern } = parameter;
  if (!Array.isArray(value)) return `must be a list, not ${shown(value)}`;
  if (value.length < minLength) return `must have ${minLength} items at least, not ${value.length}`;
  if (value.length > maxLength) return `must have ${maxLength} items at most, not ${value.length}`;
  for (const [index, item] of value.entries()) {
    const fault = valueFault(
      { ...parameter, kind: items, min, max, pattern, minLength: 0, maxLength: undefined },
      item,
    );
    if (fault !== undefined) return `item ${index + 1} ${fault}`;
  }
  return undefined;
}

function rangeText(min: number | undefined, max: number | undefined): string {
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`;
  if (min !== undefined) return ` of ${min} at least`;
  return max === undefined ? "" : ` of ${max} at most`;
}

/** What a value must be, for whoever is to give one: `integer from 1 to 9`, or the words of an enum. Pure. */
export function kindText({
  kind,
  values,
  min,
  max,
}: {
  kind: string;
  values?: readonly unknown[] | null | undefined;
  min?: number | null | undefined;
  max?: number | null | undefined;
}): string {
  if (kind === "enum" && values) return values.join(", ");
  return kind === "integer" || kind === "number"
    ? `${kind}${rangeText(min ?? undefined, max ?? undefined)}`
    : kind;
}

function missing(parameter: ParameterSpec): Problem {
  const what = `${parameter.label} (${kindText(parameter)})`;
  return { field: `parameters.${parameter.name}`, message: `is required: ${what}; give it a value` };
}

/** A value as JSON for a message, shortened. */
function shown(value: unknown): string {
  const text = typeof value === "number" ? String(value) : (JSON.stringify(value) ?? "nothing");
  return text.length <= 80 ? text : `${text.slice(0, 77)}…`;
}

const plainName = (name: string) => (/^[\w.-]{1,80}$/.test(name) ? name : shown(name));

function kindOf(value: unknown): string {
  return Array.isArray(value) ? "a list" : value === null ? "null" : `a value of type ${typeof value}`;
}
