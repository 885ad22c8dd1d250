import { ActionError, type ActionRunner } from "../../../agent/actions/runner.ts";
import type { FlowTools } from "../../../agent/flows/tools.ts";
import { type ClaimedTask, type Flow, runTask } from "../../../agent/flows/run.ts";
import { createContext } from "../../../agent/runner/context.ts";
import type { Client } from "../../../clients/sdk/index.ts";
import type { ActionContext, DriverFiles } from "../../../drivers/kit/index.ts";
import type { StyrminDeployment } from "../../../kube/styrmin-deployment.ts";
import type { ExecOutcome, Kube, KubeObject } from "../../../kube/types.ts";
import { silentLog } from "../../../lib/log.ts";

/** Thrown by everything once the agent of a test is dead. */
class Dead extends Error {}

/** A task's server, a cluster with an operator that is always done, and an agent that can be killed between any two of their writes. */
export interface FlowStage {
  /** Runs the flow as one life of an agent does, from what is recorded. `dieAt` is the number of the point at which it is killed. */
  live(dieAt?: number): Promise<void>;
  /** The points passed by the last life: each write, before and after it has its effect. */
  points: string[];
  steps: Map<string, { state: string; result: unknown; error: string | null; attempts: number }>;
  resource: StyrminDeployment;
  /** The commands that were run, and every version and hold that the cluster had. */
  commands: string[];
  seen: string[];
  log: string[];
  ended: { state: string; reason?: string } | undefined;
}

export interface StageOptions {
  kind?: "DEPLOY" | "UPGRADE" | "DELETE";
  actions: { name: string; hook: string; mode: string; when?: string }[];
  functions: Record<string, (ctx: ActionContext) => unknown>;
  payload?: object;
  /** Runs a command in the place of the one that answers its last word; the signal is that of the command. */
  exec?: (
    command: string[],
    options: { signal?: AbortSignal; maxOutputBytes?: number },
  ) => Promise<ExecOutcome>;
  /** The runner of actions goes away at this call of its first run, or of so many; or ends it with another failure. */
  runnerDiesAt?: string;
  runnerFailure?: ActionError;
  runnersDying?: number;
  awayLimitMs?: number;
  /** Answers the driver's files in the place of none. */
  files?: () => Promise<DriverFiles>;
  /** How many replicas of a component are declared, in the place of one, and how many at most become ready. */
  replicas?: Record<string, number>;
  most?: Record<string, number>;
  /** A version of the application that does not become ready. */
  broken?: string;
  flowOf: (tools: FlowTools) => Flow;
}

const wentAway = new ActionError("unavailable", "the runner went away", { hadRunner: true });
const secret = "s3cret-value";
const hexOf = (text: string) => Buffer.from(text).toString("base64");

