// The server. It only wires: variables, database, parts, routes, signals and the exit code.
import { createRenderer, isForLater } from "../drivers/kit/index.ts";
import { AppError } from "../lib/errors.ts";
import { createLog } from "../lib/log.ts";
import { sleep } from "../lib/loop.ts";
import packageJson from "../package.json" with { type: "json" };
import schemaText from "../schema.graphql" with { type: "text" };
import { agentRoutes } from "./agents/routes.ts";
import { createApp } from "./app.ts";
import { startBackground } from "./background.ts";
import { callerOfToken } from "./db/callers.ts";
import { bindSealingKey } from "./db/installation.ts";
import { migrate } from "./db/migrate.ts";
import { checkAnswers, connect } from "./db/sql.ts";
import { waitForDatabase } from "./db/wait.ts";
import { findAccess } from "./deploy/repositories.ts";
import { readSealingKey, createSealing } from "./deploy/sealing.ts";
import { createDeps } from "./deps.ts";
import { defaultLoadLimits } from "./drivers/limits.ts";
import { loadDriver, readNewCommits, scanDrivers } from "./drivers/load.ts";
import { listRefs } from "./drivers/ls-refs.ts";
import { readServerEnv, type ServerEnv, settingsOf } from "./env.ts";
import { createRequestContext } from "./graphql/context.ts";
import { createResolvers } from "./graphql/resolvers.ts";
import { createSchema, type ResolverMap } from "./graphql/schema.ts";
import { listen } from "./http/listen.ts";
import { connectDirect } from "./intent/direct.ts";
import { webhookRoutes } from "./webhooks/routes.ts";

/** How long requests in hand may take to end, milliseconds. */
const graceMs = 1_500;

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => stop.abort(new Error(signal)));

try {
  await main();
} catch (thrown) {
  if (!(thrown instanceof AppError)) throw thrown;
  console.error(`styrmin server: ${thrown.message}`);
  process.exit(1);
}

async function main(): Promise<void> {
  const env = readServerEnv(process.env);
  const log = createLog({ program: "server" });
  const sql = connect(env.DATABASE_URL, { statementTimeoutMs: env.STYRMIN_STATEMENT_TIMEOUT_MS });
  await waitForDatabase(sql, { waitMs: env.STYRMIN_DATABASE_WAIT_MS, log, signal: stop.signal });
  await migrate(sql);
  const keyFile = env.STYRMIN_SEALING_KEY_FILE || `${env.STYRMIN_HOME}/server/sealing.key`;
  const sealing = createSealing(await readSealingKey(keyFile));
  await bindSealingKey(sql, sealing);

  const renderer = createRenderer();
  // Of its own, so that nobody who changes a deployment waits for those who compare.
  const comparing = createRenderer();
  const loading = {
    allowLoopbackGit: env.STYRMIN_ALLOW_LOOPBACK_GIT,
    allowPrivateGit: env.STYRMIN_ALLOW_PRIVATE_GIT,
    directories: [...env.STYRMIN_DRIVER_ROOTS, ...env.STYRMIN_BUNDLED_DRIVERS],
    limits: { ...defaultLoadLimits, commits: env.STYRMIN_COMMITS_PER_LOAD },
    chartAccess: (url: string) => findAccess({ sql, sealing }, "HELM", url),
  };
  const deps = createDeps({
    sql,
    log,
    sealing,
    settings: settingsOf(env),
    version: packageJson.version,
    agentUrl: env.STYRMIN_AGENT_URL || undefined,
    loadDriver: (source, ...more) => loadDriver(source, loading, ...more),
    readNewCommits: (source, signal) => readNewCommits(source, loading, signal),
    scanDrivers: (source, ...more) => scanDrivers(source, loading, ...more),
    listRefs: (asked, signal) =>
      listRefs(asked, {
        policy: { allowLoopback: loading.allowLoopbackGit, allowPrivate: loading.allowPrivateGit },
        ...(signal ? { signal } : {}),
      }),
    render: (check, signal) => comparing.render(check, signal),
    checkManifests: async (check, signal) => {
      const { problems = [] } = await renderer.render(check, signal);
      return problems.filter((problem) => !isForLater(problem));
    },
  });
  const app = createApp({
    schema: createSchema(schemaText, createResolvers() as ResolverMap, log),
    log,
    introspection: env.STYRMIN_INTROSPECTION,
    allowedHosts: env.STYRMIN_ALLOWED_HOSTS,
    callerOf: (token) => callerOfToken(sql, token),
    contextOf: (caller, client) => createRequestContext(deps, caller, client),
    agentRoutes: agentRoutes(deps),
    webhookRoutes: webhookRoutes(deps),
    checkReady: () => checkAnswers(sql),
  });
  const server = listen({
    host: env.HOST,
    port: env.PORT,
    variable: "PORT",
    fetch: (request, self) => app.fetch(request, { server: self }),
  });
  const forAgents = listenForAgents(env, app);
  const direct = env.STYRMIN_KUBECONFIG
    ? {
        kube: await connectDirect({
          kubeconfig: env.STYRMIN_KUBECONFIG,
          context: env.STYRMIN_KUBECONFIG_CONTEXT,
          log,
        }),
        namespace: env.STYRMIN_NAMESPACE,
      }
    : undefined;
  const background = startBackground(deps, stop.signal, {
    direct,
    bundledDrivers: env.STYRMIN_BUNDLED_DRIVERS,
  });
  const url = `http://${env.HOST}:${server.port}`;
  const agents = forAgents && { agentUrl: `http://${env.STYRMIN_AGENT_HOST}:${forAgents.port}` };
  process.stdout.write(`${JSON.stringify({ ready: true, url, ...agents })}\n`);

  await untilStopped();
  const listeners = forAgents ? [server, forAgents] : [server];
  const ended = [...listeners.map((one) => one.stop()), ...background.map((loop) => loop.done)];
  await Promise.race([Promise.all(ended), sleep(graceMs)]);
  await Promise.all(listeners.map((one) => one.stop(true)));
  await Promise.race([
    Promise.all([deps.close(), renderer.close(), comparing.close(), sql.end({ timeout: 1 })]),
    sleep(graceMs),
  ]);
  process.exit();
}

function listenForAgents(env: ServerEnv, app: ReturnType<typeof createApp>) {
  if (env.STYRMIN_AGENT_PORT === undefined) return undefined;
  return listen({
    host: env.STYRMIN_AGENT_HOST,
    port: env.STYRMIN_AGENT_PORT,
    variable: "STYRMIN_AGENT_PORT",
    fetch: (request, self) => app.fetch(request, { server: self, agentsOnly: true }),
  });
}

function untilStopped(): Promise<void> {
  return new Promise((resolve) => stop.signal.addEventListener("abort", () => resolve(), { once: true }));
}
