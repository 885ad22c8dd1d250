import { messageOf } from "../lib/errors.ts";
import { newId } from "../lib/names.ts";
import type { StartSettings } from "./arguments.ts";
import type { Console } from "./console.ts";
import { checkDatabase } from "./database.ts";
import { partEnvironment, sweepPart, sweepRun } from "./environment.ts";
import { type Home, openHome } from "./home.ts";
import { agentPart, clusterPart, type PartContext, postgresPart, serverPart } from "./parts.ts";
import { choosePort } from "./port.ts";
import { removeRunFile, type RunFile, writeRunFile } from "./run-file.ts";
import { installManifests, loadBundledDrivers, registerCluster } from "./setup.ts";
import { createSupervisor, type Kept, type Part } from "./supervisor.ts";

export interface RunOptions {
  settings: StartSettings;
  home: Home;
  root: string;
  env: Record<string, string | undefined>;
  console: Console;
  /** Ends the run, in order. */
  signal: AbortSignal;
}

/** What runs when everything is ready. */
export interface Started {
  run: () => RunFile;
  simulated: boolean;
}

interface RunState extends RunOptions {
  runId: string;
  port: number;
  /** The parts that run, in the order of their starts. */
  kept: Kept<unknown>[];
  onRestart: () => void;
}

/** The order in which parts are ended: who uses another goes first. */
const endOrder = ["agent", "server", "cluster", "postgres"];

/**
 * Starts everything, calls `onReady`, and keeps it running until the signal is aborted; then ends it all.
 * Throws an AppError, with nothing left running, when something does not start.
 */
export async function runStyrmin(options: RunOptions, onReady: (started: Started) => void): Promise<void> {
  const { settings, home, console, signal } = options;
  const runId = newId();
  const lock = openHome(home, { pid: process.pid, runId });
  const failed = new AbortController();
  const kept: Kept<unknown>[] = [];
  try {
    removeRunFile(home.runFile);
    const strays = lock.before ? await sweepRun(lock.before.runId) : 0;
    if (strays > 0) console.warn(`ended ${strays} processes that a killed run had left behind`);
    const port = choosePort(settings.port);
    if (settings.databaseUrl) await checkDatabase(settings.databaseUrl, home);

    let started: Started | undefined;
    const publish = () => started && writeRunFile(home.runFile, started.run());
    const either = AbortSignal.any([signal, failed.signal]);
    const state = { ...options, signal: either, runId, port, kept, onRestart: publish };
    started = await startAll(state, (thrown) => failed.abort(thrown));
    publish();
    onReady(started);
    await aborted(signal);
  } catch (thrown) {
    if (!signal.aborted) throw thrown;
  } finally {
    failed.abort(new Error("stopping"));
    for (const name of endOrder) await kept.find((part) => part.name === name)?.stop();
    await sweepRun(runId);
    removeRunFile(home.runFile);
    lock.release();
  }
}

/** Starts each part as soon as what it needs is there. The first failure is handed to `giveUp` and thrown. */
async function startAll(state: RunState, giveUp: (thrown: unknown) => void): Promise<Started> {
  const { settings, home, root, console, env, runId, port, signal } = state;
  const context: PartContext = { root, home, runId, env, onLine: console.line };
  const supervisor = superviseWith(state);
  const steps: Promise<unknown>[] = [];
  let firstFailure: { thrown: unknown } | undefined;

  const step = <T>(text: string, needs: Promise<unknown>[], work: () => Promise<T>): Promise<T> => {
    const result = Promise.all(needs).then(async () => {
      const from = performance.now();
      const value = await work();
      console.step(text, performance.now() - from);
      return value;
    });
    steps.push(
      result.catch((thrown) => {
        firstFailure ??= { thrown };
        giveUp(thrown);
      }),
    );
    return result;
  };
  const keep = async <Ready>(part: Part<Ready>): Promise<Kept<Ready>> => {
    const one = await supervisor.keep(part, signal);
    state.kept.push(one);
    return one;
  };

  const postgres = settings.databaseUrl
    ? undefined
    : step("Postgres runs", [], () => keep(postgresPart(context)));
  const database = postgres
    ? postgres.then(async (part) => {
        const { url } = part.current().ready;
        await checkDatabase(url, home);
        return url;
      })
    : Promise.resolve(settings.databaseUrl ?? "");
  const embedded = settings.kubeconfig
    ? undefined
    : step("the embedded cluster runs", [], () => keep(clusterPart(context)));
  const cluster = embedded
    ? embedded.then((part) => part.current().ready)
    : Promise.resolve({ kubeconfig: settings.kubeconfig ?? "", ingressPort: null, simulated: false });

  const access = async () => ({ kubeconfig: (await cluster).kubeconfig, context: settings.context });
  const manifests = step("the custom resource is installed", [cluster], async () =>
    installManifests({ root, ...(await access()), env: partEnvironment(env, home, runId, "install") }),
  );
  const server = step("the server runs", [database, cluster], async () => {
    const { kubeconfig, context: name } = await access();
    const direct = settings.intent === "DIRECT" ? kubeconfig : undefined;
    return keep(
      serverPart(context, { databaseUrl: await database, port, kubeconfig: direct, context: name }),
    );
  });
  const serverUrl = `http://127.0.0.1:${port}`;
  const registered = step("cluster `local` and environment `demo` are there", [server], async () => {
    const { ingressPort } = await cluster;
    const config = embedded
      ? { fqdn_suffix: "localhost", ingress_class: "styrmin", ingress_port: ingressPort }
      : {};
    await registerCluster({ serverUrl, home, intent: settings.intent, config });
  });
  const agent = step("the agent runs", [registered, manifests], async () =>
    keep(agentPart(context, { serverUrl, ...(await access()) })),
  );
  step("the bundled drivers are loaded", [server], () => loadBundledDrivers(serverUrl, root));

  await Promise.all(steps);
  if (firstFailure) throw firstFailure.thrown;
  const { kubeconfig, ingressPort, simulated } = await cluster;
  const pidOf = async (part: Promise<Kept<unknown>> | undefined) => (await part)?.current;
  const [serverNow, agentNow, postgresNow, clusterNow] = await Promise.all([
    server.then((part) => part.current),
    agent.then((part) => part.current),
    pidOf(postgres),
    pidOf(embedded),
  ]);
  const run = (): RunFile => ({
    serverUrl,
    kubeconfig,
    ingressPort,
    pids: {
      supervisor: process.pid,
      server: serverNow().pid,
      agent: agentNow().pid,
      postgres: postgresNow?.().pid ?? null,
      cluster: clusterNow?.().pid ?? null,
    },
  });
  return { run, simulated };
}

function superviseWith({ console, runId, onRestart }: RunState) {
  return createSupervisor({
    onEnd: (name, how, waitMs) =>
      console.warn(`the ${name} ended (${how}); starting it again in ${(waitMs / 1000).toFixed(1)} s`),
    onFailure: (name, message) => console.warn(`the ${name} could not be started again: ${message}`),
    onRestart(name) {
      console.say(`the ${name} runs again`);
      onRestart();
    },
    cleanUp: async (name) => {
      await sweepPart(runId, name).catch((thrown) => console.warn(messageOf(thrown)));
    },
  });
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    if (signal.aborted) return done();
    signal.addEventListener("abort", () => done(), { once: true });
  });
}
