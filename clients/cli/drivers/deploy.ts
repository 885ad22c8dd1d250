import type { DriverSpec } from "../../../drivers/kit/index.ts";
import { type Client, ClientError } from "../../sdk/index.ts";
import { type Cli, Exit } from "../io.ts";
import { neutralise } from "../output.ts";
import { waitForTask } from "../wait.ts";
import type { Answer, Case } from "./cases.ts";
import { lastLines, taskLines } from "./last-lines.ts";
import { type Deployed, promptsOf, removeCase, sentencesIn } from "./remove.ts";
import type { Site } from "./site.ts";

export interface DeployOptions {
  spec: DriverSpec;
  /** The application's version when the case names none. */
  version: string;
  /** How long a deployment may take, seconds. */
  timeout: number;
}

/**
 * Deploys a case, asks the application what the case wants to know, and deletes it again. A case that cannot be started
 * or deleted has failed.
 */
export async function deployCase(cli: Cli, site: Site, one: Case, options: DeployOptions): Promise<Deployed> {
  const { client, environment, isLasting } = site;
  const { spec, version, timeout } = options;
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
  let last = task!.id;
  const wait = async (id: string) => {
    last = id;
    await waitForTask({ ...cli, client }, id, timeout, { isLasting });
  };
  const failuresOf = async (): Promise<string[]> => {
    await wait(task!.id);
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
    if (upgrade.task) await wait(upgrade.task.id);
    return (await answers(one.upgrade.answers)).map((failure) => `after the upgrade, ${failure}`);
  };
  const lookAt = async (): Promise<Deployed> => {
    const failures = await failuresOf().catch((thrown) => failuresIn(thrown, cli.io.signal));
    if (failures.length === 0) return { failures, log: [] };
    const components = Object.keys(spec.components);
    const log = await taskLines(client, last, cli.io.signal);
    log.push(...(await lastLines(client, deployment.id, components, cli.io.signal)));
    return { failures, log };
  };
  const remove = () => removeCase(cli, site, one, { id: deployment.id, name }, options);
  // Without a result nobody would hear of what is left, where it is left.
  const tell = ({ failures }: Deployed) => failures.forEach((line) => cli.io.stderr(`${neutralise(line)}\n`));
  const found = await lookAt().catch(async (thrown) => {
    if (isLasting) tell(await remove());
    throw thrown;
  });
  const left = await remove();
  if (cli.io.signal.aborted) {
    if (isLasting) tell(left);
    cli.io.signal.throwIfAborted();
  }
  return { failures: [...found.failures, ...left.failures], log: [...found.log, ...left.log] };
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
