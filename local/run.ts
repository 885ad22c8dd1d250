import { mkdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { messageOf } from "../lib/errors.ts";
import { newId, shortId } from "../lib/names.ts";
import type { StartSettings } from "./arguments.ts";
import type { Console } from "./console.ts";
import { checkDatabase } from "./database.ts";
import { partEnvironment, sweepPart, sweepRun } from "./environment.ts";
import { type Home, openHome } from "./home.ts";
import { installManifests, keepTokens } from "./install.ts";
import { agentPart, clusterPart, type PartContext, postgresPart, serverPart } from "./parts.ts";
import { choosePort } from "./port.ts";
import { removeRunFile, type RunFile, writeRunFile } from "./run-file.ts";
import { loadBundledDrivers, registerCluster } from "./setup.ts";
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
  /** The folder for temporary files of all parts. */
  scratch: string;
  port: number;
  /** The parts that run. */
  kept: Kept<unknown>[];
  /** Every start that was begun; those that a stop cuts off settle soon. */
  starting: Promise<unknown>[];
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
  // Not below the home: the paths of sockets must stay shorter than 108 characters.
  const scratch = join(tmpdir(), `styrmin-${shortId(runId)}`);
  const lock = openHome(home, { pid: process.pid, runId, scratch });
  const failed = new AbortController();
  const kept: Kept<unknown>[] = [];
  const starting: Promise<unknown>[] = [];
  try {
    mkdirSync(scratch, { mode: 0o700 });
    removeRunFile(home.runFile);
    const strays = lock.before ? await sweepRun(lock.before.runId) : 0;
    if (lock.before?.scratch) rmSync(lock.before.scratch, { recursive: true, force: true });
    if (strays > 0) console.warn(`ended ${strays} processes that a killed run had left behind`);
    const port = choosePort(settings.port);
    if (settings.databaseUrl) await checkDatabase(settings.databaseUrl, home);

    let started: Started | undefined;
    const publish = () => started && writeRunFile(home.runFile, started.run());
    const either = AbortSignal.any([signal, failed.signal]);
    const state = { ...options, signal: either, runId, port, kept, starting, scratch, onRestart: publish };
    started = await startAll(state, (thrown) => failed.abort(thrown));
    publish();
    onReady(started);
    await aborted(signal);
  } catch (thrown) {
    if (!signal.aborted) throw thrown;
  } finally {
    failed.abort(new Error("stopping"));
    await Promise.allSettled(starting);
    for (const name of endOrder) await kept.find((part) => part.name === name)?.stop();
    await sweepRun(runId);
    rmSync(scratch, { recursive: true, force: true });
    removeRunFile(home.runFile);
    lock.release();
  }
}

/** Starts each part as soon as what it needs is there. `giveUp` aborts the signal with the first failure. */
async function startAll(state: RunState, giveUp: (thrown: unknown) => void): Promise<Started> {
  const { settings, home, root, console, env, runId, port, signal } = state;
  const context: PartContext = {
    root,
    home,
    runId,
    env: { ...env, TMPDIR: state.scratch },
    onLine: console.line,
  };
  const supervisor = superviseWith(state);
  const steps: Promise<unknown>[] = [];

  const step = <T>(text: string, needs: Promise<unknown>[], work: () => Promise<T>): Promise<T> => {
    const result = Promise.all(needs).then(async () => {
      const from = performance.now();
      const value = await work();
      signal.throwIfAborted();
      console.step(text, performance.now() - from);
      return value;
    });
    steps.push(result.catch(giveUp));
    return result;
  };
  const keep = <Ready>(part: Part<Ready>): Promise<Kept<Ready>> => {
    const begun = supervisor.keep(part, signal);
    state.starting.push(begun.then((one) => void state.kept.push(one)).catch(() => {}));
    return begun;
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

  const manifests = step("resource and rights are installed", [cluster], async () => {
    const { accounts } = home;
    const own = partEnvironment(env, home, runId, "install");
    const { kubeconfig } = await cluster;
    const options = { root, kubeconfig, context: settings.context, accounts, env: own, signal };
    const expiresAt = await installManifests(options);
    const warn = (why: string) => console.warn(`the tokens of agent and server could not be renewed: ${why}`);
    state.starting.push(keepTokens(options, expiresAt, warn));
  });
  const kubeconfigOf = (who: "agent" | "server") => join(home.accounts, `styrmin-${who}.kubeconfig`);
  const direct = settings.intent === "DIRECT";
  const server = step("the server runs", [database, ...(direct ? [manifests] : [])], async () => {
    const kubeconfig = direct ? kubeconfigOf("server") : undefined;
    return keep(serverPart(context, { databaseUrl: await database, port, kubeconfig }));
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
    keep(agentPart(context, { serverUrl, kubeconfig: kubeconfigOf("agent") })),
  );
  const bundled = step("the bundled drivers are loaded", [server], () => loadBundledDrivers(serverUrl, root));

  await Promise.race([Promise.all(steps), aborted(signal)]);
  signal.throwIfAborted();
  for (const { name, why } of await bundled)
    console.say(`! The bundled driver ${name} is left out, and tried again at the next start. ${why}`);
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
    context: settings.context ?? null,
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
