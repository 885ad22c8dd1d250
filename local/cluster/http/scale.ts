import { notFound } from "../errors.ts";
import { at, setAt } from "../objects.ts";
import { spellSelector } from "../selectors.ts";
import type { Store } from "../store.ts";
import { type KubeObject, type LabelSelector, StatusError } from "../types.ts";
import type { Writes } from "../writes.ts";
import { asObject, mediaType, readObject, readPatch } from "./body.ts";
import type { Call, ResourcePath } from "./request.ts";
import { callerOf, changed, targetOf } from "./write.ts";

/** `/scale`: the count of a workload as an object of its own. */
export async function serveScale(
  store: Store,
  writes: Writes,
  path: ResourcePath,
  call: Call,
): Promise<Response> {
  const { resource, name, namespace } = path;
  const live = store.get(resource, name!, namespace)?.object;
  if (!live) throw notFound(resource, name!);
  if (call.request.method === "GET") return Response.json(scaleOf(path, live));

  const shown = scaleOf(path, live);
  const wanted =
    call.request.method === "PUT"
      ? await readObject(call.request, { apiVersion: "autoscaling/v1", kind: "Scale" })
      : asObject(changed(mediaType(call.request), resource, shown as never, await readPatch(call.request)));
  const replicas = (wanted as { spec?: { replicas?: unknown } }).spec?.replicas ?? 0;
  if (!Number.isInteger(replicas)) {
    throw new StatusError(400, "BadRequest", `Scale in version "v1": spec.replicas is not a whole number`);
  }
  const version = wanted.metadata.resourceVersion;
  const change = (object: KubeObject): KubeObject => {
    setAt(object, resource.scale!.specReplicas, replicas);
    if (version) object.metadata.resourceVersion = version;
    return object;
  };
  const written = writes.update(targetOf(path), change, callerOf(path, call));
  call.changed = written.changed;
  return Response.json(scaleOf(path, written.object));
}

function scaleOf({ resource }: ResourcePath, object: KubeObject) {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const { specReplicas, statusReplicas, selector: selectorPath } = resource.scale!;
  const wanted = Number(at(object, specReplicas) ?? 0);
  const selector = selectorPath ? at(object, selectorPath) : undefined;
  const text = typeof selector === "string" ? selector : spellSelector(selector as LabelSelector | undefined);
  return {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: wanted === 0 ? {} : { replicas: wanted },
    status: { replicas: Number(at(object, statusReplicas) ?? 0), ...(text === "" ? {} : { selector: text }) },
  };
}
