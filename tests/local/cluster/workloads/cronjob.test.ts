import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { eventually } from "../../../helpers/eventually.ts";
import { batch, job, startWorkbench, type Workbench } from "./workbench.ts";

const cronJobs = batch("cronjobs");
const jobs = batch("jobs");

let bench: Workbench;
beforeAll(async () => {
  bench = await startWorkbench();
});
afterAll(() => bench.stop());

/** A CronJob whose last moment, on this day of January, was missed: it is made up for at once. */
function start(namespace: string, spec: object = {}, tag = "exit-0"): void {
  const { spec: jobSpec } = job(namespace, "", {}, tag);
  bench.api.create(cronJobs, {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: { name: "yearly", namespace },
    spec: { schedule: "0 0 31 1 *", suspend: true, jobTemplate: { spec: jobSpec }, ...spec },
  });
  miss(namespace);
}

function miss(namespace: string, schedule?: string): void {
  const live = bench.api.get(cronJobs, "yearly", namespace)!;
  bench.api.updateStatus(cronJobs, {
    ...live,
    status: { ...live.status, lastScheduleTime: "2001-01-01T00:00:00Z" },
  });
  bench.edit(cronJobs, "yearly", namespace, ({ spec }) => {
    spec.suspend = false;
    if (schedule) spec.schedule = schedule;
  });
}

const running = (namespace: string) => bench.names(jobs, namespace);
const seen = (namespace: string) =>
  bench.until(cronJobs, "yearly", namespace, ({ status }) => status.lastSuccessfulTime && !status.active);

describe("a CronJob", () => {
  test("keeps no more finished Jobs than it says", async () => {
    const ns = bench.newNamespace();
    start(ns, { successfulJobsHistoryLimit: 1 });
    await seen(ns);
    const [first] = running(ns);
    miss(ns, "0 0 30 1 *");
    await eventually("the first one to go", () => running(ns).length === 1 && running(ns)[0] !== first);
  });

  test("replaces a Job that still runs where that is wanted", async () => {
    const ns = bench.newNamespace();
    start(ns, { concurrencyPolicy: "Replace" }, "ready");
    await bench.until(cronJobs, "yearly", ns, ({ status }) => status.active?.length === 1);
    const [first] = running(ns);
    miss(ns, "0 0 30 1 *");
    await eventually("another one", () => running(ns).length === 1 && running(ns)[0] !== first);
  });

  test("makes no Job for a moment that is too long ago, and tells when it is", async () => {
    const ns = bench.newNamespace();
    start(ns, { startingDeadlineSeconds: 10 });
    await eventually("the miss", () => bench.events(ns, "MissSchedule").length === 1);
    expect(running(ns)).toEqual([]);
  });

  test("reads its schedule in its time zone", async () => {
    const ns = bench.newNamespace();
    start(ns, { schedule: "0 12 31 1 *", timeZone: "Asia/Tokyo" });
    expect((await seen(ns)).status.lastScheduleTime).toMatch(/-01-31T03:00:00Z$/);
  });

  test("says when its schedule cannot be read", async () => {
    const ns = bench.newNamespace();
    start(ns, { schedule: "61 * * * *" });
    await eventually("the complaint", () => bench.events(ns, "UnparseableSchedule").length === 1);
    expect(running(ns)).toEqual([]);
  });
});
