/** A pod's status, computed from what its containers are doing. */
import type { KubeObject } from "../types.ts";

export type ContainerState =
  | { waiting: { reason: string; message?: string } }
  | { running: { startedAt: string } }
  | { terminated: Terminated };

export interface Terminated {
  exitCode: number;
  reason: string;
  message?: string;
  startedAt: string;
  finishedAt: string;
  containerID: string;
}

/** What the kubelet knows of one container. */
export interface ContainerRecord {
  name: string;
  image: string;
  state: ContainerState;
  lastState?: { terminated: Terminated };
  restartCount: number;
  started: boolean;
  ready: boolean;
  containerID: string;
}

export interface PodRecord {
  ip: string | undefined;
  startTime: string;
  init: ContainerRecord[];
  containers: ContainerRecord[];
  /** Ends the pod for a reason of its own, such as its deadline. */
  failure?: { reason: string; message: string };
  /** All containers have been ended for good. */
  stopped: boolean;
}

const waitingFor = (reason: string): ContainerState => ({ waiting: { reason } });

export function newRecord(
  { name, image }: { name: string; image: string },
  ofPodWithInit: boolean,
): ContainerRecord {
  const state = waitingFor(ofPodWithInit ? "PodInitializing" : "ContainerCreating");
  return { name, image, state, restartCount: 0, started: false, ready: false, containerID: "" };
}

/**
 * Takes a container up from the status a former life of the cluster left. One that was running then has ended
 * with it: it counts as terminated, as where a node was restarted, and starting it again is a restart.
 */
export function recordFrom(spec: { name: string; image: string }, before: any, now: string): ContainerRecord {
  const record: ContainerRecord = {
    ...newRecord(spec, false),
    restartCount: before.restartCount ?? 0,
    containerID: before.containerID ?? "",
    state: before.state,
    ...(before.lastState?.terminated ? { lastState: before.lastState } : {}),
  };
  if (!before.state?.running) return record;
  const terminated: Terminated = {
    exitCode: 137,
    reason: "ContainerStatusUnknown",
    message: "The cluster was stopped while the container ran.",
    startedAt: before.state.running.startedAt,
    finishedAt: now,
    containerID: record.containerID,
  };
  return { ...record, state: { terminated } };
}

/** The whole status of a pod. Conditions keep their time as long as they do not change. */
export function statusOf(pod: KubeObject, record: PodRecord, now: string): Record<string, unknown> {
  const { ip, startTime, init, containers, failure } = record;
  const before = pod.status ?? {};
  const phase = phaseOf(pod, record);
  const done = phase === "Succeeded" || phase === "Failed";
  const incomplete = init.filter(
    (each) => !hasSucceeded(each) && !(isSidecar(pod, each.name) && each.started),
  );
  const initialized = incomplete.length === 0;
  const unready = containers.filter((each) => !each.ready).map(({ name }) => name);
  const reason = done ? `Pod${phase === "Succeeded" ? "Completed" : "Failed"}` : "ContainersNotReady";
  const why = done
    ? { reason }
    : { reason, message: `containers with unready status: [${unready.join(" ")}]` };
  const isReady = unready.length === 0 && !done && initialized;
  const readiness = isReady ? { status: "True" } : { status: "False", ...why };
  const conditions = [
    { type: "PodReadyToStartContainers", status: ip && !record.stopped && !done ? "True" : "False" },
    initialized
      ? { type: "Initialized", status: "True", ...(done && phase === "Succeeded" ? { reason } : {}) }
      : {
          type: "Initialized",
          status: "False",
          reason: "ContainersNotInitialized",
          message: `containers with incomplete status: [${incomplete.map(({ name }) => name).join(" ")}]`,
        },
    { type: "Ready", ...readiness },
    { type: "ContainersReady", ...readiness },
    { type: "PodScheduled", status: "True" },
  ];
  const addresses = ip ? { podIP: ip, podIPs: [{ ip }] } : {};
  return {
    ...before,
    phase,
    observedGeneration: pod.metadata.generation,
    ...(failure ?? {}),
    conditions: mergeConditions(before.conditions ?? [], conditions, now),
    hostIP: "127.0.0.1",
    hostIPs: [{ ip: "127.0.0.1" }],
    ...addresses,
    startTime,
    ...(init.length > 0 ? { initContainerStatuses: init.map((each) => initStatus(pod, each)) } : {}),
    containerStatuses: containers.map((each) => containerStatus(each)),
    qosClass: before.qosClass ?? "BestEffort",
  };
}

function phaseOf(pod: KubeObject, { init, containers, failure, stopped }: PodRecord): string {
  if (failure) return "Failed";
  const sidecars = init.filter((each) => isSidecar(pod, each.name) && "running" in each.state);
  const ended = containers.filter(({ state }) => "terminated" in state);
  const { restartPolicy = "Always" } = pod.spec;
  const failedInit = init.some((each) => "terminated" in each.state && !hasSucceeded(each));
  const over = ended.length === containers.length && sidecars.length === 0;
  if (stopped || (restartPolicy !== "Always" && over)) {
    const final = stopped || restartPolicy === "Never" || containers.every(hasSucceeded);
    if (final) return containers.every(hasSucceeded) ? "Succeeded" : "Failed";
  }
  if (restartPolicy === "Never" && failedInit) return "Failed";
  const begun = containers.some(
    (each) => "running" in each.state || "terminated" in each.state || each.lastState,
  );
  return begun ? "Running" : "Pending";
}

const hasSucceeded = ({ state }: ContainerRecord) => "terminated" in state && state.terminated.exitCode === 0;

export function isSidecar(pod: KubeObject, name: string): boolean {
  const found = (pod.spec.initContainers ?? []).find((each: any) => each.name === name);
  return found?.restartPolicy === "Always";
}

/** An init container is ready when it has done its work; one that runs beside the others as these are. */
function initStatus(pod: KubeObject, record: ContainerRecord) {
  const ready = isSidecar(pod, record.name) ? record.ready : hasSucceeded(record);
  return { ...containerStatus(record), ready };
}

function containerStatus(record: ContainerRecord) {
  const { name, image, state, lastState, restartCount, started, ready, containerID } = record;
  return {
    name,
    image,
    imageID: containerID === "" ? "" : `styrmin.io/${image}`,
    ...(containerID === "" ? {} : { containerID }),
    state,
    lastState: lastState ?? {},
    ready,
    started,
    restartCount,
  };
}

function mergeConditions(before: any[], wanted: any[], now: string): unknown[] {
  const merged = wanted.map((condition) => {
    const known = before.find(({ type }) => type === condition.type);
    const same = known?.status === condition.status;
    return { ...condition, lastProbeTime: null, lastTransitionTime: same ? known.lastTransitionTime : now };
  });
  const others = before.filter(({ type }) => !wanted.some((condition) => condition.type === type));
  return [...others, ...merged];
}
