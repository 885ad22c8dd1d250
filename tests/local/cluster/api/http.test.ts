import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { startTestCluster, type TestCluster } from "../../../helpers/cluster.ts";
import { createClient } from "../../../helpers/kube-http.ts";

describe("the API over HTTP", () => {
  let cluster: TestCluster;
  let http: ReturnType<typeof createClient>;
  beforeAll(async () => {
    cluster = await startTestCluster();
    http = createClient(cluster.kubeconfig);
  });
  afterAll(() => cluster.stop());

  const maps = "/api/v1/namespaces/default/configmaps";
  const deployments = "/apis/apps/v1/namespaces/default/deployments";
  const map = (name: string, rest: object = {}) => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name },
    ...rest,
  });
  const deployment = (name: string, annotations: object = {}) => ({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, annotations },
    spec: {
      selector: { matchLabels: { a: name } },
      template: {
        metadata: { labels: { a: name } },
        spec: { containers: [{ name: "c", image: "busybox" }] },
      },
    },
  });

  test("who sends a wrong token is told so, and who sends none is nobody", async () => {
    const wrong = await http.send("GET", maps, { headers: { authorization: "Bearer wrong" } });
    expect(wrong).toMatchObject({ code: 401, body: { kind: "Status", reason: "Unauthorized" } });
    const none = await http.send("GET", maps, { headers: { authorization: "" } });
    expect([none.code, none.body.message]).toEqual([403, expect.stringContaining('"system:anonymous"')]);
  });

  test("the kubeconfig is private, and its user is in the audit", async () => {
    expect(statSync(cluster.kubeconfig).mode & 0o777).toBe(0o600);
    await http.apply(`${maps}/by`, map("by"), "me");
    expect(cluster.auditLines().at(-1)).toMatchObject({
      user: "admin",
      userAgent: "tester/1.0",
      verb: "patch",
      resource: "configmaps",
      namespace: "default",
      name: "by",
      manager: "me",
      dryRun: false,
    });
  });

  test("the audit tells what changed something", async () => {
    const before = cluster.auditLines().length;
    await http.apply(`${maps}/audited`, map("audited"));
    await http.apply(`${maps}/audited`, map("audited"));
    await http.post(maps, { ...map(""), metadata: { generateName: "g-" } });
    const lines = cluster.auditLines().slice(before);
    expect(lines.map(({ verb, code, changed }) => [verb, code, changed])).toEqual([
      ["patch", 201, true],
      ["patch", 200, false],
      ["create", 201, true],
    ]);
    expect(lines[2]?.name).toMatch(/^g-[a-z0-9]{5}$/);
  });

  test("unknown paths and kinds are 404, known errors are Status objects", async () => {
    expect((await http.get("/api/v1/namespaces/%E0%A4%A/pods")).code).toBe(404);
    expect((await http.get("/nowhere")).body).toBe("404 page not found\n");
    expect((await http.get("/api/v1/namespaces/default/nothings")).code).toBe(404);
    const missing = await http.get(`${deployments}/none`);
    expect(missing.body).toMatchObject({
      reason: "NotFound",
      message: 'deployments.apps "none" not found',
      details: { name: "none", group: "apps", kind: "deployments" },
    });
    await http.post(maps, map("twice"));
    const twice = await http.post(maps, map("twice"));
    expect(twice).toMatchObject({ code: 409, body: { message: 'configmaps "twice" already exists' } });
    expect((await http.send("POST", maps, { body: "{" })).code).toBe(400);
    expect((await http.send("POST", maps, { body: "x", type: "application/cbor" })).code).toBe(415);
    expect((await http.send("PATCH", `${maps}/twice`, { body: "{}" })).code).toBe(415);
    expect((await http.send("POST", maps, { body: "x".repeat(4_000_000) })).code).toBe(413);
  });

  test("health, version and both forms of discovery", async () => {
    for (const path of ["/healthz", "/readyz", "/livez"]) expect((await http.get(path)).body).toBe("ok");
    expect((await http.get("/version")).body.major).toBe("1");
    expect((await http.get("/api")).body.versions).toEqual(["v1"]);
    const groups = (await http.get("/apis")).body.groups.map(({ name }: any) => name);
    expect(groups).toContain("apps");
    const legacy = (await http.get("/apis/apps/v1")).body.resources.map(({ name }: any) => name);
    expect(legacy).toContain("deployments/scale");
    const accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
    const { headers, body } = await http.get("/apis", { accept });
    expect(headers.get("content-type")).toBe(accept);
    expect(body.items.find(({ metadata }: any) => metadata.name === "apps").versions[0].version).toBe("v1");
    const cached = await http.get("/apis", { accept, "if-none-match": headers.get("etag") ?? "" });
    expect(cached.code).toBe(304);
  });

  test("a stale resourceVersion is refused, a fresh one taken", async () => {
    const { body } = await http.post(maps, map("rv", { data: { a: "1" } }));
    const newer = await http.put(`${maps}/rv`, { ...body, data: { a: "2" } });
    expect(newer.code).toBe(200);
    const stale = await http.put(`${maps}/rv`, { ...body, data: { a: "3" } });
    expect(stale).toMatchObject({ code: 409, body: { reason: "Conflict" } });
    const patch = { metadata: { resourceVersion: body.metadata.resourceVersion }, data: { a: "4" } };
    expect((await http.merge(`${maps}/rv`, patch)).code).toBe(409);
    expect((await http.put(`${maps}/rv`, { ...newer.body, metadata: { name: "rv", uid: "x" } })).code).toBe(
      409,
    );
  });

  test("unknown fields are dropped with a warning, or refused when the client is strict", async () => {
    const warned = await http.post(maps, map("dat", { dat: { a: "1" } }));
    expect(warned.code).toBe(201);
    expect(warned.body.dat).toBeUndefined();
    expect(warned.headers.get("warning")).toBe('299 - "unknown field \\"dat\\""');
    const strict = await http.send("POST", `${maps}?fieldValidation=Strict`, {
      body: map("dat2", { dat: {} }),
    });
    expect(strict.code).toBe(400);
    expect(strict.body.message).toBe(
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "dat"',
    );
  });

  test("generation counts changes of the spec and of a Deployment's annotations", async () => {
    const generation = async (answer: Promise<{ body: any }>) => (await answer).body.metadata.generation;
    expect(await generation(http.post(deployments, deployment("gen")))).toBe(1);
    expect(await generation(http.merge(`${deployments}/gen`, { spec: { replicas: 2 } }))).toBe(2);
    expect(await generation(http.merge(`${deployments}/gen`, { metadata: { labels: { x: "y" } } }))).toBe(2);
    expect(
      await generation(http.merge(`${deployments}/gen`, { metadata: { annotations: { x: "y" } } })),
    ).toBe(3);
    const status = { status: { replicas: 1 }, spec: { replicas: 9 } };
    const { body } = await http.merge(`${deployments}/gen/status`, status);
    expect(body).toMatchObject({
      metadata: { generation: 3 },
      spec: { replicas: 2 },
      status: { replicas: 1 },
    });
    expect(await generation(http.post(maps, map("gen")))).toBeUndefined();
  });

  test("scale is read and written as an object of its own", async () => {
    await http.post(deployments, deployment("scaled"));
    const scale = `${deployments}/scaled/scale`;
    expect((await http.get(scale)).body).toMatchObject({
      kind: "Scale",
      apiVersion: "autoscaling/v1",
      spec: { replicas: 1 },
      status: { replicas: 0, selector: "a=scaled" },
    });
    expect((await http.merge(scale, { spec: { replicas: 0 } })).body.spec).toEqual({});
    const { body } = await http.get(`${deployments}/scaled`);
    expect(body.spec.replicas).toBe(0);
    expect(body.metadata.generation).toBe(2);
    expect(body.metadata.managedFields.at(-1).subresource).toBe("scale");
  });

  test("strategic merge knows the keys of lists and the directives", async () => {
    await http.post(deployments, deployment("smp"));
    const patch = (containers: unknown[]) => ({ spec: { template: { spec: { containers } } } });
    const send = (body: unknown) =>
      http.send("PATCH", `${deployments}/smp`, { body, type: "application/strategic-merge-patch+json" });
    const added = await send(
      patch([
        { name: "d", image: "x" },
        { name: "c", env: [{ name: "A", value: "1" }] },
      ]),
    );
    const containers = added.body.spec.template.spec.containers;
    expect(containers.map(({ name, image }: any) => [name, image])).toEqual([
      ["d", "x"],
      ["c", "busybox"],
    ]);
    const removed = await send(patch([{ name: "d", $patch: "delete" }]));
    expect(removed.body.spec.template.spec.containers).toHaveLength(1);
    const replaced = await send({ spec: { strategy: { $patch: "replace", type: "Recreate" } } });
    expect(replaced.body.spec.strategy).toEqual({ type: "Recreate" });
  });

  test("JSON patch adds, tests, moves and removes", async () => {
    await http.post(maps, map("jp", { data: { a: "1", b: "2" } }));
    const send = (body: unknown) =>
      http.send("PATCH", `${maps}/jp`, { body, type: "application/json-patch+json" });
    const { body } = await send([
      { op: "test", path: "/data/a", value: "1" },
      { op: "add", path: "/metadata/labels", value: { "x/y": "z" } },
      { op: "replace", path: "/metadata/labels/x~1y", value: "w" },
      { op: "move", from: "/data/a", path: "/data/c" },
      { op: "remove", path: "/data/b" },
    ]);
    expect(body.data).toEqual({ c: "1" });
    expect(body.metadata.labels).toEqual({ "x/y": "w" });
    expect((await send([{ op: "test", path: "/data/c", value: "2" }])).code).toBe(422);
  });

  test("a Secret comes in protobuf, as helm sends it", async () => {
    const field = (number: number, ...parts: (string | Uint8Array)[]) => {
      const bytes = Buffer.concat(parts.map((part) => Buffer.from(part)));
      return Buffer.concat([Buffer.from([(number << 3) | 2, bytes.length]), bytes]);
    };
    const metadata = Buffer.concat([
      field(1, "helm"),
      field(2, ""),
      field(11, field(1, "owner"), field(2, "helm")),
      field(11, field(1, "status"), field(2, "deployed")),
    ]);
    const secret = Buffer.concat([
      field(1, metadata),
      field(2, field(1, "release"), field(2, "bytes")),
      field(3, "helm.sh/release.v1"),
    ]);
    const type = Buffer.concat([field(1, "v1"), field(2, "Secret")]);
    const body = Buffer.concat([Buffer.from("k8s\0"), field(1, type), field(2, secret)]);
    const secrets = "/api/v1/namespaces/default/secrets";
    const protobuf = "application/vnd.kubernetes.protobuf";
    const made = await http.send("POST", secrets, { body, type: protobuf });
    expect(made.code).toBe(201);
    expect(made.body).toMatchObject({
      metadata: { name: "helm", labels: { owner: "helm", status: "deployed" } },
      data: { release: btoa("bytes") },
      type: "helm.sh/release.v1",
    });
    expect((await http.get(`${secrets}?labelSelector=owner%3Dhelm`)).body.items).toHaveLength(1);
    const options = Buffer.concat([
      Buffer.from("k8s\0"),
      field(1, field(1, "v1"), field(2, "DeleteOptions")),
      field(2, Buffer.from([1 << 3, 0]), field(4, "Background")),
    ]);
    expect((await http.send("DELETE", `${secrets}/helm`, { body: options, type: protobuf })).code).toBe(200);
  });

  test("logs and exec answer 503 where no pods run", async () => {
    const pods = "/api/v1/namespaces/default/pods";
    await http.post(pods, {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "p" },
      spec: { containers: [{ name: "c", image: "busybox" }] },
    });
    expect((await http.get(`${pods}/p/log`)).code).toBe(503);
    expect((await http.get(`${pods}/p/exec?command=ls`)).code).toBe(503);
    expect((await http.get(`${pods}/none/log`)).code).toBe(404);
  });

  test("custom kinds come and go with their CRD", async () => {
    const { parse } = await import("yaml");
    const crd = parse(readFileSync(join(import.meta.dir, "../../../../k8s/crd.yaml"), "utf8"));
    const crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    const made = await http.apply(`${crds}/${crd.metadata.name}`, crd);
    expect(made.code).toBe(201);
    const types = made.body.status.conditions.map(({ type, status }: any) => [type, status]);
    expect(types).toContainEqual(["Established", "True"]);
    const list = "/apis/styrmin.io/v1alpha1/namespaces/default/styrmindeployments";
    const empty = await http.get(list);
    expect(empty.body).toMatchObject({ kind: "StyrminDeploymentList", items: [] });
    const one = { apiVersion: "styrmin.io/v1alpha1", kind: "StyrminDeployment", metadata: { name: "one" } };
    const bad = await http.apply(`${list}/one`, { ...one, spec: { intentGeneration: "x" } });
    expect(bad.code).toBe(500);
    const unknown = await http.apply(`${list}/one`, { ...one, spec: { nothing: 1 } });
    expect(unknown.body.message).toContain(".spec.nothing: field not declared in schema");
    await http.delete(`${crds}/${crd.metadata.name}`);
    expect((await http.get(list)).code).toBe(404);
    expect((await http.get(`${crds}/${crd.metadata.name}`)).code).toBe(404);
  });
});
