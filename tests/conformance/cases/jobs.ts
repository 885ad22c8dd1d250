import { type Asked, cases, fields } from "../case.ts";
import {
  conditionOf,
  conditions,
  events,
  gone,
  idle,
  listed,
  logOf,
  make,
  podSpec,
  shell,
  until,
  withoutHashes,
} from "../workbench.ts";

const kind = "batch/v1/jobs";

const start = (asked: Asked, container: object, spec: object = {}, pod: object = {}) =>
  make(asked, kind, {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: "work" },
    spec: {
      template: {
        metadata: { labels: { app: "work" } },
        spec: podSpec(container, { restartPolicy: "Never", ...pod }),
      },
      ...spec,
    },
  });

/** Waits until a Job is over, one way or the other. */
const over = (asked: Asked) =>
  until(
    asked,
    asked.at(kind, "work"),
    "it is over",
    (job) => conditionOf(job, "Complete") ?? conditionOf(job, "Failed"),
  );

async function picture(asked: Asked, job: any): Promise<unknown> {
  const { conditions: _, startTime, completionTime, ...counts } = job.status;
  const pods = await listed(asked, "pods", "work");
  const shown = pods.map(({ metadata, status }) => {
    const code = status.containerStatuses?.[0].state.terminated?.exitCode;
    return [status.phase, code ?? "", metadata.deletionTimestamp ? "deleted" : ""].join(" ").trim();
  });
  return withoutHashes(
    {
      counts,
      times: [startTime !== undefined, completionTime !== undefined],
      conditions: conditions(job),
      pods: shown.sort(),
    },
    "work",
  );
}

