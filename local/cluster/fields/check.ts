import { canonicalQuantity, readQuantity } from "../quantity.ts";
import { type FieldType, isAtomic } from "./schema.ts";
import { elementOf, isMap, spellElement } from "./set.ts";

export interface Finding {
  /** `.spec.replicas`; empty for the object itself. */
  path: string;
  kind: "unknown" | "type" | "duplicate";
  message: string;
}

/**
 * Everything in an object that its type does not allow: unknown fields, wrong types, items that occur twice.
 * Paths name list items by their keys, `[name="c"]`, or with `byIndex` by their place, `[0]`.
 */
export function check(type: FieldType, value: unknown, { path = "", byIndex = false } = {}): Finding[] {
  if (value === null || value === undefined) return [];
  switch (type.type) {
    case "any":
      return type.quantity && !readQuantity(value) ? [wrong(path, notQuantity)] : [];
    case "scalar":
      return checkScalar(type.scalar, value, path);
    case "list":
      if (!Array.isArray(value)) return [wrong(path, `expected list, got ${spell(value)}`)];
      return checkItems(type, value, path, byIndex);
    default:
      if (!isMap(value)) return [wrong(path, `expected map, got ${spell(value)}`)];
  }
  const findings: Finding[] = [];
  for (const [name, field] of Object.entries(value)) {
    const at = `${path}.${name}`;
    const of = type.type === "map" ? type.of : (type.fields.get(name)?.type ?? type.rest);
    if (of) findings.push(...check(of, field, { path: at, byIndex }));
    else findings.push({ path: at, kind: "unknown", message: "field not declared in schema" });
  }
  return findings;
}

const notQuantity =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

function checkItems(
  type: FieldType & { type: "list" },
  items: unknown[],
  path: string,
  byIndex: boolean,
): Finding[] {
  const findings: Finding[] = [];
  const seen = new Set<string>();
  for (const [index, item] of items.entries()) {
    if (isAtomic(type, items)) {
      findings.push(...check(type.of, item, { path: `${path}[${index}]`, byIndex }));
      continue;
    }
    const element = elementOf(type, item);
    const spelled = spellElement(element);
    if (seen.has(element)) {
      const at = byIndex ? `${path}[${index}]` : path;
      findings.push({ path: at, kind: "duplicate", message: `duplicate entries for key ${spelled}` });
    }
    seen.add(element);
    findings.push(...check(type.of, item, { path: path + (byIndex ? `[${index}]` : spelled), byIndex }));
  }
  return findings;
}

function checkScalar(scalar: string, value: unknown, path: string): Finding[] {
  if (typeof value === scalar) return [];
  if (scalar === "number") {
    return [wrong(path, `expected numeric (int or float), got ${goType(value)}`)];
  }
  return [wrong(path, `expected ${scalar}, got ${spell(value)}`)];
}

function wrong(path: string, message: string): Finding {
  return { path, kind: "type", message };
}

function spell(value: unknown): string {
  return `&value.valueUnstructured{Value:${JSON.stringify(value)}}`;
}

function goType(value: unknown): string {
  if (typeof value === "boolean") return "bool";
  if (typeof value === "string") return "string";
  return Array.isArray(value) ? "[]interface {}" : "map[string]interface {}";
}

/**
 * Brings an object of a built-in kind, in place, into the form in which it is stored: without fields that its type
 * does not declare, nulls, empty lists and maps with free keys. A null among strings is the empty string, and
 * quantities have one form.
 */
export function settle(type: FieldType, value: unknown): void {
  if (type.type === "list") {
    if (Array.isArray(value)) for (const item of value) settle(type.of, item);
    return;
  }
  if (!isMap(value) || type.type === "scalar" || type.type === "any") return;
  for (const [name, field] of Object.entries(value)) {
    const of = type.type === "map" ? type.of : (type.fields.get(name)?.type ?? type.rest);
    if (of && field !== null) settle(of, field);
    if (of?.type === "any" && of.quantity && field !== null) value[name] = canonicalQuantity(field);
    if (type.type === "map" && field === null && isText(type.of)) value[name] = "";
    else if (!of || field === null || isEmpty(of, field)) delete value[name];
  }
}

const isText = (type: FieldType) => type.type === "scalar" && type.scalar === "string";

function isEmpty(type: FieldType, value: unknown): boolean {
  if (type.type === "list") return Array.isArray(value) && value.length === 0;
  return type.type === "map" && isMap(value) && Object.keys(value).length === 0;
}
