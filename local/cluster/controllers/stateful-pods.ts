import { isDeepStrictEqual } from "node:util";
import type { Api, KubeObject, NewObject } from "../types.ts";
import { withOwners } from "./claim.ts";
import { claims } from "./names.ts";
import { controllerReference, podFrom } from "./pods.ts";
import { revisionLabel } from "./revisions.ts";

/** The ordinal of a StatefulSet's pod, from its name; -1 when the name is not one of the set's. */
export function ordinalOf(set: KubeObject, pod: KubeObject): number {
  const prefix = `${set.metadata.name}-`;
  const rest = pod.metadata.name.startsWith(prefix) ? pod.metadata.name.slice(prefix.length) : "";
  return /^\d+$/.test(rest) ? Number(rest) : -1;
}

/** The pod of an ordinal, made from a revision's template, with its claims in place of the claim templates. */
export function statefulPod(set: KubeObject, revision: KubeObject, ordinal: number): NewObject {
  const { $patch: _, ...template } = revision.data.spec.template;
  const name = `${set.metadata.name}-${ordinal}`;
  const pod = podFrom(set, template, name);
  pod.metadata.labels = {
    ...pod.metadata.labels,
    [revisionLabel]: revision.metadata.name,
    "statefulset.kubernetes.io/pod-name": name,
    "apps.kubernetes.io/pod-index": String(ordinal),
  };
  pod.spec.hostname = name;
  if (set.spec.serviceName) pod.spec.subdomain = set.spec.serviceName;
  const own = claimsOf(set, ordinal).map(({ template: each, name: claimName }) => ({
    name: each.metadata.name,
    persistentVolumeClaim: { claimName },
  }));
  const names = new Set(own.map((volume) => volume.name));
  const others = (pod.spec.volumes ?? []).filter((volume: { name: string }) => !names.has(volume.name));
  if (own.length + others.length > 0) pod.spec.volumes = [...others, ...own];
  return pod;
}

function claimsOf(set: KubeObject, ordinal: number): { template: KubeObject["spec"]; name: string }[] {
  const templates: KubeObject["spec"][] = set.spec.volumeClaimTemplates ?? [];
  return templates.map((template) => ({
    template,
    name: `${template.metadata.name}-${set.metadata.name}-${ordinal}`,
  }));
}

/** Makes the claims of an ordinal that are missing; false when one is still being deleted. */
export function ensureClaims(api: Api, set: KubeObject, ordinal: number, component: string): boolean {
  const { namespace } = set.metadata;
  for (const { template, name } of claimsOf(set, ordinal)) {
    const found = api.get(claims, name, namespace);
    if (found?.metadata.deletionTimestamp) return false;
    if (found) continue;
    const labels = { ...template.metadata.labels, ...set.spec.selector.matchLabels };
    const { annotations } = template.metadata;
    const owner = set.spec.persistentVolumeClaimRetentionPolicy?.whenDeleted === "Delete";
    api.create(claims, {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: {
        name,
        namespace: namespace!,
        labels,
        ...(annotations ? { annotations } : {}),
        ...(owner ? { ownerReferences: [controllerReference(set)] } : {}),
      },
      spec: structuredClone(template.spec),
    });
    const pod = `${set.metadata.name}-${ordinal}`;
    const message = `Create Claim ${name} Pod ${pod} in StatefulSet ${set.metadata.name} success`;
    api.event(set, "Normal", "SuccessfulCreate", message, component);
  }
  return true;
}

/**
 * Makes the owners of an ordinal's claims what the retention policy says: the set, when claims go with it;
 * the pod, when it is `condemned` and claims go with a scaled down pod.
 */
export function retainClaims(api: Api, set: KubeObject, ordinal: number, condemned?: KubeObject): void {
  const { whenDeleted, whenScaled } = set.spec.persistentVolumeClaimRetentionPolicy ?? {};
  const byPod = whenScaled === "Delete" && condemned !== undefined;
  const wanted = byPod
    ? [controllerReference(condemned)]
    : whenDeleted === "Delete"
      ? [controllerReference(set)]
      : [];
  const pod = `${set.metadata.name}-${ordinal}`;
  for (const { name } of claimsOf(set, ordinal)) {
    const found = api.get(claims, name, set.metadata.namespace);
    if (!found || found.metadata.deletionTimestamp) continue;
    const owners = found.metadata.ownerReferences ?? [];
    const foreign = owners.filter(
      (each) => each.uid !== set.metadata.uid && !(each.kind === "Pod" && each.name === pod),
    );
    const next = [...foreign, ...wanted];
    if (!isDeepStrictEqual(next, owners)) withOwners(api, claims, found, next);
  }
}
