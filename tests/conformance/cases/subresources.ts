import { deployment, map, service } from "../bodies.ts";
import { cases, refused, told } from "../case.ts";
import { eventually } from "../../helpers/eventually.ts";
import type { Answer } from "../../helpers/kube-http.ts";

const job = (name: string, spec: object = {}) => ({
  apiVersion: "batch/v1",
  kind: "Job",
  metadata: { name },
  spec: {
    suspend: true,
    template: { spec: { restartPolicy: "Never", containers: [{ name: "c", image: "busybox:1.37" }] } },
    ...spec,
  },
});

/** Status, scale, and how generations are counted. Paused, so that nobody else writes to the Deployments. */
export const subresources = cases({
  "generations count changes of the spec and of a Deployment's annotations": async ({ post, merge, at }) => {
    const path = at("apps/v1/deployments", "d");
    const answers = [
      await post(at("apps/v1/deployments"), deployment("d")),
      await merge(path, { spec: { replicas: 0, minReadySeconds: 1 } }),
      await merge(path, { metadata: { labels: { x: "y" } } }),
      await merge(path, { metadata: { annotations: { x: "y" } } }),
      await merge(path, { spec: { minReadySeconds: 1 } }),
      await merge(`${path}/status`, { status: { replicas: 1 }, spec: { minReadySeconds: 9 } }),
    ];
    return answers.map((answer) => told(answer, "metadata.generation", "spec.minReadySeconds"));
  },
  "which kinds have a generation": async ({ post, at, namespace }) => {
    const named = (apiVersion: string, kind: string, rest: object = {}) => ({
      apiVersion,
      kind,
      metadata: { name: "x" },
      ...rest,
    });
    const template = deployment("x").spec.template;
    const made: [string, object][] = [
      ["configmaps", map("x")],
      ["secrets", named("v1", "Secret")],
      ["services", named("v1", "Service", { spec: { ports: [{ port: 80 }] } })],
      ["serviceaccounts", named("v1", "ServiceAccount")],
      ["pods", named("v1", "Pod", { spec: { ...template.spec, nodeSelector: { no: "where" } } })],
      [
        "persistentvolumeclaims",
        named("v1", "PersistentVolumeClaim", {
          spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Mi" } } },
        }),
      ],
      ["apps/v1/deployments", deployment("x")],
      [
        "apps/v1/statefulsets",
        named("apps/v1", "StatefulSet", {
          spec: { replicas: 0, serviceName: "x", selector: { matchLabels: { app: "x" } }, template },
        }),
      ],
      [
        "apps/v1/daemonsets",
        named("apps/v1", "DaemonSet", {
          spec: {
            selector: { matchLabels: { app: "x" } },
            template: { ...template, spec: { ...template.spec, nodeSelector: { no: "where" } } },
          },
        }),
      ],
      ["batch/v1/jobs", job("x")],
      [
        "batch/v1/cronjobs",
        named("batch/v1", "CronJob", {
          spec: { schedule: "0 0 1 1 *", suspend: true, jobTemplate: { spec: job("x").spec } },
        }),
      ],
      [
        "networking.k8s.io/v1/ingresses",
        named("networking.k8s.io/v1", "Ingress", {
          spec: { defaultBackend: { service: { name: "x", port: { number: 80 } } } },
        }),
      ],
      [
        "networking.k8s.io/v1/networkpolicies",
        named("networking.k8s.io/v1", "NetworkPolicy", { spec: { podSelector: {} } }),
      ],
      [
        "policy/v1/poddisruptionbudgets",
        named("policy/v1", "PodDisruptionBudget", {
          spec: { minAvailable: 1, selector: { matchLabels: { app: "x" } } },
        }),
      ],
      ["rbac.authorization.k8s.io/v1/roles", named("rbac.authorization.k8s.io/v1", "Role", { rules: [] })],
      [
        "autoscaling/v2/horizontalpodautoscalers",
        named("autoscaling/v2", "HorizontalPodAutoscaler", {
          spec: {
            maxReplicas: 2,
            scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "none" },
          },
        }),
      ],
      ["coordination.k8s.io/v1/leases", named("coordination.k8s.io/v1", "Lease", { spec: {} })],
      ["resourcequotas", named("v1", "ResourceQuota", { spec: { hard: { pods: "9" } } })],
      ["limitranges", named("v1", "LimitRange", { spec: { limits: [] } })],
    ];
    void namespace;
    const generations = [];
    for (const [kind, body] of made) {
      const answer = await post(at(kind), body);
      generations.push([kind, answer.code, answer.body.metadata.generation ?? null]);
    }
    return generations;
  },
  "scale is read and written as an object of its own": async ({ post, get, merge, put, at }) => {
    const path = at("apps/v1/deployments", "d");
    await post(at("apps/v1/deployments"), deployment("d", {}, { paused: true }));
    const scale = await get(`${path}/scale`);
    const nodes = { nodeSelector: { no: "where" } };
    await merge(path, { spec: { template: { spec: nodes } } });
    const patched = await merge(`${path}/scale`, { spec: { replicas: 2 } });
    const put0 = await put(`${path}/scale`, {
      ...patched.body,
      metadata: { name: "d", namespace: patched.body.metadata.namespace },
      spec: { replicas: 0 },
    });
    return [
      told(scale, "kind", "apiVersion", "metadata.name", "metadata.namespace", "spec", "status"),
      told(patched, "spec"),
      told(put0, "spec"),
      told(await get(path), "spec.replicas"),
    ];
  },
  "scales that are refused": async ({ post, merge, put, get, at }) => {
    const path = at("apps/v1/deployments", "d");
    await post(at("apps/v1/deployments"), deployment("d", {}, { paused: true }));
    const { body } = await get(`${path}/scale`);
    return [
      told(await merge(`${path}/scale`, { spec: { replicas: -1 } })),
      told(
        await put(`${path}/scale`, {
          ...body,
          metadata: { ...body.metadata, resourceVersion: "1" },
          spec: { replicas: 0 },
        }),
      ),
      told(await get(at("apps/v1/deployments", "none", "scale"))),
      told(await put(`${path}/scale`, { ...body, metadata: { ...body.metadata, name: "e" } })),
      (await get(at("apps/v1/daemonsets", "d", "scale"))).code,
    ];
  },
  "status of a new object is not taken": async ({ post, at }) =>
    told(
      await post(at("services"), {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "s" },
        spec: { ports: [{ port: 80 }] },
        status: {
          conditions: [
            {
              type: "X",
              status: "True",
              reason: "R",
              message: "",
              lastTransitionTime: "2026-01-01T00:00:00Z",
            },
          ],
        },
      }),
      "status",
    ),
  "status is read by its path, and written without the rest": async ({ post, get, merge, at }) => {
    const path = at("services", "s");
    await post(at("services"), {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "s" },
      spec: { ports: [{ port: 80 }] },
    });
    const ingress = [{ ip: "192.0.2.1", ipMode: "VIP" }];
    await merge(path, { spec: { type: "LoadBalancer" } });
    const stated = await merge(`${path}/status`, {
      status: { loadBalancer: { ingress } },
      spec: { sessionAffinity: "ClientIP" },
      metadata: { labels: { x: "y" } },
    });
    return [
      told(stated, "status", "spec.sessionAffinity"),
      told(await get(`${path}/status`), "kind", "status"),
      told(await merge(at("services", "none", "status"), { status: {} })),
    ];
  },
  "status by every kind of patch, and with a stale version": async ({
    post,
    jsonPatch,
    strategic,
    put,
    at,
  }) => {
    const path = at("services", "s", "status");
    const { body } = await post(at("services"), service("s"));
    const condition = (type: string) => ({
      type,
      status: "True",
      reason: "R",
      message: "",
      lastTransitionTime: "2026-01-01T00:00:00Z",
    });
    const added = await jsonPatch(path, [{ op: "add", path: "/status/conditions", value: [condition("A")] }]);
    const merged = await strategic(path, { status: { conditions: [condition("B")] } });
    const types = (answer: any) => answer.body.status?.conditions.map(({ type }: any) => type);
    return [types(added), types(merged), told(await put(path, body))];
  },
  "a status that is not valid": {
    differs: "A status is stored as it comes: the rules for the counts in it are not checked.",
    ask: async ({ post, merge, at }) => {
      const path = at("apps/v1/deployments", "d");
      await post(at("apps/v1/deployments"), deployment("d", {}, { paused: true }));
      return refused(await merge(`${path}/status`, { status: { replicas: -1, availableReplicas: 2 } }));
    },
  },
  "a Job gets its selector and labels, and keeps its template": async ({ post, merge, at }) => {
    const made = await post(at("batch/v1/jobs"), job("j"));
    const uid = made.body.metadata.uid;
    const hide = (value: unknown) => JSON.parse(JSON.stringify(value).replaceAll(uid, "<own>"));
    return [
      hide(
        told(
          made,
          "spec.selector",
          "spec.template.metadata.labels",
          "metadata.labels",
          "metadata.annotations",
        ),
      ),
      told(await merge(at("batch/v1/jobs", "j"), { spec: { backoffLimit: 1 } }), "spec.backoffLimit"),
      (
        await merge(at("batch/v1/jobs", "j"), {
          spec: { template: { spec: { restartPolicy: "OnFailure" } } },
        })
      ).body.details?.causes.map(({ field, reason }: any) => [field, reason]),
    ];
  },
  "a namespace is finalised by its subresource": async ({
    post,
    put,
    get,
    delete: remove,
    namespace,
    later,
  }) => {
    const path = `/api/v1/namespaces/${namespace}-fin`;
    later(path);
    const body = { apiVersion: "v1", kind: "Namespace", metadata: { name: `${namespace}-fin` } };
    const made = await post("/api/v1/namespaces", { ...body, spec: { finalizers: ["ex.test/own"] } });
    await remove(path);
    let finalised: Answer | undefined;
    const live = await eventually(
      "the namespace's own finalizer is done",
      async () => {
        const answer = await get(path);
        return answer.body.spec.finalizers?.includes("kubernetes") ? undefined : answer;
      },
      { everyMs: 100 },
    ).finally(async () => {
      finalised = await put(`${path}/finalize`, { ...(await get(path)).body, spec: {} });
    });
    return [
      told(made, "spec"),
      told(live, "spec", "status.phase"),
      told(finalised!, "spec"),
      (await get(path)).code,
    ];
  },
});
