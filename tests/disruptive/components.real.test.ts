import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { kinds, real } from "../faults/cluster.ts";
import { type Stage, startStage } from "../faults/stage.ts";
import { startWorld, type World } from "../faults/world.ts";
import { eventually } from "../helpers/eventually.ts";
import { pace } from "../helpers/pace.ts";
import { clusterTool, describeNode } from "../helpers/real-cluster.ts";

/**
 * From the moment on which the API answers again until all is as it should be, on a machine that has time: the ten seconds
 * that Styrmin promises, and as many for kubelet, scheduler and controllers, which come back with a back-off of their own.
 */
const convergedWithinMs = 20_000;

// Agent and server have their default intervals: 5 s between reports, 15 s of lease, 30 s of silence.
describeNode("a real cluster whose components fail", () => {
  let stage: Stage;
  let world: World;
  let count = 0;

  beforeAll(async () => {
    stage = await startStage(real);
    world = await startWorld(stage, { name: "broken", intent: "PULL" });
    await world.agent.start();
    await world.succeeded((await world.deploy("app1")).taskId);
  });

  afterAll(async () => {
    await world.stop();
    await stage.stop();
  });

  // What one fault broke is not to be blamed on the next; nor has its kubelet been heard again as soon as its API.
  beforeEach(async () => {
    await nodeIsReady();
    await isWell();
  });

  const isWell = () =>
    eventually("it runs, and all is seen", async () => {
      const [found, pods] = [await world.client.deployments.get("app1"), await world.client.pods.list()];
      const { blind } = (await world.client.clusters.get(world.clusterId))!.agent;
      const well = found?.status === "RUNNING" && pods.some(({ ready }) => ready) && blind.length === 0;
      if (well) return true;
      throw new Error(`${found?.status} (${found?.statusReason}), ${JSON.stringify(blind)}`);
    });

  const nodeIsReady = () =>
    eventually("the node is Ready", async () => {
      const { items } = await stage.cluster.kube.list({ apiVersion: "v1", kind: "Node" });
      const conditions: { type: string; status: string }[] = items[0]!.status.conditions;
      return conditions.find(({ type }) => type === "Ready")?.status === "True";
    });

  /** What must outlive every outage. */
  const lasting = async () => {
    const found = await Promise.all(
      [kinds.deployment, kinds.claim, kinds.pod].map((kind) => stage.cluster.list(kind, world.namespace)),
    );
    return found.flat().map(({ kind, metadata }) => `${kind} ${metadata.name} ${metadata.uid}`);
  };

  const apiAnswers = () =>
    eventually("the API answers", async () => {
      await stage.cluster.kube.get({ apiVersion: "v1", kind: "Namespace", name: "default" }, soon());
      return true;
    });

  /** Breaks a component for so long, lets `during` look, mends it, and waits until it works again. */
  async function broken(
    [component, how]: readonly [string, "stop" | "freeze"],
    lastsMs: number,
    during: () => Promise<void>,
    works: () => Promise<unknown>,
  ): Promise<void> {
    const over = Bun.sleep(lastsMs);
    await clusterTool("fault", component, how);
    try {
      await during();
      await over;
    } finally {
      await clusterTool("fault", component, how === "stop" ? "start" : "thaw");
      await works();
    }
  }

  describe.each([
    ["the API server is killed, and back after a minute", ["apiserver", "stop"], 60_000],
    ["the API server stands still for a minute", ["apiserver", "freeze"], 60_000],
    // The API server answers meanwhile, with errors. That it lasts longer makes no other difference than with the two above.
    ["etcd is killed, and back after half a minute", ["etcd", "stop"], 30_000],
  ] as const)("%s", (_what, fault, lastsMs) => {
    test("what is not seen is said; nothing is removed; what was asked for meanwhile is done soon after", async () => {
      const { pid } = world.agent.process;
      const [before, pods] = [await lasting(), await world.client.pods.list()];
      const greeting = `greeting ${++count}`;
      let taskId = "";
      await broken(
        fault,
        lastsMs,
        async () => {
          const from = performance.now();
          ({ taskId } = await world.update("app1", { greeting }));
          const spot = await eventually(
            "it is said that the resources are not seen",
            async () => {
              const { blind } = (await world.client.clusters.get(world.clusterId))!.agent;
              return blind.find(({ kind }) => kind.endsWith("StyrminDeployment"));
            },
            { timeoutMs: 25_000 },
          );
          console.log(`said after ${Math.round(performance.now() - from)} ms: ${spot.reason}`);
          expect(Date.now() - Date.parse(spot.since)).toBeLessThan(lastsMs);
          if (lastsMs < 45_000) return;
          const found = await eventually(
            "the deployment is UNKNOWN",
            async () => {
              const found = await world.client.deployments.get("app1");
              return found?.status === "UNKNOWN" ? found : undefined;
            },
            { timeoutMs: 50_000 },
          );
          expect(found.statusReason).toContain("has not seen its resource for");
          expect(found.lastKnown).not.toBeNull();
          expect(await world.client.pods.list()).toHaveLength(pods.length);
        },
        apiAnswers,
      );
      const from = performance.now();
      await world.succeeded(taskId);
      const [configMap] = await stage.cluster
        .list(kinds.configMap, world.namespace)
        .then((all) => all.filter(({ metadata }) => metadata.name.startsWith("app1-")));
      expect(configMap?.data.greeting).toBe(greeting);
      await isWell();
      const tookMs = performance.now() - from;
      console.log(`converged after ${Math.round(tookMs)} ms`);
      expect(tookMs).toBeLessThan(convergedWithinMs * pace());
      expect(await lasting()).toEqual(before);
      expect(world.agent.process.pid).toBe(pid);
    });
  });

  test("the kubelet is killed: the user reads that the node does not answer, and later that all is well", async () => {
    const before = await lasting();
    await broken(
      ["kubelet", "stop"],
      0,
      async () => {
        const from = performance.now();
        const found = await eventually("the deployment is not RUNNING", async () => {
          const found = await world.client.deployments.get("app1");
          return found?.status === "RUNNING" ? undefined : found;
        });
        console.log(
          `after ${Math.round(performance.now() - from)} ms: ${found.status}: ${found.statusReason}`,
        );
        expect(found.status).toBe("DEGRADED");
        expect(found.statusReason).toMatch(/node1/);
      },
      nodeIsReady,
    );
    const from = performance.now();
    await isWell();
    console.log(`well after ${Math.round(performance.now() - from)} ms`);
    expect(performance.now() - from).toBeLessThan(convergedWithinMs * pace());
    expect(await lasting()).toEqual(before);
  });
});

const soon = () => AbortSignal.timeout(1_000);
