import { isBuiltIn } from "../../drivers/kit/index.ts";
import type { KindRef, KubeObject, ObjectRef } from "../../kube/types.ts";

/** What must be there before what: the order in which kinds are applied. Custom resources and kinds not named come last. */
const ranks: string[][] = [
  ["Namespace"],
  ["CustomResourceDefinition", "PriorityClass", "StorageClass", "IngressClass"],
  ["ResourceQuota", "LimitRange", "NetworkPolicy", "PodDisruptionBudget"],
  ["ServiceAccount", "Role", "ClusterRole"],
  ["RoleBinding", "ClusterRoleBinding"],
  ["ConfigMap", "Secret"],
  ["PersistentVolume", "PersistentVolumeClaim"],
  ["Service"],
  ["DaemonSet", "Pod", "ReplicaSet", "Deployment", "StatefulSet", "Job", "CronJob"],
  ["HorizontalPodAutoscaler"],
  ["Ingress", "APIService"],
  ["ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"],
  ["ValidatingAdmissionPolicy", "MutatingAdmissionPolicy"],
  ["ValidatingAdmissionPolicyBinding", "MutatingAdmissionPolicyBinding"],
];

const rankOf = new Map(ranks.flatMap((kinds, rank) => kinds.map((kind) => [kind, rank] as const)));
const rank = (kind: KindRef) => (isBuiltIn(kind) ? rankOf.get(kind.kind) : undefined) ?? ranks.length;

/** Sorts objects for applying; those of one rank stay in the order of the templates. */
export function inApplyOrder<T extends KubeObject | ObjectRef>(objects: readonly T[]): T[] {
  return objects.toSorted((one, other) => rank(one) - rank(other));
}

/** The other way round: what uses others goes first. */
export function inRemovalOrder<T extends KubeObject | ObjectRef>(objects: readonly T[]): T[] {
  return inApplyOrder(objects).reverse();
}
