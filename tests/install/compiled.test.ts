import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inc } from "semver";
import { type Client, createClient } from "../../clients/sdk/index.ts";
import { compile } from "../../k8s/image/compile.ts";
import packageJson from "../../package.json" with { type: "json" };
import { installManifests } from "../../local/install.ts";
import { startProcess, type TestProcess } from "../faults/processes.ts";
import { type TestCluster, startTestCluster } from "../helpers/cluster.ts";
import { eventually } from "../helpers/eventually.ts";
import { commitDriver, type GitServer, startGitServer } from "../helpers/git-server.ts";
import { type TestDatabase, testDatabase } from "../helpers/postgres.ts";
import { copySources } from "./copy.ts";

// The programs as they are in the images: compiled, in a folder without a node_modules above it, with children of
// their own (rendering, git), with bundled drivers, and with the listener for agents. The server is of the next minor
// version.

const driverOf = (name: string) => ({
  "driver.styrmin.yml": `apiVersion: styrmin.io/v1
kind: ApplicationDriver
metadata: { name: ${name} }
spec:
  version: "1"
  supported_versions: "1.0.0"
  default_version: "1.0.0"
  manifests: manifests/
  parameters: [{ name: greeting, kind: string, default: hello }]
`,
  "manifests/all.yaml": `apiVersion: v1
kind: ConfigMap
metadata: { name: {{ instance.release_name }} }
data: { greeting: {{ parameters.greeting | tojson }} }
`,
});

/** The compiled agent is the Bun of its actions, too. */
const withAction = (files: ReturnType<typeof driverOf>) => ({
  "driver.styrmin.yml": `${files["driver.styrmin.yml"]}  actions: [{ name: look, hook: setup, mode: post, location: "actions.ts::look" }]\n`,
  "actions.ts": `import { existsSync } from "node:fs";
import type { ActionContext } from "@styrmin/driver-kit";
export async function look(ctx: ActionContext): Promise<void> {
  const missing = await import("left-pad").catch(() => "no left-pad");
  ctx.log(\`saw \${Object.keys(process.env).filter((name) => name.startsWith("STYRMIN")).length} variables, passwd: \${existsSync("/etc/passwd")}, \${missing}\`);
}
`,
});

let dir: string;
let cluster: TestCluster;
let database: TestDatabase;
let git: GitServer;
let client: Client;
let server: TestProcess;
let agent: TestProcess;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "styrmin-compiled-"));
  for (const [path, text] of Object.entries(driverOf("baked"))) {
    mkdirSync(join(dir, "drivers/baked/manifests"), { recursive: true });
    writeFileSync(join(dir, "drivers/baked", path), text);
  }
  // First in the order of names.
  mkdirSync(join(dir, "drivers/a-broken-one"));
  writeFileSync(join(dir, "drivers/a-broken-one/driver.styrmin.yml"), "kind: Nonsense\n");
  const made = await Promise.all([
    startTestCluster({ workloads: true }),
    testDatabase({ migrated: false }),
    startGitServer(),
    copySources(join(dir, "next"), inc(packageJson.version, "minor")!).then((next) =>
      next.compile("server", dir),
    ),
    compile("agent", dir),
  ]);
  [cluster, database, git] = made;
  const [, , , serverFile, agentFile] = made;
  await commitDriver(git, "fetched", { ...driverOf("fetched"), ...withAction(driverOf("fetched")) });
  const signal = AbortSignal.timeout(20_000);
  const root = join(import.meta.dir, "../..");
  const accounts = join(dir, "accounts");
  const access = { kubeconfig: cluster.kubeconfig, context: undefined, accounts };
  await installManifests({ root, ...access, env: {}, signal });

  server = startProcess([serverFile], {
    DATABASE_URL: database.url,
    PORT: "0",
    STYRMIN_AGENT_HOST: "127.0.0.1",
    STYRMIN_AGENT_PORT: "0",
    STYRMIN_HOME: join(dir, "home"),
    STYRMIN_BUNDLED_DRIVERS: join(dir, "drivers"),
    STYRMIN_ALLOW_LOOPBACK_GIT: "1",
  });
  const { url, agentUrl } = (await server.ready) as { url: string; agentUrl: string };
  client = createClient({ url });
  const { token } = await client.clusters.create({ name: "lab" });
  await client.environments.create({ name: "demo", cluster: "lab" });
  writeFileSync(join(dir, "token"), token!);
  agent = startProcess([agentFile], {
    STYRMIN_SERVER_URL: agentUrl,
    STYRMIN_AGENT_TOKEN_FILE: join(dir, "token"),
    STYRMIN_AGENT_HOME: join(dir, "agent"),
    STYRMIN_KUBECONFIG: join(accounts, "styrmin-agent.kubeconfig"),
  });
  await agent.ready;
});

afterAll(async () => {
  await Promise.all([agent?.stop(), server?.stop()]);
  await Promise.all([cluster?.stop(), database?.drop(), git?.stop()]);
  rmSync(dir, { recursive: true, force: true });
});

let lastTask: string;
async function deploy(name: string, driver: string): Promise<string | undefined> {
  const { task } = await client.deployments.create({ name, driver, environment: "demo" });
  lastTask = task!.id;
  return eventually(`the deploy of ${name} has ended`, async () => {
    const state = (await client.tasks.get(task!.id))?.state;
    if (state === "SUCCEEDED" || state === "FAILED") return state;
    throw new Error(`${state}\n${server.output()}\n${agent.output()}`);
  });
}

test("a compiled server loads what is baked into it, and a compiled agent deploys it", async () => {
  await eventually("the baked driver is loaded", () => client.drivers.version("baked"));
  expect(await deploy("first", "baked")).toBe("SUCCEEDED");
});

test("an agent a minor version older than its server works, and both say so", async () => {
  const { agent: known } = (await client.clusters.get("lab"))!;
  expect(known).toMatchObject({ state: "CONNECTED", version: packageJson.version });
  expect(known.notice).toContain("a minor version older than the server");
  expect(agent.output()).toContain("a minor version older than the server");
});

test("a driver that is not right holds up no other, and the log tells", () => {
  expect(server.output()).toContain("a bundled driver cannot be loaded");
});

test("a compiled server loads a driver from git", async () => {
  await client.drivers.load({ url: git.url("fetched"), ref: "main" });
  expect(await deploy("second", "fetched")).toBe("SUCCEEDED");
});

test("a compiled agent has run the driver's action, in namespaces of its own", async () => {
  const said = (await client.tasks.log(lastTask))!.map(({ message }) => message);
  expect(said).toContain("saw 0 variables, passwd: false, no left-pad");
  expect(agent.output()).not.toContain("without namespaces");
});

test("a compiled server has its page, its API's page and its schema in it", async () => {
  const { url } = client.connection;
  for (const path of ["/", "/page.js", "/page.css", "/graphiql"]) {
    const response = await fetch(new URL(path, url));
    expect([path, response.status]).toEqual([path, 200]);
    expect((await response.text()).length).toBeGreaterThan(500);
  }
});

test("both end when they are told to", async () => {
  expect(await agent.stop()).toBe(0);
  const { agent: known } = (await client.clusters.get("lab"))!;
  expect(known.state).toBe("SILENT");
  expect(await server.stop()).toBe(0);
});
