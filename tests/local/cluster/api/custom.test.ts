import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { startTestCluster, type TestCluster } from "../../../helpers/cluster.ts";
import { createClient } from "../../../helpers/kube-http.ts";

const spec = {
  type: "object",
  properties: {
    size: { type: "integer", default: 7 },
    colour: { type: "string" },
    items: { type: "array", items: { type: "string" } },
    parts: {
      type: "array",
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["name"],
      items: { type: "object", properties: { name: { type: "string" }, weight: { type: "integer" } } },
    },
    free: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
  },
};
const version = (name: string, storage: boolean) => ({
  name,
  served: true,
  storage,
  subresources: {
    status: {},
    scale: { specReplicasPath: ".spec.size", statusReplicasPath: ".status.size" },
  },
  selectableFields: [{ jsonPath: ".spec.colour" }],
  schema: {
    openAPIV3Schema: {
      type: "object",
      properties: { spec, status: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
    },
  },
});
const crd = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "toys.ex.test" },
  spec: {
    group: "ex.test",
    scope: "Namespaced",
    names: { plural: "toys", kind: "Toy" },
    versions: [version("v1", true), version("v2", false)],
  },
};

describe("custom kinds", () => {
  let cluster: TestCluster;
  let http: ReturnType<typeof createClient>;
  const crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  const toys = "/apis/ex.test/v1/namespaces/default/toys";
  const toy = (name: string, rest: object = {}) => ({
    apiVersion: "ex.test/v1",
    kind: "Toy",
    metadata: { name },
    ...rest,
  });
  beforeAll(async () => {
    cluster = await startTestCluster();
    http = createClient(cluster.kubeconfig);
    expect((await http.post(crds, crd)).code).toBe(201);
  });
  afterAll(() => cluster.stop());

  test("defaults are filled in and owned by no one, lists are atomic unless the schema says otherwise", async () => {
    const sent = toy("owned", {
      spec: { items: ["a"], parts: [{ name: "x", weight: 1 }], free: { any: { thing: 1 } } },
    });
    const { code, body } = await http.apply(`${toys}/owned`, sent);
    expect(code).toBe(201);
    expect(body.spec.size).toBe(7);
    expect(body.metadata.managedFields[0].fieldsV1).toEqual({
      "f:spec": {
        "f:free": { "f:any": { ".": {}, "f:thing": {} } },
        "f:items": {},
        "f:parts": { 'k:{"name":"x"}': { ".": {}, "f:name": {}, "f:weight": {} } },
      },
    });
    const other = toy("owned", { spec: { parts: [{ name: "y", weight: 2 }] } });
    const both = await http.apply(`${toys}/owned`, other, "m2");
    expect(both.body.spec.parts.map(({ name }: any) => name)).toEqual(["x", "y"]);
    const fight = await http.apply(`${toys}/owned`, toy("owned", { spec: { items: ["b"] } }), "m2");
    expect(fight.body.message).toBe('Apply failed with 1 conflict: conflict with "m1": .spec.items');
  });

  test("a wrong scalar is refused by apply, and by the schema", async () => {
    const applied = await http.apply(`${toys}/bad`, toy("bad", { spec: { size: "big" } }));
    expect(applied.code).toBe(500);
    expect(applied.body.message).toContain(".spec.size: expected numeric (int or float), got string");
    const posted = await http.post(toys, toy("bad", { spec: { size: "big" } }));
    expect(posted).toMatchObject({ code: 422, body: { reason: "Invalid" } });
  });

  test("unknown fields are pruned with a warning, and refused when the client is strict", async () => {
    const pruned = await http.post(toys, toy("pruned", { spec: { nothing: 1 } }));
    expect(pruned.body.spec).toEqual({ size: 7 });
    expect(pruned.headers.get("warning")).toContain("spec.nothing");
    const strict = await http.send("POST", `${toys}?fieldValidation=Strict`, {
      body: toy("s", { spec: { nothing: 1 } }),
    });
    expect(strict.code).toBe(400);
  });

  test("the status has a door of its own, and only the spec counts generations", async () => {
    const { body: made } = await http.post(toys, toy("gen", { spec: {}, status: { size: 1 } }));
    expect(made.status).toBeUndefined();
    expect(made.metadata.generation).toBe(1);
    const status = await http.merge(`${toys}/gen/status`, { status: { size: 3 }, spec: { size: 9 } });
    expect(status.body).toMatchObject({
      spec: { size: 7 },
      status: { size: 3 },
      metadata: { generation: 1 },
    });
    const labels = await http.merge(`${toys}/gen`, { metadata: { labels: { a: "b" } } });
    expect(labels.body.metadata.generation).toBe(1);
    const scaled = await http.merge(`${toys}/gen/scale`, { spec: { replicas: 4 } });
    expect(scaled.body).toMatchObject({ spec: { replicas: 4 }, status: { replicas: 3 } });
    expect((await http.get(`${toys}/gen`)).body).toMatchObject({
      spec: { size: 4 },
      metadata: { generation: 2 },
    });
  });

  test("a PUT needs the resourceVersion, and strategic merge is not taken", async () => {
    await http.post(toys, toy("put"));
    expect((await http.put(`${toys}/put`, toy("put"))).code).toBe(422);
    const type = "application/strategic-merge-patch+json";
    expect((await http.send("PATCH", `${toys}/put`, { body: {}, type })).code).toBe(415);
  });

  test("every served version shows the same objects, and declared fields can be selected", async () => {
    await http.post(toys, toy("shown", { spec: { colour: "red" } }));
    const second = toys.replace("/v1/", "/v2/");
    expect((await http.get(`${second}/shown`)).body.apiVersion).toBe("ex.test/v2");
    const { body } = await http.get(`${second}?fieldSelector=spec.colour%3Dred`);
    expect(body.items).toMatchObject([
      { apiVersion: "ex.test/v2", kind: "Toy", metadata: { name: "shown" } },
    ]);
    const patched = await http.merge(`${second}/shown`, { spec: { colour: "blue" } });
    expect(patched.body.apiVersion).toBe("ex.test/v2");
    expect((await http.get(`${toys}/shown`)).body).toMatchObject({
      apiVersion: "ex.test/v1",
      spec: { colour: "blue" },
    });
  });

  test("objects and their versions survive a restart", async () => {
    await http.post(toys, toy("kept"));
    const before = await http.get(`${toys}/kept`);
    await cluster.restart();
    http = createClient(cluster.kubeconfig);
    expect((await http.get(`${toys}/kept`)).body).toEqual(before.body);
  });

  test("a CRD takes its objects with it, and waits for their finalizers", async () => {
    await http.apply(`${toys}/held`, {
      ...toy("held"),
      metadata: { name: "held", finalizers: ["ex.test/f"] },
    });
    const { body } = await http.delete(`${crds}/toys.ex.test`);
    expect(body.metadata.deletionTimestamp).toEqual(expect.any(String));
    const left = await http.get(toys);
    expect(left.body.items.map(({ metadata }: any) => metadata.name)).toEqual(["held"]);
    await http.merge(`${toys}/held`, { metadata: { finalizers: null } });
    expect((await http.get(`${crds}/toys.ex.test`)).code).toBe(404);
    expect((await http.get(toys)).code).toBe(404);
  });
});
