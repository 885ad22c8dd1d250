import { badRequest, failed, notFound } from "../errors.ts";
import { inVersion } from "../kinds.ts";
import { apiVersionOf, type Resource } from "../resources.ts";
import { filterOf } from "../selectors.ts";
import { type Store, type Stored, write } from "../store.ts";
import { tableOf } from "../table.ts";
import { type KubeObject, StatusError } from "../types.ts";
import { type Page, pageOf } from "./pages.ts";
import { type Call, notNumber, readRevision, type ResourcePath } from "./request.ts";

/** How the client wants objects: whole, as rows of a table, or their metadata only. */
export type Form = "object" | "table" | "metadata";

export function formOf(request: Request): Form {
  const accept = request.headers.get("accept") ?? "";
  if (accept.includes("as=Table")) return "table";
  return accept.includes("as=PartialObjectMetadata") ? "metadata" : "object";
}

export function getObject(store: Store, { resource, name, namespace }: ResourcePath, call: Call): Response {
  const version = call.query.get("resourceVersion") ?? "";
  if (!/^\d*$/.test(version)) throw failed(notNumber(version));
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
  const includeObject = call.query.get("includeObject") || "Metadata";
  if (includeObject !== "Object" && includeObject !== "None" && includeObject !== "Metadata") {
    throw badRequest(`unrecognized includeObject value: ${JSON.stringify(includeObject)}`);
  }
  const columns = resource.custom?.columns;
  return tableOf(resource, objects, { includeObject, ...(columns ? { columns } : {}) });
}

export function metadataOf({ metadata }: KubeObject) {
  return { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata };
}

export async function listObjects(store: Store, path: ResourcePath, call: Call): Promise<Response> {
  const { query } = call;
  const { resource } = path;
  await awaitRevision(store, query.get("resourceVersion"));
  const { found, metadata } = pageOf(store, path, query);
  const form = formOf(call.request);
  if (form === "table") {
    const objects = found.map(({ object }) => object);
    const table = tableFor(resource, objects, call);
    return Response.json({ ...table, metadata });
  }
  if (form === "metadata") {
    const items = found.map(({ object }) => metadataOf(object));
    return Response.json({
      kind: "PartialObjectMetadataList",
      apiVersion: "meta.k8s.io/v1",
      metadata,
      items,
    });
  }
  return jsonText(listText(resource, found, metadata));
}

/** The text of a list, put together from the stored texts. Built-in items carry no kind and apiVersion. */
export function listText(resource: Resource, found: Stored[], metadata: Page["metadata"]): string {
  const apiVersion = apiVersionOf(resource);
  const head = `{"kind":"${resource.kind}List","apiVersion":"${apiVersion}","metadata":${JSON.stringify(metadata)},"items":[`;
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

export function jsonText(text: string, status = 200): Response {
  return new Response(text, { status, headers: { "content-type": "application/json" } });
}
