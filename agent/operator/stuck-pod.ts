/**
 * Which pod a StatefulSet waits for in vain. One that keeps an order (OrderedReady) replaces a pod of an earlier
 * revision only when that has become ready, so that a broken one is never replaced: Kubernetes calls for deleting it
 * by hand ("forced rollback"). Such a pod comes back with the new revision: one that is broken itself mends nothing.
 * Pure.
 */
import { isBuiltIn } from "../../drivers/kit/index.ts";
import type { KubeObject } from "../../kube/types.ts";
import { conditionOf } from "./health-words.ts";
import type { ContainerStatus } from "./pod-trouble.ts";

/** Reasons of a container that waits for what will not come. */
const hopeless = new Set([
  "ErrImagePull",
  "ImagePullBackOff",
  "ErrImageNeverPull",
  "InvalidImageName",
  "CreateContainerConfigError",
  "CreateContainerError",
  "RunContainerError",
  "CrashLoopBackOff",
]);
/** A container that ended is mostly restarted at once; one that is not waits for its back-off, milliseconds. */
const restartMs = 5_000;
/** A node may be just coming, milliseconds. */
const unschedulableMs = 30_000;
/** What runs may yet become ready, or recover; half of what a deploy waits, so that the same deploy is mended. */
const unreadyMs = 5 * 60_000;

export interface StuckPod {
  /** To be deleted now. */
  pod?: KubeObject;
  /** When the next one may be stuck, milliseconds from now: no event tells. */
  againMs: number;
}

/** The pod to be deleted so that the StatefulSet can go on: the highest, and none while another one is ending. */
export function stuckPodOf(set: KubeObject, pods: Iterable<KubeObject>, now: number): StuckPod {
  const nothing: StuckPod = { againMs: Number.POSITIVE_INFINITY };
  const update: string | undefined = set.status?.updateRevision;
  if (update === undefined || !keepsOrder(set) || !isSeen(set)) return nothing;
  const own = [...pods].filter(({ metadata }) =>
    metadata.ownerReferences?.some(({ uid, controller }) => controller && uid === set.metadata.uid),
  );
  if (own.some(({ metadata }) => metadata.deletionTimestamp)) return nothing;

  const { ordinals, replicas = 1, updateStrategy } = set.spec;
  const first: number = ordinals?.start ?? 0;
  const least = first + (updateStrategy?.rollingUpdate?.partition ?? 0);
  const members = own
    .map((pod) => ({ pod, ordinal: Number(pod.metadata.name.slice(set.metadata.name.length + 1)) }))
    .filter(({ ordinal }) => ordinal >= first && ordinal < first + replicas);
  const isNew = ({ pod }: { pod: KubeObject }) =>
    (pod.metadata.labels?.["controller-revision-hash"] ?? update) === update;
  if (members.some((member) => isNew(member) && hasFailed(member.pod, now))) return nothing;

  const waits = members
    .filter((member) => member.ordinal >= least && !isNew(member))
    .sort((a, b) => b.ordinal - a.ordinal)
    .map(({ pod }) => ({ pod, againMs: leftOf(pod, now) }));
  const stuck = waits.find(({ againMs }) => againMs <= 0);
  if (stuck) return { pod: stuck.pod, againMs: Number.POSITIVE_INFINITY };
  return { againMs: Math.min(...waits.map(({ againMs }) => againMs)) };
}

/** One that makes its pods side by side replaces broken ones itself; with OnDelete a person does. */
function keepsOrder(set: KubeObject): boolean {
  return (
    set.kind === "StatefulSet" &&
    isBuiltIn(set) &&
    set.spec?.podManagementPolicy !== "Parallel" &&
    set.spec?.updateStrategy?.type !== "OnDelete"
  );
}

/** Whether its controller speaks of it as it is now. */
const isSeen = ({ metadata, status }: KubeObject): boolean =>
  !metadata.deletionTimestamp && status?.observedGeneration === metadata.generation;

/** Whether a pod is not ready though it had its time, or was restarted: it may well run at the moment. */
function hasFailed(pod: KubeObject, now: number): boolean {
  const leftMs = leftOf(pod, now);
  const wasRestarted = containersOf(pod).some(({ restartCount = 0 }) => restartCount > 0);
  return leftMs <= 0 || (wasRestarted && leftMs !== Number.POSITIVE_INFINITY);
}

/** How long a pod is yet to be waited for, milliseconds; infinite for one that is ready, or has ended by itself. */
function leftOf(pod: KubeObject, now: number): number {
  const phase: string | undefined = pod.status?.phase;
  const ready = conditionOf(pod, "Ready");
  if (ready?.status === "True" || phase === "Succeeded" || phase === "Failed")
    return Number.POSITIVE_INFINITY;
  const scheduled = conditionOf(pod, "PodScheduled");
  const isHomeless = scheduled?.status === "False" && scheduled.reason === "Unschedulable";
  const [since, patienceMs] = isHomeless ? [scheduled, unschedulableMs] : [ready, unreadyMs];
  const at = Date.parse(since?.lastTransitionTime ?? pod.metadata.creationTimestamp ?? "");
  const leftMs = Number.isNaN(at) ? Number.POSITIVE_INFINITY : Math.max(0, at + patienceMs - now);
  return Math.min(leftMs, ...containersOf(pod).map((container) => leftOfContainer(container, now)));
}

/** A container that runs at the moment may be getting well; one that has ended again after a restart is not. */
function leftOfContainer({ restartCount = 0, state }: ContainerStatus, now: number): number {
  const { waiting, terminated } = state ?? {};
  if (hopeless.has(waiting?.reason ?? "")) return 0;
  // Until the kubelet says CrashLoopBackOff, which may take it twenty seconds. What a node lost is not the container's.
  const hasFailed = terminated !== undefined && terminated.exitCode !== 0;
  if (!hasFailed || restartCount === 0 || terminated.reason?.endsWith("Unknown"))
    return Number.POSITIVE_INFINITY;
  // A node whose clock is far from ours is believed at once.
  const left = restartMs - Math.abs(now - Date.parse(terminated.finishedAt ?? ""));
  return left > 0 ? left : 0;
}

const containersOf = ({ status }: KubeObject): ContainerStatus[] => [
  ...(status?.initContainerStatuses ?? []),
  ...(status?.containerStatuses ?? []),
];
