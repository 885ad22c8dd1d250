/** Where the kinds that run pods keep their pod template. */
import { isBuiltIn } from "../../drivers/kit/index.ts";
import type { KubeObject } from "../../kube/types.ts";

const withTemplate = new Set([
  "Deployment",
  "StatefulSet",
  "DaemonSet",
  "ReplicaSet",
  "ReplicationController",
  "Job",
]);

export interface PodTemplate {
  metadata?: { labels?: Record<string, string> };
  // A pod's spec; only the API server knows it all.
  spec?: Record<string, any>;
}

/** The template of the pods an object makes; undefined for a kind that makes none. */
export function podTemplateOf(object: KubeObject): PodTemplate | undefined {
  if (!isBuiltIn(object)) return undefined;
  if (withTemplate.has(object.kind)) return object.spec?.template;
  if (object.kind === "CronJob") return object.spec?.jobTemplate?.spec?.template;
  return undefined;
}

/** Whether an object runs pods. */
export const isWorkload = (object: KubeObject): boolean =>
  (object.kind === "Pod" && isBuiltIn(object)) || podTemplateOf(object) !== undefined;

/** Whether a pod is of a workload, by the workload's selector. */
export function isPodOf(workload: KubeObject, pod: KubeObject): boolean {
  if (workload.metadata.namespace !== pod.metadata.namespace) return false;
  if (workload.kind === "Pod") return workload.metadata.name === pod.metadata.name;
  const selector = workload.spec?.selector;
  const wanted: Record<string, string> | undefined =
    workload.kind === "ReplicationController" ? selector : selector?.matchLabels;
  const entries = Object.entries(wanted ?? {});
  return entries.length > 0 && entries.every(([key, value]) => pod.metadata.labels?.[key] === value);
}
