import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createKube } from "../../kube/client.ts";
import { loadKubeAccess } from "../../kube/config.ts";
import { isForbidden } from "../../kube/errors.ts";
import { installManifests, renewInMs } from "../../local/install.ts";
import { startTestCluster, type TestCluster } from "../helpers/cluster.ts";

let cluster: TestCluster;
let accounts: string;
const install = (env: Record<string, string> = {}) =>
  installManifests({
    root: resolve(import.meta.dir, "../.."),
    kubeconfig: cluster.kubeconfig,
    context: undefined,
    accounts,
    env,
    signal: AbortSignal.timeout(20_000),
  });
const kubeOf = async (who: string) =>
  createKube({ config: await loadKubeAccess({ kubeconfig: join(accounts, `styrmin-${who}.kubeconfig`) }) });
const secrets = { apiVersion: "v1", kind: "Secret" };

beforeAll(async () => {
  cluster = await startTestCluster();
  accounts = mkdtempSync(join(tmpdir(), "styrmin-accounts-"));
});
afterAll(async () => {
  await cluster.stop();
  rmSync(accounts, { recursive: true });
});

test("agent and server get an identity each, with the rights of the manifests and a token of a day", async () => {
  const left = (await install()).getTime() - Date.now();
  expect(left).toBeGreaterThan(23.9 * 3_600_000);
  for (const who of ["agent", "server"]) {
    for (const end of ["token", "kubeconfig"])
      expect(statSync(join(accounts, `styrmin-${who}.${end}`)).mode & 0o777).toBe(0o600);
  }
  const [agent, server] = await Promise.all([kubeOf("agent"), kubeOf("server")]);
  expect((await agent.list(secrets)).items).toEqual([]);
  const refused = await server.list(secrets, { namespace: "styrmin-system" }).catch((thrown) => thrown);
  expect(isForbidden(refused)).toBe(true);
});

test("a second time renews the tokens, and whoever has the kubeconfig goes on", async () => {
  const agent = await kubeOf("agent");
  const token = () => readFileSync(join(accounts, "styrmin-agent.token"), "utf8");
  const before = token();
  await install();
  expect(token()).not.toBe(before);
  expect((await agent.list(secrets)).items).toEqual([]);
});

test("in another namespace the identities are there, and the first agent keeps its rights", async () => {
  const first = await kubeOf("agent");
  await install({ STYRMIN_NAMESPACE: "elsewhere" });
  const second = await kubeOf("agent");
  const lease = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", name: "styrmin-agent" };
  expect(await second.get({ ...lease, namespace: "elsewhere" })).toBeUndefined();
  const foreign = await second.get({ ...lease, namespace: "styrmin-system" }).catch((thrown) => thrown);
  expect(isForbidden(foreign)).toBe(true);
  expect((await first.list(secrets)).items).toEqual([]);
});

test("a token is renewed when half of it is used up, and not more often than once a minute", () => {
  const hour = 3_600_000;
  expect([24 * hour, 1 * hour, 30_000, -hour, 1000 * hour].map(renewInMs)).toEqual([
    12 * hour,
    hour / 2,
    60_000,
    60_000,
    24 * hour,
  ]);
});
