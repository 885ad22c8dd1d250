import { lockDeployment } from "../db/deployments.ts";
import { finishTask, type Lease, type LeaseWord, type TaskEnd } from "../db/leases.ts";
import { transaction } from "../db/sql.ts";
import { deploymentOfTask } from "../db/tasks.ts";
import type { Deps } from "../deps.ts";
import { giveBack, giveBackEnded } from "./give-back.ts";
import { takeBackEnded, takeBackIfEnded } from "./roll-back.ts";

/**
 * Ends a task for its agent; see `finishTask`. An upgrade that ended other than well is taken back by the same commit, and
 * a deployment that was not deleted is given back.
 */
export async function endTask(deps: Deps, lease: Lease, end: TaskEnd): Promise<LeaseWord> {
  const deploymentId = end.state === "SUCCEEDED" ? undefined : await deploymentOfTask(deps.sql, lease.taskId);
  if (deploymentId === undefined) return finishTask(deps.sql, lease, end);
  const { word, isGivenBack } = await transaction(deps.sql, async (tx) => {
    const deployment = await lockDeployment(tx, deploymentId);
    const word = await finishTask(tx, lease, end);
    if (word !== "OK") return { word, isGivenBack: false };
    await takeBackIfEnded(tx, deployment, lease.taskId);
    return { word, isGivenBack: await giveBack(tx, deployment) };
  });
  // The delete may have ended an upgrade, which is no longer left to it.
  if (isGivenBack) await takeBackEnded(deps);
  return word;
}

/**
 * Settles what tasks left behind that ended without their flow, whoever ended them. Deployments are given back first: their
 * upgrades are not taken back while they are to be gone.
 */
export async function settleEnded(deps: Pick<Deps, "sql" | "log">): Promise<void> {
  await giveBackEnded(deps);
  await takeBackEnded(deps);
}
