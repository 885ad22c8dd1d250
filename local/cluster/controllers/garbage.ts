import { isDeepStrictEqual } from "node:util";
import { builtIns } from "../resources.ts";
import type { Api, Controller, KubeObject, OwnerReference } from "../types.ts";
import { type Cache, crds, type Entry } from "./cache.ts";
import { withOwners } from "./claim.ts";
import type { ControllerOptions } from "./controller.ts";
import { ignoringGone } from "./pods.ts";
import { createQueue } from "./queue.ts";

const foreground = "foregroundDeletion";
const orphan = "orphan";

/**
 * Collects what has lost all its owners, and carries out foreground and orphan deletions. An owner of a kind
 * that nobody serves counts as alive: its absence is not proved.
 */
export function startGarbageCollector(api: Api, { log, cache }: ControllerOptions): Controller {
  const name = "garbage-collector";
  const queue = createQueue({
    name,
    log,
    reconcile(uid) {
      const entry = cache.byUid(uid);
      if (entry) collect(api, cache, entry);
    },
  });
  const stop = api.onChange(({ type, object, before }) => {
    const { uid, ownerReferences, deletionTimestamp, finalizers } = object.metadata;
    const owners = ownerReferences ?? [];
    if (type === "DELETED") {
      for (const { object: dependent } of cache.ownedBy(uid)) queue.add(dependent.metadata.uid);
      // An owner that waits for its dependents has one less to wait for.
      for (const owner of owners) if (isWaiting(cache.byUid(owner.uid)?.object)) queue.add(owner.uid);
      return;
    }
    const changed = !before || !isDeepStrictEqual(before.metadata.ownerReferences, ownerReferences);
    if (changed && owners.length > 0) queue.add(uid);
    if (changed) for (const owner of before?.metadata.ownerReferences ?? []) queue.add(owner.uid);
    if (deletionTimestamp && finalizers?.some((each) => each === foreground || each === orphan))
      queue.add(uid);
  });
  for (const { object } of allEntries(api, cache)) {
    const { uid, ownerReferences, deletionTimestamp } = object.metadata;
    if (ownerReferences?.length || deletionTimestamp) queue.add(uid);
  }
  return {
    name,
    stop() {
      stop();
      queue.stop();
    },
  };
}

function* allEntries(api: Api, cache: Cache): Iterable<Entry> {
  yield* cache.inNamespace("");
  for (const { metadata } of api.list({ group: "", resource: "namespaces" })) {
    yield* cache.inNamespace(metadata.name);
  }
}

/** Does for one object what its owners, its own deletion and its dependents call for. */
export function collect(api: Api, cache: Cache, entry: Entry): void {
  const { metadata } = entry.object;
  if (metadata.deletionTimestamp) {
    if (metadata.finalizers?.includes(orphan)) return letDependentsGo(api, cache, entry);
    if (metadata.finalizers?.includes(foreground)) return deleteDependents(api, cache, entry);
    return;
  }
  const owners = metadata.ownerReferences ?? [];
  if (owners.length === 0) return;
  const states = owners.map((owner) => stateOf(api, cache, entry.object, owner));
  if (states.every((state) => state === "alive")) return;
  if (states.includes("alive")) {
    withOwners(
      api,
      entry.resource,
      entry.object,
      owners.filter((_, index) => states[index] === "alive"),
    );
    return;
  }
  // An owner that waits for this object should also see what this one owns go first.
  const waiting = states.includes("waiting") && cache.ownedBy(metadata.uid).length > 0;
  remove(api, entry, waiting ? "Foreground" : undefined);
}

type OwnerState = "alive" | "waiting" | "gone";

function stateOf(api: Api, cache: Cache, object: KubeObject, owner: OwnerReference): OwnerState {
  const found = cache.byUid(owner.uid)?.object;
  const namespace = found?.metadata.namespace;
  if (found && (namespace === undefined || namespace === object.metadata.namespace)) {
    return isWaiting(found) ? "waiting" : "alive";
  }
  return isServed(api, object, owner) ? "gone" : "alive";
}

function isWaiting(owner: KubeObject | undefined): boolean {
  return (
    owner?.metadata.deletionTimestamp !== undefined &&
    owner.metadata.finalizers?.includes(foreground) === true
  );
}

/** Whether the owner's kind is one we would know of; a namespaced owner of a cluster-wide object cannot be found. */
function isServed(api: Api, object: KubeObject, owner: OwnerReference): boolean {
  const group = owner.apiVersion.includes("/") ? owner.apiVersion.split("/")[0]! : "";
  const clusterWide = object.metadata.namespace === undefined;
  const known = builtIns.find((each) => each.group === group && each.kind === owner.kind);
  if (known) return !(known.namespaced && clusterWide);
  const crd = api.list(crds).find(({ spec }) => spec.group === group && spec.names.kind === owner.kind);
  return crd !== undefined && !(crd.spec.scope === "Namespaced" && clusterWide);
}

/** Foreground: the dependents go first; the object goes when none is left that blocks it. */
function deleteDependents(api: Api, cache: Cache, { resource, object }: Entry): void {
  const { uid } = object.metadata;
  const dependents = cache.ownedBy(uid);
  for (const dependent of dependents) {
    if (!dependent.object.metadata.deletionTimestamp) collect(api, cache, dependent);
  }
  const blocking = cache
    .ownedBy(uid)
    .some(({ object: each }) =>
      each.metadata.ownerReferences!.some((owner) => owner.uid === uid && owner.blockOwnerDeletion),
    );
  if (!blocking) dropFinalizer(api, { resource, object }, foreground);
}

function letDependentsGo(api: Api, cache: Cache, entry: Entry): void {
  const { uid } = entry.object.metadata;
  for (const { resource, object } of cache.ownedBy(uid)) {
    const others = object.metadata.ownerReferences!.filter((owner) => owner.uid !== uid);
    withOwners(api, resource, object, others);
  }
  dropFinalizer(api, entry, orphan);
}

function dropFinalizer(api: Api, { resource, object }: Entry, finalizer: string): void {
  const { name, namespace } = object.metadata;
  const live = api.get(resource, name, namespace);
  if (!live?.metadata.finalizers?.includes(finalizer) || live.metadata.uid !== object.metadata.uid) return;
  const finalizers = live.metadata.finalizers.filter((each) => each !== finalizer);
  api.update(resource, { ...live, metadata: { ...live.metadata, finalizers } });
}

function remove(api: Api, { resource, object }: Entry, policy?: "Foreground"): void {
  const { name, namespace, uid, finalizers } = object.metadata;
  const own = finalizers?.includes(orphan)
    ? "Orphan"
    : finalizers?.includes(foreground)
      ? "Foreground"
      : undefined;
  const propagationPolicy = policy ?? own ?? "Background";
  ignoringGone(() => api.delete(resource, name, namespace, { propagationPolicy, preconditions: { uid } }));
}
