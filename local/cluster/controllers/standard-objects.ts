import { availableParallelism, totalmem } from "node:os";
import type { Api } from "../types.ts";
import { nodeName, nodes, services, stamp } from "./names.ts";
import { writeStatus } from "./status.ts";

/** The address of the API inside the cluster, by custom the first of the range. */
const apiAddress = "10.96.0.1";

/** Makes what a cluster of one node has beside its namespaces: the node `local` and the Service `kubernetes`. */
export function ensureStandardObjects(api: Api, now: Date = new Date()): void {
  ensureNode(api, now);
  if (api.get(services, "kubernetes", "default")) return;
  api.create(services, {
    apiVersion: "v1",
    kind: "Service",
    metadata: {
      name: "kubernetes",
      namespace: "default",
      labels: { component: "apiserver", provider: "kubernetes" },
    },
    spec: {
      clusterIP: apiAddress,
      ports: [{ name: "https", port: 443, protocol: "TCP", targetPort: 6443 }],
    },
  });
}

function ensureNode(api: Api, now: Date): void {
  const arch = process.arch === "x64" ? "amd64" : process.arch;
  const node =
    api.get(nodes, nodeName) ??
    api.create(nodes, {
      apiVersion: "v1",
      kind: "Node",
      metadata: {
        name: nodeName,
        labels: {
          "kubernetes.io/hostname": nodeName,
          "kubernetes.io/os": process.platform,
          "kubernetes.io/arch": arch,
        },
      },
      spec: {},
    });
  const capacity = {
    cpu: String(availableParallelism()),
    memory: `${Math.floor(totalmem() / 1024)}Ki`,
    pods: "1000",
  };
  const old: { type: string; lastTransitionTime: string }[] = node.status?.conditions ?? [];
  const since = old.find((each) => each.type === "Ready")?.lastTransitionTime ?? stamp(now);
  writeStatus(api, nodes, node, {
    capacity,
    allocatable: capacity,
    addresses: [
      { type: "InternalIP", address: "127.0.0.1" },
      { type: "Hostname", address: nodeName },
    ],
    conditions: [
      {
        type: "Ready",
        status: "True",
        reason: "KubeletReady",
        message: "pods run as processes of this machine",
        lastHeartbeatTime: since,
        lastTransitionTime: since,
      },
    ],
    nodeInfo: {
      architecture: arch,
      operatingSystem: process.platform,
      osImage: "embedded",
      kernelVersion: "",
      containerRuntimeVersion: "process://1",
      kubeletVersion: "v1.36.0-styrmin",
      kubeProxyVersion: "",
      machineID: "",
      systemUUID: "",
      bootID: "",
    },
  });
}
