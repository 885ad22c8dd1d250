import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres from "postgres";
import { type ClusterProcess, startClusterProcess } from "../../../helpers/cluster.ts";
import { eventually } from "../../../helpers/eventually.ts";
import { createClient } from "../../../helpers/kube-http.ts";
import { namespaces, startTestNode } from "./help.ts";
import { pace } from "../../../helpers/pace.ts";

const pod = (name: string, script: string, more: object = {}) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name },
  spec: {
    terminationGracePeriodSeconds: 1,
    containers: [{ name: "main", image: "busybox", command: ["sh", "-c", script], ...more }],
    volumes: [{ name: "d", persistentVolumeClaim: { claimName: "kept" } }],
  },
});

/** Every process with this word on its command line, or in another file that `/proc` has of it. */
function processesWith(word: string, file = "cmdline"): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && name !== String(process.pid))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/${file}`, "utf8").includes(word);
      } catch {
        // It has ended, or it is another user's.
        return false;
      }
    });
}

describe.skipIf(!namespaces)("crashes (skipped where the machine allows no user namespaces)", () => {
  const dir = mkdtempSync(join(tmpdir(), "styrmin-crash-"));
  let running: ClusterProcess | undefined;
  afterEach(async () => {
    await running?.stop();
    running = undefined;
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  const at = "/api/v1/namespaces/default";
  const ready = async (name: string, restarts = 0) => {
    const client = createClient(running!.kubeconfig);
    return eventually(`pod ${name} to run with ${restarts} restarts`, async () => {
      const { body } = await client.get(`${at}/pods/${name}`);
      const [status] = body.status?.containerStatuses ?? [];
      if (status?.ready && status.restartCount === restarts) return body;
      throw new Error(JSON.stringify(body.status));
    });
  };

  test("a kill -9 of the cluster leaves no process, and its next start finds the same pods and volumes", async () => {
    running = await startClusterProcess(dir);
    const client = createClient(running.kubeconfig);
    await client.post(`${at}/persistentvolumeclaims`, {
      ...{ apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name: "kept" } },
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
    });
    const word = `styrmin-test-${process.pid}-${Date.now()}`;
    const volumeMounts = [{ name: "d", mountPath: "/d" }];
    const script = `: ${word}; echo life >> /d/lives; (setsid sleep 1000 &) ; while :; do sleep 1; done`;
    await client.post(`${at}/pods`, pod("lives", script, { volumeMounts }));
    const before = await ready("lives");
    expect(processesWith(word).length).toBeGreaterThan(0);

    await running.kill();
    await eventually("every process to be gone", () => processesWith(word).length === 0, {
      timeoutMs: 2000 * pace(),
    });
    running = await startClusterProcess(dir);
    const after = await ready("lives", 1);
    expect(after.metadata.uid).toBe(before.metadata.uid);
    expect(after.status.podIP).toBe(before.status.podIP);
    const [{ lastState }] = after.status.containerStatuses;
    expect(lastState.terminated).toMatchObject({ exitCode: 137, reason: "ContainerStatusUnknown" });
    const claim = await createClient(running.kubeconfig).get(`${at}/persistentvolumeclaims/kept`);
    const file = join(dir, "volumes", claim.body.spec.volumeName, "lives");
    // It runs before its first command does.
    await eventually("its second life's line", () => readFileSync(file, "utf8") === "life\nlife\n");

    // A clean stop is the same to the pods, and the volume outlives even the pod.
    expect(await running.stop()).toBe(0);
    expect(processesWith(word)).toEqual([]);
    running = await startClusterProcess(dir);
    await ready("lives", 2);
    await createClient(running.kubeconfig).delete(`${at}/pods/lives`);
    await eventually("the pod to be gone", async () => {
      return (await createClient(running!.kubeconfig).get(`${at}/pods/lives`)).code === 404;
    });
    expect(existsSync(file)).toBe(true);
  });

  test("the end of the sandbox process restarts the pods", async () => {
    const node = await startTestNode();
    const script = "trap 'exit 0' TERM; while :; do sleep 0.05; done";
    node.run("one", { command: ["sh", "-c", script] });
    await node.ready("one");
    const own = processesWith(node.cluster.dir, "environ");
    const [sandbox] = processesWith("sandbox/main.ts").filter((pid) => own.includes(pid));
    process.kill(Number(sandbox), "SIGKILL");
    await eventually("a new life", () => node.status("one").restartCount === 1 && node.status("one").ready);
    expect((await node.exec("one", ["true"])).exitCode).toBe(0);
    await node.stop();
  });

  test("a database keeps what it was told, through its pod's deletion and a kill of its process", async () => {
    const node = await startTestNode();
    const claims = { group: "", resource: "persistentvolumeclaims" };
    const claim = node.api.create(claims, {
      ...{
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        metadata: { name: "data", namespace: "default" },
      },
      spec: {
        accessModes: ["ReadWriteOnce"],
        resources: { requests: { storage: "1Gi" } },
        volumeName: "pvc-x",
      },
    });
    node.api.updateStatus(claims, { ...claim, status: { phase: "Bound" } });
    const init = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "init", namespace: "default" } };
    const seed = "create table note (text text);\ninsert into note values ('first;');\n";
    node.api.create({ group: "", resource: "configmaps" }, { ...init, data: { "a.sql": seed } });
    const run = () =>
      node.run(
        "db",
        {
          image: "docker.io/library/postgres:16-alpine",
          env: [
            { name: "POSTGRES_PASSWORD", value: "it's secret" },
            { name: "POSTGRES_DB", value: "notes" },
          ],
          readinessProbe: { tcpSocket: { port: 5432 }, periodSeconds: 1 },
          volumeMounts: [
            { name: "data", mountPath: "/var/lib/postgresql/data" },
            { name: "init", mountPath: "/docker-entrypoint-initdb.d" },
          ],
        },
        {
          terminationGracePeriodSeconds: 10,
          volumes: [
            { name: "data", persistentVolumeClaim: { claimName: "data" } },
            { name: "init", configMap: { name: "init" } },
          ],
        },
      );
    const query = async (text: string) => {
      const { port, stop } = await node.kubelet.forward(node.pod("db").metadata.uid, 5432);
      const login = { host: "127.0.0.1", port, user: "postgres", password: "it's secret", database: "notes" };
      const sql = postgres({ ...login, max: 1, onnotice: () => {} });
      try {
        return [...(await sql.unsafe(text))] as object[];
      } finally {
        await sql.end({ timeout: 1 });
        stop();
      }
    };
    run();
    await node.ready("db");
    await query("insert into note values ('second')");
    expect((await node.exec("db", ["id", "-u"])).out).toBe("999\n");

    node.api.delete({ group: "", resource: "pods" }, "db", "default");
    await eventually(
      "the pod to be gone",
      () => !node.api.get({ group: "", resource: "pods" }, "db", "default"),
    );
    run();
    await node.ready("db");
    expect(await query("select text from note")).toEqual([{ text: "first;" }, { text: "second" }]);

    // A client in another pod, through the Service, by its name.
    node.expose("db", 5432, 5432, ["db"]);
    const client = `const sql = new Bun.SQL("postgres://postgres:" + encodeURIComponent("it's secret") + "@db:5432/notes");
      const [{ x }] = await sql\`select repeat('x', 50000000) as x\`;
      const [{ n }] = await sql\`select length(\${x}::text) as n\`;
      console.log(x.length, n); await sql.end();`;
    node.run("client", { image: "oven/bun", command: ["bun", "-e", client] }, { restartPolicy: "Never" });
    expect(await node.ended("client")).toMatchObject({ exitCode: 0 });
    expect(await node.logs("client")).toBe("50000000 50000000\n");

    await node.restart();
    await eventually("the next life", () => node.status("db").restartCount === 1 && node.status("db").ready);
    expect(await query("select count(*)::int as n from note")).toEqual([{ n: 2 }]);
    await node.stop();
  });

  test("without namespaces every pod pretends, and says so", async () => {
    const fake = join(dir, "unshare");
    writeFileSync(fake, "#!/bin/sh\necho 'unshare: Operation not permitted' >&2\nexit 1\n", { mode: 0o755 });
    for (const unshare of [fake, "/nowhere/unshare"]) {
      const node = await startTestNode({ unshare });
      expect(node.kubelet.simulated).toBe(true);
      node.run("one", {
        image: "oven/bun",
        command: ["bun", "-e", "1"],
        livenessProbe: { tcpSocket: { port: 1 } },
      });
      await node.ready("one");
      expect(node.pod("one").metadata.annotations).toEqual({ "styrmin.io/simulated": "true" });
      expect(await node.logs("one")).toMatch(/^This container is simulated: .*(permitted|ended)/);
      expect((await node.exec("one", ["ls"])).exitCode).toBe(126);
      node.api.delete({ group: "", resource: "pods" }, "one", "default");
      await eventually(
        "it to be gone",
        () => !node.api.get({ group: "", resource: "pods" }, "one", "default"),
      );
      await node.stop();
    }
  });
});
