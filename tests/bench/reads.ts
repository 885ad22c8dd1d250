import type { Figure, Section } from "./figure.ts";
import type { Load, LoadResult } from "./programs/load.ts";
import type { Stack } from "./stack.ts";
import { percentile, spreadOf } from "./statistics.ts";

const [connections, rounds, roundMs, warmUpMs] = [32, 5, 1_500, 400];

const reads = [
  {
    name: "podStatuses(first: 50) with deployment and environment",
    route: "/pods",
    query:
      "{ podStatuses(first: 50) { id name namespace phase component deployment { id name environment { id name } } } }",
    atLeast: 0.4,
  },
  { name: "clusters, 10 rows", route: "/clusters", query: "{ clusters { id name config } }", atLeast: 0.7 },
];

/** Two queries at the server, in turns with bare routes of one joined statement on the same database. */
export async function measureReads(stack: Stack): Promise<Section> {
  const route = stack.start("route.ts", { DATABASE_URL: stack.databaseUrl });
  const load = stack.start("load.ts");
  const bare = await route.ask<string>("where");
  const figures: Figure[] = [];
  for (const { name, route: path, query, atLeast } of reads) {
    const body = JSON.stringify({ query });
    const ours = `${stack.serverUrl}/graphql`;
    await compareAnswers(ours, bare + path, body);
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

/** Both sides must do the same work. */
async function compareAnswers(ours: string, bare: string, body: string): Promise<void> {
  const ask = async (url: string) => {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
    return (await response.json()) as unknown;
  };
  const [one, other] = [await ask(ours), await ask(bare)];
  if (!Bun.deepEquals(one, other)) throw new Error(`${ours} and ${bare} answer differently`);
}
