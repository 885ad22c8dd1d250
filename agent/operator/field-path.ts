/** Paths of fields as the API server writes them in its conflicts: `.spec.containers[name="web"].image`. */

/** One step into a value: the key of a map, or what picks an item out of a list. */
export type Step = { key: string } | { item: Record<string, unknown> } | { value: unknown };

/** Whether an object has the field that a path names. */
export const hasField = (value: unknown, path: string): boolean => readingsOf(value, path).length > 0;

/**
 * The fields of an object that a path may mean. Names may hold dots themselves and are not quoted, so every key
 * that could be meant is one more reading.
 */
export function readingsOf(value: unknown, path: string): Step[][] {
  if (path === "") return value === undefined ? [] : [[]];
  if (path.startsWith("[")) return itemsOf(value, path);
  if (!path.startsWith(".") || !isMap(value)) return [];
  const rest = path.slice(1);
  return Object.keys(value).flatMap((key) => {
    if (!rest.startsWith(key)) return [];
    const after = rest.slice(key.length);
    const isWhole = after === "" || after[0] === "." || after[0] === "[";
    return isWhole ? readingsOf(value[key], after).map((steps) => [{ key }, ...steps]) : [];
  });
}

function itemsOf(list: unknown, path: string): Step[][] {
  const end = path.indexOf("]");
  if (!Array.isArray(list) || end < 0) return [];
  const selector = path.slice(1, end);
  const rest = path.slice(end + 1);
  if (selector.startsWith("=")) {
    return list.filter((item) => JSON.stringify(item) === selector.slice(1)).map((value) => [{ value }]);
  }
  const keys = [...selector.matchAll(/([^=,]+)=("(?:[^"\\]|\\.)*"|[^,]+)/g)].map(
    ([, key, value]) => [key!, value!] as const,
  );
  if (keys.length === 0) return [];
  const fits = (item: unknown) =>
    isMap(item) &&
    keys.every(([key, value]) => item[key] === undefined || JSON.stringify(item[key]) === value);
  return list
    .filter(fits)
    .flatMap((item: Record<string, unknown>) =>
      readingsOf(item, rest).map((steps) => [{ item: identityOf(item, keys) }, ...steps]),
    );
}

const identityOf = (item: Record<string, unknown>, keys: (readonly [string, string])[]) =>
  Object.fromEntries(keys.map(([key]) => [key, item[key]]).filter(([, value]) => value !== undefined));

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
