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
  "a CronJob makes a Job when its time has come, and keeps the finished ones": async (asked) => {
    const path = await cronJob(asked, shell("echo scheduled"));
    // A moment that was missed is made up for at once.
    await asked.send("PATCH", `${path}/status`, {
      body: { status: { lastScheduleTime: "2001-01-01T00:00:00Z" } },
      type: "application/merge-patch+json",
    });
    const { items } = await until(asked, asked.at(kind), "a Job", ({ items }) => items.length === 1);
    const [job] = items;
    await until(asked, asked.at(kind, job.metadata.name), "it is over", (one) =>
      conditionOf(one, "Complete"),
    );
    const done = await until(
      asked,
      path,
      "it was seen",
      ({ status }) => status.lastSuccessfulTime && !status.active,
    );
    const number = /-\d+$/;
    return [
      job.metadata.name.replace(number, "-<minutes>"),
      fields(job, "metadata.labels", "metadata.ownerReferences"),
      Object.keys(job.metadata.annotations),
      Object.keys(done.status).sort(),
      (await events(asked, "yearly", "SawCompletedJob")).map((line) => line.replace(/-\d+/, "-<minutes>")),
    ];
  },
  "a CronJob that forbids it makes no second Job beside the first": async (asked) => {
    const path = await cronJob(asked, idle(), { concurrencyPolicy: "Forbid" });
    const miss = (year: number) =>
      asked.send("PATCH", `${path}/status`, {
        body: { status: { lastScheduleTime: `${year}-01-01T00:00:00Z` } },
        type: "application/merge-patch+json",
      });
    await miss(2001);
    await until(asked, path, "one is active", ({ status }) => status.active?.length === 1);
    await asked.merge(path, { spec: { schedule: "0 0 2 1 *" } });
    await miss(2002);
    const lines = await events(asked, "yearly", "JobAlreadyActive");
    const { body } = await asked.get(asked.at(kind));
    return [body.items.length, lines.filter((line) => line.includes("JobAlreadyActive"))];
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

/** A CronJob `yearly`; answers its path. */
async function cronJob(asked: Asked, container: object, spec: object = {}): Promise<string> {
  await make(asked, "batch/v1/cronjobs", {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: { name: "yearly" },
    spec: {
      schedule: "0 0 1 1 *",
      jobTemplate: {
        metadata: { labels: { app: "yearly" } },
        spec: { template: { spec: podSpec(container, { restartPolicy: "Never" }) } },
      },
      ...spec,
    },
  });
  return asked.at("batch/v1/cronjobs", "yearly");
}
