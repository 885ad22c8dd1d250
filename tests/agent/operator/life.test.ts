import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { eventually } from "../../helpers/eventually.ts";
import { type Rig, startRig, webApp } from "./rig.ts";

describe("the life of a deployment", () => {
  let rig: Rig;
  let digest: string;
  beforeAll(async () => {
    rig = await startRig();
    digest = rig.driver({ "app.yaml": webApp });
    rig.startOperator();
  });
  afterAll(() => rig.stop());

  test("a new resource is brought to life and reported", async () => {
    await rig.publish({ name: "life", digest, parameters: { greeting: "hello", replicas: 2 } });
    const { status, metadata } = await rig.until("life", "Ready", "True");
    expect(metadata.finalizers).toContain("styrmin.io/teardown");
    expect(status).toMatchObject({
      intentGeneration: 1,
      instanceId: "life-instance-1",
      components: [{ name: "web", desired: 2, ready: 2, state: "Ready" }],
      objects: { total: 2, ready: 2, pruned: 0 },
      release: { name: "life-r1", revision: 1 },
    });
    const deployment = await rig.deployment("life");
    expect(deployment!.metadata.labels).toEqual({ "styrmin.io/deployment": "dep-life" });
    expect(deployment!.spec.template.metadata.labels["styrmin.io/deployment"]).toBe("dep-life");
  });

  test("a new instance is rendered, applied and kept as the next release", async () => {
    await rig.publish({ name: "life", digest, generation: 2, parameters: { greeting: "salut" } });
    await eventually(
      "the new greeting",
      async () => (await rig.configMap("life"))?.data.greeting === "salut",
    );
    const { status } = await rig.until("life", "Ready", "True");
    expect(status!.release).toEqual({ name: "life-r2", revision: 2 });
    expect(status!.components![0]!.desired).toBe(1);
    expect((await rig.releases()).map(({ metadata }) => metadata.name).sort()).toEqual([
      "life-r1",
      "life-r2",
    ]);
  });
});
