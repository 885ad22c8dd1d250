import { AppError } from "../../lib/errors.ts";
import { lockDeployment } from "../db/deployments.ts";
import { isId } from "../db/sql.ts";
import { cancelTask, type TaskRow, tasksById } from "../db/tasks.ts";
import type { Deps } from "../deps.ts";
import { missing } from "../deploy/find.ts";
import { oncePerKey, type Request } from "../deploy/idempotency.ts";
import { settleEnded } from "./end.ts";
import { giveBack } from "./give-back.ts";
import { takeBackIfEnded } from "./roll-back.ts";

/**
 * Cancels a task. One that no agent has ends at once: an upgrade is taken back, and the deployment of a delete given back.
 * One that runs is asked to end. Throws CONFLICT for a delete that has begun and for a task that has ended. Answers the
 * task's id.
 */
export async function cancelTaskById(deps: Deps, request: Request, id: string): Promise<string> {
  const done = await oncePerKey(deps, request, async (tx) => {
    const [known] = isId(id) ? await tasksById(tx, [id]) : [];
    if (!known) return missing("task", id, "task", "tasks");
    const deployment = await lockDeployment(tx, known.deploymentId);
    const [task] = await tasksById(tx, [id]);
    refuseCancel(task!);
    if (!(await cancelTask(tx, id, "cancelled by a user"))) refuseCancel((await tasksById(tx, [id]))[0]!);
    await takeBackIfEnded(tx, deployment, id);
    await giveBack(tx, deployment);
    return id;
  });
  // A deployment that is given back, for one, may have an upgrade that the delete had ended.
  await settleEnded(deps);
  return done;
}

function refuseCancel({ id, kind, state, attempts }: TaskRow): void {
  const begun = kind === "DELETE" && (state === "RUNNING" || attempts > 0);
  if (state !== "QUEUED" && state !== "RUNNING") {
    throw new AppError("CONFLICT", `Task ${id} has ended (${state}); there is nothing to cancel.`, {
      field: "task",
    });
  }
  if (begun) {
    throw new AppError("CONFLICT", `Task ${id} deletes and has begun; it can no longer be cancelled.`, {
      field: "task",
    });
  }
}
