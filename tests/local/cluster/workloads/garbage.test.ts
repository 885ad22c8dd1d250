import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { eventually } from "../../../helpers/eventually.ts";
import type { KubeObject, OwnerReference } from "../../../../local/cluster/types.ts";
import { apps, core, deployment, holds, startWorkbench, type Workbench } from "./workbench.ts";

const deployments = apps("deployments");
const replicaSets = apps("replicasets");
const pods = core("pods");
const maps = core("configmaps");
const namespaces = core("namespaces");

let bench: Workbench;
beforeAll(async () => {
  bench = await startWorkbench();
});
afterAll(() => bench.stop());

async function running(ns: string) {
  bench.api.create(deployments, deployment(ns, "web", { replicas: 2 }));
  await bench.until(deployments, "web", ns, (each) => each.status?.availableReplicas === 2);
}

function map(namespace: string, name: string, owners: OwnerReference[] = [], finalizers: string[] = []) {
  const metadata = { name, namespace, ownerReferences: owners, finalizers };
  return bench.api.create(maps, { apiVersion: "v1", kind: "ConfigMap", metadata });
}

const owner = ({ apiVersion, kind, metadata }: KubeObject, block = false): OwnerReference => ({
  apiVersion,
  kind,
  name: metadata.name,
  uid: metadata.uid,
  ...(block ? { blockOwnerDeletion: true } : {}),
});

/** The ConfigMaps of a namespace but for the one every namespace has. */
const ours = (ns: string) => bench.names(maps, ns).filter((name) => name !== "kube-root-ca.crt");

describe("garbage collection", () => {
  test("in the background takes ReplicaSets and pods after their Deployment", async () => {
    const ns = bench.newNamespace();
    await running(ns);
    bench.api.delete(deployments, "web", ns);
    expect(bench.names(deployments, ns)).toEqual([]);
    await eventually(
      "nothing left",
      () => bench.names(replicaSets, ns).length + bench.names(pods, ns).length === 0,
    );
  });

  test("in the foreground keeps the Deployment until its pods are gone", async () => {
    const ns = bench.newNamespace();
    await running(ns);
    const slow = bench.names(pods, ns)[0]!;
    bench.kubelet.held.add(slow);
    bench.api.delete(deployments, "web", ns, { propagationPolicy: "Foreground" });
    await eventually("the other pod gone", () => bench.names(pods, ns).length === 1);
    expect(bench.names(deployments, ns)).toEqual(["web"]);
    expect(bench.names(replicaSets, ns)).toHaveLength(1);
    bench.kubelet.letGo(slow);
    await bench.untilGone(deployments, "web", ns);
    expect(bench.names(pods, ns)).toEqual([]);
  });

  test("with Orphan leaves the ReplicaSet, which a new Deployment of the same template adopts", async () => {
    const ns = bench.newNamespace();
    await running(ns);
    const before = bench.names(pods, ns);
    bench.api.delete(deployments, "web", ns, { propagationPolicy: "Orphan" });
    await bench.untilGone(deployments, "web", ns);
    const [set] = bench.api.list(replicaSets, { namespace: ns });
    expect(set!.metadata.ownerReferences ?? []).toEqual([]);
    await running(ns);
    expect(bench.names(pods, ns)).toEqual(before);
    const made = bench.api.get(deployments, "web", ns)!;
    expect(bench.api.list(replicaSets, { namespace: ns })[0]!.metadata.ownerReferences?.[0]?.uid).toBe(
      made.metadata.uid,
    );
  });

  test("takes an object with one dangling owner, keeps one with a living owner and forgets its dead one", async () => {
    const ns = bench.newNamespace();
    const alive = map(ns, "alive");
    const dead = { apiVersion: "v1", kind: "ConfigMap", name: "dead", uid: crypto.randomUUID() };
    map(ns, "lost", [dead]);
    map(ns, "kept", [dead, owner(alive)]);
    map(ns, "foreign", [{ ...dead, apiVersion: "nobody.example/v1", kind: "Thing" }]);
    await bench.untilGone(maps, "lost", ns);
    const kept = await bench.until(maps, "kept", ns, (each) => each.metadata.ownerReferences?.length === 1);
    expect(kept.metadata.ownerReferences).toEqual([owner(alive)]);
    expect(ours(ns)).toEqual(["alive", "foreign", "kept"]);
  });

  test("in the foreground waits only for dependents that block, through finalizers", async () => {
    const ns = bench.newNamespace();
    const parent = map(ns, "parent");
    map(ns, "blocks", [owner(parent, true)], ["ex.test/hold"]);
    map(ns, "does-not", [owner(parent)], ["ex.test/hold"]);
    bench.api.delete(maps, "parent", ns, { propagationPolicy: "Foreground" });
    await bench.until(maps, "blocks", ns, (each) => each.metadata.deletionTimestamp);
    expect(bench.api.get(maps, "parent", ns)).toBeDefined();
    bench.edit(maps, "blocks", ns, (each) => (each.metadata.finalizers = []));
    await bench.untilGone(maps, "parent", ns);
    expect(bench.api.get(maps, "does-not", ns)!.metadata.deletionTimestamp).toBeDefined();
  });
});

describe("deleting a namespace", () => {
  test("takes everything in it, pods first", async () => {
    const ns = bench.newNamespace();
    await running(ns);
    map(ns, "settings");
    const slow = bench.names(pods, ns)[0]!;
    bench.kubelet.held.add(slow);
    bench.api.delete(namespaces, ns, undefined);
    await eventually("the other pod gone", () => bench.names(pods, ns).length === 1);
    expect(ours(ns)).toEqual(["settings"]);
    const draining = bench.api.get(namespaces, ns)!;
    expect(draining.status.phase).toBe("Terminating");
    expect(draining.status.conditions).toHaveLength(5);
    bench.kubelet.letGo(slow);
    await bench.untilGone(namespaces, ns);
    expect(bench.names(maps, ns)).toEqual([]);
    expect(bench.names(deployments, ns)).toEqual([]);
  });

  test("hangs at a finalizer, says which, and ends when it is removed", async () => {
    const ns = bench.newNamespace();
    map(ns, "held", [], ["ex.test/hold"]);
    bench.api.delete(namespaces, ns, undefined);
    const hung = await bench.until(namespaces, ns, undefined as never, (each) =>
      holds(each, "NamespaceContentRemaining"),
    );
    expect(holds(hung, "NamespaceContentRemaining").message).toContain(
      "configmaps. has 1 resource instances",
    );
    expect(holds(hung, "NamespaceFinalizersRemaining").message).toContain(
      "ex.test/hold in 1 resource instances",
    );
    bench.edit(maps, "held", ns, (each) => (each.metadata.finalizers = []));
    await bench.untilGone(namespaces, ns);
  });

  test("an empty one is gone at once", async () => {
    const ns = bench.newNamespace();
    bench.api.delete(namespaces, ns, undefined);
    await bench.untilGone(namespaces, ns);
  });
});
