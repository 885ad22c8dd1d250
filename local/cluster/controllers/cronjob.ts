import { Cron } from "croner";
import { messageOf } from "../../../lib/errors.ts";
import type { Api, Controller, KubeObject } from "../types.ts";
import { type ControllerOptions, startController } from "./controller.ts";
import { cronJobs, jobs, stamp } from "./names.ts";
import { controllerReference, ignoringGone, isClosing } from "./pods.ts";
import { findCondition, writeStatus } from "./status.ts";

const component = "cronjob-controller";
const scheduledKey = "batch.kubernetes.io/cronjob-scheduled-timestamp";

/** Makes a Job of each CronJob whenever its time has come, and keeps as many finished ones as it says. */
export function startCronJobs(
  api: Api,
  { log, cache, now = () => new Date() }: ControllerOptions,
): Controller {
  return startController({ name: component, api, log, resource: cronJobs, owned: [jobs], reconcile });

  function reconcile(cronJob: KubeObject): number | undefined {
    const { spec, metadata, status = {} } = cronJob;
    if (metadata.deletionTimestamp || isClosing(api, metadata.namespace)) return undefined;
    const time = now();
    const mine = cache.ownedOf(jobs, metadata.uid);
    tell(cronJob, mine);
    tidy(mine);
    const schedule = readSchedule(cronJob);
    const due = spec.suspend ? undefined : schedule && lastDue(schedule, cronJob, time);
    const started = due && start(cronJob, mine.filter(isActive), due, time);
    const active = cache.ownedOf(jobs, metadata.uid).filter(isActive);
    const successes = mine.filter((job) => isOver(job, "Complete")).map((job) => job.status.completionTime);
    writeStatus(api, cronJobs, cronJob, {
      active: active.length > 0 ? active.map(referenceTo) : undefined,
      lastScheduleTime: started ? stamp(due) : status.lastScheduleTime,
      lastSuccessfulTime: [status.lastSuccessfulTime, ...successes].filter(Boolean).sort().at(-1),
    });
    const next = spec.suspend ? null : schedule?.nextRun(time);
    return next ? next.getTime() - time.getTime() : undefined;

    /** The oldest finished Jobs beyond the limits go. */
    function tidy(all: KubeObject[]): void {
      const limits = { Complete: spec.successfulJobsHistoryLimit, Failed: spec.failedJobsHistoryLimit };
      for (const [type, limit] of Object.entries(limits)) {
        const finished = all.filter((job) => isOver(job, type) && !job.metadata.deletionTimestamp);
        finished.sort((a, b) => (a.status.startTime < b.status.startTime ? -1 : 1));
        for (const job of finished.slice(0, Math.max(0, finished.length - limit))) remove(job);
      }
    }
  }

  /** Without a time zone it is in UTC, as on a real node. */
  function readSchedule(cronJob: KubeObject): Cron | undefined {
    const { schedule, timeZone = "UTC" } = cronJob.spec;
    try {
      return new Cron(schedule, { timezone: timeZone, paused: true, mode: "5-part" });
    } catch (thrown) {
      const message = `unparseable schedule: ${JSON.stringify(schedule)} : ${messageOf(thrown)}`;
      api.event(cronJob, "Warning", "UnparseableSchedule", message, component);
      return undefined;
    }
  }

  function tell(cronJob: KubeObject, all: KubeObject[]): void {
    const before = new Set((cronJob.status?.active ?? []).map(({ uid }: { uid: string }) => uid));
    for (const job of all.filter(({ metadata }) => before.has(metadata.uid))) {
      const type = ["Complete", "Failed"].find((each) => isOver(job, each));
      const message = `Saw completed job: ${job.metadata.name}, condition: ${type}`;
      if (type) api.event(cronJob, "Normal", "SawCompletedJob", message, component);
    }
  }

  /** Makes the Job of a moment, as the rules for those that are still running say; false when it is passed over. */
  function start(cronJob: KubeObject, active: KubeObject[], due: Date, time: Date): boolean {
    const { spec, metadata } = cronJob;
    const { startingDeadlineSeconds: deadline } = spec;
    if (deadline != null && time.getTime() - due.getTime() > deadline * 1000) {
      const message = `Missed scheduled time to start a job: ${due.toUTCString()}`;
      api.event(cronJob, "Warning", "MissSchedule", message, component);
      return false;
    }
    if (spec.concurrencyPolicy === "Forbid" && active.length > 0) {
      const message = "Not starting job because prior execution is running and concurrency policy is Forbid";
      api.event(cronJob, "Normal", "JobAlreadyActive", message, component);
      return false;
    }
    if (spec.concurrencyPolicy === "Replace") for (const job of active) remove(job);
    const name = `${metadata.name}-${Math.floor(due.getTime() / 60_000)}`;
    if (api.get(jobs, name, metadata.namespace)) return true; // made before a crash
    const { labels, annotations } = spec.jobTemplate.metadata ?? {};
    api.create(jobs, {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: {
        name,
        namespace: metadata.namespace!,
        ...(labels ? { labels } : {}),
        annotations: { ...annotations, [scheduledKey]: stamp(due) },
        ownerReferences: [controllerReference(cronJob)],
      },
      spec: structuredClone(spec.jobTemplate.spec),
    });
    api.event(cronJob, "Normal", "SuccessfulCreate", `Created job ${name}`, component);
    return true;
  }

  function remove({ metadata: { name, namespace, uid } }: KubeObject): void {
    const options = { propagationPolicy: "Background" as const, preconditions: { uid } };
    ignoringGone(() => api.delete(jobs, name, namespace, options));
  }
}

/** The last moment for which a Job is due and was not made yet. */
function lastDue(schedule: Cron, { status, metadata }: KubeObject, time: Date): Date | undefined {
  const since = Date.parse(status?.lastScheduleTime ?? metadata.creationTimestamp);
  const last = schedule.previousRuns(1, new Date(time.getTime() + 1000))[0];
  return last && last.getTime() > since && last <= time ? last : undefined;
}

const isOver = (job: KubeObject, type: string) => findCondition(job, type)?.status === "True";
const isActive = (job: KubeObject) =>
  !job.metadata.deletionTimestamp && !isOver(job, "Complete") && !isOver(job, "Failed");

function referenceTo({ kind, apiVersion, metadata }: KubeObject): object {
  const { namespace, name, uid, resourceVersion } = metadata;
  return { kind, namespace, name, uid, apiVersion, resourceVersion };
}
