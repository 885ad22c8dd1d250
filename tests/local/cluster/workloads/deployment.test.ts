import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { rollingStep, scaledSizes } from "../../../../local/cluster/controllers/rollout.ts";
import { eventually } from "../../../helpers/eventually.ts";
import { apps, core, deployment, holds, startWorkbench, type Workbench } from "./workbench.ts";

const deployments = apps("deployments");
const replicaSets = apps("replicasets");
const pods = core("pods");

let bench: Workbench;
beforeAll(async () => {
  bench = await startWorkbench();
});
afterAll(() => bench.stop());

const complete = (status: any, replicas: number) =>
  status?.updatedReplicas === replicas &&
  status.availableReplicas === replicas &&
  status.replicas === replicas;

const setTag = (namespace: string, name: string, tag: string) =>
  bench.edit(deployments, name, namespace, (each) => {
    each.spec.template.spec.containers[0].image = `x:${tag}`;
  });

describe("a Deployment", () => {
  test("gets a ReplicaSet, pods on the node and the status rollout status waits for", async () => {
    const ns = bench.newNamespace();
    bench.api.create(deployments, deployment(ns, "web", { replicas: 2 }));
    const made = await bench.until(deployments, "web", ns, (each) => complete(each.status, 2));
    expect(made.status).toMatchObject({
      observedGeneration: 1,
      replicas: 2,
      updatedReplicas: 2,
      readyReplicas: 2,
      availableReplicas: 2,
      terminatingReplicas: 0,
    });
    expect(made.status.unavailableReplicas).toBeUndefined();
    expect(made.metadata.generation).toBe(1);
    expect(made.metadata.annotations).toEqual({ "deployment.kubernetes.io/revision": "1" });
    const [set] = bench.api.list(replicaSets, { namespace: ns });
    expect(holds(made, "Available")).toMatchObject({ reason: "MinimumReplicasAvailable" });
    expect(holds(made, "Progressing")).toMatchObject({
      reason: "NewReplicaSetAvailable",
      message: `ReplicaSet "${set!.metadata.name}" has successfully progressed.`,
    });
    const hash = set!.metadata.labels!["pod-template-hash"];
    expect(set!.metadata.name).toBe(`web-${hash}`);
    expect(set!.metadata.ownerReferences).toMatchObject([
      { kind: "Deployment", name: "web", controller: true },
    ]);
    for (const pod of bench.api.list(pods, { namespace: ns })) {
      expect(pod.metadata.labels).toEqual({ app: "web", "pod-template-hash": hash! });
      expect(pod.spec.nodeName).toBe("local");
      expect(holds(pod, "PodScheduled")).toBeDefined();
    }
    expect(bench.events(ns, "ScalingReplicaSet")).toEqual([`Scaled up replica set web-${hash} from 0 to 2`]);
    expect(bench.events(ns, "SuccessfulCreate")).toHaveLength(2);
    expect(bench.events(ns, "Scheduled")).toHaveLength(2);
  });

  test("never has fewer available pods than it must nor more pods than it may during a rolling update", async () => {
    const ns = bench.newNamespace();
    bench.api.create(
      deployments,
      deployment(ns, "web", {
        replicas: 4,
        strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } },
      }),
    );
    await bench.until(deployments, "web", ns, (each) => complete(each.status, 4));
    let least = 4;
    let most = 4;
    const stop = bench.api.onChange(({ resource, object }) => {
      if (resource.resource !== "pods" || object.metadata.namespace !== ns) return;
      const live = bench.api.list(pods, { namespace: ns }).filter((pod) => !pod.metadata.deletionTimestamp);
      most = Math.max(most, live.length);
      least = Math.min(least, live.filter((pod) => holds(pod, "Ready")).length);
    });
    setTag(ns, "web", "next");
    const done = await bench.until(
      deployments,
      "web",
      ns,
      (each) => each.status.observedGeneration === 2 && complete(each.status, 4),
    );
    stop();
    expect(least).toBeGreaterThanOrEqual(3);
    expect(most).toBeLessThanOrEqual(5);
    expect(done.metadata.annotations!["deployment.kubernetes.io/revision"]).toBe("2");
    const sizes = bench.api.list(replicaSets, { namespace: ns }).map((set) => set.spec.replicas);
    expect(sizes.sort()).toEqual([0, 4]);
  });

  test("keeps the old pods when the new ones do not become ready, says so in time, and rolls back by template", async () => {
    const ns = bench.newNamespace();
    bench.api.create(deployments, deployment(ns, "web", { replicas: 3, progressDeadlineSeconds: 1 }));
    await bench.until(deployments, "web", ns, (each) => complete(each.status, 3));
    const [first] = bench.api.list(replicaSets, { namespace: ns });
    setTag(ns, "web", "stuck");
    const stuck = await bench.until(deployments, "web", ns, (each) => holds(each, "Progressing", "False"));
    expect(holds(stuck, "Progressing", "False")).toMatchObject({ reason: "ProgressDeadlineExceeded" });
    expect(stuck.status).toMatchObject({ availableReplicas: 3, updatedReplicas: 1, unavailableReplicas: 1 });
    setTag(ns, "web", "ready");
    const back = await bench.until(
      deployments,
      "web",
      ns,
      (each) => each.status.observedGeneration === 3 && complete(each.status, 3),
    );
    expect(holds(back, "Progressing")).toMatchObject({ reason: "NewReplicaSetAvailable" });
    expect(back.metadata.annotations!["deployment.kubernetes.io/revision"]).toBe("3");
    const again = bench.api.get(replicaSets, first!.metadata.name, ns)!;
    expect(again.metadata.annotations).toMatchObject({
      "deployment.kubernetes.io/revision": "3",
      "deployment.kubernetes.io/revision-history": "1",
    });
    expect(again.spec.replicas).toBe(3);
  });

  test("with Recreate starts nothing new before the last old pod is gone", async () => {
    const ns = bench.newNamespace();
    bench.api.create(deployments, deployment(ns, "web", { replicas: 2, strategy: { type: "Recreate" } }));
    await bench.until(deployments, "web", ns, (each) => complete(each.status, 2));
    const slow = bench.names(pods, ns)[0]!;
    bench.kubelet.held.add(slow);
    setTag(ns, "web", "next");
    await eventually("the other pod gone", () => bench.names(pods, ns).length === 1);
    expect(bench.names(replicaSets, ns)).toHaveLength(1);
    bench.kubelet.letGo(slow);
    await bench.until(
      deployments,
      "web",
      ns,
      (each) => each.status.observedGeneration === 2 && complete(each.status, 2),
    );
    expect(bench.names(pods, ns)).toHaveLength(2);
  });

  test("scales, also to zero and back, and paused it scales but does not roll", async () => {
    const ns = bench.newNamespace();
    bench.api.create(deployments, deployment(ns, "web", { replicas: 1 }));
    await bench.until(deployments, "web", ns, (each) => complete(each.status, 1));
    for (const replicas of [3, 0, 2]) {
      bench.edit(deployments, "web", ns, (each) => (each.spec.replicas = replicas));
      await eventually(`${replicas} pods`, () => bench.names(pods, ns).length === replicas);
    }
    bench.edit(deployments, "web", ns, (each) => {
      each.spec.paused = true;
      each.spec.replicas = 4;
      each.spec.template.spec.containers[0].image = "x:next";
    });
    const paused = await bench.until(deployments, "web", ns, (each) => each.status.availableReplicas === 4);
    expect(holds(paused, "Progressing", "Unknown")).toMatchObject({ reason: "DeploymentPaused" });
    expect(bench.names(replicaSets, ns)).toHaveLength(1);
    bench.edit(deployments, "web", ns, (each) => delete each.spec.paused);
    await bench.until(
      deployments,
      "web",
      ns,
      (each) => each.status.observedGeneration === each.metadata.generation && complete(each.status, 4),
    );
    expect(bench.names(replicaSets, ns)).toHaveLength(2);
  });

  test("keeps as many old ReplicaSets as its history limit says", async () => {
    const ns = bench.newNamespace();
    bench.api.create(deployments, deployment(ns, "web", { revisionHistoryLimit: 1 }));
    for (const [index, tag] of ["b", "c", "d"].entries()) {
      await bench.until(
        deployments,
        "web",
        ns,
        (each) => each.status?.observedGeneration === index + 1 && complete(each.status, 1),
      );
      setTag(ns, "web", tag);
    }
    await bench.until(
      deployments,
      "web",
      ns,
      (each) => each.status.observedGeneration === 4 && complete(each.status, 1),
    );
    await eventually("two sets left", () => bench.names(replicaSets, ns).length === 2);
    const revisions = bench.api
      .list(replicaSets, { namespace: ns })
      .map((set) => set.metadata.annotations!["deployment.kubernetes.io/revision"]);
    expect(revisions.sort()).toEqual(["3", "4"]);
  });

  test("replaces a deleted pod, and a ReplicaSet scaled down gives up pods that are not ready first", async () => {
    const ns = bench.newNamespace();
    bench.api.create(deployments, deployment(ns, "web", { replicas: 2 }));
    await bench.until(deployments, "web", ns, (each) => complete(each.status, 2));
    const [gone, kept] = bench.names(pods, ns);
    bench.api.delete(pods, gone!, ns);
    await eventually("a new pod", () => {
      const now = bench.api.list(pods, { namespace: ns }).filter((pod) => holds(pod, "Ready"));
      return now.length === 2 && !now.some((pod) => pod.metadata.name === gone);
    });
    const other = bench.names(pods, ns).find((name) => name !== kept)!;
    const pod = structuredClone(bench.api.get(pods, other, ns)!);
    pod.status.conditions.find((each: any) => each.type === "Ready").status = "False";
    bench.api.updateStatus(pods, pod);
    bench.edit(deployments, "web", ns, (each) => (each.spec.replicas = 1));
    await bench.untilGone(pods, other, ns);
    expect(bench.names(pods, ns)).toEqual([kept!]);
  });
});

