import type { KubeObject } from "../types.ts";
import { endOfLimit } from "./names.ts";

/** What a Job's pods have come to. */
export interface JobCounts {
  active: number;
  ready: number;
  terminating: number;
  succeeded: number;
  failed: number;
  /** Why the failure policy ends the Job. */
  failure?: string | undefined;
  /** Restarts of containers in active pods; they count as failures when pods restart (`OnFailure`). */
  restarts: number;
  doneIndexes: number[];
  completedIndexes: string | undefined;
}

export interface Verdict {
  type: "Complete" | "Failed";
  reason: string;
  message: string;
}

/** Retries start after this and double with each failure. A real cluster begins with ten seconds. */
const firstRetryMs = 1_000;
const longestRetryMs = 360_000;

/** Whether a Job has come to its end; undefined while it goes on. A verdict once recorded stands. */
export function jobVerdict(
  job: KubeObject,
  counts: JobCounts,
  startTime: string | undefined,
  now: Date,
): Verdict | undefined {
  const { spec, status } = job;
  for (const condition of status?.conditions ?? []) {
    const { type, reason, message } = condition;
    if (type === "FailureTarget") return { type: "Failed", reason, message };
    if (type === "SuccessCriteriaMet") return { type: "Complete", reason, message };
  }
  if (counts.failure !== undefined)
    return { type: "Failed", reason: "PodFailurePolicy", message: counts.failure };
  const retries = spec.backoffLimit ?? 6;
  const onFailure = spec.template.spec.restartPolicy === "OnFailure";
  const restarted = onFailure && counts.restarts > 0 && counts.restarts >= retries;
  if (counts.failed > retries || restarted) {
    const message = "Job has reached the specified backoff limit";
    return { type: "Failed", reason: "BackoffLimitExceeded", message };
  }
  const deadline = spec.activeDeadlineSeconds;
  if (deadline != null && startTime && now.getTime() >= endOfLimit(startTime, deadline)) {
    const message = "Job was active longer than specified deadline";
    return { type: "Failed", reason: "DeadlineExceeded", message };
  }
  const complete =
    spec.completions == null
      ? counts.succeeded > 0 && counts.active === 0
      : counts.succeeded >= spec.completions;
  if (!complete) return undefined;
  const message = "Reached expected number of succeeded pods";
  return { type: "Complete", reason: "CompletionsReached", message };
}

/** What the Job's failure policy does about a failed pod: its first rule that fits. */
export function failureRule(
  { spec }: KubeObject,
  { metadata, status }: KubeObject,
): { action: string; message: string } | undefined {
  const pod = `${metadata.namespace}/${metadata.name}`;
  const containers: any[] = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])];
  for (const [index, { action, onExitCodes, onPodConditions = [] }] of (
    spec.podFailurePolicy?.rules ?? []
  ).entries()) {
    const end = `matching ${action} rule at index ${index}`;
    const failed = containers.find(({ name, state }) => {
      const { exitCode = 0 } = state?.terminated ?? {};
      if (!onExitCodes || exitCode === 0 || name !== (onExitCodes.containerName ?? name)) return false;
      return onExitCodes.values.includes(exitCode) === (onExitCodes.operator === "In");
    });
    if (failed) {
      const { exitCode } = failed.state.terminated;
      return {
        action,
        message: `Container ${failed.name} for pod ${pod} failed with exit code ${exitCode} ${end}`,
      };
    }
    const condition = onPodConditions.find((wanted: any) =>
      status?.conditions?.some((each: any) => each.type === wanted.type && each.status === wanted.status),
    );
    if (condition) return { action, message: `Pod ${pod} has condition ${condition.type} ${end}` };
  }
  return undefined;
}

/** How many pods should run now. Without `completions` nothing new starts after the first success. */
export function wantedActive({ spec }: KubeObject, counts: JobCounts): number {
  if (spec.completions == null) return counts.succeeded > 0 ? counts.active : spec.parallelism;
  return Math.min(spec.parallelism, Math.max(0, spec.completions - counts.succeeded));
}

/** In how many milliseconds the next pod may start after these failed ones; 0 now. */
export function nextStartIn(failed: KubeObject[], now: Date): number {
  if (failed.length === 0) return 0;
  const wait = Math.min(longestRetryMs, firstRetryMs * 2 ** (failed.length - 1));
  return Math.max(0, Math.max(...failed.map(endOf)) + wait - now.getTime());
}

/** When a failed pod ended: when its last container did, or at the latest known moment before. */
function endOf({ status, metadata }: KubeObject): number {
  const statuses: any[] = status?.containerStatuses ?? [];
  const conditions: any[] = status?.conditions ?? [];
  const known = [
    ...statuses.map((each) => each.state?.terminated?.finishedAt),
    ...conditions.map((each) => each.lastTransitionTime),
    metadata.creationTimestamp,
  ];
  return Math.max(...known.map((text) => Date.parse(text ?? "")).filter((time) => !Number.isNaN(time)));
}
