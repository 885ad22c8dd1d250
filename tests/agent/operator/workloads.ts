import { isDeepStrictEqual } from "node:util";
import type { Api, Controller, KubeObject } from "../../../local/cluster/types.ts";

const pods = { group: "", resource: "pods" };
const deployments = { group: "apps", resource: "deployments" };

/**
 * Stands for the controllers and the kubelet of a cluster: a Deployment has its pods at once, and they are
 * ready, unless the image's tag is `missing`. Claims are bound.
 */
export function runWorkloads(api: Api): Controller {
  const settle = (name: string, namespace: string | undefined) => {
    const found = api.get(deployments, name, namespace);
    const wanted = found && !found.metadata.deletionTimestamp ? found.spec.replicas : 0;
    const own = api.list(pods, { namespace, labels: { matchLabels: { "test/deployment": name } } });
    for (const pod of own) {
      const stale = !found || pod.spec.containers[0].image !== found.spec.template.spec.containers[0].image;
      if (stale || Number(pod.metadata.name.split("-").at(-1)) >= wanted) {
        api.delete(pods, pod.metadata.name, namespace, { gracePeriodSeconds: 0 });
      }
    }
    if (!found) return;
    for (let number = 0; number < wanted; number++) makePod(found, number);
    const missing = found.spec.template.spec.containers[0].image.endsWith(":missing");
    report(found, missing ? 0 : wanted);
  };

  const makePod = (owner: KubeObject, number: number) => {
    const name = `${owner.metadata.name}-${number}`;
    if (api.get(pods, name, owner.metadata.namespace)) return;
    const { metadata, spec } = owner.spec.template;
    const labels = { ...metadata.labels, "test/deployment": owner.metadata.name };
    const made = { name, namespace: owner.metadata.namespace, labels };
    const pod = api.create(pods, { apiVersion: "v1", kind: "Pod", metadata: made, spec });
    const image = spec.containers[0].image;
    const missing = image.endsWith(":missing");
    const state = missing ? { waiting: { reason: "ImagePullBackOff" } } : { running: {} };
    const status = {
      phase: missing ? "Pending" : "Running",
      conditions: [{ type: "Ready", status: missing ? "False" : "True" }],
      containerStatuses: [{ name: "main", image, ready: !missing, restartCount: 0, state }],
    };
    api.updateStatus(pods, { ...pod, status });
  };

  const report = (owner: KubeObject, ready: number) => {
    const wanted = owner.spec.replicas;
    const counts = {
      replicas: wanted,
      updatedReplicas: wanted,
      readyReplicas: ready,
      availableReplicas: ready,
    };
    const status = { observedGeneration: owner.metadata.generation, ...counts };
    const before = owner.status ?? {};
    if (!isDeepStrictEqual({ ...before }, status)) api.updateStatus(deployments, { ...owner, status });
  };

  const stop = api.onChange(({ type, resource, object }) => {
    if (resource.resource === "persistentvolumeclaims" && type === "ADDED") {
      setTimeout(() => api.updateStatus(resource, { ...object, status: { phase: "Bound" } }), 1);
    }
    if (resource.resource === "persistentvolumeclaims" && object.metadata.deletionTimestamp) {
      const free = { ...object, metadata: { ...object.metadata, finalizers: [] } };
      if (type === "MODIFIED") setTimeout(() => api.update(resource, free), 1);
    }
    if (resource.resource !== "deployments") return;
    const { name, namespace } = object.metadata;
    setTimeout(() => {
      try {
        settle(name, namespace);
      } catch {
        // The object changed meanwhile; its next event comes.
      }
    }, 2);
  });
  return { name: "test workloads", stop };
}
