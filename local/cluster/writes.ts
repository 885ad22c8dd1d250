/** Every write, from wherever it comes: the HTTP routes and the in-process API call the same functions. */
import { admitNew, admitUpdate, type Caller } from "./admission.ts";
import { createDeletion, type Removed, type Target } from "./deletion.ts";
import { badRequest, conflict, failed, invalid, notFound } from "./errors.ts";
import { check } from "./fields/check.ts";
import { afterApply } from "./fields/managers.ts";
import { typeOf } from "./fields/schema.ts";
import type { ManagedFields } from "./fields/set.ts";
import { serveCrd } from "./kinds.ts";
import { clone, now } from "./objects.ts";
import { ownable, withOwnable } from "./ownable.ts";
import { checkIdentity, checkPreconditions } from "./preconditions.ts";
import { apiVersionOf, type Registry, type Resource } from "./resources.ts";
import type { Store } from "./store.ts";
import { type DeleteOptions, type KubeObject, type NewObject } from "./types.ts";

export interface Written {
  object: KubeObject;
  created: boolean;
  /** False when the object was like that already: nothing was stored. */
  changed: boolean;
}

export interface Writes {
  create(resource: Resource, object: NewObject, caller: Caller): Written;
  /** `change` gets a copy of the live object and answers what it should be. */
  update(target: Target, change: (live: KubeObject) => KubeObject, caller: Caller): Written;
  apply(target: Target, request: NewObject, caller: Caller & { force: boolean }): Written;
  remove(target: Target, options: DeleteOptions & { dryRun?: boolean }): Removed;
}

