import { lockDeployment, removeDeployments, setActiveInstance, setWanted } from "../db/deployments.ts";
import { intentsOfTask, releaseHeld } from "../db/intents.ts";
import { type Queries, transaction } from "../db/sql.ts";
import { type HeldTask, type Lease, type LeaseWord, lockHeld } from "../db/leases.ts";
import { settleSuperseded } from "../db/superseding.ts";
import { deploymentOfTask, noteKept } from "../db/tasks.ts";
import type { DeploymentRow } from "../db/deployments.ts";
import type { Deps } from "../deps.ts";
import { adjustSpec, type ResourceSpec, type Wanted } from "../deploy/spec.ts";

/**
 * Releases the intent that a task holds, with what is wanted by now. When a start, stop or scale came meanwhile, it
 * gets a generation above theirs. Released before, it answers the generation that it has.
 */
export async function releaseIntent(deps: Deps, lease: Lease): Promise<Released> {
  const answer = await withLease(deps, lease, async (tx, task, deployment) => {
    const intent = deployment && (await intentsOfTask(tx, deployment.id, task.id)).find(isOwn(task));
    if (!intent) return null;
    if (intent.state !== "HELD") return intent.generation;
    const later = deployment.intentGeneration > intent.generation;
    const generation = later ? deployment.intentGeneration + 1 : intent.generation;
    const spec = adjustSpec(intent.spec as ResourceSpec, generation, wantedOf(task, deployment));
    await releaseHeld(tx, intent, generation, spec);
    const intentGeneration = Math.max(generation, deployment.intentGeneration);
    await setWanted(tx, { ...deployment, intentGeneration, releasedGeneration: generation });
    return generation;
  });
  return { lease: answer.lease, generation: answer.result ?? null };
}

/** What releasing an intent learns; the generation is null when there was none to release. */
export interface Released {
  lease: LeaseWord;
  generation: number | null;
}

/** Whether an intent is the one that its task was recorded with. */
const isOwn = (task: HeldTask) => (intent: { instanceId: string }) =>
  intent.instanceId === task.instanceId || task.kind === "DELETE";

/** What is wanted by now. A change that is under way when a delete is asked for still ends as it was meant to. */
export function wantedOf({ kind }: Pick<HeldTask, "kind">, deployment: DeploymentRow): Wanted {
  const phase = kind === "DELETE" ? "DELETING" : (deployment.phaseBefore ?? deployment.phase);
  return { ...deployment, phase };
}

/** Makes a task's instance the one that runs. */
export async function activateInstance(deps: Deps, lease: Lease): Promise<LeaseWord> {
  const answer = await withLease(deps, lease, async (tx, task, deployment) => {
    const brings = task.kind === "DEPLOY" || task.kind === "UPGRADE";
    if (deployment && brings && task.instanceId) {
      await setActiveInstance(tx, deployment.id, task.instanceId);
      await settleSuperseded(tx, task.id);
    }
  });
  return answer.lease;
}

/** Takes a deleted deployment out of the world. The task stays, with what was kept. */
export async function closeDeployment(deps: Deps, lease: Lease, kept: readonly string[]): Promise<LeaseWord> {
  const answer = await withLease(deps, lease, async (tx, task, deployment) => {
    if (task.kind !== "DELETE") return;
    await noteKept(tx, task.id, kept);
    if (deployment) await removeDeployments(tx, [deployment.id]);
  });
  return answer.lease;
}

/** Runs a write in one transaction that holds the deployment's lock, then the lease's: the order of every mutation. */
export async function withLease<T>(
  deps: Deps,
  lease: Lease,
  work: (tx: Queries, task: HeldTask, deployment: DeploymentRow | undefined) => Promise<T>,
): Promise<{ lease: LeaseWord; result?: T }> {
  const deploymentId = await deploymentOfTask(deps.sql, lease.taskId);
  if (deploymentId === undefined) return { lease: "LOST" };
  return transaction(deps.sql, async (tx) => {
    const deployment = await lockDeployment(tx, deploymentId);
    const task = await lockHeld(tx, lease);
    if (!task) return { lease: "LOST" as const };
    return { lease: task.lease, result: await work(tx, task, deployment) };
  });
}
