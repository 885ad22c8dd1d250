import { badRequest, invalid, notFound } from "../errors.ts";
import { at, setAt } from "../objects.ts";
import { checkName } from "../preconditions.ts";
import { apiVersionOf } from "../resources.ts";
import { wholeNumber } from "../schema/pod-validate.ts";
import { spellSelector } from "../selectors.ts";
import type { Store } from "../store.ts";
import { type KubeObject, type LabelSelector, type NewObject, StatusError } from "../types.ts";
import type { Writes, Written } from "../writes.ts";
import { applyType, asObject, mediaType, readObject, readPatch } from "./body.ts";
import { checkWriteOptions } from "./options.ts";
import { type Call, isSet, type ResourcePath } from "./request.ts";
import { callerOf, changed, targetOf } from "./write.ts";

/** `/scale`: the count of a workload as an object of its own. */
export async function serveScale(
  store: Store,
  writes: Writes,
  path: ResourcePath,
  call: Call,
): Promise<Response> {
  const { resource, name, namespace } = path;
  const { request, query } = call;
  const live = store.get(resource, name!, namespace)?.object;
  if (!live) throw notFound(resource, name!);
  const shown = scaleOf(path, live);
  if (request.method === "GET") return Response.json(shown);

  const type = request.method === "PUT" ? undefined : mediaType(request);
  if (type === undefined) checkWriteOptions("UpdateOptions", query);
  else checkWriteOptions("PatchOptions", query, type === applyType);
  const wanted = await readScale(path, call, shown);
  const replicas = wanted.spec?.replicas ?? 0;
  if (!Number.isInteger(replicas))
    throw badRequest(`Scale in version "v1": spec.replicas is not a whole number`);
  const problems = wholeNumber(replicas, "spec.replicas");
  if (problems.length > 0) throw invalid({ group: "autoscaling", kind: "Scale" }, name!, problems);
  const written = type === applyType ? apply() : update();
  call.changed = written.changed;
  return Response.json(scaleOf(path, written.object));

  function update(): Written {
    const version = wanted.metadata.resourceVersion;
    const change = (object: KubeObject): KubeObject => {
      setAt(object, resource.scale!.specReplicas, replicas);
      if (version) object.metadata.resourceVersion = version;
      return object;
    };
    return writes.update(targetOf(path), change, callerOf(path, call));
  }

  /** The count alone is applied, to the workload itself. */
  function apply(): Written {
    const { resourceVersion } = wanted.metadata;
    const metadata = { name: name!, ...(resourceVersion ? { resourceVersion } : {}) };
    const part: NewObject = { apiVersion: apiVersionOf(resource), kind: resource.kind, metadata };
    setAt(part, resource.scale!.specReplicas, replicas);
    return writes.apply(targetOf(path), part, { ...callerOf(path, call), force: isSet(query, "force") });
  }
}

/** The Scale that was sent, or that a patch makes of the present one. */
async function readScale(
  { resource, name }: ResourcePath,
  { request }: Call,
  shown: object,
): Promise<NewObject & { spec?: { replicas?: unknown } }> {
  const sent = request.method === "PUT" ? await readObject(request, scaleKind) : await readPatch(request);
  const whole = request.method === "PUT" || mediaType(request) === applyType;
  const scale = asObject(whole ? sent : changed(mediaType(request), resource, shown as KubeObject, sent));
  checkName(scale, name!);
  return scale;
}

const scaleKind = { apiVersion: "autoscaling/v1", kind: "Scale" };

function scaleOf({ resource }: ResourcePath, object: KubeObject) {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const { specReplicas, statusReplicas, selector: selectorPath } = resource.scale!;
  const count = at(object, specReplicas);
  if (count === undefined) {
    const text = `the spec replicas field ${JSON.stringify(`.${specReplicas.replace(/^\./, "")}`)} does not exist`;
    throw new StatusError(500, "InternalError", `Internal error occurred: ${text}`, {
      causes: [{ message: text }],
    });
  }
  const wanted = Number(count);
  const selector = selectorPath ? at(object, selectorPath) : undefined;
  const text = typeof selector === "string" ? selector : spellSelector(selector as LabelSelector | undefined);
  return {
    ...scaleKind,
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: wanted === 0 ? {} : { replicas: wanted },
    status: { replicas: Number(at(object, statusReplicas) ?? 0), ...(text === "" ? {} : { selector: text }) },
  };
}
