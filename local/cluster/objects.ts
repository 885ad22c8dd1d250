/** Copies and freezes JSON values; both are much faster here than the built-in general ones. */

export function clone<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(clone) as T;
  const copy: Record<string, unknown> = {};
  for (const key in value) copy[key] = clone(value[key]);
  return copy as T;
}

/** Freezes a value with all that is in it; stops where it is frozen already. */
export function freeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  if (Array.isArray(value)) for (const item of value) freeze(item);
  else for (const key in value) freeze((value as Record<string, unknown>)[key]);
  return value;
}

/** Time as Kubernetes writes it: whole seconds. */
export function now(): string {
  return `${new Date().toISOString().slice(0, 19)}Z`;
}

/** Reads `spec.replicas` out of an object. */
export function at(object: unknown, path: string): unknown {
  let value = object;
  for (const name of path.replace(/^\./, "").split(".")) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}

/** Sets `spec.replicas` in an object, in place. */
export function setAt(object: object, path: string, value: unknown): void {
  const names = path.replace(/^\./, "").split(".");
  let target = object as Record<string, any>;
  for (const name of names.slice(0, -1)) target = target[name] ??= {};
  target[names.at(-1)!] = value;
}
