/**
 * Is a live object already what we would apply? Decided from the object alone, so that a restarted operator
 * writes nothing. Our entry in `managedFields` says which fields are ours: whoever changes one of them takes it
 * away from us, so a field that is missing there is drift, and one too many is a field we no longer want.
 */
import { managers } from "../../kube/styrmin-deployment.ts";
import type { KubeObject } from "../../kube/types.ts";

type Fields = Record<string, unknown>;
type Json = unknown;

/**
 * `strict` also takes additions inside a field that is owned as a whole (a list without keys) for a difference.
 * They are defaults of the API server, or what an earlier release wanted: be strict when a release is new.
 */
export function isApplied(live: KubeObject, wanted: KubeObject, strict = false): boolean {
  const fields = ourFields(live);
  if (fields === undefined) return false;
  const { apiVersion, kind, metadata, ...rest } = wanted;
  const { name, namespace, uid, resourceVersion, ...meta } = metadata;
  return sameMap({ metadata: meta, ...rest }, live, fields, "", strict);
}

/** The fields the operator applied, in the form of `fieldsV1`; undefined when it never applied the object. */
export function ourFields(live: KubeObject): Fields | undefined {
  const entry = live.metadata.managedFields?.find(
    (one) => one.manager === managers.operator && one.operation === "Apply" && !one.subresource,
  );
  return entry?.fieldsV1 as Fields | undefined;
}

function same(wanted: Json, live: Json, fields: Fields, parent: string, strict: boolean): boolean {
  const inside = Object.keys(fields).filter((key) => key !== ".");
  if (inside.length === 0) return sameWhole(wanted, live, parent, strict);
  if (Array.isArray(wanted)) return Array.isArray(live) && sameList(wanted, live, fields, inside, strict);
  return isMap(wanted) && isMap(live) && sameMap(wanted, live, fields, parent, strict);
}

function sameMap(
  wanted: Record<string, Json>,
  live: Record<string, Json>,
  fields: Fields,
  parent: string,
  strict: boolean,
): boolean {
  for (const [key, value] of Object.entries(wanted)) {
    const owned = fields[`f:${key}`];
    if (owned === undefined) {
      if (isEmpty(value) && isEmpty(live[key])) continue;
      return false;
    }
    if (!same(value, live[key], owned as Fields, isScalar(value) ? parent : key, strict)) return false;
  }
  return Object.keys(fields).every(
    (field) => !field.startsWith("f:") || Object.hasOwn(wanted, field.slice(2)),
  );
}

/** A list whose items have keys (`k:`) or are a set (`v:`). */
function sameList(wanted: Json[], live: Json[], fields: Fields, owned: string[], strict: boolean): boolean {
  if (owned.length !== wanted.length) return false;
  const left = new Set(wanted);
  return owned.every((field) => {
    const key: Json = JSON.parse(field.slice(2));
    if (!field.startsWith("k:") || !isMap(key)) return left.has(key) && live.includes(key);
    const item = [...left].find((one) => hasKey(one, key)) ?? [...left].find((one) => mayHaveKey(one, key));
    if (item === undefined) return false;
    left.delete(item);
    const there = live.find((one) => hasKey(one, key));
    return there !== undefined && same(item, there, fields[field] as Fields, "", strict);
  });
}

/** A field owned as a whole: a scalar, an atomic list or an atomic map. */
export function sameWhole(wanted: Json, live: Json, parent: string, strict: boolean): boolean {
  if (isEmpty(wanted) && isEmpty(live)) return true;
  if (Array.isArray(wanted)) {
    return (
      Array.isArray(live) &&
      wanted.length === live.length &&
      wanted.every((item, index) => sameWhole(item, live[index], parent, strict))
    );
  }
  if (isMap(wanted)) {
    if (!isMap(live)) return false;
    if (strict && Object.keys(live).some((key) => !(key in wanted))) return false;
    return Object.entries(wanted).every(([key, value]) =>
      sameWhole(value, live[key], isScalar(value) ? parent : key, strict),
    );
  }
  if (wanted === live) return true;
  const amount = quantities.has(parent) ? quantity(wanted) : undefined;
  return amount !== undefined && amount === quantity(live);
}

const hasKey = (item: Json, key: Record<string, Json>) =>
  isMap(item) && Object.entries(key).every(([field, value]) => item[field] === value);

/** The API server fills in parts of a key, such as a port's protocol. */
const mayHaveKey = (item: Json, key: Record<string, Json>) =>
  isMap(item) && Object.entries(key).every(([field, value]) => (item[field] ?? value) === value);

/** The maps whose values the API server rewrites: `1000m` comes back as `1`. */
const quantities = new Set(["limits", "requests", "capacity", "hard", "min", "max", "default"]);
const suffixes: Record<string, number> = {
  "": 1,
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
};
Object.assign(suffixes, {
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
});

function quantity(value: Json): number | undefined {
  const found = /^([+-]?[0-9.]+(?:[eE][+-]?\d+)?)([a-zA-Z]*)$/.exec(String(value));
  const factor = found && suffixes[found[2]!];
  return factor ? Number((Number(found[1]) * factor).toPrecision(15)) : undefined;
}

function isEmpty(value: Json): boolean {
  if (value === undefined || value === null) return true;
  return Array.isArray(value) ? value.length === 0 : isMap(value) && Object.keys(value).length === 0;
}

const isScalar = (value: Json) => typeof value !== "object" || value === null;

function isMap(value: Json): value is Record<string, Json> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
