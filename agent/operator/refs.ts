import type { KubeObject, ObjectRef } from "../../kube/types.ts";

/** Names an object for a map: kind, namespace and name. */
export function keyOf({ apiVersion, kind, namespace, name }: ObjectRef): string {
  return `${apiVersion}/${kind}/${namespace ?? ""}/${name}`;
}

export function refOf({ apiVersion, kind, metadata }: KubeObject): ObjectRef {
  return metadata.namespace === undefined
    ? { apiVersion, kind, name: metadata.name }
    : { apiVersion, kind, namespace: metadata.namespace, name: metadata.name };
}

/** An object as people say it: `Deployment env-demo/web`. */
export function nameOf({ kind, namespace, name }: ObjectRef): string {
  return namespace === undefined ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}
