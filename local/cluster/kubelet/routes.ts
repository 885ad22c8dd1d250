/** What the network of the cluster should be, computed from its objects: roads to Services, and names. */
import type { KubeObject } from "../types.ts";
import { hostnameOf } from "./env.ts";
import type { Route } from "./sandbox/protocol.ts";

export interface NetworkObjects {
  services: KubeObject[];
  slices: KubeObject[];
}

const domain = "cluster.local";

/** Every TCP port of every Service with an address, and the ready endpoints behind it. */
export function routesOf({ services, slices }: NetworkObjects): Route[] {
  return services.flatMap((service) => {
    const ip = service.spec.clusterIP;
    if (!ip || ip === "None") return [];
    return (service.spec.ports ?? [])
      .filter(({ protocol = "TCP" }: any) => protocol === "TCP")
      .map(({ port, name }: any) => ({ ip, port, targets: targetsOf(service, name, slices) }));
  });
}

/** The ready endpoints of one port of a Service, in order of address. */
export function targetsOf(
  service: KubeObject,
  portName: string | undefined,
  slices: KubeObject[],
): Route["targets"] {
  return slicesOf(service, slices)
    .flatMap((slice) => {
      const port = (slice.ports ?? []).find((each: any) => (each.name ?? "") === (portName ?? ""));
      if (!port?.port) return [];
      return (slice.endpoints ?? [])
        .filter(({ conditions }: any) => conditions?.ready !== false)
        .flatMap(({ addresses }: any) => addresses.map((ip: string) => ({ ip, port: port.port as number })));
    })
    .sort((a, b) => a.ip.localeCompare(b.ip, "en", { numeric: true }));
}

/**
 * The hosts file of a pod: itself, every Service by its four names (the short one in its own namespace), and
 * of headless Services the endpoints, also one by one by their pods' names.
 */
export function hostsOf(pod: KubeObject, ip: string, { services, slices }: NetworkObjects): string {
  const own = [hostnameOf(pod)];
  const { subdomain } = pod.spec;
  if (subdomain) own.unshift(`${hostnameOf(pod)}.${subdomain}.${pod.metadata.namespace}.svc.${domain}`);
  const lines = ["127.0.0.1 localhost", "::1 localhost ip6-localhost ip6-loopback", `${ip} ${own.join(" ")}`];
  const sorted = [...services].sort((a, b) => keyOf(a).localeCompare(keyOf(b)));
  for (const service of sorted) {
    const names = namesOf(service, pod.metadata.namespace!);
    if (service.spec.type === "ExternalName") continue;
    if (service.spec.clusterIP && service.spec.clusterIP !== "None") {
      lines.push(`${service.spec.clusterIP} ${names.join(" ")}`);
      continue;
    }
    const open = service.spec.publishNotReadyAddresses === true;
    for (const { addresses = [], hostname, conditions } of slicesOf(service, slices).flatMap(
      (slice) => slice.endpoints ?? [],
    )) {
      const reachable = open || conditions?.ready !== false ? names : [];
      const single = hostname ? names.map((name) => `${hostname}.${name}`) : [];
      const all = [...single, ...reachable];
      for (const address of all.length > 0 ? addresses : []) lines.push(`${address} ${all.join(" ")}`);
    }
  }
  return `${[...new Set(lines)].join("\n")}\n`;
}

function slicesOf(service: KubeObject, slices: KubeObject[]): KubeObject[] {
  return slices.filter(
    ({ metadata }) =>
      metadata.namespace === service.metadata.namespace &&
      metadata.labels?.["kubernetes.io/service-name"] === service.metadata.name,
  );
}

function namesOf({ metadata: { name, namespace } }: KubeObject, from: string): string[] {
  const full = [`${name}.${namespace}`, `${name}.${namespace}.svc`, `${name}.${namespace}.svc.${domain}`];
  return namespace === from ? [name, ...full] : full;
}

const keyOf = ({ metadata }: KubeObject) => `${metadata.namespace}/${metadata.name}`;
