import { describe } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { digestOf, type DriverFiles } from "../../../drivers/kit/index.ts";
import { createRenderer, type Renderer } from "../../../drivers/kit/index.ts";
import type { OperatorSettings } from "../../../agent/operator/deps.ts";
import { type Operator, startOperator } from "../../../agent/operator/operator.ts";
import { createKube } from "../../../kube/client.ts";
import { loadKubeAccess } from "../../../kube/config.ts";
import { ensureCrd } from "../../../kube/crd.ts";
import { publishIntent } from "../../../kube/intent.ts";
import {
  type Condition,
  type ConditionType,
  labels,
  managers,
  type StyrminDeployment,
  styrminDeploymentKind,
  type StyrminDeploymentSpec,
} from "../../../kube/styrmin-deployment.ts";
import type { Kube, KubeObject, ObjectRef } from "../../../kube/types.ts";
import { createLog, silentLog } from "../../../lib/log.ts";
import type { AuditLine } from "../../../local/cluster/http/audit.ts";
import { startControllers } from "../../../local/cluster/controllers/all.ts";
import type { Api } from "../../../local/cluster/types.ts";
import { startTestCluster, type TestCluster } from "../../helpers/cluster.ts";
import { eventually } from "../../helpers/eventually.ts";
import { describeReal, realKube, realKubeconfig, realNamespace } from "../../helpers/real-cluster.ts";
import { startKubelet } from "./kubelet.ts";

/** A cluster with our resource and two namespaces for the operator. */
export interface Stage {
  kube: Kube;
  adminKubeconfig: string;
  system: string;
  target: string;
  stop(): Promise<void>;
}

