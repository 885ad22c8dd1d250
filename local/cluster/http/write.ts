import type { Caller } from "../admission.ts";
import type { Removed, Target } from "../deletion.ts";
import { badRequest, invalid, unsupportedMedia } from "../errors.ts";
import { check } from "../fields/check.ts";
import { typeOf } from "../fields/schema.ts";
import { jsonPatch, mergePatch, strategicMerge } from "../patches.ts";
import { checkIdentity } from "../preconditions.ts";
import { apiVersionOf, type Resource, resourceKey } from "../resources.ts";
import type { Store } from "../store.ts";
import type { DeleteOptions, KubeObject, NewObject } from "../types.ts";
import type { Writes, Written } from "../writes.ts";
import { applyType, asObject, mediaType, readObject, readPatch } from "./body.ts";
import { answer, jsonText, listText, selected } from "./read.ts";
import { type Call, isSet, type ResourcePath } from "./request.ts";

export async function createObject(writes: Writes, path: ResourcePath, call: Call): Promise<Response> {
  const { resource, namespace } = path;
  const object = await readObject(call.request, expectedOf(resource));
  checkIdentity(resource, object, undefined, namespace);
  if (resource.namespaced) object.metadata.namespace = namespace!;
  const warnings = checkFields(resource, object, call);
  const written = writes.create(resource, object, callerOf(path, call));
  return respond(path, written, call, warnings);
}

export async function replaceObject(writes: Writes, path: ResourcePath, call: Call): Promise<Response> {
  const { resource, name, namespace } = path;
  const object = await readObject(call.request, expectedOf(resource));
  checkIdentity(resource, object, name, namespace);
  if (resource.custom && !object.metadata.resourceVersion) {
    const message = "Invalid value: 0x0: must be specified for an update";
    throw invalid(resource, name!, [
      { field: "metadata.resourceVersion", message, reason: "FieldValueInvalid" },
    ]);
  }
  const warnings = checkFields(resource, object, call);
  const written = writes.update(targetOf(path), () => object as KubeObject, callerOf(path, call));
  return respond(path, written, call, warnings);
}

const expectedOf = (resource: Resource) =>
  resource.custom ? {} : { apiVersion: apiVersionOf(resource), kind: resource.kind };

const mergeType = "application/merge-patch+json";
const strategicType = "application/strategic-merge-patch+json";
const jsonType = "application/json-patch+json";

export async function patchObject(writes: Writes, path: ResourcePath, call: Call): Promise<Response> {
  const { resource } = path;
  const type = mediaType(call.request);
  const known = [jsonType, mergeType, ...(resource.custom ? [] : [strategicType]), applyType];
  if (!known.includes(type)) throw unsupportedMedia(known);
  const patch = await readPatch(call.request);
  const caller = callerOf(path, call);
  if (type === applyType) return respond(path, applyPatch(writes, path, asObject(patch), call), call);

  let warnings: string[] = [];
  const change = (live: KubeObject): KubeObject => {
    const shown: KubeObject = { ...live, apiVersion: apiVersionOf(resource) };
    const next = asObject(changed(type, resource, shown, patch));
    checkIdentity(resource, next, live.metadata.name, live.metadata.namespace);
    warnings = checkFields(resource, next, call);
    return next as KubeObject;
  };
  const written = writes.update(targetOf(path), change, caller);
  return respond(path, written, call, warnings);
}

export function changed(type: string, resource: Resource, live: KubeObject, patch: unknown): unknown {
  if (type === jsonType) return jsonPatch(live, patch);
  if (type === strategicType) return strategicMerge(typeOf(resource), live, patch);
  return mergePatch(live, patch);
}

function applyPatch(writes: Writes, path: ResourcePath, request: NewObject, call: Call): Written {
  const manager = call.query.get("fieldManager") ?? "";
  const caller = { ...callerOf(path, call), manager, force: isSet(call.query, "force") };
  request.metadata.name ??= path.name!;
  if (path.namespace !== undefined) request.metadata.namespace ??= path.namespace;
  return writes.apply(targetOf(path), request, caller);
}

export async function deleteObject(writes: Writes, path: ResourcePath, call: Call): Promise<Response> {
  const options = await readDeleteOptions(call);
  const removed = writes.remove(targetOf(path), options);
  call.changed = removed.changed;
  return deletionAnswer(path.resource, removed, call);
}

/** These kinds answer a deletion with the object, the others with a Status. */
const answersObject = [
  "pods",
  "services",
  "serviceaccounts",
  "persistentvolumeclaims",
  "persistentvolumes",
  "resourcequotas",
  "podtemplates",
];

