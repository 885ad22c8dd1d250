/** What every write goes through between the request and the store: names, defaults, rules, owners, counters. */
import { alreadyExists, invalid } from "./errors.ts";
import { settle } from "./fields/check.ts";
import { afterUpdate, sameExceptTimes } from "./fields/managers.ts";
import { typeOf } from "./fields/schema.ts";
import { equal, type ManagedFields } from "./fields/set.ts";
import { complete, requireServiceAccount, validateKind } from "./kinds.ts";
import { clone, now } from "./objects.ts";
import { ownable, ownableMetadata, ownableNames } from "./ownable.ts";
import { requireNamespace } from "./preconditions.ts";
import { apiVersionOf, type Resource } from "./resources.ts";
import { defaultObject } from "./schema/defaults.ts";
import { required } from "./schema/problem.ts";
import { applyStructuralSchema } from "./schema/structural.ts";
import { validateObject } from "./schema/validate.ts";
import type { Store } from "./store.ts";
import type { KubeObject, NewObject } from "./types.ts";

/** Who writes, and how. */
export interface Caller {
  /** The field manager. */
  manager: string;
  subresource?: "status" | "scale";
  dryRun?: boolean;
  /** The version the request was made in, when it is not the stored one. */
  apiVersion?: string;
  /** Throws what the caller may not do with this object; asked before it is stored. */
  confirm?: (resource: Resource, next: KubeObject, before: KubeObject | undefined) => void;
}

/** A new object as it will be stored, but for its resourceVersion. `object` is the caller's own copy. */
export function admitNew(
  store: Store,
  resource: Resource,
  object: NewObject,
  caller: Caller,
  applied?: ManagedFields[],
): KubeObject {
  requireNamespace(store, resource, object);
  requireServiceAccount(store, resource, object);
  const given = object.metadata;
  const name = given.name || (given.generateName ? given.generateName.slice(0, 58) + suffix() : "");
  if (name === "") {
    throw invalid(resource, "", [required("metadata.name", "name or generateName is required")]);
  }
  if (store.get(resource, name, given.namespace)) throw alreadyExists(resource, name);
  const next = object as KubeObject;
  const creationTimestamp = now();
  next.apiVersion = apiVersionOf({ ...resource, version: resource.storageVersion });
  next.kind = resource.kind;
  next.metadata = {
    name,
    ...(resource.namespaced ? { namespace: given.namespace! } : {}),
    uid: crypto.randomUUID(),
    resourceVersion: "",
    ...(resource.generation ? { generation: 1 } : {}),
    creationTimestamp,
    ...ownableMetadata(given),
  };
  if (resource.status) delete next.status;
  fill(store, resource, next);
  refuse(resource, next);
  next.metadata.managedFields = applied ?? ownersAfter(resource, undefined, next, caller, creationTimestamp);
  return next;
}

/**
 * The object as it will be stored after an update; `before` itself when nothing changes. `next` is the
 * caller's own copy of the whole object; what the subresource does not write is taken from `before`.
 */
export function admitUpdate(
  store: Store,
  resource: Resource,
  before: KubeObject,
  next: KubeObject,
  caller: Caller,
  applied?: ManagedFields[],
): KubeObject {
  const object = confine(resource, before, next, caller);
  fill(store, resource, object, before);
  const time = now();
  const known = (before.metadata.managedFields ?? []) as ManagedFields[];
  const managers = applied ?? ownersAfter(resource, before, object, caller, time, edited(next, known));
  object.metadata.managedFields = sameExceptTimes(known, managers) ? known : managers;
  if (equal(before, object)) return before;
  // What others own may have been retimed by a write that in the end changes nothing else.
  if (managers !== known && managers.length > 0) object.metadata.managedFields = managers;

  refuse(resource, object, before);
  refuseNewFinalizers(resource, before, object);
  const counted = resource.generation && caller.subresource !== "status";
  if (counted && specChanged(resource, before, object)) {
    object.metadata.generation = (before.metadata.generation ?? 0) + 1;
  }
  return object;
}

