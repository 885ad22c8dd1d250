import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { eventually } from "../../helpers/eventually.ts";
import { type Rig, startRig, webApp } from "./rig.ts";
import { awkward, bundled, untilQuiet } from "./steady.ts";

describe("at rest", () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig();
  });
  afterAll(() => rig.stop());

  test("nothing is written, by the operator that made it so and by one that starts later", async () => {
    const web = rig.driver({ "app.yaml": webApp });
    const db = rig.driver({ "db.yaml": awkward });
    const first = rig.startOperator({ settings: { resyncMs: 30 } });
    for (const name of ["one", "two"])
      await rig.publish({ name, digest: web, parameters: { greeting: "x" } });
    await rig.publish({ name: "db", digest: db });
    for (const name of ["one", "two"]) await rig.until(name, "Ready", "True");
    await eventually("the other is applied", async () => (await rig.resource("db"))?.status?.release);
    await untilQuiet(rig);
    const before = rig.writes().length;
    await Bun.sleep(300);
    expect(rig.writes().slice(before)).toEqual([]);
    await first.stop();

    const requests = rig.cluster.auditLines().length;
    const second = rig.startOperator({ settings: { resyncMs: 30 } });
    await second.ready;
    await Bun.sleep(300);
    expect(rig.writes().slice(before)).toEqual([]);
    const verbs = rig.cluster
      .auditLines()
      .slice(requests)
      .map(({ verb }) => verb);
    expect(new Set(verbs)).toEqual(new Set(["list", "watch"]));
    expect(rig.bundlesRequested()).toBe(3);
    await second.stop();
  });

  test("an operator without the lease writes nothing until it has it", async () => {
    let held = false;
    const one = rig.startOperator({ held: () => held });
    await rig.publish({ name: "lease", digest: rig.driver({ "app.yaml": webApp }) });
    const before = rig.writes().length;
    await Bun.sleep(200);
    expect(rig.writes().slice(before)).toEqual([]);
    held = true;
    await rig.until("lease", "Ready", "True");
    await one.stop();
  });

  for (const name of ["hello", "notes"]) {
    test(`the bundled driver ${name} is as it was applied, and stays so`, async () => {
      const { digest, wish } = await bundled(rig, name);
      const first = rig.startOperator({ settings: { resyncMs: 30 } });
      await rig.publish({ ...wish, name, digest });
      const { status } = await rig.until(name, "Ready", "True");
      for (const component of status!.components!) expect(component.state).toBe("Ready");
      await untilQuiet(rig);
      const before = rig.writes().length;
      await first.stop();
      const second = rig.startOperator({ settings: { resyncMs: 30 } });
      await second.ready;
      await Bun.sleep(150);
      await second.stop();
      expect(rig.writes().slice(before)).toEqual([]);
    });
  }
});
