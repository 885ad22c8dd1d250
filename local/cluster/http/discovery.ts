import { apiVersionOf, type Registry, type Resource } from "../resources.ts";

const aggregatedType = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/** `/api`, `/apis`, `/api/v1`, `/apis/GROUP` and `/apis/GROUP/VERSION`; undefined for any other path. */
export function serveDiscovery(registry: Registry, pathname: string, request: Request): Response | undefined {
  const parts = pathname.split("/").filter((part) => part !== "");
  const all = registry.all();
  if (parts.length === 1 && (parts[0] === "api" || parts[0] === "apis")) {
    const core = parts[0] === "api";
    if (wantsAggregated(request.headers.get("accept") ?? "")) return aggregatedAnswer(all, core, request);
    return Response.json(
      core ? coreVersions : { kind: "APIGroupList", apiVersion: "v1", groups: groupsOf(all) },
    );
  }
  if (parts[0] === "api" && parts.length === 2) return resourceList(all, "", parts[1]!);
  if (parts[0] !== "apis") return undefined;
  if (parts.length === 3) return resourceList(all, parts[1]!, parts[2]!);
  const group = parts.length === 2 ? groupsOf(all).find(({ name }) => name === parts[1]) : undefined;
  return group && Response.json({ kind: "APIGroup", apiVersion: "v1", ...group });
}

/** Clients before Kubernetes 1.30 know only v2beta1, which a real server serves no more: they get the plain form. */
function wantsAggregated(accept: string): boolean {
  const parameters = accept.split(",").map((type) => type.split(";").map((one) => one.trim()));
  return parameters.some((all) => all.includes("v=v2") && all.includes("as=APIGroupDiscoveryList"));
}

const coreVersions = {
  kind: "APIVersions",
  versions: ["v1"],
  serverAddressByClientCIDRs: [],
};

function groupsOf(all: Resource[]) {
  const names = [...new Set(all.map(({ group }) => group))].filter((name) => name !== "");
  return names.map((name) => {
    const versions = versionsOf(all, name).map((version) => ({
      groupVersion: `${name}/${version}`,
      version,
    }));
    return { name, versions, preferredVersion: versions[0] };
  });
}

const versionsOf = (all: Resource[], group: string) => [
  ...new Set(all.filter((one) => one.group === group).map(({ version }) => version)),
];

function kindsOf(all: Resource[], group: string, version: string): Resource[] {
  const found = all.filter((one) => one.group === group && one.version === version);
  return found.sort((a, b) => (a.resource < b.resource ? -1 : 1));
}

/** A real server leaves out group and version where they are those of the list. */
function shownKind({ group, version }: Resource, kind: Subresource["kind"]): Subresource["kind"] {
  const same = kind.group === group && kind.version === version;
  return same
    ? { group: "", version: "", kind: kind.kind }
    : { group: kind.group, version: kind.version, kind: kind.kind };
}

interface Subresource {
  name: string;
  kind: { group: string; version: string; kind: string };
  verbs: string[];
}

function subresourcesOf(resource: Resource): Subresource[] {
  const { group, version, kind } = resource;
  const own = { group, version, kind };
  const subs: Subresource[] = [];
  if (kind === "Pod" && group === "") {
    const eviction = { group: "policy", version: "v1", kind: "Eviction" };
    subs.push({ name: "eviction", kind: eviction, verbs: ["create"] });
    subs.push({ name: "exec", kind: { group, version, kind: "PodExecOptions" }, verbs: ["create", "get"] });
    subs.push({ name: "log", kind: own, verbs: ["get"] });
  }
  if (resource.scale) {
    const scale = { group: "autoscaling", version: "v1", kind: "Scale" };
    subs.push({ name: "scale", kind: scale, verbs: ["get", "patch", "update"] });
  }
  if (resource.status) subs.push({ name: "status", kind: own, verbs: ["get", "patch", "update"] });
  if (kind === "ServiceAccount" && group === "") {
    const token = { group: "authentication.k8s.io", version: "v1", kind: "TokenRequest" };
    subs.push({ name: "token", kind: token, verbs: ["create"] });
  }
  return subs;
}

function resourceList(all: Resource[], group: string, version: string): Response | undefined {
  const found = kindsOf(all, group, version);
  if (found.length === 0) return undefined;
  const resources = found.flatMap((one) => [
    {
      name: one.resource,
      singularName: one.singular,
      namespaced: one.namespaced,
      kind: one.kind,
      verbs: one.verbs,
      ...(one.shortNames.length > 0 ? { shortNames: one.shortNames } : {}),
      ...(one.categories.length > 0 ? { categories: one.categories } : {}),
    },
    ...subresourcesOf(one).map((sub) => ({
      name: `${one.resource}/${sub.name}`,
      singularName: "",
      namespaced: one.namespaced,
      ...(sub.kind.group === one.group ? {} : { group: sub.kind.group, version: sub.kind.version }),
      kind: sub.kind.kind,
      verbs: sub.verbs,
    })),
  ]);
  const groupVersion = apiVersionOf({ group, version });
  return Response.json({ kind: "APIResourceList", apiVersion: "v1", groupVersion, resources });
}

function aggregatedAnswer(all: Resource[], core: boolean, request: Request): Response {
  const groups = core ? [""] : [...new Set(all.map(({ group }) => group))].filter((name) => name !== "");
  const items = groups.map((group) => ({
    metadata: core ? {} : { name: group },
    versions: versionsOf(all, group).map((version) => ({
      version,
      freshness: "Current",
      resources: kindsOf(all, group, version).map((one) => ({
        resource: one.resource,
        responseKind: shownKind(one, one),
        scope: one.namespaced ? "Namespaced" : "Cluster",
        singularResource: one.singular,
        verbs: one.verbs,
        shortNames: one.shortNames,
        categories: one.categories,
        subresources: subresourcesOf(one).map((sub) => ({
          subresource: sub.name,
          responseKind: shownKind(one, sub.kind),
          verbs: sub.verbs,
        })),
      })),
    })),
  }));
  const text = JSON.stringify({
    kind: "APIGroupDiscoveryList",
    apiVersion: "apidiscovery.k8s.io/v2",
    metadata: {},
    items,
  });
  const etag = `"${Bun.hash(text).toString(16)}"`;
  const headers = { "content-type": aggregatedType, etag, vary: "Accept" };
  if (request.headers.get("if-none-match") === etag) return new Response(null, { status: 304, headers });
  return new Response(text, { headers });
}
