/** Whether an object has the field that an API server's conflict names, as `.spec.containers[name="web"].image`. */
export function hasField(value: unknown, path: string): boolean {
  if (path === "") return value !== undefined;
  if (path.startsWith("[")) return hasItem(value, path);
  if (!path.startsWith(".") || !isMap(value)) return false;
  // Names may hold dots themselves and are not quoted, so every key that could be meant is tried.
  return Object.keys(value).some((key) => {
    const rest = path.slice(1);
    if (!rest.startsWith(key)) return false;
    const after = rest.slice(key.length);
    return (after === "" || after[0] === "." || after[0] === "[") && hasField(value[key], after);
  });
}

function hasItem(list: unknown, path: string): boolean {
  const end = path.indexOf("]");
  if (!Array.isArray(list) || end < 0) return false;
  const selector = path.slice(1, end);
  const rest = path.slice(end + 1);
  if (selector.startsWith("=")) return list.some((item) => JSON.stringify(item) === selector.slice(1));
  const keys = [...selector.matchAll(/([^=,]+)=("(?:[^"\\]|\\.)*"|[^,]+)/g)];
  return list.some(
    (item) =>
      isMap(item) &&
      keys.every(([, key, value]) => item[key!] === undefined || JSON.stringify(item[key!]) === value) &&
      hasField(item, rest),
  );
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
