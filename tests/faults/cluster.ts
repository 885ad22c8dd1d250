import { createKube } from "../../kube/client.ts";
import { type KubeAccess, loadKubeAccess } from "../../kube/config.ts";
import { ensureCrd } from "../../kube/crd.ts";
import type { Kube, KubeObject } from "../../kube/types.ts";
import { startKubelet } from "../agent/operator/kubelet.ts";
import { startTestCluster } from "../helpers/cluster.ts";
import { realKubeconfig, removeNamespaces } from "../helpers/real-cluster.ts";

/** All that the worlds need to know of the cluster below them; everything else is the same on each. */
export interface FaultCluster {
  /** For the titles of tests. */
  title: string;
  isReal: boolean;
  /** The cluster's admin. */
  kube: Kube;
  /** Goes before the names of worlds: others may use the same cluster. */
  prefix: string;
  /** The admin's. */
  kubeconfig: string;
  /** Where the proxies of the worlds lead, and whom they trust there. */
  target: () => string;
  tls: { ca?: string };
  /** The objects of a kind, as the cluster itself has them. */
  list(kind: Kind, namespace: string): Promise<KubeObject[]>;
  /** Removes what the worlds left, and ends the cluster if it was started for them. */
  stop(namespaces: string[]): Promise<void>;
}

/** A kind by both its names: `apps/v1 Deployment` is `deployments` of the group `apps`. */
export interface Kind {
  apiVersion: string;
  kind: string;
  resource: string;
}

/** The kinds of which a deployment of the driver `small` has objects. */
export const kinds = {
  configMap: { apiVersion: "v1", kind: "ConfigMap", resource: "configmaps" },
  claim: { apiVersion: "v1", kind: "PersistentVolumeClaim", resource: "persistentvolumeclaims" },
  pod: { apiVersion: "v1", kind: "Pod", resource: "pods" },
  secret: { apiVersion: "v1", kind: "Secret", resource: "secrets" },
  deployment: { apiVersion: "apps/v1", kind: "Deployment", resource: "deployments" },
  replicaSet: { apiVersion: "apps/v1", kind: "ReplicaSet", resource: "replicasets" },
  styrminDeployment: {
    apiVersion: "styrmin.io/v1alpha1",
    kind: "StyrminDeployment",
    resource: "styrmindeployments",
  },
} satisfies Record<string, Kind>;

export type StartCluster = () => Promise<FaultCluster>;

/** An embedded cluster of the file's own, in this process, whose pods are ready at once. */
export const embedded: StartCluster = async () => {
  const cluster = await startTestCluster({ workloads: true, controllers: [startKubelet] });
  const access = await loadKubeAccess({ kubeconfig: cluster.kubeconfig });
  const kube = createKube({ config: access });
  await ensureCrd(kube, await Bun.file("k8s/crd.yaml").text(), { install: true });
  return {
    title: "embedded cluster",
    isReal: false,
    kube,
    prefix: "",
    kubeconfig: cluster.kubeconfig,
    target: () => cluster.url,
    tls: await trustOf(access),
    list: async ({ apiVersion, resource }, namespace) => {
      const group = apiVersion.includes("/") ? apiVersion.split("/")[0]! : "";
      return cluster.api.list({ group, resource }, { namespace }) as KubeObject[];
    },
    stop: () => cluster.stop(),
  };
};

/** The cluster of STYRMIN_TEST_KUBECONFIG, as its admin, with real pods. */
export const real: StartCluster = async () => {
  const access = await loadKubeAccess({ kubeconfig: realKubeconfig! });
  const kube = createKube({ config: access });
  await ensureCrd(kube, await Bun.file("k8s/crd.yaml").text(), { install: true });
  return {
    title: "real cluster",
    isReal: true,
    kube,
    kubeconfig: realKubeconfig!,
    prefix: `f${crypto.randomUUID().slice(0, 5)}-`,
    target: () => access.server,
    tls: await trustOf(access),
    list: async (kind, namespace) => (await kube.list(kind, { namespace })).items,
    async stop(namespaces) {
      await removeNamespaces(kube, namespaces);
      for (const namespace of namespaces)
        await kube.delete({ ...binding, name: `styrmin-agent-${namespace}` });
    },
  };
};

/** What of a world's rights lies in no namespace. */
const binding = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRoleBinding" };

/** Not the admin's certificate: agent and server show who they are themselves. */
async function trustOf(access: KubeAccess): Promise<{ ca?: string }> {
  const { tls } = await access.credentials();
  return tls?.ca ? { ca: tls.ca } : {};
}
