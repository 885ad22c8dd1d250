import { afterAll, beforeAll, expect, test } from "bun:test";
import { styrminDeploymentKind } from "../../../kube/styrmin-deployment.ts";
import type { Kube } from "../../../kube/types.ts";
import { describeReal } from "../../helpers/real-cluster.ts";
import { type BasicRig, startRealRig } from "./rig.ts";
import { awkward, bundled } from "./steady.ts";

/** Counts what an operator writes, but for its word on how all is: a busy node's pod may be unready for a moment. */
function counting(kube: Kube): { kube: Kube; writes: string[] } {
  const writes: string[] = [];
  const noting =
    <A extends [{ kind: string }, ...unknown[]], T>(write: (...args: A) => Promise<T>) =>
    async (...args: A): Promise<T> => {
      if (args[0].kind !== styrminDeploymentKind.kind) writes.push(JSON.stringify(args[0]).slice(0, 300));
      return await write(...args);
    };
  const { apply, create, mergePatch, delete: remove } = kube;
  const own = {
    apply: noting(apply),
    create: noting(create),
    mergePatch: noting(mergePatch),
    delete: noting(remove),
  };
  return { kube: { ...kube, ...own }, writes };
}

describeReal("at rest, on the real node", () => {
  let rig: BasicRig;
  beforeAll(async () => {
    rig = await startRealRig();
  });
  afterAll(() => rig.stop());

  test("what the API server fills in and rewrites is no difference, not even after a restart", async () => {
    const first = rig.startOperator();
    for (const name of ["hello", "notes"]) {
      const { digest, wish } = await bundled(rig, name);
      await rig.publish({ ...wish, name, digest });
    }
    await rig.publish({ name: "db", digest: rig.driver({ "db.yaml": awkward }) });
    for (const name of ["hello", "notes", "db"]) await rig.until(name, "Ready", "True");
    await first.stop();

    const { kube, writes } = counting(rig.kube);
    const second = rig.startOperator({ kube, settings: { resyncMs: 200 } });
    await second.ready;
    await Bun.sleep(2000);
    expect(writes).toEqual([]);
    for (const name of ["hello", "notes", "db"]) {
      const { status } = await rig.until(name, "Ready", "True");
      expect(status!.drift).toBeUndefined();
    }
  });
});
