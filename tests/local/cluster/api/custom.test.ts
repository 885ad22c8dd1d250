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
