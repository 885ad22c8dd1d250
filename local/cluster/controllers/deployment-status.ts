import type { KubeObject } from "../types.ts";
import { endOfLimit, stamp } from "./names.ts";
import { limitsOf } from "./rollout.ts";
import { type Condition, findCondition, orAbsent, withCondition } from "./status.ts";

export interface StatusInput {
  deployment: KubeObject;
  /** All its ReplicaSets, and the current one of them. */
  sets: KubeObject[];
  currentName: string | undefined;
  /** The set was found or made in this pass: what happened to it. */
  news?: { reason: "NewReplicaSetCreated" | "FoundNewReplicaSet"; message: string };
  failure?: string;
  now: Date;
}

/** The status of a Deployment after one pass, by the rules of Kubernetes' deployment controller. Pure. */
export function deploymentStatus(input: StatusInput): Record<string, unknown> {
  const { deployment, sets, currentName } = input;
  const { spec, metadata, status: old = {} } = deployment;
  // What the sets say of themselves: by their pods, the Deployment would be ahead of them.
  const sum = (field: string, of = sets) =>
    of.reduce((total, { status }) => total + (status?.[field] ?? 0), 0);
  const [replicas, available] = [sum("replicas"), sum("availableReplicas")];
  const current = sets.filter((set) => set.metadata.name === currentName);
  const counts = {
    observedGeneration: metadata.generation,
    replicas: orAbsent(replicas),
    updatedReplicas: orAbsent(sum("replicas", current)),
    readyReplicas: orAbsent(sum("readyReplicas")),
    availableReplicas: orAbsent(available),
    unavailableReplicas: orAbsent(Math.max(0, Math.max(replicas, spec.replicas) - available)),
    terminatingReplicas: sum("terminatingReplicas"),
    collisionCount: old.collisionCount,
  };
  return { ...counts, conditions: conditionsOf(input, counts) };
}

type Counts = {
  replicas: number | undefined;
  updatedReplicas: number | undefined;
  readyReplicas: number | undefined;
  availableReplicas: number | undefined;
};

function conditionsOf(input: StatusInput, counts: Counts): Condition[] {
  const { deployment, failure, now } = input;
  const { spec, status: old = {} } = deployment;
  let conditions: Condition[] = old.conditions ?? [];
  const set = (type: string, status: Condition["status"], reason: string, message: string) => {
    const wanted = { type, status, reason, message, lastUpdateTime: stamp(now) };
    const had = conditions.find((each) => each.type === type);
    if (had?.status === status && had.reason === reason) return;
    conditions = withCondition(conditions, wanted, now);
  };

  const enough = (counts.availableReplicas ?? 0) >= spec.replicas - limitsOf(spec).maxUnavailable;
  if (enough) {
    set("Available", "True", "MinimumReplicasAvailable", "Deployment has minimum availability.");
  } else {
    const message = "Deployment does not have minimum availability.";
    set("Available", "False", "MinimumReplicasUnavailable", message);
  }
  const progress = progressOf(input, counts);
  if (progress) {
    const had = conditions.find((each) => each.type === "Progressing");
    const moved = had?.reason === progress.reason && had.status === progress.status;
    // Each bit of progress starts the deadline anew, though reason and status stay.
    if (moved && had) {
      const next = { ...had, message: progress.message, lastUpdateTime: stamp(now) };
      conditions = conditions.map((each) => (each === had ? next : each));
    } else set("Progressing", progress.status, progress.reason, progress.message);
  }
  if (failure) set("ReplicaFailure", "True", "FailedCreate", failure);
  else conditions = conditions.filter((each) => each.type !== "ReplicaFailure");
  return conditions;
}

type Progress = Pick<Condition, "status" | "reason" | "message">;

function progressOf(input: StatusInput, counts: Counts): Progress | undefined {
  const { deployment, currentName, news, now } = input;
  const { spec, metadata, status: old = {} } = deployment;
  const had = findCondition(deployment, "Progressing");
  if (spec.paused) {
    if (had?.reason === "DeploymentPaused") return undefined;
    return { status: "Unknown", reason: "DeploymentPaused", message: "Deployment is paused" };
  }
  if (had?.reason === "DeploymentPaused") {
    return { status: "Unknown", reason: "DeploymentResumed", message: "Deployment is resumed" };
  }
  const { replicas = 0, updatedReplicas = 0, readyReplicas = 0, availableReplicas = 0 } = counts;
  const observed = old.observedGeneration === metadata.generation;
  if (news) return { status: "True", ...news };
  if (had?.reason === "NewReplicaSetAvailable" && replicas === updatedReplicas) return undefined;
  const which = currentName ? `ReplicaSet "${currentName}"` : `Deployment "${metadata.name}"`;
  const complete =
    updatedReplicas === spec.replicas && replicas === spec.replicas && availableReplicas === spec.replicas;
  if (complete) {
    return {
      status: "True",
      reason: "NewReplicaSetAvailable",
      message: `${which} has successfully progressed.`,
    };
  }
  const before = {
    replicas: old.replicas ?? 0,
    updated: old.updatedReplicas ?? 0,
    ready: old.readyReplicas ?? 0,
    available: old.availableReplicas ?? 0,
  };
  const progressed =
    updatedReplicas > before.updated ||
    replicas - updatedReplicas < before.replicas - before.updated ||
    readyReplicas > before.ready ||
    availableReplicas > before.available ||
    (had?.reason === "NewReplicaSetAvailable" && !observed);
  if (progressed) {
    return { status: "True", reason: "ReplicaSetUpdated", message: `${which} is progressing.` };
  }
  if (deadlineIn(deployment, now) === 0) {
    return {
      status: "False",
      reason: "ProgressDeadlineExceeded",
      message: `${which} has timed out progressing.`,
    };
  }
  return undefined;
}

/** In how many milliseconds the progress deadline is over: 0 when it is; undefined when none is running. */
export function deadlineIn(deployment: KubeObject, now: Date): number | undefined {
  const { progressDeadlineSeconds, paused } = deployment.spec;
  const condition = findCondition(deployment, "Progressing");
  if (!condition || paused || progressDeadlineSeconds === undefined) return undefined;
  if (["NewReplicaSetAvailable", "ProgressDeadlineExceeded"].includes(condition.reason)) return undefined;
  return Math.max(0, endOfLimit(condition.lastUpdateTime, progressDeadlineSeconds) - now.getTime());
}
