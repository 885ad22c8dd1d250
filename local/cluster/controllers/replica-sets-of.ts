import { isDeepStrictEqual } from "node:util";
import type { Api, KubeObject } from "../types.ts";
import { hashOf, replicaSets } from "./names.ts";
import { controllerReference } from "./pods.ts";
import { limitsOf } from "./rollout.ts";

export const revisionKey = "deployment.kubernetes.io/revision";
const historyKey = "deployment.kubernetes.io/revision-history";
const desiredKey = "deployment.kubernetes.io/desired-replicas";
const maxKey = "deployment.kubernetes.io/max-replicas";
const hashLabel = "pod-template-hash";
const notCopied = new Set([
  "kubectl.kubernetes.io/last-applied-configuration",
  revisionKey,
  historyKey,
  desiredKey,
  maxKey,
]);

/** The set whose template is the Deployment's own; the oldest, should there be two. */
export function findCurrent(deployment: KubeObject, sets: KubeObject[]): KubeObject | undefined {
  const wanted = withoutHash(deployment.spec.template);
  return sets.toSorted(byAge).find((set) => isDeepStrictEqual(withoutHash(set.spec.template), wanted));
}

function withoutHash(template: KubeObject["spec"]): unknown {
  const { [hashLabel]: _, ...labels } = template.metadata?.labels ?? {};
  return { ...template, metadata: { ...template.metadata, labels } };
}

export function byAge(a: KubeObject, b: KubeObject): number {
  const times = Date.parse(a.metadata.creationTimestamp) - Date.parse(b.metadata.creationTimestamp);
  return times || (a.metadata.name < b.metadata.name ? -1 : 1);
}

export function revisionOf(set: KubeObject): number {
  return Number(set.metadata.annotations?.[revisionKey] ?? 0) || 0;
}

/** The annotations of a scaled set: how large the Deployment was then. */
export function sizeAnnotations(spec: KubeObject["spec"]): Record<string, string> {
  const most = spec.replicas === 0 ? 0 : spec.replicas + limitsOf(spec).maxSurge;
  return { [desiredKey]: String(spec.replicas), [maxKey]: String(most) };
}

export function sizeBefore(set: KubeObject): { desiredBefore?: number; maxBefore?: number } {
  const { [desiredKey]: desired, [maxKey]: most } = set.metadata.annotations ?? {};
  return {
    ...(desired === undefined ? {} : { desiredBefore: Number(desired) }),
    ...(most === undefined ? {} : { maxBefore: Number(most) }),
  };
}

/** What the current set's annotations should be: the Deployment's, its revision, and what revisions it was before. */
export function currentAnnotations(
  deployment: KubeObject,
  set: KubeObject | undefined,
  revision: number,
): Record<string, string> {
  const old = set?.metadata.annotations ?? {};
  const annotations = { ...old };
  for (const [key, value] of Object.entries(deployment.metadata.annotations ?? {})) {
    if (!notCopied.has(key)) annotations[key] = value;
  }
  const had = old[revisionKey];
  if (had !== undefined && had !== String(revision)) {
    annotations[historyKey] = [old[historyKey], had].filter(Boolean).join(",");
  }
  annotations[revisionKey] = String(revision);
  return { ...annotations, ...sizeAnnotations(deployment.spec) };
}

/**
 * Creates the set of the Deployment's template. Undefined when its name is taken by another template: then
 * the caller counts up `collisionCount` and tries again.
 */
export function createCurrent(
  api: Api,
  deployment: KubeObject,
  { replicas, revision }: { replicas: number; revision: number },
): KubeObject | undefined {
  const { spec, metadata } = deployment;
  const collisions = deployment.status?.collisionCount ?? 0;
  const hash = hashOf(collisions === 0 ? spec.template : [spec.template, collisions]);
  const name = `${metadata.name}-${hash}`;
  if (api.get(replicaSets, name, metadata.namespace)) return undefined;
  const template = structuredClone(spec.template);
  const labels: Record<string, string> = { ...template.metadata?.labels, [hashLabel]: hash };
  template.metadata = { ...template.metadata, labels };
  const selector = structuredClone(spec.selector);
  selector.matchLabels = { ...selector.matchLabels, [hashLabel]: hash };
  return api.create(replicaSets, {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: {
      name,
      namespace: metadata.namespace!,
      labels,
      annotations: currentAnnotations(deployment, undefined, revision),
      ownerReferences: [controllerReference(deployment)],
    },
    spec: {
      replicas,
      ...(spec.minReadySeconds ? { minReadySeconds: spec.minReadySeconds } : {}),
      selector,
      template,
    },
  });
}
