import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { DriverSpec } from "../../../drivers/kit/index.ts";
import { type Client, ClientError, createClient } from "../../sdk/index.ts";
import { type Cli, Exit, exitCodes } from "../io.ts";
import { waitForTask } from "../wait.ts";
import type { Answer, Case } from "./cases.ts";
import { lastLines } from "./last-lines.ts";

/** Where cases are deployed. */
export interface Site {
  client: Client;
  environment: string;
  /** Takes everything away that it brought. */
  end(): Promise<void>;
}

const startFile = resolve(import.meta.dir, "../../../local/start.ts");

/**
 * Starts all of Styrmin in a folder of its own that goes away afterwards: embedded Postgres, embedded cluster, server
 * and agent. Nothing of the user's (a running Styrmin, a database, a kubeconfig) is touched.
 */
export async function startSite(cli: Cli, driverFolder: string): Promise<Site> {
  if (!existsSync(startFile)) {
    const hint = "Use --environment with a server that runs.";
    throw new Exit(exitCodes.refused, `Styrmin cannot be started from here: it is not a clone. ${hint}`);
  }
  const home = await mkdtemp(join(tmpdir(), "styrmin-case-"));
  const own = ["HOME", "PATH", "TMPDIR", "LANG", "STYRMIN_HELM"];
  const child = Bun.spawn([...tied(), process.execPath, "--no-install", startFile], {
    env: {
      ...Object.fromEntries(own.map((name) => [name, process.env[name]])),
      PORT: "0",
      STYRMIN_HOME: home,
      STYRMIN_DRIVER_ROOTS: driverFolder,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const printed = Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  const end = async () => {
    child.kill("SIGTERM");
    await child.exited;
    await rm(home, { recursive: true, force: true });
  };
  try {
    const url = await serverOf(cli, child, join(home, "run.json"));
    if (url === undefined) {
      const said = (await printed).join("").trim().split("\n").slice(-5).join("\n");
      throw new Exit(exitCodes.refused, `Styrmin did not start:\n${said}`);
    }
    return { client: createClient({ url }), environment: "demo", end };
  } catch (thrown) {
    await end();
    throw thrown;
  }
}

/** Dies with this process, by whatever means it dies. */
function tied(): string[] {
  const setpriv = process.platform === "linux" ? Bun.which("setpriv") : null;
  return setpriv ? [setpriv, "--pdeathsig", "TERM", "--"] : [];
}

/** The server's address, as soon as everything is ready; undefined when the child has ended before. */
async function serverOf(cli: Cli, child: Bun.Subprocess, runFile: string): Promise<string | undefined> {
  while (child.exitCode === null && child.signalCode === null) {
    if (existsSync(runFile)) {
      const run = JSON.parse(readFileSync(runFile, "utf8")) as { serverUrl: string };
      return run.serverUrl;
    }
    cli.io.signal.throwIfAborted();
    await Bun.sleep(50);
  }
  return undefined;
}

export interface DeployOptions {
  spec: DriverSpec;
  /** The application's version when the case names none. */
  version: string;
  /** How long a deployment may take, seconds. */
  timeout: number;
  /** Whether it is deleted afterwards, volumes and all. */
  clean: boolean;
}

/** What came of a deployed case. */
export interface Deployed {
  /** What does not hold; empty when it passed. */
  failures: string[];
  /** The last lines of its components when it failed. */
  log: string[];
}

/** Deploys a case and asks the application what the case wants to know. A case that cannot be started has failed. */
export async function deployCase(
  cli: Cli,
  site: Site,
  one: Case,
  { spec, version, timeout, clean }: DeployOptions,
): Promise<Deployed> {
  const { client, environment } = site;
  const here: Cli = { ...cli, client };
  const name = `case-${crypto.randomUUID().slice(0, 8)}`;
  // Host names and ingress class are the cluster's own: those of a case would lead nowhere.
  const { fqdn_suffix: _, ingress_class: __, ...config } = one.config;
  const input = {
    driver: spec.name,
    driverVersion: spec.version,
    applicationVersion: one.version ?? version,
    environment,
    name,
    parameters: one.parameters,
    config,
    envVars: one.envVars,
    containerOverrides: one.containerOverrides,
    prompts: promptsOf(spec, one, "setup"),
  };
  let created: Awaited<ReturnType<Client["deployments"]["create"]>>;
  try {
    created = await client.deployments.create(input);
  } catch (thrown) {
    return { failures: failuresIn(thrown, cli.io.signal), log: [] };
  }
  const { task, deployment } = created;
  const failuresOf = async (): Promise<string[]> => {
    await waitForTask(here, task!.id, timeout);
    const answers = async (wanted: Answer[]) => {
      const found = await client.deployments.get(deployment.id);
      const asked: string[] = [];
      for (const answer of wanted) {
        const failure = await ask(found?.services ?? [], answer, cli.io.signal);
        if (failure !== undefined) asked.push(failure);
      }
      return asked;
    };
    const failures = await answers(one.deploy ?? []);
    if (one.upgrade === null || failures.length > 0) return failures;
    const upgrade = await client.deployments.update({
      deployment: deployment.id,
      applicationVersion: one.upgrade.version,
      prompts: promptsOf(spec, one, "upgrade"),
    });
    if (upgrade.task) await waitForTask(here, upgrade.task.id, timeout);
    return (await answers(one.upgrade.answers)).map((failure) => `after the upgrade, ${failure}`);
  };
  try {
    const failures = await failuresOf().catch((thrown) => failuresIn(thrown, cli.io.signal));
    if (failures.length === 0) return { failures, log: [] };
    const components = Object.keys(spec.components);
    return { failures, log: await lastLines(client, deployment.id, components, cli.io.signal) };
  } finally {
    if (clean && !cli.io.signal.aborted) {
      const deleted = await client.deployments.delete({ deployment: deployment.id, volumes: "DELETE" });
      await waitForTask(here, deleted.task!.id, timeout);
    }
  }
}

/** What a case failed of when it ended early. Throws again what is no fault of the case. */
function failuresIn(thrown: unknown, signal: AbortSignal): string[] {
  if (signal.aborted) throw thrown;
  if (thrown instanceof Exit) return [thrown.message];
  if (!(thrown instanceof ClientError) || !["INVALID", "CONFLICT"].includes(thrown.code)) throw thrown;
  const { message, problems } = thrown;
  return problems.length > 0 ? problems.map((one) => `${one.field}: ${one.message}`) : [message];
}

/** The case's answers to what the actions at a hook ask for. */
function promptsOf(spec: DriverSpec, { prompts }: Case, hook: DriverSpec["actions"][number]["hook"]) {
  // A case changes the application's version alone.
  const own = spec.actions.filter((action) => action.hook === hook && action.when !== "driver");
  const names = new Set(own.map(({ name }) => name));
  return Object.entries(prompts).flatMap(([key, value]) => {
    const [action = "", ...rest] = key.split(".");
    return names.has(action) ? [{ action, name: rest.join("."), value }] : [];
  });
}

/** An Ingress may take a moment to lead to pods that are ready, and an application to do what it was told. */
const defaultPatienceMs = 15_000;

/** Asks a deployed application what a case wants to know; says what is wrong with the answer, if anything is. */
export async function ask(
  services: readonly { name: string; url?: string | null }[],
  answer: Answer,
  signal: AbortSignal,
  patienceMs = defaultPatienceMs,
): Promise<string | undefined> {
  const { service, path } = answer;
  const found = services.find((one) => (service === undefined ? one.url : one.name === service));
  if (!found?.url)
    return `${service ?? "no service"} has no address to ask: is it external, and of kind http?`;
  const url = new URL(path, found.url);
  const { host } = url;
  // Names below `localhost` do not resolve everywhere.
  if (url.hostname.endsWith(".localhost")) url.hostname = "127.0.0.1";
  const until = performance.now() + patienceMs;
  for (;;) {
    const { failure, mayPass } = await askOnce(url, host, answer, signal);
    if (!mayPass || performance.now() > until) return failure;
    signal.throwIfAborted();
    await Bun.sleep(200);
  }
}

async function askOnce(
  url: URL,
  host: string,
  { method, path, body, status, contains }: Answer,
  signal: AbortSignal,
): Promise<{ failure?: string; mayPass?: boolean }> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(5_000)]);
  try {
    // A connection that is used again may be closed by now, and only a GET is asked twice.
    const once = { keepalive: false, redirect: "manual", signal: limit } as const;
    const response = await fetch(url, { ...once, method, body, headers: { host } });
    const text = await response.text();
    if (response.status !== status)
      return {
        failure: `${path} answers ${response.status} (${JSON.stringify(text.slice(0, 200))}), not ${status}`,
        // What was refused was not done: it can be asked for again.
        mayPass: method === "GET" || response.status >= 500 || response.status === 404,
      };
    if (contains !== undefined && !text.includes(contains))
      return {
        failure: `${path} answers ${JSON.stringify(text.slice(0, 200))}, without "${contains}"`,
        mayPass: method === "GET",
      };
    return {};
  } catch (thrown) {
    signal.throwIfAborted();
    return { failure: `${path} does not answer: ${(thrown as Error).message}`, mayPass: method === "GET" };
  }
}
