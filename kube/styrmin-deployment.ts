/** The custom resource `StyrminDeployment`; its schema for the cluster is `k8s/crd.yaml`. */
import type { KindRef, KubeObject, ObjectMeta } from "./types.ts";

export const styrminDeploymentKind = {
  apiVersion: "styrmin.io/v1alpha1",
  kind: "StyrminDeployment",
} as const satisfies KindRef;

/** Names in the cluster that more than one part of Styrmin relies on. */
export const labels = {
  /** On the resource, on every applied object and on every pod template: the id of the deployment. */
  deployment: "styrmin.io/deployment",
  /** On the resource: the name of its environment. On the agent's side only, never on applications. */
  environment: "styrmin.io/environment",
  /** On Releases and parameter Secrets: the id of the Instance they belong to. */
  instance: "styrmin.io/instance",
  /** On parameter Secrets: `parameters`. */
  role: "styrmin.io/role",
} as const;

/** Keeps the resource until the operator has let go of it. */
export const teardownFinalizer = "styrmin.io/teardown";

/** Who owns which fields. */
export const managers = {
  /** The operator: application objects, and the resource's status. */
  operator: "styrmin",
  /** The intent publisher: labels, finalizer and spec of the resource, without `spec.hold`. */
  publisher: "styrmin-publisher",
  /** Flows: `spec.hold` alone. */
  flow: "styrmin-flow",
  /** The flow `test`: the annotation `styrmin.io/test` alone. */
  test: "styrmin-test",
} as const;

export interface StyrminDeployment extends KubeObject {
  apiVersion: typeof styrminDeploymentKind.apiVersion;
  kind: typeof styrminDeploymentKind.kind;
  metadata: ObjectMeta;
  spec: StyrminDeploymentSpec;
  status?: StyrminDeploymentStatus;
}

export interface StyrminDeploymentSpec {
  deploymentId: string;
  /** The deployment's name, as the user gave it. */
  name: string;
  /** The environment's name. */
  environment: string;
  instanceId: string;
  /** Only grows. */
  intentGeneration: number;
  driver: { name: string; version: string; digest: string };
  applicationVersion: string;
  targetNamespace: string;
  /** The name of the resource too. */
  releaseName: string;
  phase: Phase;
  /** The resolved context, secrets only as references. Absent means empty. */
  context?: Record<string, unknown>;
  components?: Record<string, { label?: Record<string, string> }>;
  /** Wanted replicas per component; absent is as rendered. */
  replicas?: Record<string, number>;
  /** Replicas a running flow imposes; owned by `styrmin-flow`. */
  hold?: { components?: Record<string, number>; task?: string };
  /** The API server fills in the defaults: prune, Repair, Keep, Refuse. */
  policies?: Policies;
  /** The Secret in the resource's namespace with the Instance's secret parameters. */
  secretName?: string;
}

export type Phase = "Running" | "Stopped" | "Deleting";

export interface Policies {
  prune?: boolean;
  drift?: "Repair" | "Report" | "Ignore";
  volumes?: "Keep" | "Delete";
  /** What is done about a field or an object that is somebody else's. */
  conflicts?: "Refuse" | "TakeOver";
  /** Fields that are left to whoever else sets them. */
  ignore?: IgnoreRule[];
}

export interface IgnoreRule {
  kind: string;
  /** All objects of the kind when absent. */
  name?: string;
  /** Paths as the API server writes them: `.spec.replicas`, `.spec.template.spec.containers[name="web"].image`. */
  fields: string[];
}

export interface StyrminDeploymentStatus {
  observedGeneration?: number;
  /** The `spec.intentGeneration` last acted on; what a flow's publish step waits for. */
  intentGeneration?: number;
  /** The Instance last applied in full. */
  instanceId?: string;
  conditions?: Condition[];
  components?: ComponentStatus[];
  objects?: { total: number; ready: number; pruned: number };
  release?: { name: string; revision: number };
  /** RFC 3339; how many objects were repaired so far. */
  drift?: { lastAt?: string; repaired: number };
  /** Volumes kept at deletion, as `namespace/name`. */
  kept?: string[];
  simulated?: boolean;
  /** The test that was asked for last, and how far it is. */
  test?: TestStatus;
}

