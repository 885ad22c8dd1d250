import { hookRuleOf } from "../../drivers/kit/index.ts";
import {
  isPassingStall,
  labels,
  type StyrminDeployment,
  type TestHookStatus,
  type TestStatus,
} from "../../kube/styrmin-deployment.ts";
import { testRequestOf } from "../../kube/test-request.ts";
import type { KubeObject } from "../../kube/types.ts";
import type { Verdict } from "./conditions.ts";
import type { Deps } from "./deps.ts";
import { cleanerOf, hookLog } from "./hook-log.ts";
import { lasting, makeHook } from "./hook-object.ts";
import { goingState, hookState } from "./hook-state.ts";
import { hookAgainMs, timeOf } from "./hooks.ts";
import { remove } from "./prune.ts";
import { StallError } from "./refusal.ts";
import { refOf } from "./refs.ts";
import type { Release } from "./releases.ts";
import { changedAgainMs, putStatus } from "./status.ts";
import {
  endedTest,
  hookOf,
  nextStep,
  plannedTest,
  stoppedTest,
  type TestStep,
  withHook,
} from "./test-plan.ts";

/** What trouble of the API puts off, milliseconds. */
const retryMs = 2_000;

/**
 * Goes on with the tests that are asked for, as far as they go now: one after the other, each once. What came of one is
 * in the status before its object is removed or the next one begins, so that an agent that was killed runs none twice.
 * Answers when to look again. A test is a question: whatever becomes of it, the deployment is none the worse for it, so
 * that only the signal makes this throw.
 */
export async function goOnWithTests(
  deps: Deps,
  resource: StyrminDeployment,
  now: { release: Release; verdict: Verdict },
  signal: AbortSignal,
): Promise<number> {
  try {
    let current = resource;
    for (;;) {
      const step = nextStep(current, now);
      if (step.do === "nothing") return Number.POSITIVE_INFINITY;
      const done = await take(deps, current, { step, release: now.release }, signal);
      if (typeof done === "number") return done;
      current = done;
    }
  } catch (thrown) {
    signal.throwIfAborted();
    deps.log.warn("a test cannot go on; it is tried again", {
      deployment: resource.metadata.name,
      error: thrown,
    });
    return retryMs;
  }
}

/**
 * Ends a run that is over before its time: called off, stopped, deleted, or of an earlier release. Answers the resource
 * as it is then; undefined when it has changed meanwhile.
 */
export async function stopIdleTests(
  deps: Deps,
  resource: StyrminDeployment,
  release: Release | undefined,
  signal: AbortSignal,
): Promise<StyrminDeployment | undefined> {
  const step = nextStep(resource, release ? { release } : {});
  return step.do === "stop" ? await stop(deps, resource, step.why, signal) : resource;
}

/** Ends a run, or answers a request, of a deployment that is stalled: nothing would begin it. */
export async function stopStalledTests(
  deps: Deps,
  resource: StyrminDeployment,
  message: string,
  signal: AbortSignal,
): Promise<void> {
  const test = resource.status?.test;
  const isOver = test === undefined || test.endedAt !== undefined;
  const request = testRequestOf(resource);
  if (isOver && (request === undefined || request.id === test?.id)) return;
  await stop(deps, resource, `the deployment is stalled: ${message}`, signal);
}

/** Takes one step. Answers the resource with what came of it, or when to look again. */
async function take(
  deps: Deps,
  resource: StyrminDeployment,
  { step, release }: { step: Exclude<TestStep, { do: "nothing" }>; release: Release },
  signal: AbortSignal,
): Promise<StyrminDeployment | number> {
  if (step.do === "stop") return (await stop(deps, resource, step.why, signal)) ?? changedAgainMs;
  if (step.do === "plan")
    return (await keep(deps, resource, plannedTest(resource, release, new Date()), signal)) ?? changedAgainMs;
  const test = resource.status!.test!;
  if (step.do === "end") {
    await clear(deps, resource, release, signal);
    return (await keep(deps, resource, endedTest(test, new Date()), signal)) ?? changedAgainMs;
  }
  const hook = test.hooks[step.place]!;
  const object = hookOf(release, hook)!;
  const change =
    hook.outcome === "Waiting"
      ? await begin(deps, resource, { release, object }, signal)
      : await look(deps, resource, { release, hook, object }, signal);
  const next = change && withHook(test, release, step.place, change);
  if (next === undefined || Bun.deepEquals(next, test)) return hookAgainMs;
  return (await keep(deps, resource, next, signal)) ?? changedAgainMs;
}

