import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { startTestCluster, type TestCluster } from "../../../helpers/cluster.ts";
import { createClient } from "../../../helpers/kube-http.ts";

/** The cases of server-side apply as a real node of Kubernetes 1.36 answered them. */
describe("server-side apply", () => {
  let cluster: TestCluster;
  let http: ReturnType<typeof createClient>;
  beforeAll(async () => {
    cluster = await startTestCluster();
    http = createClient(cluster.kubeconfig);
  });
  afterAll(() => cluster.stop());

  const maps = "/api/v1/namespaces/default/configmaps";
  const deployments = "/apis/apps/v1/namespaces/default/deployments";
  const map = (name: string, data?: Record<string, unknown>, metadata: object = {}) => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, ...metadata },
    ...(data ? { data } : {}),
  });
  const deployment = (name: string, pod: object, spec: object = {}) => ({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name },
    spec: {
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: pod },
      ...spec,
    },
  });
  const managersOf = (object: any) =>
    object.metadata.managedFields.map((entry: any) => `${entry.operation} ${entry.manager}`);

  test("a new object is created, and what was sent is owned", async () => {
    const sent = map("new", { a: "1" }, { labels: { l: "x" }, finalizers: ["ex.test/f"] });
    const { code, body } = await http.apply(`${maps}/new`, sent);
    expect(code).toBe(201);
    expect(body.metadata.managedFields).toEqual([
      {
        manager: "m1",
        operation: "Apply",
        apiVersion: "v1",
        time: expect.any(String),
        fieldsType: "FieldsV1",
        fieldsV1: {
          "f:data": { "f:a": {} },
          "f:metadata": { "f:finalizers": { 'v:"ex.test/f"': {} }, "f:labels": { "f:l": {} } },
        },
      },
    ]);
    const emptied = await http.apply(`${maps}/new`, map("new"));
    expect(emptied.body.data).toBeUndefined();
    expect(emptied.body.metadata.labels).toBeUndefined();
    expect(emptied.body.metadata.finalizers).toBeUndefined();
  });

  test("the same again changes neither the resourceVersion nor the entry's time", async () => {
    const first = await http.apply(`${maps}/same`, map("same", { a: "1" }));
    await Bun.sleep(1_100);
    const again = await http.apply(`${maps}/same`, map("same", { a: "1" }));
    expect(again.code).toBe(200);
    expect(again.body).toEqual(first.body);
  });

  test("the same value by another manager is shared, and stays when one leaves it out", async () => {
    const first = await http.apply(`${maps}/shared`, map("shared", { a: "1" }));
    const second = await http.apply(`${maps}/shared`, map("shared", { a: "1" }), "m2");
    expect(second.body.metadata.resourceVersion).not.toBe(first.body.metadata.resourceVersion);
    expect(managersOf(second.body)).toEqual(["Apply m1", "Apply m2"]);
    const left = await http.apply(`${maps}/shared`, map("shared"));
    expect(left.body.data).toEqual({ a: "1" });
    expect(managersOf(left.body)).toEqual(["Apply m2"]);
  });

  test("fields left out by their only owner are removed, and defaults return", async () => {
    await http.apply(`${maps}/less`, map("less", { a: "1", b: "2" }));
    const less = await http.apply(`${maps}/less`, map("less", { a: "1" }));
    expect(less.body.data).toEqual({ a: "1" });

    const container = (env: object[]) => ({ name: "c", image: "busybox", env });
    const pod = {
      containers: [
        container([
          { name: "A", value: "1" },
          { name: "B", value: "2" },
        ]),
      ],
    };
    await http.apply(`${deployments}/less`, deployment("less", { ...pod, terminationGracePeriodSeconds: 1 }));
    const other = {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "less" },
      spec: { template: { spec: { containers: [{ name: "c", env: [{ name: "M2", value: "x" }] }] } } },
    };
    await http.apply(`${deployments}/less`, other, "m2");
    const rest = { containers: [container([{ name: "A", value: "1" }])] };
    const { body } = await http.apply(`${deployments}/less`, deployment("less", rest));
    expect(body.spec.template.spec.terminationGracePeriodSeconds).toBe(30);
    const env = body.spec.template.spec.containers[0].env.map((one: any) => one.name);
    expect(env.sort()).toEqual(["A", "M2"]);
  });

  test("another value is a conflict with the applier that owns it", async () => {
    await http.apply(`${maps}/fight`, map("fight", { a: "1" }), "m2");
    const { code, body } = await http.apply(`${maps}/fight`, map("fight", { a: "2" }));
    expect(code).toBe(409);
    expect(body).toEqual({
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message: 'Apply failed with 1 conflict: conflict with "m2": .data.a',
      reason: "Conflict",
      details: {
        causes: [{ reason: "FieldManagerConflict", message: 'conflict with "m2"', field: ".data.a" }],
      },
      code: 409,
    });
    const forced = await http.apply(`${maps}/fight`, map("fight", { a: "2" }), "m1", "&force=true");
    expect(forced.code).toBe(200);
    expect(managersOf(forced.body)).toEqual(["Apply m1"]);
  });

  test("an update is named with its version, takes fields from appliers, and keeps what is left out", async () => {
    await http.send("POST", `${maps}?fieldManager=upd`, { body: map("updated", { a: "1", b: "2" }) });
    const { body } = await http.apply(`${maps}/updated`, map("updated", { a: "9" }));
    expect(body.message).toBe('Apply failed with 1 conflict: conflict with "upd" using v1: .data.a');
    const kept = await http.apply(`${maps}/updated`, map("updated", { a: "1" }));
    expect(kept.body.data).toEqual({ a: "1", b: "2" });
    const taken = await http.merge(`${maps}/updated?fieldManager=upd2`, { data: { a: "3" } });
    expect(taken.code).toBe(200);
    expect(managersOf(taken.body).sort()).toEqual(["Update upd", "Update upd2"]);
    const lost = await http.apply(`${maps}/updated`, map("updated", { a: "1" }));
    expect(lost.body.message).toContain('conflict with "upd2" using v1');
  });

  test("a stale resourceVersion is refused, and ignored when there is no such object", async () => {
    await http.apply(`${maps}/stale`, map("stale", { a: "1" }));
    const { code, body } = await http.apply(
      `${maps}/stale`,
      map("stale", { a: "1" }, { resourceVersion: "5" }),
    );
    expect(code).toBe(409);
    expect(body.message).toBe(
      'Operation cannot be fulfilled on configmaps "stale": the object has been modified; please apply your changes to the latest version and try again',
    );
    expect(body.details).toEqual({ name: "stale", kind: "configmaps" });
    const made = await http.apply(`${maps}/fresh`, map("fresh", { a: "1" }, { resourceVersion: "5" }));
    expect(made.code).toBe(201);
  });

  test("a uid that is not the object's is refused", async () => {
    await http.apply(`${maps}/uid`, map("uid"));
    const wrong = await http.apply(`${maps}/uid`, map("uid", {}, { uid: "x" }));
    expect(wrong).toMatchObject({ code: 422, body: { reason: "Invalid" } });
    expect(wrong.body.message).toContain("metadata.uid: Invalid value");
    const missing = await http.apply(`${maps}/nouid`, map("nouid", {}, { uid: "x" }));
    expect(missing.code).toBe(409);
    expect(missing.body.message).toContain("uid mismatch: the provided object specified uid x");
  });

  const refused: [string, string, unknown, string, number, string][] = [
    [
      "no field manager",
      `${maps}/r`,
      map("r"),
      "",
      422,
      "fieldManager: Required value: is required for apply patch",
    ],
    [
      "managed fields in the body",
      `${maps}/r`,
      map("r", {}, { managedFields: [] }),
      "m1",
      400,
      "metadata.managedFields must be nil",
    ],
    [
      "another name",
      `${maps}/r`,
      map("other"),
      "m1",
      400,
      "the name of the object (other) does not match the name on the URL (r)",
    ],
    [
      "another kind",
      `${maps}/r`,
      { ...map("r"), kind: "Secret" },
      "m1",
      400,
      "invalid object type: /v1, Kind=Secret",
    ],
    [
      "an unknown field",
      `${maps}/r`,
      { ...map("r"), dat: {} },
      "m1",
      500,
      "failed to create typed patch object (/r; /v1, Kind=ConfigMap): .dat: field not declared in schema",
    ],
    [
      "a wrong type",
      `${maps}/r`,
      map("r", { a: 1 }),
      "m1",
      500,
      ".data.a: expected string, got &value.valueUnstructured{Value:1}",
    ],
    [
      "a missing namespace",
      "/api/v1/namespaces/nons/configmaps/r",
      map("r"),
      "m1",
      404,
      'namespaces "nons" not found',
    ],
    [
      "a duplicate key",
      `${deployments}/r`,
      deployment("r", { containers: [{ name: "c", image: "x", env: [{ name: "A" }, { name: "A" }] }] }),
      "m1",
      500,
      '.env: duplicate entries for key [name="A"]',
    ],
    [
      "a missing key",
      `${deployments}/r`,
      deployment("r", { containers: [{ name: "c", image: "x", env: [{ value: "A" }] }] }),
      "m1",
      422,
      "env[0].name: Required value",
    ],
    [
      "an invalid value",
      `${deployments}/r`,
      deployment("r", { containers: [{ name: "c", image: "x" }] }, { replicas: -1 }),
      "m1",
      422,
      'Deployment.apps "r" is invalid: spec.replicas: Invalid value: -1',
    ],
  ];
  test.each(refused)("%s is refused", async (_, path, body, manager, code, text) => {
    const answer = await http.apply(path, body, manager);
    expect(answer.code).toBe(code);
    expect(answer.body.message).toContain(text);
    expect((await http.get(path)).code).toBe(404);
  });

  test("a null among strings is the empty string", async () => {
    const { body } = await http.apply(`${maps}/null`, map("null", { a: null, b: "1" }));
    expect(body.data).toEqual({ a: "", b: "1" });
    expect(body.metadata.managedFields[0].fieldsV1).toEqual({ "f:data": { "f:a": {}, "f:b": {} } });
  });

  test("a dry run answers as if and stores nothing", async () => {
    const made = await http.apply(`${maps}/dry`, map("dry", { a: "1" }), "m1", "&dryRun=All");
    expect(made.code).toBe(201);
    expect(made.body.metadata).toMatchObject({
      uid: expect.any(String),
      creationTimestamp: expect.any(String),
    });
    expect(made.body.metadata.resourceVersion).toBeUndefined();
    expect((await http.get(`${maps}/dry`)).code).toBe(404);
    const stored = await http.apply(`${maps}/dry`, map("dry", { a: "1" }));
    const changed = await http.apply(`${maps}/dry`, map("dry", { a: "2" }), "m1", "&dryRun=All");
    expect(changed.body.data).toEqual({ a: "2" });
    expect(changed.body.metadata.resourceVersion).toBe(stored.body.metadata.resourceVersion);
    expect((await http.get(`${maps}/dry`)).body.data).toEqual({ a: "1" });
  });

  test("status is applied apart from the rest", async () => {
    const main = deployment("status", { containers: [{ name: "c", image: "x" }] });
    const { body: made } = await http.apply(`${deployments}/status`, { ...main, status: { replicas: 7 } });
    expect(made.status).toBeUndefined();
    expect(JSON.stringify(made.metadata.managedFields)).not.toContain("f:status");

    const status = { ...main, metadata: { name: "status", labels: { no: "no" } }, status: { replicas: 2 } };
    const { code, body } = await http.apply(`${deployments}/status/status`, status, "m2");
    expect(code).toBe(200);
    expect(body.status).toEqual({ replicas: 2 });
    expect(body.metadata.labels).toBeUndefined();
    expect(body.metadata.generation).toBe(1);
    expect(body.metadata.managedFields[1]).toMatchObject({
      manager: "m2",
      subresource: "status",
      fieldsV1: { "f:status": { "f:replicas": {} } },
    });
    const missing = { ...status, metadata: { name: "none" } };
    expect((await http.apply(`${deployments}/none/status`, missing, "m2")).code).toBe(404);
  });

  test("items of a list by keys take the order of the request among the others", async () => {
    const env = (...names: string[]) => ({
      containers: [{ name: "c", image: "x", env: names.map((name) => ({ name, value: "1" })) }],
    });
    const namesOf = (body: any) => body.spec.template.spec.containers[0].env.map((one: any) => one.name);
    const partial = (name: string, pod: object) => ({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name },
      spec: { template: { spec: { containers: [{ name: "c", env: (pod as any).containers[0].env }] } } },
    });
    await http.apply(`${deployments}/order1`, deployment("order1", env("A", "Z")));
    const before = await http.apply(`${deployments}/order1`, partial("order1", env("NEW", "A")), "m2");
    expect(namesOf(before.body)).toEqual(["NEW", "A", "Z"]);
    await http.apply(`${deployments}/order2`, deployment("order2", env("A", "Z")));
    const after = await http.apply(`${deployments}/order2`, partial("order2", env("A", "NEW")), "m2");
    expect(namesOf(after.body)).toEqual(["A", "Z", "NEW"]);
  });

  test("a defaulted key counts, and atomic items have no dot", async () => {
    const pod = { containers: [{ name: "c", image: "x", ports: [{ containerPort: 8080 }] }] };
    const { body } = await http.apply(
      `${deployments}/keys`,
      deployment("keys", { ...pod, imagePullSecrets: [{ name: "s" }] }),
    );
    const fields = body.metadata.managedFields[0].fieldsV1["f:spec"]["f:template"]["f:spec"];
    expect(fields["f:containers"]['k:{"name":"c"}']["f:ports"]).toEqual({
      'k:{"containerPort":8080,"protocol":"TCP"}': { ".": {}, "f:containerPort": {} },
    });
    expect(fields["f:imagePullSecrets"]).toEqual({ 'k:{"name":"s"}': {} });
  });

  test("an unchanged PUT, patch and status write keep the resourceVersion", async () => {
    const { body } = await http.apply(
      `${deployments}/quiet`,
      deployment("quiet", { containers: [{ name: "c", image: "x" }] }),
    );
    const put = await http.put(`${deployments}/quiet`, body);
    const patch = await http.merge(`${deployments}/quiet`, { spec: { replicas: 1 } });
    const status = await http.put(`${deployments}/quiet/status`, body);
    for (const answer of [put, patch, status]) {
      expect(answer.body.metadata.resourceVersion).toBe(body.metadata.resourceVersion);
    }
  });

  test("YAML is read as YAML 1.1", async () => {
    const yaml = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: yaml}\nimmutable: no\ndata: {a: "on"}\n';
    const { code, body } = await http.apply(`${maps}/yaml`, yaml);
    expect(code).toBe(201);
    expect(body.data).toEqual({ a: "on" });
    const wrong = await http.apply(`${maps}/yaml2`, yaml.replaceAll("yaml}", "yaml2}").replace('"on"', "on"));
    expect(wrong.body.message).toContain(
      ".data.a: expected string, got &value.valueUnstructured{Value:true}",
    );
  });
});
