import type { KubeObject, ResourceName } from "../types.ts";
import { defaultPod, defaultPodSpec, isRecord, records } from "./pod-defaults.ts";
import { defaultBinding } from "./rbac-validate.ts";

/**
 * Fills the defaults of a built-in kind in place; does nothing to kinds without any. Doing it again changes
 * nothing. The uid must be set before (a Job's generated selector names it). A Service's clusterIP is not a
 * default: see `controllers/service-ip.ts`.
 */
export function defaultObject(resource: ResourceName, object: KubeObject): void {
  const key = resource.group === "" ? resource.resource : `${resource.resource}.${resource.group}`;
  defaults[key]?.(object);
}

const defaults: Record<string, (object: KubeObject) => void> = {
  pods: defaultPod,
  services: withSpec(defaultService),
  namespaces: defaultNamespace,
  persistentvolumeclaims: defaultClaim,
  persistentvolumes: defaultVolume,
  secrets: (secret) => void (secret.type ??= "Opaque"),
  replicationcontrollers: withSpec((spec) => void (spec.replicas ??= 1)),
  "deployments.apps": withSpec(defaultDeployment),
  "replicasets.apps": withSpec(defaultReplicaSet),
  "statefulsets.apps": withSpec(defaultStatefulSet),
  "daemonsets.apps": withSpec(defaultDaemonSet),
  "jobs.batch": withSpec(defaultJob),
  "cronjobs.batch": withSpec(defaultCronJob),
  "ingresses.networking.k8s.io": withSpec(defaultIngress),
  "networkpolicies.networking.k8s.io": withSpec(defaultNetworkPolicy),
  "horizontalpodautoscalers.autoscaling": withSpec(defaultAutoscaler),
  "storageclasses.storage.k8s.io": defaultStorageClass,
  "rolebindings.rbac.authorization.k8s.io": defaultBinding,
  "clusterrolebindings.rbac.authorization.k8s.io": defaultBinding,
  "endpointslices.discovery.k8s.io": defaultSlice,
};

type Spec = KubeObject["spec"];

function withSpec(fill: (spec: Spec, object: KubeObject) => void) {
  return (object: KubeObject) => {
    if (isRecord(object.spec)) fill(object.spec, object);
  };
}

function defaultDeployment(spec: Spec): void {
  spec.replicas ??= 1;
  spec.strategy ??= {};
  defaultStrategy(spec.strategy, { maxUnavailable: "25%", maxSurge: "25%" });
  spec.revisionHistoryLimit ??= 10;
  spec.progressDeadlineSeconds ??= 600;
  defaultTemplate(spec.template);
}

function defaultStrategy(strategy: unknown, rolling: Record<string, unknown>): void {
  if (!isRecord(strategy)) return;
  strategy.type ??= "RollingUpdate";
  if (strategy.type !== "RollingUpdate") return;
  strategy.rollingUpdate ??= {};
  for (const [key, value] of Object.entries(rolling)) strategy.rollingUpdate[key] ??= value;
}

function defaultReplicaSet(spec: Spec): void {
  spec.replicas ??= 1;
  defaultTemplate(spec.template);
}

function defaultStatefulSet(spec: Spec): void {
  spec.replicas ??= 1;
  spec.podManagementPolicy ??= "OrderedReady";
  spec.updateStrategy ??= {};
  defaultStrategy(spec.updateStrategy, { partition: 0 });
  spec.revisionHistoryLimit ??= 10;
  spec.persistentVolumeClaimRetentionPolicy ??= {};
  spec.persistentVolumeClaimRetentionPolicy.whenDeleted ??= "Retain";
  spec.persistentVolumeClaimRetentionPolicy.whenScaled ??= "Retain";
  defaultTemplate(spec.template);
  for (const template of records(spec.volumeClaimTemplates)) {
    template.apiVersion ??= "v1";
    template.kind ??= "PersistentVolumeClaim";
    if (isRecord(template.spec)) template.spec.volumeMode ??= "Filesystem";
    template.status ??= { phase: "Pending" };
  }
}

function defaultDaemonSet(spec: Spec): void {
  spec.updateStrategy ??= {};
  defaultStrategy(spec.updateStrategy, { maxUnavailable: 1, maxSurge: 0 });
  spec.revisionHistoryLimit ??= 10;
  defaultTemplate(spec.template);
}

function defaultTemplate(template: unknown): void {
  if (!isRecord(template)) return;
  template.metadata ??= {};
  defaultPodSpec(template.spec);
}

