import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "../../clients/sdk/index.ts";
import { eventually } from "../helpers/eventually.ts";
import { pace } from "../helpers/pace.ts";
import { describeReal } from "../helpers/real-cluster.ts";
import type { E2eCluster, Site } from "./cluster.ts";
import { writePodsDriver } from "./drivers.ts";

/** An image that is not there, and the correction: nobody waits for the time of what cannot become ready to be over. */
export function describeSuperseding(cluster: E2eCluster): void {
  const run = cluster.isReal ? describeReal : describe;
  run(`an update of what cannot become ready, ${cluster.title}`, () => {
    const folder = mkdtempSync(join(tmpdir(), "superseding-"));
    let site: Site;
    let name: string;
    beforeAll(async () => {
      site = await cluster.start({ isDatabaseShared: true, env: { STYRMIN_DRIVER_ROOTS: folder } });
      name = `${site.environment}/pods`;
      await client().drivers.loadLocal(writePodsDriver(folder));
    });
    afterAll(async () => {
      await site?.stop();
      rmSync(folder, { recursive: true, force: true });
    });

    const client = () => createClient({ url: site.product.serverUrl });
    const cli = (...args: string[]) => site.product.cli(...args);
    const lastTask = async () => (await client().tasks.list({ first: 1 }))[0]!;
    const [right, wrong] = [
      ["-p", "image=busybox:1.37"],
      ["-p", "image=busybox:missing"],
    ] as const;
    const update = (...args: string[]) => cli("deployments", "update", name, ...args);
    const deployment = async () =>
      (await client().deployments.get("pods", { environment: site.environment }))!;
    /** How often the pods were changed. */
    const revision = async () => {
      const { items } = await site.kube.list(
        { apiVersion: "apps/v1", kind: "Deployment" },
        { namespace: site.namespace },
      );
      return items[0]!.metadata.annotations!["deployment.kubernetes.io/revision"];
    };
    /** Waits until the last task says that its image cannot be had. */
    const stuck = async () => {
      const { id } = await lastTask();
      await eventually("the task says why it waits", async () =>
        ((await client().tasks.log(id)) ?? []).some(({ message }) =>
          message.includes("busybox:missing cannot be"),
        ),
      );
      return id;
    };
    /** The seconds from an update to when an agent took it up. */
    const delayOf = ({ createdAt, startedAt }: { createdAt: string; startedAt?: string | null }) =>
      (Date.parse(startedAt!) - Date.parse(createdAt)) / 1000;

    test("the first deploy is mended within seconds, and whoever waits for it is told", async () => {
      const created = await cli(
        "deployments",
        "create",
        "pods",
        "1.0.0",
        site.environment,
        "--name",
        "pods",
        ...wrong,
      );
      expect(created.code).toBe(0);
      const first = await stuck();
      const watching = cli("tasks", "watch", first);
      expect(await update(...right, "--wait")).toMatchObject({ code: 0 });
      const next = await lastTask();
      expect(delayOf(next)).toBeLessThan(2 * pace());
      console.log(
        `superseding: the next task began ${Math.round(1000 * delayOf(next))} ms after it was asked for`,
      );
      const watched = await watching;
      expect([watched.code, watched.stderr]).toEqual([
        3,
        expect.stringContaining(
          `The task deploy of pods was superseded: a later update took its place. See \`styrminctl tasks watch ${next.id}\`.`,
        ),
      ]);
      expect(await client().tasks.get(first)).toMatchObject({
        state: "CANCELLED",
        reason: `superseded by task ${next.id}`,
      });
      await eventually("RUNNING", async () => (await deployment()).status === "RUNNING");
      expect(await revision()).toBe("2");
    });

    test("an upgrade goes straight on to the next version", async () => {
      await update("--version", "1.1.0", ...wrong);
      const first = await stuck();
      expect(
        await update("--version", "1.2.0", ...right, "-p", 'command=["sleep","1001"]', "--wait"),
      ).toMatchObject({ code: 0 });
      const next = await lastTask();
      expect(next.kind).toBe("UPGRADE");
      expect(delayOf(next)).toBeLessThan(2 * pace());
      expect((await client().tasks.get(first))!.supersededBy).toEqual({ id: next.id });
      // The version in between was not followed by the one before.
      expect(await revision()).toBe("4");
      expect(await deployment()).toMatchObject({ applicationVersion: "1.2.0" });
    });

    test("two upgrades that cannot become ready end where the last good one was", async () => {
      await update("--version", "1.3.0", ...wrong);
      await stuck();
      await update("--version", "1.4.0", ...wrong, "-p", 'command=["sleep","1002"]');
      const next = await stuck();
      expect(await cli("tasks", "cancel", next)).toMatchObject({ code: 0 });
      await eventually("it is back", async () => {
        const { status, applicationVersion } = await deployment();
        return status === "RUNNING" && applicationVersion === "1.2.0";
      });
      expect((await client().tasks.get(next))!.reason).toBe(
        "cancelled by a user. It goes back to version 1.2.0 (driver 1).",
      );
      const kind = { apiVersion: "v1", kind: "Pod" };
      await eventually("the right pod runs alone", async () => {
        const { items } = await site.kube.list(kind, { namespace: site.namespace });
        const [pod] = items;
        return items.length === 1 && pod!.spec.containers[0].command[1] === "1001";
      });
    });
  });
}
