import { describe, expect, test } from "bun:test";
import type { Release } from "../../../agent/operator/releases.ts";
import {
  endedTest,
  nextStep,
  plannedTest,
  stoppedTest,
  withHook,
} from "../../../agent/operator/test-plan.ts";
import { testsAmong } from "../../../drivers/kit/index.ts";
import type { StyrminDeployment, TestStatus } from "../../../kube/styrmin-deployment.ts";
import { testRequestOf } from "../../../kube/test-request.ts";

const now = new Date("2026-01-02T03:04:05.000Z");
const hook = (name: string, weight = 0, event = "test") => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, annotations: { "helm.sh/hook": event, "helm.sh/hook-weight": String(weight) } },
});
const releaseOf = (...hooks: ReturnType<typeof hook>[]) => ({ name: "web-r1", hooks }) as unknown as Release;
const release = releaseOf(hook("web-b", 1), hook("web-a"), hook("web-c", 2), hook("web-x", 0, "pre-install"));

function resourceOf(
  request: unknown,
  {
    test,
    phase = "Running",
    manager = "styrmin-test",
  }: { test?: TestStatus; phase?: string; manager?: string } = {},
): StyrminDeployment {
  const text = typeof request === "string" ? request : JSON.stringify(request);
  return {
    metadata: {
      name: "web",
      managedFields: [{ manager, operation: "Apply" }],
      annotations: request === undefined ? {} : { "styrmin.io/test": text },
    },
    spec: { phase, releaseName: "web" },
    status: { test },
  } as unknown as StyrminDeployment;
}

const planned = plannedTest(resourceOf({ id: "t", names: [] }), release, now);
const healthy = { reason: "Healthy", message: "" } as const;
const over: TestStatus = { ...planned, endedAt: now.toISOString() };

describe("what is asked for", () => {
  test.each([
    [
      { id: "t", names: ["a"] },
      { id: "t", names: ["a"] },
    ],
    [{ id: "t" }, { id: "t", names: [] }],
    [{ id: "" }, undefined],
    [{ id: "x".repeat(64) }, undefined],
    [{ id: 3 }, undefined],
    [{ id: "t", names: "a" }, undefined],
    [{ id: "t", names: [1] }, undefined],
    ["{", undefined],
    ["null", undefined],
    [undefined, undefined],
  ])("%j", (request, expected) => expect(testRequestOf(resourceOf(request))).toEqual(expected as never));

  test("is only what a flow wrote", () => {
    expect(testRequestOf(resourceOf({ id: "t" }, { manager: "kubectl" }))).toBeUndefined();
  });
});

test("tests are known by their names, with the release's or without", () => {
  const named = (...names: string[]) =>
    testsAmong(release.hooks, { names, releaseName: "web" }).map(({ metadata }) => metadata.name);
  expect(named()).toEqual(["web-a", "web-b", "web-c"]);
  expect(named("c", "web-a")).toEqual(["web-a", "web-c"]);
  expect(named("x", "we")).toEqual([]);
});

describe("what is next", () => {
  const word = (
    resource: StyrminDeployment,
    more: Parameters<typeof nextStep>[1] = { release, verdict: healthy },
  ) => nextStep(resource, more);
  const asked = { id: "t", names: [] };
  const ran = withHook(planned, release, 0, { outcome: "Passed" });
  const all = { ...planned, hooks: planned.hooks.map((one) => ({ ...one, outcome: "Passed" as const })) };
  test.each<[string, ReturnType<typeof nextStep>, ReturnType<typeof nextStep>]>([
    ["without a request", word(resourceOf(undefined)), { do: "nothing" }],
    ["a new request", word(resourceOf(asked)), { do: "plan" }],
    ["a new request after an old test", word(resourceOf({ id: "u" }, { test: over })), { do: "plan" }],
    [
      "while it is becoming ready",
      word(resourceOf(asked), { release, verdict: { reason: "Progressing", message: "" } }),
      { do: "nothing" },
    ],
    [
      "where it will not become ready",
      word(resourceOf(asked), { release, verdict: { reason: "Unhealthy", message: "" } }),
      { do: "plan" },
    ],
    ["a test that is over", word(resourceOf(asked, { test: over })), { do: "nothing" }],
    ["the first test", word(resourceOf(asked, { test: planned })), { do: "run", place: 0 }],
    ["the second test", word(resourceOf(asked, { test: ran })), { do: "run", place: 1 }],
    ["after the last", word(resourceOf(asked, { test: all })), { do: "end" }],
    [
      "while it is becoming ready again",
      word(resourceOf(asked, { test: planned }), {
        release,
        verdict: { reason: "Progressing", message: "" },
      }),
      { do: "run", place: 0 },
    ],
    [
      "no request any more",
      word(resourceOf(undefined, { test: planned })),
      { do: "stop", why: "it was called off" },
    ],
    [
      "another request",
      word(resourceOf({ id: "u" }, { test: planned })),
      { do: "stop", why: "another test was asked for" },
    ],
    [
      "another release",
      word(resourceOf(asked, { test: planned }), { release: { ...release, name: "web-r2" } }),
      { do: "stop", why: "a new release took the place of the one that was tested" },
    ],
    [
      "a stop",
      word(resourceOf(asked, { test: planned, phase: "Stopped" })),
      { do: "stop", why: "the deployment is stopped" },
    ],
    [
      "a request while it is being deleted",
      word(resourceOf(asked, { phase: "Deleting" }), {}),
      { do: "stop", why: "the deployment is being deleted" },
    ],
    [
      "a deletion when all is over",
      word(resourceOf(asked, { test: over, phase: "Deleting" }), {}),
      { do: "nothing" },
    ],
  ])("%s", (_, found, expected) => expect(found).toEqual(expected));
});

