import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { eventually } from "../../../helpers/eventually.ts";
import { apps, core, deployment, startWorkbench, statefulSet, type Workbench } from "./workbench.ts";

const sets = apps("statefulsets");
const daemons = apps("daemonsets");
const revisions = apps("controllerrevisions");
const pods = core("pods");
const claims = core("persistentvolumeclaims");

let bench: Workbench;
beforeAll(async () => {
  bench = await startWorkbench();
});
afterAll(() => bench.stop());

const volumeClaimTemplates = [
  {
    metadata: { name: "data" },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
  },
];

/** Writes down when pods come and go in a namespace. */
function record(namespace: string): { log: string[]; stop(): void } {
  const log: string[] = [];
  const stop = bench.api.onChange(({ resource, type, object, before }) => {
    if (resource.resource !== "pods" || object.metadata.namespace !== namespace) return;
    const { name } = object.metadata;
    const ready = (pod: any) =>
      pod?.status?.conditions?.some((each: any) => each.type === "Ready" && each.status === "True");
    if (type === "ADDED") log.push(`+${name}`);
    if (type === "DELETED") log.push(`-${name}`);
    if (type === "MODIFIED" && ready(object) && !ready(before)) log.push(`${name} ready`);
  });
  return { log, stop };
}

const settled = (replicas: number) => (each: any) =>
  each.status?.observedGeneration === each.metadata.generation &&
  each.status.readyReplicas === replicas &&
  each.status.updatedReplicas === replicas &&
  each.status.currentRevision === each.status.updateRevision;

