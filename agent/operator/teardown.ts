import { labels, reasons, type StyrminDeployment } from "../../kube/styrmin-deployment.ts";
import type { KubeObject, ObjectRef } from "../../kube/types.ts";
import { conditionOf } from "./conditions.ts";
import type { Deps } from "./deps.ts";
import { inRemovalOrder } from "./order.ts";
import { isUsedByOthers, readOwn, remove } from "./prune.ts";
import { isVolume, keyOf, nameOf, refOf } from "./refs.ts";
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
    const message =
      kept.length > 0 ? `everything is gone but ${kept.join(", ")}, kept` : "everything is gone";
    const verdict = { reason: reasons.Deleted, message };
    if (!(await writeStatus(deps, resource, { verdict, kept }, signal))) return changedAgainMs;
  }
  // Only now: the Releases are how a restarted operator knows what there is to remove.
  await deps.releases.remove(deploymentId, () => true, signal);
  return undefined;
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

/** What there is and has to go, in the order of going, and the volumes that stay, as `namespace/name`. */
async function inspect(
  deps: Deps,
  resource: StyrminDeployment,
  signal: AbortSignal,
): Promise<{ going: KubeObject[]; kept: string[] }> {
  const { deploymentId, policies } = resource.spec;
  await deps.releases.recall(deploymentId, resource.status?.release?.name, signal);
  const refs = new Map<string, ObjectRef>();
  for (const { objects, leftovers } of deps.releases.of(deploymentId)) {
    for (const ref of [...objects.map(refOf), ...leftovers]) refs.set(keyOf(ref), ref);
  }
  const found: KubeObject[] = [];
  for (const ref of refs.values()) {
    const live = await readOwn(deps, resource, ref, signal);
    if (live === undefined || live === "foreign") continue;
    if (!(await isUsedByOthers(deps, live, signal))) found.push(live);
  }
  // A StatefulSet makes claims of its own, with the label its template has.
  const claims = await labelled(deps, "PersistentVolumeClaim", deploymentId, signal);
  const known = new Set(found.map((live) => live.metadata.uid));
  found.push(...claims.filter(({ metadata }) => !known.has(metadata.uid)));

  const stays = (live: KubeObject) => isVolume(live) && policies?.volumes !== "Delete";
  const kept = found
    .filter(stays)
    .map(({ metadata: { namespace, name } }) => (namespace === undefined ? name : `${namespace}/${name}`));
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
