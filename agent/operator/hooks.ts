import { type HookEvent, hookRuleOf, hooksFor } from "../../drivers/kit/index.ts";
import { labels, reasons, type StyrminDeployment } from "../../kube/styrmin-deployment.ts";
import type { KubeObject } from "../../kube/types.ts";
import type { Deps } from "./deps.ts";
import { timeText } from "./conditions.ts";
import { lasting, letExpire, makeHook } from "./hook-object.ts";
import { goingState, hookState } from "./hook-state.ts";
import { remove } from "./prune.ts";
import { StallError } from "./refusal.ts";
import { nameOf, refOf } from "./refs.ts";
import type { HookRuns, Release } from "./releases.ts";

export interface HooksRun {
  /** As it is kept now. */
  release: Release;
  /** What is under way, for people; undefined when all hooks of the event are through. */
  waiting?: string;
}

/** How often a hook under way is looked at, if no event of it comes first, milliseconds. */
export const hookAgainMs = 1000;

/**
 * Goes on with the hooks of an event, one after the other, as far as it goes now: each is made once for a Release and
 * waited for. What was done is kept with the Release. Throws StallError for a hook that failed.
 */
export async function runHooks(
  deps: Deps,
  resource: StyrminDeployment,
  release: Release,
  event: HookEvent,
  signal: AbortSignal,
): Promise<HooksRun> {
  if (!isPending(release, event)) return { release };
  const hooks = hooksFor(release.hooks, event);
  const { intentGeneration } = resource.spec;
  const keep = async (runs: HookRuns) => {
    release = await deps.releases.keep({ ...release, runs }, signal);
  };

  const { failed, ...runs } = release.runs;
  if (failed?.key.startsWith(`${event} `)) {
    if (failed.generation >= intentGeneration) {
      // Again: the agent may have been killed before it had cleared up.
      const hook = hooks.find((one) => keyOf(event, one) === failed.key);
      if (hook) await clear(deps, resource, { release, event, failed: hook }, signal);
      throw new StallError(reasons.HookFailed, failed.message);
    }
    // Asked for again: what goes before a deletion must not hold it up for good; anything else is tried again.
    await keep(isOfDeletion(event) ? { ...runs, done: [...runs.done, failed.key] } : runs);
  }

  await deps.views.follow(hooks, signal);
  for (const hook of hooks) {
    const key = keyOf(event, hook);
    if (release.runs.done.includes(key)) continue;
    const began = await begin(deps, resource, { release, hook, key }, signal);
    if (began === undefined) return { release, waiting: `hook ${key} is to begin` };
    if (began.running) await keep({ ...release.runs, running: began.running });
    const { running } = release.runs;
    const awaited = began.going
      ? { uid: began.going.metadata.uid!, since: began.going.metadata.deletionTimestamp! }
      : running!;
    const time = timeOf(deps, resource, awaited);
    const state = began.going ? goingState(time.overMs) : hookState(began.live, awaited.uid, time.overMs);
    if (state.word === "running") {
      const until = timeText(time.until);
      return { release, waiting: `hook ${key}: ${state.message}; it has time until ${until}` };
    }
    const { running: _, ...ended } = release.runs;
    if (state.word === "failed") {
      const message = `hook ${key} failed: ${state.message}`;
      const failures = (ended.failures ?? 0) + 1;
      await keep({ ...ended, failures, failed: { key, message, generation: intentGeneration } });
      await clear(deps, resource, { release, event, failed: hook }, signal);
      throw new StallError(reasons.HookFailed, message);
    }
    await keep({ ...ended, done: [...ended.done, key] });
  }
  await clear(deps, resource, { release, event }, signal);
  await keep({ ...release.runs, done: [...release.runs.done, event] });
  return { release };
}

/** Until when the object that is waited for has time, and the limit when that is over. */
export function timeOf(
  { hookTimes, settings: { hookMs } }: Deps,
  { metadata }: StyrminDeployment,
  { uid, since }: { uid: string; since: string },
): { until: Date; overMs: number | undefined } {
  const { until, isOver } = hookTimes.look(metadata.name, { uid, since: Date.parse(since) }, hookMs);
  return { until, overMs: isOver ? hookMs : undefined };
}

/** Whether a Release has hooks of an event that are not all through. */
export const isPending = ({ hooks, runs }: Release, event: HookEvent): boolean =>
  !runs.done.includes(event) && hooksFor(hooks, event).length > 0;

/** What there is of a hook that was begun: its object, or one of an earlier run on its way out. */
interface Begun {
  live?: KubeObject | undefined;
  /** To be noted: the object was made just now. */
  running?: NonNullable<HookRuns["running"]>;
  going?: KubeObject;
}

/** Begins a hook, or finds the one that was begun. Undefined when somebody was faster: look again. */
async function begin(
  deps: Deps,
  resource: StyrminDeployment,
  { release, hook, key }: { release: Release; hook: KubeObject; key: string },
  signal: AbortSignal,
): Promise<Begun | undefined> {
  if (release.runs.running?.key === key) return { live: await deps.views.readFresh(refOf(hook), signal) };
  const run = `${release.name} ${release.runs.failures ?? 0} ${key}`;
  const found = await makeHook(deps, resource, lasting(hook), run, signal);
  if (found?.live === undefined) return found;
  const { live } = found;
  return { live, running: { key, since: new Date().toISOString(), uid: live.metadata.uid! } };
}

/**
 * Removes the hooks of an event that are not to stay, the last one first: helm does so when all have run, or one failed.
 * What removes itself may do so from now on.
 */
async function clear(
  deps: Deps,
  { spec }: StyrminDeployment,
  { release, event, failed }: { release: Release; event: HookEvent; failed?: KubeObject },
  signal: AbortSignal,
): Promise<void> {
  for (const hook of hooksFor(release.hooks, event).reverse()) {
    const policies = hookRuleOf(hook)?.deletePolicies ?? [];
    const done = release.runs.done.includes(keyOf(event, hook));
    const goes =
      hook === failed ? policies.includes("hook-failed") : done && policies.includes("hook-succeeded");
    const expires = (hook === failed || done) && hook !== lasting(hook);
    if (!goes && !expires) continue;
    const live = await deps.views.readFresh(refOf(hook), signal);
    if (live?.metadata.labels?.[labels.deployment] !== spec.deploymentId) continue;
    if (goes) await remove(deps, live, signal);
    else await letExpire(deps, hook, live, signal);
  }
}

const keyOf = (event: HookEvent, hook: KubeObject): string => `${event} ${nameOf(refOf(hook))}`;

const isOfDeletion = (event: HookEvent) => event === "pre-delete" || event === "post-delete";
