/**
 * The value at a path such as `spec.containers[web].env[LEVEL].value`: `[2]` is an item by its place, `[web]` the item
 * of that name (its own or its metadata's), host or key in a list, and in a map the key, which may have dots then. Undefined when it is not there.
 */
export function fieldAt(object: unknown, path: string): unknown {
  let value = object;
  for (const [, plain, bracketed] of path.matchAll(/([^.[\]]+)|\[([^\]]*)\]/g)) {
    if (typeof value !== "object" || value === null) return undefined;
    const key = plain ?? bracketed!;
    if (Array.isArray(value)) value = /^\d+$/.test(key) ? value[Number(key)] : value.find(isCalled(key));
    else value = Object.getOwnPropertyDescriptor(value, key)?.value;
  }
  return value;
}

const isCalled = (key: string) => (item: unknown) => {
  if (typeof item !== "object" || item === null) return false;
  const { name, host, key: own, metadata } = item as Record<string, any>;
  return [name, host, own, metadata?.name].includes(key);
};
