/**
 * How the fields of a kind are merged and owned: the types of Kubernetes' typed schema, read from
 * `types.json` for the built-in kinds and from the structural schema of a CRD for custom ones.
 */
import type { Resource } from "../resources.ts";
import table from "./types.json" with { type: "json" };

export type FieldType = Scalar | List | Map_ | Struct | Any;

interface Scalar {
  type: "scalar";
  scalar: "string" | "number" | "boolean";
}

interface List {
  type: "list";
  of: FieldType;
  /** `atomic`: one owner, replaced whole. `set`: values own themselves. `map`: items are known by `keys`. */
  relation: "atomic" | "set" | "map";
  keys: string[];
}

/** Keys are free. */
interface Map_ {
  type: "map";
  of: FieldType;
  atomic: boolean;
}

/** Keys are declared. */
interface Struct {
  type: "struct";
  fields: ReadonlyMap<string, Field>;
  atomic: boolean;
  /** The type of fields that are not declared; they are an error without it. */
  rest?: FieldType;
}

export interface Field {
  type: FieldType;
  /** The schema's default: fills in missing list keys; `{}` marks a struct that is always there. */
  fallback?: unknown;
}

/** Nothing is declared: maps are granular, lists are atomic. */
interface Any {
  type: "any";
  atomic: boolean;
  /** A resource quantity, `500m`, which has one form of many. */
  quantity?: boolean;
}

const any: Any = { type: "any", atomic: false };
const anyAtomic: Any = { type: "any", atomic: true };
const quantity: Any = { type: "any", atomic: true, quantity: true };
const text: Scalar = { type: "scalar", scalar: "string" };
const named = new Map<string, FieldType>();
const custom = new WeakMap<object, FieldType>();

/** The type of whole objects of a kind. */
export function typeOf(resource: Resource): FieldType {
  if (!resource.custom) return typeNamed(resource.type);
  const { schema } = resource.custom;
  if (typeof schema !== "object" || schema === null) return objectOf(new Map(), any);
  const known = custom.get(schema);
  if (known) return known;
  const made = rootOf(schema as JsonSchema);
  custom.set(schema, made);
  return made;
}

function typeNamed(name: string): FieldType {
  const known = named.get(name);
  if (known) return known;
  const entry = (table as Record<string, string>)[name];
  if (entry === undefined) return remember(name, objectOf(new Map(), any));
  if (entry.startsWith("=")) return remember(name, parse(entry.slice(1)));
  const fields = new Map<string, Field>();
  const parts = entry.split(" ");
  const struct: Struct = { type: "struct", fields, atomic: parts[0] === "!" };
  remember(name, struct); // before its fields are read: a type may contain itself
  for (const part of parts) {
    const [, field, spelled, fallback] = /^([^:]+):([^|]+)(?:\|(.*))?$/.exec(part) ?? [];
    if (field === undefined) continue; // the mark of an atomic struct, or a struct without fields
    const type = parse(spelled!);
    fields.set(field, fallback === undefined ? { type } : { type, fallback: JSON.parse(fallback) });
  }
  return struct;
}

function remember(name: string, type: FieldType): FieldType {
  named.set(name, type);
  return type;
}

/** Reads the spelling that `generate.ts` explains. */
function parse(spelled: string): FieldType {
  if (spelled === "string" || spelled === "number" || spelled === "boolean") {
    return { type: "scalar", scalar: spelled };
  }
  if (spelled === "any" || spelled === "__untyped_deduced_") return any;
  if (spelled === "__untyped_atomic_") return anyAtomic;
  if (spelled === "api.resource.Quantity") return quantity;
  if (spelled.startsWith("[")) {
    const end = spelled.lastIndexOf("]");
    const rule = spelled.slice(end + 1);
    const keys = rule.length > 1 ? rule.slice(1).split(",") : [];
    const relation = rule === "" ? "atomic" : rule === "=" ? "set" : "map";
    return { type: "list", of: parse(spelled.slice(1, end)), relation, keys };
  }
  if (spelled.startsWith("{")) {
    const end = spelled.lastIndexOf("}");
    return { type: "map", of: parse(spelled.slice(1, end)), atomic: spelled.endsWith("!") };
  }
  return typeNamed(spelled);
}

interface JsonSchema {
  type?: string;
  properties?: Record<string, JsonSchema>;
  additionalProperties?: JsonSchema | boolean;
  items?: JsonSchema;
  [extension: `x-kubernetes-${string}`]: any;
}

function rootOf(schema: JsonSchema): FieldType {
  const fields = new Map<string, Field>();
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    fields.set(name, { type: fromSchema(property) });
  }
  const open = schema["x-kubernetes-preserve-unknown-fields"] === true;
  return objectOf(fields, open ? any : undefined);
}

function objectOf(fields: Map<string, Field>, rest: FieldType | undefined): Struct {
  fields.set("apiVersion", { type: text });
  fields.set("kind", { type: text });
  fields.set("metadata", { type: typeNamed("meta.v1.ObjectMeta"), fallback: {} });
  return { type: "struct", fields, atomic: false, ...(rest ? { rest } : {}) };
}

function fromSchema(schema: JsonSchema): FieldType {
  if (schema["x-kubernetes-int-or-string"]) return any;
  const atomic = schema["x-kubernetes-map-type"] === "atomic";
  switch (schema.type) {
    case "string":
      return text;
    case "boolean":
      return { type: "scalar", scalar: "boolean" };
    case "integer":
    case "number":
      return { type: "scalar", scalar: "number" };
    case "array":
      return listFromSchema(schema);
    case "object":
      break;
    default:
      return any;
  }
  if (typeof schema.additionalProperties === "object") {
    return { type: "map", of: fromSchema(schema.additionalProperties), atomic };
  }
  if (schema.additionalProperties === true) return { type: "map", of: any, atomic };
  const fields = new Map<string, Field>();
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const fallback = (property as { default?: unknown }).default;
    fields.set(name, { type: fromSchema(property), ...(fallback === undefined ? {} : { fallback }) });
  }
  if (schema["x-kubernetes-embedded-resource"]) return objectOf(fields, any);
  const open = schema["x-kubernetes-preserve-unknown-fields"] === true;
  return { type: "struct", fields, atomic, ...(open ? { rest: any } : {}) };
}

function listFromSchema(schema: JsonSchema): FieldType {
  const of = schema.items ? fromSchema(schema.items) : any;
  const relation = schema["x-kubernetes-list-type"] as List["relation"] | undefined;
  const keys = (schema["x-kubernetes-list-map-keys"] as string[] | undefined) ?? [];
  return { type: "list", of, relation: relation ?? "atomic", keys };
}

/** The type of one field of a map or struct; undefined when it is not declared. */
export function fieldOf(type: FieldType, name: string): FieldType | undefined {
  if (type.type === "struct") return type.fields.get(name)?.type ?? type.rest;
  if (type.type === "map") return type.of;
  return type.type === "any" ? type : undefined;
}

/** Whether a value of this type has one owner as a whole. */
export function isAtomic(type: FieldType, value: unknown): boolean {
  if (typeof value !== "object" || value === null) return true;
  switch (type.type) {
    case "scalar":
      return true;
    case "list":
      return type.relation === "atomic" || !Array.isArray(value);
    case "any":
      return type.atomic || Array.isArray(value);
    default:
      return type.atomic || Array.isArray(value);
  }
}
