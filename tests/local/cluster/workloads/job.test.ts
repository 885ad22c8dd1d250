import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { jobVerdict, nextStartIn } from "../../../../local/cluster/controllers/job-decisions.ts";
import { eventually } from "../../../helpers/eventually.ts";
import { batch, core, holds, job, startWorkbench, type Workbench } from "./workbench.ts";

const jobs = batch("jobs");
const pods = core("pods");

let bench: Workbench;
beforeAll(async () => {
  bench = await startWorkbench();
});
afterAll(() => bench.stop());

describe("a Job", () => {
  test("completes when enough pods succeeded, never more at once than it may", async () => {
    const ns = bench.newNamespace();
    let most = 0;
    const stop = bench.api.onChange(({ resource, object }) => {
      if (resource.resource !== "pods" || object.metadata.namespace !== ns) return;
      const live = bench.api.list(pods, { namespace: ns }).filter((pod) => pod.status.phase === "Pending");
      most = Math.max(most, live.length);
    });
    bench.api.create(jobs, job(ns, "work", { completions: 5, parallelism: 2 }));
    const done = await bench.until(jobs, "work", ns, (each) => holds(each, "Complete"));
    stop();
    expect(most).toBe(2);
    expect(done.status.succeeded).toBe(5);
    expect(done.status.active).toBeUndefined();
    expect(Date.parse(done.status.completionTime)).toBeGreaterThanOrEqual(Date.parse(done.status.startTime));
    expect(holds(done, "Complete")).toMatchObject({ reason: "CompletionsReached" });
    expect(bench.events(ns, "Completed")).toEqual(["Job completed"]);
    expect(bench.names(pods, ns)).toHaveLength(5);
    const [pod] = bench.api.list(pods, { namespace: ns });
    expect(pod!.metadata.labels).toMatchObject({
      "batch.kubernetes.io/job-name": "work",
      "job-name": "work",
    });
  });

  test("fails when its pods failed more often than allowed", async () => {
    const ns = bench.newNamespace();
    bench.api.create(jobs, job(ns, "work", { backoffLimit: 0 }, "exit-1"));
    const done = await bench.until(jobs, "work", ns, (each) => holds(each, "Failed"));
    expect(holds(done, "Failed")).toMatchObject({ reason: "BackoffLimitExceeded" });
    expect(done.status.failed).toBe(1);
    expect(bench.names(pods, ns)).toHaveLength(1);
    expect(bench.events(ns, "BackoffLimitExceeded")).toHaveLength(1);
  });

  test("waits longer after each failure before it tries again", () => {
    const failedAt = (seconds: number) =>
      ({ metadata: { creationTimestamp: new Date(seconds * 1000).toISOString() }, status: {} }) as never;
    expect(nextStartIn([], new Date(0))).toBe(0);
    expect(nextStartIn([failedAt(0)], new Date(400))).toBe(600);
    expect(nextStartIn([failedAt(0), failedAt(1), failedAt(2)], new Date(2000))).toBe(4000);
    expect(nextStartIn([failedAt(0)], new Date(5000))).toBe(0);
  });

  test("counts restarts as failures when its pods restart by themselves", () => {
    const counts = {
      active: 1,
      ready: 0,
      terminating: 0,
      succeeded: 0,
      failed: 0,
      restarts: 2,
      doneIndexes: [],
      completedIndexes: undefined,
    };
    const made = (restartPolicy: string) =>
      ({ spec: { completions: 1, backoffLimit: 2, template: { spec: { restartPolicy } } } }) as never;
    expect(jobVerdict(made("OnFailure"), counts, undefined, new Date())?.reason).toBe("BackoffLimitExceeded");
    expect(jobVerdict(made("Never"), counts, undefined, new Date())).toBeUndefined();
  });

  test("is over at its deadline and takes its running pods away first", async () => {
    const ns = bench.newNamespace();
    bench.api.create(jobs, job(ns, "work", { activeDeadlineSeconds: 1 }, "stuck"));
    const running = await eventually("a pod", () => {
      return bench.names(pods, ns)[0];
    });
    bench.kubelet.held.add(running);
    const target = await bench.until(jobs, "work", ns, (each) => holds(each, "FailureTarget"));
    expect(holds(target, "Failed")).toBeUndefined();
    bench.kubelet.letGo(running);
    const done = await bench.until(jobs, "work", ns, (each) => holds(each, "Failed"));
    expect(holds(done, "Failed")).toMatchObject({ reason: "DeadlineExceeded" });
    expect(bench.names(pods, ns)).toEqual([]);
  });

  test("goes away with its pods when its time to live is over", async () => {
    const ns = bench.newNamespace();
    bench.api.create(jobs, job(ns, "work", { ttlSecondsAfterFinished: 0 }));
    await bench.untilGone(jobs, "work", ns);
    await eventually("no pods", () => bench.names(pods, ns).length === 0);
  });

  test("starts suspended without pods, and each index runs once when it is let go", async () => {
    const ns = bench.newNamespace();
    const spec = { suspend: true, completions: 3, parallelism: 3, completionMode: "Indexed" };
    bench.api.create(jobs, job(ns, "work", spec));
    await bench.until(jobs, "work", ns, (each) => holds(each, "Suspended"));
    expect(bench.names(pods, ns)).toEqual([]);
    bench.edit(jobs, "work", ns, (each) => (each.spec.suspend = false));
    const done = await bench.until(jobs, "work", ns, (each) => holds(each, "Complete"));
    expect(done.status).toMatchObject({ succeeded: 3, completedIndexes: "0,1,2" });
    const indexes = bench.api
      .list(pods, { namespace: ns })
      .map((pod) => pod.spec.containers[0].env[0])
      .map(({ name, value }) => `${name}=${value}`);
    expect(indexes.sort()).toEqual([0, 1, 2].map((index) => `JOB_COMPLETION_INDEX=${index}`));
  });
});
