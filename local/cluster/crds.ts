import { cleanupFinalizer } from "./kinds.ts";
import { type Registry, type Resource, resourceKey } from "./resources.ts";
import type { Store, StoredChange } from "./store.ts";
import type { Controller, KubeObject } from "./types.ts";
import type { Writes } from "./writes.ts";

const crds = { group: "apiextensions.k8s.io", resource: "customresourcedefinitions" };
const key = resourceKey(crds);

/** Deletes the objects of a CRD that is to go, and lets it go when none is left. */
export function startCrdCleanup(store: Store, registry: Registry, writes: Writes): Controller {
  const terminating = new Set<string>();
  const definition = registry.find(crds)!;

  const clean = (crd: KubeObject): void => {
    const custom = registry.find({ group: crd.spec.group, resource: crd.spec.names.plural });
    for (const { object } of custom ? store.list(custom) : []) {
      const { name, namespace } = object.metadata;
      if (!object.metadata.deletionTimestamp) writes.remove({ resource: custom!, name, namespace }, {});
    }
    if (custom && store.list(custom).length > 0) return;
    terminating.delete(crd.metadata.name);
    release(writes, definition, crd.metadata.name);
  };
  const hear = ({ type, resource, object }: StoredChange): void => {
    if (resourceKey(resource) === key && type !== "DELETED") {
      const held = object.metadata.finalizers?.includes(cleanupFinalizer);
      if (!object.metadata.deletionTimestamp || !held || terminating.has(object.metadata.name)) return;
      terminating.add(object.metadata.name);
      clean(object);
    } else if (type === "DELETED" && terminating.has(resourceKey(resource))) {
      const crd = store.get(crds, resourceKey(resource))?.object;
      if (crd) clean(crd);
    }
  };
  const stop = store.onChange(hear);
  for (const { object } of store.list(crds))
    hear({ type: "MODIFIED", resource: crds, object, json: "", revision: 0 });
  return { name: "crd-cleanup", stop };
}

function release(writes: Writes, resource: Resource, name: string): void {
  const change = (crd: KubeObject): KubeObject => {
    crd.metadata.finalizers = (crd.metadata.finalizers ?? []).filter((one) => one !== cleanupFinalizer);
    return crd;
  };
  writes.update({ resource, name, namespace: undefined }, change, { manager: "kube-apiserver" });
}
