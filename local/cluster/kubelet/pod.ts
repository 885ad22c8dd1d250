import { closeSync, ftruncateSync, mkdirSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../../../lib/errors.ts";
import type { Log } from "../../../lib/log.ts";
import { createBell } from "../../../lib/loop.ts";
import { endOfLimit, pods } from "../controllers/names.ts";
import { type Api, type KubeObject, StatusError } from "../types.ts";
import { type Container, createContainer, type Pace, type PodContext } from "./container.ts";
import { ConfigError } from "./env.ts";
import { hostsOf, type NetworkObjects } from "./routes.ts";
import type { Sandbox } from "./sandbox.ts";
import { isSidecar, newRecord, type PodRecord, recordFrom, statusOf } from "./status.ts";
import { createVolumes } from "./volumes.ts";

/** Marks a pod of which at least one container only pretends to run. */
export const simulatedAnnotation = "styrmin.io/simulated";

export interface PodOptions {
  api: Api;
  log: Log;
  clusterDir: string;
  ip: string;
  pace: Pace;
  real: Sandbox;
  simulated: Sandbox;
  network: () => NetworkObjects;
}

export interface Pod {
  readonly ip: string;
  readonly uid: string;
  readonly namespace: string;
  /** Takes in a newer version of the object; one that is marked for deletion begins the end. */
  update(pod: KubeObject): void;
  /** A ConfigMap, Secret or claim of its namespace has changed. */
  wake(): void;
  /** Brings the hosts file up to date. */
  refreshHosts(): void;
  container(name: string): Container | undefined;
  /** Writes nothing more and starts nothing more: the cluster is being stopped, the pod is not. */
  freeze(): void;
  /** Settles when no process of it runs any more. */
  over(): Promise<void>;
  /** The object is gone from the API without a grace. */
  discard(): Promise<void>;
}

/** Lives the life of one pod on this node, from its volumes to its end, and writes its status. */
export function startPod(first: KubeObject, options: PodOptions): Pod {
  const { api, log, clusterDir, ip, pace, real, simulated, network } = options;
  const { uid, name, namespace = "" } = first.metadata;
  const dir = join(clusterDir, "pods", uid);
  const volumes = createVolumes(api, clusterDir, dir);
  const stopping = new AbortController();
  const bell = createBell();
  const isReal = real !== simulated;
  let pod = first;
  let hosts = "";
  let scheduled = false;
  let frozen = false;
  let ending: Promise<void> | undefined;

  const now = () => new Date().toISOString().replace(/\.\d+Z$/, "Z");
  const resume = (specs: any[], statuses: any[] = []) =>
    specs.map((spec) => {
      const before = statuses.find((status) => status.name === spec.name);
      const image = { name: spec.name, image: spec.image };
      return before
        ? recordFrom(image, before, now())
        : newRecord(image, Boolean(first.spec.initContainers?.length));
    });
  const record: PodRecord = {
    ip: undefined,
    startTime: first.status?.startTime ?? now(),
    init: resume(first.spec.initContainers ?? [], first.status?.initContainerStatuses),
    containers: resume(first.spec.containers, first.status?.containerStatuses),
    stopped: false,
  };

  const writeStatus = () => {
    scheduled = false;
    if (frozen) return;
    const live = api.get(pods, name, namespace);
    if (live?.metadata.uid !== uid) return;
    const status = statusOf(live, record, now());
    if (!Bun.deepEquals(status, live.status)) api.updateStatus(pods, { ...live, status });
  };
  /** Changes of one moment make one write. */
  const changed = () => {
    if (scheduled) return;
    scheduled = true;
    queueMicrotask(() => {
      try {
        if (scheduled) writeStatus();
      } catch (thrown) {
        log.warn("the status of a pod could not be written", { pod: name, namespace, error: thrown });
      }
    });
  };
  const markSimulated = () => {
    const live = api.get(pods, name, namespace);
    if (live?.metadata.uid !== uid || live.metadata.annotations?.[simulatedAnnotation] === "true") return;
    const annotations = { ...live.metadata.annotations, [simulatedAnnotation]: "true" };
    api.update(pods, { ...live, metadata: { ...live.metadata, annotations } });
  };

  const context: PodContext = {
    ...{ api, ip, dir, volumes, pace, real, simulated, changed },
    pod: () => pod,
    event(type, reason, message) {
      if (!frozen) api.event(pod, type, reason, message, "kubelet");
    },
    onSimulated: markSimulated,
  };
  const containerOf = (spec: any, index: number, records: PodRecord["containers"]) =>
    createContainer(context, spec, records[index]!);
  const init: Container[] = (first.spec.initContainers ?? []).map((spec: any, index: number) =>
    containerOf(spec, index, record.init),
  );
  const containers: Container[] = first.spec.containers.map((spec: any, index: number) =>
    containerOf(spec, index, record.containers),
  );
  const sidecars = init.filter(({ record: { name } }) => isSidecar(first, name));

  const refreshHosts = () => {
    const next = hostsOf(pod, ip, network());
    if (next !== hosts) writeInPlace(join(dir, "hosts"), next);
    hosts = next;
  };

  /** Volumes first; what they are made of may not be there yet. */
  const prepare = async () => {
    mkdirSync(join(dir, "logs"), { recursive: true, mode: 0o700 });
    writeFileSync(join(dir, "hosts"), "", { flag: "a", mode: 0o644 });
    refreshHosts();
    for (let tries = 0; ; tries++) {
      try {
        volumes.fill(pod);
        break;
      } catch (thrown) {
        if (!(thrown instanceof ConfigError)) throw thrown;
        context.event("Warning", "FailedMount", `MountVolume.SetUp failed ${thrown.message}`);
        await bell.wait(pace.configRetryMs * 2 ** Math.min(tries, 5), stopping.signal);
      }
    }
    if (isReal) await real.call("addPod", uid, ip);
    record.ip = ip;
    changed();
  };

  const runInit = async (): Promise<boolean> => {
    for (const container of init) {
      if (stopping.signal.aborted) return false;
      if (sidecars.includes(container)) {
        void container.run("Always");
        await Promise.race([container.begun, aborted(stopping.signal)]);
        continue;
      }
      await container.run(pod.spec.restartPolicy === "Never" ? "Never" : "OnFailure");
      const { state } = container.record;
      if (!("terminated" in state) || state.terminated.exitCode !== 0) return false;
    }
    return true;
  };

  const live = async () => {
    try {
      await prepare();
      if (await runInit()) {
        await Promise.all(containers.map(({ run }) => run(pod.spec.restartPolicy ?? "Always")));
      }
      if (stopping.signal.aborted) return;
      await stopAll(pod.spec.terminationGracePeriodSeconds ?? 30);
      if (isReal) await real.call("removePod", uid);
    } catch (thrown) {
      if (stopping.signal.aborted) return;
      log.error("a pod could not be run", { pod: name, namespace, error: thrown });
      context.event("Warning", "FailedCreatePodSandBox", messageOf(thrown));
    }
  };

  const stopAll = async (graceSeconds: number) => {
    if (!stopping.signal.aborted) {
      stopping.abort(new Error("the pod is being stopped"));
      for (const { record } of [...containers, ...init]) {
        if ("running" in record.state)
          context.event("Normal", "Killing", `Stopping container ${record.name}`);
      }
    }
    const mains = [...containers, ...init.filter((each) => !sidecars.includes(each))];
    await Promise.all(mains.map(({ stop }) => stop(graceSeconds)));
    await Promise.all(sidecars.map(({ stop }) => stop(graceSeconds)));
  };

  /** The end of the processes, and of all that was made for them. */
  const end = async (graceSeconds: number) => {
    await stopAll(graceSeconds);
    await life;
    clearTimeout(deadline);
    if (frozen) return;
    record.stopped = true;
    if (isReal) await real.call("removePod", uid).catch(() => {});
    rmSync(dir, { recursive: true, force: true });
  };

  /** After its processes the object goes, as the last thing. */
  const finish = async (graceSeconds: number) => {
    await end(graceSeconds);
    if (frozen) return;
    try {
      writeStatus();
      api.delete(pods, name, namespace, { gracePeriodSeconds: 0, preconditions: { uid } });
    } catch (thrown) {
      if (!(thrown instanceof StatusError)) throw thrown; // somebody was faster
    }
  };

  const update = (next: KubeObject) => {
    pod = next;
    const { deletionTimestamp, deletionGracePeriodSeconds = 30 } = next.metadata;
    if (!deletionTimestamp) return;
    if (ending) return void stopAll(deletionGracePeriodSeconds);
    ending = finish(deletionGracePeriodSeconds).catch((thrown) =>
      log.error("a pod could not be ended", { pod: name, namespace, error: thrown }),
    );
  };

  const overdue = () => {
    const message = "Pod was active on the node longer than the specified deadline";
    record.failure = { reason: "DeadlineExceeded", message };
    context.event("Normal", "DeadlineExceeded", message);
    void stopAll(pod.spec.terminationGracePeriodSeconds ?? 30).then(changed);
  };
  const { activeDeadlineSeconds } = first.spec;
  const leftMs = endOfLimit(record.startTime, activeDeadlineSeconds ?? 0) - Date.now();
  const deadline = activeDeadlineSeconds ? setTimeout(overdue, Math.max(0, leftMs)) : undefined;

  changed();
  const life = first.metadata.deletionTimestamp ? Promise.resolve() : live();
  update(first);

  return {
    ip,
    uid,
    namespace,
    update,
    refreshHosts() {
      if (record.ip) refreshHosts();
    },
    wake() {
      bell.wake();
      for (const { wake } of [...init, ...containers]) wake();
      try {
        if (record.ip && !record.stopped) volumes.fill(pod);
      } catch (thrown) {
        if (!(thrown instanceof ConfigError)) throw thrown; // what it was made of is gone: the files stay
      }
    },
    container: (wanted) => [...containers, ...init].find(({ record: { name } }) => name === wanted),
    freeze() {
      frozen = true;
      void stopAll(1);
    },
    over: () => life,
    discard: () => (ending ??= end(0)),
  };
}

/** Containers have this very file mounted: it must stay the same one. */
function writeInPlace(path: string, text: string): void {
  const file = openSync(path, "r+");
  writeSync(file, text, 0);
  ftruncateSync(file, Buffer.byteLength(text));
  closeSync(file);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