describe("the sizes of a rollout", () => {
  const set = (name: string, wanted: number, available = wanted) => ({ name, wanted, available });

  test("grow the new set within the surge, then shrink old ones that are not available at no cost", () => {
    const input = { replicas: 10, maxSurge: 3, maxUnavailable: 2 };
    const grown = rollingStep({ ...input, current: set("new", 0), old: [set("old", 10)] });
    expect([...grown]).toEqual([["new", 3]]);
    const waiting = rollingStep({ ...input, current: set("new", 3, 0), old: [set("old", 10)] });
    expect([...waiting]).toEqual([["old", 8]]);
    const broken = rollingStep({ ...input, current: set("new", 3, 0), old: [set("old", 10, 8)] });
    expect([...broken]).toEqual([["old", 8]]);
    expect([...rollingStep({ ...input, current: set("new", 5, 0), old: [set("old", 8)] })]).toEqual([]);
  });

  test("keep their shares when the Deployment is scaled in the middle", () => {
    const sizes = scaledSizes(
      {
        replicas: 20,
        maxSurge: 5,
        maxUnavailable: 5,
        current: { ...set("new", 5), maxBefore: 13 },
        old: [{ ...set("old", 8), maxBefore: 13 }],
      },
      true,
    );
    expect([...sizes].sort()).toEqual([
      ["new", 10],
      ["old", 15],
    ]);
  });
});
