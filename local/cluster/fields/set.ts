/**
 * Sets of fields in the form of FieldsV1: `f:name` a field, `k:{"name":"c"}` an item of a list by keys,
 * `v:"x"` a value of a set, `.` the node itself. A node without children is a member; one with children is
 * a member only if it has `.`.
 */
import { type FieldType, fieldOf, isAtomic } from "./schema.ts";

export interface Fields {
  [element: string]: Fields;
}

/** One entry of `metadata.managedFields`: who owns which fields. */
export interface ManagedFields {
  manager: string;
  operation: "Apply" | "Update";
  apiVersion: string;
  time: string;
  fieldsType: "FieldsV1";
  fieldsV1: Fields;
  subresource?: string;
}

const leaf: Fields = Object.freeze({});
const isMember = (node: Fields) => "." in node || isLeaf(node);

function isLeaf(node: Fields): boolean {
  for (const _ in node) return false;
  return true;
}

/** Puts a node together; undefined when there is nothing in it. */
function nodeOf(member: boolean, children: Fields): Fields | undefined {
  if (isLeaf(children)) return member ? leaf : undefined;
  if (member) children["."] = leaf;
  return children;
}

export function union(a: Fields | undefined, b: Fields | undefined): Fields | undefined {
  if (!a || !b) return a ?? b;
  const children: Fields = {};
  for (const key in a) if (key !== ".") children[key] = a[key]!;
  for (const key in b) if (key !== ".") children[key] = union(children[key], b[key])!;
  return nodeOf(isMember(a) || isMember(b), children);
}

/** What is in `a` and not in `b`. */
export function difference(a: Fields | undefined, b: Fields | undefined): Fields | undefined {
  if (!a || !b) return a;
  const children: Fields = {};
  for (const key in a) {
    if (key === ".") continue;
    const left = difference(a[key], b[key]);
    if (left) children[key] = left;
  }
  return nodeOf(isMember(a) && !isMember(b), children);
}

export function intersection(a: Fields | undefined, b: Fields | undefined): Fields | undefined {
  if (!a || !b) return undefined;
  const children: Fields = {};
  for (const key in a) {
    if (key === "." || !(key in b)) continue;
    const both = intersection(a[key], b[key]);
    if (both) children[key] = both;
  }
  return nodeOf(isMember(a) && isMember(b), children);
}

/** The fields an object sets, as an applier owns them. */
export function fieldsOf(type: FieldType, value: unknown): Fields | undefined {
  if (isAtomic(type, value)) return leaf;
  const children: Fields = {};
  if (Array.isArray(value)) {
    if (type.type !== "list") return leaf;
    for (const item of value) {
      children[elementOf(type, item)] = asMember(isAtomic(type.of, item) ? leaf : fieldsOf(type.of, item));
    }
    return nodeOf(false, children);
  }
  for (const [name, field] of Object.entries(value as object)) {
    if (field === undefined) continue;
    const of = fieldOf(type, name);
    if (!of) continue;
    const declared = type.type === "struct" && type.fields.has(name);
    const empty = typeof field === "object" && field !== null && !Array.isArray(field) && isLeaf(field);
    const own = empty ? leaf : fieldsOf(of, field);
    const node = declared ? own : asMember(own);
    if (node) children[`f:${name}`] = node;
  }
  return nodeOf(false, children);
}

function asMember(node: Fields | undefined): Fields {
  if (!node || isMember(node)) return node ?? leaf;
  return { ...node, ".": leaf };
}

/** What has changed between two objects: fields that are new or different, and fields that are gone. */
export function compare(
  type: FieldType,
  before: unknown,
  after: unknown,
): { changed: Fields | undefined; removed: Fields | undefined } {
  const changed = walk(type, before, after);
  const removed = walk(type, after, before, true);
  return { changed, removed };
}

/** The members of `after` that `before` lacks or, unless `onlyMissing`, has differently. */
function walk(type: FieldType, before: unknown, after: unknown, onlyMissing = false): Fields | undefined {
  if (after === before || after === undefined) return undefined;
  if (isAtomic(type, after)) {
    if (before === undefined) return leaf;
    return onlyMissing || equal(before, after) ? undefined : leaf;
  }
  const children: Fields = {};
  if (Array.isArray(after)) {
    if (type.type !== "list") return undefined;
    const known = new Map<string, unknown>();
    if (Array.isArray(before)) for (const item of before) known.set(elementOf(type, item), item);
    for (const item of after) {
      const key = elementOf(type, item);
      const node = walk(type.of, known.get(key), item, onlyMissing);
      if (node) children[key] = node;
    }
    return nodeOf(before === undefined, children);
  }
  const old = (isMap(before) ? before : undefined) as Record<string, unknown> | undefined;
  for (const [name, field] of Object.entries(after as object)) {
    const of = fieldOf(type, name);
    if (!of) continue;
    let was = old?.[name];
    // A struct that is always there is not news: only what is in it.
    if (was === undefined && old && type.type === "struct" && isMap(type.fields.get(name)?.fallback))
      was = {};
    const node = walk(of, was, field, onlyMissing);
    if (node) children[`f:${name}`] = node;
  }
  return nodeOf(before === undefined, children);
}

export const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** How a list item is named in a set of fields; keys that are missing take the schema's default. */
export function elementOf(list: FieldType & { type: "list" }, item: unknown): string {
  if (list.relation !== "map") return `v:${JSON.stringify(item)}`;
  if (list.keys.length === 1) {
    const key = list.keys[0]!;
    return `k:{${JSON.stringify(key)}:${JSON.stringify(keyValue(list, item, key))}}`;
  }
  const parts = [...list.keys]
    .sort()
    .map((key) => `${JSON.stringify(key)}:${JSON.stringify(keyValue(list, item, key))}`);
  return `k:{${parts.join(",")}}`;
}

function keyValue(list: FieldType & { type: "list" }, item: unknown, key: string): unknown {
  const given = isMap(item) ? item[key] : undefined;
  if (given !== undefined && given !== null) return given;
  const field = list.of.type === "struct" ? list.of.fields.get(key) : undefined;
  return field?.fallback ?? null;
}

/** Every member of a set as a path for people: `.spec.template.spec.containers[name="c"].image`. */
export function pathsOf(fields: Fields | undefined, prefix = ""): string[] {
  if (!fields) return [];
  const paths: string[] = prefix !== "" && isMember(fields) ? [prefix] : [];
  for (const key of Object.keys(fields).sort()) {
    if (key !== ".") paths.push(...pathsOf(fields[key], prefix + spellElement(key)));
  }
  return paths;
}

export function spellElement(element: string): string {
  const value = element.slice(2);
  if (element.startsWith("f:")) return `.${value}`;
  if (element.startsWith("v:")) return `[=${value}]`;
  const keys = Object.entries(JSON.parse(value) as object);
  return `[${keys.map(([key, one]) => `${key}=${JSON.stringify(one)}`).join(",")}]`;
}

/** Deep equality of JSON values; a field that is `undefined` counts as absent. */
export function equal(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    for (let i = 0; i < a.length; i++) if (!equal(a[i], b[i])) return false;
    return true;
  }
  const left = a as Record<string, unknown>;
  const right = b as Record<string, unknown>;
  for (const key in left) if (!equal(left[key], right[key])) return false;
  for (const key in right) if (right[key] !== undefined && left[key] === undefined) return false;
  return true;
}
