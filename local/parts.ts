import { join } from "node:path";
import { partEnvironment } from "./environment.ts";
import type { Home } from "./home.ts";
import { startPostgres } from "./postgres/postgres.ts";
import { type Running, startProgram } from "./program.ts";
import type { Part } from "./supervisor.ts";

/** What all parts of a run have in common. */
export interface PartContext {
  root: string;
  home: Home;
  runId: string;
  env: Record<string, string | undefined>;
  onLine: (part: string, line: string) => void;
}

export interface ClusterReady {
  url: string;
  kubeconfig: string;
  ingressPort: number;
  /** Whether pods only pretend to run, because the machine does not allow to confine processes. */
  simulated: boolean;
}

export function postgresPart({ home, runId, env, onLine }: PartContext): Part<{ url: string }> {
  let port: number | undefined;
  return {
    name: "postgres",
    graceMs: 700,
    async start(): Promise<Running<{ url: string }>> {
      const server = await startPostgres({
        dir: home.postgres,
        durable: true,
        port,
        env: markOf(partEnvironment(env, home, runId, "postgres")),
        onLine: (line) => onLine("postgres", line),
      });
      // The others know the address: after a crash it must be the same.
      port = server.port;
      return { pid: server.pid, ready: { url: server.url }, exited: server.exited, stop: server.stop };
    },
  };
}

export function clusterPart(context: PartContext): Part<ClusterReady> {
  return programPart(context, "cluster", "local/cluster/main.ts", 1500, {
    STYRMIN_CLUSTER_DIR: context.home.cluster,
  });
}

export interface ServerSettings {
  databaseUrl: string;
  port: number;
  /** The server's kubeconfig of the cluster `local`, when its intent is direct. */
  kubeconfig: string | undefined;
}

export function serverPart(context: PartContext, settings: ServerSettings): Part<{ url: string }> {
  return programPart(context, "server", "server/main.ts", 700, {
    DATABASE_URL: settings.databaseUrl,
    HOST: "127.0.0.1",
    PORT: String(settings.port),
    STYRMIN_SEALING_KEY_FILE: context.home.sealingKey,
    STYRMIN_DRIVER_ROOTS: driverRoots(context),
    STYRMIN_ALLOW_LOOPBACK_GIT: "1",
    // graphql-js looks closely at every object unless told that nobody is developing: a third of a large report.
    NODE_ENV: "production",
    ...(settings.kubeconfig ? { STYRMIN_KUBECONFIG: settings.kubeconfig } : {}),
  });
}

export interface AgentSettings {
  serverUrl: string;
  kubeconfig: string;
}

export function agentPart(context: PartContext, settings: AgentSettings): Part<{ healthUrl: string }> {
  return programPart(context, "agent", "agent/main.ts", 1600, {
    STYRMIN_SERVER_URL: settings.serverUrl,
    STYRMIN_AGENT_TOKEN_FILE: context.home.agentToken,
    STYRMIN_AGENT_HOME: context.home.agent,
    STYRMIN_HEALTH_PORT: context.env.STYRMIN_HEALTH_PORT ?? "0",
    STYRMIN_KUBECONFIG: settings.kubeconfig,
  });
}

function programPart<Ready>(
  { root, home, runId, env, onLine }: PartContext,
  name: string,
  file: string,
  graceMs: number,
  settings: Record<string, string>,
): Part<Ready> {
  return {
    name,
    graceMs,
    start: (signal) =>
      startProgram<Ready>({
        name,
        command: [process.execPath, "--no-install", join(root, file)],
        cwd: root,
        env: { ...partEnvironment(env, home, runId, name), ...settings },
        onLine: (line) => onLine(name, line),
        logFile: join(home.logs, `${name}.log`),
        signal,
      }),
  };
}

/**
 * The bundled drivers, the user's own folder, where drivers are written, and what the user adds. Whether a folder is there
 * is looked at by each load: it may be made later.
 */
export function driverRoots({ root, env }: Pick<PartContext, "root" | "env">): string {
  const roots = [join(root, "drivers"), env.HOME, ...(env.STYRMIN_DRIVER_ROOTS ?? "").split(":")];
  return roots.filter(Boolean).join(":");
}

/** Postgres gets no more of the user's environment than the marks by which its processes are found. */
function markOf(env: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => /^STYRMIN_(RUN|PART)_ID$/.test(name)));
}
