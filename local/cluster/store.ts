/**
 * The objects: in memory as they are handed out, in SQLite as they survive. Every write is one
 * transaction, so that a kill -9 loses nothing that was answered (WAL; only a power cut may lose the
 * last writes). One counter numbers the writes of all kinds.
 */
import { Database } from "bun:sqlite";
import { type Resource, resourceKey } from "./resources.ts";
import { freeze } from "./objects.ts";
import type { Change, KubeObject, ResourceName } from "./types.ts";

/** An object with its text, which lists and watches send as it is. */
export interface Stored {
  object: KubeObject;
  /** JSON that begins with `kind` and `apiVersion`. */
  json: string;
}

export interface StoredChange extends Change {
  /** Of this write; for DELETED it is above that of the object's last version. */
  revision: number;
  json: string;
}

export interface Store {
  revision(): number;
  get(resource: ResourceName, name: string, namespace?: string): Stored | undefined;
  /** In the order of namespace and name. */
  list(resource: ResourceName, namespace?: string): Stored[];
  /** The list of all namespaces as it was at a revision; undefined when that is no longer known. */
  listAt(resource: ResourceName, revision: number): Stored[] | undefined;
  /** Stores an object under the next revision, freezes it and tells the listeners. */
  put(resource: Resource, object: KubeObject): KubeObject;
  /** Removes an object; `last` is what listeners get, with the revision of the removal. */
  remove(resource: Resource, last: KubeObject): KubeObject;
  /** The changes after a revision, oldest first; undefined when they are no longer known. */
  since(revision: number): StoredChange[] | undefined;
  /** The oldest revision a watch can start from. */
  oldest(): number;
  /** Hears each change after it is stored, in order, also when a listener writes itself. */
  onChange(listener: (change: StoredChange) => void): () => void;
  close(): void;
}

const spellKey = (name: string, namespace: string | undefined) => `${namespace ?? ""}/${name}`;

/** What lists are in the order of. */
export const keyOf = ({ metadata }: KubeObject) => spellKey(metadata.name, metadata.namespace);

/** Opens or makes a store. `history` is the number of changes that are kept for watches. */
export function openStore(file: string, { history = 8_000 } = {}): Store {
  const db = new Database(file, { create: true, strict: true });
  db.exec("pragma journal_mode = wal; pragma synchronous = normal; pragma busy_timeout = 2000");
  db.exec(`create table if not exists objects (
    resource text not null, key text not null, revision integer not null, json text not null,
    primary key (resource, key)) without rowid`);
  // The revision of the last removal: the counter is the highest of it and of all objects.
  db.exec("create table if not exists counter (id integer primary key, revision integer not null)");
  const save = db.query("insert or replace into objects (resource, key, revision, json) values (?, ?, ?, ?)");
  const drop = db.query("delete from objects where resource = ? and key = ?");
  const count = db.query("insert or replace into counter (id, revision) values (1, ?)");
  const dropAndCount = db.transaction((resource: string, key: string, at: number) => {
    drop.run(resource, key);
    count.run(at);
  });

  const kinds = new Map<string, Map<string, Stored>>();
  const sorted = new Map<string, Stored[]>();
  const listeners = new Set<(change: StoredChange) => void>();
  const changes: StoredChange[] = [];
  const waiting: StoredChange[] = [];
  let telling = false;
  let revision = load();
  let oldest = revision;

  return {
    revision: () => revision,
    oldest: () => oldest,
    get: (resource, name, namespace) => kinds.get(resourceKey(resource))?.get(spellKey(name, namespace)),
    list(resource, namespace) {
      const all = inOrder(resourceKey(resource));
      return namespace === undefined ? all : withinNamespace(all, namespace);
    },
    put(resource, object) {
      const kind = resourceKey(resource);
      const key = keyOf(object);
      const next = revision + 1;
      object.metadata.resourceVersion = String(next);
      const stored = { object, json: write(object) };
      save.run(kind, key, next, stored.json);
      revision = next;
      freeze(object);
      const before = objectsOf(kind).get(key)?.object;
      objectsOf(kind).set(key, stored);
      sorted.delete(kind);
      const type = before ? "MODIFIED" : "ADDED";
      tell({ type, resource: nameOf(resource), ...(before ? { before } : {}), ...stored, revision: next });
      return object;
    },
    remove(resource, last) {
      const kind = resourceKey(resource);
      const key = keyOf(last);
      const before = objectsOf(kind).get(key)?.object ?? last;
      const next = revision + 1;
      const object = { ...last, metadata: { ...last.metadata, resourceVersion: String(next) } };
      dropAndCount(kind, key, next);
      revision = next;
      objectsOf(kind).delete(key);
      sorted.delete(kind);
      const json = write(freeze(object));
      tell({ type: "DELETED", resource: nameOf(resource), before, object, json, revision: next });
      return object;
    },
    listAt(resource, at) {
      const later = since(at);
      if (!later) return undefined;
      const kind = resourceKey(resource);
      const objects = new Map(objectsOf(kind));
      for (const { resource: of, object, before } of later.reverse()) {
        if (resourceKey(of) !== kind) continue;
        if (before) objects.set(keyOf(before), { object: before, json: write(before) });
        else objects.delete(keyOf(object));
      }
      return sortedByKey(objects);
    },
    since,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close() {
      listeners.clear();
      db.close();
    },
  };

  function since(from: number): StoredChange[] | undefined {
    if (from < oldest) return undefined;
    let low = 0;
    let high = changes.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (changes[middle]!.revision > from) high = middle;
      else low = middle + 1;
    }
    return changes.slice(low);
  }

  /** Reads everything and answers the counter. A new store starts at the clock, above any former one. */
  function load(): number {
    let highest = 0;
    for (const row of db.query("select resource, key, revision, json from objects").iterate()) {
      const { resource, key, revision: at, json } = row as Record<string, string>;
      objectsOf(resource!).set(key!, { object: freeze(JSON.parse(json!)) as KubeObject, json: json! });
      highest = Math.max(highest, Number(at));
    }
    const row = db.query("select revision from counter where id = 1").get() as { revision: number } | null;
    const last = Math.max(highest, row?.revision ?? 0);
    if (last > 0) return last;
    const first = Date.now();
    count.run(first);
    return first;
  }

  function objectsOf(kind: string): Map<string, Stored> {
    let objects = kinds.get(kind);
    if (!objects) kinds.set(kind, (objects = new Map()));
    return objects;
  }

  function inOrder(kind: string): Stored[] {
    const known = sorted.get(kind);
    if (known) return known;
    const list = sortedByKey(objectsOf(kind));
    sorted.set(kind, list);
    return list;
  }

  function tell(change: StoredChange): void {
    changes.push(change);
    if (changes.length >= history * 1.5) {
      const cut = changes.splice(0, changes.length - history);
      oldest = cut.at(-1)!.revision;
    }
    waiting.push(change);
    if (telling) return;
    telling = true;
    try {
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        for (const listener of listeners) listener(next);
      }
    } finally {
      telling = false;
    }
  }
}

const sortedByKey = (objects: Map<string, Stored>) =>
  [...objects.keys()].sort().map((key) => objects.get(key)!);

function withinNamespace(all: Stored[], namespace: string): Stored[] {
  return all.filter(({ object }) => object.metadata.namespace === namespace);
}

const nameOf = ({ group, resource }: Resource): ResourceName => ({ group, resource });

/** Kind and apiVersion come first, so that a list can leave them out by cutting the text. */
export function write(object: KubeObject): string {
  const { kind, apiVersion, ...rest } = object;
  return JSON.stringify({ kind, apiVersion, ...rest });
}
