import { isScalable } from "../../drivers/kit/index.ts";
import {
  type ComponentState,
  type ComponentStatus,
  reasons,
  type StyrminDeployment,
  type StyrminDeploymentSpec,
} from "../../kube/styrmin-deployment.ts";
import type { KubeObject, ObjectRef } from "../../kube/types.ts";
import type { Verdict } from "./conditions.ts";
import { inProgress } from "./health-words.ts";
import { type Health, healthOf } from "./health.ts";
import { holdOutOf } from "./hold-out.ts";
import { firstTrouble } from "./pod-trouble.ts";
import { nameOf, refOf } from "./refs.ts";
import { componentOfWorkload } from "./scale.ts";
import { isTimely, type Warning } from "./warnings.ts";
import { isPodOf, isWorkload } from "./workloads.ts";

/** What there is in the cluster of a deployment. */
export interface Observed {
  /** The wanted objects, each with its live state if it exists. */
  objects: { wanted: KubeObject; live: KubeObject | undefined }[];
  /** Pods with the deployment's label. */
  pods: KubeObject[];
  /** What Events say of objects that wait, by UID. */
  warnings?: ReadonlyMap<string, Warning>;
  /** When they were looked at, milliseconds since 1970. */
  now: number;
}

export interface Assessment {
  verdict: Verdict;
  components: ComponentStatus[];
  total: number;
  ready: number;
  simulated: boolean;
  /** The namespaces of objects that wait and do not say why. */
  mute: Set<string>;
  /** When pods that were restarted will have held out, milliseconds from then: no event tells. */
  againMs: number;
}

interface Judged {
  ref: ObjectRef;
  live: KubeObject | undefined;
  health: Health;
  component: string | undefined;
  /** It waits, and nothing says why. */
  mute: boolean;
  /** How long its pods have yet to hold out, milliseconds. */
  leftMs: number;
}

/** Says how a deployment is, from what is wanted and what is there. Pure. */
export function assess({ spec }: StyrminDeployment, observed: Observed, wasReady: boolean): Assessment {
  const stopped = spec.phase === "Stopped";
  const judged = observed.objects.map(({ wanted, live }): Judged => {
    const own = healthOf(live);
    const holdOut = own.state === "Current" ? holdOutOfPods(live, observed) : undefined;
    const health = holdOut
      ? inProgress(holdOut.message)
      : isIdleClaim(live, observed.pods)
        ? { state: "Current" as const, message: "" }
        : withTrouble(own, live, observed);
    const waits = health.state === "InProgress" || health.state === "Failed";
    const mute = live !== undefined && waits && health.message === own.message && !own.message.includes("; ");
    const leftMs = holdOut?.leftMs ?? Number.POSITIVE_INFINITY;
    return { ref: refOf(wanted), live, health, component: componentOfWorkload(wanted, spec), mute, leftMs };
  });
  const names = Object.keys(spec.components ?? {}).sort();
  return {
    verdict: verdictOf(judged, observed.pods, stopped, wasReady),
    components: names.map((name) => withHold(componentStatus(name, judged, stopped), spec.hold)),
    total: judged.length,
    ready: judged.filter(({ health }) => health.state === "Current").length,
    mute: new Set(judged.filter(({ mute }) => mute).map(({ ref }) => ref.namespace ?? "default")),
    againMs: Math.min(...judged.map(({ leftMs }) => leftMs)),
    simulated: observed.pods.some((pod) => pod.metadata.annotations?.["styrmin.io/simulated"] === "true"),
  };
}

function verdictOf(judged: Judged[], pods: KubeObject[], stopped: boolean, wasReady: boolean): Verdict {
  const broken = judged.find(({ health }) => health.state === "Failed");
  if (broken) return { reason: reasons.Unhealthy, message: sentence(broken), stalled: true };
  const waiting = judged.filter(
    ({ health }) => health.state === "InProgress" || health.state === "Terminating",
  );
  if (waiting.length > 0) {
    // What a workload waits for says more than that a claim has no volume yet.
    const told =
      waiting.find(({ health }) => health.message.includes("pod ")) ??
      waiting.find(({ mute }) => !mute) ??
      waiting[0]!;
    const more = waiting.length > 1 ? ` (and ${waiting.length - 1} more)` : "";
    return { reason: wasReady ? reasons.Degraded : reasons.Progressing, message: `${sentence(told)}${more}` };
  }
  if (!stopped) {
    const notes = judged
      .filter(({ health }) => health.state === "Current" && health.message !== "")
      .map(sentence);
    const message = [`all ${judged.length} objects are healthy`, ...notes].join("; ");
    return { reason: reasons.Healthy, message };
  }
  const left = pods.filter(
    ({ status }) => status?.phase !== "Succeeded" && status?.phase !== "Failed",
  ).length;
  return left > 0
    ? { reason: reasons.Progressing, message: `${left} pods are still ending` }
    : { reason: reasons.Stopped, message: "stopped; no pod is left" };
}

