import { badRequest, notFound } from "../errors.ts";
import { inVersion } from "../kinds.ts";
import { apiVersionOf, type Resource } from "../resources.ts";
import { filterOf } from "../selectors.ts";
import { type Store, type Stored, write } from "../store.ts";
import { tableOf } from "../table.ts";
import { type KubeObject, StatusError } from "../types.ts";
import type { Call, ResourcePath } from "./request.ts";

/** How the client wants objects: whole, as rows of a table, or their metadata only. */
export type Form = "object" | "table" | "metadata";

export function formOf(request: Request): Form {
  const accept = request.headers.get("accept") ?? "";
  if (accept.includes("as=Table")) return "table";
  return accept.includes("as=PartialObjectMetadata") ? "metadata" : "object";
}

export function getObject(store: Store, { resource, name, namespace }: ResourcePath, call: Call): Response {
  const stored = store.get(resource, name!, namespace);
  if (!stored) throw notFound(resource, name!);
  return answer(resource, stored.object, call, 200, stored.json);
}

/** One object in the form and the version the client asked for. */
export function answer(
  resource: Resource,
  object: KubeObject,
  call: Call,
  status = 200,
  json?: string,
): Response {
  const form = formOf(call.request);
  if (form === "table") return Response.json(tableFor(resource, [object], call), { status });
  if (form === "metadata") return Response.json(metadataOf(object), { status });
  if (json === undefined || object.apiVersion !== apiVersionOf(resource)) {
    return jsonText(write(inVersion(resource, object)), status);
  }
  return jsonText(json, status);
}

export function tableFor(resource: Resource, objects: KubeObject[], call: Call) {
  const include = call.query.get("includeObject") ?? "Metadata";
  const includeObject = include === "Object" || include === "None" ? include : "Metadata";
  const columns = resource.custom?.columns;
  return tableOf(resource, objects, { includeObject, ...(columns ? { columns } : {}) });
}

export function metadataOf({ metadata }: KubeObject) {
  return { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata };
}

export async function listObjects(store: Store, path: ResourcePath, call: Call): Promise<Response> {
  const { query } = call;
  if (query.get("sendInitialEvents") === "true") {
    throw badRequest("sendInitialEvents is forbidden for list");
  }
  await awaitRevision(store, query.get("resourceVersion"));
  const { resource } = path;
  const found = selected(store, path, call);
  const resourceVersion = String(store.revision());
  const form = formOf(call.request);
  if (form === "table") {
    const objects = found.map(({ object }) => object);
    const table = tableFor(resource, objects, call);
    return Response.json({ ...table, metadata: { resourceVersion } });
  }
  if (form === "metadata") {
    const items = found.map(({ object }) => metadataOf(object));
    return Response.json({
      kind: "PartialObjectMetadataList",
      apiVersion: "meta.k8s.io/v1",
      metadata: { resourceVersion },
      items,
    });
  }
  return jsonText(listText(resource, found, resourceVersion));
}

/** The text of a list, put together from the stored texts. Built-in items carry no kind and apiVersion. */
export function listText(resource: Resource, found: Stored[], resourceVersion: string): string {
  const apiVersion = apiVersionOf(resource);
  const head = `{"kind":"${resource.kind}List","apiVersion":"${apiVersion}","metadata":{"resourceVersion":"${resourceVersion}"},"items":[`;
  const prefix = `{"kind":"${resource.kind}","apiVersion":"${apiVersion}",`;
  const items = found.map(({ object, json }) => {
    if (resource.custom) return object.apiVersion === apiVersion ? json : write(inVersion(resource, object));
    return `{${json.slice(prefix.length)}`;
  });
  return `${head}${items.join(",")}]}\n`;
}

export function selected(store: Store, { resource, namespace, name }: ResourcePath, call: Call): Stored[] {
  const filter = filterOf(resource, call.query.get("labelSelector"), call.query.get("fieldSelector"));
  let found = store.list(resource, namespace);
  if (filter) found = found.filter(({ object }) => filter(object));
  return name === undefined ? found : found.filter(({ object }) => object.metadata.name === name);
}

/** A resourceVersion of the future is waited for a little, then refused as the real server does. */
async function awaitRevision(store: Store, wanted: string | null): Promise<void> {
  if (wanted === null || wanted === "" || wanted === "0") return;
  const revision = readRevision(wanted);
  for (let waited = 0; store.revision() < revision && waited < 3_000; waited += 50) await Bun.sleep(50);
  if (store.revision() >= revision) return;
  const text = `Too large resource version: ${revision}, current: ${store.revision()}`;
  const causes = [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }];
  throw new StatusError(504, "Timeout", text, { causes, retryAfterSeconds: 1 });
}

export function readRevision(text: string): number {
  if (!/^\d{1,15}$/.test(text)) {
    throw badRequest(`resourceVersion: Invalid value: ${JSON.stringify(text)}: must be a number`);
  }
  return Number(text);
}

export function jsonText(text: string, status = 200): Response {
  return new Response(text, { status, headers: { "content-type": "application/json" } });
}
