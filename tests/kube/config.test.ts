import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createKube } from "../../kube/client.ts";
import { loadKubeAccess } from "../../kube/config.ts";
import { ownReasons } from "../../kube/errors.ts";
import { eventually } from "../helpers/eventually.ts";
import { type Authority, createAuthority, type Issued } from "./certificates.ts";
import { type FakeApi, startFakeApi } from "./fake-api.ts";
import { pace } from "../helpers/pace.ts";

const ref = { apiVersion: "v1", kind: "ConfigMap", namespace: "n", name: "here" };
let folder: string;
let ca: Authority;
let client: Issued;
const apis: FakeApi[] = [];
let withCert: FakeApi;
let withToken: FakeApi;
let otherName: FakeApi;
let goodToken = "first";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "styrmin-kube-"));
  ca = await createAuthority();
  const server = await ca.issue({ ip: ["127.0.0.1"], dns: ["localhost"] });
  client = await ca.issue("client");
  withCert = startFakeApi({ tls: { ...server, clientCa: ca.cert } });
  withToken = startFakeApi({
    tls: server,
    respond: (request) =>
      request.headers.get("authorization") === `Bearer ${goodToken}`
        ? undefined
        : new Response("{}", { status: 401 }),
  });
  otherName = startFakeApi({ tls: await ca.issue({ dns: ["kubernetes.example"] }) });
  apis.push(withCert, withToken, otherName);
});

afterAll(async () => {
  await Promise.all(apis.map((api) => api.stop()));
  await rm(folder, { recursive: true });
});

const base64 = (text: string) => Buffer.from(text).toString("base64");

async function writeKubeconfig(name: string, cluster: object, user: object | undefined): Promise<string> {
  const path = join(folder, `${name}.yaml`);
  const config = {
    apiVersion: "v1",
    kind: "Config",
    "current-context": "main",
    clusters: [{ name: "c", cluster }],
    users: user ? [{ name: "u", user }] : [],
    contexts: [
      { name: "main", context: { cluster: "c", ...(user && { user: "u" }), namespace: "here" } },
      { name: "broken", context: { cluster: "nowhere", user: "u" } },
    ],
  };
  await Bun.write(path, Bun.YAML.stringify(config));
  return path;
}

async function ask(kubeconfig: string) {
  const config = await loadKubeAccess({ kubeconfig });
  return createKube({ config, limitMs: 5000 }).get(ref);
}

const trusted = (api: FakeApi) => ({ server: api.url, "certificate-authority-data": base64(ca.cert) });
const certificate = () => ({
  "client-certificate-data": base64(client.cert),
  "client-key-data": base64(client.key),
});

describe("a kubeconfig", () => {
  test("with CA and client certificate as data", async () => {
    const path = await writeKubeconfig("data", trusted(withCert), certificate());
    expect((await ask(path))?.metadata.name).toBe("here");
  });

  test("with CA and client certificate as files beside it", async () => {
    await Bun.write(join(folder, "ca.crt"), ca.cert);
    await Bun.write(join(folder, "client.crt"), client.cert);
    await Bun.write(join(folder, "client.key"), client.key);
    const path = await writeKubeconfig(
      "files",
      { server: withCert.url, "certificate-authority": "ca.crt" },
      { "client-certificate": "client.crt", "client-key": "client.key" },
    );
    expect((await ask(path))?.metadata.name).toBe("here");
  });

  test("with a token", async () => {
    const path = await writeKubeconfig("token", trusted(withToken), { token: goodToken });
    expect((await ask(path))?.metadata.name).toBe("here");
  });

  test("with a token file follows its rotation at once when the old token is refused", async () => {
    await Bun.write(join(folder, "token"), "first\n");
    const path = await writeKubeconfig("tokenFile", trusted(withToken), { tokenFile: "token" });
    const config = await loadKubeAccess({ kubeconfig: path });
    const kube = createKube({ config, limitMs: 5000 });
    expect((await kube.get(ref))?.metadata.name).toBe("here");
    goodToken = "second";
    await Bun.write(join(folder, "token"), "second\n");
    // A refused token is looked up again at most once a second.
    await eventually("the new token is used", () => kube.get(ref), { timeoutMs: 5000 * pace() });
    goodToken = "first";
  });

  test("with an exec plugin that prints a token", async () => {
    const credential = {
      apiVersion: "client.authentication.k8s.io/v1",
      kind: "ExecCredential",
      status: { token: goodToken },
    };
    const path = await writeKubeconfig("exec", trusted(withToken), {
      exec: {
        apiVersion: "client.authentication.k8s.io/v1",
        command: "/bin/echo",
        args: [JSON.stringify(credential)],
      },
    });
    expect((await ask(path))?.metadata.name).toBe("here");
  });

  test("with tls-server-name accepts the certificate of that name", async () => {
    const cluster = { ...trusted(otherName), "tls-server-name": "kubernetes.example" };
    expect((await ask(await writeKubeconfig("name", cluster, { token: "x" })))?.metadata.name).toBe("here");
  });

  test("with insecure-skip-tls-verify accepts any certificate", async () => {
    const cluster = { server: otherName.url, "insecure-skip-tls-verify": true };
    expect((await ask(await writeKubeconfig("skip", cluster, { token: "x" })))?.metadata.name).toBe("here");
  });

  test("without a user still checks the CA", async () => {
    expect(
      (await ask(await writeKubeconfig("nobody", trusted(otherName), undefined)).catch((e) => e)).reason,
    ).toBe(ownReasons.untrusted);
  });
});

