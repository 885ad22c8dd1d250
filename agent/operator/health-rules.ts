/** The rules of kstatus for the kinds of Kubernetes itself that need one; the others are as they should be once they exist. */
import type { KubeObject } from "../../kube/types.ts";
import { conditionOf, current, failed, type Health, inProgress } from "./health-words.ts";

type Rule = (object: KubeObject) => Health;

export const rules: Record<string, Rule> = {
  "apps/Deployment"(object) {
    const wanted = object.spec?.replicas ?? 1;
    const { replicas = 0, updatedReplicas = 0, readyReplicas = 0, availableReplicas = 0 } = statusOf(object);
    const late = unseen(object);
    if (late) return late;
    const why = refusalOfPods(object);
    const progress = conditionOf(object, "Progressing");
    if (progress?.reason === "ProgressDeadlineExceeded") return failed(`did not become ready in time${why}`);
    const paused = object.spec?.paused === true ? "is paused; " : "";
    if (updatedReplicas < wanted) {
      return inProgress(`${paused}${updatedReplicas} of ${wanted} pods are up to date${why}`);
    }
    if (replicas > updatedReplicas) return inProgress(`${replicas - updatedReplicas} old pods are to end`);
    if (replicas > wanted) return inProgress(`${replicas - wanted} pods are to end`);
    if (readyReplicas < wanted) return inProgress(`${readyReplicas} of ${wanted} pods are ready${why}`);
    if (availableReplicas < updatedReplicas) {
      return inProgress(`${availableReplicas} of ${updatedReplicas} pods are available`);
    }
    return current;
  },

  "apps/StatefulSet"(object) {
    const wanted = object.spec?.replicas ?? 1;
    const { replicas = 0, readyReplicas = 0, currentReplicas = 0, updatedReplicas = 0 } = statusOf(object);
    const { currentRevision, updateRevision, availableReplicas = 0 } = statusOf(object);
    const late = unseen(object);
    if (late) return late;
    if (replicas < wanted) return inProgress(`${replicas} of ${wanted} pods exist`);
    if (readyReplicas < wanted) return inProgress(`${readyReplicas} of ${wanted} pods are ready`);
    if (replicas > wanted) return inProgress(`${replicas - wanted} pods are to end`);
    if (object.spec?.minReadySeconds > 0 && availableReplicas < wanted) {
      return inProgress(`${availableReplicas} of ${wanted} pods are available`);
    }
    // A person deletes its pods when they are to be made anew, and nobody knows when.
    if (object.spec?.updateStrategy?.type === "OnDelete") return current;
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

  "apps/DaemonSet"(object) {
    const status = statusOf(object);
    const late = unseen(object);
    if (late) return late;
    const { desiredNumberScheduled: wanted } = status;
    if (wanted === undefined) return inProgress("no node has been chosen yet");
    const { currentNumberScheduled = 0, updatedNumberScheduled = 0 } = status;
    const { numberReady = 0, numberAvailable = 0 } = status;
    if (currentNumberScheduled < wanted)
      return inProgress(`${currentNumberScheduled} of ${wanted} pods exist`);
    if (updatedNumberScheduled < wanted) {
      return inProgress(`${updatedNumberScheduled} of ${wanted} pods are up to date`);
    }
    if (numberReady < wanted) return inProgress(`${numberReady} of ${wanted} pods are ready`);
    if (object.spec?.minReadySeconds > 0 && numberAvailable < wanted) {
      return inProgress(`${numberAvailable} of ${wanted} pods are available`);
    }
    return current;
  },

  "apps/ReplicaSet"(object) {
    const wanted = object.spec?.replicas ?? 1;
    const { replicas = 0, readyReplicas = 0, availableReplicas = 0 } = statusOf(object);
    if (replicas < wanted) return inProgress(`${replicas} of ${wanted} pods exist${refusalOfPods(object)}`);
    if (replicas > wanted) return inProgress(`${replicas - wanted} pods are to end`);
    if (availableReplicas < wanted) return inProgress(`${availableReplicas} of ${wanted} pods are available`);
    if (readyReplicas < wanted) return inProgress(`${readyReplicas} of ${wanted} pods are ready`);
    return current;
  },

  "/ReplicationController": (object) => rules["apps/ReplicaSet"]!(object),

  // A job that runs is working, not waiting; it has failed when it says so. That it began is enough for
  // kstatus; here it must have ended, because what comes after it relies on it.
  "batch/Job"(object) {
    const failure = conditionOf(object, "Failed");
    if (failure?.status === "True") return failed(failure.message ?? failure.reason ?? "the job failed");
    if (conditionOf(object, "Complete")?.status === "True") return current;
    if (object.spec?.suspend === true) return current;
    if (!statusOf(object).startTime) return inProgress("has not started yet");
    return inProgress("is running");
  },

  "/Pod"(object) {
    const { phase } = statusOf(object);
    if (phase === "Succeeded") return current;
    if (phase === "Failed") return failed(statusOf(object).reason ?? "the pod failed");
    if (phase === "Running" && conditionOf(object, "Ready")?.status === "True") return current;
    return inProgress(phase === "Running" ? "is not ready" : "has not started yet");
  },

  "/PersistentVolumeClaim"(object) {
    const { phase } = statusOf(object);
    if (phase === "Bound") return current;
    return phase === "Lost" ? failed("its volume is lost") : inProgress("has no volume yet");
  },

  "/Service"(object) {
    if (object.spec?.type !== "LoadBalancer") return current;
    return statusOf(object).loadBalancer?.ingress?.length > 0
      ? current
      : inProgress("has no address of a load balancer yet");
  },

  "/Namespace": (object) =>
    statusOf(object).phase === "Terminating"
      ? { state: "Terminating", message: "is being deleted" }
      : current,

  "policy/PodDisruptionBudget"(object) {
    const {
      observedGeneration,
      disruptionsAllowed = 0,
      expectedPods = 0,
      currentHealthy = 0,
    } = statusOf(object);
    if (observedGeneration === undefined) return inProgress("has not been seen yet");
    const allowed = conditionOf(object, "DisruptionAllowed");
    if (allowed?.reason === "SyncFailed") return inProgress(allowed.message ?? "cannot be counted");
    if (expectedPods === 0 || disruptionsAllowed > 0) return current;
    // As it should be, but whoever drains a node waits for ever.
    const needed = statusOf(object).desiredHealthy ?? 0;
    return { ...current, message: `lets no pod be evicted (${currentHealthy} healthy, ${needed} needed)` };
  },

  "apiextensions.k8s.io/CustomResourceDefinition"(object) {
    const names = conditionOf(object, "NamesAccepted");
    if (names?.status === "False") return failed(names.message ?? "its names are taken");
    return conditionOf(object, "Established")?.status === "True" ? current : inProgress("is not served yet");
  },

  "apiregistration.k8s.io/APIService"(object) {
    const available = conditionOf(object, "Available");
    if (available?.status === "True") return current;
    return inProgress(`is not available yet${available?.message ? `: ${available.message}` : ""}`);
  },
};

/** Why its pods cannot be made, as a Deployment and a ReplicaSet say it. */
function refusalOfPods(object: KubeObject): string {
  const failure = conditionOf(object, "ReplicaFailure");
  return failure?.status === "True" ? `; ${refusedPod(failure.message ?? "its pods cannot be made")}` : "";
}

/** What the API server said of a pod that was not to be, without the pod's name of chance, which is never the same. */
export const refusedPod = (message: string): string =>
  message
    .replace(/^\(combined from similar events\): /, "")
    .replace(/^(Error creating: |create Pod \S+ in (StatefulSet|Job) \S+ failed error: )/i, "")
    .replace(/^pods "[^"]*" is forbidden/, "its pods are forbidden");

/** A controller that has not reported on a new object yet. */
function unseen(object: KubeObject): Health | undefined {
  if (object.status?.observedGeneration !== undefined) return undefined;
  return inProgress("its controller has not seen it yet");
}

const statusOf = (object: KubeObject) => object.status ?? {};