/** `rootCa` is the certificate that new namespaces get in `kube-root-ca.crt`. */
export function createWrites(store: Store, registry: Registry, { rootCa = "" } = {}): Writes {
  const deletion = createDeletion(store);
  return { create, update, apply, remove };

  function create(resource: Resource, object: NewObject, caller: Caller): Written {
    if (object.metadata.resourceVersion)
      throw failed("resourceVersion should not be set on objects to be created");
    const next = admitNew(store, resource, clone(object), caller);
    return keepNew(resource, next, caller);
  }

  function update(target: Target, change: (live: KubeObject) => KubeObject, caller: Caller): Written {
    const { resource, name, namespace } = target;
    const before = store.get(resource, name, namespace)?.object;
    if (!before) throw notFound(resource, name);
    const next = change(clone(before));
    checkPreconditions(resource, before, next.metadata);
    return keep(resource, before, admitUpdate(store, resource, before, next, caller), caller);
  }

  function apply(target: Target, request: NewObject, caller: Caller & { force: boolean }): Written {
    const { resource, name, namespace } = target;
    const { subresource, force } = caller;
    const type = typeOf(resource);
    const before = store.get(resource, name, namespace)?.object;
    if (!before && subresource) throw notFound(resource, name);
    checkApplied(target, request);
    const writer = { manager: caller.manager, apiVersion: request.apiVersion, subresource };
    const wanted = ownable(resource, request as KubeObject, subresource);
    // An empty metadata would be owned as such.
    if (wanted.metadata && Object.keys(wanted.metadata).length === 0) delete wanted.metadata;

    if (!before) {
      if (request.metadata.uid) {
        const why = `uid mismatch: the provided object specified uid ${request.metadata.uid}, and no existing object was found`;
        throw conflict(resource, name, why);
      }
      const options = { force: true, time: now() };
      const { object, entries } = afterApply(type, { metadata: {} }, wanted, [], writer, options);
      const identity = { apiVersion: request.apiVersion, kind: request.kind };
      const view = clone(object) as { metadata?: object };
      const metadata = { ...view.metadata, name, ...(namespace === undefined ? {} : { namespace }) };
      const next = { ...view, ...identity, metadata } as NewObject;
      return keepNew(resource, admitNew(store, resource, next, caller, entries), caller);
    }

    checkAppliedMetadata(resource, before, request);
    const live = ownable(resource, before, subresource);
    const known = (before.metadata.managedFields ?? []) as ManagedFields[];
    const options = { force, time: now() };
    const { object, entries } = afterApply(type, live, wanted, known, writer, options);
    const next = clone(withOwnable(resource, before, object as Record<string, unknown>, subresource));
    return keep(resource, before, admitUpdate(store, resource, before, next, caller, entries), caller);
  }

  function remove(target: Target, options: DeleteOptions & { dryRun?: boolean }): Removed {
    const removed = deletion.remove(target, options);
    if (removed.gone && removed.changed) forget(target.resource, removed.object);
    return removed;
  }

  function forget(resource: Resource, object: KubeObject): void {
    if (resource.kind === "CustomResourceDefinition") serveCrd(registry, object, true);
  }

  function keepNew(resource: Resource, next: KubeObject, caller: Caller): Written {
    caller.confirm?.(resource, next, undefined);
    if (caller.dryRun) {
      const { resourceVersion: _, ...metadata } = next.metadata;
      return { object: { ...next, metadata } as KubeObject, created: true, changed: false };
    }
    const object = store.put(resource, next);
    if (resource.kind === "CustomResourceDefinition") serveCrd(registry, object);
    if (resource.kind === "Namespace" && resource.group === "") furnish(object.metadata.name);
    return { object, created: true, changed: true };
  }

  function keep(resource: Resource, before: KubeObject, next: KubeObject, caller: Caller): Written {
    caller.confirm?.(resource, next, before);
    if (next === before || caller.dryRun) return { object: next, created: false, changed: false };
    if (deletion.isOver(resource, next)) {
      forget(resource, store.remove(resource, next));
      return { object: next, created: false, changed: true };
    }
    const object = store.put(resource, next);
    if (resource.kind === "CustomResourceDefinition") serveCrd(registry, object);
    return { object, created: false, changed: true };
  }

  /** What every namespace has from the start. */
  function furnish(namespace: string): void {
    const caller = { manager: "kube-controller-manager" };
    const accounts = registry.find({ group: "", resource: "serviceaccounts" })!;
    const maps = registry.find({ group: "", resource: "configmaps" })!;
    const has = (resource: Resource, name: string) => store.get(resource, name, namespace) !== undefined;
    if (!has(accounts, "default")) {
      create(
        accounts,
        { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default", namespace } },
        caller,
      );
    }
    if (!has(maps, "kube-root-ca.crt")) {
      const metadata = { name: "kube-root-ca.crt", namespace };
      create(maps, { apiVersion: "v1", kind: "ConfigMap", metadata, data: { "ca.crt": rootCa } }, caller);
    }
  }
}

function checkApplied({ resource, name, namespace }: Target, request: NewObject): void {
  if (request.metadata.managedFields !== undefined) throw badRequest("metadata.managedFields must be nil");
  if (request.kind !== resource.kind || request.apiVersion !== apiVersionOf(resource)) {
    const [group, version] = request.apiVersion.includes("/")
      ? request.apiVersion.split("/")
      : ["", request.apiVersion];
    throw badRequest(`invalid object type: ${group}/${version}, Kind=${request.kind}`);
  }
  checkIdentity(resource, request, name, namespace);
  const [finding] = check(typeOf(resource), request);
  if (!finding) return;
  const what = `${request.metadata.namespace ?? ""}/${name}; ${resource.group}/${resource.version}, Kind=${request.kind}`;
  throw failed(`failed to create typed patch object (${what}): ${finding.path}: ${finding.message}`);
}

function checkAppliedMetadata(resource: Resource, live: KubeObject, request: NewObject): void {
  const { uid, resourceVersion } = request.metadata;
  if (uid && uid !== live.metadata.uid) {
    const message = `Invalid value: ${JSON.stringify(uid)}: field is immutable`;
    throw invalid(resource, live.metadata.name, [
      { field: "metadata.uid", message, reason: "FieldValueInvalid" },
    ]);
  }
  if (resourceVersion && resourceVersion !== live.metadata.resourceVersion) {
    throw conflict(resource, live.metadata.name);
  }
}
