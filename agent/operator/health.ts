/**
 * How an object is, from its own fields: the rules of kstatus
 * (sigs.k8s.io/cli-utils, pkg/kstatus), one function a kind. Pure.
 *
 * Unlike kstatus, a kind that nobody knows and that says nothing of itself is Unknown, not Current.
 */
import type { KubeObject } from "../../kube/types.ts";

export type HealthState = "Current" | "InProgress" | "Failed" | "Terminating" | "Unknown";

export interface Health {
  state: HealthState;
  /** Why it is not Current, for people; empty when it is. */
  message: string;
}

/** How an object is. Undefined stands for an object that is not there. */
export function healthOf(object: KubeObject | undefined): Health {
  if (object === undefined) return inProgress("does not exist");
  if (object.metadata.deletionTimestamp) return { state: "Terminating", message: "is being deleted" };
  const seen = object.status?.observedGeneration;
  if (typeof seen === "number" && seen < (object.metadata.generation ?? 0)) {
    return inProgress("its controller has not seen the latest change yet");
  }
  const rule = rules[object.kind];
  if (rule) return rule(object);
  return silentKinds.has(object.kind) ? current : byConditions(object);
}

interface ObjectCondition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
}

type Rule = (object: KubeObject) => Health;

const current: Health = { state: "Current", message: "" };
const inProgress = (message: string): Health => ({ state: "InProgress", message });
const failed = (message: string): Health => ({ state: "Failed", message });

/** Kinds that are what they are as soon as they exist. */
const silentKinds = new Set([
  ..."ConfigMap Secret ServiceAccount Role RoleBinding ClusterRole ClusterRoleBinding Endpoints".split(" "),
  ..."EndpointSlice NetworkPolicy Ingress IngressClass StorageClass PriorityClass LimitRange".split(" "),
  ..."ResourceQuota RuntimeClass Lease Event CronJob HorizontalPodAutoscaler PersistentVolume".split(" "),
  ..."ValidatingWebhookConfiguration MutatingWebhookConfiguration PodTemplate ControllerRevision".split(" "),
]);

