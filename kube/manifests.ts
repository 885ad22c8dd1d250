import type { KubeObject } from "./types.ts";

/** The namespace of the agent in the manifests of `k8s/` as they are. */
export const homeNamespace = "styrmin-system";

/**
 * What a manifest means when the agent lives in another namespace. What has none is there once for the whole
 * cluster: the binding of the agent's rights gets a name of its own, so that two agents do not share it.
 */
export function movedTo(namespace: string, object: KubeObject): KubeObject {
  if (namespace === homeNamespace) return object;
  const moved = structuredClone(object);
  const { metadata, kind, subjects = [] } = moved;
  if (kind === "Namespace" && metadata.name === homeNamespace) metadata.name = namespace;
  if (kind === "ClusterRoleBinding") metadata.name += `-${namespace}`;
  if (metadata.namespace === homeNamespace) metadata.namespace = namespace;
  for (const subject of subjects) if (subject.namespace === homeNamespace) subject.namespace = namespace;
  return moved;
}