/** One run of a chart's tests. */
export interface TestStatus {
  /** Of the task that asked for it. */
  id: string;
  /** The Release whose tests they are; empty when none was begun. */
  release: string;
  startedAt: string;
  /** Absent while it is under way. Nothing of it changes any more once it is there. */
  endedAt?: string;
  /** `Stopped`: it was ended before all had run; `message` says why. */
  outcome?: "Passed" | "Failed" | "Stopped";
  message?: string;
  /** In the order of running. */
  hooks: TestHookStatus[];
}

export interface TestHookStatus {
  kind: string;
  name: string;
  outcome: "Waiting" | "Running" | "Passed" | "Failed" | "NotRun";
  /** The object that was made for this run. */
  uid?: string;
  startedAt?: string;
  endedAt?: string;
  /** Why it failed, was not run or cannot begin yet. */
  message?: string;
  /** The last lines of its log, without secrets. */
  log?: string[];
}

export interface ComponentStatus {
  name: string;
  desired: number;
  ready: number;
  state: ComponentState;
  message?: string;
}

export type ComponentState = "Ready" | "Progressing" | "Stopped" | "Failed" | "Unknown";

export interface Condition {
  type: ConditionType;
  status: "True" | "False" | "Unknown";
  reason: ConditionReason;
  message: string;
  /** Moves only when `status` does. */
  lastTransitionTime: string;
  observedGeneration?: number;
}

/**
 * - `Ready`: the wanted generation is applied and everything is healthy (or stopped, as wanted).
 * - `Reconciling`: the operator is at work on it or waits for health.
 * - `Stalled`: nothing more will happen by itself; a new generation is needed.
 * - `Finalized`: phase is Deleting and everything that had to go is gone; `status.kept` names the rest.
 */
export type ConditionType = "Ready" | "Reconciling" | "Stalled" | "Finalized";

/** The closed list of reasons, so that people and programs may rely on them. */
export const reasons = {
  /** Ready: everything is applied and healthy. */
  Healthy: "Healthy",
  /** Ready: stopped, as wanted; no component has a pod. */
  Stopped: "Stopped",
  /** Not Ready, Reconciling: a new generation or instance was seen and is being worked on. */
  NewGeneration: "NewGeneration",
  /** Not Ready, Reconciling: applied, and some objects are not yet healthy. */
  Progressing: "Progressing",
  /** Not Ready, Reconciling: a hook of a chart is under way or about to begin. What it works on must be left alone. */
  HookRunning: "HookRunning",
  /** Not Ready: was healthy, and an object is no longer. */
  Degraded: "Degraded",
  /** Not Ready, Reconciling: drift was found and is being repaired. */
  DriftRepair: "DriftRepair",
  /** Not Ready, Reconciling: the last try failed for a reason that may pass; it is tried again. */
  Retrying: "Retrying",
  /**
   * Stalled: a field belongs to another manager, or an object to somebody else. Looked at again from time to
   * time, since the other may let go.
   */
  Conflict: "Conflict",
  /** Stalled: the spec or its context is not usable. */
  InvalidSpec: "InvalidSpec",
  /**
   * Stalled: the resource is not as the server wrote it, or the server never wrote it. Nothing is done until the
   * server has written it again.
   */
  EditedByHand: "EditedByHand",
  /** Stalled: a template failed, printed too much, or took too long. */
  RenderFailed: "RenderFailed",
  /**
   * Stalled: the API server refuses an object (invalid, forbidden, kind not served). What is forbidden or not
   * served is tried again from time to time.
   */
  ApplyRefused: "ApplyRefused",
  /** Stalled: the agent lacks a right; the message has the rule to add. Tried again every few seconds. */
  MissingRight: "MissingRight",
  /** Stalled: a hook of a chart failed. The next Instance, or asking again, runs it anew. */
  HookFailed: "HookFailed",
  /** Stalled: the objects failed or made no progress until the deadline. */
  Unhealthy: "Unhealthy",
  /** Not Ready, Reconciling, not yet Finalized: the objects are being removed. */
  Deleting: "Deleting",
  /** Finalized: the objects are gone. */
  Deleted: "Deleted",
  /** Reconciling or Stalled is False: there is nothing to say. */
  Idle: "Idle",
} as const;

export type ConditionReason = (typeof reasons)[keyof typeof reasons];

/** Whether a stall ends by itself: the server writes its word again, and somebody may grant a right. */
export const isPassingStall = (reason: string): boolean =>
  reason === reasons.EditedByHand || reason === reasons.MissingRight;
