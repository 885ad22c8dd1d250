import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres from "postgres";
import { type Postgres, startPostgres } from "../../local/postgres/postgres.ts";
import { createClient } from "../../clients/sdk/index.ts";
import { eventually } from "../helpers/eventually.ts";
import { testDatabase } from "../helpers/postgres.ts";
import { type Kind, kinds } from "./cluster.ts";
import { startProcess } from "./processes.ts";
import { type Stage, startStage } from "./stage.ts";
import { startWorld, type World, type WorldOptions } from "./world.ts";
import { pace } from "../helpers/pace.ts";

let stage: Stage;

beforeAll(async () => {
  stage = await startStage();
});

afterAll(() => stage.stop());

const agentEnv = { STYRMIN_STATUS_MS: "200" };

async function withWorld(
  name: string,
  work: (world: World) => Promise<void>,
  options: Partial<WorldOptions> = {},
): Promise<void> {
  const world = await startWorld(stage, { name, agentEnv, ...options });
  try {
    await world.agent.start();
    await work(world);
  } finally {
    await world.stop();
  }
}

const isRunning = (world: World, name: string) =>
  eventually(`${name} is RUNNING`, async () => (await world.status(name)) === "RUNNING");

test("with the server stopped what is deleted or edited comes back in 5 s; then statuses go on", () =>
  withWorld("server-stopped", async (world) => {
    const { deploymentId } = await world.deploy("app1");
    await isRunning(world, "app1");
    await world.server.kill();

    const { kube } = stage.cluster;
    const find = async (kind: Kind) =>
      (await stage.cluster.list(kind, world.namespace)).find(
        ({ metadata }) => metadata.labels?.["styrmin.io/deployment"] === deploymentId,
      );
    const configMap = (await find(kinds.configMap))!.metadata;
    const deployment = (await find(kinds.deployment))!.metadata;
    const from = performance.now();
    await kube.delete({ ...kinds.configMap, name: configMap.name, namespace: world.namespace });
    const other = { template: { metadata: { labels: { "app.kubernetes.io/component": "other" } } } };
    await kube.mergePatch(
      { ...kinds.deployment, name: deployment.name, namespace: world.namespace },
      { spec: other },
      { manager: "somebody" },
    );
    await eventually("both are as they were", async () => {
      const [one, two] = [await find(kinds.configMap), await find(kinds.deployment)];
      const label = two?.spec.template.metadata.labels["app.kubernetes.io/component"];
      return one && one.metadata.uid !== configMap.uid && label === "web";
    });
    expect(performance.now() - from).toBeLessThan(5_000 * pace());

    await world.server.start();
    const at = new Date().toISOString();
    await eventually("what was repaired is told", async () => {
      const found = await world.client.deployments.get("app1");
      const { repaired = 0 } = (found?.observed?.drift ?? {}) as { repaired?: number };
      return repaired >= 2 && found!.observed!.at > at && found!.status === "RUNNING";
    });
  }));

test("a Postgres that crashes again and again during deploys loses no intent", async () => {
  const dir = await mkdtemp(join(tmpdir(), "styrmin-faults-pg-"));
  let server: Postgres = await startPostgres({ dir, durable: true });
  const { port, url } = server;
  const crash = async () => {
    process.kill(server.pid, "SIGQUIT"); // immediate
    await server.exited;
    server = await startPostgres({ dir, durable: true, port });
  };
  try {
    await withWorld(
      "postgres",
      async (world) => {
        const asked: Promise<{ taskId: string }>[] = [];
        for (let number = 1; number <= 6; number++) {
          asked.push(world.deploy(`app${number}`));
          if (number % 2 === 0) await crash();
        }
        const tasks = await Promise.all(asked);
        for (const { taskId } of tasks) await world.succeeded(taskId);
        // Though the pool failed many times, it is not far behind the database.
        const from = performance.now();
        await world.client.deployments.list();
        expect(performance.now() - from).toBeLessThan(3_000 * pace());
        // What was asked for again and again, because the answer was lost, was still done once.
        const rows =
          await world.sql`select deployment_name, count(*)::int as count from tasks group by 1 order by 1`;
        expect(rows.map((row) => `${row.deploymentName} ${row.count}`)).toEqual(
          [1, 2, 3, 4, 5, 6].map((number) => `app${number} 1`),
        );
        for (let number = 1; number <= 6; number++) await isRunning(world, `app${number}`);

        const gone = await world.delete("app1");
        await crash();
        await world.succeeded(gone.taskId);
      },
      // A claim whose answer is lost with the database is free again when its lease has run out.
      { databaseUrl: url, serverEnv: { STYRMIN_LEASE_MS: "3000", STYRMIN_RENEW_MS: "500" } },
    );
  } finally {
    await server.stop();
    await rm(dir, { recursive: true, force: true });
  }
});

test("of two servers that start on an empty database one migrates and the other waits; both serve", async () => {
  const database = await testDatabase({ migrated: false });
  const env = { DATABASE_URL: database.url, PORT: "0", STYRMIN_HOME: join(stage.dir, "two-servers") };
  const servers = [1, 2, 3].map(() => startProcess("server/main.ts", env));
  const sql = postgres(database.url, { max: 1, onnotice: () => {} });
  try {
    const clients = await Promise.all(
      servers.map(async ({ ready }) => createClient({ url: (await ready).url as string })),
    );
    const infos = await Promise.all(clients.map((client) => client.server.info()));
    expect(new Set(infos.map((info) => info.installationId)).size).toBe(1);
    const versions = await sql`select version from schema_versions order by version`;
    expect(versions.map((row) => row.version)).toEqual(versions.map((_row, place) => place + 1));
    // What one takes up, the others know; and the secret that one sealed, the others open.
    await clients[0]!.clusters.create({ name: "one" });
    expect((await clients[2]!.clusters.list()).map(({ name }) => name)).toEqual(["one"]);
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
    await sql.end({ timeout: 1 });
    await database.drop();
  }
});

test("subscriptions outlive a restart of the server", () =>
  withWorld("subscriptions", async (world) => {
    const stop = new AbortController();
    const seen = { task: [] as string[], deployment: [] as (string | undefined)[], lines: [] as string[] };
    let reconnects = 0;
    const options = { signal: stop.signal, onReconnect: () => void reconnects++ };

    await world.agent.stop();
    const { taskId, deploymentId } = await world.deploy("app1");
    const watchTask = async () => {
      for await (const task of world.client.tasks.watch(taskId, options)) seen.task.push(task.state);
    };
    const watchLog = async () => {
      for await (const line of world.client.tasks.followLog(taskId, options)) seen.lines.push(line.message);
    };
    const watchDeployment = async () => {
      for await (const deployment of world.client.deployments.watch(deploymentId, options))
        seen.deployment.push(deployment?.status);
    };
    const ended = Promise.all([watchTask(), watchLog()]);
    const watched = watchDeployment();
    await eventually("they are told the present", () => seen.task.length > 0 && seen.deployment.length > 0);
    expect([seen.task.at(-1), seen.deployment.at(-1)]).toEqual(["QUEUED", "DEPLOYING"]);

    await world.server.kill();
    await world.server.start();
    await eventually("all have come back", () => reconnects >= 3);
    await world.agent.start();
    await ended;
    expect(seen.task.at(-1)).toBe("SUCCEEDED");
    expect(seen.lines.at(-1)).toContain("healthy");
    await eventually("the deployment is told to run", () => seen.deployment.at(-1) === "RUNNING");
    stop.abort();
    await watched;
  }));
