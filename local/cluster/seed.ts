import type { Api } from "./types.ts";

const v1 = (resource: string) => ({ group: "", resource });

/** What every cluster has before anybody asks: the namespaces, and the class volumes are made of. */
export function seed(api: Api): void {
  for (const name of ["default", "kube-node-lease", "kube-public", "kube-system"]) {
    if (api.get(v1("namespaces"), name)) continue;
    api.create(v1("namespaces"), { apiVersion: "v1", kind: "Namespace", metadata: { name } });
  }
  const classes = { group: "storage.k8s.io", resource: "storageclasses" };
  if (api.get(classes, "standard")) return;
  api.create(classes, {
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    metadata: {
      name: "standard",
      annotations: { "storageclass.kubernetes.io/is-default-class": "true" },
    },
    provisioner: "styrmin.io/directory",
    volumeBindingMode: "WaitForFirstConsumer",
  });
}
