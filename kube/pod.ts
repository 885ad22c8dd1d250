export interface PodCondition {
  type: string;
  status: string;
  reason?: string;
}

/**
 * Whether a pod is not Ready though its kubelet last said that all its containers are, and named no gate that is shut:
 * so Kubernetes marks the pods of a node that it has not heard for long. Pure.
 */
export function isForsaken(conditions: PodCondition[]): boolean {
  const find = (type: string) => conditions.find((one) => one.type === type);
  const [ready, containers] = [find("Ready"), find("ContainersReady")];
  return (
    containers?.status === "True" && ready?.status === "False" && ready.reason !== "ReadinessGatesNotReady"
  );
}
