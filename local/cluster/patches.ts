/**
 * The ways of changing an object by a document: merge patch (RFC 7386), strategic merge and JSON patch (RFC 6902),
 * with the corners that Kubernetes' own implementations have.
 */
import { badRequest, failed } from "./errors.ts";
import { type FieldType, fieldOf } from "./fields/schema.ts";
import { equal, isMap } from "./fields/set.ts";
import { StatusError } from "./types.ts";

export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isMap(patch)) return patch;
  const merged: Record<string, unknown> = isMap(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete merged[name];
    else merged[name] = mergePatch(merged[name], value);
  }
  return merged;
}

/** Lists are merged by the first of their keys, as kubectl and helm count on. Knows the `$patch` directives. */
export function strategicMerge(type: FieldType | undefined, target: unknown, patch: unknown): unknown {
  if (!isMap(patch)) return patch;
  const { $patch: directive, $retainKeys: retained, ...changes } = patch;
  if (directive === "delete") return undefined;
  if (directive === "replace") return changes;
  const merged: Record<string, unknown> = isMap(target) ? { ...target } : {};
  if (Array.isArray(retained)) {
    for (const name of Object.keys(merged)) if (!retained.includes(name)) delete merged[name];
  }
  for (const [name, value] of Object.entries(changes)) {
    if (name.startsWith("$deleteFromPrimitiveList/")) {
      const field = name.slice(name.indexOf("/") + 1);
      const list = Array.isArray(merged[field]) ? merged[field] : [];
      merged[field] = list.filter((item) => !(value as unknown[]).includes(item));
      continue;
    }
    if (name.startsWith("$setElementOrder/")) continue;
    if (value === null) {
      delete merged[name];
      continue;
    }
    const of = type && fieldOf(type, name);
    const order = changes[`$setElementOrder/${name}`];
    const next = Array.isArray(value)
      ? mergeLists(of, merged[name], value, Array.isArray(order) ? order : undefined)
      : strategicMerge(of, merged[name], value);
    if (next === undefined) delete merged[name];
    else merged[name] = next;
  }
  for (const [name, order] of Object.entries(changes)) {
    const field = name.startsWith("$setElementOrder/") ? name.slice(name.indexOf("/") + 1) : undefined;
    if (field === undefined || field in changes || !Array.isArray(merged[field])) continue;
    const isSame = sameItem(type && fieldOf(type, field));
    merged[field] = inOrder(isSame, merged[field], order as unknown[], merged[field]);
  }
  return merged;
}

function mergeLists(
  type: FieldType | undefined,
  target: unknown,
  patch: unknown[],
  order: unknown[] | undefined,
): unknown {
  const plain = patch.filter((item) => !isMap(item) || item.$patch === undefined);
  if (type?.type !== "list" || type.relation === "atomic" || !Array.isArray(target)) return plain;
  const isSame = sameItem(type);
  if (type.relation === "set") {
    const added = patch.filter((item) => !target.includes(item));
    return inOrder(isSame, [...target, ...added], order ?? patch, target);
  }
  const nameless = patch.find((item) => isMap(item) && !(type.keys[0]! in item) && item.$patch !== "replace");
  if (nameless) {
    throw failed(`map: ${JSON.stringify(nameless)} does not contain declared merge key: ${type.keys[0]}`);
  }
  if (patch.some((item) => isMap(item) && item.$patch === "replace")) return plain;
  let merged: unknown[] = [...target];
  for (const item of patch) {
    if (isMap(item) && item.$patch === "delete") merged = merged.filter((other) => !isSame(other, item));
    else if (merged.some((other) => isSame(other, item))) {
      merged = merged.map((other) => (isSame(other, item) ? strategicMerge(type.of, other, item) : other));
    } else merged.push(strategicMerge(type.of, undefined, item));
  }
  return inOrder(isSame, merged, order ?? plain, target);
}

type Same = (a: unknown, b: unknown) => boolean;

/** Items of lists are the same when the first of their keys is. */
function sameItem(type: FieldType | undefined): Same {
  const key = type?.type === "list" && type.relation === "map" ? type.keys[0] : undefined;
  if (key === undefined) return equal;
  return (a, b) => isMap(a) && isMap(b) && equal(a[key], b[key]);
}

/** What the patch names stands in its order; what only the server has stays where it stood between. */
function inOrder(isSame: Same, list: unknown[], order: unknown[], before: unknown[]): unknown[] {
  const placeIn = (items: unknown[], item: unknown) => items.findIndex((other) => isSame(other, item));
  const named = list.filter((item) => placeIn(order, item) >= 0);
  named.sort((a, b) => placeIn(order, a) - placeIn(order, b));
  const others = list.filter((item) => placeIn(order, item) < 0);
  const sorted: unknown[] = [];
  while (named.length > 0 && others.length > 0) {
    const place = placeIn(before, named[0]);
    const first = place >= 0 && placeIn(before, others[0]) < place ? others : named;
    sorted.push(first.shift());
  }
  return [...sorted, ...others, ...named];
}

/** The operations in order; one that fails refuses the whole patch. Changes `target` in place. */
export function jsonPatch(target: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch) || !patch.every(isMap)) {
    const found = Array.isArray(patch) ? "list" : typeof patch;
    throw badRequest(
      `error decoding patch: json: cannot unmarshal ${found} into Go value of type []handlers.jsonPatchOp`,
    );
  }
  const holder = { root: target };
  for (const { op, path, from, value } of patch) {
    const [container, key] = locate(holder, path);
    if (op === "add") add(container, key, value ?? null);
    else if (op === "replace") set(container, key, value ?? null);
    else if (op === "remove") remove(container, key);
    else if (op === "test") {
      if (!equal(container[placeOf(container, key)] ?? null, value ?? null)) throw refused();
    } else if (op === "move" || op === "copy") {
      const [source, name] = locate(holder, from);
      const moved = structuredClone(source[placeOf(source, name)] ?? null);
      if (op === "move") remove(source, name);
      add(container, key, moved);
    } else throw refused();
  }
  return holder.root;
}

const refused = () =>
  new StatusError(422, "Invalid", "the server rejected our request due to an error in our request", {});

/** The container of a pointer's last part, and that part. */
function locate(holder: object, path: unknown): [container: any, key: string] {
  if (typeof path !== "string" || (path !== "" && !path.startsWith("/"))) throw refused();
  const parts = path.split("/").map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
  parts[0] = "root";
  let container: any = holder;
  for (const part of parts.slice(0, -1)) {
    container = container[placeOf(container, part)];
    if (typeof container !== "object" || container === null) throw refused();
  }
  return [container, parts.at(-1)!];
}

/** A key as it is, an index of a list as a number; one below zero counts from the end. */
function placeOf(container: any, key: string, length = container.length): string | number {
  if (!Array.isArray(container)) return key;
  if (!/^-?\d+$/.test(key)) throw refused();
  const index = Number(key) < 0 ? Number(key) + length : Number(key);
  if (index < 0 || index >= length) throw refused();
  return index;
}

function add(container: any, key: string, value: unknown): void {
  if (!Array.isArray(container)) container[key] = value;
  else if (key === "-") container.push(value);
  else container.splice(placeOf(container, key, container.length + 1) as number, 0, value);
}

/** Kubernetes makes a field that is not there yet. */
function set(container: any, key: string, value: unknown): void {
  container[placeOf(container, key)] = value;
}

function remove(container: any, key: string): void {
  const place = placeOf(container, key);
  if (!Array.isArray(container) && container[place] === undefined) throw refused();
  if (Array.isArray(container)) container.splice(place as number, 1);
  else delete container[place];
}
