import { lockDeployment } from "../db/deployments.ts";
import { type Queries, transaction } from "../db/sql.ts";
import {
  type BegunChange,
  begunChange,
  changesThatWait,
  type Successor,
  supersede,
  waitingChange,
} from "../db/superseding.ts";
import type { Deps } from "../deps.ts";

/**
 * Whether a newer change may take the place of one that is begun. Without actions its flow changes nothing in the
 * cluster by itself but for a namespace: it waits, and every write of its lease is refused from now on. What is not to be
 * cut off is a hook of a chart, which may be in the middle of somebody's data. And actions must not meet what is half
 * brought about: that ends first, and an upgrade is taken back. Pure.
 */
export function maySupersede(begun: BegunChange, { hasActions }: Pick<Successor, "hasActions">): boolean {
  if (begun.hasActions || begun.isActive) return false;
  if (hasActions && begun.hasBrought) return false;
  return begun.isHeld || !begun.isChart || isPastHooks(begun);
}

/** The reasons of a Ready that are given only once all was applied and no hook is under way; stopped, hooks are put off. */
const applied = ["Progressing", "Degraded", "DriftRepair"];

/** Whether the operator has said that what was released last only has to become ready. Its hooks do not run again then. */
function isPastHooks({ releasedInstanceId, observed }: BegunChange): boolean {
  if (observed?.phase !== "Running" || observed.instanceId !== releasedInstanceId) return false;
  const ready = observed.conditions.find(({ type }) => type === "Ready");
  return ready !== undefined && applied.includes(ready.reason);
}

/** Lets a change take the place of the one that is begun, if it may. Answers whether it has. Lock the deployment before. */
export async function supersedeBegun(
  tx: Queries,
  deploymentId: string,
  successor: Successor,
): Promise<boolean> {
  const begun = await begunChange(tx, deploymentId);
  return (
    begun !== undefined && maySupersede(begun, successor) && (await supersede(tx, begun.id, successor.id))
  );
}

/**
 * Looks again at changes that had to wait when they were recorded: what they wait for may have come past its hooks.
 * Answers how many begin sooner for it.
 */
export async function supersedeWaitedFor({ sql, log }: Pick<Deps, "sql" | "log">): Promise<number> {
  let count = 0;
  for (const id of await changesThatWait(sql)) {
    try {
      const isNews = await transaction(sql, async (tx) => {
        const deployment = await lockDeployment(tx, id);
        const waiting = deployment && deployment.phase !== "DELETING" && (await waitingChange(tx, id));
        return waiting ? await supersedeBegun(tx, id, waiting) : false;
      });
      if (isNews) count++;
    } catch (error) {
      // It is tried again, and the other ones must not wait for it.
      log.error("a change could not take the place of the one before", { deployment: id, error });
    }
  }
  return count;
}
