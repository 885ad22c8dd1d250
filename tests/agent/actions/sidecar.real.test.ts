import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import deployment from "../../../k8s/agent/deployment.yaml" with { type: "text" };
import { makeImage } from "../../../k8s/image/images.ts";
import type { Kube } from "../../../kube/types.ts";
import { eventually } from "../../helpers/eventually.ts";
import { clusterTool, describeNode, realKube, realNamespace } from "../../helpers/real-cluster.ts";
import { hostileCases, show } from "./hostile.ts";

interface Line {
  name: string;
  held?: boolean;
  saw?: any[];
  reached?: number;
  mistold?: string[];
  token?: boolean;
}

/** The pod of the manifests on a real node, with the agent's program replaced by one that only runs actions. */
describeNode("a hostile action, in the sidecar of a real pod", () => {
  let kube: Kube;
  let namespace: { name: string; remove(): Promise<void> };
  let image: string;
  const dir = mkdtempSync(join(tmpdir(), "styrmin-sidecar-"));
  const lines = new Map<string, Line>();
  const ctr = (...args: string[]) => clusterTool("enter", "ctr", "-n", "k8s.io", "images", ...args);
  const podNow = async () =>
    (await kube.get({ apiVersion: "v1", kind: "Pod", namespace: namespace.name, name: "agent" }))!;

  beforeAll(async () => {
    kube = await realKube();
    image = await loadAgent();
    namespace = await realNamespace(kube, "actions", { "pod-security.kubernetes.io/enforce": "restricted" });
    await kube.create({
      ...{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "test", namespace: namespace.name } },
      data: { "main.js": await bundle() },
    });
    await kube.create(agentPod());
    const said = await eventually("all actions have been run", () => saidBy("agent"), {
      timeoutMs: 400_000,
      everyMs: 500,
    });
    for (const line of said) lines.set(line.name, line);
    console.log(`actions: ${hostileCases.length} hostile, in a sidecar`);
  });
  afterAll(async () => {
    await namespace?.remove();
    if (image) await ctr("rm", `docker.io/${image}`).catch(() => {});
    rmSync(dir, { recursive: true, force: true });
  });

  test.each(hostileCases.map(({ name }) => [name]))("%s", (name) => {
    const line = lines.get(name)!;
    show(name, line.saw!);
    if (!line.held) expect(line.saw).toBe("harmless" as never);
  });

  test("leaves nothing to the one after it, and reached nobody", () => {
    expect(lines.get("harmless")!.saw![0].result).toEqual({ files: [], processes: 2 });
    expect(lines.get("the agent")).toMatchObject({ reached: 0, mistold: [] });
  });

  test("ended neither agent nor sidecar, and had the pod not evicted", async () => {
    const { status } = await podNow();
    expect(status.phase).toBe("Running");
    expect(
      status.containerStatuses
        .map(({ name, restartCount, ready }: any) => [name, restartCount, ready])
        .sort(),
    ).toEqual([
      ["actions", 0, true],
      ["agent", 0, true],
    ]);
  });

  test("is held by Landlock and seccomp there", async () => {
    const pod = { namespace: namespace.name, name: "agent" };
    const chunks = await Array.fromAsync(
      kube.logs(pod, { container: "actions" }, AbortSignal.timeout(10_000)),
    );
    const [ready] = Buffer.concat(chunks).toString().split("\n");
    expect(JSON.parse(ready!)).toEqual({
      ready: true,
      barriers: { launch: true, landlock: true, seccomp: true },
    });
  });

  test("runs where there is no token, which the agent's container has", async () => {
    const { spec } = await podNow();
    const mounted = spec.containers.map(({ name, volumeMounts }: any) => [
      name,
      volumeMounts.some(({ mountPath }: any) => mountPath.includes("serviceaccount")),
    ]);
    expect(Object.fromEntries(mounted)).toEqual({ agent: true, actions: false });
    expect(lines.get("the agent")!.token).toBe(true);
    const { saw } = lines.get("reading the service account's and the agent's token")!;
    expect(saw![0].result[0]).toBe("refused: ENOENT");
  });

  /** The agent's image of these sources, on the node under a name of its own. */
  async function loadAgent(): Promise<string> {
    const made = await makeImage("agent", {
      scratch: dir,
      helm: undefined,
      level: 1,
      tag: `actions-${crypto.randomUUID().slice(0, 8)}`,
    });
    const path = join(dir, "agent.tar");
    writeFileSync(path, made.tar);
    await ctr("import", path);
    return made.name;
  }

  async function bundle(): Promise<string> {
    const built = await Bun.build({
      entrypoints: [join(import.meta.dir, "sidecar-main.ts")],
      target: "bun",
      minify: true,
    });
    return built.outputs[0]!.text();
  }

  function agentPod() {
    const [{ spec }] = parseAllDocuments(deployment).map((one) => one.toJS());
    const pod = spec.template.spec;
    for (const container of pod.containers) container.image = image;
    const [agent] = pod.containers;
    Object.assign(agent, {
      command: ["/usr/local/bin/styrmin-agent", "/test/main.js"],
      readinessProbe: undefined,
      livenessProbe: undefined,
    });
    // Then the compiled program is Bun itself.
    agent.env.push({ name: "BUN_BE_BUN", value: "1" });
    agent.volumeMounts = agent.volumeMounts
      .filter(({ name }: any) => name !== "token")
      .concat({ name: "test", mountPath: "/test" });
    pod.volumes = pod.volumes
      .filter(({ name }: any) => name !== "token")
      .concat({ name: "test", configMap: { name: "test" } });
    const metadata = { name: "agent", namespace: namespace.name };
    return {
      apiVersion: "v1",
      kind: "Pod",
      metadata,
      spec: { ...pod, serviceAccountName: "default", restartPolicy: "Always" },
    };
  }

  async function saidBy(container: string): Promise<Line[] | undefined> {
    const pod = { namespace: namespace.name, name: "agent" };
    const chunks = await Array.fromAsync(kube.logs(pod, { container }, AbortSignal.timeout(10_000)));
    const said = Buffer.concat(chunks).toString().split("\n");
    if (!said.includes('{"end":true}')) return undefined;
    return said.filter((line) => line.startsWith('{"name"')).map((line) => JSON.parse(line));
  }
});
