import { quantityOf } from "../quantity.ts";
import type { Api, Controller, KubeObject } from "../types.ts";
import { type ControllerOptions, objectKey, startController } from "./controller.ts";
import { claims, nodeName, nodes, pods, stamp } from "./names.ts";
import { findCondition, withCondition, writeStatus } from "./status.ts";

const component = "default-scheduler";
const noWayOut =
  "no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.";

/**
 * Gives each pod the one node, once its node selector fits and its claims exist. Affinity and taints are not
 * looked at, and of resources only whether the node alone would do: limits on processors are not enforced.
 */
export function startScheduler(
  api: Api,
  { log, cache, now = () => new Date() }: ControllerOptions,
): Controller {
  return startController({
    name: component,
    api,
    log,
    resource: pods,
    also: ({ type, resource, object }, add) => {
      if (type === "MODIFIED" || resource.group !== "") return;
      if (resource.resource === "persistentvolumeclaims") {
        for (const { object: pod } of cache.inNamespace(object.metadata.namespace!, pods)) {
          if (!pod.spec.nodeName) add(objectKey(pod));
        }
      }
    },
    reconcile,
  });

  function reconcile(pod: KubeObject): void {
    const { spec, metadata } = pod;
    if (metadata.deletionTimestamp || spec.schedulerName !== component) return;
    if (spec.nodeName) return report(pod, { status: "True", reason: "", message: "" });
    if (spec.schedulingGates?.length > 0) {
      const message = "Scheduling is blocked due to non-empty scheduling gates";
      return report(pod, { status: "False", reason: "SchedulingGated", message });
    }
    const why = obstacle(pod);
    if (why !== undefined) {
      if (findCondition(pod, "PodScheduled")?.message !== why) {
        api.event(pod, "Warning", "FailedScheduling", why, component);
      }
      return report(pod, { status: "False", reason: "Unschedulable", message: why });
    }
    const bound = api.update(pods, { ...pod, spec: { ...spec, nodeName } });
    const message = `Successfully assigned ${metadata.namespace}/${metadata.name} to ${nodeName}`;
    api.event(bound, "Normal", "Scheduled", message, component);
    report(bound, { status: "True", reason: "", message: "" });
  }

  function obstacle({ spec, metadata }: KubeObject): string | undefined {
    const unavailable = "0/1 nodes are available:";
    const lacks = fitsNode(api, spec)
      ? lackingResources(api, spec).map((name) => `1 Insufficient ${name}`)
      : ["1 node(s) didn't match Pod's node affinity/selector"];
    if (lacks.length > 0) return `${unavailable} ${lacks.join(", ")}. ${noWayOut}`;
    for (const volume of spec.volumes ?? []) {
      const name = volume.persistentVolumeClaim?.claimName;
      if (name === undefined) continue;
      const claim = api.get(claims, name, metadata.namespace);
      if (!claim) return `${unavailable} persistentvolumeclaim "${name}" not found. not found`;
      if (claim.metadata.deletionTimestamp) {
        return `${unavailable} persistentvolumeclaim "${name}" is being deleted.`;
      }
    }
    return undefined;
  }

  function report(
    pod: KubeObject,
    { status, reason, message }: { status: "True" | "False"; reason: string; message: string },
  ): void {
    const live = api.get(pods, pod.metadata.name, pod.metadata.namespace);
    const had = live && findCondition(live, "PodScheduled");
    if (!live || (had?.status === status && (had.reason ?? "") === reason && (had.message ?? "") === message))
      return;
    const wanted = { type: "PodScheduled", status, reason, message };
    const conditions = withCondition(live.status?.conditions, wanted, now()).map((each) =>
      each.type === "PodScheduled" && status === "True"
        ? {
            type: each.type,
            status: each.status,
            lastTransitionTime: each.lastTransitionTime ?? stamp(now()),
          }
        : each,
    );
    writeStatus(api, pods, live, { ...live.status, conditions });
  }
}

/** Which resources a pod asks more of than the node has. */
function lackingResources(api: Api, { containers = [] }: KubeObject["spec"]): string[] {
  const capacity = api.get(nodes, nodeName)?.status?.allocatable ?? {};
  const asked = (name: string) =>
    containers.reduce((sum: number, each: any) => sum + quantityOf(each.resources?.requests?.[name] ?? 0), 0);
  return ["cpu", "memory"].filter((name) => asked(name) > quantityOf(capacity[name] ?? Infinity));
}

/** Whether a pod's node selector takes the one node. */
export function fitsNode(api: Api, spec: KubeObject["spec"]): boolean {
  const labels = api.get(nodes, nodeName)?.metadata.labels ?? {};
  return Object.entries(spec?.nodeSelector ?? {}).every(([key, value]) => labels[key] === value);
}
