import type { DriverSpec } from "../../../drivers/kit/index.ts";
import { type Client, ClientError } from "../../sdk/index.ts";
import { type Cli, Exit } from "../io.ts";
import { neutralise } from "../output.ts";
import { waitForTask } from "../wait.ts";
import { runsInCase } from "./case-problems.ts";
import type { Answer, Case } from "./cases.ts";
import { lastLines } from "./last-lines.ts";
import type { Site } from "./site.ts";

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
  const lookAt = async (): Promise<Deployed> => {
    const failures = await failuresOf().catch((thrown) => failuresIn(thrown, cli.io.signal));
    if (failures.length === 0) return { failures, log: [] };
    const components = Object.keys(spec.components);
    return { failures, log: await lastLines(client, deployment.id, components, cli.io.signal) };
  };
  /** Says so when the deployment is still there afterwards. */
  const remove = async (): Promise<string[]> => {
    if (!clean) return [];
    try {
      cli.io.signal.throwIfAborted();
      // Where nothing ever ran no action runs, and answers are refused.
      const { activeInstance } = (await client.deployments.get(deployment.id)) ?? {};
      const prompts = activeInstance ? promptsOf(spec, one, "delete") : [];
      const doomed = { deployment: deployment.id, volumes: "DELETE", prompts } as const;
      const deleted = await client.deployments.delete(doomed);
      await waitForTask(here, deleted.task!.id, timeout);
      return [];
    } catch (thrown) {
      const why = cli.io.signal.aborted ? "" : `: ${sentencesIn(thrown).join("; ").replace(/\.$/, "")}`;
      const place = `${environment}/${name}`;
      const way = `Delete it with \`styrminctl deployments delete ${place} --delete-volumes\`.`;
      return [`The deployment ${place} is still there${why}. ${way}`];
    }
  };
  // Without a result nobody would hear of what is left.
  const tell = (left: string[]) => left.forEach((line) => cli.io.stderr(`${neutralise(line)}\n`));
  const found = await lookAt().catch(async (thrown) => {
    tell(await remove());
    throw thrown;
  });
  const left = await remove();
  if (cli.io.signal.aborted) {
    tell(left);
    cli.io.signal.throwIfAborted();
  }
  return { ...found, failures: [...found.failures, ...left] };
}

/** What a case failed of when it ended early. Throws again what is no fault of the case. */
function failuresIn(thrown: unknown, signal: AbortSignal): string[] {
  if (signal.aborted) throw thrown;
  const isOfCase =
    thrown instanceof Exit ||
    (thrown instanceof ClientError && ["INVALID", "CONFLICT"].includes(thrown.code));
  if (!isOfCase) throw thrown;
  return sentencesIn(thrown);
}

function sentencesIn(thrown: unknown): string[] {
  const problems = thrown instanceof ClientError ? thrown.problems : [];
  if (problems.length > 0) return problems.map(({ field, message }) => `${field}: ${message}`);
  return [thrown instanceof Error ? thrown.message : String(thrown)];
}

/** The case's answers to what the actions at a hook ask for. */
function promptsOf(spec: DriverSpec, { prompts }: Case, hook: DriverSpec["actions"][number]["hook"]) {
  const own = spec.actions.filter((action) => action.hook === hook && runsInCase(action));
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
