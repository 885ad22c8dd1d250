import type { KubeObject } from "../../kube/types.ts";
import { ourFields, sameWhole } from "./owned.ts";

type Json = unknown;
type Fields = Record<string, unknown>;

/** Enough to see what is going on. */
const most = 5;

/**
 * The fields in which a live object is not as wanted, as the API writes paths in its conflicts
 * (`.spec.containers[name="web"].image`): another value, no longer ours, or ours and not wanted any more. For
 * messages; whether there are any is for `isApplied` to say.
 */
export function changedFields(live: KubeObject, wanted: KubeObject): string[] {
  const { apiVersion: _, kind: __, metadata, ...rest } = wanted;
  const { name: ___, namespace: ____, uid: _____, resourceVersion: ______, ...meta } = metadata;
  const found: string[] = [];
  collect({ metadata: meta, ...rest }, live, ourFields(live), "", found);
  return found.slice(0, most);
}

/** `owned` is what of it is ours: undefined is nothing, an empty map all of it as a whole. */
function collect(wanted: Json, live: Json, owned: Fields | undefined, path: string, found: string[]): void {
  const inside = Object.keys(owned ?? {}).filter((key) => key !== ".");
  if (isEmpty(wanted) && isEmpty(live)) return;
  if (owned !== undefined && inside.length === 0) {
    if (!sameWhole(wanted, live, "", false)) found.push(path);
  } else if (isMap(wanted) && isMap(live)) {
    for (const [key, value] of Object.entries(wanted)) {
      collect(value, live[key], owned?.[`f:${key}`] as Fields | undefined, `${path}.${key}`, found);
    }
    const extra = inside.filter((key) => key.startsWith("f:") && !(key.slice(2) in wanted));
    found.push(...extra.map((key) => `${path}.${key.slice(2)}`));
  } else if (Array.isArray(wanted) && Array.isArray(live) && inside.some((key) => key.startsWith("k:"))) {
    for (const key of inside.filter((one) => one.startsWith("k:"))) {
      const selector = JSON.parse(key.slice(2)) as Record<string, Json>;
      const at = `${path}[${selectorText(selector)}]`;
      const [mine, theirs] = [itemOf(wanted, selector, true), itemOf(live, selector, false)];
      if (mine === undefined || theirs === undefined) found.push(at);
      else collect(mine, theirs, owned![key] as Fields, at, found);
    }
    if (wanted.length > inside.length) found.push(path);
  } else found.push(path);
}

const selectorText = (selector: Record<string, Json>): string =>
  Object.entries(selector)
    .map(([field, value]) => `${field}=${JSON.stringify(value)}`)
    .join(",");

function itemOf(list: Json[], key: Record<string, Json>, orAbsent: boolean): Json {
  return list.find(
    (item) =>
      isMap(item) &&
      Object.entries(key).every(
        ([field, value]) => (orAbsent ? (item[field] ?? value) : item[field]) === value,
      ),
  );
}

const isEmpty = (value: Json): boolean =>
  value === undefined || value === null || (typeof value === "object" && Object.keys(value).length === 0);

function isMap(value: Json): value is Record<string, Json> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
