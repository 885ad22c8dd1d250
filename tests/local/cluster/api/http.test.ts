import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { statSync } from "node:fs";
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
});
