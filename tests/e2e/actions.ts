import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "../../clients/sdk/index.ts";
import { eventually } from "../helpers/eventually.ts";
import { describeReal } from "../helpers/real-cluster.ts";
import type { E2eCluster, Site } from "./cluster.ts";
import { writeActsDriver } from "./drivers.ts";

/**
 * The life of an application whose driver has an action at every hook, as a user sees it. With intent `pull` the agent that
 * runs the actions, and is killed, is also the one that writes what they release; what has nothing to do with that is left
 * out.
 */
export function describeActions(cluster: E2eCluster, intent: "direct" | "pull" = "direct"): void {
  const run = cluster.isReal ? describeReal : describe;
  const testDirect = intent === "direct" ? test : () => {};
  run(`a driver with actions, ${cluster.title}, intent ${intent}`, () => {
    const folder = mkdtempSync(join(tmpdir(), "acts-"));
    let site: Site;
    let name: string;
    beforeAll(async () => {
      site = await cluster.start({
        intent,
        isDatabaseShared: true,
        env: { STYRMIN_DRIVER_ROOTS: folder, STYRMIN_STATUS_MS: "200" },
      });
      name = `${site.environment}/acts`;
      await client().drivers.loadLocal(writeActsDriver(folder));
    });
    afterAll(async () => {
      await site?.stop();
      rmSync(folder, { recursive: true, force: true });
    });

    const client = () => createClient({ url: site.product.serverUrl });
    const cli = (...args: string[]) => site.product.cli(...args);
    const deploymentOf = async () =>
      (await client().deployments.get("acts", { environment: site.environment }))!;
    const resource = async () => {
      const kind = { apiVersion: "styrmin.io/v1alpha1", kind: "StyrminDeployment" };
      const { items } = await site.kube.list(kind, { namespace: site.systemNamespace });
      return items[0]!;
    };
    const lastTask = async () => (await client().tasks.list({ first: 1 }))[0]!;
    const logOf = async (id: string) => ((await client().tasks.log(id)) ?? []).map(({ message }) => message);
    /** What a script prints in the pod that runs the application. */
    const inPod = async (script: string) => {
      const { items } = await site.kube.list(
        { apiVersion: "v1", kind: "Pod" },
        { namespace: site.namespace, labelSelector: "part=web" },
      );
      const pod = items.find(({ metadata }) => !metadata.deletionTimestamp)!;
      const where = { namespace: site.namespace, name: pod.metadata.name };
      return (await site.kube.exec(where, "main", ["sh", "-c", script], {})).stdout;
    };
    /** What the actions have noted. */
    const notes = async () => (await inPod("cat /data/notes; echo $VERSION")).trim().split("\n");
    const upgrade = (version: string, ...more: string[]) =>
      cli("deployments", "update", name, "--version", version, ...more);

    test("a first deploy needs what its actions ask for", async () => {
      const create = ["deployments", "create", "acts", "1.0.0", site.environment, "--wait"];
      const refused = await cli(...create);
      expect(refused.code).toBe(1);
      expect(refused.stderr).toContain(
        "prompts.own.owner is required: owner (string); give it with --prompt own.owner=VALUE",
      );
      const created = await cli(...create, "--prompt", "own.owner=ann");
      expect(created).toMatchObject({ code: 0 });
      const { steps, id } = await lastTask();
      expect(steps.map(({ name: step }) => step)).toEqual([
        "check",
        "ensure namespace",
        "setup/pre prepare",
        "release intent",
        "wait ready",
        "setup/core own",
        "setup/core own: exec web",
        "setup/post welcome",
        "setup/post welcome: count",
        "setup/post welcome: scale worker to 2",
        "setup/post welcome: exec worker",
        "end hold",
        "activate instance",
      ]);
      expect(steps.every(({ state }) => state === "SUCCEEDED")).toBe(true);
      const log = await logOf(id);
      expect(log).toContain("prepares 1.0.0");
      // A secret that an action prints is taken out.
      expect(log.find((line) => line.startsWith("the password is"))!.trim()).toBe("the password is •••");
      expect((await resource()).spec.hold).toBeUndefined();
      expect(await notes()).toEqual(["owned by ann", "1.0.0"]);
    });

    testDirect("a later deploy does not set up again", async () => {
      expect(await cli("deployments", "update", name, "-p", "note=other", "--wait")).toMatchObject({
        code: 0,
      });
      expect((await lastTask()).steps.map(({ name: step }) => step)).not.toContain("setup/pre prepare");
    });

    testDirect("the plan of an upgrade names its actions, and does nothing", async () => {
      const { code, stdout } = await upgrade("3.0.0", "--plan");
      expect(code).toBe(0);
      expect(stdout).toStartWith(`${name}: upgrade, version 1.0.0 → 3.0.0, driver 1\n`);
      const part = stdout.slice(stdout.indexOf("Actions\n"));
      expect(part.split("\n").filter((line) => line.startsWith("  upgrade/"))).toHaveLength(4);
      expect(part).toMatch(
        /upgrade\/pre stop-worker.*\n[^]*upgrade\/core through.*\n[^]*upgrade\/post migrate/,
      );
      expect((await deploymentOf()).applicationVersion).toBe("1.0.0");
    });

    test("an upgrade stops the worker, passes a version, and migrates", async () => {
      const upgraded = await upgrade("3.0.0", "--wait");
      expect(upgraded).toMatchObject({ code: 0 });
      expect(upgraded.stderr).toContain("✓ upgrade/pre stop-worker: stop worker");
      const task = await lastTask();
      expect(task.kind).toBe("UPGRADE");
      expect(task.steps.map(({ name: step }) => step)).toEqual([
        "check",
        "ensure namespace",
        "plan",
        "upgrade/pre stop-worker",
        "upgrade/pre stop-worker: stop worker",
        "upgrade/pre stop-worker: exec web",
        "upgrade/pre linger",
        "upgrade/core through",
        "upgrade/core through: upgrade to 2.0.0",
        "upgrade/core through: upgrade to 3.0.0",
        "release intent",
        "wait ready",
        "upgrade/post migrate",
        "upgrade/post migrate: exec web",
        "upgrade/post migrate: exec web (2)",
        "upgrade/post migrate: start worker",
        "end hold",
        "activate instance",
      ]);
      expect(await notes()).toEqual(["owned by ann", "from 1.0.0 to 3.0.0", "migrates 3.0.0", "3.0.0"]);
      expect((await resource()).spec.hold).toBeUndefined();
      await eventually("it runs", async () => (await deploymentOf()).status === "RUNNING");
    });

    test("an upgrade whose last action fails is rolled back", async () => {
      const failed = await upgrade("4.0.0", "--prompt", "migrate.luck=false", "--wait");
      expect(failed.code).toBe(3);
      const { reason } = await lastTask();
      expect(reason).toContain("upgrade/post migrate failed: actions.ts:44:36: no luck.");
      expect(reason).toContain("It was rolled back, and runs with version 3.0.0 (driver 1).");
      expect((await notes()).at(-1)).toBe("3.0.0");
      expect((await resource()).spec.hold).toBeUndefined();
      const deployment = await deploymentOf();
      expect(deployment).toMatchObject({ applicationVersion: "3.0.0", status: "FAILED" });
      expect((await resource()).status.components).toMatchObject([{ ready: 1 }, { ready: 1 }]);
    });

    /** Begins an upgrade whose action lingers, and waits until it does. */
    async function lingering(version: string, way: string): Promise<string> {
      expect(await upgrade(version, "--prompt", `linger.way=${way}`)).toMatchObject({ code: 0 });
      const { id } = await lastTask();
      await eventually("the action lingers", async () => {
        const { steps } = (await client().tasks.get(id))!;
        return steps.some(
          ({ name: step, state }) => state === "RUNNING" && /linger: (exec web \(2\)|wait)$/.test(step),
        );
      });
      return id;
    }
    /** Kills the agent in the middle of it, and then lets it end. */
    async function killAgent(): Promise<void> {
      site.product.kill("agent");
      await inPod("touch /tmp/over");
    }
    const ended = (id: string) =>
      eventually("the task has ended", async () => {
        const task = (await client().tasks.get(id))!;
        return task.finishedAt ? task : undefined;
      });

    test("an agent that is killed goes on with an action after the last recorded step", async () => {
      const before = (await notes()).slice(0, -1);
      const id = await lingering("5.0.0", "safe");
      await killAgent();
      expect(await ended(id)).toMatchObject({ state: "SUCCEEDED", attempts: 2 });
      expect(await notes()).toEqual([
        ...before,
        ...["from 3.0.0 to 5.0.0", "lingers", "went on", "migrates 5.0.0", "5.0.0"],
      ]);
      expect((await resource()).spec.hold).toBeUndefined();
    });

    testDirect("a command whose end nobody heard of is not run again", async () => {
      const id = await lingering("6.0.0", "unsafe");
      await killAgent();
      const { state, reason } = await ended(id);
      expect(state).toBe("FAILED");
      expect(reason).toContain('upgrade/pre linger: outcome unknown: the agent ended while "exec web" ran');
      expect(reason).toContain(
        "nothing of the new version was released, and it still runs with version 5.0.0",
      );
      expect((await resource()).spec.hold).toBeUndefined();
    });

    test("a task that is cancelled ends its action, and holds nothing", async () => {
      const id = await lingering("7.0.0", "wait");
      expect((await resource()).spec.hold).toMatchObject({ components: { worker: 0 } });
      expect(await cli("tasks", "cancel", id)).toMatchObject({ code: 0 });
      expect(await ended(id)).toMatchObject({
        state: "CANCELLED",
        reason:
          "cancelled by a user. Its actions had begun, nothing of the new version was released, and it still runs with version 5.0.0 (driver 1).",
      });
      expect((await deploymentOf()).applicationVersion).toBe("5.0.0");
      await eventually("it is let go", async () => (await resource()).spec.hold === undefined);
      await eventually("the worker is back", async () => {
        const { components } = (await deploymentOf()).observed!;
        return components.find((one) => one.name === "worker")?.ready === 1;
      });
    });

    test("a delete runs its action first", async () => {
      expect(await cli("deployments", "delete", name, "--yes", "--wait")).toMatchObject({ code: 0 });
      const { id, steps } = await lastTask();
      expect(steps.slice(0, 2).map(({ name: step }) => step)).toEqual([
        "delete/pre farewell",
        "delete/pre farewell: exec web",
      ]);
      expect(await logOf(id)).toContain("note: owned by ann");
    });
  });
}
