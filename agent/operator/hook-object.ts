import { isConflict, isForbidden, isInvalid, isNotFound } from "../../kube/errors.ts";
import { labels, managers, type StyrminDeployment } from "../../kube/styrmin-deployment.ts";
import type { KubeObject } from "../../kube/types.ts";
import type { Deps } from "./deps.ts";
import { remove } from "./prune.ts";
import { conflictOf, isAgainstSchema, refusalOf } from "./refusal.ts";
import { nameOf, refOf } from "./refs.ts";

/** On a hook's object: for which run it was made, so that an agent that was killed knows its own. */
const runAnnotation = "styrmin.io/hook-run";

/** What there is of a hook: its object, or one of an earlier run on its way out. */
export type Made = { live: KubeObject; going?: undefined } | { live?: undefined; going: KubeObject };

/**
 * Makes the object of a hook for a run, unless it was made before: then answers what is there. Undefined when somebody
 * was faster: look again. Throws StallError when it is refused, or when somebody else's is in its place.
 */
export async function makeHook(
  deps: Deps,
  { spec }: StyrminDeployment,
  hook: KubeObject,
  run: string,
  signal: AbortSignal,
): Promise<Made | undefined> {
  const ref = refOf(hook);
  const live = await deps.views.readFresh(ref, signal);
  if (live) {
    if (live.metadata.labels?.[labels.deployment] !== spec.deploymentId)
      throw conflictOf(
        ref,
        "exists already and was not made by this deployment; remove or rename one of the two",
      );
    // Made, and the agent ended before it could note that.
    if (live.metadata.annotations?.[runAnnotation] === run && !live.metadata.deletionTimestamp)
      return { live };
    await remove(deps, live, signal);
    const left = await deps.views.readFresh(ref, signal);
    if (left) return left.metadata.deletionTimestamp ? { going: left } : undefined;
  }
  const annotations = { ...hook.metadata.annotations, [runAnnotation]: run };
  // No object can have version 1: the write makes the object, or conflicts with one that is there.
  const object = { ...hook, metadata: { ...hook.metadata, annotations, resourceVersion: "1" } };
  try {
    return { live: await deps.kube.apply(object, { manager: managers.operator, force: true }, signal) };
  } catch (thrown) {
    // Somebody was faster; the next look sees what is there.
    if (isConflict(thrown)) return undefined;
    // Its definition was applied just before.
    if (isAgainstSchema(thrown) && deps.definitions.isNew(ref)) throw thrown;
    throw refusalOf(thrown, ref);
  }
}

/** A Job that removes itself might be gone before anybody has seen how it ended: it has no time to live until that is noted. */
export function lasting(hook: KubeObject): KubeObject {
  if (hook.spec?.ttlSecondsAfterFinished === undefined) return hook;
  const { ttlSecondsAfterFinished: _, ...spec } = hook.spec;
  return { ...hook, spec };
}

/** Lets a Job remove itself as its chart says, now that its end is noted. */
export async function letExpire(
  { kube, log }: Deps,
  hook: KubeObject,
  live: KubeObject,
  signal: AbortSignal,
): Promise<void> {
  const { ttlSecondsAfterFinished } = hook.spec ?? {};
  if (ttlSecondsAfterFinished === undefined) return;
  const patch = { metadata: { uid: live.metadata.uid }, spec: { ttlSecondsAfterFinished } };
  try {
    await kube.mergePatch(refOf(live), patch, { manager: managers.operator }, signal);
  } catch (thrown) {
    // Somebody removed it, or has put another in its place.
    if (isNotFound(thrown) || isConflict(thrown)) return;
    // It has run: that it stays is no reason to hold up what comes after it.
    if (!isInvalid(thrown) && !isForbidden(thrown)) throw thrown;
    log.warn("a hook's Job does not remove itself as its chart says", {
      object: nameOf(refOf(live)),
      error: thrown,
    });
  }
}
