import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { startTestCluster, type TestCluster } from "../../../helpers/cluster.ts";
import { createClient } from "../../../helpers/kube-http.ts";

describe("the deletion of pods", () => {
  let cluster: TestCluster;
  let http: ReturnType<typeof createClient>;
  beforeAll(async () => {
    cluster = await startTestCluster();
    http = createClient(cluster.kubeconfig);
  });
  afterAll(() => cluster.stop());

  const pods = "/api/v1/namespaces/default/pods";
  const pod = (name: string, nodeName?: string) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name },
    spec: { containers: [{ name: "c", image: "busybox" }], ...(nodeName ? { nodeName } : {}) },
  });

  test("a running pod gets its grace, a second deletion brings the end forward", async () => {
    await http.post(pods, pod("run", "node"));
    const { body } = await http.delete(`${pods}/run`);
    expect(body.metadata).toMatchObject({ deletionGracePeriodSeconds: 30, generation: 2 });
    const end = Date.parse(body.metadata.deletionTimestamp) - Date.now();
    expect(end).toBeGreaterThan(25_000);
    const sooner = await http.delete(`${pods}/run?gracePeriodSeconds=1`);
    expect(sooner.body.metadata.deletionGracePeriodSeconds).toBe(1);
    const gone = await http.delete(`${pods}/run`, { gracePeriodSeconds: 0 });
    expect(gone.body.kind).toBe("Pod");
    expect((await http.get(`${pods}/run`)).code).toBe(404);
  });

  test("a pod that is not on a node goes at once", async () => {
    await http.post(pods, pod("waiting"));
    const { body } = await http.delete(`${pods}/waiting`);
    expect(body.metadata.deletionGracePeriodSeconds).toBe(0);
    expect((await http.get(`${pods}/waiting`)).code).toBe(404);
  });
});
