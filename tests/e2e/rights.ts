import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "../../clients/sdk/index.ts";
import { readAudit } from "../helpers/cluster.ts";
import { eventually } from "../helpers/eventually.ts";
import { type Balance, balance, rightsIn, spell, type Use, usesOf, usesOfNode } from "../helpers/granted.ts";
import { auditFromNow, describeReal } from "../helpers/real-cluster.ts";
import type { E2eCluster, Site } from "./cluster.ts";
import { writeKindsDriver } from "./drivers.ts";

const claims = { apiVersion: "v1", kind: "PersistentVolumeClaim" };

/**
 * Least rights, proven: agent and server of two products, one for each home of the intent publisher, do everything
 * that they do in a cluster, and the cluster's audit must show every right of `k8s/rbac` in use, and no request
 * that was refused.
 */
export function describeRights(cluster: E2eCluster): void {
  const run = cluster.isReal ? describeReal : describe;
  run(`the rights of agent and server, ${cluster.title}`, () => {
    const folder = mkdtempSync(join(tmpdir(), "kinds-"));
    let sites: { direct: Site; pull: Site };
    let sinceStart: (() => Promise<Use[]>) | undefined;
    let uses: Use[];

    beforeAll(async () => {
      if (cluster.isReal) {
        const read = auditFromNow();
        sinceStart = async () => usesOfNode(await read());
      }
      const env = { STYRMIN_DRIVER_ROOTS: folder, STYRMIN_CLUSTER_AUDIT: "1" };
      const [direct, pull] = await Promise.all([
        cluster.start({ intent: "direct", isDatabaseShared: true, env }),
        cluster.start({ intent: "pull", isDatabaseShared: true, env }),
      ]);
      sites = { direct, pull };
    });
    afterAll(async () => {
      await Promise.all([sites?.direct.stop(), sites?.pull.stop()]);
      rmSync(folder, { recursive: true, force: true });
    });

    test("everything that both do is done", async () => {
      await Promise.all([doEverything(sites.direct, folder), doEverything(sites.pull, folder)]);
      const read = async (site: Site) => {
        const lines = sinceStart ? await sinceStart() : usesOf(readAudit(join(site.product.home, "cluster")));
        // Each line with whose it is: two embedded clusters know the same users.
        return lines.filter((use) => use.user.startsWith(`system:serviceaccount:${site.systemNamespace}:`));
      };
      const [direct, pull] = await Promise.all([read(sites.direct), read(sites.pull)]);
      const asOne = (use: Use): Use => ({
        ...use,
        user: use.user.split(":").at(-1)!,
        namespace:
          use.namespace === sites.pull.systemNamespace ? sites.direct.systemNamespace : use.namespace,
      });
      uses = [...direct, ...pull].map(asOne);
      expect(uses.length).toBeGreaterThan(100);
    });

    test.each(["agent", "server"])("the %s uses what it was given, and nothing else", (who) => {
      const granted = rightsIn(`${who}.yaml`);
      // A real node's audit may leave out the leases.
      const counted = uses.some(({ resource }) => resource === "leases.coordination.k8s.io")
        ? granted
        : granted.filter(({ resource }) => resource !== "leases.coordination.k8s.io");
      const found = balance(`styrmin-${who}`, counted, uses, sites.direct.systemNamespace);
      print(cluster.title, found, granted.length - counted.length);
      expect(found.beyond).toEqual([]);
      expect(found.unused.map(spell)).toEqual([]);
    });
  });
}

function print(
  title: string,
  { user, requests, granted, beyond, unused, spare }: Balance,
  unseen: number,
): void {
  const used = granted.length - unused.length - spare.length;
  const list = spare.map((right) => `\n  spare: ${spell(right)}: ${right.spare}`).join("");
  const left = unseen > 0 ? `, ${unseen} not in this audit` : "";
  console.log(
    `rights of ${user}, ${title}: ${granted.length} granted, ${used} used, ${spare.length} spare${left}; ` +
      `${requests} requests, ${beyond.length} refused${list}`,
  );
}

/** A deployment with an object of each kind: made, drifting, changed, losing objects, stopped, read, deleted with its volumes. */
async function doEverything(site: Site, folder: string): Promise<void> {
  const { product, environment, namespace, systemNamespace, kube } = site;
  const client = createClient({ url: product.serverUrl });
  const ended = (taskId: string) =>
    eventually("the end of the task", async () => {
      const task = await client.tasks.get(taskId);
      if (task?.state === "FAILED") throw new Error(`the task failed: ${task.reason}`);
      if (task?.state === "SUCCEEDED") return true;
      throw new Error(`${task?.state}: ${(await client.tasks.log(taskId))?.at(-1)?.message}`);
    });
  await client.drivers.loadLocal(writeKindsDriver(folder));
  const created = await client.deployments.create({ name: "kinds", driver: "kinds", environment });
  await ended(created.task!.id);
  const { id } = created.deployment;

  // Drift, and a resource that somebody let go of.
  const { items } = await kube.list({ apiVersion: "apps/v1", kind: "Deployment" }, { namespace });
  const live = items.find(({ metadata }) => metadata.labels?.["styrmin.io/deployment"] === id)!;
  const ref = { apiVersion: live.apiVersion, kind: live.kind, namespace, name: live.metadata.name };
  await kube.delete(ref);
  await eventually("the deleted object, made again", async () => {
    const again = await kube.get(ref);
    return again !== undefined && again.metadata.uid !== live.metadata.uid;
  });
  const resource = {
    apiVersion: "styrmin.io/v1alpha1",
    kind: "StyrminDeployment",
    namespace: systemNamespace,
  };
  const [own] = (await kube.list(resource, { namespace: systemNamespace })).items;
  const own1 = { ...resource, name: own!.metadata.name };
  await kube.mergePatch(own1, { metadata: { finalizers: [] } }, { manager: "somebody" });
  await eventually("the finalizer, put back", async () =>
    (await kube.get(own1))?.metadata.finalizers?.includes("styrmin.io/teardown"),
  );

  await eventually("a line of a log", async () => {
    const lines = client.deployments.logs({ deployment: "kinds", environment });
    for await (const _ of lines) break;
    return true;
  });
  const changed = await client.deployments.update({
    ...{ deployment: "kinds", environment },
    parameters: { all: false },
  });
  await ended(changed.task!.id);
  const deleted = await client.deployments.delete({ deployment: "kinds", environment, volumes: "DELETE" });
  await ended(deleted.task!.id);
  const lease = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", name: "styrmin-agent" };
  const held = await kube.get({ ...lease, namespace: systemNamespace });
  await eventually("the lease is renewed", async () => {
    const now = await kube.get({ ...lease, namespace: systemNamespace });
    return now?.metadata.resourceVersion !== held?.metadata.resourceVersion;
  });
  await eventually("no claim left", async () => (await kube.list(claims, { namespace })).items.length === 0);
}
