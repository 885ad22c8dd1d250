import { apiVersionOf, type Registry, type Resource } from "../resources.ts";

/**
 * The least of `/openapi/v3` that kubectl and helm need before they apply: an index, and per group version a
 * document that says of each kind that the server validates its fields. Schemas are not in it.
 */
export function serveOpenapi(registry: Registry, pathname: string): Response | undefined {
  if (pathname === "/openapi/v3" || pathname === "/openapi/v3/") {
    const paths: Record<string, { serverRelativeURL: string }> = {};
    for (const path of new Set(registry.all().map(pathOf))) {
      // Clients keep a document for as long as its hash stays, over restarts too.
      const kinds = registry
        .all()
        .filter((resource) => pathOf(resource) === path)
        .map(({ kind }) => kind);
      const hash = Bun.hash(kinds.sort().join()).toString(16);
      paths[path] = { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` };
    }
    return Response.json({ paths });
  }
  const path = /^\/openapi\/v3\/(.+)$/.exec(pathname)?.[1];
  const found = path === undefined ? [] : registry.all().filter((resource) => pathOf(resource) === path);
  if (found.length === 0) return undefined;
  const paths: Record<string, unknown> = {};
  for (const resource of found) paths[`/${path}/${resource.resource}/{name}`] = { patch: patchOf(resource) };
  const info = { title: "Styrmin embedded cluster", version: "v1" };
  return Response.json({ openapi: "3.0.0", info, paths, components: { schemas: {} } });
}

const pathOf = (resource: Resource) => `${resource.group === "" ? "api" : "apis"}/${apiVersionOf(resource)}`;

function patchOf({ group, version, kind }: Resource) {
  return {
    "x-kubernetes-group-version-kind": { group, version, kind },
    parameters: [{ name: "fieldValidation", in: "query" }],
    responses: {},
  };
}
