import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "../../clients/sdk/index.ts";
import { type E2eCluster, embedded, real } from "../e2e/cluster.ts";
import { readAudit } from "../helpers/cluster.ts";
import { eventually } from "../helpers/eventually.ts";
import { auditFromNow, hasNodeAudit } from "../helpers/real-cluster.ts";
import { writeBenchDriver } from "./driver.ts";
import type { Section } from "./figure.ts";
import { residentMB } from "./processes.ts";

const [count, lanes, settleMs, quietMs] = [200, 8, 15_000, 60_000];
const reads = new Set(["get", "list", "watch"]);

/** The whole product with 200 deployments: how long they take, what it weighs, and what it writes at rest. */
export const measureFleet = (): Promise<Section> => measure(embedded);
export const measureRealFleet = (): Promise<Section> => measure(real);

async function measure(cluster: E2eCluster): Promise<Section> {
  const folder = await mkdtemp(join(tmpdir(), "styrmin-bench-"));
  const env = { STYRMIN_CLUSTER_AUDIT: "1", STYRMIN_DRIVER_ROOTS: folder };
  const site = await cluster.start({ env });
  const { product, environment } = site;
  try {
    const client = createClient({ url: product.serverUrl });
    await client.drivers.loadLocal(await writeBenchDriver(folder));
    const from = performance.now();
    let next = 0;
    const lane = async () => {
      while (next < count)
        await client.deployments.create({ driver: "bench", environment, name: `d${next++}` });
    };
    await Promise.all(Array.from({ length: lanes }, lane));
    const recordedMs = performance.now() - from;
    await eventually(
      "all deployments are RUNNING",
      async () => {
        const all = await client.deployments.list({ filter: { environment }, first: count });
        const running = all.filter(({ status }) => status === "RUNNING").length;
        if (running < count) throw new Error(`${running} of ${count}`);
        return true;
      },
      { timeoutMs: 180_000, everyMs: 500 },
    );
    const seconds = (performance.now() - from) / 1000;

    await Bun.sleep(settleMs);
    const memory = { agent: residentMB(product.pids.agent!), server: residentMB(product.pids.server!) };
    const writes = cluster.isReal ? nodeWrites(site) : embeddedWrites(product.home);
    await Bun.sleep(quietMs);
    return {
      title: `The whole product with ${count} deployments of no replicas, ${cluster.title}`,
      figures: [
        { name: "recorded by the API", unit: "/s", value: (count / recordedMs) * 1000 },
        { name: "recorded → all RUNNING", unit: "s", digits: 1, value: seconds },
        { name: "resident memory of the agent", unit: "MB", value: memory.agent },
        { name: "resident memory of the server", unit: "MB", value: memory.server },
        {
          name: `writes to the cluster in a quiet minute, but for the Lease`,
          unit: "",
          value: await writes(),
          digits: 0,
          target: { atMost: 0 },
        },
      ],
      quotes: [
        "Flux on a real node, of another run: 100 Helm releases in 30.8 s, 220 MB in its two controllers",
      ],
    };
  } finally {
    await site.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

function embeddedWrites(home: string): () => Promise<number> {
  const dir = join(home, "cluster");
  const before = readAudit(dir).length;
  return async () =>
    readAudit(dir)
      .slice(before)
      .filter(({ verb, resource }) => !reads.has(verb) && !resource.startsWith("leases")).length;
}

/** By anybody but the cluster's own parts, in the namespaces of the site. */
function nodeWrites(site: { namespace: string; systemNamespace: string }): () => Promise<number> {
  if (!hasNodeAudit) return async () => Number.NaN;
  const since = auditFromNow();
  return async () =>
    (await since()).filter(
      ({ verb, objectRef, user, stage }) =>
        stage === "ResponseComplete" &&
        !reads.has(verb) &&
        [site.namespace, site.systemNamespace].includes(objectRef?.namespace ?? "") &&
        objectRef?.resource !== "leases" &&
        !/^system:(kube-|node:|serviceaccount:kube-system:)/.test(user.username),
    ).length;
}
