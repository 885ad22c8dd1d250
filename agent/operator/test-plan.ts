/** The decisions about a run of a chart's tests. All pure. */
import { hookRuleOf, testsAmong } from "../../drivers/kit/index.ts";
import {
  reasons,
  type StyrminDeployment,
  type TestHookStatus,
  type TestStatus,
} from "../../kube/styrmin-deployment.ts";
import { testRequestOf } from "../../kube/test-request.ts";
import type { KubeObject } from "../../kube/types.ts";
import type { Verdict } from "./conditions.ts";
import type { Release } from "./releases.ts";

/** More would not fit the status. */
export const mostTests = 100;
/** The most that is kept of one log, and of all logs of a run, characters. */
const [mostOfLog, mostOfLogs] = [2_000, 20_000];
const mostOfMessage = 1_000;

/** What is to be done about the tests of a deployment next. */
export type TestStep =
  | { do: "nothing" }
  /** A request that nothing was done about yet. */
  | { do: "plan" }
  /** The run is over before its time, or never begins. */
  | { do: "stop"; why: string }
  /** The test at this place is to be begun, or looked at. */
  | { do: "run"; place: number }
  /** All that is to run has run. */
  | { do: "end" };

/** What is next. `release` is the current one, where it is known; `verdict` how the deployment is. */
export function nextStep(
  resource: StyrminDeployment,
  { release, verdict }: { release?: Release; verdict?: Verdict } = {},
): TestStep {
  const request = testRequestOf(resource);
  const test = resource.status?.test;
  const isOver = test === undefined || test.endedAt !== undefined;
  const isNew = request !== undefined && request.id !== test?.id;
  if (isOver && !isNew) return { do: "nothing" };
  const gone = whyGone(resource);
  if (!isOver && isNew) return { do: "stop", why: "another test was asked for" };
  if (!isOver && request === undefined) return { do: "stop", why: "it was called off" };
  if (gone !== undefined) return { do: "stop", why: gone };
  if (isNew) return verdict && settled.has(verdict.reason) ? { do: "plan" } : { do: "nothing" };
  if (release === undefined) return { do: "nothing" };
  if (release.name !== test!.release)
    return { do: "stop", why: "a new release took the place of the one that was tested" };
  if (verdict === undefined) return { do: "nothing" };
  const place = test!.hooks.findIndex(({ outcome }) => outcome === "Waiting" || outcome === "Running");
  return place < 0 ? { do: "end" } : { do: "run", place };
}

function whyGone({ spec }: StyrminDeployment): string | undefined {
  if (spec.phase === "Deleting") return "the deployment is being deleted";
  return spec.phase === "Stopped" ? "the deployment is stopped" : undefined;
}

/** A deployment that is becoming ready is waited for; one that is as it will be is tested, well or not. */
const settled: ReadonlySet<string> = new Set([reasons.Healthy, reasons.Degraded, reasons.Unhealthy]);

/** A new run, with all tests that were asked for. One without tests is over at once. */
export function plannedTest(resource: StyrminDeployment, release: Release, now: Date): TestStatus {
  const { id, names } = testRequestOf(resource)!;
  const tests = testsAmong(release.hooks, { names, releaseName: resource.spec.releaseName });
  const time = now.toISOString();
  const planned: TestStatus = { id, release: release.name, startedAt: time, hooks: [] };
  const refused = (message: string): TestStatus => ({
    ...planned,
    endedAt: time,
    outcome: "Failed",
    message,
  });
  if (tests.length === 0) {
    const named = names.length > 0 ? ` called ${names.join(", ")}` : "";
    return refused(`the chart has no test${named}`);
  }
  if (tests.length > mostTests)
    return refused(`the chart has ${tests.length} tests; choose ${mostTests} at the most by their names`);
  const hooks = tests.map(({ kind, metadata: { name } }): TestHookStatus => ({
    kind,
    name,
    outcome: "Waiting",
  }));
  return { ...planned, hooks };
}

/** The object of a test as the Release has it. */
export const hookOf = (release: Release, { kind, name }: TestHookStatus): KubeObject | undefined =>
  release.hooks.find((hook) => hook.kind === kind && hook.metadata.name === name);

/**
 * The run after a test got another state. When it failed, those of a higher weight are not run: they may build upon it;
 * those of its own weight do not.
 */
export function withHook(
  test: TestStatus,
  release: Release,
  place: number,
  change: Partial<TestHookStatus>,
): TestStatus {
  const others = test.hooks.filter((_, other) => other !== place).flatMap(({ log = [] }) => log);
  const left = Math.min(mostOfLog, mostOfLogs - lengthOf(others));
  const changed = { ...test.hooks[place]!, ...change };
  if (changed.message === undefined) delete changed.message;
  else changed.message = cut(changed.message);
  if (changed.log !== undefined) changed.log = lastOf(changed.log, left);
  if (changed.log?.length === 0) delete changed.log;
  const weightOf = (hook: TestHookStatus) => hookRuleOf(hookOf(release, hook)!)?.weight ?? 0;
  const hooks = test.hooks.map((hook, other): TestHookStatus => {
    if (other === place) return changed;
    if (changed.outcome !== "Failed" || hook.outcome !== "Waiting" || weightOf(hook) <= weightOf(changed))
      return hook;
    return { ...hook, outcome: "NotRun", message: `${changed.kind} ${changed.name} failed before it` };
  });
  return { ...test, hooks };
}

/** The run at its end. */
export function endedTest(test: TestStatus, now: Date): TestStatus {
  const failed = test.hooks.filter(({ outcome }) => outcome === "Failed");
  const end = { ...test, endedAt: now.toISOString() };
  if (failed.length === 0) return { ...end, outcome: "Passed" };
  const names = failed.map(({ kind, name }) => `${kind} ${name}`).join(", ");
  return {
    ...end,
    outcome: "Failed",
    message: cut(`${failed.length} of ${test.hooks.length} failed: ${names}`),
  };
}

/** A run that ends before its time; one that never began has nothing but the reason. */
export function stoppedTest(resource: StyrminDeployment, why: string, now: Date): TestStatus {
  const request = testRequestOf(resource);
  const known = resource.status?.test;
  const time = now.toISOString();
  const message = cut(why);
  if (known === undefined || known.endedAt !== undefined)
    return {
      id: request!.id,
      release: "",
      startedAt: time,
      endedAt: time,
      outcome: "Stopped",
      message,
      hooks: [],
    };
  const hooks = known.hooks.map((hook): TestHookStatus => {
    if (hook.outcome === "Waiting") return { ...hook, outcome: "NotRun", message };
    if (hook.outcome === "Running") return { ...hook, outcome: "NotRun", endedAt: time, message };
    return hook;
  });
  return { ...known, endedAt: time, outcome: "Stopped", message, hooks };
}

/** The last lines that fit, the first of them cut. */
function lastOf(lines: string[], most: number): string[] {
  const kept: string[] = [];
  let left = most;
  for (const line of lines.toReversed()) {
    if (left <= 0) break;
    kept.unshift(line.length > left ? `…${line.slice(line.length - left + 1)}` : line);
    left -= line.length + 1;
  }
  return kept;
}

const lengthOf = (lines: string[]) => lines.reduce((sum, line) => sum + line.length + 1, 0);
const cut = (text: string) => (text.length > mostOfMessage ? `${text.slice(0, mostOfMessage - 1)}…` : text);
