import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { createClient } from "../../clients/sdk/index.ts";
import { tiedToParent } from "../../lib/child.ts";
import { eventually } from "../helpers/eventually.ts";
import { commitDriver, type GitServer, startGitServer } from "../helpers/git-server.ts";
import type { Product } from "../helpers/product.ts";
import { describeReal } from "../helpers/real-cluster.ts";
import { type E2eCluster, embedded, type Site } from "./cluster.ts";
import { pace } from "../helpers/pace.ts";

const root = resolve(import.meta.dir, "../..");

/**
 * The main job, as a user does it: a driver from git, a deployment, its page, an update, its logs, a stop and a
 * crash of everything, a deletion. Run once with each home of the intent publisher, on each cluster.
 */
export function describeMainJob(intent: "direct" | "pull", cluster: E2eCluster = embedded): void {
  const run = cluster.isReal ? describeReal : describe;
  run(`the main job, intent ${intent}, ${cluster.title}`, () => {
    let site: Site;
    let product: Product;
    let git: GitServer;
    let environment: string;
    let namespace: string;

    beforeAll(async () => {
      [site, git] = await Promise.all([cluster.start({ intent }), startGitServer()]);
      ({ product, environment, namespace } = site);
    });
    afterAll(async () => {
      await site?.stop();
      await git?.stop();
    });

    const client = () => createClient({ url: product.serverUrl });
    const cli = async (...args: string[]) => {
      const result = await product.cli(...args);
      if (result.code !== 0)
        throw new Error(`styrminctl ${args.join(" ")}: ${result.code}\n${result.stderr}`);
      return result.stdout;
    };
    const deploymentOf = async (name: string) => (await client().deployments.get(name, { environment }))!;
    /** How a deployment is named on the command line. */
    const named = (name: string) => `${environment}/${name}`;
    const pageOf = async (name: string) => (await site.ask(name)).text();
    const runs = (name: string) =>
      eventually(`${name} to be RUNNING`, async () => (await deploymentOf(name)).status === "RUNNING");

    test("a driver is loaded from a git server, pinned to its commit", async () => {
      const files: Record<string, string> = {};
      for (const path of await readdir(join(root, "drivers/hello"), {
        recursive: true,
        withFileTypes: true,
      })) {
        if (!path.isFile()) continue;
        const full = join(path.parentPath, path.name);
        files[`apps/hello/${full.slice(join(root, "drivers/hello/").length)}`] = await Bun.file(full).text();
      }
      const spec = files["apps/hello/driver.styrmin.yml"]!;
      files["apps/hello/driver.styrmin.yml"] = spec.replace("name: hello }", "name: hello-git }");
      const commit = await commitDriver(git, "apps", files, { tag: "v1" });
      await cli("drivers", "load-version", git.url("apps"), "v1", "--path", "apps/hello");
      const version = (await client().drivers.version("hello-git"))!;
      expect(version.commit).toBe(commit);
      expect(version.digest).toStartWith("sha256:");
    });

    test("a deployment answers with its greeting, from two real pods on one port", async () => {
      const from = performance.now();
      const created = await product.cli(
        ...["deployments", "create", "hello-git", "1.0.0", environment, "--name", "hello"],
        ...["-p", "greeting=Good morning", "-p", "replicas=2", "--wait"],
      );
      expect(created).toMatchObject({ code: 0 });
      expect(performance.now() - from).toBeLessThan(15_000 * pace());
      await eventually("the page", async () => (await pageOf("hello")).includes("Good morning"));

      await runs("hello");
      const [status] = await client().deploymentStatuses.list({});
      expect(status!.status).toBe("RUNNING");
      const pods = await client().pods.list({ filter: { environment } });
      expect(pods.map((pod) => [pod.ready, pod.component, pod.simulated])).toEqual([
        [true, "web", false],
        [true, "web", false],
      ]);
    });

    test("an update changes the page", async () => {
      await cli("deployments", "update", named("hello"), "-p", "greeting=Good evening", "--wait");
      await eventually("the new page", async () => (await pageOf("hello")).includes("Good evening"));
      await runs("hello");
    });

    test("an update of nothing makes no task", async () => {
      const before = (await client().tasks.list({})).length;
      await cli("deployments", "update", named("hello"), "-p", "greeting=Good evening", "--wait");
      expect((await client().tasks.list({})).length).toBe(before);
    });

    test("logs stream as they come", async () => {
      const command = [process.execPath, "--no-install", join(root, "clients/cli/main.ts")];
      const child = Bun.spawn(tiedToParent([...command, "deployments", "logs", "-f", named("hello")]), {
        env: { ...process.env, STYRMIN_SERVER_ADDRESS: product.serverUrl },
        stdio: ["ignore", "pipe", "pipe"],
      });
      let seen = "";
      const reading = (async () => {
        for await (const chunk of child.stdout) seen += new TextDecoder().decode(chunk);
      })();
      await eventually("a first line", () => seen.includes("web]"));
      child.kill("SIGINT");
      await Promise.all([child.exited, reading]);
    });

    test("a deployment stops, starts and scales without a task", async () => {
      const tasks = (await client().tasks.list({})).length;
      await cli("deployments", "stop", named("hello"));
      await eventually("STOPPED", async () => (await deploymentOf("hello")).status === "STOPPED");
      await cli("deployments", "start", named("hello"));
      await runs("hello");
      await cli("deployments", "scale", named("hello"), "web", "3");
      await eventually("three ready pods", async () => {
        const pods = await client().pods.list({ filter: { environment } });
        return pods.filter((pod) => pod.ready).length === 3;
      });
      expect((await client().tasks.list({})).length).toBe(tasks);
      await cli("deployments", "scale", named("hello"), "web", "default");
    });

    test("a deleted object comes back while the server is away, and statuses go on after it", async () => {
      const { kube } = site;
      const { items } = await kube.list({ apiVersion: "apps/v1", kind: "Deployment" }, { namespace });
      const target = items.find((one) => one.metadata.name.startsWith("hello"))!;
      const ref = {
        apiVersion: "apps/v1",
        kind: "Deployment",
        namespace,
        name: target.metadata.name,
      };
      // What the scaling before recorded must have been published, as the server cannot while it is stopped.
      await eventually("two replicas again", async () => (await kube.get(ref))?.spec.replicas === 2);
      product.kill("server", "SIGSTOP");
      try {
        await kube.delete(ref);
        await eventually(
          "the object, made again",
          async () => {
            const again = await kube.get(ref);
            return again && again.metadata.uid !== target.metadata.uid;
          },
          { timeoutMs: 5_000 * pace() },
        );
        await kube.mergePatch(
          ref,
          { spec: { template: { spec: { hostname: "edited" } }, replicas: 7 } },
          { manager: "somebody" },
        );
        await eventually(
          "the edited field, put right",
          async () => (await kube.get(ref))?.spec.replicas === 2,
          { timeoutMs: 5_000 * pace() },
        );
      } finally {
        product.kill("server", "SIGCONT");
      }
      await runs("hello");
    });

    test("notes keeps a note through a lost pod, an update, a restart and kill -9 of everything", async () => {
      await cli("deployments", "create", "notes", "1.0.0", environment, "--wait");
      const note = {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ text: "remember the milk" }),
      };
      await eventually("the note is taken", async () => (await site.ask("notes", "/notes", note)).ok);
      const kept = (when: string) =>
        eventually(`the note ${when}`, async () => {
          const notes = await site.ask("notes", "/notes", { headers: { accept: "application/json" } });
          return (await notes.text()).includes("remember the milk");
        });
      await kept("at first");

      const { kube } = site;
      const { items } = await kube.list({ apiVersion: "v1", kind: "Pod" }, { namespace });
      for (const pod of items.filter(
        (one) => one.metadata.labels?.["app.kubernetes.io/component"] === "database",
      )) {
        await kube.delete(
          { apiVersion: "v1", kind: "Pod", namespace, name: pod.metadata.name },
          { gracePeriodSeconds: 1 },
        );
      }
      await kept("after its database's pod was deleted");
      await cli("deployments", "update", named("notes"), "-p", "title=Shopping", "--wait");
      await kept("after an update");

      const before = (await deploymentOf("notes")).id;
      await product.restart();
      await kept("after a stop and a start");
      expect((await deploymentOf("notes")).id).toBe(before);
      await runs("notes");

      for (const part of ["server", "agent", "cluster", "postgres", "supervisor"] as const)
        if (product.pids[part] !== null) product.kill(part);
      await product.ended();
      await product.restart();
      await kept("after kill -9 of everything");
      await runs("notes");
      await runs("hello");
    });

    test("a secret parameter is shown nowhere", async () => {
      const told = await cli("deployments", "get", named("notes"), "-o", "json");
      const { kube } = site;
      const { items } = await kube.list(
        { apiVersion: "v1", kind: "Secret" },
        { namespace: site.systemNamespace },
      );
      const secrets = items.filter((one) => one.metadata.name.startsWith("styrmin-params-"));
      expect(secrets.length).toBeGreaterThan(0);
      const resources = await kube.list(
        { apiVersion: "styrmin.io/v1alpha1", kind: "StyrminDeployment" },
        { namespace: site.systemNamespace },
      );
      for (const value of secrets.flatMap((one) => Object.values(one.data as Record<string, string>))) {
        const plain = Buffer.from(value, "base64").toString();
        for (const text of [told, product.output(), JSON.stringify(resources)]) {
          expect(text.includes(plain)).toBe(false);
        }
      }
    });

    test("a deletion removes every object, keeps the volume and says so", async () => {
      const deleted = await product.cli("deployments", "delete", named("notes"), "--wait", "--yes");
      expect(deleted).toMatchObject({
        code: 0,
        stderr: expect.stringContaining(`kept the volume ${namespace}/`),
      });
      await cli("deployments", "delete", named("hello"), "--wait", "--yes");
      await eventually(
        "no rows in the API",
        async () => {
          const [deployments, statuses, pods] = await Promise.all([
            client().deployments.list({}),
            client().deploymentStatuses.list({}),
            client().pods.list({}),
          ]);
          return deployments.length + statuses.length + pods.length === 0;
        },
        { timeoutMs: 10_000 * pace() },
      );
      const { kube } = site;
      const left: string[] = [];
      const kinds = [
        ["apps/v1", "Deployment"],
        ["apps/v1", "StatefulSet"],
        ["v1", "Service"],
        ["v1", "ConfigMap"],
        ["v1", "Secret"],
        ["networking.k8s.io/v1", "Ingress"],
        ["styrmin.io/v1alpha1", "StyrminDeployment"],
      ] as const;
      for (const [apiVersion, kind] of kinds) {
        const all = await kube.list({ apiVersion, kind }, { labelSelector: "styrmin.io/deployment" });
        const items = all.items.filter(({ metadata }) =>
          [namespace, site.systemNamespace].includes(metadata.namespace ?? ""),
        );
        left.push(...items.map((one) => `${kind} ${one.metadata.namespace}/${one.metadata.name}`));
      }
      expect(left).toEqual([]);
      const volumes = await kube.list({ apiVersion: "v1", kind: "PersistentVolumeClaim" }, { namespace });
      expect(volumes.items.length).toBe(1);
    });
  });
}
