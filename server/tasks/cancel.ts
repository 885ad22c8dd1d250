import { AppError } from "../../lib/errors.ts";
import { lockDeployment, setWanted } from "../db/deployments.ts";
import { isId } from "../db/sql.ts";
import { cancelTask, type TaskRow, tasksById } from "../db/tasks.ts";
import type { Deps } from "../deps.ts";
import { missing } from "../deploy/find.ts";
import { oncePerKey, type Request } from "../deploy/idempotency.ts";
import { takeBackEnded, takeBackIfEnded } from "./roll-back.ts";

/**
 * Cancels a task. One that no agent has ends at once, and an upgrade is taken back; one that runs is asked to end. Throws CONFLICT for a delete that
 * has begun and for a task that has ended. Answers the task's id.
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
    // A delete that never began is taken back: the deployment is wanted again as it was.
    if (task!.kind === "DELETE" && deployment?.phaseBefore) {
      await setWanted(tx, {
        ...deployment,
        phase: deployment.phaseBefore,
        phaseBefore: null,
        volumes: "KEEP",
      });
    }
    return id;
  });
  // A delete that is taken back, for one, leaves an upgrade behind that it had ended.
  await takeBackEnded(deps);
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
