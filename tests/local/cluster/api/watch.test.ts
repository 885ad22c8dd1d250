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

  test("selectors of labels and fields choose", async () => {
    const secrets = await namespace();
    await http.post(secrets, secret("web", { app: "web", tier: "a" }));
    await http.post(secrets, secret("db", { app: "db", tier: "b" }));
    await http.post(secrets, { ...secret("bare"), type: "styrmin.io/release" });
    const names = async (query: string) => {
      const { body } = await http.get(`${secrets}?${query}`);
      return body.items.map((one: any) => one.metadata.name);
    };
    const label = (text: string) => names(`labelSelector=${encodeURIComponent(text)}`);
    expect(await label("app=web")).toEqual(["web"]);
    expect(await label("app!=web")).toEqual(["bare", "db"]);
    expect(await label("app in (web, db),tier notin (b)")).toEqual(["web"]);
    expect(await label("!app")).toEqual(["bare"]);
    expect(await label("app,tier==b")).toEqual(["db"]);
    expect(await names("fieldSelector=metadata.name=db")).toEqual(["db"]);
    expect(await names("fieldSelector=type=styrmin.io/release")).toEqual(["bare"]);
    expect((await http.get(`${secrets}?fieldSelector=spec.x=1`)).code).toBe(400);
    expect((await http.get(`${secrets}?labelSelector=a%20b%20c`)).code).toBe(400);
  });

  test("a watch without a version begins with what is there, one with a version with what came after", async () => {
    const secrets = await namespace();
    const a = await http.post(secrets, secret("a"));
    await http.post(secrets, secret("b"));
    const all = http.watch(`${secrets}?watch=true`);
    const later = http.watch(`${secrets}?watch=true&resourceVersion=${a.body.metadata.resourceVersion}`);
    await eventually("both watches to begin", () => all.events.length === 2 && later.events.length === 1);
    await http.merge(`${secrets}/a`, { metadata: { labels: { x: "y" } } });
    const removed = await http.delete(`${secrets}/b`);
    expect(removed.body.status).toBe("Success");
    await eventually("the changes", () => all.events.length === 4 && later.events.length === 3);
    expect(all.seen()).toEqual(["ADDED a", "ADDED b", "MODIFIED a", "DELETED b"]);
    expect(later.seen()).toEqual(["ADDED b", "MODIFIED a", "DELETED b"]);
    const [, added, , deleted] = all.events;
    expect(Number(deleted.object.metadata.resourceVersion)).toBeGreaterThan(
      Number(added.object.metadata.resourceVersion),
    );
    expect(deleted.object.kind).toBe("Secret");
    await all.stop();
    await later.stop();
  });

  test("an object that leaves the selector is deleted with its old labels and the new version", async () => {
    const secrets = await namespace();
    await http.post(secrets, secret("a", { app: "x" }));
    const watch = http.watch(`${secrets}?watch=true&labelSelector=app%3Dx`);
    await eventually("the first", () => watch.events.length === 1);
    const { body } = await http.merge(`${secrets}/a`, { metadata: { labels: { app: "z" } } });
    await http.merge(`${secrets}/a`, { metadata: { labels: { more: "1" } } });
    await http.merge(`${secrets}/a`, { metadata: { labels: { app: "x" } } });
    await eventually("it to leave and enter", () => watch.events.length === 3);
    expect(watch.seen()).toEqual(["ADDED a", "DELETED a", "ADDED a"]);
    expect(watch.events[1].object.metadata).toMatchObject({
      labels: { app: "x" },
      resourceVersion: body.metadata.resourceVersion,
    });
    await watch.stop();
  });

  test("a WatchList tells when the beginning is over", async () => {
    const secrets = await namespace();
    await http.post(secrets, secret("a"));
    const query = "watch=true&sendInitialEvents=true&allowWatchBookmarks=true";
    const watch = http.watch(
      `${secrets}?${query}&resourceVersionMatch=NotOlderThan&fieldSelector=metadata.name%3Da`,
    );
    await eventually("the mark", () => watch.events.some(({ type }) => type === "BOOKMARK"));
    expect(watch.events[0]).toMatchObject({ type: "ADDED", object: { metadata: { name: "a" } } });
    expect(watch.events[1].object).toEqual({
      kind: "Secret",
      apiVersion: "v1",
      metadata: {
        resourceVersion: expect.any(String),
        annotations: { "k8s.io/initial-events-end": "true" },
      },
    });
    await watch.stop();
    const without = await http.get(`${secrets}?${query}`);
    expect(without).toMatchObject({ code: 422, body: { reason: "Invalid" } });
    const plain = await http.get(`${secrets}?watch=true&resourceVersionMatch=NotOlderThan`);
    expect(plain.code).toBe(422);
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

  test("a watch ends after its timeout", async () => {
    const watch = http.watch(`${await namespace()}?watch=true&timeoutSeconds=1`);
    await eventually("the end", () => watch.state.ended, { timeoutMs: 5_000 });
  });

  test("versions that are not numbers or lie in the future are refused", async () => {
    const secrets = await namespace();
    expect((await http.get(`${secrets}?resourceVersion=abc`)).code).toBe(400);
    expect((await http.get(`${secrets}?watch=true&resourceVersion=abc`)).code).toBe(400);
    const far = await http.get(`${secrets}?resourceVersion=999999999999999`);
    expect(far).toMatchObject({ code: 504, body: { reason: "Timeout" } });
    expect(far.headers.get("retry-after")).toBe("1");
  });

  test("a table has columns and one row for each object, in watches too", async () => {
    const secrets = await namespace();
    await http.post(secrets, secret("a"));
    const accept = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
    const { body } = await http.get(secrets, { accept });
    expect(body).toMatchObject({ kind: "Table", apiVersion: "meta.k8s.io/v1" });
    expect(body.columnDefinitions.map(({ name }: any) => name)).toEqual(["Name", "Type", "Data", "Age"]);
    expect(body.rows[0].cells.slice(0, 3)).toEqual(["a", "Opaque", 0]);
    expect(body.rows[0].object.kind).toBe("PartialObjectMetadata");
  });
});
