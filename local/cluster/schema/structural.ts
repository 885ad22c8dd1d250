import { type FieldProblem, required, wrongType } from "./problem.ts";
import { isRecord } from "./pod-defaults.ts";
import { checkRules, rulesOf } from "./rules.ts";
import { type Schema, validateValue } from "./structural-value.ts";

/**
 * Prunes a custom resource to its schema (unless `prune` is false), fills the defaults, both in place, and
 * tells what the schema and its rules do not allow. The object's own apiVersion, kind and metadata are left alone.
 */
export function applyStructuralSchema(
  schema: unknown,
  object: unknown,
  { prune = true, before }: { prune?: boolean; before?: unknown } = {},
): FieldProblem[] {
  if (!isRecord(schema) || !isRecord(object)) return [];
  const root = withObjectFields(schema);
  if (prune) pruneValue(root, object);
  fillDefaults(root, object);
  const problems = checkValue(root, object, "");
  const blocked = problems.some(({ reason }) => blocking.includes(reason));
  if (!blocked) return [...problems, ...checkRules(root, object, before)];
  return hasRules(root) ? [...problems, notChecked] : problems;
}

/** Rules are not asked about a value that is so wrong. */
const blocking: FieldProblem["reason"][] = [
  "FieldValueNotSupported",
  "FieldValueRequired",
  "FieldValueTooLong",
  "FieldValueTooMany",
  "FieldValueTypeInvalid",
];

const notChecked: FieldProblem = {
  field: "<nil>",
  reason: "FieldValueInvalid",
  message:
    "Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation",
};

function hasRules(schema: Schema): boolean {
  const { items, additionalProperties, properties = {} } = schema;
  const below = [items, additionalProperties, ...Object.values(properties)].filter(isRecord) as Schema[];
  return rulesOf(schema).length > 0 || below.some(hasRules);
}

/** The three fields every object has, whether its schema names them or not, and whatever it says of them. */
function withObjectFields(schema: Schema): Schema {
  const free: Schema = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  const text: Schema = { type: "string" };
  return { ...schema, properties: { ...schema.properties, apiVersion: text, kind: text, metadata: free } };
}

function pruneValue(schema: Schema, value: unknown): void {
  if (Array.isArray(value)) {
    if (schema.items) for (const item of value) pruneValue(schema.items, item);
    return;
  }
  if (!isRecord(value)) return;
  const node = schema["x-kubernetes-embedded-resource"] ? withObjectFields(schema) : schema;
  for (const [key, child] of Object.entries(value)) {
    const known = childSchema(node, key);
    if (known) pruneValue(known, child);
    else if (known === undefined) delete value[key];
  }
}

/** The schema of a field; null when the field may be anything, undefined when it is not known. */
function childSchema(schema: Schema, key: string): Schema | null | undefined {
  if (schema.properties && Object.hasOwn(schema.properties, key)) return schema.properties[key];
  if (isRecord(schema.additionalProperties)) return schema.additionalProperties as Schema;
  if (schema.additionalProperties === true) return null;
  return schema["x-kubernetes-preserve-unknown-fields"] ? null : undefined;
}

function fillDefaults(schema: Schema, value: unknown): void {
  if (Array.isArray(value)) {
    if (schema.items) for (const item of value) fillDefaults(schema.items, item);
    return;
  }
  if (!isRecord(value)) return;
  for (const [key, child] of Object.entries(schema.properties ?? {})) {
    const missing = value[key] === undefined || (value[key] === null && child.nullable !== true);
    if (missing && child.default !== undefined) value[key] = structuredClone(child.default);
    else if (value[key] === null && child.nullable !== true && !schema.required?.includes(key)) {
      delete value[key];
    }
  }
  for (const [key, child] of Object.entries(value)) {
    const known = childSchema(schema, key);
    if (known) fillDefaults(known, child);
  }
}

/** Everything wrong with a value and what is below it. `path` is empty for the object itself. */
function checkValue(schema: Schema, value: unknown, path: string): FieldProblem[] {
  if (value === null && schema.nullable) return [];
  const problems = validateValue(schema, value, path);
  if (problems.some((problem) => problem.reason === "FieldValueTypeInvalid")) return problems;
  for (const part of schema.allOf ?? []) problems.push(...checkValue(part, value, path));
  if (schema.anyOf && !schema.anyOf.some((part) => fits(part, value, path))) {
    problems.push(alternatives(path, "must validate at least one schema (anyOf)"));
    problems.push(...checkValue(schema.anyOf[0]!, value, path));
  }
  const matching = schema.oneOf?.filter((part) => fits(part, value, path)).length;
  if (matching !== undefined && matching !== 1) {
    const found = matching === 0 ? "none valid" : `${matching} valid alternatives`;
    problems.push(alternatives(path, `must validate one and only one schema (oneOf). Found ${found}`));
    if (matching === 0) problems.push(...checkValue(schema.oneOf![0]!, value, path));
  }
  if (schema.not && fits(schema.not, value, path)) {
    problems.push(alternatives(path, "must not validate the schema (not)"));
  }
  if (Array.isArray(value)) {
    if (schema.items) {
      for (const [at, item] of value.entries()) {
        problems.push(...checkValue(schema.items, item, `${path}[${at}]`));
      }
    }
    return [...problems, ...checkListKeys(schema, value, path)];
  }
  if (!isRecord(value)) return problems;
  for (const key of schema.required ?? []) {
    if (value[key] === undefined) problems.push(required(join(path, key)));
  }
  for (const [key, child] of Object.entries(value)) {
    const known = childSchema(schema, key);
    if (known) problems.push(...checkValue(known, child, join(path, key)));
  }
  return problems;
}

function join(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}

function fits(schema: Schema, value: unknown, path: string): boolean {
  return checkValue(schema, value, path).length === 0;
}

function alternatives(path: string, detail: string): FieldProblem {
  const message = `Invalid value: "": "${path}" ${detail}`;
  return { field: "<nil>", reason: "FieldValueInvalid", message };
}

function checkListKeys(schema: Schema, list: unknown[], path: string): FieldProblem[] {
  const kind = schema["x-kubernetes-list-type"];
  if (kind !== "set" && kind !== "map") return [];
  const keys = schema["x-kubernetes-list-map-keys"] ?? [];
  const seen = new Set<string>();
  const problems: FieldProblem[] = [];
  for (const [at, item] of list.entries()) {
    if (kind === "map" && !isRecord(item)) {
      problems.push(wrongType(`${path}[${at}]`, item, "object"));
      continue;
    }
    const shown =
      kind === "set" ? item : Object.fromEntries(keys.map((key) => [key, (item as Schema)[key] ?? null]));
    const id = JSON.stringify(shown);
    if (seen.has(id)) {
      const message = `Duplicate value: ${id}`;
      problems.push({ field: `${path}[${at}]`, reason: "FieldValueDuplicate", value: shown, message });
    }
    seen.add(id);
  }
  return problems;
}
