import { describe, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createKube } from "../../kube/client.ts";
import { type KubeAccess, loadKubeAccess } from "../../kube/config.ts";
import type { Kube } from "../../kube/types.ts";
import { startTestCluster } from "../helpers/cluster.ts";
import { type FaultProxy, startFaultProxy } from "../helpers/proxy.ts";
import { realKubeconfig, removeNamespaces } from "../helpers/real-cluster.ts";

export interface Rig {
  /** Goes straight to the cluster. */
  admin: Kube;
  /** Goes through the proxy. */
  kube: Kube;
  proxy: FaultProxy;
  access: KubeAccess;
  /** A new client through the proxy, with a time limit of its own. */
  throughProxy(limitMs: number): Promise<Kube>;
  /** Makes a namespace that goes with the rig. */
  makeNamespace(): Promise<string>;
  stop(): Promise<void>;
}

/** Runs tests against the embedded cluster, and against a real one when STYRMIN_TEST_KUBECONFIG names it. */
export function onClusters(name: string, tests: (startRig: () => Promise<Rig>) => void): void {
  describe(`${name}, embedded cluster`, () => {
    tests(async () => {
      const cluster = await startTestCluster();
      return startRig(cluster.kubeconfig, cluster.stop);
    });
  });
  const real = `${name}, cluster of STYRMIN_TEST_KUBECONFIG`;
  if (realKubeconfig) describe(real, () => tests(() => startRig(realKubeconfig!, async () => {})));
  else test.skip(real, () => {});
}

async function startRig(kubeconfig: string, stopCluster: () => Promise<void>): Promise<Rig> {
  const folder = await mkdtemp(join(tmpdir(), "styrmin-kube-"));
  const access = await loadKubeAccess({ kubeconfig });
  const { tls, headers } = await access.credentials();
  const proxy = await startFaultProxy({ target: access.server, tls });
  const proxied = join(folder, "proxy.yaml");
  await proxy.writeKubeconfig(proxied, headers.Authorization?.replace("Bearer ", ""));
  const admin = createKube({ config: access });
  const throughProxy = async (limitMs: number) =>
    createKube({ config: await loadKubeAccess({ kubeconfig: proxied }), limitMs });
  const namespaces: string[] = [];
  return {
    admin,
    kube: await throughProxy(5000),
    proxy,
    access,
    throughProxy,
    async makeNamespace() {
      const name = `styrmin-test-${crypto.randomUUID().slice(0, 8)}`;
      await admin.create({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
      namespaces.push(name);
      return name;
    },
    async stop() {
      // An embedded one goes as a whole.
      if (kubeconfig === realKubeconfig) await removeNamespaces(admin, namespaces);
      await proxy.stop();
      await stopCluster();
      await rm(folder, { recursive: true });
    },
  };
}
