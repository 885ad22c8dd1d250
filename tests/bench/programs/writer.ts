// The other side of the reconcile figure: writes resources and waits until each one's status says so. As `operator`
// or `kopf` a running operator does the rest; as `raw` the objects and the status are applied here, over the same
// number of connections and with nothing else to do: what the API can take.
import {
  labels,
  managers,
  styrminDeploymentKind,
  teardownFinalizer,
} from "../../../kube/styrmin-deployment.ts";
import { createKube } from "../../../kube/client.ts";
import { loadKubeAccess } from "../../../kube/config.ts";
import { startListWatch } from "../../../kube/list-watch.ts";
import type { KubeObject } from "../../../kube/types.ts";
import { serve } from "../child.ts";
import { benchDriver } from "../driver.ts";

export interface Round {
  /** Stands in every name, so that rounds do not meet. */
  name: string;
  mode: Mode;
  /** Where the resources are; whoever converges them looks only there. */
  system: string;
  count: number;
  connections: number;
}

export type Mode = "operator" | "raw" | "kopf";

export interface RoundResult {
  /** Until the last status said Ready. */
  perSecond: number;
  /** Until the last object was there; health that was waited for is not in it. */
  appliedPerSecond: number;
  /** This process' own processor time for one resource, milliseconds. */
  cpuMs: number;
}

const kube = createKube({ config: await loadKubeAccess({ kubeconfig: process.env.BENCH_KUBECONFIG! }) });
const { digest } = benchDriver();

async function round({ name: roundName, mode, system, count, connections }: Round): Promise<RoundResult> {
  const namespace = system;
  const mark = markOf(mode);
  const target = targetOf(roundName);
  for (const name of [namespace, target]) {
    await kube.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name } }, { manager: "bench" });
  }
  const stop = new AbortController();
  const seen = new Set<string>();
  const done = Promise.withResolvers<void>();
  const watch = startListWatch(kube, {
    kind: styrminDeploymentKind,
    namespace,
    signal: stop.signal,
    onEvent(event) {
      if (event.type === "SYNCED" || !event.object.metadata.name.startsWith(roundName)) return;
      if (!isReady(event.object)) return;
      seen.add(event.object.metadata.name);
      if (seen.size === count) done.resolve();
    },
  });
  const made = new Set<string>();
  let appliedAt = 0;
  const objects = startListWatch(kube, {
    kind: { apiVersion: "apps/v1", kind: "Deployment" },
    namespace: target,
    signal: stop.signal,
    onEvent(event) {
      if (event.type === "ADDED") made.add(event.object.metadata.name);
      if (made.size === count && appliedAt === 0) appliedAt = performance.now();
    },
  });
  await Promise.all([watch.synced, objects.synced]);

  const cpu = process.cpuUsage();
  const from = performance.now();
  let next = 0;
  const lane = async () => {
    while (next < count) {
      const name = `${roundName}-${String(next++).padStart(4, "0")}`;
      const resource = await kube.apply(resourceOf(name, namespace, target, mark), {
        manager: managers.publisher,
        force: true,
      });
      if (mode === "raw") await converge(resource, target, mark);
    }
  };
  await Promise.all(Array.from({ length: connections }, lane));
  const stuck = setTimeout(
    () => done.reject(new Error(`only ${seen.size} of ${count} became ready`)),
    60_000,
  );
  await done.promise;
  clearTimeout(stuck);
  const seconds = (performance.now() - from) / 1000;
  const { user, system: kernel } = process.cpuUsage(cpu);
  for (let tries = 0; appliedAt === 0 && tries < 1000; tries++) await Bun.sleep(2); // its event is on its way
  stop.abort();
  await Promise.all([watch.done, objects.done]);
  const appliedPerSecond = (count * 1000) / (appliedAt - from);
  return { perSecond: count / seconds, appliedPerSecond, cpuMs: (user + kernel) / 1000 / count };
}

/** A change of resources that a round has made, one after the other. */
export interface Changes extends Round {
  /** What the changed parameter says; grows from call to call. */
  value: number;
}

