import type { KubeObject, WatchEvent } from "./types.ts";

type Change = Exclude<WatchEvent, { type: "SYNCED" }>;

/**
 * The objects of one kind by namespace and name. It takes whole lists and single events and answers with what
 * changed by them, so that nothing depends on having seen every event: deletions come out of the difference,
 * and an object that was made anew under the same name is told by its UID. Never goes back in time.
 */
export interface ObjectStore {
  get(namespace: string | undefined, name: string): KubeObject | undefined;
  all(): KubeObject[];
  /** A complete list, not older than anything taken before. */
  takeList(items: KubeObject[]): Change[];
  takeEvent(type: "ADDED" | "MODIFIED" | "DELETED", object: KubeObject): Change[];
}

export function createObjectStore(): ObjectStore {
  let objects = new Map<string, KubeObject>();

  return {
    get: (namespace, name) => objects.get(keyOf(namespace, name)),
    all: () => [...objects.values()],
    takeList(items) {
      const next = new Map<string, KubeObject>();
      const changes: Change[] = [];
      for (const item of items) {
        const key = keyOf(item.metadata.namespace, item.metadata.name);
        const before = objects.get(key);
        const kept = before && isSameOrOlder(item, before) ? before : item;
        next.set(key, kept);
        if (kept !== before) changes.push(...replaced(before, item));
      }
      for (const [key, before] of objects) {
        if (!next.has(key)) changes.push({ type: "DELETED", object: before, before });
      }
      objects = next;
      return changes;
    },
    takeEvent(type, object) {
      const key = keyOf(object.metadata.namespace, object.metadata.name);
      const before = objects.get(key);
      if (type !== "DELETED") {
        if (before && isSameOrOlder(object, before)) return [];
        objects.set(key, object);
        return replaced(before, object);
      }
      const other = before !== undefined && before.metadata.uid !== object.metadata.uid;
      if (before === undefined || other || isOlder(versionOf(object), versionOf(before))) return [];
      objects.delete(key);
      return [{ type, object, before }];
    },
  };
}

function replaced(before: KubeObject | undefined, object: KubeObject): Change[] {
  if (before === undefined) return [{ type: "ADDED", object }];
  if (before.metadata.uid === object.metadata.uid) return [{ type: "MODIFIED", object, before }];
  return [
    { type: "DELETED", object: before, before },
    { type: "ADDED", object },
  ];
}

function isSameOrOlder(object: KubeObject, than: KubeObject): boolean {
  const version = versionOf(object);
  const same = version === versionOf(than) && object.metadata.uid === than.metadata.uid;
  return same || isOlder(version, versionOf(than));
}

/**
 * Whether one resource version is older than another. They are decimal numbers of any length (promised since
 * Kubernetes 1.35, true ever since); where one is not, nothing is said to be older.
 */
export function isOlder(version: string, than: string): boolean {
  if (!/^\d+$/.test(version) || !/^\d+$/.test(than)) return false;
  return version.length === than.length ? version < than : version.length < than.length;
}

const versionOf = (object: KubeObject): string => object.metadata.resourceVersion ?? "";
const keyOf = (namespace: string | undefined, name: string): string => `${namespace ?? ""}/${name}`;
