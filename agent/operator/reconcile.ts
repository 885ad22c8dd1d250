import { reasons, type StyrminDeployment } from "../../kube/styrmin-deployment.ts";
import { isSlow } from "../../lib/loop.ts";
import { applyAll } from "./apply.ts";
import { askWhy } from "./ask-why.ts";
import { assess } from "./assess.ts";
import { bringRelease } from "./bring-release.ts";
import type { Verdict } from "./conditions.ts";
import type { Deps } from "./deps.ts";
import { discreet } from "./discreet.ts";
import { editedByHand, isGenerationMadeUp } from "./edited.ts";
import { endStuck, withEnded } from "./end-stuck.ts";
import { jittered, reportFailure } from "./failure.ts";
import { letGo, withFinalizer } from "./finalizer.ts";
import { hookAgainMs, isPending, runHooks } from "./hooks.ts";
import { prune } from "./prune.ts";
import { refOf } from "./refs.ts";
import type { Release } from "./releases.ts";
import { scaled } from "./scale.ts";
import { changedAgainMs, isSettled, wasReady, withDrift, writeStatus } from "./status.ts";
import { isFinalized, tearDown } from "./teardown.ts";
import { goOnWithTests, stopIdleTests } from "./tests.ts";

/**
 * One look at one deployment: brings the cluster to what the resource says, as far as it goes now, and says in
 * the status how far that is. Answers after how many milliseconds to look again at the latest, or nothing when
 * there is nothing more to do. Throws what may pass by itself, to be tried again with back-off; what a new spec
 * must put right becomes Stalled.
 */
export async function reconcile(
  deps: Deps,
  found: StyrminDeployment,
  signal: AbortSignal,
): Promise<number | undefined> {
  const leaving = found.metadata.deletionTimestamp !== undefined;
  const deleting = found.spec.phase === "Deleting";

  const edited = editedByHand(found);

  // Deleted by hand: nothing is touched, and the publisher writes it again. Or the end of a deletion.
  if (leaving && (edited || !deleting || isFinalized(found))) return letGo(deps, found, signal);
  if (edited) {
    const againMs = await reportFailure(deps, found, edited, signal);
    if (isGenerationMadeUp(found)) await deps.kube.delete(refOf(found), { uid: found.metadata.uid }, signal);
    return againMs;
  }

  const resource = leaving ? found : await withFinalizer(deps, found, signal);
  try {
    if (!deleting) return await converge(deps, resource, signal);
    const idle = await stopIdleTests(deps, resource, undefined, signal);
    if (idle === undefined) return changedAgainMs;
    const againMs = await tearDown(deps, idle, signal);
    return leaving ? (againMs ?? 0) : againMs;
  } catch (thrown) {
    return await reportFailure(deps, resource, thrown, signal);
  }
}

async function converge(deps: Deps, found: StyrminDeployment, signal: AbortSignal): Promise<number> {
  // What is wanted: kept in the cluster before any of it is applied.
  const bringing = bringRelease(deps, found, signal);
  const seen = await toldWhenSlow(deps, found, bringing, signal);
  const rendered = await bringing;
  const resource = seen && (await stopIdleTests(deps, seen, rendered, signal));
  if (resource === undefined) return changedAgainMs;
  const before = await hooksBefore(deps, resource, rendered, signal);
  if (before.againMs !== undefined) return before.againMs;
  const brought = before.release;
  const wanted = scaled(brought.objects, resource.spec);
  const mark = `${brought.name} ${resource.metadata.generation}`;
  const settled = isSettled(resource, brought) || deps.starting.isKnown(resource, mark);

  // Make it so, then remove what earlier Releases left.
  await deps.views.follow(wanted, signal);
  const applied = await applyAll(deps, { resource, release: brought, wanted, settled }, signal);
  const pruned = await prune(deps, resource, brought, signal);
  const after = await hooksAfter(deps, resource, pruned, signal);
  const { release } = after;
  // That hooks are under way does not say that all is applied: what differs from now on is drift.
  if (after.verdict) deps.starting.note(resource, mark);

  // What a StatefulSet waits for in vain goes.
  const pods = deps.views.podsOf(resource.spec.deploymentId);
  const stuck = await endStuck(deps, resource, { objects: applied.objects, pods, mark }, signal);

  // How it is now. Every later change of an object brings us back here.
  const observed = { objects: applied.objects, pods, now: Date.now() };
  const first = assess(resource, observed, wasReady(resource));
  const { assessment: asked, againMs } = await askWhy(deps, resource, { first, observed, mark }, signal);
  const tellable = withEnded(deps.ended, resource, asked, { mark, ...stuck });
  const assessment = await discreet(deps, resource, brought, tellable, signal);
  const verdict = withDrift(after.verdict ?? assessment.verdict, applied);
  const graceMs = verdict.reason === reasons.Progressing ? deps.starting.graceMs(resource, mark) : 0;
  if (graceMs > 0) return graceMs;
  const told = await writeStatus(deps, resource, { verdict, assessment, release, ...applied }, signal);
  if (!told) return changedAgainMs;

  await dropOldReleases(deps, release, signal);
  deps.failures.delete(resource.metadata.name);
  const hooksMs = after.verdict ? hookAgainMs : Number.POSITIVE_INFINITY;
  const testsMs = await goOnWithTests(deps, told, { release, verdict }, signal);
  return Math.min(
    applied.againMs,
    againMs,
    stuck.againMs,
    assessment.againMs,
    hooksMs,
    testsMs,
    jittered(deps.settings.resyncMs),
  );
}

