import type { Caller } from "../admission.ts";
import type { Target } from "../deletion.ts";
import { invalid, unsupportedMedia } from "../errors.ts";
import { typeOf } from "../fields/schema.ts";
import { jsonPatch, mergePatch, strategicMerge } from "../patches.ts";
import { checkIdentity, checkName } from "../preconditions.ts";
import { apiVersionOf, type Resource } from "../resources.ts";
import { invalid as invalidField } from "../schema/problem.ts";
import { type KubeObject, type NewObject, StatusError } from "../types.ts";
import type { Writes, Written } from "../writes.ts";
import { applyType, asObject, mediaType, readObject, readPatch } from "./body.ts";
import { checkFields, refuseObject, refusePatched } from "./field-validation.ts";
import { checkWriteOptions } from "./options.ts";
import { answer } from "./read.ts";
import { type Call, isSet, type ResourcePath } from "./request.ts";

export async function createObject(writes: Writes, path: ResourcePath, call: Call): Promise<Response> {
  const { resource, namespace } = path;
  checkWriteOptions("CreateOptions", call.query);
  const object = await readObject(call.request, expectedOf(resource));
  checkIdentity(resource, object, undefined, namespace);
  if (resource.namespaced) object.metadata.namespace = namespace!;
  const warnings = checkFields(resource, object, call.query, refuseObject(resource));
  const written = writes.create(resource, object, callerOf(path, call));
  return respond(path, written, call, warnings);
}

export async function replaceObject(writes: Writes, path: ResourcePath, call: Call): Promise<Response> {
  const { resource, name, namespace } = path;
  checkWriteOptions("UpdateOptions", call.query);
  const object = await readObject(call.request, expectedOf(resource));
  checkIdentity(resource, object, name, namespace);
  checkName(object, name!);
  if (resource.custom && !object.metadata.resourceVersion) {
    const problem = invalidField("metadata.resourceVersion", 0, "must be specified for an update");
    throw invalid({ group: resource.group, kind: resource.resource }, name!, [problem]);
  }
  const warnings = checkFields(resource, object, call.query, refuseObject(resource));
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
  const type = patchType(resource, call);
  checkWriteOptions("PatchOptions", call.query, type === applyType);
  const patch = await readPatch(call.request);
  if (type === applyType) return respond(path, applyPatch(writes, path, asObject(patch), call), call);

  let warnings: string[] = [];
  const change = (live: KubeObject): KubeObject => {
    const { name, namespace, uid } = live.metadata;
    const shown: KubeObject = { ...live, apiVersion: apiVersionOf(resource) };
    const next = asObject(changed(type, resource, shown, patch));
    const refuse = refusePatched(next);
    if (next.kind !== resource.kind) throw refuse(`unable to convert a ${next.kind}`);
    checkIdentity(resource, next, name, namespace);
    checkName(next, name);
    if (next.metadata.uid !== uid) {
      throw invalid(resource, name, [invalidField("metadata.uid", next.metadata.uid, "field is immutable")]);
    }
    warnings = checkFields(resource, next, call.query, refuse);
    return next as KubeObject;
  };
  const written = writes.update(targetOf(path), change, callerOf(path, call));
  return respond(path, written, call, warnings);
}

function patchType(resource: Resource, { request }: Call): string {
  const type = mediaType(request);
  const known = [jsonType, mergeType, ...(resource.custom ? [] : [strategicType]), applyType];
  if (known.includes(type)) return type;
  if (resource.custom) throw unsupportedMedia(known);
  throw new StatusError(415, "UnsupportedMediaType", "415: Unsupported Media Type", {});
}

export function changed(type: string, resource: Resource, live: KubeObject, patch: unknown): unknown {
  if (type === jsonType) return jsonPatch(live, patch);
  if (type === strategicType) return strategicMerge(typeOf(resource), live, patch);
  return mergePatch(live, patch);
}

function applyPatch(writes: Writes, path: ResourcePath, request: NewObject, call: Call): Written {
  const caller = { ...callerOf(path, call), force: isSet(call.query, "force") };
  request.metadata.name ??= path.name!;
  return writes.apply(targetOf(path), request, caller);
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
