import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { auditFromNow, hasNodeAudit } from "../../helpers/real-cluster.ts";
import { count, expectNoWrites, startMany } from "./many.ts";
import { type BasicRig, startRealRig } from "./rig.ts";

const reading = new Set(["get", "list", "watch"]);

describe.skipIf(!hasNodeAudit)(`${count} deployments on one agent, on the real node`, () => {
  let rig: BasicRig;
  beforeAll(async () => {
    rig = await startRealRig();
  });
  afterAll(() => rig.stop());

  test("six full resyncs in a minute write nothing, by the node's audit", async () => {
    const first = rig.startOperator({ settings: { resyncMs: 10_000 } });
    await startMany(rig);
    await first.stop();

    const audit = auditFromNow();
    rig.startOperator({ settings: { resyncMs: 10_000 } });
    await Bun.sleep(60_000);
    const lines = (await audit()).filter(({ requestURI, stage }) => {
      return (
        stage === "ResponseComplete" &&
        [rig.system, rig.target].some((name) => requestURI.includes(`/${name}`))
      );
    });
    // Others run at the node's own service: what its controllers write is theirs.
    const ours = lines.filter(({ user }) => !user.username.startsWith("system:"));
    expectNoWrites(ours.filter(({ verb }) => !reading.has(verb)));
    // Resources and Releases are listed in their namespace; no object is asked for one by one.
    expect(ours.filter(({ verb }) => verb === "get")).toEqual([]);
    expect(ours.length).toBeLessThanOrEqual(20);
    console.log(`${count} deployments, 60 s: 0 writes, ${ours.length} requests in their namespaces`);
  });
});