/** Makes the object of a test; undefined while one of an earlier run is on its way out. What it lacks a right for waits. */
async function begin(
  deps: Deps,
  resource: StyrminDeployment,
  { release, object }: { release: Release; object: KubeObject },
  signal: AbortSignal,
): Promise<Partial<TestHookStatus> | undefined> {
  // What it was decided by may be old, and another agent may have run this very test since.
  const fresh = await deps.views.readFresh(refOf(resource), signal);
  if (fresh?.metadata.resourceVersion !== resource.metadata.resourceVersion) return undefined;
  const startedAt = new Date().toISOString();
  try {
    await deps.views.follow([object], signal);
    const run = `test ${resource.status!.test!.id}`;
    const found = await makeHook(deps, resource, lasting(object), run, signal);
    const running = { outcome: "Running", startedAt, message: undefined } as const;
    if (found?.live) return { ...running, uid: found.live.metadata.uid! };
    if (found === undefined) return undefined;
    const { uid, deletionTimestamp } = found.going.metadata;
    const { overMs } = timeOf(deps, resource, { uid: uid!, since: deletionTimestamp! });
    const { word, message } = goingState(overMs);
    return word === "running" ? undefined : { outcome: "Failed", message, startedAt, endedAt: startedAt };
  } catch (thrown) {
    if (!(thrown instanceof StallError)) throw thrown;
    const clean = await cleanerOf(deps, resource, release, signal);
    const message = clean
      ? clean(thrown.message)
      : "it was refused; the words are left out, since secrets cannot be told";
    if (isPassingStall(thrown.reason)) return { message };
    return { outcome: "Failed", message, startedAt, endedAt: startedAt };
  }
}

/** What became of a test that is under way; undefined while it is. */
async function look(
  deps: Deps,
  resource: StyrminDeployment,
  { release, hook, object }: { release: Release; hook: TestHookStatus; object: KubeObject },
  signal: AbortSignal,
): Promise<Partial<TestHookStatus> | undefined> {
  const live = await deps.views.readFresh(refOf(object), signal);
  const { overMs } = timeOf(deps, resource, { uid: hook.uid!, since: hook.startedAt! });
  const state = hookState(live, hook.uid!, overMs);
  if (state.word === "running") return undefined;
  const isOwn = live?.metadata.uid === hook.uid;
  const log = isOwn ? await hookLog(deps, resource, release, live, signal) : [];
  const endedAt = new Date().toISOString();
  if (state.word === "succeeded") return { outcome: "Passed", endedAt, log };
  const clean = await cleanerOf(deps, resource, release, signal);
  return { outcome: "Failed", endedAt, log, message: clean ? clean(state.message) : "it failed" };
}

async function stop(deps: Deps, resource: StyrminDeployment, why: string, signal: AbortSignal) {
  const test = resource.status?.test;
  const release = deps.releases.of(resource.spec.deploymentId).find(({ name }) => name === test?.release);
  if (test !== undefined && test.endedAt === undefined && release) {
    for (const hook of test.hooks.filter(({ outcome }) => outcome === "Running"))
      await removeOwn(deps, resource, hook, hookOf(release, hook), signal);
  }
  return await keep(deps, resource, stoppedTest(resource, why, new Date()), signal);
}

/** Removes what is not to stay, the last one first. What has not ended in time goes in any case. */
async function clear(
  deps: Deps,
  resource: StyrminDeployment,
  release: Release,
  signal: AbortSignal,
): Promise<void> {
  for (const hook of resource.status!.test!.hooks.toReversed()) {
    const object = hookOf(release, hook);
    if (hook.uid === undefined || object === undefined) continue;
    const policies = hookRuleOf(object)?.deletePolicies ?? [];
    const goes = policies.includes(hook.outcome === "Passed" ? "hook-succeeded" : "hook-failed");
    const live = await deps.views.readFresh(refOf(object), signal);
    const isAtWork = hookState(live, hook.uid).word === "running";
    if (goes || isAtWork || object !== lasting(object)) await removeOwn(deps, resource, hook, object, signal);
  }
}

/** Removes the object that was made for a run, and no other of its name. */
async function removeOwn(
  deps: Deps,
  { spec }: StyrminDeployment,
  { uid }: TestHookStatus,
  object: KubeObject | undefined,
  signal: AbortSignal,
): Promise<void> {
  const live = object && (await deps.views.readFresh(refOf(object), signal));
  const isOurs = live?.metadata.labels?.[labels.deployment] === spec.deploymentId;
  if (live && isOurs && live.metadata.uid === uid) await remove(deps, live, signal);
}

const keep = (deps: Deps, resource: StyrminDeployment, test: TestStatus, signal: AbortSignal) =>
  putStatus(deps, resource, { ...resource.status, test }, signal);