/** Keeps what this caller may not write as it was. */
function confine(resource: Resource, before: KubeObject, next: KubeObject, caller: Caller): KubeObject {
  if (caller.subresource === "status") {
    const object = clone(before);
    if (next.status === undefined) delete object.status;
    else object.status = next.status;
    // The deployment controller counts revisions here without touching the generation.
    if (resource.kind === "Deployment" && next.metadata.annotations) {
      object.metadata.annotations = next.metadata.annotations;
    }
    return object;
  }
  const metadata: Record<string, unknown> = { ...before.metadata };
  for (const name of ownableNames) delete metadata[name];
  Object.assign(metadata, ownableMetadata(next.metadata));
  const object = {
    ...next,
    apiVersion: before.apiVersion,
    kind: before.kind,
    metadata,
  } as unknown as KubeObject;
  if (resource.status) {
    if (before.status === undefined) delete object.status;
    else object.status = clone(before.status);
  }
  return object;
}

/** A client that edits the entries themselves: an empty list gives all fields free. */
function edited(next: KubeObject, known: ManagedFields[]): ManagedFields[] {
  const sent = next.metadata.managedFields as ManagedFields[] | undefined;
  if (sent === undefined || equal(sent, known)) return known;
  return sent.filter((entry) => entry.manager !== undefined && entry.fieldsV1 !== undefined);
}

function ownersAfter(
  resource: Resource,
  before: KubeObject | undefined,
  after: KubeObject,
  caller: Caller,
  time: string,
  known: ManagedFields[] = [],
): ManagedFields[] {
  // Who took all owners away wants none.
  if (before && known.length === 0) return known;
  const { subresource } = caller;
  const was = before ? ownable(resource, before, subresource) : { metadata: {} };
  const apiVersion = caller.apiVersion ?? after.apiVersion;
  const writer = { manager: caller.manager, apiVersion, subresource };
  return afterUpdate(typeOf(resource), was, ownable(resource, after, subresource), known, writer, time);
}

function fill(store: Store, resource: Resource, object: KubeObject, before?: KubeObject): void {
  complete(store, resource, object, before);
  if (!resource.custom) {
    settle(typeOf(resource), object);
    return defaultObject(resource, object);
  }
  const { schema, preserve } = resource.custom;
  const problems = applyStructuralSchema(schema, object, { prune: !preserve, before });
  if (problems.length > 0) throw invalid(resource, object.metadata.name, problems);
}

function refuse(resource: Resource, object: KubeObject, before?: KubeObject): void {
  const problems = [...validateObject(resource, object, before), ...validateKind(resource, object, before)];
  if (problems.length > 0) throw invalid(resource, object.metadata.name, problems);
}

function refuseNewFinalizers(resource: Resource, before: KubeObject, object: KubeObject): void {
  if (!before.metadata.deletionTimestamp) return;
  const known = before.metadata.finalizers ?? [];
  const added = (object.metadata.finalizers ?? []).filter((finalizer) => !known.includes(finalizer));
  if (added.length === 0) return;
  const list = added.map((finalizer) => JSON.stringify(finalizer)).join(", ");
  throw invalid(resource, object.metadata.name, [
    {
      field: "metadata.finalizers",
      message: `Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{${list}}`,
      reason: "FieldValueForbidden",
    },
  ]);
}

function specChanged(resource: Resource, before: KubeObject, after: KubeObject): boolean {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  for (const name of ["apiVersion", "kind", "metadata", "status"]) names.delete(name);
  if (resource.custom && !resource.status) names.add("status");
  // A node is given to a pod by a subresource, which does not count as a change.
  const was = resource.kind === "Pod" ? { ...before, spec: bound(before.spec, after.spec) } : before;
  for (const name of names) if (!equal(was[name], after[name])) return true;
  const annotated = resource.kind === "Deployment";
  return annotated && !equal(before.metadata.annotations, after.metadata.annotations);
}

const bound = (before: any, after: any) =>
  before.nodeName || !after.nodeName ? before : { ...before, nodeName: after.nodeName };

/** Five letters and digits without vowels, as in generated names. */
function suffix(): string {
  const letters = "bcdfghjklmnpqrstvwxz2456789";
  return Array.from({ length: 5 }, () => letters[Math.floor(Math.random() * letters.length)]).join("");
}