function deletionAnswer(resource: Resource, { object, gone }: Removed, call: Call): Response {
  if (!gone || answersObject.includes(resourceKey(resource))) return answer(resource, object, call);
  return Response.json({
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Success",
    details: {
      name: object.metadata.name,
      ...(resource.group === "" ? {} : { group: resource.group }),
      kind: resource.resource,
      uid: object.metadata.uid,
    },
  });
}

/** Deletes what the selectors take and answers the list of it as it was before. */
export async function deleteCollection(
  store: Store,
  writes: Writes,
  path: ResourcePath,
  call: Call,
): Promise<Response> {
  const options = await readDeleteOptions(call);
  const found = selected(store, path, call);
  for (const { object } of found) {
    const { name, namespace } = object.metadata;
    const removed = writes.remove({ resource: path.resource, name, namespace }, options);
    call.changed ||= removed.changed;
  }
  return jsonText(listText(path.resource, found, String(store.revision())));
}

async function readDeleteOptions({
  request,
  query,
  dryRun,
}: Call): Promise<DeleteOptions & { dryRun: boolean }> {
  const empty = (request.headers.get("content-length") ?? "0") === "0" && request.body === null;
  const type = mediaType(request);
  let body: Record<string, any> = {};
  if (!empty) {
    const isProtobuf = type === "application/vnd.kubernetes.protobuf";
    if (isProtobuf) body = (await readObject(request)) as Record<string, any>;
    else {
      const text = await request.text();
      if (text.trim() !== "") body = parseOptions(text);
    }
  }
  const grace = body.gracePeriodSeconds ?? query.get("gracePeriodSeconds") ?? undefined;
  const policy = body.propagationPolicy ?? query.get("propagationPolicy") ?? undefined;
  const orphan = body.orphanDependents ?? query.get("orphanDependents") ?? undefined;
  if (policy !== undefined && !["Background", "Foreground", "Orphan"].includes(policy)) {
    throw invalid({ group: "meta.k8s.io", kind: "DeleteOptions" }, "", [
      {
        field: "propagationPolicy",
        message: `Unsupported value: ${JSON.stringify(policy)}: supported values: "Background", "Foreground", "Orphan"`,
        reason: "FieldValueNotSupported",
      },
    ]);
  }
  return {
    ...(grace === undefined ? {} : { gracePeriodSeconds: Number(grace) }),
    ...(policy === undefined ? {} : { propagationPolicy: policy }),
    ...(policy === undefined && String(orphan) === "true" ? { propagationPolicy: "Orphan" as const } : {}),
    ...(body.preconditions ? { preconditions: body.preconditions } : {}),
    dryRun: dryRun || (Array.isArray(body.dryRun) && body.dryRun.includes("All")),
  };
}

function parseOptions(text: string): Record<string, any> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value as Record<string, any>;
  } catch {
    // Said below.
  }
  throw badRequest("the body is not a DeleteOptions object");
}

export function targetOf({ resource, name, namespace }: ResourcePath): Target {
  return { resource, name: name!, namespace };
}

export function callerOf({ resource, subresource }: ResourcePath, call: Call): Caller {
  const { manager, dryRun, confirm } = call;
  const sub = subresource === "status" || subresource === "scale" ? subresource : undefined;
  return {
    manager,
    dryRun,
    ...(confirm ? { confirm } : {}),
    apiVersion: apiVersionOf(resource),
    ...(sub ? { subresource: sub } : {}),
  };
}

function respond(
  { resource }: ResourcePath,
  written: Written,
  call: Call,
  warnings: string[] = [],
): Response {
  call.changed = written.changed;
  call.madeName = written.object.metadata.name;
  const response = answer(resource, written.object, call, written.created ? 201 : 200);
  for (const warning of warnings) {
    response.headers.append("Warning", `299 - "${warning.replaceAll('"', '\\"')}"`);
  }
  return response;
}

/**
 * What `?fieldValidation=` asks for: Strict refuses unknown fields and items that occur twice, Warn (the
 * default) answers them as warnings. Wrong types of built-in kinds are always refused.
 */
function checkFields(resource: Resource, object: NewObject, call: Call): string[] {
  const mode = call.query.get("fieldValidation") || "Warn";
  const findings = check(typeOf(resource), object, { byIndex: true });
  const wrong = resource.custom ? undefined : findings.find(({ kind }) => kind === "type");
  const title = `${resource.kind} in version ${JSON.stringify(resource.version)} cannot be handled as a ${resource.kind}`;
  if (wrong) throw badRequest(`${title}: ${wrong.path.slice(1)}: ${wrong.message}`);
  const texts = findings
    .filter(({ kind }) => kind === "unknown")
    .map(({ path }) => `unknown field ${JSON.stringify(path.slice(1))}`);
  if (texts.length > 0 && mode === "Strict") {
    throw badRequest(`${title}: strict decoding error: ${texts.join(", ")}`);
  }
  return mode === "Warn" ? texts : [];
}
