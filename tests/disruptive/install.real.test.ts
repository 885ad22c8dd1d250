import { afterAll, beforeAll, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { type Client, createClient } from "../../clients/sdk/index.ts";
import { programs } from "../../k8s/image/compile.ts";
import { configOf } from "../../k8s/image/images.ts";
import type { Kube } from "../../kube/types.ts";
import { processesWith } from "../../local/processes.ts";
import { eventually } from "../helpers/eventually.ts";
import { commitDriver, type GitServer, startGitServer } from "../helpers/git-server.ts";
import { type Guide, readGuide } from "../helpers/guide.ts";
import {
  clusterTool,
  describeNode,
  realKube,
  realKubeconfig,
  removeNamespaces,
} from "../helpers/real-cluster.ts";

// docs/install.md, followed from top to bottom. It lies here because it removes ClusterRoles that every agent has.

const root = resolve(import.meta.dir, "../..");
const dist = join(root, "dist");

/** A small driver, with an action that tells what it sees in the pod's sidecar. */
const fetchedDriver = {
  "driver.styrmin.yml": `apiVersion: styrmin.io/v1
kind: ApplicationDriver
metadata: { name: fetched }
spec:
  version: "1"
  supported_versions: "1.0.0"
  manifests: manifests/
  actions: [{ name: look, hook: setup, mode: post, location: "actions.ts::look" }]
`,
  "actions.ts": `import { existsSync } from "node:fs";
import type { ActionContext } from "@styrmin/driver-kit";
export function look(ctx: ActionContext): void {
  const places = ["/var/run/secrets", "/etc/styrmin"];
  ctx.log(\`user \${process.getuid?.()}, secrets: \${places.filter((path) => existsSync(path)).join() || "none"}\`);
}
`,
  "manifests/all.yaml": `apiVersion: v1
kind: ConfigMap
metadata: { name: "{{ instance.release_name }}" }
`,
};

/** Those that the page makes. */
const namespaces = ["styrmin-system", "env-demo"];

describeNode("docs/install.md", () => {
  let dir: string;
  let guide: Guide;
  let kube: Kube;
  let git: GitServer;
  let client: Client;
  let before: Set<string>;
  let forward: ReturnType<typeof Bun.spawn> | undefined;
  const hadImages = existsSync(dist);
  const port = 20_000 + Math.floor(Math.random() * 10_000);

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), "styrmin-install-"));
    kube = await realKube();
    await removeNamespaces(kube, namespaces);
    await untilGone(namespaces);
    before = await clusterWide();
    git = await startGitServer();
    const env = {
      ...process.env,
      PATH: `${commands()}:${join(dirname(realKubeconfig!), "bin")}:${process.env.PATH}`,
      KUBECONFIG: realKubeconfig,
      STYRMIN_SERVER_ADDRESS: `http://127.0.0.1:${port}`,
    };
    // The page gives a rollout the time that a node has which does nothing else.
    const patient = { "--timeout=60s": "--timeout=300s", "--timeout=120s": "--timeout=300s" };
    const replace = { "8000:8000": `${port}:8000`, ...patient };
    guide = await readGuide("docs/install.md", { env, replace });
    client = createClient({ url: env.STYRMIN_SERVER_ADDRESS });
  });

  afterAll(async () => {
    forward?.kill();
    await git?.stop();
    endTunnel();
    if (kube) await removeNamespaces(kube, namespaces);
    if (!hadImages) rmSync(dist, { recursive: true, force: true });
    rmSync(dir, { recursive: true, force: true });
  });

  test("makes the images and gives them to the node", async () => {
    expect(await guide.run("Images")).toContain("styrmin/agent:");
  });

  test("starts the server with a database for trying out, in a namespace that demands 'restricted'", async () => {
    await guide.run("The server");
    await guide.run("Settings");
  });

  test("reaches the server through a port-forward, and finds the bundled drivers", async () => {
    await startForward();
    await eventually("the bundled drivers are loaded", async () => {
      const names = (await client.drivers.list()).map(({ name }) => name);
      return names.includes("hello") && names.includes("notes");
    });
    expect(await guide.run("Reaching the server", 1)).toContain("hello");
  });

  test("has an agent CONNECTED within seconds, outbound only", async () => {
    const from = performance.now();
    await guide.run("An agent");
    await eventually("the cluster is CONNECTED", async () => (await agentNow())?.state === "CONNECTED");
    console.log(
      `agent: CONNECTED ${((performance.now() - from) / 1000).toFixed(1)} s after the command began`,
    );
    const cluster = await client.clusters.get("lab");
    expect(cluster?.intent).toBe("PULL");
  });

  test("deploys hello, which answers at its Service, and updates it", async () => {
    const [create, look, update] = [0, 1, 2];
    await guide.run("The first deployment", create, look);
    await eventually("it says Good morning", async () =>
      (await guide.run("The first deployment", look, update)).includes("Good morning"),
    );
    await guide.run("The first deployment", update);
    await says("hello", "Good evening");
  });

  test("renders a driver in the agent's pod with no more memory than elsewhere", async () => {
    // The process that does it ends when it has had nothing to do for a while, so it is given something.
    const { task } = await client.deployments.update({
      deployment: "hello",
      environment: "demo",
      parameters: { greeting: "Good afternoon" },
    });
    const limits = `for p in $(pgrep -f "styrmin-agent render-child"); do cat /proc/$p/limits; done`;
    await eventually("its limits are seen", async () =>
      /Max data size +\d+ +\d+ /.test(await clusterTool("enter", "sh", "-c", limits)),
    );
    await eventually("the deploy has ended", async () => (await client.tasks.get(task!.id))!.finishedAt);
  });

  test("loads a driver from git and deploys it, in the cluster", async () => {
    const address = await clusterTool("tunnel", "--reverse", new URL(git.origin).port);
    await commitDriver(git, "apps", fetchedDriver, { tag: "v1" });
    const version = await client.drivers.load({ url: `http://${address}/apps.git`, ref: "v1" });
    expect(version.commit).toMatch(/^[0-9a-f]{40}$/);
    await guide.shell("styrminctl deployments create fetched 1.0.0 demo --name fetched --wait");
    const [task] = await client.tasks.list({ first: 1 });
    const said = (await client.tasks.log(task!.id))!.map(({ message }) => message);
    expect(said).toContain("user 10002, secrets: none");
    await guide.shell("styrminctl deployments delete fetched --yes --wait");
  });

  test("refuses a second agent, visibly", async () => {
    const epoch = (await agentNow())!.epoch;
    await kubectl("-n", "styrmin-system", "scale", "deployment/styrmin-agent", "--replicas=2");
    await eventually("it is refused, and the cluster shows it", async () =>
      (await agentNow())?.refused?.includes("is alive"),
    );
    expect(await agentNow()).toMatchObject({ state: "CONNECTED", epoch });
    expect(await styrminctl("clusters", "list")).toContain("refused: agent");
    await kubectl("-n", "styrmin-system", "scale", "deployment/styrmin-agent", "--replicas=1");
    await eventually("one is left", async () => (await agentPods()).length === 1);
    await eventually("it is CONNECTED", async () => (await agentNow())?.state === "CONNECTED");
  });

  test("rotates the agent's token; the old one ends when the new one is seen", async () => {
    const old = await tokenInCluster();
    const { epoch } = (await agentNow())!;
    await guide.run("A new token");
    expect(await tokenInCluster()).not.toBe(old);
    await eventually("the agent with the new token is heard", async () => {
      const agent = await agentNow();
      return agent && agent.epoch! > epoch! && agent.state === "CONNECTED" && agent.notice === null;
    });
    const stale = createClient({ url: client.connection.url, token: old });
    await expect(stale.server.info()).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
  });

  test("upgrades server and agent under a running deploy", async () => {
    // The other form of the images, as k8s/Dockerfile takes it, is what the node's own command takes.
    const rootfs = join(dir, "rootfs");
    await guide.shell(`npm run -s image -- --rootfs '${rootfs}'`);
    for (const program of programs) {
      const config = JSON.stringify(configOf(program, "next"));
      await clusterTool("load-image", `docker.io/styrmin/${program}:next`, join(rootfs, program), config);
    }
    const [server, agent] = [0, 1];
    await guide.run("Upgrading", server, agent);
    await startForward();
    const { epoch } = (await agentNow())!;
    // Without room for another pod the deploy is in hand for as long as the next agent needs to be there.
    await kubectl("-n env-demo create quota full --hard=pods=0");
    const { task } = await client.deployments.update({
      deployment: "hello",
      environment: "demo",
      parameters: { greeting: "Good night" },
    });
    const taskNow = async () => (await client.tasks.get(task!.id))!;
    await eventually("the deploy waits for its pods", async () => (await taskNow()).state === "RUNNING");
    await guide.run("Upgrading", agent);
    await eventually("the next agent is heard", async () => ((await agentNow())?.epoch ?? 0) > epoch!);
    await kubectl("-n env-demo delete quota full");
    await eventually("the deploy has ended", async () => (await taskNow()).finishedAt);
    // The second agent took up what the first had in hand.
    expect(await taskNow()).toMatchObject({ state: "SUCCEEDED", attempts: 2 });
    await says("hello", "Good night");
    expect((await agentPods())[0]!.spec.containers[0].image).toBe("styrmin/agent:next");
  });

  test("uninstalls, and leaves nothing but the resource's definition", async () => {
    await guide.run("Uninstalling");
    await eventually("nothing else is left", async () => {
      const left = [...(await clusterWide())].filter((name) => !before.has(name));
      if (left.every((name) => name === definition)) return true;
      throw new Error(left.join(", "));
    });
    expect(
      await kube.get({ apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", name: crd }),
    ).toBeDefined();
  });

  test("the chart installs an agent with a token of its own, and goes without a trace", async () => {
    writeFileSync(join(dir, "token.txt"), "styrmin_agent_x\n");
    const [, install] = guide.blocks("With Helm")[0]!.trim().split("\n");
    await guide.shell(install!.replace("token.txt", join(dir, "token.txt")));
    const secret = await kube.get({ ...systemObject, kind: "Secret", name: "styrmin-agent" });
    expect(atob(secret!.data.token)).toBe("styrmin_agent_x");
    const agent = { ...systemObject, apiVersion: "apps/v1", kind: "Deployment", name: "styrmin-agent" };
    expect((await kube.get(agent))?.spec.replicas).toBe(1);
    await guide.shell("helm uninstall styrmin-agent --namespace styrmin-system");
    expect(await kube.get(agent)).toBeUndefined();
    const left = [...(await clusterWide())].filter((name) => !before.has(name));
    expect(left.sort()).toEqual(before.has(definition) ? [systemNamespace] : [definition, systemNamespace]);
  });

  const crd = "styrmindeployments.styrmin.io";
  const definition = `CustomResourceDefinition ${crd}`;
  const systemNamespace = "Namespace styrmin-system";
  const systemObject = { apiVersion: "v1", namespace: "styrmin-system" };

  /** `styrminctl` and `ctr` as the page has them. Answers the folder. */
  function commands(): string {
    const folder = join(dir, "bin");
    mkdirSync(folder);
    const made = {
      styrminctl: `exec '${process.execPath}' --no-install '${join(root, "clients/cli/main.ts")}' "$@"`,
      // With the PATH as it was: in the node this very command would be found again.
      ctr: `PATH='${process.env.PATH}' exec '${join(process.env.STYRMIN_TEST_CLUSTER_TOOL!, "enter")}' ctr "$@"`,
    };
    for (const [name, command] of Object.entries(made)) {
      writeFileSync(join(folder, name), `#!/bin/sh\n${command}\n`);
      chmodSync(join(folder, name), 0o755);
    }
    return folder;
  }

  async function startForward(): Promise<void> {
    forward?.kill();
    await forward?.exited;
    forward = guide.start("Reaching the server", 0);
    await eventually("the server answers through the port-forward", () => client.server.info());
  }

  const agentNow = async () => (await client.clusters.get("lab"))?.agent;
  const agentPods = async () =>
    (
      await kube.list(
        { apiVersion: "v1", kind: "Pod" },
        { namespace: "styrmin-system", labelSelector: "app.kubernetes.io/name=styrmin-agent" },
      )
    ).items;
  const tokenInCluster = async () =>
    atob((await kube.get({ ...systemObject, kind: "Secret", name: "styrmin-agent" }))!.data.token);
  const kubectl = (...args: string[]) => guide.shell(`kubectl ${args.join(" ")}`);
  const styrminctl = (...args: string[]) => guide.shell(`styrminctl ${args.join(" ")}`);

  const says = (name: string, words: string) =>
    eventually(`${name} says ${words}`, async () => (await pageOf(name)).includes(words));

  async function pageOf(name: string): Promise<string> {
    const { id } = (await client.deployments.get(name, { environment: "demo" }))!;
    const label = `styrmin.io/deployment=${id}`;
    const service = await kubectl("-n env-demo get service -o name -l", label);
    const path = service.trim().replace("service/", "services/http:");
    return kubectl("get", "--raw", `/api/v1/namespaces/env-demo/${path}:http/proxy/`);
  }

  async function clusterWide(): Promise<Set<string>> {
    const found = new Set<string>();
    const rbac = "rbac.authorization.k8s.io/v1";
    for (const [apiVersion, kind] of [
      ["v1", "Namespace"],
      ["v1", "PersistentVolume"],
      [rbac, "ClusterRole"],
      [rbac, "ClusterRoleBinding"],
      ["apiextensions.k8s.io/v1", "CustomResourceDefinition"],
    ] as const)
      for (const { metadata } of (await kube.list({ apiVersion, kind })).items)
        found.add(`${kind} ${metadata.name}`);
    return found;
  }

  /** The cluster's command leaves it to the node's end; to this test's port nobody listens any more. */
  function endTunnel(): void {
    const mark = `STYRMIN_TEST_RUN=${process.env.STYRMIN_TEST_RUN}`;
    const target = git && `127.0.0.1:${new URL(git.origin).port}`;
    for (const { pid, command } of processesWith(mark))
      if (target && command.endsWith(target)) process.kill(pid, "SIGKILL");
  }

  /** The page makes them anew, and a killed run may have left them. */
  async function untilGone(names: string[]): Promise<void> {
    for (const name of names) {
      await eventually(
        `namespace ${name} is gone`,
        async () => !(await kube.get({ apiVersion: "v1", kind: "Namespace", name })),
        { everyMs: 200 },
      );
    }
  }
});
