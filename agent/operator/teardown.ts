import { hookRuleOf, isToBeKept, isVolume } from "../../drivers/kit/index.ts";
import { labels, reasons, type StyrminDeployment } from "../../kube/styrmin-deployment.ts";
import type { KubeObject, ObjectRef } from "../../kube/types.ts";
import { conditionOf } from "./conditions.ts";
import type { Deps } from "./deps.ts";
import { hookAgainMs, runHooks } from "./hooks.ts";
import { inRemovalOrder } from "./order.ts";
import { isUsedByOthers, readOwn, remove } from "./prune.ts";
import { keyOf, nameOf, refOf } from "./refs.ts";
import { changedAgainMs, writeStatus } from "./status.ts";

/** How long to wait for objects to go before looking again, if no event comes first. */
const lookAgainMs = 2000;

/**
 * Removes everything that any Release made, volumes only if the policy says so, and says so when it is gone.
 * Answers after how many milliseconds to go on; nothing when there is nothing left to do.
 */
export async function tearDown(
  deps: Deps,
  resource: StyrminDeployment,
  signal: AbortSignal,
): Promise<number | undefined> {
  const { deploymentId } = resource.spec;
  if (!isFinalized(resource) || !isTold(resource)) {
    await deps.releases.recall(deploymentId, resource.status?.release?.name, signal);
    const before = await hooksOf(deps, resource, "pre-delete", signal);
    if (before !== undefined) return before;
    const { going, kept } = await inspect(deps, resource, signal);
    const pods = await podsLeft(deps, deploymentId, signal);
    const left = going.length + pods.length;
    if (left > 0) {
      const names = [...going.map(refOf), ...pods.map(refOf)].slice(0, 5).map(nameOf).join(", ");
      const message = `${left} objects are still to go: ${names}${left > 5 ? " …" : ""}`;
      await writeStatus(deps, resource, { verdict: { reason: reasons.Deleting, message }, kept }, signal);
      for (const live of going) await remove(deps, live, signal);
      return lookAgainMs;
    }
    const after = await hooksOf(deps, resource, "post-delete", signal);
    if (after !== undefined) return after;
    const last = await ownOf(deps, resource, hookRefs(deps, deploymentId, "post-delete"), signal);
    for (const live of last.filter((live) => !isToBeKept(live))) await remove(deps, live, signal);
    const message =
      kept.length > 0 ? `everything is gone but ${kept.join(", ")}, kept` : "everything is gone";
    const verdict = { reason: reasons.Deleted, message };
    if (!(await writeStatus(deps, resource, { verdict, kept }, signal))) return changedAgainMs;
  }
  // Only now: the Releases are how a restarted operator knows what there is to remove.
  await deps.releases.remove(deploymentId, () => true, signal);
  return undefined;
}

/** Goes on with the hooks of the newest Release. Answers when to look again while they are under way. */
async function hooksOf(
  deps: Deps,
  resource: StyrminDeployment,
  event: "pre-delete" | "post-delete",
  signal: AbortSignal,
): Promise<number | undefined> {
  const [newest] = deps.releases.of(resource.spec.deploymentId);
  // Of what was never applied there is nothing to take leave of.
  if (newest === undefined || resource.status?.release === undefined) return undefined;
  const { waiting } = await runHooks(deps, resource, newest, event, signal);
  if (waiting === undefined) return undefined;
  const verdict = { reason: reasons.Deleting, message: waiting };
  return (await writeStatus(deps, resource, { verdict }, signal)) ? hookAgainMs : changedAgainMs;
}

/** The objects of hooks: those that also come after a deletion, or all others. */
function hookRefs({ releases }: Deps, deploymentId: string, which: "post-delete" | "others"): ObjectRef[] {
  const isLast = (hook: KubeObject) => hookRuleOf(hook)?.events.includes("post-delete") ?? false;
  const hooks = releases.of(deploymentId).flatMap((release) => release.hooks);
  return hooks.filter((hook) => isLast(hook) === (which === "post-delete")).map(refOf);
}

/** Those of the objects that are there and ours. */
async function ownOf(
  deps: Deps,
  resource: StyrminDeployment,
  refs: Iterable<ObjectRef>,
  signal: AbortSignal,
): Promise<KubeObject[]> {
  const found: KubeObject[] = [];
  for (const ref of new Map([...refs].map((ref) => [keyOf(ref), ref])).values()) {
    const live = await readOwn(deps, resource, ref, signal);
    if (live === undefined || live === "foreign") continue;
    if (!(await isUsedByOthers(deps, live, signal))) found.push(live);
  }
  return found;
}

export function isFinalized({ status }: StyrminDeployment): boolean {
  return conditionOf(status?.conditions, "Finalized")?.status === "True";
}

/** Whether the status speaks of the deletion that is asked for now: one may be asked for again, with other policies. */
function isTold({ metadata, spec, status }: StyrminDeployment): boolean {
  return (
    status?.intentGeneration === spec.intentGeneration && status.observedGeneration === metadata.generation
  );
}

/**
 * What there is and has to go, in the order of going, and what stays: volumes as `namespace/name`, anything else with its
 * kind before that.
 */
async function inspect(
  deps: Deps,
  resource: StyrminDeployment,
  signal: AbortSignal,
): Promise<{ going: KubeObject[]; kept: string[] }> {
  const { deploymentId, policies } = resource.spec;
  const made = deps.releases
    .of(deploymentId)
    .flatMap(({ objects, leftovers }) => [...objects.map(refOf), ...leftovers]);
  const found = await ownOf(deps, resource, [...made, ...hookRefs(deps, deploymentId, "others")], signal);
  // A StatefulSet makes claims of its own, with the label its template has.
  const claims = await labelled(deps, "PersistentVolumeClaim", deploymentId, signal);
  const known = new Set(found.map((live) => live.metadata.uid));
  found.push(...claims.filter(({ metadata }) => !known.has(metadata.uid)));

  const stays = (live: KubeObject) => isToBeKept(live) || (isVolume(live) && policies?.volumes !== "Delete");
  const kept = found
    .filter(stays)
    .map((live) => (isVolume(live) ? nameOf(refOf(live)).replace(/^\S+ /, "") : nameOf(refOf(live))));
  return { going: inRemovalOrder(found.filter((live) => !stays(live))), kept: kept.sort() };
}

const podsLeft = async (deps: Deps, deploymentId: string, signal: AbortSignal) =>
  (await labelled(deps, "Pod", deploymentId, signal)).filter(
    ({ status }) => status?.phase !== "Succeeded" && status?.phase !== "Failed",
  );

async function labelled({ kube }: Deps, kind: string, deploymentId: string, signal: AbortSignal) {
  const labelSelector = `${labels.deployment}=${deploymentId}`;
  return (await kube.list({ apiVersion: "v1", kind }, { labelSelector }, signal)).items;
}
