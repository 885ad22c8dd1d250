import { builtIns, resourceKey } from "../resources.ts";
import type { Api, Change, KubeObject, OwnerReference, ResourceName } from "../types.ts";

/** An object with the name of its kind. `object` is replaced when it changes. */
export interface Entry {
  resource: ResourceName;
  object: KubeObject;
}

/**
 * Indexes over all objects that the API does not offer: by uid, by owner, by namespace. It hears every
 * change before the controllers do, so that it is never behind what they were told.
 */
export interface Cache {
  byUid(uid: string): Entry | undefined;
  /** Everything whose ownerReferences name this uid. */
  ownedBy(uid: string): Entry[];
  /** What of one kind is owned by this uid. */
  ownedOf(resource: ResourceName, uid: string): KubeObject[];
  /** Objects of one kind without a controlling owner: what a controller may adopt. */
  uncontrolled(resource: ResourceName, namespace: string): KubeObject[];
  /** Everything in a namespace, or of one kind in it. */
  inNamespace(namespace: string, resource?: ResourceName): Entry[];
  stop(): void;
}

export const crds: ResourceName = { group: "apiextensions.k8s.io", resource: "customresourcedefinitions" };

export function createCache(api: Api): Cache {
  const uids = new Map<string, Entry>();
  const owners = new Map<string, Set<Entry>>();
  const loose = new Map<string, Set<Entry>>();
  const namespaces = new Map<string, Map<string, Set<Entry>>>();

  const namespaceOf = ({ object }: Entry) => object.metadata.namespace ?? "";
  const looseKey = (resource: ResourceName, namespace: string) => `${resourceKey(resource)}/${namespace}`;

  const index = (entry: Entry) => {
    const references = entry.object.metadata.ownerReferences ?? [];
    for (const { uid } of references) put(owners, uid, entry);
    if (!references.some(isController)) put(loose, looseKey(entry.resource, namespaceOf(entry)), entry);
  };
  const unindex = (entry: Entry, object: KubeObject) => {
    for (const { uid } of object.metadata.ownerReferences ?? []) drop(owners, uid, entry);
    drop(loose, looseKey(entry.resource, namespaceOf(entry)), entry);
  };

  const add = (resource: ResourceName, object: KubeObject) => {
    const entry: Entry = { resource, object };
    uids.set(object.metadata.uid, entry);
    const namespace = namespaceOf(entry);
    let kinds = namespaces.get(namespace);
    if (!kinds) namespaces.set(namespace, (kinds = new Map()));
    put(kinds, resourceKey(resource), entry);
    index(entry);
  };

  const hear = ({ type, resource, object }: Change) => {
    const entry = uids.get(object.metadata.uid);
    if (!entry) {
      if (type !== "DELETED") add(resource, object);
      return;
    }
    unindex(entry, entry.object);
    entry.object = object;
    if (type !== "DELETED") return index(entry);
    uids.delete(object.metadata.uid);
    const kinds = namespaces.get(namespaceOf(entry));
    if (kinds) drop(kinds, resourceKey(resource), entry);
    if (kinds?.size === 0) namespaces.delete(namespaceOf(entry));
  };

  const stop = api.onChange(hear);
  for (const resource of knownResources(api)) {
    for (const object of api.list(resource)) if (!uids.has(object.metadata.uid)) add(resource, object);
  }

  return {
    byUid: (uid) => uids.get(uid),
    ownedBy: (uid) => [...(owners.get(uid) ?? [])],
    ownedOf(resource, uid) {
      const key = resourceKey(resource);
      const found: KubeObject[] = [];
      for (const entry of owners.get(uid) ?? []) {
        if (resourceKey(entry.resource) === key) found.push(entry.object);
      }
      return found;
    },
    uncontrolled: (resource, namespace) =>
      [...(loose.get(looseKey(resource, namespace)) ?? [])].map((entry) => entry.object),
    inNamespace(namespace, resource) {
      const kinds = namespaces.get(namespace);
      if (!kinds) return [];
      if (resource) return [...(kinds.get(resourceKey(resource)) ?? [])];
      return [...kinds.values()].flatMap((entries) => [...entries]);
    },
    stop,
  };
}

/** Every kind there is now: the built-in ones and those of CRDs. */
function knownResources(api: Api): ResourceName[] {
  const custom = api.list(crds).map(({ spec }) => ({ group: spec.group, resource: spec.names.plural }));
  return [...builtIns.map(({ group, resource }) => ({ group, resource })), ...custom];
}

export function isController(reference: OwnerReference): boolean {
  return reference.controller === true;
}

function put<T>(map: Map<string, Set<T>>, key: string, value: T): void {
  const set = map.get(key);
  if (set) set.add(value);
  else map.set(key, new Set([value]));
}

function drop<T>(map: Map<string, Set<T>>, key: string, value: T): void {
  const set = map.get(key);
  set?.delete(value);
  if (set?.size === 0) map.delete(key);
}
