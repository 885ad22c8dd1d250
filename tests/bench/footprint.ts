import { eventually } from "../helpers/eventually.ts";
import { type Product, startProduct } from "../helpers/product.ts";
import { createClient } from "../../clients/sdk/index.ts";
import type { Section } from "./figure.ts";
import { descendantsOf, proportionalMB, residentMB } from "./processes.ts";
import { spreadOf } from "./statistics.ts";

const [idleMs, everyMs, replicas] = [12_000, 1_000, 5];

/** What the whole product takes while nothing happens, how long it takes to be ready, and what a pod adds. */
export async function measureFootprint(): Promise<Section> {
  const from = performance.now();
  const product = await startProduct();
  const firstMs = performance.now() - from;
  try {
    const parts = ["agent", "server", "cluster", "supervisor"] as const;
    const samples: Record<(typeof parts)[number], number[]> = {
      agent: [],
      server: [],
      cluster: [],
      supervisor: [],
    };
    await Bun.sleep(idleMs);
    for (let number = 0; number < 5; number++) {
      await Bun.sleep(everyMs);
      for (const part of parts) samples[part].push(residentMB(product.pids[part]!));
    }
    const podMB = await measurePod(product);
    const again = performance.now();
    await product.restart();
    const againMs = performance.now() - again;
    return {
      title: "The whole product, idle",
      figures: [
        {
          name: "resident memory of the agent",
          unit: "MB",
          value: spreadOf(samples.agent),
          target: { atMost: 120 },
        },
        {
          name: "resident memory of the server",
          unit: "MB",
          value: spreadOf(samples.server),
          target: { atMost: 200 },
        },
        { name: "resident memory of the embedded cluster", unit: "MB", value: spreadOf(samples.cluster) },
        { name: "resident memory of the supervisor", unit: "MB", value: spreadOf(samples.supervisor) },
        {
          name: "installed → ready, the first time",
          unit: "s",
          digits: 1,
          value: firstMs / 1000,
          target: { atMost: 5 },
        },
        { name: "stopped → ready again", unit: "s", digits: 1, value: againMs / 1000 },
        { name: `a pod of hello (a Bun web server), one of ${replicas}`, unit: "MB", value: podMB },
      ],
      quotes: ["Prefect server and worker, idle, of another run: 199 and 96 MB; kopf 81 MB"],
    };
  } finally {
    await product.stop();
  }
}

/** Memory that one more idle pod takes: all its processes, what is shared counted in parts. NaN where it cannot be seen. */
async function measurePod({ serverUrl, pids }: Product): Promise<number> {
  const client = createClient({ url: serverUrl });
  const parameters = { replicas };
  await client.deployments.create({ driver: "hello", environment: "demo", name: "bench", parameters });
  await eventually(
    "all pods of hello run",
    async () => (await client.pods.list()).filter((pod) => pod.ready).length === replicas,
    { timeoutMs: 60_000, everyMs: 200 },
  );
  await Bun.sleep(3_000);
  const own = descendantsOf(pids.cluster!);
  const memory = own.map(proportionalMB);
  return memory.reduce((sum, one) => sum + one, 0) / replicas;
}
