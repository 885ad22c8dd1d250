import { isToBeKept, isVolume } from "../../drivers/kit/index.ts";
import { labels, type StyrminDeployment } from "../../kube/styrmin-deployment.ts";
import type { KubeObject, ObjectRef } from "../../kube/types.ts";
import { isKindNotServed } from "../../kube/errors.ts";
import type { Deps } from "./deps.ts";
import { inRemovalOrder } from "./order.ts";
import { ourFields } from "./owned.ts";
import { nameOf, refOf } from "./refs.ts";
import type { Release } from "./releases.ts";

/**
 * Removes what earlier Releases made and the current one has no more, as far as the policies and the objects
 * themselves (`helm.sh/resource-policy: keep`) let it go. Each
 * object is read anew before: only what is there, ours and the very same goes. Answers the Release as it is
 * kept then, with what is done struck off its leftovers and counted, so that a crash neither forgets an object
 * nor counts it twice.
 */
export async function prune(
  deps: Deps,
  resource: StyrminDeployment,
  release: Release,
  signal: AbortSignal,
): Promise<Release> {
  const { policies } = resource.spec;
  if (policies?.prune === false) return release;
  const going = release.leftovers.filter((ref) => !isVolume(ref) || policies?.volumes === "Delete");
  if (going.length === 0) return release;
  let pruned = release.pruned;
  for (const ref of inRemovalOrder(going)) {
    const live = await readOwn(deps, resource, ref, signal);
    if (live === "foreign") continue;
    if (live && (isToBeKept(live) || (await isUsedByOthers(deps, live, signal)))) continue;
    if (live) await remove(deps, live, signal);
    pruned++;
  }
  const leftovers = release.leftovers.filter((ref) => !going.includes(ref));
  return await deps.releases.keep({ ...release, leftovers, pruned }, signal);
}

/** An object of a Release as it is now; undefined when it is gone, `foreign` when it is not ours to touch. */
export async function readOwn(
  { views, log }: Deps,
  { metadata, spec }: StyrminDeployment,
  ref: ObjectRef,
  signal: AbortSignal,
): Promise<KubeObject | "foreign" | undefined> {
  let live: KubeObject | undefined;
  try {
    live = await views.readFresh(ref, signal);
  } catch (thrown) {
    // Without the kind there is no object of it.
    if (!isKindNotServed(thrown)) throw thrown;
  }
  if (live === undefined) return undefined;
  const labelled = live.metadata.labels?.[labels.deployment] === spec.deploymentId;
  if (labelled && ourFields(live) !== undefined) return live;
  log.warn("left alone: it is no longer an object of the deployment", {
    deployment: metadata.name,
    object: nameOf(ref),
  });
  return "foreign";
}

/** Removes an object, but only this very one. False when it is on its way already. */
export async function remove({ kube }: Deps, live: KubeObject, signal: AbortSignal): Promise<boolean> {
  if (live.metadata.deletionTimestamp) return false;
  const { uid } = live.metadata;
  return await kube.delete(refOf(live), { uid, propagation: "Background" }, signal);
}

/** With the definition of a kind all objects of the kind would go, whosever they are. */
export async function isUsedByOthers(
  { kube }: Deps,
  live: KubeObject,
  signal: AbortSignal,
): Promise<boolean> {
  if (live.kind !== "CustomResourceDefinition") return false;
  const { group, names, versions } = live.spec;
  const served = versions.find(({ served }: { served: boolean }) => served);
  if (served === undefined) return false;
  const owner = live.metadata.labels?.[labels.deployment];
  const { items } = await kube.list({ apiVersion: `${group}/${served.name}`, kind: names.kind }, {}, signal);
  return items.some(({ metadata }) => metadata.labels?.[labels.deployment] !== owner);
}
