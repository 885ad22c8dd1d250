import { type DeploymentRow, declareDeployment, lockDeployment } from "../db/deployments.ts";
import { driverVersionsById } from "../db/drivers.ts";
import { lockToTakeBack, noteTakenBack, upgradesToTakeBack } from "../db/ended-upgrades.ts";
import { type InstanceRow, instancesById } from "../db/instances.ts";
import { intentsOfTask, newestReleased } from "../db/intents.ts";
import { instancesBrought, settleSuperseded } from "../db/superseding.ts";
import type { HeldTask, Lease } from "../db/leases.ts";
import { type Queries, transaction } from "../db/sql.ts";
import { hasBegunStep } from "../db/task-steps.ts";
import type { Deps } from "../deps.ts";
import { type Released, withLease } from "./lease.ts";
import { release } from "./versions.ts";

/**
 * Takes an upgrade back that its flow has given up. Answers the generation of the earlier instance, for which the flow
 * waits; null when nothing was released.
 */
export async function rollBack(deps: Deps, lease: Lease): Promise<Released> {
  const answer = await withLease(deps, lease, async (tx, task, deployment) =>
    task.kind === "UPGRADE" && deployment ? await takeBack(tx, task, deployment) : undefined,
  );
  return { lease: answer.lease, generation: answer.result?.generation ?? null };
}

/**
 * Takes the upgrades back that ended without their flow: cancelled, poisoned, expired. What ended them does not matter,
 * nor who noticed: they are found by what is recorded, so that a server that is killed in between finds them again.
 * Answers how many were looked at.
 */
export async function takeBackEnded(deps: Pick<Deps, "sql" | "log">): Promise<number> {
  const ended = await upgradesToTakeBack(deps.sql);
  for (const upgrade of ended) {
    try {
      const isNews = await transaction(deps.sql, async (tx) =>
        takeBackIfEnded(tx, await lockDeployment(tx, upgrade.deploymentId), upgrade.id),
      );
      if (isNews) deps.log.info("an upgrade that ended is taken back", { task: upgrade.id });
    } catch (error) {
      // It is tried again; and whoever asked, for another deployment maybe, need not hear of it.
      deps.log.error("an upgrade that ended could not be taken back", { task: upgrade.id, error });
    }
  }
  return ended.length;
}

/** The same as `takeBackEnded` for one task, whose deployment is locked. Answers whether anything was to be taken back. */
export async function takeBackIfEnded(
  tx: Queries,
  deployment: DeploymentRow | undefined,
  id: string,
): Promise<boolean> {
  const task = await lockToTakeBack(tx, id);
  if (!task || deployment?.phase === "DELETING") return false;
  const back = deployment && (await takeBack(tx, task, deployment));
  await noteTakenBack(tx, id, back?.news ? await textOf(tx, id, back) : null);
  // It has answered for them.
  await settleSuperseded(tx, id);
  return back?.news ?? false;
}

interface TakenBack {
  /** The instance that ran before. */
  earlier: InstanceRow;
  /** Its generation; null when the cluster was never told of another. */
  generation: number | null;
  /** Whether this call changed anything. */
  news: boolean;
}

/**
 * What was declared when the running instance was resolved is declared again (unless somebody declared something else
 * meanwhile), and if what the cluster was told last is of this task, or of one whose place it took, an intent with that
 * instance is released. Undefined when there is nothing to go back to: what the task brought about runs, or nothing does.
 */
async function takeBack(
  tx: Queries,
  task: Omit<HeldTask, "lease">,
  deployment: DeploymentRow,
): Promise<TakenBack | undefined> {
  const { activeInstanceId } = deployment;
  if (activeInstanceId === null || activeInstanceId === task.instanceId) return undefined;
  const [earlier] = await instancesById(tx, [activeInstanceId]);
  const intents = await intentsOfTask(tx, deployment.id, task.id);
  const known = intents.find(({ instanceId }) => instanceId === activeInstanceId);
  if (known) return { earlier: earlier!, generation: known.generation, news: false };

  const isDeclared = deployment.instanceId === task.instanceId;
  if (isDeclared) await declareAgain(tx, deployment, earlier!);
  const newest = await newestReleased(tx, deployment.id);
  const isOwn =
    newest &&
    newest.instanceId !== activeInstanceId &&
    (await instancesBrought(tx, deployment.id, task.id)).includes(newest.instanceId);
  const generation = isOwn ? await release(tx, task, deployment, earlier!) : null;
  return { earlier: earlier!, generation, news: isDeclared || generation !== null };
}

async function declareAgain(tx: Queries, deployment: DeploymentRow, earlier: InstanceRow): Promise<void> {
  const { config, envVars, containerOverrides, parameters } = earlier.declared ?? deployment;
  await declareDeployment(tx, deployment.id, {
    driverVersionId: earlier.driverVersionId,
    applicationVersion: earlier.applicationVersion,
    parameters,
    config,
    envVars,
    containerOverrides,
    instanceId: earlier.id,
    intentGeneration: deployment.intentGeneration,
  });
}

/** What becomes of it, for people. Nobody waits for that: the status says how far it is. */
async function textOf(tx: Queries, id: string, { earlier, generation }: TakenBack): Promise<string> {
  const [driver] = await driverVersionsById(tx, [earlier.driverVersionId]);
  const name = `version ${earlier.applicationVersion} (driver ${driver!.version})`;
  if (generation !== null) return `It goes back to ${name}.`;
  return (await hasBegunStep(tx, id, "upgrade/"))
    ? `Its actions had begun, nothing of the new version was released, and it still runs with ${name}.`
    : `It was not touched, and still runs with ${name}.`;
}
