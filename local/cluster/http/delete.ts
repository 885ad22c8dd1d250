import type { Removed } from "../deletion.ts";
import { badRequest } from "../errors.ts";
import { type Resource, resourceKey } from "../resources.ts";
import type { Store } from "../store.ts";
import type { DeleteOptions } from "../types.ts";
import type { Writes } from "../writes.ts";
import { mediaType, readObject } from "./body.ts";
import { checkDeleteOptions } from "./options.ts";
import { answer, jsonText, listText, selected } from "./read.ts";
import type { Call, ResourcePath } from "./request.ts";
import { targetOf } from "./write.ts";

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
  return jsonText(listText(path.resource, found, { resourceVersion: String(store.revision()) }));
}

/** What the body asks for, and the query where the body is silent. */
async function readDeleteOptions({ request, query }: Call): Promise<DeleteOptions & { dryRun: boolean }> {
  const body = await readBody(request);
  const of = (name: string) => body[name] ?? query.get(name) ?? undefined;
  const propagationPolicy = of("propagationPolicy");
  const orphanDependents = of("orphanDependents");
  const dryRun: string[] = body.dryRun ?? query.getAll("dryRun").filter((value) => value !== "");
  checkDeleteOptions({ dryRun, propagationPolicy, orphanDependents });
  const gracePeriodSeconds = of("gracePeriodSeconds");
  const policy = propagationPolicy ?? (String(orphanDependents) === "true" ? "Orphan" : undefined);
  return {
    ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds: Number(gracePeriodSeconds) }),
    ...(policy === undefined ? {} : { propagationPolicy: policy }),
    ...(body.preconditions ? { preconditions: body.preconditions } : {}),
    dryRun: dryRun.includes("All"),
  };
}

async function readBody(request: Request): Promise<Record<string, any>> {
  if (mediaType(request) === "application/vnd.kubernetes.protobuf") return readObject(request);
  const text = await request.text();
  if (text.trim() === "") return {};
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value as Record<string, any>;
  } catch {
    // Said below.
  }
  throw badRequest("the body is not a DeleteOptions object");
}