describe("a run", () => {
  test("is planned in order, and over at once when there is nothing to run or too much", () => {
    expect(planned).toEqual({
      id: "t",
      release: "web-r1",
      startedAt: now.toISOString(),
      hooks: ["web-a", "web-b", "web-c"].map((name) => ({ kind: "Pod", name, outcome: "Waiting" })),
    });
    const plan = (names: string[], of: Release) => plannedTest(resourceOf({ id: "t", names }), of, now);
    expect(plan([], releaseOf())).toMatchObject({ outcome: "Failed", message: "the chart has no test" });
    const many = releaseOf(...Array.from({ length: 101 }, (_, number) => hook(`web-${number}`)));
    expect(plan([], many)).toMatchObject({ hooks: [], message: expect.stringContaining("101 tests") });
    expect(plan(["7"], many).hooks).toHaveLength(1);
  });

  test("goes on beside a test that failed, and not beyond it", () => {
    const same = releaseOf(hook("web-a"), hook("web-b"), hook("web-c", 1));
    const three = plannedTest(resourceOf({ id: "t" }), same, now);
    const failed = withHook(three, same, 0, { outcome: "Failed", message: "x".repeat(5_000) });
    expect(failed.hooks.map(({ outcome }) => outcome)).toEqual(["Failed", "Waiting", "NotRun"]);
    expect(failed.hooks[0]!.message).toHaveLength(1_000);
    const end = endedTest(withHook(failed, same, 1, { outcome: "Passed" }), now);
    expect(end).toMatchObject({ outcome: "Failed", message: "1 of 3 failed: Pod web-a" });
    expect(endedTest(planned, now)).toMatchObject({ outcome: "Passed" });
  });

  test("keeps the ends of its logs, in bounds", () => {
    const long = Array.from({ length: 20 }, (_, number) => `${number} ${"y".repeat(500)}`);
    const one = withHook(planned, release, 0, { outcome: "Passed", log: long }).hooks[0]!;
    expect(one.log!.join("\n").length).toBeLessThanOrEqual(2_000);
    expect(one.log!.at(-1)).toBe(long.at(-1)!);
    expect(one.log![0]).toMatch(/^…y+$/);
    const many = releaseOf(...Array.from({ length: 40 }, (_, number) => hook(`web-${number}`)));
    let run = plannedTest(resourceOf({ id: "t" }), many, now);
    for (let place = 0; place < 40; place++)
      run = withHook(run, many, place, { outcome: "Passed", log: long });
    expect(JSON.stringify(run).length).toBeLessThan(30_000);
    expect(run.hooks.at(-1)!.log).toBeUndefined();
  });

  test("that is stopped says of each test what is known", () => {
    const running = withHook(withHook(planned, release, 0, { outcome: "Passed" }), release, 1, {
      outcome: "Running",
      uid: "u",
    });
    const stopped = stoppedTest(resourceOf({ id: "t" }, { test: running }), "it was called off", now);
    expect(stopped.hooks.map(({ outcome }) => outcome)).toEqual(["Passed", "NotRun", "NotRun"]);
    expect(stopped).toMatchObject({ outcome: "Stopped", endedAt: now.toISOString() });
    const fresh = stoppedTest(resourceOf({ id: "u" }, { test: over }), "the deployment is stopped", now);
    expect(fresh).toMatchObject({ id: "u", release: "", hooks: [], outcome: "Stopped" });
  });
});
