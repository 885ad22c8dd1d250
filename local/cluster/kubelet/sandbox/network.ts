import { closeSync, writeFileSync } from "node:fs";
import type { Libc } from "./libc.ts";
import { deleteLink, linkUp, loopback, newAddress, newCable, newRoute } from "./netlink.ts";

/** The address under which the sandbox process itself calls pods. */
export const nodeAddress = "10.244.0.1";

const podNetwork = { destination: "10.244.0.0", prefix: 16 };
const serviceNetwork = { destination: "10.96.0.0", prefix: 16 };

export interface PodNetworks {
  /** Makes the pod's network with its address, or nothing when it is there. */
  add(pod: string, ip: string): void;
  remove(pod: string): void;
  /** Runs `work` inside the pod's network: a child started there stays there. */
  within<T>(pod: string, work: () => T): T;
}

/**
 * The cluster's network: this process's own network namespace is the middle, each pod hangs on it by one
 * cable. Pods reach one another by their addresses, and Services here (10.96.0.0/16 is local to the middle).
 * There is no road from the middle to the machine: it has no other interface.
 */
export function createPodNetworks(libc: Libc): PodNetworks {
  const pods = new Map<string, { namespace: number; index: number }>();
  let lastIndex = 100;

  libc.netlink([
    linkUp(loopback),
    newAddress(loopback, nodeAddress, 32),
    newAddress(loopback, serviceNetwork.destination, serviceNetwork.prefix),
  ]);
  writeFileSync("/proc/sys/net/ipv4/ip_forward", "1");

  return {
    add(pod, ip) {
      if (pods.has(pod)) return;
      const namespace = libc.newNetwork();
      const index = ++lastIndex;
      try {
        libc.netlink([
          newCable(`pod${index}`, index, namespace),
          linkUp(index),
          newRoute(index, { destination: ip, prefix: 32, source: nodeAddress }),
        ]);
        libc.inNetwork(namespace, () => {
          // No default route: what is neither a pod nor a Service is unreachable at once.
          const routes = [podNetwork, serviceNetwork].map((network) =>
            newRoute(2, { ...network, source: ip }),
          );
          libc.netlink([linkUp(loopback), newAddress(2, ip, 32), linkUp(2), ...routes]);
          writeFileSync("/proc/sys/net/ipv4/ip_unprivileged_port_start", "0");
        });
      } catch (thrown) {
        closeSync(namespace);
        throw thrown;
      }
      pods.set(pod, { namespace, index });
    },
    remove(pod) {
      const found = pods.get(pod);
      if (!found) return;
      pods.delete(pod);
      libc.netlink([deleteLink(found.index)]);
      closeSync(found.namespace);
    },
    within(pod, work) {
      const found = pods.get(pod);
      if (!found) throw new Error(`pod ${pod} has no network`);
      return libc.inNetwork(found.namespace, work);
    },
  };
}
