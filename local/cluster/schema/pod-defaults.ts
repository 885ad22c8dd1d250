/** The defaults of pods and of pod templates. Every function leaves what is set, and does nothing to a wrong shape. */

// Pod specs arrive unchecked; each function looks before it writes.
type Loose = Record<string, any>;

/** Whether a value is a JSON object. */
export function isRecord(value: unknown): value is Loose {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The JSON objects of a list; nothing when it is no list. */
export function records(value: unknown): Loose[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

/** Fills what a pod template and a pod have in common. */
export function defaultPodSpec(spec: unknown): void {
  if (!isRecord(spec)) return;
  spec.restartPolicy ??= "Always";
  spec.terminationGracePeriodSeconds ??= 30;
  spec.dnsPolicy ??= "ClusterFirst";
  spec.securityContext ??= {};
  spec.schedulerName ??= "default-scheduler";
  for (const key of ["containers", "initContainers"]) {
    for (const container of records(spec[key])) defaultContainer(container);
  }
  for (const volume of records(spec.volumes)) defaultVolume(volume);
}

/** What only a pod gets at admission, on top of `defaultPodSpec`. */
export function defaultPod(pod: Loose): void {
  const spec = pod.spec;
  if (!isRecord(spec)) return;
  defaultPodSpec(spec);
  spec.serviceAccountName ??= "default";
  spec.serviceAccount ??= spec.serviceAccountName;
  spec.enableServiceLinks ??= true;
  spec.priority ??= 0;
  spec.preemptionPolicy ??= "PreemptLowerPriority";
  addToleration(spec, "node.kubernetes.io/not-ready");
  addToleration(spec, "node.kubernetes.io/unreachable");
  for (const key of ["containers", "initContainers"]) {
    for (const { resources } of records(spec[key])) {
      if (isRecord(resources?.limits)) resources.requests = { ...resources.limits, ...resources.requests };
    }
  }
  pod.status ??= {};
  if (!isRecord(pod.status)) return;
  pod.status.phase ??= "Pending";
  pod.status.qosClass ??= qosClass(spec);
}

function addToleration(spec: Loose, key: string): void {
  spec.tolerations ??= [];
  if (!Array.isArray(spec.tolerations)) return;
  const tolerated = records(spec.tolerations).some(
    (each) => (each.key === key || each.key === undefined) && (!each.effect || each.effect === "NoExecute"),
  );
  if (!tolerated) {
    spec.tolerations.push({ key, operator: "Exists", effect: "NoExecute", tolerationSeconds: 300 });
  }
}

function defaultContainer(container: Loose): void {
  if (typeof container.image === "string") container.imagePullPolicy ??= pullPolicy(container.image);
  container.resources ??= {};
  container.terminationMessagePath ??= "/dev/termination-log";
  container.terminationMessagePolicy ??= "File";
  for (const port of records(container.ports)) port.protocol ??= "TCP";
  for (const probe of ["livenessProbe", "readinessProbe", "startupProbe"]) defaultProbe(container[probe]);
  for (const env of records(container.env)) {
    if (isRecord(env.valueFrom?.fieldRef)) env.valueFrom.fieldRef.apiVersion ??= "v1";
  }
}

function pullPolicy(image: string): string {
  const tag = /:([^/:@]+)$/.exec(image)?.[1];
  return image.includes("@") || (tag !== undefined && tag !== "latest") ? "IfNotPresent" : "Always";
}

function defaultProbe(probe: unknown): void {
  if (!isRecord(probe)) return;
  probe.timeoutSeconds ??= 1;
  probe.periodSeconds ??= 10;
  probe.successThreshold ??= 1;
  probe.failureThreshold ??= 3;
  if (isRecord(probe.httpGet)) {
    probe.httpGet.path ??= "/";
    probe.httpGet.scheme ??= "HTTP";
  }
  if (isRecord(probe.grpc)) probe.grpc.service ??= "";
}

function defaultVolume(volume: Loose): void {
  const sources = ["configMap", "secret", "projected", "downwardAPI"];
  for (const source of sources) if (isRecord(volume[source])) volume[source].defaultMode ??= 420;
  if (isRecord(volume.hostPath)) volume.hostPath.type ??= "";
  const projected = records(volume.projected?.sources);
  for (const { serviceAccountToken: token } of projected)
    if (isRecord(token)) token.expirationSeconds ??= 3600;
  for (const source of [volume.downwardAPI, ...projected.map((each) => each.downwardAPI)]) {
    for (const { fieldRef } of records(source?.items)) if (isRecord(fieldRef)) fieldRef.apiVersion ??= "v1";
  }
  if (sources.every((source) => !(source in volume)) && Object.keys(volume).length === 1)
    volume.emptyDir = {};
}

function qosClass(spec: Loose): string {
  const all = [...records(spec.containers), ...records(spec.initContainers)].map((each) => each.resources);
  const named = (each: unknown) => isRecord(each) && Object.keys(each).length > 0;
  if (!all.some((each) => named(each?.requests) || named(each?.limits))) return "BestEffort";
  const full = all.every((each) =>
    ["cpu", "memory"].every((key) => each?.limits?.[key] && each.requests?.[key] === each.limits[key]),
  );
  return full ? "Guaranteed" : "Burstable";
}