describe("a server is refused", () => {
  const refused = async (name: string, cluster: object, user: object) => {
    const failure = await ask(await writeKubeconfig(name, cluster, user)).catch((thrown) => thrown);
    expect({ name: failure.name, status: failure.status, reason: failure.reason }).toEqual({
      name: "KubeError",
      status: 0,
      reason: ownReasons.untrusted,
    });
  };

  test("with a certificate of another CA", async () => {
    const stranger = await createAuthority("another CA");
    const cluster = { server: withToken.url, "certificate-authority-data": base64(stranger.cert) };
    await refused("wrong-ca", cluster, { token: goodToken });
  });

  test("with a certificate nobody vouches for", async () => {
    await refused("no-ca", { server: withToken.url }, { token: goodToken });
  });

  test("with a certificate for another name", async () => {
    await refused("wrong-name", trusted(otherName), { token: goodToken });
  });

  test("and it refuses a client without a certificate", async () => {
    const failure = await ask(await writeKubeconfig("no-cert", trusted(withCert), { token: "x" })).catch(
      (e) => e,
    );
    expect(failure.status).toBe(0);
    expect(withCert.requests.some((one) => one.headers.get("authorization") === "Bearer x")).toBe(false);
  });
});

describe("what is wrong with a kubeconfig is said", () => {
  const failureOf = (kubeconfig: string, context?: string) =>
    loadKubeAccess({ kubeconfig, context }).then(
      () => "",
      (thrown) => thrown.message as string,
    );

  test("a file that is not there", async () => {
    expect(await failureOf(join(folder, "none"))).toContain("cannot be read");
  });

  test("a context that is not in it, with those that are", async () => {
    const path = await writeKubeconfig("contexts", trusted(withToken), { token: "x" });
    expect(await failureOf(path, "staging")).toContain('no context "staging". It has: main, broken');
    expect(await failureOf(path, "broken")).toContain('no cluster "nowhere"');
  });

  test("plain HTTP to another machine", async () => {
    const path = await writeKubeconfig("plain", { server: "http://10.0.0.1:8080" }, { token: "x" });
    expect(await failureOf(path)).toContain("plain HTTP");
  });

  test("a token file that is not there", async () => {
    const path = await writeKubeconfig("gone", trusted(withToken), { tokenFile: "gone" });
    expect(await failureOf(path)).toContain("credentials cannot be read");
  });
});

describe("in a pod", () => {
  test("the mounted service account is used, its namespace and its rotated token", async () => {
    const root = join(folder, "pod");
    const mount = join(root, "var/run/secrets/kubernetes.io/serviceaccount");
    await Bun.write(join(mount, "ca.crt"), ca.cert);
    await Bun.write(join(mount, "token"), "first\n");
    await Bun.write(join(mount, "namespace"), "styrmin-system\n");
    process.env.KUBERNETES_SERVICE_HOST = "127.0.0.1";
    process.env.KUBERNETES_SERVICE_PORT = String(withToken.port);
    try {
      const config = await loadKubeAccess({ inCluster: true, root });
      expect(config.namespace).toBe("styrmin-system");
      expect((await createKube({ config }).get(ref))?.metadata.name).toBe("here");
    } finally {
      delete process.env.KUBERNETES_SERVICE_HOST;
      delete process.env.KUBERNETES_SERVICE_PORT;
    }
  });

  test("outside of one it says so", async () => {
    expect(loadKubeAccess({ inCluster: true })).rejects.toThrow("not in a pod");
  });
});

test("the server is reached directly although the environment names a proxy", async () => {
  const path = await writeKubeconfig("proxy", trusted(withToken), { token: goodToken });
  process.env.HTTPS_PROXY = "http://127.0.0.1:9";
  try {
    expect((await ask(path))?.metadata.name).toBe("here");
  } finally {
    delete process.env.HTTPS_PROXY;
  }
});
