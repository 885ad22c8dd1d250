import { AgentHelloDocument, createClient, ReportPodStatusesDocument } from "../../clients/sdk/index.ts";
import type { Figure, Section } from "./figure.ts";
import type { Load, LoadResult } from "./programs/load.ts";
import type { Stack } from "./stack.ts";
import { percentile, spreadOf } from "./statistics.ts";

const [connections, rounds, roundMs, warmUpMs] = [32, 5, 1_500, 400];

const reads = [
  {
    name: "podStatuses(first: 50) with deployment and environment",
    route: "/pods",
    rows: 50,
    query:
      "{ podStatuses(first: 50) { id name namespace phase component deployment { id name environment { id name } } } }",
    atLeast: 0.4,
  },
  {
    name: "clusters, 10 rows",
    route: "/clusters",
    rows: 10,
    query: "{ clusters { id name config } }",
    atLeast: 0.7,
  },
];

/** Two queries at the server, in turns with bare routes of one joined statement on the same database. */
export async function measureReads(stack: Stack): Promise<Section> {
  await reportPods(stack);
  const route = stack.start("route.ts", { DATABASE_URL: stack.databaseUrl });
  const load = stack.start("load.ts");
  const bare = await route.ask<string>("where");
  const figures: Figure[] = [];
  for (const { name, route: path, rows, query, atLeast } of reads) {
    const body = JSON.stringify({ query });
    const ours = `${stack.serverUrl}/graphql`;
    await compareAnswers(ours, bare + path, body, rows);
    const rates = { ours: [] as number[], bare: [] as number[] };
    const p99 = { ours: [] as number[], bare: [] as number[] };
    for (let round = 0; round < rounds; round++) {
      for (const [side, url] of [
        ["ours", ours],
        ["bare", bare + path],
      ] as const) {
        const asked: Load = { url, body, connections, warmUpMs, ms: roundMs };
        const result = await load.ask<LoadResult>("run", asked);
        rates[side].push(result.perSecond);
        p99[side].push(result.p99);
      }
    }
    const ratios = rates.ours.map((rate, round) => rate / rates.bare[round]!);
    const beside = (value: number[]) => ({ name: "bare route", value: spreadOf(value) });
    figures.push(
      { name, unit: "/s", value: spreadOf(rates.ours), baseline: beside(rates.bare) },
      {
        name: "  of the bare route's rate",
        unit: "",
        digits: 2,
        value: { ...spreadOf(ratios), median: percentile(rates.ours, 0.5) / percentile(rates.bare, 0.5) },
        target: { atLeast },
      },
      { name: "  p99", unit: "ms", value: spreadOf(p99.ours), baseline: beside(p99.bare) },
    );
  }
  await load.stop();
  await route.stop();
  return {
    title: `GraphQL reads, ${connections} connections`,
    figures,
    quotes: ["Strawberry at its best, of another run: 91 and 953 a second"],
  };
}

/** Has 10,000 pods stored, as an agent reports them. */
async function reportPods({ serverUrl, agentToken, deploymentIds, sql }: Stack): Promise<void> {
  const agent = createClient({ url: serverUrl, token: agentToken });
  const hello = { input: { instanceId: "bench", version: "0.0.0" } };
  const { epoch } = (await agent.execute(AgentHelloDocument, hello)).agentHello;
  const pods = Array.from({ length: 10_000 }, (_, number) => ({
    uid: crypto.randomUUID(),
    deploymentId: deploymentIds[number % deploymentIds.length]!,
    component: "main",
    name: `pod-${String(number).padStart(5, "0")}-7d9c5b8f6d-x2k4q`,
    namespace: "env-pods",
    phase: "Running",
    ready: true,
    restarts: 0,
    images: ["registry.example.net/application/server:1.6.0"],
    containers: [{ name: "main", state: "running", ready: true, restarts: 0 }],
    simulated: false,
  }));
  const kind = "FULL" as const;
  const input = { epoch, sequence: 1, kind, digest: "bench", scopes: [{ complete: true }], pods };
  const { written } = (await agent.execute(ReportPodStatusesDocument, { input })).reportPodStatuses;
  if (written !== pods.length) throw new Error(`only ${written} pods were stored`);
  await sql`vacuum analyze`;
}

/** Both sides must do the same work, and as much as they are asked for. */
async function compareAnswers(ours: string, bare: string, body: string, rows: number): Promise<void> {
  const ask = async (url: string) => {
    const headers = { "content-type": "application/json" };
    const response = await fetch(url, { method: "POST", headers, body });
    return (await response.json()) as { data?: Record<string, unknown[]> };
  };
  const [one, other] = [await ask(ours), await ask(bare)];
  const [list] = Object.values(one.data ?? {});
  if (list?.length !== rows) throw new Error(`${ours} answers other than ${rows} rows: ${body}`);
  if (!Bun.deepEquals(one, other)) throw new Error(`${ours} and ${bare} answer differently: ${body}`);
}
