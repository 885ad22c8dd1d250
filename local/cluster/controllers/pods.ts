import { isReady } from "../pod-words.ts";
import type { Api, KubeObject, NewObject, OwnerReference } from "../types.ts";
import { StatusError } from "../types.ts";
import type { Cache } from "./cache.ts";
import { namespaces, pods } from "./names.ts";
import { findCondition } from "./status.ts";

/** Neither finished nor on its way out: what counts as a replica. */
export function isActive(pod: KubeObject): boolean {
  return !isFinished(pod) && !pod.metadata.deletionTimestamp;
}

export function isFinished(pod: KubeObject): boolean {
  return pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";
}

/** In how many milliseconds the pod will have been ready for `minReadySeconds`: 0 now, Infinity when not ready. */
export function availableIn(pod: KubeObject, minReadySeconds: number, now: Date): number {
  if (!isReady(pod) || pod.metadata.deletionTimestamp) return Infinity;
  if (minReadySeconds === 0) return 0;
  const since = Date.parse(findCondition(pod, "Ready")?.lastTransitionTime ?? "");
  return Number.isNaN(since) ? Infinity : Math.max(0, since + minReadySeconds * 1000 - now.getTime());
}

export interface PodCounts {
  active: KubeObject[];
  ready: number;
  available: number;
  terminating: number;
  /** When to count again because a ready pod becomes available; undefined when none will. */
  againMs: number | undefined;
}

export function countPods(all: KubeObject[], minReadySeconds: number, now: Date): PodCounts {
  const active = all.filter(isActive);
  const waits = active.map((pod) => availableIn(pod, minReadySeconds, now));
  const coming = waits.filter((wait) => wait > 0 && wait < Infinity);
  return {
    active,
    ready: active.filter(isReady).length,
    available: waits.filter((wait) => wait === 0).length,
    terminating: all.filter((pod) => pod.metadata.deletionTimestamp && !isFinished(pod)).length,
    againMs: coming.length > 0 ? Math.min(...coming) : undefined,
  };
}

/** The reference that makes `owner` the controller of what carries it. */
export function controllerReference({ apiVersion, kind, metadata }: KubeObject): OwnerReference {
  const { name, uid } = metadata;
  return { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true };
}

/** A pod of a template, owned by `owner`. */
export function podFrom(owner: KubeObject, template: KubeObject["spec"], name?: string): NewObject {
  const { labels, annotations, finalizers } = template.metadata ?? {};
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      // Without a name the API makes one.
      ...(name === undefined ? {} : { name }),
      generateName: `${owner.metadata.name}-`,
      namespace: owner.metadata.namespace!,
      labels: { ...labels },
      ...(annotations ? { annotations: { ...annotations } } : {}),
      ...(finalizers ? { finalizers: [...finalizers] } : {}),
      ownerReferences: [controllerReference(owner)],
    },
    spec: structuredClone(template.spec),
  };
}

/** Creates a pod and tells of it in an Event of its owner. Throws what the API answered, after telling of that too. */
export function createPod(api: Api, owner: KubeObject, pod: NewObject, component: string): KubeObject {
  try {
    const made = api.create(pods, pod);
    const { name } = made.metadata;
    const message = isStateful(owner)
      ? `Create Pod ${name} in StatefulSet ${owner.metadata.name} successful`
      : `Created pod: ${name}`;
    api.event(owner, "Normal", "SuccessfulCreate", message, component);
    return made;
  } catch (thrown) {
    if (thrown instanceof StatusError && thrown.code !== 409) {
      api.event(owner, "Warning", "FailedCreate", `Error creating: ${thrown.message}`, component);
    }
    throw thrown;
  }
}

/** Deletes a pod by its uid and tells of it in an Event of its owner. A pod that is gone is fine. */
export function deletePod(api: Api, owner: KubeObject, pod: KubeObject, component: string): void {
  const { name, namespace, uid } = pod.metadata;
  if (!ignoringGone(() => api.delete(pods, name, namespace, { preconditions: { uid } }))) return;
  const message = isStateful(owner)
    ? `Delete Pod ${name} in StatefulSet ${owner.metadata.name} successful`
    : `Deleted pod: ${name}`;
  api.event(owner, "Normal", "SuccessfulDelete", message, component);
}

const isStateful = ({ kind }: KubeObject) => kind === "StatefulSet";

/** Runs a deletion; false when the object was gone, or another one had its name. */
export function ignoringGone(remove: () => void): boolean {
  try {
    remove();
    return true;
  } catch (thrown) {
    if (thrown instanceof StatusError && (thrown.code === 404 || thrown.code === 409)) return false;
    throw thrown;
  }
}

/** Whether nothing can be created in a namespace because it is going away (or is gone). */
export function isClosing(api: Api, namespace: string | undefined): boolean {
  const found = api.get(namespaces, namespace ?? "");
  return !found || found.metadata.deletionTimestamp !== undefined || found.status?.phase === "Terminating";
}

/**
 * Which of two pods should go first when there are too many: the one that is not scheduled, not running, not
 * ready, of lower deletion cost, ready for a shorter time, restarted more often, younger.
 */
export function deletionOrder(a: KubeObject, b: KubeObject): number {
  const keysA = deletionKeys(a);
  const keysB = deletionKeys(b);
  const at = keysA.findIndex((key, index) => key !== keysB[index]);
  return at === -1 ? 0 : keysA[at]! - keysB[at]!;
}

function deletionKeys(pod: KubeObject): number[] {
  const { status = {}, metadata, spec } = pod;
  const restarts = (status.containerStatuses ?? []).reduce(
    (sum: number, each: any) => sum + (each.restartCount ?? 0),
    0,
  );
  const readySince = isReady(pod) ? Date.parse(findCondition(pod, "Ready")?.lastTransitionTime ?? "") : 0;
  return [
    spec?.nodeName ? 1 : 0,
    status.phase === "Running" ? 2 : status.phase === "Pending" ? 0 : 1,
    isReady(pod) ? 1 : 0,
    Number(metadata.annotations?.["controller.kubernetes.io/pod-deletion-cost"] ?? 0) || 0,
    -(readySince || 0),
    -restarts,
    -Date.parse(metadata.creationTimestamp),
  ];
}

/** The pods a controller has, by their owner reference. */
export function podsOf(cache: Cache, owner: KubeObject): KubeObject[] {
  return cache.ownedOf(pods, owner.metadata.uid);
}
