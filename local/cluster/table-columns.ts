import { ageOf, humanDuration } from "./duration.ts";
import { podWords } from "./pod-words.ts";
import type { KubeObject, LabelSelector } from "./types.ts";

/** A column of a Table and how its cell is read from an object. */
export interface Column {
  name: string;
  type: string;
  format?: string;
  description?: string;
  /** 1: shown by `-o wide` only. */
  priority?: number;
  cell(object: KubeObject, now: Date): unknown;
}

type Cell = Column["cell"];

/** The columns of the built-in kinds, in kubectl's order. A kind that is not here has Name and Age. */
export const builtInColumns: Record<string, (name: Column, age: Column) => Column[]> = {
  pods: (name, age) => [
    name,
    text("Ready", (pod) => podWords(pod).ready),
    text("Status", (pod) => podWords(pod).status),
    text("Restarts", podRestarts),
    age,
    wide("IP", (pod) => pod.status?.podIP ?? none),
    wide("Node", (pod) => pod.spec?.nodeName ?? none),
    wide("Nominated Node", (pod) => pod.status?.nominatedNodeName ?? none),
    wide("Readiness Gates", () => none),
  ],
  services: (name, age) => [
    name,
    text("Type", (service) => service.spec?.type),
    text("Cluster-IP", (service) => service.spec?.clusterIP ?? none),
    text("External-IP", (service) => service.spec?.externalName ?? none),
    text("Port(s)", servicePorts),
    age,
    wide("Selector", (service) => pairs(service.spec?.selector)),
  ],
  configmaps: (name, age) => [name, text("Data", (map) => size(map.data) + size(map.binaryData)), age],
  secrets: (name, age) => [
    name,
    text("Type", (secret) => secret.type),
    text("Data", (secret) => size(secret.data)),
    age,
  ],
  namespaces: (name, age) => [name, text("Status", (each) => each.status?.phase), age],
  nodes: (name, age) => [
    name,
    text("Status", () => "Ready"),
    text("Roles", () => none),
    age,
    text("Version", (node) => node.status?.nodeInfo?.kubeletVersion ?? ""),
  ],
  serviceaccounts: (name, age) => [name, number("Secrets", (each) => each.secrets?.length ?? 0), age],
  endpoints: (name, age) => [name, text("Endpoints", endpointAddresses), age],
  persistentvolumeclaims: (name, age) => [
    name,
    text("Status", (claim) => (claim.metadata.deletionTimestamp ? "Terminating" : claim.status?.phase)),
    text("Volume", (claim) => claim.spec?.volumeName ?? ""),
    text("Capacity", (claim) => claim.status?.capacity?.storage ?? ""),
    text("Access Modes", (claim) => accessModes(claim.status?.accessModes)),
    text("StorageClass", (claim) => claim.spec?.storageClassName ?? ""),
    text("VolumeAttributesClass", () => "<unset>"),
    age,
    wide("VolumeMode", (claim) => claim.spec?.volumeMode ?? ""),
  ],
  persistentvolumes: (name, age) => [
    name,
    text("Capacity", (volume) => volume.spec?.capacity?.storage ?? ""),
    text("Access Modes", (volume) => accessModes(volume.spec?.accessModes)),
    text("Reclaim Policy", (volume) => volume.spec?.persistentVolumeReclaimPolicy ?? ""),
    text("Status", (volume) => (volume.metadata.deletionTimestamp ? "Terminating" : volume.status?.phase)),
    text("Claim", ({ spec }) => (spec?.claimRef ? `${spec.claimRef.namespace}/${spec.claimRef.name}` : "")),
    text("StorageClass", (volume) => volume.spec?.storageClassName ?? ""),
    text("VolumeAttributesClass", () => "<unset>"),
    text("Reason", (volume) => volume.status?.reason ?? ""),
    age,
    wide("VolumeMode", (volume) => volume.spec?.volumeMode ?? ""),
  ],
  events: eventColumns,
  "events.events.k8s.io": eventColumns,
  "deployments.apps": (name, age) => [
    name,
    text("Ready", ({ status, spec }) => `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 0}`),
    text("Up-to-date", ({ status }) => status?.updatedReplicas ?? 0),
    text("Available", ({ status }) => status?.availableReplicas ?? 0),
    age,
    ...templateColumns,
  ],
  "replicasets.apps": (name, age) => [
    name,
    number("Desired", ({ spec }) => spec?.replicas ?? 0),
    number("Current", ({ status }) => status?.replicas ?? 0),
    number("Ready", ({ status }) => status?.readyReplicas ?? 0),
    age,
    ...templateColumns,
  ],
  "statefulsets.apps": (name, age) => [
    name,
    text("Ready", ({ status, spec }) => `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 0}`),
    age,
    ...templateColumns.slice(0, 2),
  ],
  "daemonsets.apps": (name, age) => [
    name,
    number("Desired", ({ status }) => status?.desiredNumberScheduled ?? 0),
    number("Current", ({ status }) => status?.currentNumberScheduled ?? 0),
    number("Ready", ({ status }) => status?.numberReady ?? 0),
    number("Up-to-date", ({ status }) => status?.updatedNumberScheduled ?? 0),
    number("Available", ({ status }) => status?.numberAvailable ?? 0),
    text("Node Selector", ({ spec }) => pairs(spec?.template?.spec?.nodeSelector)),
    age,
    ...templateColumns,
  ],
  "jobs.batch": (name, age) => [
    name,
    text("Status", jobStatus),
    text("Completions", jobCompletions),
    text("Duration", jobDuration),
    age,
    ...templateColumns,
  ],
  "ingresses.networking.k8s.io": (name, age) => [
    name,
    text("Class", (ingress) => ingress.spec?.ingressClassName ?? none),
    text("Hosts", ingressHosts),
    text("Address", ({ status }) => addresses(status?.loadBalancer?.ingress)),
    text("Ports", (ingress) => (ingress.spec?.tls?.length ? "80, 443" : "80")),
    age,
  ],
  "storageclasses.storage.k8s.io": (name, age) => [
    { ...name, cell: storageClassName },
    text("Provisioner", (each) => each.provisioner),
    text("ReclaimPolicy", (each) => each.reclaimPolicy),
    text("VolumeBindingMode", (each) => each.volumeBindingMode),
    { name: "AllowVolumeExpansion", type: "boolean", cell: (each) => each.allowVolumeExpansion ?? false },
    age,
  ],
  "endpointslices.discovery.k8s.io": (name, age) => [
    name,
    text("AddressType", (slice) => slice.addressType),
    text("Ports", (slice) => list((slice.ports ?? []).map((port: any) => port.port)) || "<unset>"),
    text(
      "Endpoints",
      (slice) => list((slice.endpoints ?? []).flatMap((each: any) => each.addresses)) || "<unset>",
    ),
    age,
  ],
  "leases.coordination.k8s.io": (name, age) => [
    name,
    text("Holder", (lease) => lease.spec?.holderIdentity ?? ""),
    age,
  ],
  "customresourcedefinitions.apiextensions.k8s.io": (name) => [
    name,
    { name: "Created At", type: "date", cell: (crd) => crd.metadata.creationTimestamp },
  ],
};

