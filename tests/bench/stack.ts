import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import postgres from "postgres";
import { type Client, createClient } from "../../clients/sdk/index.ts";
import { startPostgres } from "../../local/postgres/postgres.ts";
import { startProgram } from "../../local/program.ts";
import { type Child, startChild } from "./child.ts";
import { writeBenchDriver } from "./driver.ts";

const root = resolve(import.meta.dir, "../..");

/** A durable Postgres and the real server, as `npm start` has them, with rows like those of the baselines. */
export interface Stack {
  dir: string;
  databaseUrl: string;
  serverUrl: string;
  sql: postgres.Sql;
  client: Client;
  /** Of the cluster `cluster-0`, on which all environments are. */
  agentToken: string;
  /** 50 of them, spread over 5 environments. */
  deploymentIds: string[];
  /** A program that ends with the stack. */
  start(program: string, env?: Record<string, string>): Child;
  stop(): Promise<void>;
}

export async function startStack(): Promise<Stack> {
  const dir = await mkdtemp(join(tmpdir(), "styrmin-bench-"));
  const ends: (() => Promise<unknown>)[] = [() => rm(dir, { recursive: true, force: true })];
  const stop = async () => {
    for (const end of ends.splice(0).reverse()) await end();
  };
  try {
    const database = await startPostgres({ dir: join(dir, "postgres"), durable: true });
    ends.push(() => database.stop());
    const server = await startServer(dir, database.url);
    ends.push(() => server.stop(3_000));
    const sql = postgres(database.url, { max: 2, onnotice: () => {} });
    ends.push(() => sql.end({ timeout: 1 }));
    const client = createClient({ url: server.ready.url });
    const { agentToken, deploymentIds } = await seed(client, join(dir, "driver"));
    await sql`vacuum analyze`;
    const start: Stack["start"] = (program, env = {}) => {
      const child = startChild(program, { BENCH_SERVER: server.ready.url, BENCH_TOKEN: agentToken, ...env });
      ends.push(child.stop);
      return child;
    };
    const rest = { sql, client, agentToken, deploymentIds, start, stop };
    return { dir, databaseUrl: database.url, serverUrl: server.ready.url, ...rest };
  } catch (thrown) {
    await stop();
    throw thrown;
  }
}

/** `server/main.ts` as the product starts it. */
function startServer(dir: string, databaseUrl: string) {
  const profile = process.env.STYRMIN_BENCH_PROFILE;
  const flags = profile ? ["--cpu-prof", `--cpu-prof-dir=${profile}`] : [];
  return startProgram<{ url: string }>({
    name: "server",
    command: [process.execPath, "--no-install", ...flags, join(root, "server/main.ts")],
    cwd: root,
    env: {
      ...(process.env as Record<string, string>),
      BUN_CONFIG_MAX_HTTP_REQUESTS: "2000",
      DATABASE_URL: databaseUrl,
      PORT: "0",
      STYRMIN_SEALING_KEY_FILE: join(dir, "sealing.key"),
      STYRMIN_DRIVER_ROOTS: dir,
    },
    onLine: process.env.STYRMIN_BENCH_LOG ? (line) => console.error(line) : () => {},
    logFile: "STYRMIN_BENCH_LOG=1",
    signal: new AbortController().signal,
  });
}

/** 10 clusters, 5 environments on the first, 50 deployments over these. */
async function seed(client: Client, folder: string) {
  const agentToken = randomBytes(32).toString("base64url");
  const tokenHash = createHash("sha256").update(agentToken).digest("hex");
  for (let i = 0; i < 10; i++) {
    const config = {
      fqdn_suffix: `c${i}.example.net`,
      ingress_class: "nginx",
      standard_storage: { storage_class: "fast" },
    };
    const own = i === 0 ? { tokenHash } : {};
    await client.clusters.create({ name: `cluster-${i}`, intent: "DIRECT", config, ...own });
  }
  for (let i = 0; i < 5; i++)
    await client.environments.create({ name: `environment-${i}`, cluster: "cluster-0" });
  await client.drivers.loadLocal(await writeBenchDriver(folder));
  const deploymentIds: string[] = [];
  for (let i = 0; i < 50; i++) {
    const input = { driver: "bench", name: `deployment-${i}`, environment: `environment-${i % 5}` };
    deploymentIds.push((await client.deployments.create(input)).deployment.id);
  }
  return { agentToken, deploymentIds };
}
