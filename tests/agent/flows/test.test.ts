import { describe, expect, test } from "bun:test";
import { askForTest, withdrawTest } from "../../../agent/flows/test-request.ts";
import { createTestFlow, testNews } from "../../../agent/flows/test.ts";
import type { Client } from "../../../clients/sdk/index.ts";
import type { FlowTools } from "../../../agent/flows/tools.ts";
import { type ClaimedTask, runTask } from "../../../agent/flows/run.ts";
import { KubeError } from "../../../kube/errors.ts";
import type { StyrminDeployment, TestHookStatus, TestStatus } from "../../../kube/styrmin-deployment.ts";
import { testRequestOf } from "../../../kube/test-request.ts";
import type { Kube, KubeObject } from "../../../kube/types.ts";
import { silentLog } from "../../../lib/log.ts";

const never = new AbortController().signal;
const which = { namespace: "system", name: "app" };

/** One resource, as an API server keeps it. */
function cluster() {
  const resource = {
    apiVersion: "styrmin.io/v1alpha1",
    kind: "StyrminDeployment",
    metadata: { name: "app", namespace: "system", uid: "u", resourceVersion: "10", managedFields: [] },
    spec: { phase: "Running", releaseName: "app", intentGeneration: 1 },
    status: {},
  } as unknown as StyrminDeployment;
  const state = { resource: resource as StyrminDeployment | undefined, writes: 0, conflicts: 0 };
  const listeners = new Set<() => void>();
  const changed = () => {
    const { metadata } = state.resource!;
    metadata.resourceVersion = String(Number(metadata.resourceVersion) + 1);
    for (const look of listeners) look();
  };
  const kube = {
    async get(ref: { kind: string }) {
      if (ref.kind === "CustomResourceDefinition") return { metadata: {} };
      return structuredClone(state.resource);
    },
    async apply(object: KubeObject) {
      if (state.conflicts-- > 0) throw new KubeError(409, "Conflict", "changed");
      state.writes++;
      const own = state.resource!.metadata;
      own.annotations = object.metadata.annotations ?? {};
      own.managedFields = object.metadata.annotations
        ? [{ manager: "styrmin-test", operation: "Apply" } as never]
        : [];
      changed();
      return structuredClone(state.resource);
    },
  } as unknown as Kube;
  const resources: FlowTools["resources"] = {
    get: () => state.resource,
    all: () => [],
    done: Promise.resolve(),
    waitFor(_, read, signal) {
      return new Promise((resolve, reject) => {
        const look = () => {
          try {
            const answer = read(structuredClone(state.resource));
            if (answer === undefined) return;
            listeners.delete(look);
            resolve(answer);
          } catch (thrown) {
            listeners.delete(look);
            reject(thrown);
          }
        };
        if (signal.aborted) return reject(signal.reason);
        signal.addEventListener("abort", () => reject(signal.reason), { once: true });
        listeners.add(look);
        look();
      });
    },
  };
  const say = (test: TestStatus) => {
    state.resource!.status = { ...state.resource!.status, test };
    changed();
  };
  return { state, kube, resources, say };
}

/** A task's server that keeps its steps over the lives of an agent. */
function server(cancelAt?: string) {
  const steps = new Map<string, { state: string; result: unknown; error: string | null; begun: number }>();
  const log: string[] = [];
  const state = { ended: undefined as { state: string; reason?: string } | undefined };
  const client = {
    async execute(document: { toString(): string }, variables: any) {
      const name = /mutation (\w+)/.exec(document.toString())![1]!;
      const word = variables.name === cancelAt && cancelAt ? "CANCEL" : "OK";
      if (name === "RenewTask") return { renewTask: "OK" };
      if (name === "AppendTaskLog") {
        log.push(...variables.lines.map((line: { message: string }) => line.message));
        return { appendTaskLog: "OK" };
      }
      if (name === "StartTaskStep") {
        const known = steps.get(variables.name);
        if (known?.state !== "SUCCEEDED")
          steps.set(variables.name, {
            state: "RUNNING",
            result: null,
            error: null,
            begun: (known?.begun ?? 0) + 1,
          });
        return {
          startTaskStep: { lease: word, step: { name: variables.name, ...steps.get(variables.name)! } },
        };
      }
      if (name === "FinishTaskStep") {
        const { name: step, state: how, result = null, error = null } = variables;
        steps.set(step, { begun: steps.get(step)?.begun ?? 0, state: how, result, error });
        return { finishTaskStep: "OK" };
      }
      state.ended = { state: variables.state, reason: variables.reason };
      return { finishTask: "OK" };
    },
  } as unknown as Client;
  return { client, steps, log, state };
}

