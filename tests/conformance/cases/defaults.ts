import { cases, told } from "../case.ts";
import { deployment, service } from "../bodies.ts";

const named = (apiVersion: string, kind: string, rest: object) => ({
  apiVersion,
  kind,
  metadata: { name: "x" },
  ...rest,
});
const container = { name: "c", image: "busybox:1.37" };
const template = (spec: object = {}) => ({
  metadata: { labels: { app: "x" } },
  spec: { containers: [container], ...spec },
});
const selector = { matchLabels: { app: "x" } };
const dry = "?dryRun=All";

const waitingPod = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "p" },
  spec: { containers: [container], nodeSelector: { no: "where" } },
};

/** What the built-in kinds fill in. */
export const defaults = cases({
  "of a Deployment and its pods": async ({ post, at }) => {
    const body = deployment("d", { ports: [{ containerPort: 80 }] });
    const { replicas: _, ...spec } = body.spec;
    return told(await post(at("apps/v1/deployments") + dry, { ...body, spec }), "spec");
  },
  "of a StatefulSet and its claims": async ({ post, at }) => {
    const claim = {
      metadata: { name: "v" },
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Mi" } } },
    };
    const body = named("apps/v1", "StatefulSet", {
      spec: { serviceName: "x", selector, template: template(), volumeClaimTemplates: [claim] },
    });
    const { code, body: made } = await post(at("apps/v1/statefulsets") + dry, body);
    const { template: _, ...rest } = made.spec;
    return [code, rest];
  },
  "of a DaemonSet": async ({ post, at }) => {
    const { code, body } = await post(
      at("apps/v1/daemonsets") + dry,
      named("apps/v1", "DaemonSet", { spec: { selector, template: template() } }),
    );
    const { template: _, ...rest } = body.spec;
    return [code, rest];
  },
  "of a Job": async ({ post, at }) => {
    const { code, body } = await post(
      at("batch/v1/jobs") + dry,
      named("batch/v1", "Job", { spec: { template: template({ restartPolicy: "Never" }) } }),
    );
    const { template: _, selector: __, ...rest } = body.spec;
    return [code, rest];
  },
  "of a CronJob": async ({ post, at }) => {
    const spec = {
      schedule: "*/5 * * * *",
      jobTemplate: { spec: { template: template({ restartPolicy: "Never" }) } },
    };
    return told(await post(at("batch/v1/cronjobs") + dry, named("batch/v1", "CronJob", { spec })), "spec");
  },
  "of Services: one with an address, headless, node port, external": async ({ post, at }) => {
    const made = async (spec: object) => {
      const answer = await post(at("services") + dry, service("s", spec));
      for (const port of answer.body.spec?.ports ?? []) if (port.nodePort) port.nodePort = "<port>";
      return told(answer, "spec", "status");
    };
    return [
      await made({
        selector: { a: "b" },
        ports: [
          { port: 80, name: "x" },
          { port: 53, protocol: "UDP", targetPort: "dns", name: "y" },
        ],
      }),
      await made({ clusterIP: "None" }),
      await made({ type: "NodePort" }),
      await made({ type: "ExternalName", externalName: "a.test", ports: [] }),
    ];
  },
  "of probes": async ({ post, at }) => {
    const probes = {
      livenessProbe: { httpGet: { port: 80 } },
      readinessProbe: { tcpSocket: { port: 80 } },
      startupProbe: { exec: { command: ["true"] }, periodSeconds: 3 },
    };
    const { body } = await post(at("apps/v1/deployments") + dry, deployment("d", probes));
    const { livenessProbe, readinessProbe, startupProbe } = body.spec.template.spec.containers[0];
    return { livenessProbe, readinessProbe, startupProbe };
  },
  "of volumes": async ({ post, at }) => {
    const volumes = [
      { name: "a", configMap: { name: "x" } },
      { name: "b", secret: { secretName: "x" } },
      {
        name: "c",
        projected: { sources: [{ configMap: { name: "x" } }, { serviceAccountToken: { path: "t" } }] },
      },
      { name: "d", downwardAPI: { items: [{ path: "p", fieldRef: { fieldPath: "metadata.name" } }] } },
      { name: "e" },
      { name: "f", hostPath: { path: "/tmp" } },
      { name: "g", emptyDir: {} },
    ];
    const { code, body } = await post(
      at("apps/v1/deployments") + dry,
      deployment(
        "d",
        {},
        { template: { metadata: { labels: { app: "d" } }, spec: { containers: [container], volumes } } },
      ),
    );
    return [code, body.spec.template.spec.volumes];
  },
  "of environments and resources": async ({ post, at }) => {
    const body = deployment("d", {
      env: [{ name: "A" }, { name: "B", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }],
      resources: { limits: { cpu: "0.5", memory: "1024Ki" }, requests: { cpu: 1 / 10 } },
    });
    const { code, body: made } = await post(at("apps/v1/deployments") + dry, body);
    const { env, resources } = made.spec?.template.spec.containers[0] ?? {};
    return [code, env, resources, made.message];
  },
  "of image pull policies": async ({ post, at }) => {
    const containers = ["a", "a:latest", "a:1", "a@sha256:" + "0".repeat(64), "h:5000/a"].map(
      (image, index) => ({ name: `c${index}`, image }),
    );
    const { body } = await post(
      at("apps/v1/deployments") + dry,
      deployment("d", {}, { template: template({ containers }), selector }),
    );
    return body.spec.template.spec.containers.map(({ image, imagePullPolicy }: any) => [
      image,
      imagePullPolicy,
    ]);
  },
  "of a pod, as it is stored": async ({ post, at }) => {
    const { code, body } = await post(at("pods") + dry, waitingPod);
    const { volumes: _, containers, ...spec } = body.spec;
    const { volumeMounts: __, ...rest } = containers[0];
    return [code, spec, rest, body.status];
  },
  "the volume with a pod's own token": {
    differs: "Pods get no `kube-api-access` volume",
    ask: async ({ post, at }) => {
      const { spec } = (await post(at("pods") + dry, waitingPod)).body;
      return [spec.volumes?.length ?? 0, spec.containers[0].volumeMounts?.[0].mountPath ?? null];
    },
  },
  "of a claim": async ({ post, at }) => {
    const spec = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Mi" } } };
    return told(
      await post(at("persistentvolumeclaims") + dry, named("v1", "PersistentVolumeClaim", { spec })),
      "spec",
      "status",
      "metadata.finalizers",
    );
  },
  "of an Ingress, a NetworkPolicy, a budget": async ({ post, at }) => {
    const rule = {
      host: "a.test",
      http: {
        paths: [{ path: "/", pathType: "Prefix", backend: { service: { name: "x", port: { number: 80 } } } }],
      },
    };
    return [
      told(
        await post(
          at("networking.k8s.io/v1/ingresses") + dry,
          named("networking.k8s.io/v1", "Ingress", { spec: { rules: [rule] } }),
        ),
        "spec",
        "status",
      ),
      told(
        await post(
          at("networking.k8s.io/v1/networkpolicies") + dry,
          named("networking.k8s.io/v1", "NetworkPolicy", {
            spec: { podSelector: {}, ingress: [{ ports: [{ port: 80 }] }] },
          }),
        ),
        "spec",
      ),
      told(
        await post(
          at("policy/v1/poddisruptionbudgets") + dry,
          named("policy/v1", "PodDisruptionBudget", { spec: { minAvailable: 1, selector } }),
        ),
        "spec",
      ),
    ];
  },
  "of an autoscaler": async ({ post, at }) => {
    const spec = { maxReplicas: 2, scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "x" } };
    return told(
      await post(
        at("autoscaling/v2/horizontalpodautoscalers") + dry,
        named("autoscaling/v2", "HorizontalPodAutoscaler", { spec }),
      ),
      "spec",
    );
  },
  "of Secrets: type, text that becomes data": async ({ post, at }) =>
    told(
      await post(
        at("secrets") + dry,
        named("v1", "Secret", { stringData: { a: "text" }, data: { b: "Yg==" } }),
      ),
      "type",
      "data",
      "stringData",
    ),
  "of roles and bindings": async ({ post, at }) => {
    const group = "rbac.authorization.k8s.io";
    return told(
      await post(
        at(`${group}/v1/rolebindings`) + dry,
        named(`${group}/v1`, "RoleBinding", {
          subjects: [
            { kind: "ServiceAccount", name: "x" },
            { kind: "User", name: "u" },
          ],
          roleRef: { kind: "ClusterRole", name: "view" },
        }),
      ),
      "subjects",
      "roleRef",
    );
  },
  "of a service account": async ({ post, at }) => {
    const { code, body } = await post(at("serviceaccounts"), named("v1", "ServiceAccount", {}));
    return [code, Object.keys(body).sort()];
  },
});
