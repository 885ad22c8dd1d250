import { isDeepStrictEqual } from "node:util";
import { isReady } from "../pod-words.ts";
import type { Api, Controller, KubeObject, NewObject } from "../types.ts";
import { type ControllerOptions, objectKey, startController } from "./controller.ts";
import { endpointSlices, endpoints, hashOf, pods, services } from "./names.ts";
import { controllerReference, ignoringGone, isClosing, isFinished } from "./pods.ts";
import { resourceKey } from "../resources.ts";

const component = "endpointslice-controller";
const manager = "endpointslice-controller.k8s.io";
const serviceLabel = "kubernetes.io/service-name";

/** Keeps the EndpointSlices and Endpoints of each Service with a selector: its pods that have an address. */
export function startEndpoints(api: Api, { log, cache }: ControllerOptions): Controller {
  return startController({
    name: component,
    api,
    log,
    resource: services,
    owned: [endpointSlices],
    also: ({ type, resource, object, before }, add) => {
      const key = resourceKey(resource);
      if (key === "pods") {
        for (const { object: service } of cache.inNamespace(object.metadata.namespace!, services)) {
          if (hits(service, object) || (before && hits(service, before))) add(objectKey(service));
        }
      } else if (key === "endpoints" && type !== "ADDED") add(objectKey(object));
    },
    reconcile,
  });

  function reconcile(service: KubeObject): void {
    const { spec, metadata } = service;
    if (metadata.deletionTimestamp || !spec.selector || spec.type === "ExternalName") return;
    if (isClosing(api, metadata.namespace)) return;
    const backends = cache
      .inNamespace(metadata.namespace!, pods)
      .map(({ object }) => object)
      .filter((pod) => hits(service, pod) && pod.status?.podIP && !isFinished(pod))
      .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
    const groups = groupByPorts(service, backends);
    const wanted = new Map(groups.map((group) => [sliceName(service, group), group]));
    for (const slice of cache.ownedOf(endpointSlices, metadata.uid)) {
      if (wanted.has(slice.metadata.name)) continue;
      const { name, namespace } = slice.metadata;
      ignoringGone(() => api.delete(endpointSlices, name, namespace));
    }
    for (const [name, group] of wanted) writeSlice(service, name, group);
    writeEndpoints(service, groups);
  }

  function writeSlice(service: KubeObject, name: string, { ports, members }: Group): void {
    const { namespace, labels } = service.metadata;
    const headless: Record<string, string> =
      service.spec.clusterIP === "None" ? { "service.kubernetes.io/headless": "" } : {};
    const slice: NewObject = {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: {
        name,
        namespace: namespace!,
        generateName: `${service.metadata.name}-`,
        labels: {
          ...labels,
          ...headless,
          "endpointslice.kubernetes.io/managed-by": manager,
          [serviceLabel]: service.metadata.name,
        },
        ownerReferences: [controllerReference(service)],
      },
      addressType: "IPv4",
      ports,
      endpoints: members.map((pod) => endpointOf(service, pod)),
    };
    const live = api.get(endpointSlices, name, namespace);
    if (!live) return void api.create(endpointSlices, slice);
    const same =
      isDeepStrictEqual(live.endpoints ?? [], slice.endpoints) &&
      isDeepStrictEqual(live.ports ?? [], slice.ports) &&
      isDeepStrictEqual(live.metadata.labels, slice.metadata.labels);
    if (same) return;
    const metadata = { ...live.metadata, labels: slice.metadata.labels! };
    api.update(endpointSlices, { ...live, metadata, ports: slice.ports, endpoints: slice.endpoints });
  }

  /** The older form of the same, which some clients still read. */
  function writeEndpoints(service: KubeObject, groups: Group[]): void {
    const { name, namespace, labels } = service.metadata;
    const subsets = groups.flatMap(({ ports, members }) => {
      const address = (pod: KubeObject) => ({
        ip: pod.status.podIP,
        ...(pod.spec.nodeName ? { nodeName: pod.spec.nodeName } : {}),
        targetRef: targetOf(pod),
      });
      const ready = members.filter((pod) => takesTraffic(service, pod)).map(address);
      const rest = members
        .filter((pod) => !takesTraffic(service, pod) && !pod.metadata.deletionTimestamp)
        .map(address);
      if (ready.length + rest.length === 0) return [];
      return [
        {
          ...(ready.length > 0 ? { addresses: ready } : {}),
          ...(rest.length > 0 ? { notReadyAddresses: rest } : {}),
          ...(ports.length > 0 ? { ports: ports.map(withoutEmptyName) } : {}),
        },
      ];
    });
    const body = subsets.length > 0 ? { subsets } : {};
    const live = api.get(endpoints, name, namespace);
    if (!live) {
      // Owned by the Service (a real cluster's are not), so that they go with it whenever the process ends.
      const ownerReferences = [controllerReference(service)];
      const metadata = { name, namespace: namespace!, ownerReferences, ...(labels ? { labels } : {}) };
      api.create(endpoints, { apiVersion: "v1", kind: "Endpoints", metadata, ...body });
    } else if (!isDeepStrictEqual(live.subsets ?? [], subsets)) {
      const { subsets: _, ...rest } = live;
      api.update(endpoints, { ...(rest as KubeObject), ...body });
    }
  }
}

