import { rmSync } from "node:fs";
import { createLog, silentLog } from "../../../../lib/log.ts";
import {
  type Kubelet,
  type KubeletOptions,
  startKubelet,
} from "../../../../local/cluster/kubelet/kubelet.ts";
import type { Api, KubeObject, NewObject } from "../../../../local/cluster/types.ts";
import { startTestCluster, type TestCluster } from "../../../helpers/cluster.ts";
import { eventually } from "../../../helpers/eventually.ts";

/** Whether this machine lets an ordinary process make the namespaces of a pod. */
export const namespaces = Bun.spawnSync(["unshare", "--user", "--map-root-user", "--net", "true"]).success;

export const pods = { group: "", resource: "pods" };
export const services = { group: "", resource: "services" };
export const configMaps = { group: "", resource: "configmaps" };
export const secrets = { group: "", resource: "secrets" };
const slices = { group: "discovery.k8s.io", resource: "endpointslices" };

export interface TestNode {
  cluster: TestCluster;
  readonly api: Api;
  readonly kubelet: Kubelet;
  /** Makes a pod with one container, `main`, unless the spec says otherwise. */
  run(name: string, container: object, spec?: object, metadata?: object): KubeObject;
  pod(name: string): KubeObject;
  status(name: string, container?: string): any;
  ready(name: string): Promise<KubeObject>;
  ended(name: string): Promise<any>;
  /** Makes a Service whose endpoints are these pods. */
  expose(name: string, port: number, targetPort: number, to: string[], spec?: object): KubeObject;
  exec(
    name: string,
    command: string[],
    input?: string,
  ): Promise<{ exitCode: number; out: string; err: string }>;
  logs(name: string, options?: object): Promise<string>;
  events(name: string): string[];
  /** Ends kubelet and cluster and starts both again over the same folder. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** A cluster of API and kubelet alone. */
export async function startTestNode(options: Partial<KubeletOptions> = {}): Promise<TestNode> {
  const log = process.env.SHOW_LOG ? createLog() : silentLog;
  const cluster = await startTestCluster();
  const start = () =>
    startKubelet({ api: cluster.api, dir: cluster.dir, log, haste: 20, ingressPort: 0, ...options });
  let kubelet = await start();
  const get = (name: string) => {
    const pod = cluster.api.get(pods, name, "default");
    if (!pod) throw new Error(`no pod ${name}`);
    return pod;
  };
  const status = (name: string, container = "main") => {
    const { containerStatuses = [], initContainerStatuses = [] } = get(name).status ?? {};
    return [...containerStatuses, ...initContainerStatuses].find((each: any) => each.name === container);
  };
  const decode = (chunk: Uint8Array) => new TextDecoder().decode(chunk);

  return {
    cluster,
    get api() {
      return cluster.api;
    },
    get kubelet() {
      return kubelet;
    },
    pod: get,
    status,
    run(name, container, spec = {}, metadata = {}) {
      return cluster.api.create(pods, {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name, namespace: "default", labels: { app: name }, ...metadata },
        spec: {
          nodeName: "local",
          terminationGracePeriodSeconds: 2,
          containers: [{ name: "main", image: "busybox", ...container }],
          ...spec,
        },
      } as NewObject);
    },
    ready: (name) =>
      eventually(`pod ${name} to be ready`, () => {
        const { conditions = [], containerStatuses } = get(name).status ?? {};
        if (conditions.find(({ type }: any) => type === "Ready")?.status === "True") return get(name);
        throw new Error(JSON.stringify(containerStatuses));
      }),
    ended: (name) =>
      eventually(`pod ${name} to end`, () => {
        const { phase } = get(name).status ?? {};
        return (phase === "Succeeded" || phase === "Failed") && status(name).state.terminated;
      }),
    expose(name, port, targetPort, to, spec = {}) {
      const made = cluster.api.create(services, {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name, namespace: "default" },
        spec: { ports: [{ port, targetPort }], selector: { app: name }, ...spec },
      });
      cluster.api.create(slices, {
        apiVersion: "discovery.k8s.io/v1",
        kind: "EndpointSlice",
        metadata: { name, namespace: "default", labels: { "kubernetes.io/service-name": name } },
        addressType: "IPv4",
        ports: [{ name: "", port: targetPort, protocol: "TCP" }],
        endpoints: to.map((pod) => ({
          addresses: [get(pod).status.podIP],
          hostname: pod,
          conditions: { ready: true },
        })),
      } as NewObject);
      return made;
    },
    async exec(name, command, input) {
      const said = { out: "", err: "" };
      const session = kubelet.runtime.exec(get(name), "main", command, {
        stdout: (chunk) => void (said.out += decode(chunk)),
        stderr: (chunk) => void (said.err += decode(chunk)),
        tty: false,
        stdin: input !== undefined,
      });
      if (input !== undefined) {
        session.write(new TextEncoder().encode(input));
        session.closeStdin();
      }
      const result = await session.done;
      if ("failure" in result) throw new Error(result.failure);
      return { ...result, ...said };
    },
    async logs(name, more = {}) {
      let all = "";
      const wanted = { follow: false, timestamps: false, previous: false, ...more };
      const signal = new AbortController().signal;
      for await (const chunk of kubelet.runtime.logs(get(name), "main", wanted, signal)) all += decode(chunk);
      return all;
    },
    events: (name) =>
      cluster.api
        .list({ group: "", resource: "events" }, { namespace: "default" })
        .filter(({ involvedObject }) => involvedObject.name === name)
        .map(({ reason, message }) => `${reason}: ${message}`),
    async restart() {
      await kubelet.stop();
      await cluster.restart();
      kubelet = await start();
    },
    async stop() {
      await kubelet.stop();
      await cluster.stop();
      rmSync(cluster.dir, { recursive: true, force: true });
    },
  };
}
