import { newId } from "../../lib/names.ts";
import { type DeploymentRow, lockDeployment, setWanted } from "../db/deployments.ts";
import { driverVersionsById } from "../db/drivers.ts";
import { environmentsById } from "../db/environments.ts";
import { instancesById } from "../db/instances.ts";
import { insertIntent, newestReleased } from "../db/intents.ts";
import type { Queries } from "../db/sql.ts";
import { cancelTask, cancelWaiting, insertTask, liveTasks } from "../db/tasks.ts";
import type { Deps } from "../deps.ts";
import { actionsOf, checkedAnswers, type PromptAnswer } from "./actions.ts";
import type { Changed } from "./create.ts";
import { missing, needDeployment } from "./find.ts";
import { oncePerKey, type Request } from "./idempotency.ts";
import { specOfInstance } from "./instance-spec.ts";
import { namespaceOf } from "./resolve.ts";
import { adjustSpec, type ResourceSpec } from "./spec.ts";

export interface DeleteInput {
  deployment: string;
  environment?: string | null | undefined;
  volumes: "KEEP" | "DELETE";
  /** Answers to what the actions of `delete` ask for. */
  prompts?: readonly PromptAnswer[] | null | undefined;
  /** Whether the driver's actions are left out: the way out when one of them fails each time. */
  skipActions?: boolean | null | undefined;
}

/**
 * Wants a deployment gone. What waits is cancelled, what runs is asked to end, and a delete task with its held intent
 * is queued behind. Asked again while it is being deleted, it answers the same task.
 */
export async function deleteDeployment(deps: Deps, request: Request, input: DeleteInput): Promise<Changed> {
  return oncePerKey(deps, request, async (tx) => {
    const { id } = await needDeployment(tx, input.deployment, input.environment);
    const deployment =
      (await lockDeployment(tx, id)) ?? missing("deployment", input.deployment, "deployment", "deployments");
    const live = await liveTasks(tx, id);
    const deleting = live.find((task) => task.kind === "DELETE");
    if (deleting) return { deploymentId: id, taskId: deleting.id, last: deployment };

    const taskId = newId();
    await cancelWaiting(tx, id, `superseded by the delete, task ${taskId}`);
    for (const task of live) {
      if (task.attempts > 0) await cancelTask(tx, task.id, `the deployment is being deleted, task ${taskId}`);
    }
    const generation = deployment.intentGeneration + 1;
    const phaseBefore = deployment.phase === "DELETING" ? deployment.phaseBefore : deployment.phase;
    const wanted = {
      phase: "DELETING",
      replicas: deployment.replicas,
      volumes: input.volumes,
      policies: deployment.policies,
    } as const;
    const last = { ...deployment, ...wanted, phaseBefore, intentGeneration: generation };
    await setWanted(tx, last);
    const { spec, instanceId, clusterId } = await lastSpec(tx, deployment);
    const actions = await cleanUp(tx, deployment, instanceId);
    await insertTask(tx, {
      id: taskId,
      kind: "DELETE",
      clusterId,
      deploymentId: id,
      deploymentName: deployment.name,
      resourceName: deployment.resourceName,
      namespace: spec.targetNamespace,
      instanceId,
      driverDigest: spec.driver.digest,
      intentGeneration: generation,
      payload: { timeoutSeconds: 600, volumes: input.volumes, ...actions },
      expiresInMs: null,
    });
    const gone = adjustSpec(spec, generation, wanted);
    await insertIntent(tx, { deploymentId: id, generation, instanceId, spec: gone, taskId });
    return { deploymentId: id, taskId, last };
  });

  /** The actions by which the driver of what runs cleans up; none where nothing ever ran. */
  async function cleanUp(tx: Queries, { activeInstanceId }: DeploymentRow, instanceId: string) {
    const given = checkedAnswers(input.prompts);
    const [instance] = await instancesById(tx, [instanceId]);
    const [version] = await driverVersionsById(tx, [instance!.driverVersionId]);
    const hook = activeInstanceId === null || input.skipActions ? null : "delete";
    return actionsOf({ spec: version!.spec, hook, context: instance!.context, given });
  }

  /** What the cluster was last told; for what it was never told of, what would have been. */
  async function lastSpec(tx: Queries, deployment: NonNullable<Awaited<ReturnType<typeof lockDeployment>>>) {
    const [environment] = await environmentsById(tx, [deployment.environmentId]);
    const { clusterId } = environment!;
    const released = await newestReleased(tx, deployment.id);
    if (released) return { spec: released.spec as ResourceSpec, instanceId: released.instanceId, clusterId };
    const [instance] = await instancesById(tx, [deployment.instanceId]);
    const spec = await specOfInstance(tx, instance!, deployment.intentGeneration, deployment);
    return {
      spec: { ...spec, targetNamespace: namespaceOf(environment!.name) },
      instanceId: instance!.id,
      clusterId,
    };
  }
}
