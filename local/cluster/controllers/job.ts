import { selects } from "../schema/label-selector.ts";
import type { Api, Controller, KubeObject } from "../types.ts";
import { claim } from "./claim.ts";
import { type ControllerOptions, startController } from "./controller.ts";
import { endOfLimit, jobs, pods, stamp } from "./names.ts";
import { type JobCounts, failureRule, jobVerdict, nextStartIn, wantedActive } from "./job-decisions.ts";
import { createPod, deletePod, ignoringGone, isActive, isClosing, isFinished, podFrom } from "./pods.ts";
import { isReady } from "../pod-words.ts";
import { type Condition, findCondition, orAbsent, withCondition, writeStatus } from "./status.ts";

const component = "job-controller";
const indexKey = "batch.kubernetes.io/job-completion-index";

/** Runs the pods of Jobs to completion or to their limits. */
export function startJobs(api: Api, { log, cache, now = () => new Date() }: ControllerOptions): Controller {
  /** Pods ended because fewer were wanted, by uid: how they end counts for nothing. */
  const excused = new Set<string>();
  return startController({ name: component, api, log, resource: jobs, owned: [pods], reconcile });

  function reconcile(job: KubeObject): number | undefined {
    const { spec, metadata } = job;
    if (metadata.deletionTimestamp || isClosing(api, metadata.namespace)) return undefined;
    const over = findCondition(job, "Complete") ?? findCondition(job, "Failed");
    if (over?.status === "True") return expire(job, over);
    const mine = () =>
      claim(api, cache, pods, job).filter((pod) => selects(spec.selector, pod.metadata.labels));
    const before = mine();
    const time = now();
    let conditions: Condition[] = job.status?.conditions ?? [];
    const set = (type: string, reason: string, message: string, status: Condition["status"] = "True") => {
      conditions = withCondition(conditions, { type, status, reason, message }, time);
    };

    let startTime: string | undefined = job.status?.startTime;
    if (spec.suspend) {
      for (const pod of before.filter(isActive)) excuse(job, pod);
      if (findCondition(job, "Suspended")?.status !== "True") {
        set("Suspended", "JobSuspended", "Job suspended");
        api.event(job, "Normal", "Suspended", "Job suspended", component);
      }
      startTime = undefined;
    } else {
      if (findCondition(job, "Suspended")?.status === "True") {
        set("Suspended", "JobResumed", "Job resumed", "False");
        api.event(job, "Normal", "Resumed", "Job resumed", component);
      }
      startTime ??= stamp(time);
    }

    const counts = countsOf(job, before, excused);
    const verdict = spec.suspend ? undefined : jobVerdict(job, counts, startTime, time);
    let again: number | undefined;
    if (verdict) {
      // First what is decided, then, when no pod runs any more, that it is over.
      const target = verdict.type === "Complete" ? "SuccessCriteriaMet" : "FailureTarget";
      set(target, verdict.reason, verdict.message);
      for (const pod of before.filter(isActive)) {
        if (verdict.type === "Complete") excuse(job, pod);
        else deletePod(api, job, pod, component);
      }
      if (mine().every(isFinished)) {
        set(verdict.type, verdict.reason, verdict.message);
        const type = verdict.type === "Complete" ? "Normal" : "Warning";
        const reason = verdict.type === "Complete" ? "Completed" : verdict.reason;
        api.event(
          job,
          type,
          reason,
          verdict.type === "Complete" ? "Job completed" : verdict.message,
          component,
        );
        again = 0;
      }
    } else if (!spec.suspend) {
      again = run(job, before, counts, time);
      const deadline = deadlineIn(job, startTime!, time);
      if (deadline !== undefined) again = Math.min(again ?? Infinity, deadline);
    }

    const after = countsOf(job, mine(), excused);
    const complete = conditions.some((each) => each.type === "Complete");
    writeStatus(api, jobs, job, {
      startTime,
      active: orAbsent(after.active),
      ready: after.ready,
      terminating: after.terminating,
      succeeded: orAbsent(after.succeeded),
      failed: orAbsent(after.failed),
      completedIndexes: after.completedIndexes,
      uncountedTerminatedPods: {},
      completionTime: complete ? stamp(time) : undefined,
      conditions: conditions.length > 0 ? conditions : undefined,
    });
    return again;
  }

  /** Starts the pods that are missing, unless the last failure was too short ago; deletes those too many. */
  function run(job: KubeObject, mine: KubeObject[], counts: JobCounts, time: Date): number | undefined {
    const active = mine.filter(isActive);
    const missing = wantedActive(job, counts) - active.length;
    // A pod that is on its way out still runs: its successor waits for its end where that is wanted.
    const room = missing - (job.spec.podReplacementPolicy === "Failed" ? counts.terminating : 0);
    if (missing < 0) {
      for (const pod of active
        .toSorted((a, b) => Number(isReady(a)) - Number(isReady(b)))
        .slice(0, -missing)) {
        excuse(job, pod);
      }
    }
    if (room <= 0) return undefined;
    const wait = nextStartIn(
      mine.filter(({ status }) => status?.phase === "Failed"),
      time,
    );
    if (wait > 0) return wait;
    const taken = new Set([...active.map(indexOf), ...counts.doneIndexes]);
    for (let made = 0; made < room; made++) {
      const pod = podFrom(job, job.spec.template);
      if (job.spec.completionMode === "Indexed") {
        let index = 0;
        while (taken.has(index)) index++;
        taken.add(index);
        withIndex(job, pod, index);
      }
      createPod(api, job, pod, component);
    }
    return undefined;
  }

  function excuse(job: KubeObject, pod: KubeObject): void {
    excused.add(pod.metadata.uid);
    deletePod(api, job, pod, component);
  }

  /** A finished Job goes away when its time to live is over. */
  function expire(job: KubeObject, over: Condition): number | undefined {
    const { ttlSecondsAfterFinished } = job.spec;
    if (ttlSecondsAfterFinished == null) return undefined;
    const end = Date.parse(over.lastTransitionTime ?? "") + ttlSecondsAfterFinished * 1000;
    const left = end - now().getTime();
    if (left > 0) return left;
    const { name, namespace, uid } = job.metadata;
    ignoringGone(() =>
      api.delete(jobs, name, namespace, { propagationPolicy: "Background", preconditions: { uid } }),
    );
    return undefined;
  }
}