const hookOf = (name: string, outcome: TestHookStatus["outcome"], more = {}): TestHookStatus => ({
  kind: "Pod",
  name,
  outcome,
  ...more,
});
const statusOf = (hooks: TestHookStatus[], more: Partial<TestStatus> = {}): TestStatus => ({
  id: "task",
  release: "app-r1",
  startedAt: "2026-01-01T00:00:00Z",
  hooks,
  ...more,
});

describe("a test that is asked for", () => {
  test("is written once, and taken back once", async () => {
    const { kube, state } = cluster();
    state.conflicts = 2;
    const request = { id: "task", names: ["a"] };
    const asked = await askForTest(kube, which, request, never);
    expect(testRequestOf(state.resource!)).toEqual(request);
    expect(await askForTest(kube, which, request, never)).toEqual(asked);
    expect(state.writes).toBe(1);
    await withdrawTest(kube, which, "another", never);
    expect(state.writes).toBe(1);
    await withdrawTest(kube, which, "task", never);
    await withdrawTest(kube, which, "task", never);
    expect(state.writes).toBe(2);
    expect(testRequestOf(state.resource!)).toBeUndefined();
    state.resource = undefined;
    await withdrawTest(kube, which, "task", never);
    expect(askForTest(kube, which, request, never)).rejects.toThrow("nothing to test");
  });
});

describe("news of a test", () => {
  const asked = { uid: "u", resourceVersion: "10" };
  const resourceOf = (more: { version?: string; uid?: string; request?: string; status?: object }) =>
    ({
      metadata: {
        uid: more.uid ?? "u",
        resourceVersion: more.version ?? "11",
        annotations: more.request ? { "styrmin.io/test": JSON.stringify({ id: more.request }) } : {},
        managedFields: [{ manager: "styrmin-test", operation: "Apply" }],
      },
      status: more.status ?? {},
    }) as unknown as StyrminDeployment;
  const news = (resource: StyrminDeployment | undefined, seen?: TestStatus) =>
    testNews(resource, { id: "task", asked, seen });
  const status = statusOf([hookOf("a", "Running")]);
  const ready = { type: "Ready", status: "False", reason: "Progressing", message: "1 of 2" };

  test.each([
    ["no resource", undefined, undefined, {}],
    ["a view that lags behind", resourceOf({ version: "9", uid: "old" }), undefined, {}],
    ["nothing yet", resourceOf({ request: "task" }), undefined, {}],
    [
      "what it waits for",
      resourceOf({ request: "task", status: { conditions: [ready] } }),
      undefined,
      { waits: "the tests wait: Progressing: 1 of 2" },
    ],
    ["its state", resourceOf({ request: "task", status: { test: status } }), undefined, { test: status }],
    ["the same again", resourceOf({ request: "task", status: { test: status } }), status, {}],
    [
      "its state, when it is asked for no more",
      resourceOf({ status: { test: status } }),
      undefined,
      { test: status },
    ],
    [
      "an earlier test",
      resourceOf({ request: "task", status: { test: { ...status, id: "x" } } }),
      undefined,
      {},
    ],
  ])("%s", (_, resource, seen, expected) => expect(news(resource, seen)).toEqual(expected));

  test("ends when there can be none any more", () => {
    expect(() => news(resourceOf({ uid: "new", request: "task" }))).toThrow("written anew");
    expect(() => news(resourceOf({}))).toThrow("somebody took back");
    expect(() => news(resourceOf({ request: "other" }))).toThrow("somebody took back");
  });
});

