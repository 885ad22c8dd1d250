import type { DeploymentStatusInput, PodStatusInput } from "../../clients/sdk/index.ts";
import { isForsaken } from "../../kube/pod.ts";
import { labels, type StyrminDeployment } from "../../kube/styrmin-deployment.ts";
import type { KubeObject } from "../../kube/types.ts";

/** Set on pods that only pretend to run. */
const simulatedAnnotation = "styrmin.io/simulated";
/** Longest text that is reported of one field, characters. */
const maxText = 1_000;

/** Keeps of a pod what a report needs: all pods of a cluster are held in memory. Pure. */
export function projectPod(pod: KubeObject): KubeObject {
  const { metadata, spec, status = {} } = pod;
  const { name, namespace, uid, resourceVersion, deletionTimestamp } = metadata;
  const simulated = metadata.annotations?.[simulatedAnnotation];
  return {
    apiVersion: pod.apiVersion,
    kind: pod.kind,
    metadata: {
      name,
      namespace,
      uid,
      resourceVersion,
      deletionTimestamp,
      labels: metadata.labels,
      ...(simulated === undefined ? {} : { annotations: { [simulatedAnnotation]: simulated } }),
    },
    spec: {
      nodeName: spec?.nodeName,
      images: (spec?.containers ?? []).map((one: Container) => one.image ?? ""),
    },
    status: {
      phase: status.phase,
      reason: status.reason,
      message: status.message,
      startTime: status.startTime,
      conditions: (status.conditions ?? []).filter(
        (one: Condition) => one.type === "Ready" || one.type === "ContainersReady" || one.status === "False",
      ),
      containers: status.containerStatuses ?? [],
      initContainers: status.initContainerStatuses ?? [],
    },
  };
}

/** Whose pods are whose: by our label, or by a component's selector for pods that others made of our objects. */
export interface Owners {
  of(pod: KubeObject): { deploymentId: string; component: string | undefined } | undefined;
}

/** Reads the owners from the resources. Pure. */
export function createOwners(resources: StyrminDeployment[]): Owners {
  const byId = new Map(resources.map((resource) => [resource.spec.deploymentId, resource]));
  const byNamespace = new Map<string, StyrminDeployment[]>();
  for (const resource of resources) {
    const list = byNamespace.get(resource.spec.targetNamespace) ?? [];
    list.push(resource);
    byNamespace.set(resource.spec.targetNamespace, list);
  }
  return {
    of(pod) {
      const deploymentId = pod.metadata.labels?.[labels.deployment];
      if (deploymentId !== undefined) {
        return { deploymentId, component: componentOf(byId.get(deploymentId), pod) };
      }
      for (const resource of byNamespace.get(pod.metadata.namespace ?? "") ?? []) {
        const release = pod.metadata.labels?.["app.kubernetes.io/instance"];
        const component = release === resource.spec.releaseName ? componentOf(resource, pod) : undefined;
        if (component !== undefined) return { deploymentId: resource.spec.deploymentId, component };
      }
      return undefined;
    },
  };
}

/** A projected pod as the report has it. Pure. */
export function podStatusOf(
  pod: KubeObject,
  owner: { deploymentId: string; component: string | undefined },
): PodStatusInput {
  const { metadata, spec, status } = pod;
  const containers: ContainerState[] = status.containers;
  const trouble = troubleOf(pod);
  return {
    uid: metadata.uid!,
    deploymentId: owner.deploymentId,
    component: owner.component ?? null,
    name: metadata.name,
    namespace: metadata.namespace ?? "",
    phase: status.phase ?? "Unknown",
    ready: (status.conditions as Condition[]).some((one) => one.type === "Ready" && one.status === "True"),
    restarts: containers.reduce((sum, one) => sum + (one.restartCount ?? 0), 0),
    reason: clean(trouble?.reason),
    message: clean(trouble?.message),
    node: spec.nodeName ?? null,
    images: spec.images.map((image: string) => clean(image) ?? ""),
    containers: containers.map((one) => ({
      name: one.name,
      state: stateWord(one),
      ready: one.ready ?? false,
      restarts: one.restartCount ?? 0,
      lastExitCode: one.lastState?.terminated?.exitCode ?? one.state?.terminated?.exitCode ?? null,
    })),
    startedAt: status.startTime ?? null,
    simulated: metadata.annotations?.[simulatedAnnotation] === "true",
  };
}

