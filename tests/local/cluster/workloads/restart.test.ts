import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { eventually } from "../../../helpers/eventually.ts";
import {
  apps,
  batch,
  core,
  deployment,
  holds,
  job,
  startWorkbench,
  statefulSet,
  type Workbench,
} from "./workbench.ts";

const deployments = apps("deployments");
const pods = core("pods");

let bench: Workbench;
beforeAll(async () => {
  bench = await startWorkbench();
});
afterAll(() => bench.stop());

/** Waits until nothing was written for a while; answers how many writes there were until then. */
async function quiet(forMs: number): Promise<number> {
  let writes = 0;
  let last = performance.now();
  const stop = bench.api.onChange(() => {
    writes++;
    last = performance.now();
  });
  await eventually("silence", () => performance.now() - last > forMs);
  stop();
  return writes;
}

describe("the controllers", () => {
  test("write nothing when nothing changes, also after a restart", async () => {
    const ns = bench.newNamespace();
    bench.api.create(deployments, deployment(ns, "web", { replicas: 3 }));
    bench.api.create(apps("statefulsets"), statefulSet(ns, "db", { replicas: 2 }));
    bench.api.create(batch("jobs"), job(ns, "work"));
    bench.api.create(core("services"), {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "web", namespace: ns },
      spec: { selector: { app: "web" }, ports: [{ port: 80, targetPort: 8080 }] },
    });
    await bench.until(deployments, "web", ns, (each) => each.status?.availableReplicas === 3);
    await bench.until(apps("statefulsets"), "db", ns, (each) => each.status?.readyReplicas === 2);
    await bench.until(batch("jobs"), "work", ns, (each) => holds(each, "Complete"));
    await quiet(250);
    expect(await quiet(400)).toBe(0);
    await bench.cluster.restart();
    expect(await quiet(400)).toBe(0);
  });

  test("finish after a restart what was begun before it", async () => {
    const ns = bench.newNamespace();
    bench.api.create(deployments, deployment(ns, "web", { replicas: 4 }));
    bench.api.create(deployments, deployment(ns, "old"));
    await bench.until(deployments, "web", ns, (each) => each.status?.availableReplicas === 4);
    await bench.until(deployments, "old", ns, (each) => each.status?.availableReplicas === 1);
    for (let restarts = 0; restarts < 3; restarts++) {
      bench.edit(
        deployments,
        "web",
        ns,
        (each) => (each.spec.template.spec.containers[0].image = `x:v${restarts}`),
      );
      if (restarts === 0) bench.api.delete(deployments, "old", ns);
      // Right after some step of the rollout, wherever it then is. Names, since a quick one soon has as many again.
      const names = () => bench.api.list(pods, { namespace: ns }).map((pod) => pod.metadata.name);
      const before = names().join();
      await eventually("a step", () => restarts === 0 || names().join() !== before);
      await bench.cluster.restart();
    }
    const done = await bench.until(
      deployments,
      "web",
      ns,
      (each) =>
        each.status.observedGeneration === each.metadata.generation &&
        each.status.updatedReplicas === 4 &&
        each.status.availableReplicas === 4 &&
        each.status.replicas === 4,
    );
    expect(holds(done, "Progressing")).toMatchObject({ reason: "NewReplicaSetAvailable" });
    await eventually("four pods of the last template", () => {
      const left = bench.api.list(pods, { namespace: ns });
      return left.length === 4 && left.every((pod) => pod.spec.containers[0].image === "x:v2");
    });
  });

  test("failed at nothing", () => {
    expect(bench.failures).toEqual([]);
  });
});
