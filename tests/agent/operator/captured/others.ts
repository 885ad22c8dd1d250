import { type Case, condition, podSpec, selector, template, type Wanted } from "./case.ts";

const of = (apiVersion: string, kind: string, rest: object = {}): Wanted => ({ apiVersion, kind, ...rest });
const core = (kind: string, rest: object = {}) => of("v1", kind, rest);
/** What is as it should be as soon as it exists. */
const exists = (object: Wanted): Case => ({ name: "exists", objects: [object], state: "Current" });

const claim = (more: object = {}) =>
  core("PersistentVolumeClaim", {
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Mi" } }, ...more },
  });
const service = (spec: object) => core("Service", { spec: { ports: [{ port: 80 }], ...spec } });

const storage: Case[] = [
  {
    name: "waits for a pod that uses it",
    objects: [claim()],
    until: (one) => one.status?.phase === "Pending",
    state: "InProgress",
    message: "has no volume yet",
  },
  {
    name: "its class does not exist",
    objects: [claim({ storageClassName: "none" })],
    until: (one) => one.status?.phase === "Pending",
    state: "InProgress",
    message: "has no volume yet",
  },
  {
    name: "bound",
    objects: [
      {
        ...core("Pod", {
          spec: podSpec(undefined, {
            volumes: [{ name: "data", persistentVolumeClaim: { claimName: "captured" } }],
          }),
        }),
      },
      claim(),
    ],
    until: (one) => one.status?.phase === "Bound",
    state: "Current",
  },
  {
    name: "available",
    objects: [
      core("PersistentVolume", {
        spec: {
          capacity: { storage: "1Mi" },
          accessModes: ["ReadWriteOnce"],
          storageClassName: "captured",
          hostPath: { path: "/tmp/captured" },
        },
      }),
    ],
    until: (one) => one.status?.phase === "Available",
    state: "Current",
  },
];

const services: Case[] = [
  { name: "inside the cluster", objects: [service({})], state: "Current" },
  { name: "headless", objects: [service({ clusterIP: "None" })], state: "Current" },
  { name: "on a port of the nodes", objects: [service({ type: "NodePort" })], state: "Current" },
  {
    name: "a name outside",
    objects: [service({ type: "ExternalName", externalName: "example.net", ports: undefined })],
    state: "Current",
  },
  {
    name: "waits for a load balancer",
    objects: [service({ type: "LoadBalancer" })],
    state: "InProgress",
    message: "has no address of a load balancer yet",
  },
];

const autoscaler = (name: string) =>
  of("autoscaling/v2", "HorizontalPodAutoscaler", {
    spec: { scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name }, maxReplicas: 3 },
  });
const budget = of("policy/v1", "PodDisruptionBudget", { spec: { minAvailable: 1, selector } });

const guarded = of("apps/v1", "Deployment", { spec: { selector, template: template() } });

const policies: Case[] = [
  {
    name: "nothing to scale",
    objects: [autoscaler("none")],
    until: condition("AbleToScale", "False"),
    state: "Current",
  },
  {
    name: "just made",
    objects: [budget],
    state: "InProgress",
    message: "has not been seen yet",
  },
  {
    name: "there is no pod to guard",
    objects: [budget],
    until: condition("DisruptionAllowed", "False"),
    state: "Current",
  },
  {
    name: "lets no pod be evicted",
    objects: [guarded, budget],
    until: (one) => condition("DisruptionAllowed", "False")(one) && one.status?.currentHealthy === 1,
    state: "Current",
    message: "lets no pod be evicted (1 healthy, 1 needed)",
  },
  exists(of("networking.k8s.io/v1", "NetworkPolicy", { spec: { podSelector: {} } })),
  exists(
    of("networking.k8s.io/v1", "Ingress", {
      spec: { defaultBackend: { service: { name: "a", port: { number: 80 } } } },
    }),
  ),
  exists(of("networking.k8s.io/v1", "IngressClass", { spec: { controller: "example.net/none" } })),
  exists(core("ResourceQuota", { spec: { hard: { pods: "10" } } })),
  exists(core("LimitRange", { spec: { limits: [{ type: "Container", max: { memory: "1Gi" } }] } })),
  {
    name: "checked",
    objects: [
      of("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy", {
        spec: {
          failurePolicy: "Fail",
          matchConstraints: {
            resourceRules: [
              {
                apiGroups: ["example.net"],
                apiVersions: ["v1"],
                operations: ["CREATE"],
                resources: ["none"],
              },
            ],
          },
          validations: [{ expression: "true" }],
        },
      }),
    ],
    until: (one) => one.status?.observedGeneration === 1,
    state: "Current",
  },
  exists(
    of("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicyBinding", {
      spec: { policyName: "none", validationActions: ["Audit"] },
    }),
  ),
];