describe("a StatefulSet", () => {
  test("makes its pods in order, each with its claim, and takes them away from the top", async () => {
    const ns = bench.newNamespace();
    const seen = record(ns);
    bench.api.create(sets, statefulSet(ns, "db", { replicas: 3, volumeClaimTemplates }));
    await bench.until(sets, "db", ns, settled(3));
    expect(seen.log).toEqual(["+db-0", "db-0 ready", "+db-1", "db-1 ready", "+db-2", "db-2 ready"]);
    expect(bench.names(claims, ns)).toEqual(["data-db-0", "data-db-1", "data-db-2"]);
    const pod = bench.api.get(pods, "db-1", ns)!;
    expect(pod.spec.volumes).toEqual([{ name: "data", persistentVolumeClaim: { claimName: "data-db-1" } }]);
    expect(pod.spec).toMatchObject({ hostname: "db-1", subdomain: "db" });
    expect(pod.metadata.labels).toMatchObject({
      "statefulset.kubernetes.io/pod-name": "db-1",
      "apps.kubernetes.io/pod-index": "1",
    });
    seen.log.length = 0;
    bench.edit(sets, "db", ns, (each) => (each.spec.replicas = 1));
    await bench.untilGone(pods, "db-1", ns);
    seen.stop();
    expect(seen.log).toEqual(["-db-2", "-db-1"]);
    expect(bench.names(claims, ns)).toHaveLength(3);
  });

  test("updates from the top, one at a time, and stops at a pod that does not become ready", async () => {
    const ns = bench.newNamespace();
    bench.api.create(sets, statefulSet(ns, "db", { replicas: 2 }));
    const first = await bench.until(sets, "db", ns, settled(2));
    const seen = record(ns);
    bench.edit(sets, "db", ns, (each) => (each.spec.template.spec.containers[0].image = "x:next"));
    const second = await bench.until(sets, "db", ns, settled(2));
    expect(seen.log).toEqual(["-db-1", "+db-1", "db-1 ready", "-db-0", "+db-0", "db-0 ready"]);
    expect(second.status.updateRevision).not.toBe(first.status.updateRevision);
    seen.log.length = 0;
    bench.edit(sets, "db", ns, (each) => (each.spec.template.spec.containers[0].image = "x:stuck"));
    const stuck = await bench.until(sets, "db", ns, (each) => each.status.updatedReplicas === 1);
    await eventually("the new pod", () => seen.log.includes("+db-1"));
    expect(stuck.status.currentRevision).toBe(second.status.updateRevision);
    expect(bench.api.get(pods, "db-0", ns)!.spec.containers[0].image).toBe("x:next");
    seen.log.length = 0;
    // As on a real node, a correction waits for the pod that is broken, until somebody deletes it.
    bench.edit(sets, "db", ns, (each) => (each.spec.template.spec.containers[0].image = "x:ready"));
    const seenByIt = (each: any) => each.status.observedGeneration === each.metadata.generation;
    const waits = await bench.until(sets, "db", ns, seenByIt);
    expect(waits.status).toMatchObject({ currentRevision: second.status.updateRevision, readyReplicas: 1 });
    expect(waits.status.updatedReplicas).toBeUndefined();
    expect(seen.log).toEqual([]);
    bench.api.delete(pods, "db-1", ns);
    await bench.until(sets, "db", ns, settled(2));
    expect(seen.log).toEqual(["-db-1", "+db-1", "db-1 ready", "-db-0", "+db-0", "db-0 ready"]);
    seen.stop();
  });

  test("takes over the pods and revisions that one before it has left", async () => {
    const ns = bench.newNamespace();
    bench.api.create(sets, statefulSet(ns, "db", { volumeClaimTemplates }));
    const first = await bench.until(sets, "db", ns, settled(1));
    const seen = record(ns);
    bench.api.delete(sets, "db", ns, { propagationPolicy: "Orphan" });
    await bench.untilGone(sets, "db", ns);
    const larger = structuredClone(volumeClaimTemplates);
    larger[0]!.spec.resources.requests.storage = "2Gi";
    const { metadata } = bench.api.create(sets, statefulSet(ns, "db", { volumeClaimTemplates: larger }));
    const second = await bench.until(sets, "db", ns, settled(1));
    expect(second.status.updateRevision).toBe(first.status.updateRevision);
    expect(seen.log).toEqual([]);
    const owners = bench.api
      .list(revisions, { namespace: ns })
      .map((each) => each.metadata.ownerReferences![0]!.uid);
    expect(owners).toEqual([metadata.uid]);
    seen.stop();
  });

  test("has its revision made again that the garbage collector took with one before it", async () => {
    const ns = bench.newNamespace();
    bench.api.create(sets, statefulSet(ns, "db"));
    const first = await bench.until(sets, "db", ns, settled(1));
    bench.api.delete(sets, "db", ns, { propagationPolicy: "Background" });
    bench.api.create(sets, statefulSet(ns, "db"));
    const { metadata } = await bench.until(sets, "db", ns, settled(1));
    bench.edit(sets, "db", ns, (each) => (each.spec.replicas = 2));
    const second = await bench.until(sets, "db", ns, settled(2));
    expect(second.status.updateRevision).toBe(first.status.updateRevision);
    const owners = bench.api
      .list(revisions, { namespace: ns })
      .map((each) => each.metadata.ownerReferences![0]!.uid);
    expect(owners).toEqual([metadata.uid]);
  });

  test("comes back with the same name and claim after its pod was deleted or failed", async () => {
    const ns = bench.newNamespace();
    bench.api.create(sets, statefulSet(ns, "db", { volumeClaimTemplates }));
    await bench.until(sets, "db", ns, settled(1));
    const before = bench.api.get(pods, "db-0", ns)!;
    const claim = bench.api.get(claims, "data-db-0", ns)!;
    bench.api.delete(pods, "db-0", ns);
    const next = await bench.until(
      pods,
      "db-0",
      ns,
      (pod) => pod.metadata.uid !== before.metadata.uid && pod.status.phase === "Running",
    );
    bench.api.updateStatus(pods, { ...next, status: { ...next.status, phase: "Failed" } });
    await bench.until(
      pods,
      "db-0",
      ns,
      (pod) => pod.metadata.uid !== next.metadata.uid && pod.status.phase === "Running",
    );
    expect(bench.api.get(claims, "data-db-0", ns)!.metadata.uid).toBe(claim.metadata.uid);
    expect(claim.spec.volumeName).toBe(`pvc-${claim.metadata.uid}`);
  });

  test("below its partition keeps the old template, and starts all at once when told to", async () => {
    const ns = bench.newNamespace();
    const updateStrategy = { type: "RollingUpdate", rollingUpdate: { partition: 1 } };
    bench.api.create(
      sets,
      statefulSet(ns, "db", { replicas: 2, updateStrategy, podManagementPolicy: "Parallel" }),
    );
    await bench.until(sets, "db", ns, settled(2));
    bench.edit(sets, "db", ns, (each) => (each.spec.template.spec.containers[0].image = "x:next"));
    await bench.until(
      sets,
      "db",
      ns,
      (each) => each.status.updatedReplicas === 1 && each.status.readyReplicas === 2,
    );
    bench.api.delete(pods, "db-0", ns);
    await bench.until(sets, "db", ns, (each) => each.status.readyReplicas === 2);
    const image = (name: string) => bench.api.get(pods, name, ns)?.spec.containers[0].image;
    await eventually("both pods", () => image("db-0") && image("db-1"));
    expect([image("db-0"), image("db-1")]).toEqual(["x:ready", "x:next"]);
  });

  test("takes claims along when its retention policy says so", async () => {
    const ns = bench.newNamespace();
    const persistentVolumeClaimRetentionPolicy = { whenDeleted: "Delete", whenScaled: "Delete" };
    const spec = { replicas: 2, volumeClaimTemplates, persistentVolumeClaimRetentionPolicy };
    bench.api.create(sets, statefulSet(ns, "db", spec));
    await bench.until(sets, "db", ns, settled(2));
    bench.edit(sets, "db", ns, (each) => (each.spec.replicas = 1));
    await bench.untilGone(claims, "data-db-1", ns);
    expect(bench.names(claims, ns)).toEqual(["data-db-0"]);
    bench.api.delete(sets, "db", ns);
    await bench.untilGone(claims, "data-db-0", ns);
  });
});

test("a DaemonSet keeps one pod on the node and replaces it when its template changes", async () => {
  const ns = bench.newNamespace();
  bench.api.create(daemons, { ...deployment(ns, "agent"), kind: "DaemonSet" });
  await bench.until(daemons, "agent", ns, (each) => each.status?.numberReady === 1);
  const [first] = bench.names(pods, ns);
  bench.edit(daemons, "agent", ns, (each) => (each.spec.template.spec.containers[0].image = "x:next"));
  await bench.untilGone(pods, first!, ns);
  const done = await bench.until(
    daemons,
    "agent",
    ns,
    (each) => each.status.updatedNumberScheduled === 1 && each.status.numberAvailable === 1,
  );
  expect(done.status).toMatchObject({
    desiredNumberScheduled: 1,
    currentNumberScheduled: 1,
    observedGeneration: 2,
  });
  bench.edit(daemons, "agent", ns, (each) => (each.spec.template.spec.nodeSelector = { disk: "fast" }));
  await bench.until(daemons, "agent", ns, (each) => each.status.desiredNumberScheduled === 0);
  await eventually("no pod", () => bench.names(pods, ns).length === 0);
});
