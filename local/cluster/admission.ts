/** What every write goes through between the request and the store: names, defaults, rules, owners, counters. */
import { alreadyExists, badRequest, conflict, forbidden, invalid, notFound } from "./errors.ts";
import { dropUnknown } from "./fields/check.ts";
import { afterUpdate, type ManagedFields, sameExceptTimes } from "./fields/managers.ts";
import { typeOf } from "./fields/schema.ts";
import { equal } from "./fields/set.ts";
import { complete, validateKind } from "./kinds.ts";
import { clone, now } from "./objects.ts";
import { apiVersionOf, type Resource } from "./resources.ts";
import { defaultObject } from "./schema/defaults.ts";
import { required } from "./schema/problem.ts";
import { applyStructuralSchema } from "./schema/structural.ts";
import { validateObject } from "./schema/validate.ts";
import type { Store } from "./store.ts";
import type { KubeObject, NewObject, ObjectMeta } from "./types.ts";

/** Who writes, and how. */
export interface Caller {
  /** The field manager. */
  manager: string;
  subresource?: "status" | "scale";
  dryRun?: boolean;
  /** The version the request was made in, when it is not the stored one. */
  apiVersion?: string;
}

export const namespaces = { group: "", resource: "namespaces" };

/** The parts of an object that field managers own: not what the server writes itself. */
export function ownable(
  resource: Resource,
  object: KubeObject,
  subresource?: string,
): Record<string, unknown> {
  if (subresource === "status") return object.status === undefined ? {} : { status: object.status };
  const { apiVersion: _, kind: __, metadata, status, ...rest } = object;
  const view: Record<string, unknown> = { ...rest, metadata: ownableMetadata(metadata) };
  if (!resource.status && status !== undefined) view.status = status;
  return view;
}

const ownableNames = ["generateName", "labels", "annotations", "finalizers", "ownerReferences"] as const;

function ownableMetadata(metadata: Partial<ObjectMeta> | undefined): Partial<ObjectMeta> {
  const view: Record<string, unknown> = {};
  for (const name of ownableNames) {
    const value = metadata?.[name];
    if (value && (typeof value === "string" || Object.keys(value).length > 0)) view[name] = value;
  }
  return view;
}

/** The live object with its ownable parts replaced. */
export function withOwnable(
  resource: Resource,
  live: KubeObject,
  view: Record<string, unknown>,
  subresource?: string,
): KubeObject {
  if (subresource === "status") return { ...live, status: view.status };
  const metadata: Record<string, unknown> = { ...live.metadata };
  for (const name of ownableNames) delete metadata[name];
  const whole: Record<string, unknown> = {
    ...view,
    apiVersion: live.apiVersion,
    kind: live.kind,
    metadata: { ...metadata, ...(view.metadata as object | undefined) },
  };
  if (resource.status && live.status !== undefined) whole.status = live.status;
  return whole as KubeObject;
}

/** 404 when the namespace is missing, 403 when it is going away. */
export function requireNamespace(store: Store, resource: Resource, object: NewObject): void {
  if (!resource.namespaced) return;
  const name = object.metadata.namespace ?? "";
  const namespace = store.get(namespaces, name)?.object;
  if (!namespace) throw notFound(namespaces, name);
  if (namespace.status?.phase !== "Terminating") return;
  const text = `unable to create new content in namespace ${name} because it is being terminated`;
  const causes = [
    {
      reason: "NamespaceTerminating",
      message: `namespace ${name} is being terminated`,
      field: "metadata.namespace",
    },
  ];
  throw forbidden(resource, object.metadata.name ?? "", text, causes);
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
  const given = object.metadata;
  const name = given.name || (given.generateName ? given.generateName + suffix() : "");
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
  if (resource.generation && specChanged(resource, before, object)) {
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
  const { subresource } = caller;
  const was = before ? ownable(resource, before, subresource) : { metadata: {} };
  const apiVersion = caller.apiVersion ?? after.apiVersion;
  const writer = { manager: caller.manager, apiVersion, subresource };
  return afterUpdate(typeOf(resource), was, ownable(resource, after, subresource), known, writer, time);
}

function fill(store: Store, resource: Resource, object: KubeObject, before?: KubeObject): void {
  complete(store, resource, object, before);
  if (!resource.custom) {
    dropUnknown(typeOf(resource), object);
    return defaultObject(resource, object);
  }
  const { schema, preserve } = resource.custom;
  const problems = applyStructuralSchema(schema, object, { prune: !preserve });
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
  for (const name of names) if (!equal(before[name], after[name])) return true;
  const annotated = resource.kind === "Deployment";
  return annotated && !equal(before.metadata.annotations, after.metadata.annotations);
}

/** The refusals of a write whose metadata speaks of another state than the live one. */
export function checkPreconditions(resource: Resource, live: KubeObject, sent: Partial<ObjectMeta>): void {
  const { name } = live.metadata;
  if (sent.uid && sent.uid !== live.metadata.uid) {
    const text = `Precondition failed: UID in precondition: ${sent.uid}, UID in object meta: ${live.metadata.uid}`;
    throw conflict(resource, name, text);
  }
  if (sent.resourceVersion && sent.resourceVersion !== live.metadata.resourceVersion) {
    throw conflict(resource, name);
  }
}

/** Name and kind of what was sent must be those of the URL. */
export function checkIdentity(resource: Resource, sent: NewObject, name?: string, namespace?: string): void {
  const apiVersion = apiVersionOf(resource);
  if (sent.kind !== resource.kind || sent.apiVersion !== apiVersion) {
    const text = `${resource.kind} in version ${JSON.stringify(apiVersion)} is expected, not ${sent.kind} in version ${JSON.stringify(sent.apiVersion)}`;
    throw badRequest(`the object provided is unrecognized or of another kind: ${text}`);
  }
  if (name !== undefined && sent.metadata.name !== undefined && sent.metadata.name !== name) {
    throw badRequest(
      `the name of the object (${sent.metadata.name}) does not match the name on the URL (${name})`,
    );
  }
  if (resource.namespaced && sent.metadata.namespace && sent.metadata.namespace !== namespace) {
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  }
}

/** Five letters and digits without vowels, as in generated names. */
function suffix(): string {
  const letters = "bcdfghjklmnpqrstvwxz2456789";
  return Array.from({ length: 5 }, () => letters[Math.floor(Math.random() * letters.length)]).join("");
}
