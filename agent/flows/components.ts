import {
  type ComponentStatus,
  isPassingStall,
  labels,
  reasons,
  type StyrminDeployment,
} from "../../kube/styrmin-deployment.ts";
import type { Kube, KubeObject } from "../../kube/types.ts";
import { sleep } from "../../lib/loop.ts";
import { isObserved } from "./ready.ts";

const podKind = { apiVersion: "v1", kind: "Pod" } as const;
const lookEveryMs = 250;

/** Throws an Error when a name is none of the resource's components. */
export function needComponents({ spec }: StyrminDeployment, names: string[]): void {
  const known = Object.keys(spec.components ?? {});
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new Error(
      `there is no component "${unknown.slice(0, 80)}"; there are ${known.join(", ") || "none"}`,
    );
  }
}

/** Reasons of a Ready at which a status has the components as they were before its generation. */
const unapplied: readonly string[] = [reasons.NewGeneration, reasons.HookRunning, reasons.Retrying];

/**
 * What is not yet as it should be of components, once the resource has a generation at least: all their replicas are to
 * be ready, which may be none, or with `stopped` to be gone. A component may have several workloads. Undefined when all
 * is. Throws an Error when something is to start and the operator cannot go on. Pure.
 */
export function componentsBehind(
  resource: StyrminDeployment | undefined,
  names: string[],
  { generation, stopped = false }: { generation: number; stopped?: boolean },
): string | undefined {
  if (!resource) return "the resource is not there";
  const { status, spec } = resource;
  if (!isObserved(resource, generation)) return "the operator has not seen it yet";
  const stalled = status?.conditions?.find(({ type }) => type === "Stalled");
  // What is broken can be stopped all the same: that may be the way to mend it.
  if (stalled?.status === "True" && !stopped) {
    const why = `${stalled.reason}: ${stalled.message}`;
    if (isPassingStall(stalled.reason)) return why;
    throw new Error(why);
  }
  const ready = status?.conditions?.find(({ type }) => type === "Ready");
  // What was held at 0 until now is still shown so.
  if (!stopped && ready && unapplied.includes(ready.reason)) return `${ready.reason}: ${ready.message}`;
  const isStopped = stopped || spec.phase === "Stopped";
  for (const name of names) {
    const own = status?.components?.find((one) => one.name === name);
    if (!own) return `${name} is not observed yet`;
    const isThere = isStopped
      ? own.ready === 0 && own.state !== "Progressing"
      : own.ready >= own.desired && (own.state === "Ready" || isAtZero(own));
    if (isThere) continue;
    return own.message
      ? `${name}: ${own.message}`
      : `${name} has ${own.ready} of ${own.desired} replicas ready`;
  }
  return undefined;
}

/** Whether none of its replicas are wanted, and none are there. */
const isAtZero = ({ state, desired }: ComponentStatus) => state === "Stopped" && desired === 0;

/** The pods of a component that have not ended. */
export async function podsOf(
  kube: Kube,
  { spec }: StyrminDeployment,
  component: string,
  signal: AbortSignal,
): Promise<KubeObject[]> {
  const own = { [labels.deployment]: spec.deploymentId, ...spec.components?.[component]?.label };
  const labelSelector = Object.entries(own)
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
  const { items } = await kube.list(podKind, { namespace: spec.targetNamespace, labelSelector }, signal);
  return items.filter(({ status }) => status?.phase !== "Succeeded" && status?.phase !== "Failed");
}

/** Waits until components have no pod that has not ended. `tell` hears each time of one that has not. */
export async function untilGone(
  kube: Kube,
  resource: StyrminDeployment,
  names: string[],
  tell: (behind: string) => void,
  signal: AbortSignal,
): Promise<void> {
  for (const name of names) {
    for (;;) {
      const [pod] = await podsOf(kube, resource, name, signal);
      if (!pod) break;
      tell(`${name}: the pod ${pod.metadata.name} has not ended`);
      await sleep(lookEveryMs, signal);
    }
  }
}

/** A ready pod of a component, always the same one of several; undefined when there is none. */
export async function readyPodOf(
  kube: Kube,
  resource: StyrminDeployment,
  component: string,
  signal: AbortSignal,
): Promise<KubeObject | undefined> {
  const isReady = ({ metadata, status }: KubeObject) =>
    metadata.deletionTimestamp === undefined &&
    status?.conditions?.some((one: KubeObject) => one.type === "Ready" && one.status === "True");
  const ready = (await podsOf(kube, resource, component, signal)).filter(isReady);
  return ready.sort((one, other) => (one.metadata.name < other.metadata.name ? -1 : 1))[0];
}