const plain: Case[] = [
  {
    name: "active",
    objects: [core("Namespace")],
    until: (one) => one.status?.phase === "Active",
    state: "Current",
  },
  {
    name: "on its way out",
    objects: [core("Namespace", { metadata: { finalizers: ["example.net/kept"] } })],
    remove: true,
    state: "Terminating",
    message: "is being deleted",
  },
  exists(core("ConfigMap", { data: { a: "b" } })),
  exists(core("Secret", { stringData: { a: "b" } })),
  exists(core("ServiceAccount")),
  exists(core("PodTemplate", { template: { metadata: { labels: { app: "captured" } }, spec: podSpec() } })),
  exists(core("Endpoints")),
  exists(of("discovery.k8s.io/v1", "EndpointSlice", { addressType: "IPv4", endpoints: [], ports: [] })),
  exists(of("coordination.k8s.io/v1", "Lease", { spec: { holderIdentity: "nobody" } })),
  exists(of("scheduling.k8s.io/v1", "PriorityClass", { value: 1 })),
  exists(of("storage.k8s.io/v1", "StorageClass", { provisioner: "example.net/none" })),
  exists(of("rbac.authorization.k8s.io/v1", "Role", { rules: [] })),
  exists(of("rbac.authorization.k8s.io/v1", "ClusterRole", { rules: [] })),
  ...["RoleBinding", "ClusterRoleBinding"].map((kind) =>
    exists(
      of("rbac.authorization.k8s.io/v1", kind, {
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "none" },
      }),
    ),
  ),
  {
    name: "served by the API server itself",
    objects: [
      of("apiregistration.k8s.io/v1", "APIService", {
        metadata: { name: "v1.captured.example.net" },
        spec: { group: "captured.example.net", version: "v1", groupPriorityMinimum: 1, versionPriority: 1 },
      }),
    ],
    until: condition("Available"),
    state: "Current",
  },
  {
    name: "its server does not answer",
    objects: [
      of("apiregistration.k8s.io/v1", "APIService", {
        metadata: { name: "v1.captured.example.net" },
        spec: {
          group: "captured.example.net",
          version: "v1",
          groupPriorityMinimum: 1,
          versionPriority: 1,
          insecureSkipTLSVerify: true,
          service: { namespace: "default", name: "none" },
        },
      }),
    ],
    until: condition("Available", "False"),
    state: "InProgress",
    message: "is not available yet: service/none in",
  },
];

const definition = (plural: string, kind: string): Wanted =>
  of("apiextensions.k8s.io/v1", "CustomResourceDefinition", {
    metadata: { name: `${plural}.captured.example.net` },
    spec: {
      group: "captured.example.net",
      scope: "Namespaced",
      names: { plural, kind },
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
        },
      ],
    },
  });

const widget = (own?: object, metadata: object = {}): Wanted[] => [
  definition("widgets", "Widget"),
  of("captured.example.net/v1", "Widget", { metadata, spec: { size: 1 }, ...(own ? { status: own } : {}) }),
];
const says = (type: string, holds: string, reason: string, message: string, more: object = {}) => ({
  ...more,
  conditions: [{ type, status: holds, reason, message, lastTransitionTime: "2026-01-01T00:00:00Z" }],
});

const custom: Case[] = [
  {
    name: "established",
    objects: [definition("widgets", "Widget")],
    until: condition("Established"),
    state: "Current",
  },
  {
    name: "its kind is taken",
    objects: [definition("widgets", "Widget"), definition("others", "Widget")],
    until: condition("NamesAccepted", "False"),
    state: "Failed",
    message: "is already in use",
  },
  { name: "says nothing of itself", objects: widget(), state: "Unknown", message: "nothing is known" },
  { name: "ready", objects: widget(says("Ready", "True", "Done", "")), state: "Current" },
  {
    name: "not ready",
    objects: widget(says("Ready", "False", "Waiting", "waits for its database")),
    state: "InProgress",
    message: "waits for its database",
  },
  {
    name: "whether it is ready is not known",
    objects: widget(says("Ready", "Unknown", "Asked", "")),
    state: "InProgress",
    message: "Asked",
  },
  {
    name: "stalled",
    objects: widget(says("Stalled", "True", "BadSpec", "size must be even")),
    state: "Failed",
    message: "size must be even",
  },
  {
    name: "reconciling",
    objects: widget(says("Reconciling", "True", "Working", "is being resized")),
    state: "InProgress",
    message: "is being resized",
  },
  { name: "available", objects: widget(says("Available", "True", "Done", "")), state: "Current" },
  {
    name: "ready of an older generation",
    objects: widget(says("Ready", "True", "Done", "", { observedGeneration: 0 })),
    state: "InProgress",
    message: "its controller has not seen the latest change yet",
  },
  {
    name: "a condition of an older generation",
    objects: widget({
      conditions: [{ type: "Ready", status: "True", reason: "Done", message: "", observedGeneration: 0 }],
    }),
    state: "InProgress",
    message: "its controller has not seen the latest change yet",
  },
  {
    name: "only conditions that nobody knows",
    objects: widget(says("Shiny", "True", "Polished", "")),
    state: "Unknown",
    message: "nothing is known",
  },
  {
    name: "a word that nobody knows",
    objects: widget({ state: "running" }),
    state: "Unknown",
    message: "nothing is known",
  },
];

export const otherCases: Case[] = [...storage, ...services, ...policies, ...plain, ...custom];