/** Jobs: what they make of their pods, and CronJobs as far as they are stored. */
export const jobs = cases({
  "a Job that succeeds is complete": async (asked) => {
    const made = await start(asked, shell("exit 0"));
    const job = await over(asked);
    const [pod] = await listed(asked, "pods", "work", 1);
    return withoutHashes(
      [
        fields(made, "spec.backoffLimit", "spec.completionMode", "spec.completions", "spec.parallelism"),
        fields(made, "spec.suspend", "spec.podReplacementPolicy", "spec.selector", "spec.template.metadata"),
        await picture(asked, job),
        fields(
          pod,
          "metadata.labels",
          "metadata.ownerReferences",
          "metadata.finalizers",
          "metadata.generateName",
        ),
        await events(asked, "work", "Completed"),
      ],
      "work",
    );
  },
  "a Job whose pod fails is failed when its backoff limit is reached": async (asked) => {
    await start(asked, shell("exit 3"), { backoffLimit: 0 });
    return [
      await picture(asked, await over(asked)),
      withoutHashes(await events(asked, "work", "BackoffLimitExceeded"), "work"),
    ];
  },
  "a failed pod is tried again by another one": async (asked) => {
    await start(asked, shell("exit 3"), { backoffLimit: 1 });
    return await picture(asked, await over(asked));
  },
  "restarts count towards the backoff limit with OnFailure": async (asked) => {
    await start(asked, shell("exit 3"), { backoffLimit: 1 }, { restartPolicy: "OnFailure" });
    const job = await over(asked);
    await listed(asked, "pods", "work", 0);
    return await picture(asked, job);
  },
  "a Job that takes longer than its deadline is failed, and its pods are deleted": async (asked) => {
    await start(asked, idle(), { activeDeadlineSeconds: 1 });
    const job = await over(asked);
    await listed(asked, "pods", "work", 0);
    return [
      await picture(asked, job),
      withoutHashes(await events(asked, "work", "DeadlineExceeded"), "work"),
    ];
  },
  "a suspended Job starts nothing until it is resumed, and ends its pods when it is suspended": async (
    asked,
  ) => {
    await start(asked, idle(), { suspend: true });
    const isSuspended = (job: any) => conditionOf(job, "Suspended")?.status === "True";
    const first = await until(asked, asked.at(kind, "work"), "it is suspended", isSuspended);
    const before = await picture(asked, first);
    await asked.merge(asked.at(kind, "work"), { spec: { suspend: false } });
    const isReady = ({ status }: any) => status.ready === 1 && status.active === 1;
    const active = await until(asked, asked.at(kind, "work"), "it works", isReady);
    const during = await picture(asked, active);
    await asked.merge(asked.at(kind, "work"), { spec: { suspend: true } });
    await listed(asked, "pods", "work", 0);
    const isIdle = (job: any) => isSuspended(job) && !job.status.active && !job.status.terminating;
    const again = await until(asked, asked.at(kind, "work"), "it is suspended again", isIdle);
    return [before, during, await picture(asked, again), withoutHashes(await events(asked, "work"), "work")];
  },
  "completions are done side by side, as many as parallelism says": async (asked) => {
    await start(asked, shell("exit 0"), { completions: 3, parallelism: 2 });
    return await picture(asked, await over(asked));
  },
  "an indexed Job tells each pod its number": async (asked) => {
    await start(asked, shell("echo $JOB_COMPLETION_INDEX on $(hostname)"), {
      completions: 2,
      parallelism: 2,
      completionMode: "Indexed",
    });
    const job = await over(asked);
    const index = ({ metadata }: any) => metadata.annotations["batch.kubernetes.io/job-completion-index"];
    const pods = (await listed(asked, "pods", "work", 2)).sort((a, b) => index(a) - index(b));
    const said = await Promise.all(pods.map(({ metadata }) => logOf(asked, asked.at("pods", metadata.name))));
    return [
      await picture(asked, job),
      said,
      pods.map(({ metadata }) => [
        metadata.annotations,
        metadata.labels["batch.kubernetes.io/job-completion-index"],
      ]),
    ];
  },
  "a pod failure policy fails the Job at once for the exit code it names": async (asked) => {
    await start(asked, shell("exit 42"), {
      backoffLimit: 5,
      podFailurePolicy: { rules: [{ action: "FailJob", onExitCodes: { operator: "In", values: [42] } }] },
    });
    return withoutHashes(await picture(asked, await over(asked)), "work");
  },
  "a finished Job goes away after its time to live": async (asked) => {
    await start(asked, shell("exit 0"), { ttlSecondsAfterFinished: 0 });
    await gone(asked, asked.at(kind, "work"));
    await listed(asked, "pods", "work", 0);
    return "gone";
  },
  "parallelism of a running Job can be changed": async (asked) => {
    await start(asked, idle(), { completions: 3, parallelism: 1 });
    const active =
      (count: number) =>
      ({ status }: any) =>
        status.active === count && status.ready === count && !status.terminating;
    await until(asked, asked.at(kind, "work"), "one works", active(1));
    await asked.merge(asked.at(kind, "work"), { spec: { parallelism: 2 } });
    await until(asked, asked.at(kind, "work"), "two work", active(2));
    await asked.merge(asked.at(kind, "work"), { spec: { parallelism: 1 } });
    const job = await until(asked, asked.at(kind, "work"), "one works again", active(1));
    await listed(asked, "pods", "work", 1);
    return await picture(asked, job);
  },
  "a deleted Job takes its pods with it": async (asked) => {
    await start(asked, idle());
    await until(asked, asked.at(kind, "work"), "it works", ({ status }) => status.ready === 1);
    const { code } = await asked.delete(asked.at(kind, "work"), { propagationPolicy: "Background" });
    await listed(asked, "pods", "work", 0);
    return code;
  },
  "a CronJob is stored with its defaults, and its schedule is checked": async (asked) => {
    const made = await make(asked, "batch/v1/cronjobs", {
      apiVersion: "batch/v1",
      kind: "CronJob",
      metadata: { name: "nightly" },
      spec: {
        schedule: "0 3 29 2 *",
        jobTemplate: {
          spec: {
            template: {
              metadata: { labels: { app: "work" } },
              spec: podSpec(shell("exit 0"), { restartPolicy: "Never" }),
            },
          },
        },
      },
    });
    const bad = await asked.merge(asked.at("batch/v1/cronjobs", "nightly"), {
      spec: { schedule: "now and then" },
    });
    return [fields(made, "spec", "status"), [bad.code, bad.body.message]];
  },
});
