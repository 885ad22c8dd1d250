/** Server-side apply as pure functions of the live object, the request and the sets of fields they own. */
import { type FieldType, fieldOf, isAtomic } from "./schema.ts";
import { elementOf, type Fields, isMap } from "./set.ts";

/** The live object with the request laid over it. Parts that do not change are shared, not copied. */
export function merge(type: FieldType, live: unknown, request: unknown): unknown {
  if (live === undefined || live === null || isAtomic(type, request)) return withoutNulls(type, request);
  if (Array.isArray(request)) {
    return type.type === "list" && Array.isArray(live) ? mergeList(type, live, request) : request;
  }
  if (!isMap(live)) return withoutNulls(type, request);
  const merged: Record<string, unknown> = { ...live };
  for (const [name, value] of Object.entries(request as object)) {
    if (value === undefined) continue;
    if (value === null && type.type !== "map") delete merged[name];
    else merged[name] = merge(fieldOf(type, name) ?? type, live[name], value);
  }
  return merged;
}

/** A null is owned, but absent from the object; in a map with free keys its key is there. */
function withoutNulls(type: FieldType, value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map((item) => withoutNulls(type.type === "list" ? type.of : type, item));
  }
  if (!isMap(value)) return value;
  const kept: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(value)) {
    if (field === undefined || (field === null && type.type !== "map")) continue;
    kept[name] = withoutNulls(fieldOf(type, name) ?? type, field);
  }
  return kept;
}

/** The request's items in their order, the live list's others where they stood between them. */
function mergeList(type: FieldType & { type: "list" }, live: unknown[], request: unknown[]): unknown[] {
  const left = live.map((item) => elementOf(type, item));
  const right = request.map((item) => elementOf(type, item));
  const known = new Map(left.map((key, index) => [key, live[index]]));
  const wanted = new Set(right);
  const shared = right.filter((key) => known.has(key));
  const done = new Set<string>();
  const merged: unknown[] = [];
  let nextShared = 0;
  const take = (index: number) => {
    const key = right[index]!;
    done.add(key);
    if (shared[nextShared] === key) nextShared++;
    merged.push(merge(type.of, known.get(key), request[index]));
  };
  for (let l = 0, r = 0; l < left.length || r < right.length;) {
    const key = left[l];
    if (key !== undefined && r < right.length) {
      if (key === right[r]) {
        take(r++);
        l++;
        continue;
      }
      if (wanted.has(key) && nextShared < shared.length && shared[nextShared] !== key) {
        l++;
        continue;
      }
    }
    if (key !== undefined) {
      if (!wanted.has(key)) {
        merged.push(live[l++]);
        continue;
      }
      if (done.has(key)) l++;
    }
    if (r < right.length) take(r++);
  }
  return merged;
}

/**
 * Takes out what the applier owned before (`owned`) and nobody owns any more (`kept`: the sets of all
 * managers with the applier's new one). Parts that become empty go as well.
 */
export function prune(type: FieldType, value: unknown, owned: Fields, kept: Fields | undefined): unknown {
  if (isAtomic(type, value)) return value;
  if (Array.isArray(value)) {
    if (type.type !== "list") return value;
    const items: unknown[] = [];
    for (const item of value) {
      const key = elementOf(type, item);
      const was = owned[key];
      const is = kept?.[key];
      if (was && isOwn(was) && !(is && isOwn(is))) continue;
      items.push(was ? prune(type.of, item, was, is) : item);
    }
    return items.length > 0 ? items : undefined;
  }
  const left: Record<string, unknown> = {};
  let count = 0;
  for (const [name, field] of Object.entries(value as object)) {
    const was = owned[`f:${name}`];
    const is = kept?.[`f:${name}`];
    const declared = type.type === "struct" && type.fields.has(name);
    if (was && (declared || isOwn(was)) && !(is && (declared || isOwn(is)))) continue;
    const next = was ? prune(fieldOf(type, name) ?? type, field, was, is) : field;
    if (next === undefined) continue;
    left[name] = next;
    count++;
  }
  return count > 0 ? left : undefined;
}

function isOwn(node: Fields): boolean {
  if ("." in node) return true;
  for (const _ in node) return false;
  return true;
}
