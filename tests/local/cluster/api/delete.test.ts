import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { startTestCluster, type TestCluster } from "../../../helpers/cluster.ts";
import { createClient } from "../../../helpers/kube-http.ts";

describe("deletion", () => {
  let cluster: TestCluster;
  let http: ReturnType<typeof createClient>;
  beforeAll(async () => {
    cluster = await startTestCluster();
    http = createClient(cluster.kubeconfig);
  });
  afterAll(() => cluster.stop());

  const maps = "/api/v1/namespaces/default/configmaps";
  const pods = "/api/v1/namespaces/default/pods";
  const map = (name: string, metadata: object = {}) => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, ...metadata },
  });
  const pod = (name: string, nodeName?: string) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name },
    spec: { containers: [{ name: "c", image: "busybox" }], ...(nodeName ? { nodeName } : {}) },
  });

  test("what nothing holds is gone at once, and a Status says which it was", async () => {
    const { body: made } = await http.post(maps, map("c9"));
    const { code, body } = await http.delete(`${maps}/c9`, { propagationPolicy: "Background" });
    expect(code).toBe(200);
    expect(body).toEqual({
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Success",
      details: { name: "c9", kind: "configmaps", uid: made.metadata.uid },
    });
    const again = await http.delete(`${maps}/c9`);
    expect(again).toMatchObject({
      code: 404,
      body: {
        reason: "NotFound",
        message: 'configmaps "c9" not found',
        details: { name: "c9", kind: "configmaps" },
      },
    });
  });

  test("finalizers hold an object until the last is gone", async () => {
    await http.post(maps, map("held", { finalizers: ["a.test/x", "a.test/y"] }));
    const first = await http.delete(`${maps}/held`);
    expect(first.body.metadata).toMatchObject({
      deletionTimestamp: expect.any(String),
      deletionGracePeriodSeconds: 0,
    });
    const second = await http.delete(`${maps}/held`);
    expect(second.body.metadata.resourceVersion).toBe(first.body.metadata.resourceVersion);
    const more = { metadata: { finalizers: ["a.test/x", "a.test/z"] } };
    const added = await http.merge(`${maps}/held`, more);
    expect(added.code).toBe(422);
    expect(added.body.message).toContain("no new finalizers can be added if the object is being deleted");
    const write = await http.merge(`${maps}/held`, { data: { still: "writable" } });
    expect(write.code).toBe(200);
    expect((await http.merge(`${maps}/held`, { metadata: { finalizers: ["a.test/y"] } })).code).toBe(200);
    const last = await http.merge(`${maps}/held`, { metadata: { finalizers: null } });
    expect(last.code).toBe(200);
    expect((await http.get(`${maps}/held`)).code).toBe(404);
  });

  test("Foreground and Orphan leave marks for the garbage collector", async () => {
    const deployments = "/apis/apps/v1/namespaces/default/deployments";
    const spec = {
      selector: { matchLabels: { a: "b" } },
      template: { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "c", image: "x" }] } },
    };
    for (const [name, policy, finalizer] of [
      ["fore", "Foreground", "foregroundDeletion"],
      ["orphan", "Orphan", "orphan"],
    ]) {
      await http.post(deployments, { apiVersion: "apps/v1", kind: "Deployment", metadata: { name }, spec });
      const { body } = await http.delete(`${deployments}/${name}`, { propagationPolicy: policy });
      expect(body.metadata).toMatchObject({ finalizers: [finalizer], generation: 2 });
    }
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

  test("preconditions are of UID and resourceVersion", async () => {
    const { body: made } = await http.post(maps, map("pre"));
    const wrong = await http.delete(`${maps}/pre`, { preconditions: { uid: "xx" } });
    expect(wrong.code).toBe(409);
    expect(wrong.body.message).toContain(
      `the UID in the precondition (xx) does not match the UID in record (${made.metadata.uid})`,
    );
    expect(wrong.body.details.kind).toBe("ConfigMap");
    expect((await http.delete(`${maps}/pre`, { preconditions: { resourceVersion: "1" } })).code).toBe(409);
    const right = {
      preconditions: { uid: made.metadata.uid, resourceVersion: made.metadata.resourceVersion },
    };
    expect((await http.delete(`${maps}/pre`, right)).code).toBe(200);
  });

  test("a collection is deleted by selector, and the answer is what was there", async () => {
    for (const name of ["x1", "x2"]) await http.post(maps, map(name, { labels: { of: "x" } }));
    const { body } = await http.delete(`${maps}?labelSelector=of%3Dx`);
    expect(body.kind).toBe("ConfigMapList");
    expect(body.items.map((one: any) => one.metadata.name)).toEqual(["x1", "x2"]);
    expect((await http.get(`${maps}/x1`)).code).toBe(404);
    expect((await http.get(`${maps}/kube-root-ca.crt`)).code).toBe(200);
  });

  test("a dry run deletes nothing", async () => {
    await http.post(maps, map("dry"));
    const { body } = await http.delete(`${maps}/dry?dryRun=All`);
    expect(body.status).toBe("Success");
    expect((await http.get(`${maps}/dry`)).code).toBe(200);
  });

  test("a namespace terminates and takes nothing new", async () => {
    await http.post("/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: "a5" } });
    expect((await http.get("/api/v1/namespaces/a5/serviceaccounts/default")).code).toBe(200);
    const { body } = await http.delete("/api/v1/namespaces/a5");
    expect(body.status.phase).toBe("Terminating");
    expect(body.spec.finalizers).toEqual(["kubernetes"]);
    expect(body.metadata.deletionGracePeriodSeconds).toBeUndefined();
    const refused = await http.post("/api/v1/namespaces/a5/configmaps", map("late"));
    expect(refused).toMatchObject({ code: 403, body: { reason: "Forbidden" } });
    expect(refused.body.message).toContain("unable to create new content in namespace a5");
    expect(refused.body.details.causes[0].reason).toBe("NamespaceTerminating");
  });
});
