import type { Kube, KubeObject } from "../../kube/types.ts";
import { refusedPod } from "./health-rules.ts";

/**
 * What Kubernetes' Events say of objects that wait and do not say why themselves: a StatefulSet whose pods are
 * refused, a pod whose volume cannot be mounted. One list of a namespace serves all deployments in it for a while.
 */
export interface Warnings {
  /** The newest warning about each object of the namespaces, by its UID. */
  of(namespaces: Iterable<string>, signal: AbortSignal): Promise<ReadonlyMap<string, Warning>>;
}

export interface Warning {
  reason: string;
  /** For people. */
  text: string;
}

/** So long a list of Events is good enough, milliseconds. */
const freshMs = 1000;

export function createWarnings(kube: Kube, now = () => performance.now()): Warnings {
  const known = new Map<string, { at: number; list: Promise<KubeObject[]> }>();

  const eventsOf = (namespace: string, signal: AbortSignal): Promise<KubeObject[]> => {
    const last = known.get(namespace);
    if (last && now() - last.at < freshMs) return last.list;
    const options = { namespace, fieldSelector: "type=Warning" };
    const list = kube.list({ apiVersion: "v1", kind: "Event" }, options, signal).then(({ items }) => items);
    known.set(namespace, { at: now(), list });
    list.catch(() => known.delete(namespace));
    return list;
  };

  return {
    async of(namespaces, signal) {
      const lists = await Promise.all([...namespaces].map((namespace) => eventsOf(namespace, signal)));
      return newestWarnings(lists.flat());
    },
  };
}

/** The newest warning that tells why something waits, for each object, by its UID. Pure. */
export function newestWarnings(events: KubeObject[]): Map<string, Warning> {
  const oldestFirst = events.toSorted((one, other) => (timeOf(one) < timeOf(other) ? -1 : 1));
  const warnings = new Map<string, Warning>();
  for (const event of oldestFirst) {
    const text = textOf(event);
    if (text === undefined || !event.involvedObject?.uid) continue;
    warnings.set(event.involvedObject.uid, { reason: event.reason, text });
  }
  return warnings;
}

/** Others tell what pods say themselves, or what a container printed, which may hold secrets. */
const telling = new Set(["FailedCreate", "ProvisioningFailed", "SyncLoadBalancerFailed", "NodeNotReady"]);
/** What a pod has behind it once it runs. */
const ofStarting = new Set([
  ...["FailedMount", "FailedAttachVolume", "FailedMapVolume", "FailedCreatePodSandBox", "FailedScheduling"],
]);

/** Whether a warning still says something of a pod. Pure. */
export const isTimely = ({ reason }: Warning, { status }: KubeObject): boolean =>
  status?.phase === "Pending" || !ofStarting.has(reason);

function textOf({ reason, message = "" }: KubeObject): string | undefined {
  if (reason === "Unhealthy")
    return /^(\w+) probe/.test(message) ? `its ${probeOf(message)} probe fails` : undefined;
  return telling.has(reason) || ofStarting.has(reason) ? refusedPod(message) : undefined;
}

const probeOf = (message: string) => message.split(" ")[0]!.toLowerCase();

/** Whatever wrote the event filled in one of these. */
const timeOf = ({ series, lastTimestamp, eventTime, metadata }: KubeObject): string =>
  series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? metadata.creationTimestamp ?? "";
