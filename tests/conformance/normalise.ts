/**
 * An answer without what is by chance: the namespace's name, uids, times, versions, addresses. Equal uids and
 * versions get equal numbers, so that "the same version as before" still shows. Fields are put in order.
 */
export function normalise(value: unknown, namespace: string): unknown {
  const numbers = new Map<string, string>();
  const numbered = (what: string, text: string) => {
    const known = numbers.get(what + text);
    if (known) return known;
    const count = [...numbers.keys()].filter((key) => key.startsWith(what)).length;
    const name = `<${what} ${count + 1}>`;
    numbers.set(what + text, name);
    return name;
  };
  return walk(JSON.parse(JSON.stringify(value ?? null)), "");

  function walk(value: unknown, key: string): unknown {
    if (typeof value === "string") return spell(value, key);
    if (Array.isArray(value)) {
      const items = key === "managedFields" ? [...value].sort(byManager) : value;
      return items.map((item) => walk(item, key));
    }
    if (typeof value !== "object" || value === null) return value;
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(
      entries.map(([name, field]) => [spell(name, ""), walk(field, name.split(".").at(-1)!)]),
    );
  }

  function spell(text: string, key: string): string {
    if (key === "resourceVersion" && /^\d+$/.test(text)) return numbered("version", text);
    return text
      .replaceAll(namespace, "<namespace>")
      .replace(uuids, (uid) => numbered("uid", uid))
      .replace(times, "<time>")
      .replace(addresses, "<address>");
  }
}

const uuids = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const times = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g;
const addresses = /\b10\.\d+\.\d+\.\d+\b/g;

/** Their order goes by the second in which they were made. */
function byManager(a: any, b: any): number {
  const key = (entry: any) => `${entry.operation} ${entry.manager} ${entry.subresource ?? ""}`;
  return key(a) < key(b) ? -1 : 1;
}