async function startEmbedded(): Promise<Stage & { cluster: TestCluster }> {
  const dir = mkdtempSync(join(tmpdir(), "styrmin-volumes-"));
  const controllers = (api: Api) => startControllers(api, { log: silentLog, dir });
  const cluster = await startTestCluster({ controllers: [controllers, startKubelet] });
  const kube = createKube({ config: await loadKubeAccess({ kubeconfig: cluster.kubeconfig }) });
  const [system, target] = ["styrmin-system", "env-demo"];
  for (const name of [system, target]) {
    await kube.create({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
  }
  const stop = async () => {
    await cluster.stop();
    rmSync(dir, { recursive: true, force: true });
  };
  return { cluster, kube, adminKubeconfig: cluster.kubeconfig, system, target, stop };
}

/** The real node, with namespaces of this rig's own. */
async function startReal(): Promise<Stage> {
  const kube = await realKube();
  const namespaces = [await realNamespace(kube, "reconcile-system"), await realNamespace(kube, "reconcile")];
  const [system, target] = namespaces.map(({ name }) => name) as [string, string];
  const stop = async () => {
    const all = (await kube.list({ apiVersion: "v1", kind: "Namespace" })).items;
    const more = all.map(({ metadata }) => metadata.name).filter((name) => name.startsWith(`${target}-`));
    // Nobody waits for the end of them, only for nothing to hold them.
    await Promise.all(
      [target, system, ...more].map((name) => kube.delete({ apiVersion: "v1", kind: "Namespace", name })),
    );
    const { items } = await kube.list(styrminDeploymentKind, { namespace: system });
    const drop = (name: string) =>
      kube.mergePatch(
        { ...styrminDeploymentKind, namespace: system, name },
        { metadata: { finalizers: null } },
        { manager: "test" },
      );
    // What went meanwhile needs it no more.
    await Promise.allSettled(items.map(({ metadata }) => drop(metadata.name)));
  };
  return { kube, adminKubeconfig: realKubeconfig!, system, target, stop };
}

/** An embedded cluster with drivers in memory, and operators that come and go. */
export async function startRig() {
  const stage = await startEmbedded();
  const { cluster } = stage;
  return {
    ...(await rigOn(stage)),
    cluster,
    /** Requests so far that changed something in the cluster or tried to, other than by the test itself. */
    writes: (): AuditLine[] =>
      cluster
        .auditLines()
        .filter(({ verb, manager }) => manager === "styrmin" && !["get", "list", "watch"].includes(verb)),
  };
}

/** The same on the real node. */
export const startRealRig = async (): Promise<BasicRig> => rigOn(await startReal());

/** Runs the same tests on an embedded cluster and, where there is one, on the real node. */
export function describeBoth(name: string, tests: (start: () => Promise<BasicRig>) => void): void {
  describe(name, () => tests(startRig));
  describeReal(`${name}, on the real node`, () => tests(startRealRig));
}

async function rigOn({ kube, adminKubeconfig, system, target, ...stage }: Stage) {
  await ensureCrd(kube, await Bun.file("k8s/crd.yaml").text(), { install: true });
  const renderer = createRenderer();
  const bundles = new Map<string, DriverFiles>();
  const charts = new Map<string, Uint8Array>();
  const running = new Set<{ stop: () => Promise<void> }>();
  let requested = 0;
  let bundlesFree = Promise.resolve();

  const startOne = (
    options: {
      kube?: Kube;
      settings?: Partial<OperatorSettings>;
      held?: () => boolean;
      renderer?: Renderer;
      log?: (line: string) => void;
    } = {},
  ) => {
    const stopper = new AbortController();
    const operator: Operator = startOperator({
      kube: options.kube ?? kube,
      namespace: system,
      renderer: options.renderer ?? renderer,
      log: process.env.SHOW_LOG ? createLog() : options.log ? createLog({}, options.log) : silentLog,
      signal: stopper.signal,
      settings: options.settings,
      held: options.held,
      bundles: {
        async get(digest) {
          requested++;
          await bundlesFree;
          const files = bundles.get(digest);
          if (!files) throw new Error(`the server has no bundle ${digest}`);
          return files;
        },
        async getChart(digest) {
          const chart = charts.get(digest);
          if (!chart) throw new Error(`the server has no chart ${digest}`);
          return chart;
        },
      },
    });
    const stop = async () => {
      stopper.abort();
      running.delete(one);
      await operator.done;
    };
    const one = { ...operator, stop };
    running.add(one);
    return one;
  };

  const get = (ref: ObjectRef) => kube.get(ref);
  const resource = async (name: string) =>
    (await kube.get({ ...styrminDeploymentKind, namespace: system, name })) as StyrminDeployment | undefined;

  const keep = (files: DriverFiles): string => {
    const digest = digestOf(files);
    bundles.set(digest, files);
    return digest;
  };

  return {
    kube,
    adminKubeconfig,
    system,
    target,
    startOperator: startOne,
    bundlesRequested: () => requested,

    /** Makes a driver of manifest files; answers its digest. */
    driver(manifests: Record<string, string>): string {
      const text = Object.entries({ "driver.styrmin.yml": driverFile, ...prefixed(manifests) });
      return keep(Object.fromEntries(text.map(([path, content]) => [path, Buffer.from(content)])));
    },
    keep,
    keepChart: (digest: string, archive: Uint8Array) => void charts.set(digest, archive),
    /** Lets nobody have a bundle until what it answers is called. */
    holdBundles(): () => void {
      const { promise, resolve } = Promise.withResolvers<void>();
      bundlesFree = promise;
      return resolve;
    },
    forget: (digest: string) => bundles.delete(digest),

    /** Publishes one generation of a deployment, as the server does. */
    async publish(wish: Wish) {
      const spec = specOf(wish, target);
      const { deploymentId, instanceId } = spec;
      const secret = wish.secret && { name: spec.secretName!, data: wish.secret };
      const generation = spec.intentGeneration;
      return publishIntent(
        kube,
        { deploymentId, name: wish.name, generation, instanceId, spec, secret },
        { namespace: system },
      );
    },

    /** Sets `spec.hold` as a flow does; none lifts it. */
    hold: (name: string, hold?: StyrminDeploymentSpec["hold"]) =>
      kube.apply(
        { ...styrminDeploymentKind, metadata: { name, namespace: system }, spec: hold ? { hold } : {} },
        { manager: managers.flow, force: true },
      ),

    get,
    resource,
    resources: async () =>
      (await kube.list(styrminDeploymentKind, { namespace: system })).items as StyrminDeployment[],
    podsOf: async (name: string) =>
      (
        await kube.list(
          { apiVersion: "v1", kind: "Pod" },
          { labelSelector: `${labels.deployment}=${deploymentIdOf(name)}` },
        )
      ).items,
    configMap: (name: string) => get({ apiVersion: "v1", kind: "ConfigMap", namespace: target, name }),
    deployment: (name: string) => get({ apiVersion: "apps/v1", kind: "Deployment", namespace: target, name }),
    releases: async () =>
      (
        await kube.list(
          { apiVersion: "v1", kind: "Secret" },
          { namespace: system, labelSelector: "styrmin.io/role=release" },
        )
      ).items,

    /** Waits until a condition of a deployment holds for its present generation. */
    until: (name: string, type: ConditionType, status: Condition["status"], reason?: string) =>
      eventually(`${name} is ${type}=${status} ${reason ?? ""}`, async () => {
        const found = await resource(name);
        const condition = found?.status?.conditions?.find((one) => one.type === type);
        const current = found?.status?.observedGeneration === found?.metadata.generation;
        const fits = condition?.status === status && (reason === undefined || condition.reason === reason);
        if (current && fits) return found;
        throw new Error(JSON.stringify(found?.status ?? found ?? "no resource"));
      }),

    async stop() {
      for (const one of [...running]) await one.stop();
      await renderer.close();
      await stage.stop();
    },
  };
}

export type BasicRig = Awaited<ReturnType<typeof rigOn>>;
export type Rig = Awaited<ReturnType<typeof startRig>>;

export interface Wish {
  name: string;
  digest: string;
  /** Of the intent; the instance is named by it too, unless `instance` says otherwise. */
  generation?: number;
  instance?: number;
  parameters?: Record<string, unknown>;
  /** Secret parameters by name. */
  secret?: Record<string, string>;
  spec?: Partial<StyrminDeploymentSpec>;
}

export const deploymentIdOf = (name: string) => `dep-${name}`;

function specOf(
  { name, digest, generation = 1, instance = generation, parameters = {}, secret, spec }: Wish,
  target: string,
) {
  const deploymentId = deploymentIdOf(name);
  const instanceId = `${name}-instance-${instance}`;
  const secretName = secret ? `styrmin-params-${instanceId}` : undefined;
  const references = Object.keys(secret ?? {}).map((key) => [key, { secretRef: { name: secretName, key } }]);
  return {
    deploymentId,
    name,
    environment: "demo",
    instanceId,
    intentGeneration: generation,
    driver: { name: "test", version: "1", digest },
    applicationVersion: "1.0.0",
    targetNamespace: target,
    releaseName: name,
    phase: "Running" as const,
    context: {
      cluster: { id: "c", name: "local", config: {} },
      environment: { id: "e", name: "demo", config: {} },
      deployment: { id: deploymentId, name, config: {} },
      instance: { id: instanceId, config: {}, namespace: target, release_name: name },
      app: { name: "test", version: "1.0.0" },
      components: { web: { labels: { component: "web" }, env_vars: [], container_overrides: {} } },
      parameters: { ...parameters, ...Object.fromEntries(references) },
      services: {},
    },
    components: { web: { label: { component: "web" } } },
    ...(secretName ? { secretName } : {}),
    ...spec,
  };
}

const driverFile = `apiVersion: styrmin.io/v1
kind: ApplicationDriver
metadata: { name: test }
spec:
  version: "1"
  supported_versions: ">=1.0"
  manifests: manifests/
  components:
    web: { identifier: { label: { component: web } } }
`;

/** A ConfigMap and a Deployment of one component. */
export const webApp = `
apiVersion: v1
kind: ConfigMap
metadata: { name: "{{ instance.release_name }}" }
data:
  greeting: {{ parameters.greeting | tojson }}
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: "{{ instance.release_name }}" }
spec:
  replicas: {{ parameters.replicas if parameters.replicas is defined else 1 }}
  selector: { matchLabels: { app: "{{ instance.release_name }}" } }
  template:
    metadata: { labels: { app: "{{ instance.release_name }}", component: web } }
    spec:
      terminationGracePeriodSeconds: 0
      containers:
        - name: main
          image: busybox:{{ parameters.tag or "1.37" }}
          imagePullPolicy: IfNotPresent
          command: [sleep, "3600"]
          resources: { limits: { cpu: 1000m, memory: 1024Mi }, requests: { cpu: 1m, memory: 4Mi } }
          ports: [{ containerPort: 8080 }]
`;

const prefixed = (files: Record<string, string>) =>
  Object.fromEntries(Object.entries(files).map(([path, text]) => [`manifests/${path}`, text]));

export const without = (object: KubeObject, ...fields: string[]): KubeObject =>
  Object.fromEntries(Object.entries(object).filter(([field]) => !fields.includes(field))) as KubeObject;
