import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type postgres from "postgres";
import { type Client, ClientError, createClient } from "../../clients/sdk/index.ts";
import { choosePort } from "../../local/port.ts";
import { connect } from "../../server/db/sql.ts";
import { makeAccounts } from "../helpers/accounts.ts";
import { eventually } from "../helpers/eventually.ts";
import { testDatabase } from "../helpers/postgres.ts";
import { type FaultProxy, startFaultProxy } from "../helpers/proxy.ts";
import { startProcess, type TestProcess } from "./processes.ts";
import { compiledProgram } from "./programs.ts";
import { createProgram, type Program, tail } from "./program.ts";
import type { Stage } from "./stage.ts";

export interface WorldOptions {
  /** Names the world in the cluster: its environment, and with it the agent's namespace. */
  name: string;
  intent?: "DIRECT" | "PULL";
  /** More variables for the server: its intervals. */
  serverEnv?: Record<string, string>;
  /** More variables for each agent. */
  agentEnv?: Record<string, string>;
  /** Default one that is dropped at the end. */
  databaseUrl?: string;
  /** The program of the agent. Default the one that images have. */
  agentFile?: string;
}

/**
 * Styrmin with a server and an agent of its own, as processes, on a cluster that it may share with other worlds. The
 * agent reaches the server and the cluster, and the server the cluster, through proxies in which things go wrong.
 */
export interface World {
  name: string;
  stage: Stage;
  environment: string;
  /** Of the agent and the resources. */
  systemNamespace: string;
  /** Of the applications. */
  namespace: string;
  clusterId: string;
  /** The agent's token, and its way to the cluster. */
  token: string;
  agentKubeconfig: string;
  sql: postgres.Sql;
  /** Straight to the server. */
  client: Client;
  server: Program;
  agent: Program;
  /** A second agent of the same cluster, with another instance id unless `home` is that of the first. */
  startOtherAgent(home?: string): TestProcess;
  /** From the agent to the server, from the agent to the cluster, and from the server to the cluster. */
  toServer: FaultProxy;
  toCluster: FaultProxy;
  fromServer: FaultProxy;
  /** Asks for a deployment; answers its task. */
  deploy(name: string, parameters?: Record<string, unknown>): Promise<Asked>;
  update(name: string, parameters: Record<string, unknown>): Promise<Asked>;
  delete(name: string): Promise<Asked>;
  /** Waits until a task has SUCCEEDED; throws when it ends otherwise. */
  succeeded(taskId: string): Promise<void>;
  status(name: string): Promise<string | undefined>;
  stop(): Promise<void>;
}

export interface Asked {
  taskId: string;
  deploymentId: string;
}

/** So many worlds side by side, their agents started. */
export async function startWorlds(
  stage: Stage,
  lanes: number,
  options: Omit<WorldOptions, "name">,
): Promise<World[]> {
  const names = Array.from({ length: lanes }, (_, lane) => `lane${lane}`);
  const worlds = await Promise.all(names.map((name) => startWorld(stage, { name, ...options })));
  await Promise.all(worlds.map((world) => world.agent.start()));
  return worlds;
}

/** Intervals that let a test wait little, and yet do not fire by themselves in the middle of an enumeration. */
const serverIntervals = {
  STYRMIN_LEASE_MS: "20000",
  STYRMIN_RENEW_MS: "5000",
  STYRMIN_TAKEOVER_MS: "5000",
};

