import { type DeploymentRow, lockDeployment, setWanted } from "../db/deployments.ts";
import { deploymentsToGiveBack, noteNotDeleted } from "../db/ended-deletes.ts";
import { newestReleased } from "../db/intents.ts";
import { type Queries, transaction } from "../db/sql.ts";
import { liveTasks } from "../db/tasks.ts";
import type { Deps } from "../deps.ts";

/**
 * Gives the deployments back whose delete ended without its flow: poisoned, for one. They are found by what is recorded, so
 * that a server that is killed in between finds them again.
 */
export async function giveBackEnded(deps: Pick<Deps, "sql" | "log">): Promise<void> {
  for (const id of await deploymentsToGiveBack(deps.sql)) {
    try {
      const isNews = await transaction(deps.sql, async (tx) => giveBack(tx, await lockDeployment(tx, id)));
      if (isNews) deps.log.info("a deployment whose delete ended is given back", { deployment: id });
    } catch (error) {
      // It is tried again, and the other ones must not wait for it.
      deps.log.error("a deployment whose delete ended could not be given back", { deployment: id, error });
    }
  }
}

/**
 * A deployment whose delete ended before the cluster was told of it is wanted as it was before. Once the cluster was
 * told, by this delete or one before it, parts of it may be gone, and only another delete goes on. Answers whether it was
 * given back. Lock the deployment before.
 */
export async function giveBack(tx: Queries, deployment: DeploymentRow | undefined): Promise<boolean> {
  if (deployment?.phase !== "DELETING" || deployment.phaseBefore === null) return false;
  const { id, phaseBefore } = deployment;
  if ((await liveTasks(tx, id)).some(({ kind }) => kind === "DELETE")) return false;
  if ((await newestReleased(tx, id))?.spec.phase === "Deleting") return false;
  await setWanted(tx, { ...deployment, phase: phaseBefore, phaseBefore: null, volumes: "KEEP" });
  await noteNotDeleted(tx, id);
  return true;
}