/** From sending a change of a resource to both of its objects seen as changed, milliseconds each. */
async function changes({ name: roundName, mode, system, count, value }: Changes): Promise<number[]> {
  const target = targetOf(roundName);
  const stop = new AbortController();
  let check = () => {};
  const options = { namespace: target, signal: stop.signal, onEvent: () => check() };
  const configMaps = startListWatch(kube, { ...options, kind: { apiVersion: "v1", kind: "ConfigMap" } });
  const deployments = startListWatch(kube, {
    ...options,
    kind: { apiVersion: "apps/v1", kind: "Deployment" },
  });
  await Promise.all([configMaps.synced, deployments.synced]);
  const isDone = (name: string) =>
    configMaps.get(target, name)?.data?.value === String(value) &&
    valueIn(deployments.get(target, name)) === String(value);
  const taken: number[] = [];
  for (let number = 0; number < count; number++) {
    const name = `${roundName}-${String(number).padStart(4, "0")}`;
    const seen = Promise.withResolvers<void>();
    check = () => isDone(name) && seen.resolve();
    const from = performance.now();
    const resource = await kube.apply(resourceOf(name, system, target, markOf(mode), value), {
      manager: managers.publisher,
      force: true,
    });
    if (mode === "raw") await converge(resource, target, markOf(mode), value);
    const stuck = setTimeout(() => seen.reject(new Error(`${name} was not changed in time`)), 60_000);
    await seen.promise;
    clearTimeout(stuck);
    taken.push(performance.now() - from);
    // What comes after it (status, Release) is not to meet the next one.
    await Bun.sleep(50);
  }
  stop.abort();
  await Promise.all([configMaps.done, deployments.done]);
  return taken;
}

const valueIn = (deployment: KubeObject | undefined): string | undefined =>
  deployment?.spec.template.spec.containers[0].env[0].value;

/** Our operator knows its objects by its own label; the others must not be taken for its own. */
const markOf = (mode: Mode) => (mode === "operator" ? labels.deployment : "baseline.io/deployment");

const targetOf = (roundName: string) => `env-${roundName}`;

/** The same objects as the operator applies, with the same fields, and the status that it ends with. */
async function converge(resource: KubeObject, target: string, mark: string, value = 0): Promise<void> {
  const { name } = resource.metadata;
  const options = { manager: "raw", force: true };
  const metadata = { name, namespace: target, labels: { app: name, [mark]: name } };
  await kube.apply(
    { apiVersion: "v1", kind: "ConfigMap", metadata, data: { value: String(value) } },
    options,
  );
  const containers = [
    { name: "main", image: "example.net/main:1", env: [{ name: "VALUE", value: String(value) }] },
  ];
  const template = {
    metadata: { labels: { app: name, component: "main", [mark]: name } },
    spec: { containers },
  };
  const spec = { replicas: 0, selector: { matchLabels: { app: name } }, template };
  await kube.apply({ apiVersion: "apps/v1", kind: "Deployment", metadata, spec }, options);
  const { apiVersion, kind } = styrminDeploymentKind;
  const ready = { type: "Ready", status: "True", reason: "Healthy", message: "all 2 objects are healthy" };
  const status = {
    observedGeneration: resource.metadata.generation,
    intentGeneration: value + 1,
    conditions: [{ ...ready, lastTransitionTime: new Date().toISOString() }],
  };
  const where = { name, namespace: resource.metadata.namespace };
  await kube.apply({ apiVersion, kind, metadata: where, status }, { ...options, subresource: "status" });
}

function isReady({ status, metadata }: KubeObject): boolean {
  const ready = status?.conditions?.find((one: { type: string }) => one.type === "Ready");
  return ready?.status === "True" && status.observedGeneration === metadata.generation;
}

/** As the publisher writes it. */
function resourceOf(name: string, namespace: string, target: string, mark: string, value = 0): KubeObject {
  const [id, instanceId] = [name, `${name}-${value + 1}`];
  return {
    ...styrminDeploymentKind,
    metadata: {
      name,
      namespace,
      labels: { [mark]: id, [labels.environment]: "bench" },
      finalizers: [teardownFinalizer],
    },
    spec: {
      deploymentId: id,
      name,
      environment: "bench",
      instanceId,
      intentGeneration: value + 1,
      driver: { name: "bench", version: "1", digest },
      applicationVersion: "1.0.0",
      targetNamespace: target,
      releaseName: name,
      phase: "Running",
      context: {
        cluster: { id: "c", name: "local", config: {} },
        environment: { id: "e", name: "bench", config: {} },
        deployment: { id, name, config: {} },
        instance: { id: instanceId, config: {}, namespace: target, release_name: name },
        app: { name: "bench", version: "1.0.0" },
        components: { main: { labels: { component: "main" }, env_vars: [], container_overrides: {} } },
        parameters: { value: String(value) },
        services: {},
      },
      components: { main: { label: { component: "main" } } },
    },
  };
}

serve({ round, changes });