function componentStatus(name: string, judged: Judged[], stopped: boolean): ComponentStatus {
  const own = judged.filter(({ component }) => component === name);
  const counted = own.filter(({ live }) => live && (isScalable(live) || live.kind === "DaemonSet"));
  const desired = counted.reduce((sum, { live }) => sum + desiredOf(live!), 0);
  const ready = counted.reduce((sum, { live }) => sum + readyOf(live!), 0);
  const state = componentState(own, desired, ready, stopped);
  const message =
    own.length === 0
      ? "no workload of the release has the component's labels"
      : own.find(({ health }) => health.state !== "Current")?.health.message;
  return { name, desired, ready, state, ...(message && state !== "Ready" ? { message } : {}) };
}

/** Says of a component that a flow holds that it does. */
function withHold(status: ComponentStatus, hold: StyrminDeploymentSpec["hold"]): ComponentStatus {
  const replicas = hold?.components?.[status.name];
  if (replicas === undefined) return status;
  const held = `held at ${replicas} by the task ${hold!.task ?? "of a flow"}`;
  return { ...status, message: status.message ? `${held}; ${status.message}` : held };
}

function componentState(own: Judged[], desired: number, ready: number, stopped: boolean): ComponentState {
  const has = (state: Health["state"]) => own.some(({ health }) => health.state === state);
  if (own.length === 0) return "Unknown";
  if (has("Failed")) return "Failed";
  if (has("InProgress") || has("Terminating")) return "Progressing";
  if (has("Unknown")) return "Unknown";
  return stopped || (desired === 0 && ready === 0 && own.some(({ live }) => live && isScalable(live)))
    ? "Stopped"
    : "Ready";
}

/** Many classes bind a claim only when a pod uses it: until one does, nothing is amiss. */
function isIdleClaim(live: KubeObject | undefined, pods: KubeObject[]): boolean {
  if (live?.kind !== "PersistentVolumeClaim" || live.status?.phase !== "Pending") return false;
  const { name, namespace } = live.metadata;
  return !pods.some(
    ({ metadata, spec }) =>
      metadata.namespace === namespace &&
      spec?.volumes?.some((volume: KubeObject) => volume.persistentVolumeClaim?.claimName === name),
  );
}

/** What is as it should be only as long as its pods hold out: Jobs apart, they are to run for ever. */
function holdOutOfPods(live: KubeObject | undefined, { pods, now }: Observed) {
  if (live === undefined || !isWorkload(live) || live.kind.endsWith("Job")) return undefined;
  return holdOutOf(
    pods.filter((pod) => isPodOf(live, pod)),
    now,
  );
}

/** An object that waits says what its pods say, or what Events say of it or of its pods. */
function withTrouble(health: Health, live: KubeObject | undefined, { pods, warnings }: Observed): Health {
  if (live === undefined || health.state === "Current") return health;
  const own = isWorkload(live) ? pods.filter((pod) => isPodOf(live, pod)) : [];
  const trouble = firstTrouble(own) ?? warningOf(live, own, warnings);
  return trouble ? { ...health, message: `${health.message}; ${trouble}` } : health;
}

function warningOf(live: KubeObject, pods: KubeObject[], warnings: Observed["warnings"]): string | undefined {
  if (warnings === undefined || warnings.size === 0) return undefined;
  const own = warnings.get(live.metadata.uid ?? "");
  if (own) return own.text;
  for (const pod of pods) {
    const warning = pod.metadata.deletionTimestamp ? undefined : warnings.get(pod.metadata.uid ?? "");
    if (warning && isTimely(warning, pod)) return `pod ${pod.metadata.name}: ${warning.text}`;
  }
  return undefined;
}

const sentence = ({ ref, health }: Judged) => `${nameOf(ref)}: ${health.message}`;

const desiredOf = ({ kind, spec, status }: KubeObject): number =>
  kind === "DaemonSet" ? (status?.desiredNumberScheduled ?? 0) : (spec?.replicas ?? 1);

const readyOf = ({ kind, status }: KubeObject): number =>
  (kind === "DaemonSet" ? status?.numberReady : status?.readyReplicas) ?? 0;
