import { conflict, notFound } from "./errors.ts";
import { cleanupFinalizer } from "./kinds.ts";
import { clone, now } from "./objects.ts";
import { type Resource, resourceKey } from "./resources.ts";
import type { Store } from "./store.ts";
import type { DeleteOptions, KubeObject } from "./types.ts";

/** One object, existing or not. */
export interface Target {
  resource: Resource;
  name: string;
  namespace: string | undefined;
}

export interface Removed {
  /** As it is now, or was last. */
  object: KubeObject;
  /** False when something still holds it: finalizers, a grace period. */
  gone: boolean;
  changed: boolean;
}

/** Deletes objects, or marks them so that their finalizers and the kubelet can do their part first. */
export function createDeletion(store: Store) {
  return { remove, isOver };

  function remove(target: Target, options: DeleteOptions & { dryRun?: boolean }): Removed {
    const { resource, name, namespace } = target;
    const before = store.get(resource, name, namespace)?.object;
    if (!before) throw notFound(resource, name);
    checkPreconditions(resource, before, options.preconditions);
    const next = marked(resource, before, options);
    if (isOver(resource, next)) {
      if (!options.dryRun) store.remove(resource, next);
      return { object: next, gone: true, changed: !options.dryRun };
    }
    if (next === before || options.dryRun) return { object: next, gone: false, changed: false };
    return { object: store.put(resource, next), gone: false, changed: true };
  }

  /** Whether nothing holds an object that is to be deleted any more. */
  function isOver(resource: Resource, object: KubeObject): boolean {
    const { deletionTimestamp, deletionGracePeriodSeconds, finalizers } = object.metadata;
    if (!deletionTimestamp || (finalizers?.length ?? 0) > 0) return false;
    if (isPod(resource)) return (deletionGracePeriodSeconds ?? 0) === 0;
    return !(isNamespace(resource) && (object.spec?.finalizers?.length ?? 0) > 0);
  }
}

const isPod = (resource: Resource) => resourceKey(resource) === "pods";
const isNamespace = (resource: Resource) => resourceKey(resource) === "namespaces";

/** The object as deletion leaves it; the same object when it is marked so already. */
function marked(resource: Resource, before: KubeObject, options: DeleteOptions): KubeObject {
  const finalizers = finalizersFor(resource, before, options.propagationPolicy);
  const graceSeconds = isPod(resource) ? graceOf(before, options) : 0;
  const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = before.metadata;
  const again = deletionTimestamp !== undefined;
  // A second deletion may only bring the end forward.
  if (again && graceSeconds >= deletionGracePeriodSeconds && finalizers === before.metadata.finalizers) {
    return before;
  }
  const next = clone(before);
  const { metadata } = next;
  if (finalizers !== before.metadata.finalizers) {
    if (finalizers && finalizers.length > 0) metadata.finalizers = finalizers;
    else delete metadata.finalizers;
  }
  if (!again || graceSeconds < deletionGracePeriodSeconds) {
    metadata.deletionTimestamp = again && !isPod(resource) ? deletionTimestamp : after(graceSeconds);
    if (!isNamespace(resource)) metadata.deletionGracePeriodSeconds = graceSeconds;
  }
  if (!again && resource.generation) metadata.generation = (metadata.generation ?? 0) + 1;
  if (isNamespace(resource)) next.status = { ...next.status, phase: "Terminating" };
  return next;
}

function graceOf(pod: KubeObject, options: DeleteOptions): number {
  const finished = ["Succeeded", "Failed"].includes(pod.status?.phase);
  if (!pod.spec?.nodeName || finished) return 0;
  return Math.max(0, options.gracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30);
}

const policies: Record<string, string> = { Foreground: "foregroundDeletion", Orphan: "orphan" };

/** What holds the object from now on; its own list when that stays as it is. */
function finalizersFor(
  resource: Resource,
  { metadata }: KubeObject,
  policy: DeleteOptions["propagationPolicy"],
): string[] | undefined {
  const { finalizers: held, deletionTimestamp } = metadata;
  if (resource.kind === "CustomResourceDefinition" && !deletionTimestamp)
    return [...(held ?? []), cleanupFinalizer];
  if (policy === undefined) return held;
  const wanted = policies[policy];
  const others = (held ?? []).filter((one) => !Object.values(policies).includes(one));
  if (wanted ? held?.includes(wanted) : others.length === (held ?? []).length) return held;
  return wanted ? [...others, wanted] : others;
}

function checkPreconditions(
  resource: Resource,
  live: KubeObject,
  preconditions: DeleteOptions["preconditions"],
): void {
  const { name, uid, resourceVersion } = live.metadata;
  const refuse = (what: string, wanted: string, is: string, hint: string) => {
    const why = `the ${what} in the precondition (${wanted}) does not match the ${what} in record (${is}). ${hint}`;
    return conflict(resource, name, why, resource.kind);
  };
  if (preconditions?.uid && preconditions.uid !== uid) {
    throw refuse("UID", preconditions.uid, uid, "The object might have been deleted and then recreated");
  }
  if (preconditions?.resourceVersion && preconditions.resourceVersion !== resourceVersion) {
    const hint = "The object might have been modified";
    throw refuse("ResourceVersion", preconditions.resourceVersion, resourceVersion, hint);
  }
}

function after(seconds: number): string {
  return seconds === 0 ? now() : `${new Date(Date.now() + seconds * 1000).toISOString().slice(0, 19)}Z`;
}
