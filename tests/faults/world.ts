import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type postgres from "postgres";
import { type Client, ClientError, createClient } from "../../clients/sdk/index.ts";
import { loadKubeAccess } from "../../kube/config.ts";
import { connect } from "../../server/db/sql.ts";
import { makeAccounts } from "../helpers/accounts.ts";
import { eventually } from "../helpers/eventually.ts";
import { testDatabase } from "../helpers/postgres.ts";
import { type FaultProxy, startFaultProxy } from "../helpers/proxy.ts";
import { startProcess, type TestProcess } from "./processes.ts";
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
  /** The program of the agent. Default `agent/main.ts`. */
  agentFile?: string;
}

export interface Program {
  /** The process that runs; throws when there is none. */
  readonly process: TestProcess;
  start(): Promise<void>;
  /** kill -9; nothing when it does not run. */
  kill(): Promise<void>;
  stop(): Promise<void>;
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

/** Intervals that let a test wait little, and yet do not fire by themselves in the middle of an enumeration. */
const serverIntervals = {
  STYRMIN_LEASE_MS: "20000",
  STYRMIN_RENEW_MS: "5000",
  STYRMIN_TAKEOVER_MS: "5000",
};

export async function startWorld(stage: Stage, options: WorldOptions): Promise<World> {
  const { name, intent = "DIRECT", serverEnv = {}, agentEnv = {} } = options;
  const { agentFile = "agent/main.ts" } = options;
  const [environment, systemNamespace] = [name, `system-${name}`];
  const dir = join(stage.dir, name);
  mkdirSync(dir, { recursive: true });
  const database = options.databaseUrl ? undefined : await testDatabase();
  const databaseUrl = options.databaseUrl ?? database!.url;
  const sql = connect(databaseUrl, { max: 2 });
  const accounts = await makeAccounts(stage.cluster.kubeconfig, systemNamespace, join(dir, "accounts"));

  const access = await clusterAccess(stage);
  const [toCluster, fromServer] = await Promise.all([startFaultProxy(access), startFaultProxy(access)]);
  const [agentKubeconfig, serverKubeconfig] = [join(dir, "agent.kubeconfig"), join(dir, "server.kubeconfig")];
  await toCluster.writeKubeconfig(agentKubeconfig, accounts.agent.token);
  await fromServer.writeKubeconfig(serverKubeconfig, accounts.server.token);

  let port = "0";
  const server = createProgram(async () => {
    const process = startProcess("server/main.ts", {
      ...serverIntervals,
      DATABASE_URL: databaseUrl,
      PORT: port,
      STYRMIN_HOME: join(dir, "home"),
      STYRMIN_DRIVER_ROOTS: stage.dir,
      STYRMIN_KUBECONFIG: intent === "DIRECT" ? serverKubeconfig : "",
      STYRMIN_NAMESPACE: systemNamespace,
      ...serverEnv,
    });
    port = new URL((await process.ready).url as string).port;
    return process;
  });
  await server.start();
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
    startProcess(agentFile, {
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
    namespace: `env-${environment}`,
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
        { timeoutMs: 40_000, everyMs: 25 },
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

function createProgram(launch: () => Promise<TestProcess>): Program {
  let running: TestProcess | undefined;
  return {
    get process() {
      if (!running) throw new Error("it does not run");
      return running;
    },
    async start() {
      running = await launch();
    },
    async kill() {
      const ended = running;
      running = undefined;
      await ended?.kill();
    },
    async stop() {
      const ended = running;
      running = undefined;
      await ended?.stop();
    },
  };
}

/** The last lines that a program printed, for the error of a test that waits in vain. */
function tail(program: Program): string {
  try {
    return program.process.output().trimEnd().split("\n").slice(-8).join("\n");
  } catch {
    return "(not running)";
  }
}

async function clusterAccess(stage: Stage) {
  const access = await loadKubeAccess({ kubeconfig: stage.cluster.kubeconfig });
  const { tls } = await access.credentials();
  return {
    target: () => stage.cluster.url,
    tls: { ca: tls?.ca },
  };
}
