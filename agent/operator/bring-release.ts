import type { StyrminDeployment } from "../../kube/styrmin-deployment.ts";
import type { ObjectRef } from "../../kube/types.ts";
import type { Deps } from "./deps.ts";
import { keyOf, refOf } from "./refs.ts";
import { type HookRuns, noRuns, type Release } from "./releases.ts";
import { render, renderKey } from "./render.ts";

/**
 * The Release of the resource's Instance: the newest one if it is of this Instance, else a new one, of what an
 * earlier Release of the same Instance has or of what is rendered now. It is kept in the cluster before this
 * answers.
 */
export async function bringRelease(
  deps: Deps,
  resource: StyrminDeployment,
  signal: AbortSignal,
): Promise<Release> {
  const { spec, status } = resource;
  await deps.releases.recall(spec.deploymentId, status?.release?.name, signal);
  const key = renderKey(resource);
  const earlier = deps.releases.of(spec.deploymentId);
  const newest = earlier[0];
  if (newest?.key === key) return newest;

  const same = earlier.find((release) => release.key === key);
  const cause = causeOf(resource, newest, same);
  const upgrade = cause === "upgrade";
  const { objects, hooks } = same ?? (await render(deps, resource, { upgrade, before: newest }, signal));
  // From the generation, so that a crash and a second try write the same Secrets.
  const revision = Math.max(spec.intentGeneration, (newest?.revision ?? 0) + 1);
  const release: Release = {
    name: `${resource.metadata.name}-r${revision}`,
    revision,
    deploymentId: spec.deploymentId,
    instanceId: spec.instanceId,
    key,
    objects,
    leftovers: newest ? leftoversOf(newest, { objects, hooks }) : [],
    pruned: newest?.pruned ?? 0,
    hooks,
    runs: noRuns(cause),
  };
  return await deps.releases.keep(release, signal);
}

/** What a new Release is to those before: nothing was there until one of them was applied in full. */
function causeOf({ status }: StyrminDeployment, newest?: Release, same?: Release): HookRuns["cause"] {
  if (newest === undefined || status?.release === undefined) return "install";
  return same ? "rollback" : "upgrade";
}

/**
 * What earlier Releases have and the new one has not, hooks among it: the newest carries on what its forerunners left.
 * Pure.
 */
export function leftoversOf(
  newest: Release,
  { objects, hooks }: Pick<Release, "objects" | "hooks">,
): ObjectRef[] {
  const current = new Set([...objects, ...hooks].map((object) => keyOf(refOf(object))));
  const made = [...newest.objects, ...newest.hooks].map(refOf);
  const refs = new Map([...made, ...newest.leftovers].map((ref) => [keyOf(ref), ref]));
  return [...refs.values()].filter((ref) => !current.has(keyOf(ref)));
}