function defaultJob(spec: Spec, job: KubeObject): void {
  if (spec.completions == null && spec.parallelism == null) spec.completions = 1;
  spec.parallelism ??= 1;
  spec.backoffLimit ??= 6;
  spec.completionMode ??= "NonIndexed";
  spec.suspend ??= false;
  spec.manualSelector ??= false;
  spec.podReplacementPolicy ??= spec.podFailurePolicy ? "Failed" : "TerminatingOrFailed";
  defaultTemplate(spec.template);
  const { uid, name, labels } = job.metadata;
  if (spec.manualSelector || !uid || !isRecord(spec.template)) return;
  spec.selector ??= { matchLabels: { "batch.kubernetes.io/controller-uid": uid } };
  if (spec.selector.matchLabels?.["batch.kubernetes.io/controller-uid"] !== uid) return;
  spec.template.metadata.labels = {
    ...spec.template.metadata.labels,
    "batch.kubernetes.io/controller-uid": uid,
    "batch.kubernetes.io/job-name": name,
    "controller-uid": uid,
    "job-name": name,
  };
  // A Job without labels has those of its pods.
  if (!labels || Object.keys(labels).length === 0) job.metadata.labels = { ...spec.template.metadata.labels };
}

function defaultCronJob(spec: Spec, job: KubeObject): void {
  job.status ??= {};
  if (isRecord(spec.jobTemplate)) spec.jobTemplate.metadata ??= {};
  spec.concurrencyPolicy ??= "Allow";
  spec.suspend ??= false;
  spec.successfulJobsHistoryLimit ??= 3;
  spec.failedJobsHistoryLimit ??= 1;
  if (isRecord(spec.jobTemplate)) spec.jobTemplate.metadata ??= {};
  defaultTemplate(spec.jobTemplate?.spec?.template);
}

function defaultService(spec: Spec, service: KubeObject): void {
  service.status ??= { loadBalancer: {} };
  spec.type ??= "ClusterIP";
  spec.sessionAffinity ??= "None";
  for (const port of records(spec.ports)) {
    port.protocol ??= "TCP";
    if (spec.type !== "ExternalName") port.targetPort ??= port.port;
  }
  if (spec.type === "ExternalName") return;
  // A headless Service that selects nothing may have addresses of both families.
  const free = spec.clusterIP === "None" && !spec.selector;
  spec.ipFamilies ??= free ? ["IPv4", "IPv6"] : ["IPv4"];
  spec.ipFamilyPolicy ??= free ? "RequireDualStack" : "SingleStack";
  spec.internalTrafficPolicy ??= "Cluster";
  if (spec.type !== "ClusterIP") spec.externalTrafficPolicy ??= "Cluster";
  if (spec.type === "LoadBalancer") spec.allocateLoadBalancerNodePorts ??= true;
  if (spec.clusterIP) spec.clusterIPs ??= [spec.clusterIP];
}

function defaultIngress(spec: Spec, ingress: KubeObject): void {
  ingress.status ??= { loadBalancer: {} };
  for (const rule of records(spec.rules)) {
    for (const path of records(rule.http?.paths)) path.pathType ??= "ImplementationSpecific";
  }
}

function defaultNetworkPolicy(spec: Spec): void {
  spec.policyTypes ??= spec.egress ? ["Ingress", "Egress"] : ["Ingress"];
  for (const rule of [...records(spec.ingress), ...records(spec.egress)]) {
    for (const port of records(rule.ports)) port.protocol ??= "TCP";
  }
}

function defaultAutoscaler(spec: Spec): void {
  spec.minReplicas ??= 1;
  const target = { type: "Utilization", averageUtilization: 80 };
  spec.metrics ??= [{ type: "Resource", resource: { name: "cpu", target } }];
}

function defaultNamespace(namespace: KubeObject): void {
  const { metadata } = namespace;
  metadata.labels = { ...metadata.labels, "kubernetes.io/metadata.name": metadata.name };
  // While it is being deleted an empty list means: finished.
  if (!metadata.deletionTimestamp) {
    namespace.spec ??= {};
    const finalizers = namespace.spec.finalizers ?? [];
    if (!finalizers.includes("kubernetes")) namespace.spec.finalizers = [...finalizers, "kubernetes"];
  }
  namespace.status ??= {};
  namespace.status.phase ??= "Active";
}

function defaultClaim(claim: KubeObject): void {
  if (!claim.metadata.deletionTimestamp) {
    const protection = "kubernetes.io/pvc-protection";
    const finalizers = claim.metadata.finalizers ?? [];
    if (!finalizers.includes(protection)) claim.metadata.finalizers = [...finalizers, protection];
  }
  claim.status ??= {};
  claim.status.phase ??= "Pending";
  if (!isRecord(claim.spec)) return;
  claim.spec.storageClassName ??= "standard";
  claim.spec.volumeMode ??= "Filesystem";
}

function defaultVolume(volume: KubeObject): void {
  volume.status ??= {};
  volume.status.phase ??= "Pending";
  if (!isRecord(volume.spec)) return;
  volume.spec.persistentVolumeReclaimPolicy ??= "Retain";
  volume.spec.volumeMode ??= "Filesystem";
}

function defaultStorageClass(storageClass: KubeObject): void {
  storageClass.reclaimPolicy ??= "Delete";
  storageClass.volumeBindingMode ??= "Immediate";
}

function defaultSlice(slice: KubeObject): void {
  for (const port of records(slice.ports)) port.protocol ??= "TCP";
}