const rules: Record<string, Rule> = {
  Deployment(object) {
    const wanted = object.spec?.replicas ?? 1;
    const { replicas = 0, updatedReplicas = 0, readyReplicas = 0, availableReplicas = 0 } = statusOf(object);
    const progress = conditionOf(object, "Progressing");
    if (progress?.reason === "ProgressDeadlineExceeded") return failed("did not become ready in time");
    const late = unseen(object);
    if (late) return late;
    if (updatedReplicas < wanted) return inProgress(`${updatedReplicas} of ${wanted} pods are up to date`);
    if (replicas > updatedReplicas) return inProgress(`${replicas - updatedReplicas} old pods are to end`);
    if (readyReplicas < wanted) return inProgress(`${readyReplicas} of ${wanted} pods are ready`);
    if (availableReplicas < updatedReplicas) {
      return inProgress(`${availableReplicas} of ${updatedReplicas} pods are available`);
    }
    return current;
  },

  StatefulSet(object) {
    if (object.spec?.updateStrategy?.type === "OnDelete") return current;
    const wanted = object.spec?.replicas ?? 1;
    const { replicas = 0, readyReplicas = 0, currentReplicas = 0, updatedReplicas = 0 } = statusOf(object);
    const { currentRevision, updateRevision } = statusOf(object);
    const late = unseen(object);
    if (late) return late;
    if (replicas < wanted) return inProgress(`${replicas} of ${wanted} pods exist`);
    if (readyReplicas < wanted) return inProgress(`${readyReplicas} of ${wanted} pods are ready`);
    if (replicas > wanted) return inProgress(`${replicas - wanted} pods are to end`);
    const partition = object.spec?.updateStrategy?.rollingUpdate?.partition ?? 0;
    if (partition > 0) {
      const due = Math.max(0, wanted - partition);
      if (updatedReplicas < due) return inProgress(`${updatedReplicas} of ${due} pods are up to date`);
      return current;
    }
    if (currentReplicas < wanted && currentRevision === updateRevision) {
      return inProgress(`${currentReplicas} of ${wanted} pods are current`);
    }
    if (currentRevision !== updateRevision)
      return inProgress(`${updatedReplicas} of ${wanted} pods are up to date`);
    return current;
  },

  DaemonSet(object) {
    const status = statusOf(object);
    const late = unseen(object);
    if (late) return late;
    const { desiredNumberScheduled: wanted } = status;
    if (wanted === undefined) return inProgress("no node has been chosen yet");
    const { currentNumberScheduled = 0, updatedNumberScheduled = 0, numberReady = 0 } = status;
    if (currentNumberScheduled < wanted)
      return inProgress(`${currentNumberScheduled} of ${wanted} pods exist`);
    if (updatedNumberScheduled < wanted) {
      return inProgress(`${updatedNumberScheduled} of ${wanted} pods are up to date`);
    }
    if (numberReady < wanted) return inProgress(`${numberReady} of ${wanted} pods are ready`);
    return current;
  },

  ReplicaSet(object) {
    const wanted = object.spec?.replicas ?? 1;
    const { replicas = 0, readyReplicas = 0, availableReplicas = 0 } = statusOf(object);
    const failure = conditionOf(object, "ReplicaFailure");
    if (failure?.status === "True") return inProgress(failure.message ?? "pods cannot be made");
    if (replicas < wanted) return inProgress(`${replicas} of ${wanted} pods exist`);
    if (replicas > wanted) return inProgress(`${replicas - wanted} pods are to end`);
    if (availableReplicas < wanted) return inProgress(`${availableReplicas} of ${wanted} pods are available`);
    if (readyReplicas < wanted) return inProgress(`${readyReplicas} of ${wanted} pods are ready`);
    return current;
  },

  ReplicationController: (object) => rules.ReplicaSet!(object),

  // A job that runs is working, not waiting; it has failed when it says so. That it began is enough for
  // kstatus; here it must have ended, because what comes after it relies on it.
  Job(object) {
    const failure = conditionOf(object, "Failed");
    if (failure?.status === "True") return failed(failure.message ?? failure.reason ?? "the job failed");
    if (conditionOf(object, "Complete")?.status === "True") return current;
    if (object.spec?.suspend === true) return current;
    if (!statusOf(object).startTime) return inProgress("has not started yet");
    return inProgress("is running");
  },

  Pod(object) {
    const { phase } = statusOf(object);
    if (phase === "Succeeded") return current;
    if (phase === "Failed") return failed(statusOf(object).reason ?? "the pod failed");
    if (phase === "Running" && conditionOf(object, "Ready")?.status === "True") return current;
    return inProgress(phase === "Running" ? "is not ready" : "has not started yet");
  },

  PersistentVolumeClaim(object) {
    const { phase } = statusOf(object);
    if (phase === "Bound") return current;
    return phase === "Lost" ? failed("its volume is lost") : inProgress("has no volume yet");
  },

  Service(object) {
    if (object.spec?.type !== "LoadBalancer") return current;
    return statusOf(object).loadBalancer?.ingress?.length > 0
      ? current
      : inProgress("has no address of a load balancer yet");
  },

  Namespace: (object) =>
    statusOf(object).phase === "Terminating"
      ? { state: "Terminating", message: "is being deleted" }
      : current,

  PodDisruptionBudget: (object) =>
    statusOf(object).observedGeneration === undefined ? inProgress("has not been seen yet") : current,

  CustomResourceDefinition(object) {
    const names = conditionOf(object, "NamesAccepted");
    if (names?.status === "False") return failed(names.message ?? "its names are taken");
    return conditionOf(object, "Established")?.status === "True" ? current : inProgress("is not served yet");
  },

  APIService: (object) =>
    conditionOf(object, "Available")?.status === "True" ? current : inProgress("is not available yet"),
};

/** What custom resources are asked to say of themselves: Ready, Reconciling, Stalled. */
function byConditions(object: KubeObject): Health {
  const stalled = conditionOf(object, "Stalled");
  if (stalled?.status === "True") return failed(textOf(stalled));
  const reconciling = conditionOf(object, "Reconciling");
  if (reconciling?.status === "True") return inProgress(textOf(reconciling));
  const ready = conditionOf(object, "Ready") ?? conditionOf(object, "Available");
  if (ready?.status === "True") return current;
  if (ready) return inProgress(textOf(ready));
  return { state: "Unknown", message: `nothing is known of how a ${object.kind} is` };
}

/** A controller that has not reported on a new object yet. */
function unseen(object: KubeObject): Health | undefined {
  if (object.status?.observedGeneration !== undefined) return undefined;
  return inProgress("its controller has not seen it yet");
}

const statusOf = (object: KubeObject) => object.status ?? {};
const textOf = ({ reason, message }: ObjectCondition) => message || reason || "is not ready";

function conditionOf(object: KubeObject, type: string): ObjectCondition | undefined {
  const conditions: unknown = object.status?.conditions;
  return Array.isArray(conditions) ? conditions.find((condition) => condition?.type === type) : undefined;
}
