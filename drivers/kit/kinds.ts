/** What is known of kinds of objects by their names alone. Pure. */

/** The API group of a kind; empty for the core group. */
export function groupOf({ apiVersion }: { apiVersion: string }): string {
  const slash = apiVersion.indexOf("/");
  return slash < 0 ? "" : apiVersion.slice(0, slash);
}

/** The groups that Kubernetes itself serves. Others may have kinds of the same names. */
const builtInGroups = new Set([
  ...["", "apps", "autoscaling", "batch", "policy", "events.k8s.io", "flowcontrol.apiserver.k8s.io"],
  ...["admissionregistration.k8s.io", "apiextensions.k8s.io", "apiregistration.k8s.io", "node.k8s.io"],
  ...["certificates.k8s.io", "coordination.k8s.io", "discovery.k8s.io", "networking.k8s.io"],
  ...["rbac.authorization.k8s.io", "resource.k8s.io", "scheduling.k8s.io", "storage.k8s.io"],
  ...["storagemigration.k8s.io", "internal.apiserver.k8s.io"],
  ...["authentication.k8s.io", "authorization.k8s.io"],
]);

/** Whether a kind is one of Kubernetes itself, not of a custom resource. */
export const isBuiltIn = (kind: { apiVersion: string }): boolean => builtInGroups.has(groupOf(kind));

const scalable = new Set(["Deployment", "StatefulSet", "ReplicaSet", "ReplicationController"]);

/** Whether the replicas of a kind are Styrmin's to set; what those of a custom resource mean is its own operator's affair. */
export const isScalable = (kind: { apiVersion: string; kind: string }): boolean =>
  scalable.has(kind.kind) && isBuiltIn(kind);

/** Claims and volumes hold what cannot be made again; they go only when a policy says so. */
export function isVolume({ kind }: { kind: string }): boolean {
  return kind === "PersistentVolumeClaim" || kind === "PersistentVolume";
}