interface Port {
  name: string;
  protocol: string;
  port: number;
}

const withoutEmptyName = ({ name, ...port }: Port) => (name === "" ? port : { name, ...port });

/** Pods whose named ports resolve to the same numbers share a slice. */
interface Group {
  ports: Port[];
  members: KubeObject[];
}

function groupByPorts(service: KubeObject, backends: KubeObject[]): Group[] {
  const groups = new Map<string, Group>();
  for (const pod of backends) {
    const ports = portsOf(service, pod);
    const key = JSON.stringify(ports);
    const group = groups.get(key);
    if (group) group.members.push(pod);
    else groups.set(key, { ports, members: [pod] });
  }
  if (groups.size > 0) return [...groups.values()];
  return [{ ports: [], members: [] }];
}

function portsOf(service: KubeObject, pod: KubeObject): Port[] {
  return (service.spec.ports ?? []).flatMap(({ name, protocol, port, targetPort }: any) => {
    const number =
      typeof targetPort === "string" ? namedPort(pod, targetPort, protocol) : (targetPort ?? port);
    return number === undefined ? [] : [{ name: name ?? "", protocol, port: number }];
  });
}

function namedPort(pod: KubeObject, name: string, protocol: string): number | undefined {
  for (const container of [...pod.spec.containers, ...(pod.spec.initContainers ?? [])]) {
    for (const port of container.ports ?? []) {
      if (port.name === name && port.protocol === protocol) return port.containerPort;
    }
  }
  return undefined;
}

function sliceName(service: KubeObject, { ports }: Group): string {
  return `${service.metadata.name}-${hashOf([service.metadata.uid, ports], 5)}`;
}

function endpointOf(service: KubeObject, pod: KubeObject): unknown {
  const terminating = pod.metadata.deletionTimestamp !== undefined;
  return {
    addresses: [pod.status.podIP],
    conditions: { ready: takesTraffic(service, pod), serving: isReady(pod), terminating },
    ...(pod.spec.hostname && pod.spec.subdomain === service.metadata.name
      ? { hostname: pod.spec.hostname }
      : {}),
    ...(pod.spec.nodeName ? { nodeName: pod.spec.nodeName } : {}),
    targetRef: targetOf(pod),
  };
}

function takesTraffic(service: KubeObject, pod: KubeObject): boolean {
  if (service.spec.publishNotReadyAddresses) return true;
  return isReady(pod) && !pod.metadata.deletionTimestamp;
}

function targetOf({ metadata: { name, namespace, uid } }: KubeObject): unknown {
  return { kind: "Pod", name, namespace, uid };
}

function hits(service: KubeObject, pod: KubeObject): boolean {
  const selector: Record<string, string> | undefined = service.spec.selector;
  if (!selector || Object.keys(selector).length === 0) return false;
  return Object.entries(selector).every(([key, value]) => pod.metadata.labels?.[key] === value);
}
