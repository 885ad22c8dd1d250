/** What is looked at before a write is even tried: the names, the namespace, the state the client knows. */
import { badRequest, conflict, failed, forbidden, notFound } from "./errors.ts";
import { apiVersionOf, type Resource } from "./resources.ts";
import type { Store } from "./store.ts";
import type { KubeObject, NewObject, ObjectMeta } from "./types.ts";

export const namespaces = { group: "", resource: "namespaces" };

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

/** The refusals of a write whose metadata speaks of another state than the live one. */
export function checkPreconditions(resource: Resource, live: KubeObject, sent: Partial<ObjectMeta>): void {
  const { name } = live.metadata;
  if (sent.uid && sent.uid !== live.metadata.uid) {
    const text = `Precondition failed: UID in precondition: ${sent.uid}, UID in object meta: ${live.metadata.uid}`;
    throw conflict(resource, name, text);
  }
  if (sent.resourceVersion && !/^\d+$/.test(sent.resourceVersion)) {
    throw failed(`strconv.ParseUint: parsing ${JSON.stringify(sent.resourceVersion)}: invalid syntax`);
  }
  if (sent.resourceVersion && sent.resourceVersion !== live.metadata.resourceVersion) {
    throw conflict(resource, name);
  }
}

/** Who replaces or patches an object must name it, as the URL does. */
export function checkName(sent: NewObject, name: string): void {
  const own = sent.metadata.name;
  if (!own) {
    throw badRequest(
      `the name of the object (${name} based on URL) was undeterminable: name must be provided`,
    );
  }
  if (own !== name) {
    throw badRequest(`the name of the object (${own}) does not match the name on the URL (${name})`);
  }
}

/** Name and kind of what was sent must be those of the URL. */
export function checkIdentity(resource: Resource, sent: NewObject, name?: string, namespace?: string): void {
  const apiVersion = apiVersionOf(resource);
  if (sent.kind === resource.kind && sent.apiVersion !== apiVersion) {
    throw badRequest(
      `the API version in the data (${sent.apiVersion}) does not match the expected API version (${apiVersion})`,
    );
  }
  if (sent.kind !== resource.kind) {
    const why = `${sent.kind} in version ${JSON.stringify(sent.apiVersion)} cannot be handled as a ${resource.kind}`;
    throw badRequest(why);
  }
  if (name !== undefined && sent.metadata.name) checkName(sent, name);
  if (resource.namespaced && sent.metadata.namespace && sent.metadata.namespace !== namespace) {
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  }
}
