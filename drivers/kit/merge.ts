/** Config of a cluster, an environment or a deployment: a JSON object whose unknown keys pass through. */
export type Config = Record<string, unknown>;

/** Names that would reach an object's prototype when they are assigned. */
export const reservedNames: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

/**
 * Merges configs deeply, later ones first: maps are merged key by key, lists and all else are replaced, and
 * null takes a key away's value (it stays, as null). Nothing of the input is shared or changed. Keys that
 * reach a prototype (`__proto__`) are dropped, as is anything that is not an object.
 */
export function mergeConfig(...configs: unknown[]): Config {
  return configs.reduce<Config>((merged, config) => mergeInto(merged, config), {});
}

function mergeInto(target: Config, source: unknown): Config {
  if (!isMap(source)) return target;
  for (const [key, value] of Object.entries(source)) {
    if (reservedNames.has(key)) continue;
    const before = Object.hasOwn(target, key) ? target[key] : undefined;
    target[key] = isMap(value) ? mergeInto(isMap(before) ? before : {}, value) : copied(value);
  }
  return target;
}

function copied(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copied);
  return isMap(value) ? mergeInto({}, value) : value;
}

function isMap(value: unknown): value is Config {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