/** A resource as the report has it. Pure. */
export function deploymentStatusOf(resource: StyrminDeployment): DeploymentStatusInput {
  const { metadata, spec, status } = resource;
  return {
    uid: metadata.uid!,
    deploymentId: spec.deploymentId,
    name: metadata.name,
    phase: spec.phase,
    instanceId: status?.instanceId ?? null,
    intentGeneration: status?.intentGeneration ?? null,
    generation: metadata.generation ?? null,
    observedGeneration: status?.observedGeneration ?? null,
    conditions: (status?.conditions ?? []).map((one) => ({ ...one, message: clean(one.message) ?? "" })),
    components: (status?.components ?? []).map((one) => ({ ...one, message: clean(one.message) })),
    drift: status?.drift ?? null,
    release: status?.release ?? null,
    simulated: status?.simulated ?? false,
  };
}

interface Container {
  image?: string;
}
interface Condition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
}
interface ContainerState {
  name: string;
  ready?: boolean;
  restartCount?: number;
  state?: {
    waiting?: { reason?: string; message?: string };
    terminated?: { reason?: string; message?: string; exitCode?: number };
    running?: unknown;
  };
  lastState?: { terminated?: { exitCode?: number } };
}

function componentOf(resource: StyrminDeployment | undefined, pod: KubeObject): string | undefined {
  for (const [name, component] of Object.entries(resource?.spec.components ?? {})) {
    const wanted = Object.entries(component.label ?? {});
    if (wanted.length > 0 && wanted.every(([key, value]) => pod.metadata.labels?.[key] === value))
      return name;
  }
  return undefined;
}

/** With these reasons a container runtime quotes the command, which may have a secret in it. */
const quoting = new Set(["RunContainerError", "CreateContainerError", "StartError", "ContainerCannotRun"]);

/**
 * What is wrong, or what is waited for: the first that holds, as `kubectl get pods` would say it; without what a
 * container wrote to its termination log, and without its command.
 */
function troubleOf(pod: KubeObject): { reason?: string; message?: string } | undefined {
  const { metadata, status } = pod;
  if (metadata.deletionTimestamp) return { reason: "Terminating" };
  if (status.reason) return { reason: status.reason, message: status.message };
  const all: ContainerState[] = [...status.initContainers, ...status.containers];
  for (const { state } of all) {
    const usual =
      state?.waiting?.reason === "ContainerCreating" || state?.waiting?.reason === "PodInitializing";
    if (state?.waiting?.reason && !usual) {
      const { reason, message } = state.waiting;
      return quoting.has(reason) ? { reason } : { reason, message };
    }
    const { reason } = state?.terminated ?? {};
    if (reason && reason !== "Completed") return { reason };
  }
  const unscheduled = (status.conditions as Condition[]).find((one) => one.type === "PodScheduled");
  if (unscheduled?.status === "False") return unscheduled;
  if (isForsaken(status.conditions)) {
    return { reason: "NodeNotReady", message: `node ${pod.spec.nodeName} does not answer` };
  }
  const waiting = all.find(({ state }) => state?.waiting?.reason)?.state?.waiting;
  return waiting;
}

function stateWord({ state }: ContainerState): string {
  if (state?.running) return "running";
  const other = state?.waiting ?? state?.terminated;
  const word = state?.terminated ? "terminated" : "waiting";
  return other?.reason ? `${word}: ${clean(other.reason)}` : word;
}

/** Postgres' jsonb takes neither NUL nor lone surrogates; one such text must not hold up a whole report. */
function clean(text: string | undefined): string | null {
  if (text === undefined || text === "") return null;
  return text.slice(0, maxText).replaceAll("\0", "").toWellFormed();
}