function deadlineIn({ spec }: KubeObject, startTime: string, time: Date): number | undefined {
  if (spec.activeDeadlineSeconds == null) return undefined;
  return Math.max(0, endOfLimit(startTime, spec.activeDeadlineSeconds) - time.getTime());
}

/** What is known of a Job's pods; what was counted before stays counted when its pod is deleted. */
function countsOf(job: KubeObject, mine: KubeObject[], excused: Set<string>): JobCounts {
  const old = job.status ?? {};
  const active = mine.filter(isActive);
  const counted = mine.filter(({ metadata }) => !excused.has(metadata.uid));
  const succeeded = counted.filter(
    ({ metadata, status }) => status?.phase === "Succeeded" && !metadata.deletionTimestamp,
  );
  const rules = counted.filter(isFailed).map((pod) => failureRule(job, pod));
  const doneIndexes = [...new Set([...parseIndexes(old.completedIndexes), ...succeeded.map(indexOf)])];
  const indexed = job.spec.completionMode === "Indexed";
  return {
    active: active.length,
    ready: active.filter(isReady).length,
    terminating: mine.filter((pod) => pod.metadata.deletionTimestamp && !isFinished(pod)).length,
    succeeded: indexed ? doneIndexes.length : Math.max(old.succeeded ?? 0, succeeded.length),
    failed: Math.max(old.failed ?? 0, rules.filter((rule) => rule?.action !== "Ignore").length),
    failure: rules.find((rule) => rule?.action === "FailJob")?.message,
    restarts: active.reduce((sum, pod) => sum + restartsOf(pod), 0),
    doneIndexes: indexed ? doneIndexes : [],
    completedIndexes:
      indexed && doneIndexes.length > 0 ? doneIndexes.sort((a, b) => a - b).join(",") : undefined,
  };
}

/** A pod that is deleted before its end has failed, whatever its end will be. */
function isFailed({ metadata, status }: KubeObject): boolean {
  if (status?.phase === "Failed") return true;
  return metadata.deletionTimestamp !== undefined && status?.phase !== "Succeeded";
}

function restartsOf({ status }: KubeObject): number {
  const all: { restartCount?: number }[] = [
    ...(status?.containerStatuses ?? []),
    ...(status?.initContainerStatuses ?? []),
  ];
  return all.reduce((sum, each) => sum + (each.restartCount ?? 0), 0);
}

function indexOf(pod: KubeObject): number {
  return Number(pod.metadata.annotations?.[indexKey] ?? -1);
}

function parseIndexes(text: string | undefined): number[] {
  return text ? text.split(",").map(Number) : [];
}

function withIndex(job: KubeObject, pod: ReturnType<typeof podFrom>, index: number): void {
  pod.metadata.annotations = { ...pod.metadata.annotations, [indexKey]: String(index) };
  pod.metadata.labels = { ...pod.metadata.labels, [indexKey]: String(index) };
  pod.spec.hostname = `${job.metadata.name}-${index}`;
  const env = { name: "JOB_COMPLETION_INDEX", value: String(index) };
  for (const container of [...pod.spec.containers, ...(pod.spec.initContainers ?? [])]) {
    container.env = [...(container.env ?? []), env];
  }
}
