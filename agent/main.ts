// The agent. It only wires: variables, token, cluster, the loops, signals and the exit code.
import { createClient } from "../clients/sdk/index.ts";
import { createKube } from "../kube/client.ts";
import { loadKubeAccess } from "../kube/config.ts";
import { AppError } from "../lib/errors.ts";
import { createLog, silentLog } from "../lib/log.ts";
import { sleep } from "../lib/loop.ts";
import crdYaml from "../k8s/crd.yaml" with { type: "text" };
import packageJson from "../package.json" with { type: "json" };
import { createActionRunner } from "./actions/create.ts";
import { startAgent } from "./agent.ts";
import { readAgentEnv } from "./env.ts";
import { serveHealth } from "./health.ts";
import { noteEndedEpoch, readEndedEpoch, readInstanceId } from "./home.ts";
import { followToken } from "./token.ts";

/** How long the loops may take to end the work in hand, milliseconds. */
const graceMs = 3_000;

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => stop.abort(new Error(signal)));

try {
  await main();
} catch (thrown) {
  if (!(thrown instanceof AppError)) throw thrown;
  console.error(`styrmin agent: ${thrown.message}`);
  process.exitCode = 1;
}

async function main(): Promise<void> {
  const env = readAgentEnv(process.env);
  const log = env.STYRMIN_LOG === "json" ? createLog({ program: "agent" }) : silentLog;
  const { STYRMIN_KUBECONFIG: kubeconfig, STYRMIN_KUBECONFIG_CONTEXT: context } = env;
  const access = await loadKubeAccess(
    kubeconfig ? { kubeconfig, ...(context ? { context } : {}) } : { inCluster: true },
  );
  const version = packageJson.version;
  const token = await followToken({ path: env.STYRMIN_AGENT_TOKEN_FILE, signal: stop.signal, log });
  const connection = {
    url: env.STYRMIN_SERVER_URL,
    get token() {
      return token.current();
    },
    userAgent: `styrmin-agent/${version}`,
  };
  const agent = startAgent({
    client: createClient(connection),
    kube: createKube({ config: access, log }),
    namespace: env.STYRMIN_NAMESPACE,
    instanceId: await readInstanceId(env.STYRMIN_AGENT_HOME),
    version,
    calmEpoch: await readEndedEpoch(env.STYRMIN_AGENT_HOME),
    noteEnd: (epoch) => noteEndedEpoch(env.STYRMIN_AGENT_HOME, epoch),
    bundleFolder: `${env.STYRMIN_AGENT_HOME}/bundles`,
    crdYaml,
    runner: createActionRunner({ socket: env.STYRMIN_ACTION_SOCKET, log: log.with({ loop: "flows" }) }),
    actionTimeoutMs: env.STYRMIN_ACTION_TIMEOUT_MS,
    statusMs: env.STYRMIN_STATUS_MS,
    leaseDurationMs: env.STYRMIN_LEASE_DURATION_MS,
    concurrency: env.STYRMIN_CONCURRENCY,
    signal: stop.signal,
    log,
  });
  const health = serveHealth({
    host: env.STYRMIN_HEALTH_HOST,
    port: env.STYRMIN_HEALTH_PORT,
    sources: agent.health,
    isReady: agent.isReady,
    blindSpots: agent.blindSpots,
  });
  process.stdout.write(`${JSON.stringify({ ready: true, healthUrl: health.url })}\n`);
  await Promise.race([agent.done, untilStopped().then(() => sleep(graceMs))]);
  await health.stop();
  process.exit();
}

function untilStopped(): Promise<void> {
  return new Promise((resolve) => stop.signal.addEventListener("abort", () => resolve(), { once: true }));
}
