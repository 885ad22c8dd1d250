import { join } from "node:path";
import { eventually } from "../helpers/eventually.ts";
import { wallMs } from "./clock.ts";
import type { Section } from "./figure.ts";
import { createNotifyProbe } from "./notify.ts";
import { startCluster } from "./ground.ts";
import type { Stack } from "./stack.ts";
import { percentile } from "./statistics.ts";

const [samples, warmUps] = [200, 30];

/**
 * From an update recorded at the server to the first line of its flow in the agent, over HTTP and a durable
 * Postgres, one after the other with pauses of chance; and between them raw notifications on the same Postgres.
 */
export async function measureLatency(stack: Stack): Promise<Section> {
  const { client, sql, deploymentIds } = stack;
  // What the seeds left waiting would be first in the queue.
  await sql`update tasks set state = 'CANCELLED', finished_at = now() where state = 'QUEUED'`;
  const { kubeconfig, cluster } = await startCluster(stack, join(stack.dir, "latency"));
  const agent = stack.start("agent.ts", {
    BENCH_KUBECONFIG: kubeconfig,
    BENCH_DIR: join(stack.dir, "bundles"),
  });
  await eventually(
    "the agent is heard",
    async () => (await client.clusters.get("cluster-0"))?.agent.state === "CONNECTED",
  );
  const probe = await createNotifyProbe(stack.databaseUrl);

  const sent = new Map<string, number>();
  const raw: number[] = [];
  for (let number = -warmUps; number < samples; number++) {
    // In turns, so that the flow before on the same deployment has long ended.
    const deployment = deploymentIds[(number + warmUps) % 20]!;
    await Bun.sleep(10 + Math.random() * 40);
    const at = wallMs();
    const { task } = await client.deployments.update({ deployment, parameters: { value: `run ${number}` } });
    await Bun.sleep(10 + Math.random() * 40);
    const heard = await probe.once();
    if (number < 0) continue;
    sent.set(task!.id, at);
    raw.push(heard);
  }
  const begun = await eventually("all flows have begun", async () => {
    const all = new Map(await agent.ask<[string, number][]>("begun"));
    return [...sent.keys()].every((id) => all.has(id)) ? all : undefined;
  });
  const recorded = await sql<{ id: string; at: number }[]>`
    select id, (extract(epoch from created_at) * 1000)::float8 as at from tasks where id = any(${[...sent.keys()]})`;
  const fromRecorded = recorded.map(({ id, at }) => begun.get(id)! - at);
  const fromSent = [...sent].map(([id, at]) => begun.get(id)! - at);
  await agent.stop();
  await cluster.stop();
  await probe.end();

  const beside = (part: number) => ({
    name: "raw insert → notify → heard",
    value: percentile(raw, part),
    digits: 2,
  });
  return {
    title: `Recorded → running, ${samples} tasks one after the other, Postgres durable`,
    figures: [
      {
        name: "p50, from the task's createdAt (its transaction begins)",
        unit: "ms",
        value: percentile(fromRecorded, 0.5),
        target: { atMost: 8 },
        baseline: beside(0.5),
      },
      {
        name: "p99",
        unit: "ms",
        value: percentile(fromRecorded, 0.99),
        target: { atMost: 25 },
        baseline: beside(0.99),
      },
      {
        name: "p50, from the moment the client sends updateDeployment",
        unit: "ms",
        value: percentile(fromSent, 0.5),
      },
      { name: "p99", unit: "ms", value: percentile(fromSent, 0.99) },
    ],
    quotes: [
      "Prefect 3 at its best, of another run: 2,410 / 3,360 ms; graphile-worker on Bun, in a tight loop: 2.2 / 5.3 ms",
    ],
  };
}