/** Runs the hooks that go before the objects. Answers when to go on with them while they are under way. */
async function hooksBefore(
  deps: Deps,
  resource: StyrminDeployment,
  rendered: Release,
  signal: AbortSignal,
): Promise<{ release: Release; againMs?: number }> {
  const event = `pre-${rendered.runs.cause}` as const;
  if (isStopped(resource) || !isPending(rendered, event)) return { release: rendered };
  // The kinds that a chart defines are there before its hooks, as with helm.
  const definitions = rendered.objects.filter(({ kind }) => kind === "CustomResourceDefinition");
  await deps.views.follow(definitions, signal);
  await applyAll(deps, { resource, release: rendered, wanted: definitions, settled: false }, signal);
  const { release, waiting } = await runHooks(deps, resource, rendered, event, signal);
  if (waiting === undefined) return { release };
  const told = await writeStatus(deps, resource, { verdict: underWay(waiting) }, signal);
  return { release, againMs: told ? hookAgainMs : changedAgainMs };
}

/** Goes on with the hooks that come after the objects; helm does not wait for the objects to be healthy either. */
async function hooksAfter(
  deps: Deps,
  resource: StyrminDeployment,
  pruned: Release,
  signal: AbortSignal,
): Promise<{ release: Release; verdict?: Verdict }> {
  if (isStopped(resource)) return { release: pruned };
  const { release, waiting } = await runHooks(deps, resource, pruned, `post-${pruned.runs.cause}`, signal);
  return waiting === undefined ? { release } : { release, verdict: underWay(waiting) };
}

/** What hooks work on is not there while the deployment is stopped: they wait until it is started. */
const isStopped = ({ spec }: StyrminDeployment) => spec.phase === "Stopped";

const underWay = (message: string): Verdict => ({ reason: reasons.HookRunning, message });

/** Files of a driver may be long in coming; somebody who looks should see that the new generation was seen. */
async function toldWhenSlow(
  deps: Deps,
  resource: StyrminDeployment,
  bringing: Promise<unknown>,
  signal: AbortSignal,
): Promise<StyrminDeployment | undefined> {
  if (!(await isSlow(bringing, slowMs, signal))) return resource;
  const message = `instance ${resource.spec.instanceId} is being rendered`;
  const verdict = { reason: reasons.NewGeneration, message };
  // Not worth failing for: what is being rendered must be awaited in any case.
  return await writeStatus(deps, resource, { verdict }, signal).catch(() => resource);
}

const slowMs = 500;

async function dropOldReleases({ releases, settings }: Deps, current: Release, signal: AbortSignal) {
  const kept = releases.of(current.deploymentId).slice(0, settings.releasesKept);
  const least = kept.at(-1)?.revision ?? current.revision;
  await releases.remove(current.deploymentId, (revision) => revision < least, signal);
}
