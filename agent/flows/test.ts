import type { StyrminDeployment, TestHookStatus, TestStatus } from "../../kube/styrmin-deployment.ts";
import { isOlder } from "../../kube/object-store.ts";
import { testRequestOf } from "../../kube/test-request.ts";
import { messageOf } from "../../lib/errors.ts";
import { checkCluster, limitOf } from "./bring.ts";
import { LeaseCut } from "./lease.ts";
import { patiently } from "./patience.ts";
import { untilPublished } from "./ready.ts";
import type { Flow, FlowContext } from "./run.ts";
import { type Asked, askForTest, withdrawTest } from "./test-request.ts";
import type { FlowTools } from "./tools.ts";

/** How long the end of a task may be put off by a request that cannot be taken back, milliseconds. */
const withdrawLimitMs = 10_000;

/**
 * Has the tests of the current Release run: the operator is asked, and what it says of each is recorded as a step. The
 * task fails when one of them does; the deployment does not. However it ends, nothing is asked for any more, unless
 * another agent goes on with it.
 */
export function createTestFlow(tools: FlowTools): Flow {
  return async function test(context) {
    try {
      await runTest(context, tools);
    } catch (thrown) {
      const cut = thrown instanceof LeaseCut ? thrown : context.signal.reason;
      if (!(cut instanceof LeaseCut) || cut.why === "cancelled") await withdraw(context, tools);
      throw thrown;
    }
    await withdraw(context, tools);
  };
}

async function runTest(context: FlowContext, tools: FlowTools): Promise<void> {
  const { task, step } = context;
  const { names = [] } = task.payload as { names?: string[] };
  await checkCluster(context, tools);
  await step("wait published", (own) => published(context, tools, own));
  const which = { namespace: tools.namespace, name: task.resourceName };
  const asked = await step("ask for the tests", async (own) => {
    context.assertHeld();
    const ask = (signal: AbortSignal) => askForTest(tools.kube, which, { id: task.id, names }, signal);
    return patiently(context, own, ask, { limitMs: limitOf(context) });
  });
  const ended = await follow(context, tools, asked);
  if (ended.outcome !== "Passed") throw new Error(ended.message ?? "the tests did not pass");
}

/** What was wanted when the test was asked for is what is tested: a start that is still to be written, say. */
async function published(context: FlowContext, { resources }: FlowTools, own: AbortSignal): Promise<void> {
  const limitMs = limitOf(context);
  const limit = AbortSignal.timeout(limitMs);
  const generation = context.task.intentGeneration ?? 0;
  try {
    await untilPublished(context, resources, generation, AbortSignal.any([own, limit]));
  } catch (thrown) {
    if (own.aborted || !limit.aborted) throw thrown;
    throw new Error(`the resource ${context.task.resourceName} was not written within ${limitMs / 1000} s`);
  }
}

/** Records what the operator says of a test until it has ended. */
async function follow(context: FlowContext, tools: FlowTools, asked: Asked): Promise<TestStatus> {
  const record = createRecorder(context);
  for (let seen: TestStatus | undefined; ;) {
    seen = await nextNews(context, tools, { asked, seen });
    for (const hook of seen.hooks) await record(hook);
    if (seen.endedAt !== undefined) return seen;
  }
}

/** Waits for news of a test. Throws when there are none for too long, or when nobody asks for it any more. */
async function nextNews(
  context: FlowContext,
  { resources }: FlowTools,
  { asked, seen }: { asked: Asked; seen: TestStatus | undefined },
): Promise<TestStatus> {
  const { task, signal } = context;
  const limitMs = limitOf(context);
  const limit = AbortSignal.timeout(limitMs);
  let said = waitOf(seen) ?? "";
  const read = (resource: StyrminDeployment | undefined): TestStatus | undefined => {
    const news = testNews(resource, { id: task.id, asked, seen });
    const waits = news.waits ?? waitOf(news.test);
    if (waits !== undefined && waits !== said) context.say((said = waits));
    return news.test;
  };
  try {
    return await resources.waitFor(task.resourceName, read, AbortSignal.any([signal, limit]));
  } catch (thrown) {
    if (signal.aborted || !limit.aborted) throw thrown;
    const what = seen ? "the operator has said nothing more of the tests" : "the tests did not begin";
    throw new Error(`${what} within ${limitMs / 1000} s${said === "" ? "" : `; last: ${said}`}`);
  }
}

/**
 * What a resource says of a test beyond what was seen: its state, or what it waits for. Throws an Error when it is
 * certain that nothing more will be said. Pure.
 */
export function testNews(
  resource: StyrminDeployment | undefined,
  { id, asked, seen }: { id: string; asked: Asked; seen?: TestStatus | undefined },
): { test?: TestStatus; waits?: string } {
  // A view may lag behind what was written.
  if (!resource || isOlder(resource.metadata.resourceVersion ?? "", asked.resourceVersion)) return {};
  const { metadata, status } = resource;
  if (status?.test?.id === id) return Bun.deepEquals(status.test, seen) ? {} : { test: status.test };
  if (metadata.uid !== asked.uid)
    throw new Error("the resource was written anew after the tests were asked for; ask for them again");
  if (testRequestOf(resource)?.id !== id)
    throw new Error("somebody took back what was asked of the operator; ask for the tests again");
  const ready = status?.conditions?.find((one) => one.type === "Ready");
  return ready?.status === "False" ? { waits: `the tests wait: ${ready.reason}: ${ready.message}` } : {};
}

/** Why a test cannot begin yet; undefined when none waits for anything but its turn. */
function waitOf(test: TestStatus | undefined): string | undefined {
  const hook = test?.hooks.find(({ outcome, message }) => outcome === "Waiting" && message !== undefined);
  return hook && `${hook.kind} ${hook.name} waits: ${hook.message}`;
}

/** Each test is a step: begun when it is seen to run, ended once, with its result, also when it failed. */
function createRecorder(context: FlowContext): (hook: TestHookStatus) => Promise<void> {
  const states = new Map(context.task.steps.map(({ name, state }) => [name, state as string]));
  return async function record(hook) {
    const name = stepOfTest(hook);
    const known = states.get(name);
    if (hook.outcome === "Waiting" || known === "SUCCEEDED" || known === "FAILED") return;
    if (known === undefined) await context.beginStep(name);
    states.set(name, "RUNNING");
    if (hook.outcome === "Running") return;
    const { kind, name: called, outcome, startedAt, endedAt, message, log = [] } = hook;
    const result = { kind, name: called, outcome, startedAt, endedAt, message, log };
    const passed = outcome === "Passed";
    const error = outcome === "NotRun" ? `not run: ${message}` : (message ?? "it failed");
    for (const line of log) context.say(`${called} | ${line}`, passed ? "info" : "warn");
    await context.endStep(name, passed ? { result } : { error, result });
    states.set(name, passed ? "SUCCEEDED" : "FAILED");
  };
}

const stepOfTest = ({ kind, name }: TestHookStatus) => `test: ${kind} ${name}`.slice(0, 200);

/** Not for the task's sake, which has ended: what cannot be taken back now is found by the sweeper. */
async function withdraw(context: FlowContext, { kube, namespace }: FlowTools): Promise<void> {
  const which = { namespace, name: context.task.resourceName };
  const limit = AbortSignal.timeout(withdrawLimitMs);
  await withdrawTest(kube, which, context.task.id, limit).catch((thrown) =>
    context.say(`what was asked of the operator could not be taken back yet: ${messageOf(thrown)}`, "warn"),
  );
}
