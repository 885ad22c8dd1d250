import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Kube } from "../../../kube/types.ts";
import { eventually } from "../../helpers/eventually.ts";
import { type Rig, startRig, webApp } from "./rig.ts";

describe("news that comes while the operator is at work", () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig();
  });
  afterAll(() => rig.stop());

  test("a spec that changes just before the status is written is seen", async () => {
    const digest = rig.driver({ "app.yaml": webApp });
    const parameters = { greeting: "x" };
    let generation = 1;
    const publish = () =>
      rig.publish({
        name: "race",
        digest,
        generation,
        instance: 1,
        parameters,
        spec: { replicas: { web: generation } },
      });
    // Each status write is preceded by a change of the spec, so that its answer is newer than the change's event.
    const kube: Kube = {
      ...rig.kube,
      async apply(object, options, signal) {
        if (options.subresource === "status" && generation < 6) {
          generation++;
          await publish();
        }
        return await rig.kube.apply(object, options, signal);
      },
    };
    rig.startOperator({ kube });
    await publish();
    await eventually(
      "the last spec is applied",
      async () => (await rig.deployment("race"))?.spec.replicas === 6,
    );
    const { status } = await rig.until("race", "Ready", "True");
    expect(status!.intentGeneration).toBe(6);
  });
});
