/** The ways of changing an object by a document: merge patch (RFC 7386), strategic merge and JSON patch (RFC 6902). */
import { badRequest } from "./errors.ts";
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
    merged[field] = inOrder(type && fieldOf(type, field), merged[field], order as unknown[]);
  }
  return merged;
}

function mergeLists(
  type: FieldType | undefined,
  target: unknown,
  patch: unknown[],
  order?: unknown[],
): unknown {
  if (type?.type !== "list" || type.relation === "atomic" || !Array.isArray(target)) {
    return patch.filter((item) => !isMap(item) || item.$patch === undefined);
  }
  if (type.relation === "set") {
    return inOrder(type, [...target, ...patch.filter((item) => !target.includes(item))], order);
  }
  const key = type.keys[0]!;
  if (patch.some((item) => isMap(item) && item.$patch === "replace")) {
    return patch.filter((item) => isMap(item) && item.$patch === undefined);
  }
  let merged: unknown[] = [...target];
  for (const item of patch) {
    const isSame = (other: unknown) => isMap(other) && isMap(item) && equal(other[key], item[key]);
    if (isMap(item) && item.$patch === "delete") merged = merged.filter((other) => !isSame(other));
    else if (merged.some(isSame)) {
      merged = merged.map((other) => (isSame(other) ? strategicMerge(type.of, other, item) : other));
    } else merged.push(strategicMerge(type.of, undefined, item));
  }
  return inOrder(type, merged, order);
}

/** Puts a list into the order the client names; what it does not name keeps its place at the end. */
function inOrder(type: FieldType | undefined, list: unknown[], order: unknown[] | undefined): unknown[] {
  if (!order) return list;
  const key = type?.type === "list" ? type.keys[0] : undefined;
  const place = (item: unknown) => {
    const index = order.findIndex((wanted) =>
      key !== undefined && isMap(wanted) && isMap(item) ? equal(wanted[key], item[key]) : equal(wanted, item),
    );
    return index < 0 ? order.length : index;
  };
  return [...list].sort((a, b) => place(a) - place(b));
}

/** The operations in order; one that fails refuses the whole patch. Changes `target` in place. */
export function jsonPatch(target: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch)) throw badRequest("a JSON patch is a list of operations");
  const holder: Record<string, unknown> = { root: target };
  for (const operation of patch) {
    if (!isMap(operation)) throw badRequest("an operation of a JSON patch is an object");
    const { op, path, from, value } = operation as Record<string, any>;
    if (op === "test") {
      if (!equal(read(holder, path), value)) throw refuse(`testing value ${path} failed`);
    } else if (op === "add") put(holder, path, structuredClone(value), true);
    else if (op === "replace") {
      read(holder, path);
      put(holder, path, structuredClone(value), false);
    } else if (op === "remove") take(holder, path);
    else if (op === "move") put(holder, path, take(holder, from), true);
    else if (op === "copy") put(holder, path, structuredClone(read(holder, from)), true);
    else throw badRequest(`unknown operation of a JSON patch: ${op}`);
  }
  return holder.root;
}

const refuse = (why: string) =>
  new StatusError(422, "Invalid", `the server rejected our request due to an error in our request: ${why}`);

/** The container of a pointer's last part, and that part. */
function locate(holder: Record<string, unknown>, path: unknown): [container: any, key: string] {
  if (typeof path !== "string" || (path !== "" && !path.startsWith("/"))) {
    throw badRequest(`not a JSON pointer: ${path}`);
  }
  const parts = ["root", ...path.split("/").slice(1)].map((part) =>
    part.replaceAll("~1", "/").replaceAll("~0", "~"),
  );
  let container: any = holder;
  for (const part of parts.slice(0, -1)) {
    container = Array.isArray(container) || isMap(container) ? (container as any)[part] : undefined;
    if (typeof container !== "object" || container === null) throw refuse(`path does not exist: ${path}`);
  }
  return [container, parts.at(-1)!];
}

function read(holder: Record<string, unknown>, path: unknown): unknown {
  const [container, key] = locate(holder, path);
  if (container[key] === undefined) throw refuse(`path does not exist: ${path}`);
  return container[key];
}

function put(holder: Record<string, unknown>, path: unknown, value: unknown, insert: boolean): void {
  const [container, key] = locate(holder, path);
  if (!Array.isArray(container)) container[key] = value;
  else if (key === "-") container.push(value);
  else if (!/^\d+$/.test(key) || Number(key) > container.length) throw refuse(`no such index: ${path}`);
  else container.splice(Number(key), insert ? 0 : 1, value);
}

function take(holder: Record<string, unknown>, path: unknown): unknown {
  const value = read(holder, path);
  const [container, key] = locate(holder, path);
  if (Array.isArray(container)) container.splice(Number(key), 1);
  else delete container[key];
  return value;
}