const none = "<none>";

function text(name: string, cell: Cell): Column {
  return { name, type: "string", cell };
}

function wide(name: string, cell: Cell): Column {
  return { name, type: "string", priority: 1, cell };
}

function number(name: string, cell: Cell): Column {
  return { name, type: "integer", cell };
}

const containersOf = (object: KubeObject): any[] => object.spec?.template?.spec?.containers ?? [];

const templateColumns: Column[] = [
  wide("Containers", (object) => list(containersOf(object).map((each) => each.name))),
  wide("Images", (object) => list(containersOf(object).map((each) => each.image))),
  wide("Selector", (object) => selectorText(object.spec?.selector)),
];

function eventColumns(name: Column): Column[] {
  const about = (event: KubeObject) => event.involvedObject ?? event.regarding ?? {};
  const seen = (event: KubeObject) =>
    event.series?.lastObservedTime ?? event.lastTimestamp ?? event.eventTime ?? event.firstTimestamp;
  return [
    text("Last Seen", (event, now) => ageOf(seen(event), now)),
    text("Type", (event) => event.type),
    text("Reason", (event) => event.reason),
    text("Object", (event) => `${String(about(event).kind).toLowerCase()}/${about(event).name}`),
    wide("Subobject", (event) => about(event).fieldPath ?? ""),
    wide("Source", (event) => event.source?.component ?? event.reportingComponent ?? ""),
    text("Message", (event) => String(event.message ?? event.note ?? "").trim()),
    wide("First Seen", (event, now) => ageOf(event.firstTimestamp ?? event.eventTime, now)),
    { ...number("Count", (event) => event.count ?? 1), priority: 1 },
    { ...name, priority: 1 },
  ];
}

