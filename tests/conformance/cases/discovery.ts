import { cases, fields, told } from "../case.ts";

const aggregated = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
/** What the embedded cluster serves of a group; a real one serves more. */
const shown = ["configmaps", "pods", "pods/log", "pods/exec", "services", "namespaces", "secrets"];

const served = {
  v1:
    "namespaces namespaces/status nodes persistentvolumes pods pods/status services configmaps secrets " +
    "serviceaccounts serviceaccounts/token persistentvolumeclaims endpoints events limitranges resourcequotas " +
    "podtemplates replicationcontrollers",
  "apps/v1": "deployments replicasets statefulsets daemonsets controllerrevisions",
  "batch/v1": "jobs cronjobs",
  "networking.k8s.io/v1": "ingresses ingressclasses networkpolicies",
  "rbac.authorization.k8s.io/v1": "roles rolebindings clusterroles clusterrolebindings",
  "policy/v1": "poddisruptionbudgets poddisruptionbudgets/status",
  "autoscaling/v2": "horizontalpodautoscalers horizontalpodautoscalers/status",
  "storage.k8s.io/v1": "storageclasses",
  "coordination.k8s.io/v1": "leases",
  "discovery.k8s.io/v1": "endpointslices",
  "scheduling.k8s.io/v1": "priorityclasses",
  "apiextensions.k8s.io/v1": "customresourcedefinitions customresourcedefinitions/status",
};

export const discovery = cases({
  "the groups of the core API": async ({ get }) => told(await get("/api"), "kind", "versions"),
  "a group tells its versions and the preferred one": async ({ get }) => {
    const { code, body } = await get("/apis");
    const apps = body.groups.find(({ name }: any) => name === "apps");
    return { code, kind: body.kind, apiVersion: body.apiVersion, apps };
  },
  "a group can be asked for alone": async ({ get }) => {
    const { code, body } = await get("/apis/batch");
    return { code, body };
  },
  "the kinds of a version, with short names, verbs and subresources": async ({ get }) => {
    const { code, body } = await get("/api/v1");
    const kinds = body.resources.filter(({ name }: any) => shown.includes(name));
    const told = kinds.map((kind: any) => ({
      ...fields(kind, "name", "singularName", "namespaced", "kind", "shortNames", "categories"),
      verbs: kind.verbs.join(" "),
    }));
    return { code, kind: body.kind, groupVersion: body.groupVersion, told };
  },
  "the kinds of apps, with scale and status": async ({ get }) => {
    const { body } = await get("/apis/apps/v1");
    return body.resources.map((kind: any) => ({
      ...fields(kind, "name", "kind", "group", "version", "namespaced", "shortNames", "categories"),
      verbs: kind.verbs.join(" "),
    }));
  },
  "every kind that the embedded cluster has": async ({ get }) => {
    const answers: Record<string, string[]> = {};
    for (const [version, names] of Object.entries(served)) {
      const { body } = await get(`${version === "v1" ? "/api" : "/apis"}/${version}`);
      const wanted = names.split(" ");
      answers[version] = body.resources
        .filter(({ name }: any) => wanted.includes(name))
        .map(({ name, kind, singularName, namespaced, shortNames, categories, verbs }: any) =>
          [name, kind, singularName, namespaced, shortNames, categories, verbs].join(" "),
        );
    }
    return answers;
  },
  "a group or a version that nobody serves": async ({ get }) => [
    (await get("/apis/nothing.test/v1")).code,
    (await get("/apis/apps/v9")).code,
    (await get("/api/v2")).code,
  ],
  "the aggregated form has its own type": async ({ get }) => {
    const { code, body, headers } = await get("/apis", { accept: aggregated });
    const apps = body.items.find(({ metadata }: any) => metadata.name === "apps");
    const [version] = apps.versions;
    const deployments = version.resources.find(({ resource }: any) => resource === "deployments");
    return {
      code,
      type: headers.get("content-type"),
      kind: body.kind,
      version: version.version,
      freshness: version.freshness,
      deployments: { ...deployments, verbs: deployments.verbs.join(" ") },
    };
  },
  "an older aggregated form is answered by the plain one, or by the newer one if that is wanted too": async ({
    get,
  }) => {
    const older = aggregated.replace("v2", "v2beta1");
    const answers = [];
    for (const accept of [`${older},application/json`, `${older},${aggregated},application/json`]) {
      for (const path of ["/api", "/apis"]) answers.push((await get(path, { accept })).body.kind);
    }
    return answers;
  },
  "an aggregated answer that is known already is 304": async ({ get }) => {
    const { headers } = await get("/api", { accept: aggregated });
    const again = await get("/api", { accept: aggregated, "if-none-match": headers.get("etag") ?? "" });
    return again.code;
  },
  "the version is told": async ({ get }) => told(await get("/version"), "major", "minor"),
  "health is told": async ({ get }) => [
    told(await get("/readyz")),
    (await get("/healthz")).body,
    (await get("/livez")).body,
  ],
});
