import { isIPv4, isIPv6 } from "node:net";
import { isDeepStrictEqual } from "node:util";
import { isRecord } from "./pod-defaults.ts";
import { type FieldProblem, invalid, unsupported, wrongType } from "./problem.ts";

/** A node of a structural OpenAPI v3 schema, as it stands in a CustomResourceDefinition. */
export interface Schema {
  type?: string;
  properties?: Record<string, Schema>;
  additionalProperties?: boolean | Schema;
  items?: Schema;
  required?: string[];
  nullable?: boolean;
  default?: unknown;
  enum?: unknown[];
  allOf?: Schema[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  not?: Schema;
  "x-kubernetes-preserve-unknown-fields"?: boolean;
  "x-kubernetes-embedded-resource"?: boolean;
  "x-kubernetes-int-or-string"?: boolean;
  "x-kubernetes-list-type"?: "atomic" | "set" | "map";
  "x-kubernetes-list-map-keys"?: string[];
  [keyword: string]: unknown;
}

/** What a schema's keywords about one value alone say: type, enum, bounds, lengths, pattern, format. */
export function validateValue(schema: Schema, value: unknown, path: string): FieldProblem[] {
  if (!hasType(schema, value)) return wrongTypes(schema, value, path);
  const problems: FieldProblem[] = [];
  if (schema.enum && !schema.enum.some((allowed) => isDeepStrictEqual(allowed, value))) {
    problems.push(unsupported(path, value, schema.enum));
  }
  const wrong = (detail: string) => problems.push(invalid(path, value, `${path} in body ${detail}`));
  if (typeof value === "number") {
    checkNumber(schema, value, wrong);
    if (!inRange(schema.format, value))
      problems.push(unchecked(`integer with format ${schema.format}`, path));
  }
  if (typeof value === "string") {
    checkText(schema, value, wrong);
    problems.push(...checkLength(schema, value, path), ...checkFormat(schema.format, value, path));
  }
  if (Array.isArray(value)) {
    problems.push(...checkSize(schema, value.length, "Items", path));
    const texts = value.map((item) => JSON.stringify(item));
    if (schema.uniqueItems && new Set(texts).size < texts.length) wrong("shouldn't contain duplicates");
  }
  if (isRecord(value)) problems.push(...checkSize(schema, Object.keys(value).length, "Properties", path));
  return problems;
}

function wrongTypes(schema: Schema, value: unknown, path: string): FieldProblem[] {
  const problems = [wrongType(path, value, schema.type ?? "integer,string")];
  const broken = schema.type === "integer" && typeof value === "number";
  return broken ? [...problems, unchecked("integer (default format)", path)] : problems;
}

/** Problems with numbers have no field of their own in Kubernetes. */
function unchecked(type: string, path: string): FieldProblem {
  const message = `Invalid value: "": Checked value must be of type ${type} in ${path}`;
  return { field: "<nil>", reason: "FieldValueInvalid", message };
}

function inRange(format: unknown, value: number): boolean {
  return format !== "int32" || (value >= -(2 ** 31) && value < 2 ** 31);
}

function hasType(schema: Schema, value: unknown): boolean {
  if (schema["x-kubernetes-int-or-string"]) return typeof value === "string" || Number.isInteger(value);
  switch (schema.type) {
    case undefined:
      return true;
    case "object":
      return isRecord(value);
    case "array":
      return Array.isArray(value);
    case "integer":
      return Number.isInteger(value);
    default:
      return typeof value === schema.type;
  }
}

type Wrong = (detail: string) => void;

function checkNumber(schema: Schema, value: number, wrong: Wrong): void {
  const { minimum, maximum, multipleOf } = schema as Record<string, number | undefined>;
  const above = schema.exclusiveMinimum === true;
  const below = schema.exclusiveMaximum === true;
  if (minimum !== undefined && (above ? value <= minimum : value < minimum)) {
    wrong(`should be greater than ${above ? "" : "or equal to "}${minimum}`);
  }
  if (maximum !== undefined && (below ? value >= maximum : value > maximum)) {
    wrong(`should be less than ${below ? "" : "or equal to "}${maximum}`);
  }
  if (multipleOf !== undefined && value % multipleOf !== 0) wrong(`should be a multiple of ${multipleOf}`);
}

function checkText(schema: Schema, value: string, wrong: Wrong): void {
  const { minLength } = schema as Record<string, number | undefined>;
  if (minLength !== undefined && [...value].length < minLength) {
    wrong(`should be at least ${minLength} chars long`);
  }
  if (typeof schema.pattern === "string" && !pattern(schema.pattern).test(value)) {
    wrong(`should match '${schema.pattern}'`);
  }
}

function checkLength(schema: Schema, value: string, field: string): FieldProblem[] {
  const max = schema.maxLength;
  if (typeof max !== "number" || [...value].length <= max) return [];
  return [{ field, reason: "FieldValueTooLong", message: `Too long: may not be more than ${max} bytes` }];
}

const formats: Record<string, (value: string) => boolean> = {
  "date-time": isDateTime,
  date: (value) => /^\d{4}-\d\d-\d\d$/.test(value) && !Number.isNaN(Date.parse(value)),
  byte: (value) => /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(value),
  ipv4: isIPv4,
  ipv6: isIPv6,
  uuid: (value) => /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i.test(value),
  uri: (value) => URL.canParse(value),
};

/** Formats that are not known allow everything. */
function checkFormat(format: unknown, value: string, field: string): FieldProblem[] {
  if (typeof format !== "string" || (formats[format]?.(value) ?? true)) return [];
  const problem = invalid(
    field,
    value,
    `${field} in body must be of type ${format}: ${JSON.stringify(value)}`,
  );
  return [{ ...problem, reason: "FieldValueTypeInvalid" }];
}

function checkSize(
  schema: Schema,
  size: number,
  keyword: "Items" | "Properties",
  path: string,
): FieldProblem[] {
  const min = schema[`min${keyword}`];
  const max = schema[`max${keyword}`];
  if (typeof min === "number" && size < min) {
    return [invalid(path, size, `${path} in body should have at least ${min} ${keyword.toLowerCase()}`)];
  }
  if (typeof max !== "number" || size <= max) return [];
  const message = `Too many: ${size}: must have at most ${max} ${max === 1 ? "item" : "items"}`;
  return [{ field: path, reason: "FieldValueTooMany", message }];
}

function isDateTime(value: string): boolean {
  return (
    /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/.test(value) &&
    !Number.isNaN(Date.parse(value))
  );
}

const patterns = new Map<string, RegExp>();

/** A pattern, compiled once. One that JavaScript cannot read (Go's syntax differs in corners) allows everything. */
function pattern(source: string): RegExp {
  let compiled = patterns.get(source);
  if (!compiled) {
    compiled = compile(source, "u") ?? compile(source, "") ?? /(?:)/;
    patterns.set(source, compiled);
  }
  return compiled;
}

function compile(source: string, flags: string): RegExp | undefined {
  try {
    return new RegExp(source, flags);
  } catch {
    return undefined;
  }
}
