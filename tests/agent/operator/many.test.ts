import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { busiestSecond, count, expectNoWrites, startMany } from "./many.ts";
import { type Rig, startRig } from "./rig.ts";

describe(`${count} deployments on one agent`, () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig();
  });
  afterAll(() => rig.stop());

  test("a full resync writes nothing and asks for nothing, also after a restart", async () => {
    const first = rig.startOperator({ settings: { resyncMs: 1000 } });
    await startMany(rig);
    // The statuses are written; what they woke is done.
    await Bun.sleep(500);
    const before = rig.cluster.auditLines().length;
    const writes = rig.writes().length;
    await Bun.sleep(2500);
    expectNoWrites(rig.writes().slice(writes));
    expect(rig.cluster.auditLines().slice(before)).toEqual([]);

    await first.stop();
    rig.startOperator({ settings: { resyncMs: 1000 } });
    await Bun.sleep(2500);
    expectNoWrites(rig.writes().slice(writes));
    const requests = rig.cluster.auditLines().slice(before);
    expect(new Set(requests.map(({ verb }) => verb))).toEqual(new Set(["list", "watch"]));
    // A list and a watch for the resources, the Releases and each of four kinds, and what must be asked again of them.
    expect(busiestSecond(requests.map(({ time }) => Date.parse(time)))).toBeLessThanOrEqual(20);
  });
});
