import { componentOf, isScalable } from "../../drivers/kit/index.ts";
import type { StyrminDeploymentSpec } from "../../kube/styrmin-deployment.ts";
import type { KubeObject } from "../../kube/types.ts";
import { podTemplateOf } from "./workloads.ts";

/**
 * Puts the spec's phase, replicas and hold over the objects of a Release: Stopped is everything at zero, a
 * hold goes before the wanted replicas, and what neither names stays as rendered. Pure; shares the objects it
 * does not change.
 */
export function scaled(objects: KubeObject[], spec: StyrminDeploymentSpec): KubeObject[] {
  return objects.map((object) => {
    const wanted = wantedReplicas(object, spec);
    return wanted === undefined ? object : withReplicas(object, wanted);
  });
}

/** The component an object runs, known by the labels of its pod template. */
export function componentOfWorkload(object: KubeObject, spec: StyrminDeploymentSpec): string | undefined {
  const labels = object.kind === "Pod" ? object.metadata.labels : podTemplateOf(object)?.metadata?.labels;
  return labels && componentOf(selectorsOf(spec), labels);
}

/** Replicas the spec imposes on a workload; undefined when it stays as rendered. */
export function wantedReplicas(object: KubeObject, spec: StyrminDeploymentSpec): number | undefined {
  if (podTemplateOf(object) === undefined) return undefined;
  if (spec.phase === "Stopped") return 0;
  const component = componentOfWorkload(object, spec);
  if (component === undefined) return undefined;
  return spec.hold?.components?.[component] ?? spec.replicas?.[component];
}

function withReplicas(object: KubeObject, replicas: number): KubeObject {
  if (isScalable(object)) return { ...object, spec: { ...object.spec, replicas } };
  if (replicas > 0) return object;
  if (object.kind === "CronJob" || object.kind === "Job") {
    return { ...object, spec: { ...object.spec, suspend: true } };
  }
  if (object.kind !== "DaemonSet") return object;
  // A DaemonSet cannot be scaled; it stops where no node fits.
  const { template } = object.spec;
  const nodeSelector = { ...template.spec?.nodeSelector, "styrmin.io/stopped": "true" };
  const stopped = { ...template, spec: { ...template.spec, nodeSelector } };
  return { ...object, spec: { ...object.spec, template: stopped } };
}

const selectors = new WeakMap<object, Record<string, { labels: Record<string, string> }>>();

function selectorsOf(spec: StyrminDeploymentSpec): Record<string, { labels: Record<string, string> }> {
  const known = selectors.get(spec);
  if (known) return known;
  const entries = Object.entries(spec.components ?? {});
  const made = Object.fromEntries(entries.map(([name, { label = {} }]) => [name, { labels: label }]));
  selectors.set(spec, made);
  return made;
}
