import { totalmem } from "node:os";
import type { Log } from "../../../lib/log.ts";
import { type Api, StatusError } from "../types.ts";

/** The one node of the cluster. */
export const nodeName = "local";

const nodes = { group: "", resource: "nodes" };

/** Shows this machine as a node. */
export function registerNode(api: Api, log: Log): void {
  const now = new Date().toISOString().replace(/\.\d+Z$/, "Z");
  const size = { cpu: String(navigator.hardwareConcurrency), memory: `${totalmem() >> 10}Ki`, pods: "1000" };
  try {
    const node =
      api.get(nodes, nodeName) ??
      api.create(nodes, {
        apiVersion: "v1",
        kind: "Node",
        metadata: {
          name: nodeName,
          labels: { "kubernetes.io/hostname": nodeName, "kubernetes.io/os": "linux" },
        },
        spec: {},
      });
    const ready = {
      type: "Ready",
      status: "True",
      reason: "KubeletReady",
      message: "pods are processes of this machine",
    };
    const known = node.status?.conditions?.find(({ type }: any) => type === "Ready");
    const condition = {
      ...ready,
      lastHeartbeatTime: known?.lastHeartbeatTime ?? now,
      lastTransitionTime: known?.lastTransitionTime ?? now,
    };
    const status = {
      capacity: size,
      allocatable: size,
      addresses: [
        { type: "InternalIP", address: "127.0.0.1" },
        { type: "Hostname", address: nodeName },
      ],
      conditions: [condition],
      nodeInfo: {
        operatingSystem: "linux",
        architecture: process.arch,
        kubeletVersion: `bun-${Bun.version}`,
      },
    };
    api.updateStatus(nodes, { ...node, status });
  } catch (thrown) {
    if (!(thrown instanceof StatusError)) throw thrown;
    log.warn("this machine could not be registered as a node", { error: thrown });
  }
}

export interface Addresses {
  /** An address of 10.244.0.0/16 for a pod: the one it had, when nobody else has it. */
  take(uid: string, wanted: string | undefined): string;
  free(uid: string): void;
}

/** Hands out pod addresses in turn, so that one just given back is not used again soon. */
export function createAddresses(): Addresses {
  const first = 2; // 10.244.0.1 is the node's
  const last = 65_534;
  const taken = new Map<string, string>();
  let next = first;
  const isFree = (ip: string) => ![...taken.values()].includes(ip);
  return {
    take(uid, wanted) {
      if (wanted?.startsWith("10.244.") && isFree(wanted)) {
        taken.set(uid, wanted);
        return wanted;
      }
      for (;;) {
        const ip = `10.244.${next >> 8}.${next & 255}`;
        next = next >= last ? first : next + 1;
        if (!isFree(ip)) continue;
        taken.set(uid, ip);
        return ip;
      }
    },
    free: (uid) => void taken.delete(uid),
  };
}
