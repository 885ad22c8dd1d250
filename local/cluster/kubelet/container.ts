import { rmSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../../../lib/errors.ts";
import { createBell, sleep } from "../../../lib/loop.ts";
import { newId } from "../../../lib/names.ts";
import type { KubeObject } from "../types.ts";
import { containerSpec, type SpecContext, unknownImage } from "./container-spec.ts";
import { ConfigError } from "./env.ts";
import type { Image } from "./image.ts";
import { lastWords } from "./last-words.ts";
import { type ProbeKind, runProbe, tryOnce } from "./probes.ts";
import { pulled } from "./pulling.ts";
import type { Sandbox } from "./sandbox.ts";
import type { ContainerSpec, Exit } from "./sandbox/protocol.ts";
import { type ContainerRecord, type Terminated } from "./status.ts";

export interface Pace {
  /** Back-off after a crash, and for an image that cannot be had: doubled from the first to the last. */
  backoffMs: number;
  backoffCapMs: number;
  /** A container that ran this long has its back-off forgotten. */
  forgiveMs: number;
  /** How often a missing ConfigMap or the like is looked for. */
  configRetryMs: number;
}

/** What all containers of a pod share. */
export interface PodContext extends SpecContext {
  pace: Pace;
  /** Where known images run, and where all others pretend to. */
  real: Sandbox;
  simulated: Sandbox;
  event(type: "Normal" | "Warning", reason: string, message: string): void;
  /** A record has changed. */
  changed(): void;
  onSimulated(): void;
}

export interface Container {
  record: ContainerRecord;
  /** Runs, and runs again as the policy says, until it is not to run any more. Never rejects. */
  run(restart: "Always" | "OnFailure" | "Never"): Promise<void>;
  /** Settles when it has started for the first time and its startup probe has passed. */
  begun: Promise<void>;
  /** Ends it for good: hook, SIGTERM, and SIGKILL after the grace. Called again with less grace, that counts. */
  stop(graceSeconds: number): Promise<void>;
  /** Looks again for what was missing. */
  wake(): void;
  /** Where it runs; undefined while no process is there. */
  sandbox(): Sandbox | undefined;
}

export function createContainer(context: PodContext, spec: any, record: ContainerRecord): Container {
  const { pod, pace, event, changed } = context;
  const key = `${pod().metadata.uid}/${spec.name}`;
  const stopping = new AbortController();
  const begun = Promise.withResolvers<void>();
  const bell = createBell();
  let crashes = 0;
  let current: { sandbox: Sandbox; exited: Promise<Exit>; probes: AbortController } | undefined;
  let killAt: { deadline: number; timer: ReturnType<typeof setTimeout> } | undefined;
  let stopGraceSeconds = 0;

  const set = (change: Partial<ContainerRecord>) => {
    Object.assign(record, change);
    changed();
  };
  const waiting = (reason: string, message?: string) => {
    set({ state: { waiting: { reason, ...(message ? { message } : {}) } }, ready: false, started: false });
  };

  const run: Container["run"] = async (restart) => {
    try {
      // What ended with the cluster is started again at once, without a back-off.
      const lost = "terminated" in record.state ? record.state.terminated : undefined;
      if (lost && !(await mayRestart(lost, restart, true))) return;
      for (;;) {
        const terminated = await once();
        if (!(await mayRestart(terminated, restart))) return;
      }
    } catch (thrown) {
      if (!stopping.signal.aborted) {
        event("Warning", "Failed", messageOf(thrown));
        waiting("RunContainerError", messageOf(thrown));
      }
    }
  };

  /** Waits out the back-off; false when the container is to stay as it is. */
  const mayRestart = async (last: Terminated, restart: string, lost = false): Promise<boolean> => {
    if (stopping.signal.aborted || restart === "Never") return false;
    if (restart === "OnFailure" && last.exitCode === 0) return false;
    if (Date.parse(last.finishedAt) - Date.parse(last.startedAt) >= pace.forgiveMs) crashes = 0;
    const waitMs = crashes === 0 ? 0 : Math.min(pace.backoffCapMs, pace.backoffMs * 2 ** (crashes - 1));
    if (!lost) crashes++;
    record.lastState = { terminated: last };
    if (waitMs > 0) {
      const { name, namespace, uid } = pod().metadata;
      const where = `${name}_${namespace}(${uid})`;
      const message = `back-off ${Math.round(waitMs / 1000)}s restarting failed container=${spec.name} pod=${where}`;
      waiting("CrashLoopBackOff", message);
      event("Warning", "BackOff", `Back-off restarting failed container ${spec.name} in pod ${where}`);
      await sleep(waitMs, stopping.signal);
    }
    record.restartCount++;
    return true;
  };

  /** One life: what it needs, the process, its probes, its end. Rejects when it is stopped before it began. */
  const once = async (): Promise<Terminated> => {
    const image = await pulled(context, spec, waiting, stopping.signal);
    const simulated = image === "unknown" || context.real === context.simulated;
    const sandbox = simulated ? context.simulated : context.real;
    if (simulated) context.onSimulated();
    const ready = await configured(image === "unknown" ? unknownImage(spec.image) : image);
    removeOldLogs(record.restartCount);
    record.containerID = `styrmin://${newId()}`;
    event("Normal", "Created", "Container created");
    if (stopping.signal.aborted) throw stopping.signal.reason;
    const startedAt = seconds();
    const started = await sandbox.start(ready).catch((thrown: Error) => thrown);
    if (started instanceof Error) return failedToStart(started.message, startedAt);
    const { exited } = started;
    const probes = new AbortController();
    current = { sandbox, exited, probes };
    event("Normal", "Started", "Container started");
    set({
      state: { running: { startedAt } },
      started: !spec.startupProbe,
      ready: !spec.startupProbe && !spec.readinessProbe,
    });
    if (stopping.signal.aborted) void end(stopGraceSeconds);
    void hook("postStart", probes.signal).then((failed) => failed && kill("FailedPostStartHook"));
    if (!simulated) void probe(sandbox, probes.signal);
    else set({ started: true, ready: true });
    if (record.started) begun.resolve();

    if (simulated && runsToItsEnd(pod(), spec)) void sandbox.call("signal", key, 0);
    const { exitCode, signal, outOfMemory } = await exited;
    probes.abort();
    current = undefined;
    clearTimeout(killAt?.timer);
    killAt = undefined;
    const message = await lastWords(context.dir, spec, exitCode, logFile(record.restartCount));
    const terminated: Terminated = {
      exitCode: simulated && signal === 0 ? 0 : exitCode,
      reason: outOfMemory ? "OOMKilled" : exitCode === 0 || signal === 0 ? "Completed" : "Error",
      ...(message === undefined ? {} : { message }),
      startedAt,
      finishedAt: seconds(),
      containerID: record.containerID,
    };
    set({ state: { terminated }, ready: false, started: false });
    begun.resolve();
    return terminated;
  };

  const failedToStart = (message: string, startedAt: string): Terminated => {
    event("Warning", "Failed", `Error: ${message}`);
    const ended = { exitCode: 128, reason: "StartError", message, startedAt, finishedAt: seconds() };
    const terminated = { ...ended, containerID: record.containerID };
    set({ state: { terminated }, ready: false, started: false });
    return terminated;
  };

  /** Waits until every ConfigMap and Secret it names is there. */
  const configured = async (image: Image): Promise<ContainerSpec> => {
    for (let tries = 0; ; tries++) {
      try {
        return containerSpec(context, spec, image, logFile(record.restartCount));
      } catch (thrown) {
        if (!(thrown instanceof ConfigError)) throw thrown;
        event("Warning", "Failed", `Error: ${thrown.message}`);
        waiting("CreateContainerConfigError", thrown.message);
        await bell.wait(pace.configRetryMs * 2 ** Math.min(tries, 5), stopping.signal);
      }
    }
  };

  /** The one before stays, for `logs --previous`. */
  const removeOldLogs = (restart: number) => {
    for (const end of ["", ".1"]) rmSync(logFile(restart - 2) + end, { force: true });
  };

  const logFile = (restart: number) => join(context.dir, "logs", spec.name, `${restart}.log`);

  /** Startup first; then readiness and liveness side by side. */
  const probe = async (sandbox: Sandbox, signal: AbortSignal) => {
    const target = { sandbox, key, ip: context.ip, container: spec };
    const start = (kind: ProbeKind, onVerdict: (passed: boolean) => void) => {
      const one = spec[`${kind}Probe`];
      const name = `${kind[0]!.toUpperCase()}${kind.slice(1)}`;
      const onFailure = (why: string) => event("Warning", "Unhealthy", `${name} probe failed: ${why}`);
      return one ? runProbe({ kind, probe: one, target, signal, onVerdict, onFailure }) : undefined;
    };
    const killed = (kind: string) => kill(`Container ${spec.name} failed ${kind} probe, will be restarted`);
    if (spec.startupProbe) {
      await start("startup", (passed) => {
        if (!passed) return killed("startup");
        set({ started: true, ready: !spec.readinessProbe });
        begun.resolve();
      });
    }
    if (signal.aborted) return;
    void start("readiness", (ready) => set({ ready }));
    void start("liveness", (alive) => alive || killed("liveness"));
  };

  /** Ends the process because of a probe or a hook; what comes then is the restart policy's. */
  const kill = (message: string) => {
    event("Normal", "Killing", message);
    const liveness = spec.livenessProbe?.terminationGracePeriodSeconds;
    void end(liveness ?? pod().spec.terminationGracePeriodSeconds ?? 30);
  };

  const end = async (graceSeconds: number) => {
    const running = current;
    if (!running) return;
    const deadline = performance.now() + graceSeconds * 1000;
    const first = killAt === undefined;
    if (killAt && killAt.deadline <= deadline) return void (await running.exited);
    clearTimeout(killAt?.timer);
    const force = () => void running.sandbox.call("signal", key, 9).catch(() => {});
    killAt = { deadline, timer: setTimeout(force, graceSeconds * 1000) };
    if (first) {
      running.probes.abort();
      const cut = AbortSignal.timeout(Math.max(1, graceSeconds * 1000));
      if (graceSeconds > 0) await Promise.race([hook("preStop", cut), running.exited]);
      await running.sandbox.call("signal", key, 15).catch(() => {});
    }
    await running.exited;
  };

  /** Runs a lifecycle hook; answers whether it failed. */
  const hook = async (name: "preStop" | "postStart", signal: AbortSignal): Promise<boolean> => {
    const wanted = spec.lifecycle?.[name];
    const running = current;
    if (!wanted || !running || signal.aborted) return false;
    if (wanted.sleep) {
      await sleep(wanted.sleep.seconds * 1000, signal).catch(() => {});
      return false;
    }
    const target = { sandbox: running.sandbox, key, ip: context.ip, container: spec };
    const graceSeconds = pod().spec.terminationGracePeriodSeconds ?? 30;
    const failed = (await tryOnce({ ...wanted, timeoutSeconds: graceSeconds }, target)) !== undefined;
    const what = name === "preStop" ? "PreStop" : "PostStart";
    if (failed) event("Warning", `Failed${what}Hook`, `${what}Hook failed`);
    return failed;
  };

  return {
    record,
    run,
    begun: begun.promise,
    wake: bell.wake,
    sandbox: () => current?.sandbox,
    async stop(graceSeconds) {
      stopGraceSeconds = graceSeconds;
      if (!stopping.signal.aborted) stopping.abort(new Error("the container is being stopped"));
      await end(graceSeconds);
    },
  };
}

const seconds = () => new Date().toISOString().replace(/\.\d+Z$/, "Z");

/** A simulated container of a job or an init container would do its work and end. */
function runsToItsEnd(pod: KubeObject, spec: any): boolean {
  const isInit = (pod.spec.initContainers ?? []).some(({ name }: any) => name === spec.name);
  return isInit ? spec.restartPolicy !== "Always" : pod.spec.restartPolicy !== "Always";
}