export function createStage(options: StageOptions): FlowStage {
  const { kind = "UPGRADE", actions, functions, broken } = options;
  const components = ["web", "worker"];
  const resource = {
    apiVersion: "styrmin.io/v1alpha1",
    kind: "StyrminDeployment",
    metadata: { name: "app", namespace: "system", uid: "u", generation: 1, resourceVersion: "1" },
    spec: {
      deploymentId: "d",
      intentGeneration: 1,
      applicationVersion: "1.0.0",
      targetNamespace: "env",
      phase: "Running",
      secretName: "params",
      components: Object.fromEntries(components.map((name) => [name, { label: { part: name } }])),
    },
  } as unknown as StyrminDeployment;
  const steps: FlowStage["steps"] = new Map();
  const listeners = new Set<() => void>();
  const stage: FlowStage = {
    live,
    points: [],
    steps,
    resource,
    commands: [],
    seen: [],
    log: [],
    ended: undefined,
  };
  let alive = true;
  let dieAt: number | undefined;
  let attempts = 0;
  let declared = "";
  operate();

  /** The operator: what is wanted is so at once. */
  function operate(): void {
    const { spec, metadata } = resource;
    resource.status = {
      observedGeneration: metadata.generation!,
      intentGeneration: spec.intentGeneration,
      conditions: [
        spec.applicationVersion === broken
          ? {
              type: "Stalled",
              status: "True",
              reason: "Unhealthy",
              message: "it broke",
              lastTransitionTime: "",
            }
          : { type: "Ready", status: "True", reason: "Healthy", message: "", lastTransitionTime: "" },
      ],
      components: components.map((name) => {
        const desired = spec.hold?.components?.[name] ?? options.replicas?.[name] ?? 1;
        const ready = Math.min(desired, options.most?.[name] ?? desired);
        const state = ready < desired ? "Progressing" : desired > 0 ? "Ready" : "Stopped";
        return { name, desired, ready, state };
      }),
    };
    const now = `${spec.applicationVersion} ${JSON.stringify(spec.hold?.components ?? {})}`;
    if (stage.seen.at(-1) !== now) stage.seen.push(now);
    for (const look of listeners) look();
  }
  function changed(): void {
    resource.metadata.generation!++;
    resource.metadata.resourceVersion = String(Number(resource.metadata.resourceVersion) + 1);
    operate();
  }

  /** A point is where an agent may be killed. */
  function point(label: string): void {
    if (!alive) throw new Dead();
    stage.points.push(label);
    if (dieAt !== undefined && stage.points.length > dieAt) {
      alive = false;
      throw new Dead();
    }
  }
  async function write<T>(label: string, effect: () => T): Promise<T> {
    await Promise.resolve();
    point(`before ${label}`);
    const result = effect();
    point(`after ${label}`);
    return result;
  }

  const versions = { old: "1.0.0", new: "3.0.0" };
  let generation = 1;
  const released = new Map<string, number>();
  function release(version: string): number {
    const known = released.get(version);
    if (known !== undefined) return known;
    released.set(version, ++generation);
    resource.spec.applicationVersion = version;
    resource.spec.intentGeneration = generation;
    changed();
    return generation;
  }
  const answers: Record<string, (variables: any) => unknown> = {
    StartTaskStep: ({ name }) => {
      const known = steps.get(name);
      if (known?.state !== "SUCCEEDED") {
        steps.set(name, {
          state: "RUNNING",
          result: null,
          error: null,
          attempts: (known?.attempts ?? 0) + 1,
        });
      }
      const { state, result } = steps.get(name)!;
      return { startTaskStep: { lease: "OK", step: { name, state, result } } };
    },
    FinishTaskStep: ({ name, state, result = null, error = null }) => {
      steps.set(name, { ...steps.get(name)!, state, result, error });
      return { finishTaskStep: "OK" };
    },
    ReleaseIntent: ({ applicationVersion = versions.new }) => ({
      releaseIntent: { lease: "OK", generation: release(applicationVersion) },
    }),
    RollBack: () => {
      const back = released.size > 0 ? release(versions.old) : null;
      return { rollBack: { lease: "OK", generation: back } };
    },
    ActivateInstance: () => {
      declared = versions.new;
      return { activateInstance: "OK" };
    },
    FinishTask: ({ state, reason }) => {
      stage.ended = { state, reason };
      return { finishTask: "OK" };
    },
  };
  const client = {
    async execute(document: { toString(): string }, variables: any, limits?: { signal?: AbortSignal }) {
      const name = /mutation (\w+)/.exec(document.toString())![1]!;
      limits?.signal?.throwIfAborted();
      if (name === "RenewTask") return { renewTask: "OK" };
      if (name === "AppendTaskLog") {
        if (!alive) throw new Dead();
        stage.log.push(...variables.lines.map((line: { message: string }) => line.message));
        return { appendTaskLog: "OK" };
      }
      const label = [name, variables.name, variables.state].filter(Boolean).join(" ");
      return write(label, () => answers[name]!(variables));
    },
  } as unknown as Client;

  const pods = (part: string): KubeObject[] => {
    const { ready } = resource.status!.components!.find(({ name }) => name === part)!;
    if (ready === 0) return [];
    const metadata = { name: `${part}-0`, namespace: "env" };
    const status = { phase: "Running", conditions: [{ type: "Ready", status: "True" }] };
    return [
      { apiVersion: "v1", kind: "Pod", metadata, spec: { containers: [{ name: "main" }] }, status },
    ] as KubeObject[];
  };
  const kube = {
    async get(ref: { kind: string; name: string }) {
      point("read");
      if (ref.kind === "CustomResourceDefinition") return { metadata: {} };
      if (ref.kind === "Secret") return { metadata: {}, data: { password: hexOf(secret) } };
      return structuredClone(resource);
    },
    async list(_: unknown, { labelSelector = "" }) {
      return { items: pods(/part=(\w+)/.exec(labelSelector)![1]!), resourceVersion: "1" };
    },
    async apply(object: KubeObject) {
      if (object.kind === "Namespace") return write("namespace", () => object);
      return write(`hold ${JSON.stringify(object.spec?.hold?.components ?? null)}`, () => {
        const { hold } = object.spec ?? {};
        if (!Bun.deepEquals(hold, resource.spec.hold)) {
          if (hold) resource.spec.hold = hold;
          else delete resource.spec.hold;
          changed();
        }
        return structuredClone(resource);
      });
    },
    async exec(pod: { name: string }, _container: string, command: string[], how: object) {
      if (options.exec) return options.exec(command, how);
      return write(`exec ${command.join(" ")}`, () => {
        stage.commands.push(`${pod.name} ${command.join(" ")}`);
        return { exitCode: 0, stdout: `${command.at(-1)} ${secret}\n`, stderr: "" };
      });
    },
  } as unknown as Kube;

  let runs = 0;
  const runner: ActionRunner = {
    async run({ location, context, prompts }, answer, signal) {
      const gone = new AbortController();
      const own = AbortSignal.any([signal, gone.signal]);
      const dies = runs++ < (options.runnersDying ?? 1);
      const ask = async (call: any) => {
        own.throwIfAborted();
        const given = answer(call, own);
        if (dies && call.key === options.runnerDiesAt) {
          given.catch(() => {});
          await Bun.sleep(5);
          gone.abort(options.runnerFailure ?? wentAway);
        }
        return given;
      };
      const asking = {
        ask,
        log: (level: "info", message: string) => void answer({ kind: "log", level, message }, signal),
      };
      const ctx = createContext({ context, prompts, asking: asking as never, signal: own });
      const cut = new Promise<never>((_, reject) => own.addEventListener("abort", () => reject(own.reason)));
      cut.catch(() => {});
      const running = (async () => functions[location.split("::")[1]!]!(ctx))();
      return { result: await Promise.race([running, cut]) };
    },
    close: async () => {},
  };

  const resources: FlowTools["resources"] = {
    get: () => resource,
    all: () => [resource],
    done: Promise.resolve(),
    waitFor(_, read, signal) {
      return new Promise((resolve, reject) => {
        const look = () => {
          try {
            if (!alive) throw new Dead();
            const answer = read(resource);
            if (answer === undefined) return;
            listeners.delete(look);
            resolve(answer);
          } catch (thrown) {
            listeners.delete(look);
            reject(thrown);
          }
        };
        signal.addEventListener("abort", () => reject(signal.reason), { once: true });
        listeners.add(look);
        look();
      });
    },
  };
  const tools: FlowTools = {
    kube,
    resources,
    namespace: "system",
    crdYaml: "metadata: { name: styrmindeployments.styrmin.io }",
    actions: {
      runner,
      bundles: { get: options.files ?? (async () => ({})) },
      timeoutMs: 5_000,
      awayLimitMs: options.awayLimitMs,
    },
  };

  async function live(killAt?: number): Promise<void> {
    alive = true;
    dieAt = killAt;
    stage.points = [];
    listeners.clear();
    const list = actions.map((action) => ({ ...action, location: `actions.ts::${action.name}` }));
    const task = {
      id: "task",
      token: "token",
      kind,
      attempts: ++attempts,
      resourceName: "app",
      namespace: "env",
      driverDigest: "digest",
      deploymentId: "d",
      payload: {
        first: declared === "",
        from: { applicationVersion: versions.old, driverVersion: "1", driverVersionId: "a" },
        to: { applicationVersion: versions.new, driverVersion: "1", driverVersionId: "a" },
        ...(list.length > 0
          ? { actions: { list, context: { parameters: {}, app: { version: versions.new } }, prompts: {} } }
          : {}),
        ...options.payload,
      },
      steps: [...steps].map(([name, { state, result, error }]) => ({ name, state, result, error })),
    } as unknown as ClaimedTask;
    await runTask({
      client,
      flow: options.flowOf(tools),
      task,
      leaseMs: 60_000,
      renewMs: 30_000,
      signal: new AbortController().signal,
      log: silentLog,
    });
  }
  return stage;
}