describe("the flow of a test", () => {
  function stage(cancelAt?: string) {
    const ground = cluster();
    const { client, steps, log, state } = server(cancelAt);
    const tools = {
      kube: ground.kube,
      resources: ground.resources,
      namespace: "system",
      crdYaml: "metadata: { name: styrmindeployments.styrmin.io }",
    } as unknown as FlowTools;
    const live = (signal = never, payload: object = { names: ["a"] }, intentGeneration = 1) =>
      runTask({
        client,
        flow: createTestFlow(tools),
        task: {
          ...{
            id: "task",
            token: "token",
            kind: "TEST",
            attempts: 1,
            resourceName: "app",
            namespace: "env",
            payload,
            intentGeneration,
          },
          steps: [...steps].map(([name, { state, result, error }]) => ({ name, state, result, error })),
        } as unknown as ClaimedTask,
        ...{ leaseMs: 60_000, renewMs: 30_000, signal, log: silentLog },
      });
    const until = async (what: () => boolean) => {
      for (let turn = 0; turn < 10_000 && !what(); turn++) await Bun.sleep(1);
      expect(what()).toBe(true);
    };
    return { ...ground, steps, log, server: state, live, until };
  }

  test("records each test as a step, goes on where a killed agent was, and asks for nothing at its end", async () => {
    const { state, say, steps, log, server, live, until } = stage();
    const life = new AbortController();
    const first = live(life.signal);
    await until(() => testRequestOf(state.resource!) !== undefined);
    expect(testRequestOf(state.resource!)).toEqual({ id: "task", names: ["a"] });
    const passed = hookOf("a", "Passed", { startedAt: "s", endedAt: "e", log: ["fine"] });
    say(statusOf([passed, hookOf("b", "Running"), hookOf("c", "Waiting")]));
    await until(() => steps.get("test: Pod b")?.state === "RUNNING");
    life.abort();
    await first;
    expect(server.ended).toBeUndefined();
    expect(testRequestOf(state.resource!)).toBeDefined();

    const second = live();
    const failed = hookOf("b", "Failed", { message: "it broke", log: ["oh", "no"] });
    const hooks = [passed, failed, hookOf("c", "NotRun", { message: "b failed before it" })];
    say(statusOf(hooks, { endedAt: "e", outcome: "Failed", message: "1 of 3 failed: Pod b" }));
    await second;
    expect(server.ended).toEqual({ state: "FAILED", reason: "1 of 3 failed: Pod b" });
    expect(steps.get("test: Pod a")).toMatchObject({
      state: "SUCCEEDED",
      result: { name: "a", outcome: "Passed" },
      begun: 1,
    });
    expect(steps.get("test: Pod b")).toMatchObject({
      ...{ state: "FAILED", error: "it broke", begun: 1 },
      result: { kind: "Pod", name: "b", outcome: "Failed", log: ["oh", "no"] },
    });
    expect(steps.get("test: Pod c")).toMatchObject({ state: "FAILED", error: "not run: b failed before it" });
    expect(log.filter((line) => line.startsWith("b | "))).toEqual(["b | oh", "b | no"]);
    expect(testRequestOf(state.resource!)).toBeUndefined();
    expect(state.writes).toBe(2);
  });

  test("succeeds when all pass; says so when it is taken back, never begins, or is cancelled", async () => {
    const good = stage();
    const run = good.live();
    await good.until(() => testRequestOf(good.state.resource!) !== undefined);
    good.say(statusOf([hookOf("a", "Passed")], { endedAt: "e", outcome: "Passed" }));
    await run;
    expect(good.server.ended).toMatchObject({ state: "SUCCEEDED" });
    expect(testRequestOf(good.state.resource!)).toBeUndefined();

    const lost = stage();
    const losing = lost.live();
    await lost.until(() => testRequestOf(lost.state.resource!) !== undefined);
    await withdrawTest(lost.kube, which, "task", never);
    await losing;
    expect(lost.server.ended).toMatchObject({
      state: "FAILED",
      reason: expect.stringContaining("took back"),
    });

    const unwritten = stage();
    await unwritten.live(never, { timeoutSeconds: 0.05 }, 2);
    expect(unwritten.server.ended?.reason).toBe("the resource app was not written within 0.05 s");
    expect(unwritten.state.writes).toBe(0);

    const late = stage();
    late.state.resource!.status = {
      conditions: [{ type: "Ready", status: "False", reason: "Retrying", message: "no quota" } as never],
    };
    await late.live(never, { timeoutSeconds: 0.05 });
    expect(late.server.ended?.reason).toBe(
      "the tests did not begin within 0.05 s; last: the tests wait: Retrying: no quota",
    );
    expect(testRequestOf(late.state.resource!)).toBeUndefined();

    const barred = stage();
    const barring = barred.live(never, { timeoutSeconds: 0.1 });
    await barred.until(() => testRequestOf(barred.state.resource!) !== undefined);
    barred.say(statusOf([hookOf("a", "Waiting", { message: "MissingRight: grant it" })]));
    await barring;
    expect(barred.log).toContain("Pod a waits: MissingRight: grant it");
    expect(barred.server.ended?.reason).toBe(
      "the operator has said nothing more of the tests within 0.1 s; last: Pod a waits: MissingRight: grant it",
    );

    const cancelled = stage("test: Pod a");
    const cancelling = cancelled.live();
    await cancelled.until(() => testRequestOf(cancelled.state.resource!) !== undefined);
    cancelled.say(statusOf([hookOf("a", "Running")]));
    await cancelling;
    expect(cancelled.server.ended).toMatchObject({ state: "CANCELLED" });
    expect(testRequestOf(cancelled.state.resource!)).toBeUndefined();
  });
});
