/** The refusals of requests that fit no kind, no method or no media type. */
import type { Registry } from "../resources.ts";
import { StatusError } from "../types.ts";

export const noSuchResource = () =>
  new StatusError(404, "NotFound", "the server could not find the requested resource", {});

/** A kind that is missing in a version that is served, or no path of the API at all. */
export function nowhere(registry: Registry, pathname: string): Response {
  const [, group = "", version] = /^\/api(?:s\/([^/]+))?\/([^/]+)\//.exec(pathname) ?? [];
  const served = registry.all().some((one) => one.group === group && one.version === version);
  if (served) throw noSuchResource();
  return new Response("404 page not found\n", { status: 404 });
}

/** Whoever takes anything that Kubernetes knows gets JSON. */
export function checkAccepted(request: Request): void {
  const accept = request.headers.get("accept") || "*/*";
  if (/json|yaml|kubernetes\.protobuf|\*\/\*|application\/\*/.test(accept)) return;
  const types = "application/json, application/yaml, application/vnd.kubernetes.protobuf";
  throw new StatusError(406, "NotAcceptable", `only the following media types are accepted: ${types}`);
}

export const notAllowed = () =>
  new StatusError(
    405,
    "MethodNotAllowed",
    "the server does not allow this method on the requested resource",
    {},
  );
