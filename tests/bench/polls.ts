import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startPostgres } from "../../local/postgres/postgres.ts";
import { migrate } from "../../server/db/migrate.ts";
import { connect, type Sql } from "../../server/db/sql.ts";
import { startChild } from "./child.ts";
import type { Section } from "./figure.ts";
import { spreadOf } from "./statistics.ts";

const [sources, everySeconds, rounds, asks] = [1_000, 300, 5, 20];
/** How many of all sources are asked for in a minute. */
const aMinute = (sources * 60) / everySeconds;

interface Counts {
  requests: number;
  bytes: number;
}

/** What it takes to follow 1,000 sources that do not move, beside as many `git ls-remote`. */
export async function measurePolls(): Promise<Section> {
  const dir = await mkdtemp(join(tmpdir(), "styrmin-bench-"));
  const database = await startPostgres({ dir, durable: true });
  const sql = connect(database.url);
  const server = startChild("refs-server.ts");
  const poller = startChild("poller.ts", { DATABASE_URL: database.url });
  try {
    await migrate(sql);
    const origin = await server.ask<string>("url");
    await follow(sql, (number) => `${origin}/team/driver-${number}.git`);
    const round = async () => {
      await server.ask("counts");
      const took = await poller.ask<{ cpuMs: number; ms: number }>("round");
      return { ...took, ...(await server.ask<Counts>("counts")) };
    };
    const first = await round();
    const apart = [];
    for (let number = 0; number < rounds; number++) apart.push(await round());
    const git = await askByGit(`${origin}/team/driver-0.git`, () => server.ask<Counts>("counts"));

    await sql`delete from driver_sources`;
    await sql`delete from followed_repositories`;
    await follow(sql, (number) => `${origin}/team/drivers-${number % 10}.git`);
    await round();
    const together = await round();

    const perMinute = (values: number[]) => spreadOf(values.map((value) => (value / sources) * aMinute));
    const cpu = apart.map(({ cpuMs }) => cpuMs);
    const kilobytes = apart.map(({ bytes }) => bytes / 1000);
    return {
      title: `${sources} followed sources, each asked for every ${everySeconds / 60} minutes`,
      figures: [
        {
          name: "processor time a minute, of that of git ls-remote",
          unit: "",
          digits: 3,
          value: spreadOf(cpu.map((ms) => ms / sources / git.cpuMs)),
          target: { atMost: 0.5 },
        },
        {
          name: "bytes on the wire, of those of git ls-remote",
          unit: "",
          digits: 2,
          value: spreadOf(apart.map(({ bytes }) => bytes / sources / git.bytes)),
          target: { atMost: 0.75 },
        },
        {
          ...{ name: "processor time a minute", unit: "ms", digits: 0, value: perMinute(cpu) },
          baseline: { name: "git ls-remote", value: git.cpuMs * aMinute },
        },
        {
          ...{ name: "on the wire a minute", unit: "kB", digits: 0, value: perMinute(kilobytes) },
          baseline: { name: "git ls-remote", value: (git.bytes / 1000) * aMinute },
        },
        {
          name: "requests for all of them, once known",
          unit: "",
          digits: 0,
          value: apart[0]!.requests,
          target: { atMost: sources },
        },
        { name: "and the first time", unit: "", digits: 0, value: first.requests },
        {
          name: "all of them at once",
          unit: "s",
          digits: 2,
          value: spreadOf(apart.map(({ ms }) => ms / 1000)),
        },
        {
          name: "requests for all of them in 10 repositories",
          unit: "",
          digits: 0,
          value: together.requests,
          target: { atMost: 10 },
        },
        {
          name: "processor time a minute, in 10 repositories",
          unit: "ms",
          digits: 1,
          value: perMinute([together.cpuMs]),
        },
      ],
      quotes: [],
    };
  } finally {
    await Promise.all([server.stop(), poller.stop(), sql.end({ timeout: 1 })]);
    await database.stop();
    await rm(dir, { recursive: true, force: true });
  }
}

async function follow(sql: Sql, urlOf: (number: number) => string): Promise<void> {
  const rows = Array.from({ length: sources }, (_, number) => ({
    id: Bun.randomUUIDv7(),
    name: `source-${number}`,
    url: urlOf(number),
    ref: "main",
    path: `driver-${number}`,
    every_seconds: everySeconds,
  }));
  const urls = [...new Set(rows.map(({ url }) => url))].map((url) => ({ url, key: url }));
  await sql`insert into followed_repositories ${sql(urls)}`;
  await sql`insert into driver_sources ${sql(rows)}`;
}

/** What one `git ls-remote` of the same branch takes, the median of some. */
async function askByGit(
  url: string,
  counts: () => Promise<Counts>,
): Promise<{ cpuMs: number; bytes: number }> {
  const env = { PATH: process.env.PATH ?? "", GIT_CONFIG_NOSYSTEM: "1", HOME: tmpdir() };
  await counts();
  const times: number[] = [];
  for (let number = 0; number < asks; number++) {
    const child = Bun.spawn(["git", "ls-remote", url, "refs/heads/main"], {
      env,
      stdout: "pipe",
      stderr: "ignore",
    });
    const text = await new Response(child.stdout).text();
    await child.exited;
    if (!text.endsWith("refs/heads/main\n")) throw new Error(`git ls-remote said ${JSON.stringify(text)}`);
    times.push(Number(child.resourceUsage()!.cpuTime.total) / 1000);
  }
  return { cpuMs: spreadOf(times).median, bytes: (await counts()).bytes / asks };
}
