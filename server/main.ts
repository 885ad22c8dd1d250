// The server. It only wires: variables, database, parts, routes, signals and the exit code.
import { createRenderer } from "../drivers/kit/index.ts";
import { AppError } from "../lib/errors.ts";
import { createLog } from "../lib/log.ts";
import { sleep } from "../lib/loop.ts";
import packageJson from "../package.json" with { type: "json" };
import { agentRoutes } from "./agents/routes.ts";
import { createApp } from "./app.ts";
import { startBackground } from "./background.ts";
import { callerOfToken } from "./db/callers.ts";
import { bindSealingKey } from "./db/installation.ts";
import { migrate } from "./db/migrate.ts";
import { connect } from "./db/sql.ts";
import { readSealingKey, createSealing } from "./deploy/sealing.ts";
import { createDeps } from "./deps.ts";
import { loadDriver } from "./drivers/load.ts";
import { readServerEnv, settingsOf } from "./env.ts";
import { createRequestContext } from "./graphql/context.ts";
import { createResolvers } from "./graphql/resolvers.ts";
import { createSchema, type ResolverMap } from "./graphql/schema.ts";
import { connectDirect } from "./intent/direct.ts";

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
  await migrate(sql);
  const keyFile = env.STYRMIN_SEALING_KEY_FILE || `${env.STYRMIN_HOME}/server/sealing.key`;
  const sealing = createSealing(await readSealingKey(keyFile));
  await bindSealingKey(sql, sealing);

  const renderer = createRenderer();
  const loading = {
    allowLoopbackGit: env.STYRMIN_ALLOW_LOOPBACK_GIT,
    allowPrivateGit: env.STYRMIN_ALLOW_PRIVATE_GIT,
    directories: env.STYRMIN_DRIVER_ROOTS,
  };
  const deps = createDeps({
    sql,
    log,
    sealing,
    settings: settingsOf(env),
    version: packageJson.version,
    loadDriver: (source, signal) => loadDriver(source, loading, signal),
    checkManifests: async (check, signal) => (await renderer.render(check, signal)).problems ?? [],
  });
  const app = createApp({
    schema: createSchema(await readSchema(), createResolvers() as ResolverMap, log),
    log,
    introspection: env.STYRMIN_INTROSPECTION,
    allowedHosts: env.STYRMIN_ALLOWED_HOSTS,
    callerOf: (token) => callerOfToken(sql, token),
    contextOf: (caller, client) => createRequestContext(deps, caller, client),
    agentRoutes: agentRoutes(deps),
    checkReady: async () => void (await sql`select 1`),
  });
  const server = listen(env, app);
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
  const background = startBackground(deps, stop.signal, { direct });
  process.stdout.write(`${JSON.stringify({ ready: true, url: `http://${env.HOST}:${server.port}` })}\n`);

  await untilStopped();
  await Promise.race([Promise.all([server.stop(), ...background.map((loop) => loop.done)]), sleep(graceMs)]);
  await server.stop(true);
  await Promise.race([
    Promise.all([deps.close(), renderer.close(), sql.end({ timeout: 1 })]),
    sleep(graceMs),
  ]);
  process.exit();
}

function listen(env: { HOST: string; PORT: number }, app: ReturnType<typeof createApp>) {
  try {
    return Bun.serve({
      hostname: env.HOST,
      port: env.PORT,
      // Bodies are limited as they are read; long polls and streams set their own time limits.
      maxRequestBodySize: 64 * 1024 * 1024,
      idleTimeout: 60,
      fetch: (request, self) => app.fetch(request, { server: self }),
    });
  } catch (thrown) {
    const message = `The port ${env.PORT} of ${env.HOST} cannot be used: it is taken, or not allowed. Set PORT to another one.`;
    throw new AppError("UNAVAILABLE", message, { field: "PORT", cause: thrown });
  }
}

function readSchema(): Promise<string> {
  return Bun.file(new URL("../schema.graphql", import.meta.url)).text();
}

function untilStopped(): Promise<void> {
  return new Promise((resolve) => stop.signal.addEventListener("abort", () => resolve(), { once: true }));
}
