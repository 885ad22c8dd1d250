import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { messageOf } from "../../../lib/errors.ts";
import type { Log } from "../../../lib/log.ts";
import { sleep } from "../../../lib/loop.ts";
import { endpointSlices, nodeName, pods as podResource, services } from "../controllers/names.ts";
import { startIngress } from "../ingress.ts";
import { type Api, type Change, type KubeObject, type PodRuntime, StatusError } from "../types.ts";
import type { Pace } from "./container.ts";
import { createAddresses } from "./addresses.ts";
import { type Pod, startPod } from "./pod.ts";
import { type NetworkObjects, routesOf } from "./routes.ts";
import { createPodRuntime } from "./runtime.ts";
import { join as joinSockets } from "./sandbox/relay.ts";
import type { Sandbox } from "./sandbox.ts";
import { createSteadySandbox } from "./steady.ts";
import { createSimulatedSandbox } from "./simulated.ts";

export interface KubeletOptions {
  api: Api;
  /** The cluster's folder: `pods/<uid>` and `volumes/pvc-<uid>` are made in it. */
  dir: string;
  log: Log;
  /** The program that makes namespaces; tests name one that is not there. */
  unshare?: string;
  /** Divides the back-offs of crashing containers and missing images. Default 1, as in Kubernetes. */
  haste?: number;
  /** The first choice for the front door. Default: the last one, or 8080. */
  ingressPort?: number;
}

export interface Kubelet {
  runtime: PodRuntime;
  /** Whether all pods only pretend to run, and why. */
  simulated: boolean;
  reason: string | undefined;
  ingressPort: number;
  /** A connection to a port of a pod. */
  dialPod(uid: string, port: number): Promise<Socket>;
  /** A port on 127.0.0.1 that leads to a port of a pod, until `stop`. */
  forward(uid: string, port: number): Promise<{ port: number; stop(): void }>;
  /** Ends every process, leaving the objects as they are: the next start takes the pods up again. */
  stop(): Promise<void>;
}

const networkSettlesMs = 10;
/** How long programs have to end by themselves when the cluster is stopped: a database likes to write down. */
const partingMs = 700;

/** Runs the pods that are scheduled to this node as processes of this machine. */
export async function startKubelet(options: KubeletOptions): Promise<Kubelet> {
  const { api, dir, log, unshare, haste = 1 } = options;
  const pods = new Map<string, Pod>();
  const addresses = createAddresses();
  const pace: Pace = {
    backoffMs: 10_000 / haste,
    backoffCapMs: 300_000 / haste,
    forgiveMs: 600_000 / haste,
    configRetryMs: 5_000 / haste,
  };
  for (const folder of ["pods", "volumes"]) mkdirSync(join(dir, folder), { recursive: true, mode: 0o700 });

  let stopped = false;
  let reason: string | undefined;
  const prepare = async (sandbox: Sandbox) => {
    for (const pod of pods.values()) await sandbox.call("addPod", pod.uid, pod.ip);
    await sandbox.call("routes", routesOf(network()));
  };
  const steady = await createSteadySandbox({ dir, log, unshare, prepare }).catch((thrown) => {
    reason = messageOf(thrown);
    log.info("pods are simulated: this machine does not allow to confine processes", { reason });
    return undefined;
  });
  const simulated = createSimulatedSandbox(reason ?? "its image is not known here");
  const real = steady ?? simulated;

  const network = (): NetworkObjects => ({
    services: api.list(services),
    slices: api.list(endpointSlices),
  });
  let networkTimer: ReturnType<typeof setTimeout> | undefined;
  const refreshNetwork = () => {
    networkTimer ??= setTimeout(() => {
      networkTimer = undefined;
      if (stopped) return;
      const objects = network();
      void real.call("routes", routesOf(objects)).catch(() => {});
      for (const pod of pods.values()) pod.refreshHosts();
    }, networkSettlesMs);
  };

  const take = (object: KubeObject) => {
    const { uid, deletionTimestamp } = object.metadata;
    const known = pods.get(uid);
    if (known) return known.update(object);
    if (object.spec.nodeName !== nodeName) return;
    const isDone = ["Succeeded", "Failed"].includes(object.status?.phase);
    if (isDone && !deletionTimestamp) return;
    const ip = addresses.take(uid, object.status?.podIP);
    pods.set(uid, startPod(object, { api, log, clusterDir: dir, ip, pace, real, simulated, network }));
  };
  const drop = async (object: KubeObject) => {
    const { uid } = object.metadata;
    const pod = pods.get(uid);
    pods.delete(uid);
    await pod?.discard();
    rmSync(join(dir, "pods", uid), { recursive: true, force: true });
    addresses.free(uid);
  };
  const hear = ({ type, resource, object }: Change) => {
    if (stopped) return;
    const kind = resource.resource;
    if (kind === "pods" && resource.group === "") {
      if (type === "DELETED") void drop(object);
      else take(object);
    } else if (kind === "services" || kind === "endpointslices") refreshNetwork();
    else if (resource.group === "" && ["configmaps", "secrets", "persistentvolumeclaims"].includes(kind)) {
      for (const pod of pods.values()) if (pod.namespace === object.metadata.namespace) pod.wake();
    }
  };

  const unsubscribe = api.onChange(hear);
  refreshNetwork();
  const present = api.list(podResource);
  for (const object of present) take(object);
  const uids = new Set(present.map(({ metadata }) => metadata.uid));
  for (const left of readdirSync(join(dir, "pods"))) {
    if (!uids.has(left)) rmSync(join(dir, "pods", left), { recursive: true, force: true });
  }
  const ingress = await startIngress({ api, dir, log, dial: real.dial, port: options.ingressPort });

  const dialPod = (uid: string, port: number): Promise<Socket> => {
    const pod = pods.get(uid);
    if (!pod) throw new StatusError(404, "NotFound", `no pod with uid ${uid} runs here`);
    return real.dial(pod.ip, port);
  };

  return {
    runtime: createPodRuntime(api, (uid) => pods.get(uid), dir),
    simulated: steady === undefined,
    reason,
    ingressPort: ingress.port,
    dialPod,
    forward(uid, port) {
      const server = createServer({ allowHalfOpen: true }, (client) => {
        client.pause();
        client.on("error", () => client.destroy());
        dialPod(uid, port).then(
          (pod) => joinSockets(client, pod),
          () => client.destroy(),
        );
      });
      return new Promise((resolve) => {
        server.listen(0, "127.0.0.1", () => {
          const address = server.address() as { port: number };
          resolve({ port: address.port, stop: () => void server.close() });
        });
      });
    },
    async stop() {
      stopped = true;
      unsubscribe();
      clearTimeout(networkTimer);
      ingress.stop();
      for (const pod of pods.values()) pod.freeze();
      await Promise.race([Promise.all([...pods.values()].map(({ over }) => over())), sleep(partingMs)]);
      await steady?.stop();
    },
  };
}