function podRestarts(pod: KubeObject, now: Date): string {
  const { restarts, lastRestartAt } = podWords(pod);
  return restarts > 0 && lastRestartAt ? `${restarts} (${ageOf(lastRestartAt, now)} ago)` : String(restarts);
}

function servicePorts(service: KubeObject): string {
  const ports: any[] = service.spec?.ports ?? [];
  return (
    list(
      ports.map(({ port, nodePort, protocol }) => `${port}${nodePort ? `:${nodePort}` : ""}/${protocol}`),
    ) || none
  );
}

function endpointAddresses(endpoints: KubeObject): string {
  const subsets: any[] = endpoints.subsets ?? [];
  const all = subsets.flatMap((subset) =>
    (subset.ports ?? [{}]).flatMap((port: any) =>
      (subset.addresses ?? []).map((each: any) => (port.port ? `${each.ip}:${port.port}` : each.ip)),
    ),
  );
  if (all.length === 0) return none;
  return all.length > 3 ? `${list(all.slice(0, 3))} + ${all.length - 3} more...` : list(all);
}

const shortModes: Record<string, string> = {
  ReadWriteOnce: "RWO",
  ReadOnlyMany: "ROX",
  ReadWriteMany: "RWX",
  ReadWriteOncePod: "RWOP",
};

function accessModes(modes: string[] = []): string {
  return list(modes.map((mode) => shortModes[mode] ?? mode));
}

function jobStatus(job: KubeObject): string {
  const holds = (type: string) =>
    (job.status?.conditions ?? []).some((each: any) => each.type === type && each.status === "True");
  if (holds("Complete")) return "Complete";
  if (holds("Failed")) return "Failed";
  if (job.metadata.deletionTimestamp) return "Terminating";
  return holds("Suspended") ? "Suspended" : "Running";
}

function jobCompletions({ spec, status }: KubeObject): string {
  const done = status?.succeeded ?? 0;
  if (spec?.completions != null) return `${done}/${spec.completions}`;
  return spec?.parallelism > 1 ? `${done}/1 of ${spec.parallelism}` : `${done}/1`;
}

function jobDuration({ status }: KubeObject, now: Date): string {
  if (!status?.startTime) return "";
  const end = status.completionTime ? Date.parse(status.completionTime) : now.getTime();
  return humanDuration(end - Date.parse(status.startTime));
}

function ingressHosts(ingress: KubeObject): string {
  const rules: any[] = ingress.spec?.rules ?? [];
  return list(rules.map((rule) => rule.host || "*")) || "*";
}

function addresses(ingress: { ip?: string; hostname?: string }[] = []): string {
  return list(ingress.map((each) => each.ip ?? each.hostname ?? ""));
}

function storageClassName({ metadata }: KubeObject): string {
  const standard = metadata.annotations?.["storageclass.kubernetes.io/is-default-class"] === "true";
  return standard ? `${metadata.name} (default)` : metadata.name;
}

function size(map: Record<string, unknown> | null | undefined): number {
  return Object.keys(map ?? {}).length;
}

function list(items: unknown[]): string {
  return items.join(",");
}

function pairs(map: Record<string, string> | null | undefined): string {
  return list(Object.entries(map ?? {}).map(([key, value]) => `${key}=${value}`)) || none;
}

function selectorText(selector: LabelSelector = {}): string {
  const expressions = (selector.matchExpressions ?? []).map(({ key, operator, values }) =>
    values?.length ? `${key} ${operator.toLowerCase()} (${list(values)})` : `${key} ${operator}`,
  );
  return (
    list([...Object.entries(selector.matchLabels ?? {}).map((pair) => pair.join("=")), ...expressions]) ||
    none
  );
}
