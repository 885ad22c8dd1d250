import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { startTestCluster, type TestCluster } from "../../../helpers/cluster.ts";
import { eventually } from "../../../helpers/eventually.ts";
import { createClient } from "../../../helpers/kube-http.ts";

describe("lists and watches", () => {
  let cluster: TestCluster;
  let http: ReturnType<typeof createClient>;
  beforeAll(async () => {
    cluster = await startTestCluster({ history: 40, bookmarkMs: 50 });
    http = createClient(cluster.kubeconfig);
  });
  afterAll(() => cluster.stop());

  let count = 0;
  /** A namespace of its own for each test. */
  async function namespace(): Promise<string> {
    const name = `w${++count}`;
    await http.post("/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name } });
    return `/api/v1/namespaces/${name}/secrets`;
  }
  const secret = (name: string, labels: object = {}) => ({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, labels },
  });

  test("one counter numbers the writes of all kinds, and a list has it", async () => {
    const secrets = await namespace();
    const a = await http.post(secrets, secret("a"));
    const b = await http.post(secrets.replace("secrets", "configmaps"), {
      ...secret("b"),
      kind: "ConfigMap",
    });
    expect(Number(b.body.metadata.resourceVersion)).toBe(Number(a.body.metadata.resourceVersion) + 1);
    const { body } = await http.get(secrets);
    expect(body).toMatchObject({ kind: "SecretList", apiVersion: "v1" });
    expect(body.metadata.resourceVersion).toBe(b.body.metadata.resourceVersion);
    expect(body.items[0].kind).toBeUndefined();
    expect(body.items[0].metadata.name).toBe("a");
  });

  test("bookmarks carry the counter on", async () => {
    const secrets = await namespace();
    const watch = http.watch(`${secrets}?watch=true&allowWatchBookmarks=true&timeoutSeconds=30`);
    await http.post(secrets.replace("secrets", "configmaps"), { ...secret("other"), kind: "ConfigMap" });
    const { body } = await http.get(secrets);
    const current = Number(body.metadata.resourceVersion);
    await eventually("a bookmark", () =>
      watch.events.some(({ object }) => Number(object.metadata.resourceVersion) >= current),
    );
    expect(new Set(watch.events.map(({ type }) => type))).toEqual(new Set(["BOOKMARK"]));
    await watch.stop();
  });

  test("pages whose moment is no longer known are 410, with a token for the rest as it is now", async () => {
    const secrets = await namespace();
    for (const name of ["a", "b", "c"]) await http.post(secrets, secret(name));
    const first = await http.get(`${secrets}?limit=2`);
    for (let i = 0; i < 80; i++) await http.post(secrets, secret(`c${i}`));
    const late = await http.get(`${secrets}?limit=2&continue=${first.body.metadata.continue}`);
    expect(late).toMatchObject({ code: 410, body: { kind: "Status", reason: "Expired" } });
    const rest = await http.get(`${secrets}?limit=3&continue=${late.body.metadata.continue}`);
    expect(rest.body.items.map(({ metadata }: any) => metadata.name)).toEqual(["c", "c0", "c1"]);
    const exact = `resourceVersion=${first.body.metadata.resourceVersion}&resourceVersionMatch=Exact`;
    expect((await http.get(`${secrets}?${exact}`)).code).toBe(410);
  });

  test("a version that is no longer known is 410, in the stream", async () => {
    const secrets = await namespace();
    const { body } = await http.get(secrets);
    for (let i = 0; i < 80; i++) await http.post(secrets, secret(`s${i}`));
    const watch = http.watch(`${secrets}?watch=true&resourceVersion=${body.metadata.resourceVersion}`);
    await eventually("the watch to end", () => watch.state.ended);
    expect(watch.state.status).toBe(200);
    expect(watch.events).toEqual([
      { type: "ERROR", object: expect.objectContaining({ code: 410, reason: "Expired", kind: "Status" }) },
    ]);
  });
});