export async function startWorld(stage: Stage, options: WorldOptions): Promise<World> {
  const { intent = "DIRECT", serverEnv = {}, agentEnv = {} } = options;
  const { agentFile } = options;
  const { cluster: below } = stage;
  const name = `${below.prefix}${options.name}`;
  const [environment, systemNamespace] = [name, `system-${name}`];
  const namespace = `env-${environment}`;
  stage.namespaces.push(namespace, systemNamespace);
  const dir = join(stage.dir, name);
  mkdirSync(dir, { recursive: true });
  const database = options.databaseUrl ? undefined : await testDatabase();
  const databaseUrl = options.databaseUrl ?? database!.url;
  const sql = connect(databaseUrl, { max: 2 });
  const accounts = await makeAccounts(below.kubeconfig, systemNamespace, join(dir, "accounts"));

  const [toCluster, fromServer] = await Promise.all([startFaultProxy(below), startFaultProxy(below)]);
  const [agentKubeconfig, serverKubeconfig] = [join(dir, "agent.kubeconfig"), join(dir, "server.kubeconfig")];
  await toCluster.writeKubeconfig(agentKubeconfig, accounts.agent.token);
  await fromServer.writeKubeconfig(serverKubeconfig, accounts.server.token);

  const [serverProgram, agentProgram] = await Promise.all([
    compiledProgram("server"),
    compiledProgram("agent"),
  ]);
  // While the server is dead nobody else may get its port.
  let port = choosePort(0);
  const server = createProgram(async () => {
    const process = startProcess([serverProgram], {
      ...serverIntervals,
      DATABASE_URL: databaseUrl,
      PORT: String(port),
      STYRMIN_HOME: join(dir, "home"),
      STYRMIN_DRIVER_ROOTS: stage.dir,
      STYRMIN_KUBECONFIG: intent === "DIRECT" ? serverKubeconfig : "",
      STYRMIN_NAMESPACE: systemNamespace,
      ...serverEnv,
    });
    await process.ready;
    return process;
  });
  // Another world may have chosen the same one since.
  const isTaken = (thrown: unknown) =>
    String(thrown).includes(`The port ${port} of 127.0.0.1 cannot be used`);
  for (let tries = 1; ; tries++) {
    const failure = await server.start().catch((thrown: unknown) => thrown);
    if (failure === undefined) break;
    if (!isTaken(failure) || tries === 5) throw failure;
    port = choosePort(0);
  }
  const url = `http://127.0.0.1:${port}`;
  const toServer = await startFaultProxy({ target: url });
  const client = createClient({ url });

  const token = randomBytes(24).toString("base64url");
  const tokenFile = join(dir, "token");
  writeFileSync(tokenFile, token);
  const tokenHash = createHash("sha256").update(token).digest("hex");
  const { cluster } = await client.clusters.create({ name: `cluster-${name}`, intent, tokenHash });
  await client.environments.create({ name: environment, cluster: cluster.id });
  await client.drivers.loadLocal(stage.driver);

  const startAgent = (home: string) =>
    startProcess(agentFile ?? [agentProgram], {
      STYRMIN_SERVER_URL: toServer.url,
      STYRMIN_AGENT_TOKEN_FILE: tokenFile,
      STYRMIN_KUBECONFIG: agentKubeconfig,
      STYRMIN_NAMESPACE: systemNamespace,
      STYRMIN_AGENT_HOME: join(dir, home),
      ...agentEnv,
    });
  const others: TestProcess[] = [];
  const agent = createProgram(async () => {
    const process = startAgent("agent");
    await process.ready;
    return process;
  });

  const world: World = {
    name,
    stage,
    environment,
    systemNamespace,
    namespace,
    clusterId: cluster.id,
    token,
    agentKubeconfig,
    sql,
    client,
    server,
    agent,
    startOtherAgent(home = "other-agent") {
      const process = startAgent(home);
      others.push(process);
      return process;
    },
    toServer,
    toCluster,
    fromServer,
    async deploy(deployment, parameters = {}) {
      const input = { name: deployment, driver: "small", environment, parameters, idempotencyKey: newKey() };
      const asked = await insist(() => client.deployments.create(input));
      return { taskId: asked.task!.id, deploymentId: asked.deployment.id };
    },
    async update(deployment, parameters) {
      const input = { deployment, environment, parameters, idempotencyKey: newKey() };
      const asked = await insist(() => client.deployments.update(input));
      return { taskId: asked.task!.id, deploymentId: asked.deployment.id };
    },
    async delete(deployment) {
      const variables = { deployment, environment, idempotencyKey: newKey() };
      const asked = await insist(() => client.deployments.delete(variables));
      return { taskId: asked.task!.id, deploymentId: asked.deployment.id };
    },
    async succeeded(taskId) {
      const ended = await eventually(
        `task ${taskId} has ended`,
        async () => {
          const [task] = await sql`select state, reason from tasks where id = ${taskId}`;
          if (task?.finishedAt !== undefined || !["QUEUED", "RUNNING"].includes(task?.state)) return task;
          throw new Error(`${task?.state} ${task?.reason ?? ""}\n${tail(server)}\n${tail(agent)}`);
        },
        { everyMs: 25 },
      );
      if (ended.state !== "SUCCEEDED") throw new Error(`the task ended ${ended.state}: ${ended.reason}`);
    },
    async status(deployment) {
      return (await client.deployments.get(deployment, { environment }))?.status;
    },
    async stop() {
      await Promise.all([agent.stop(), ...others.map((one) => one.kill())]);
      await server.stop();
      await Promise.all([toServer.stop(), toCluster.stop(), fromServer.stop()]);
      await sql.end({ timeout: 1 });
      await database?.drop();
    },
  };
  return world;
}

const newKey = () => crypto.randomUUID();

/** Sends a mutation again while the server does not answer, as a client does that gave it an idempotency key. */
async function insist<T>(send: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await send();
    } catch (thrown) {
      if (!(thrown instanceof ClientError) || thrown.code !== "UNAVAILABLE" || tries >= 200) throw thrown;
      await Bun.sleep(50);
    }
  }
}

/** What the agents and the server of a world wrote to the cluster so far, as `PATCH /api/…`; but for the Lease. */
export function clusterWrites({ toCluster, fromServer }: World): string[] {
  return [...toCluster.requests, ...fromServer.requests]
    .filter(({ method, path }) => method !== "GET" && !path.includes("/leases"))
    .map(({ method, path }) => `${method} ${path}`);
}
