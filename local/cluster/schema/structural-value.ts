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
  if (!hasType(schema, value)) return [wrongType(path, value, schema.type ?? "integer or string")];
  const problems: FieldProblem[] = [];
  if (schema.enum && !schema.enum.some((allowed) => isDeepStrictEqual(allowed, value))) {
    problems.push(unsupported(path, value, schema.enum));
  }
  const wrong = (detail: string) => problems.push(invalid(path, value, `${path} in body ${detail}`));
  if (typeof value === "number") checkNumber(schema, value, wrong);
  if (typeof value === "string") checkText(schema, value, wrong);
  if (Array.isArray(value)) {
    checkSize(schema, value.length, "Items", "items", wrong);
    const texts = value.map((item) => JSON.stringify(item));
    if (schema.uniqueItems && new Set(texts).size < texts.length) wrong("shouldn't contain duplicates");
  }
  if (isRecord(value)) checkSize(schema, Object.keys(value).length, "Properties", "properties", wrong);
  return problems;
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
  const { minLength, maxLength } = schema as Record<string, number | undefined>;
  const length = minLength === undefined && maxLength === undefined ? 0 : [...value].length;
  if (minLength !== undefined && length < minLength) wrong(`should be at least ${minLength} chars long`);
  if (maxLength !== undefined && length > maxLength) wrong(`should be at most ${maxLength} chars long`);
  if (typeof schema.pattern === "string" && !pattern(schema.pattern).test(value)) {
    wrong(`should match '${schema.pattern}'`);
  }
  if (schema.format === "date-time" && !isDateTime(value)) wrong(`must be of type date-time: "${value}"`);
}

function checkSize(schema: Schema, size: number, keyword: string, noun: string, wrong: Wrong): void {
  const min = schema[`min${keyword}`];
  const max = schema[`max${keyword}`];
  if (typeof min === "number" && size < min) wrong(`should have at least ${min} ${noun}`);
  if (typeof max === "number" && size > max) wrong(`should have at most ${max} ${noun}`);
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
