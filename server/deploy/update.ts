import { AppError } from "../../lib/errors.ts";
import { newId } from "../../lib/names.ts";
import { type DeploymentRow, declareDeployment, lockDeployment } from "../db/deployments.ts";
import { insertIntent } from "../db/intents.ts";
import type { Queries } from "../db/sql.ts";
import { begunChange, supersede } from "../db/superseding.ts";
import { cancelBegunTest, cancelWaiting, insertTask, liveTasks } from "../db/tasks.ts";
import type { Deps } from "../deps.ts";
import { maySupersede } from "../tasks/supersede.ts";
import { createTurns } from "../turns.ts";
import type { Changed } from "./create.ts";
import { needDeployment, refuseDeleting } from "./find.ts";
import { answeredBefore, oncePerKey, type Request } from "./idempotency.ts";
import { freeze } from "./prepare.ts";
import { prepareUpdate, type Update, type UpdateInput } from "./prepare-update.ts";
import { composeSpec } from "./spec.ts";
import { flowOfUpdate } from "./update-flow.ts";

/** How often an update is resolved anew because the deployment changed while it was being resolved. */
const maxTries = 5;
const changedMeanwhile = new AppError(
  "CONFLICT",
  "The deployment is being changed by others at the same time; look again and retry.",
);

/** For an update that no person asked for. */
export interface UpdateOptions {
  /** It is not recorded beside the tasks of others: then it throws `taskUnderWay`. */
  givesWay?: boolean;
  /** Runs in the transaction that records it, before it is, with the deployment locked. What it throws ends all of it. */
  beside?: (tx: Queries, taskId: string) => Promise<void>;
}

/**
 * Changes what is declared of a deployment. Nothing to change: no task. Otherwise a new instance, a held intent and a
 * task. It takes the place of a change that waits, and of one that runs if that may be cut off; else it waits behind it.
 */
export async function updateDeployment(
  deps: Deps,
  request: Request,
  input: UpdateInput,
  options: UpdateOptions = {},
): Promise<Changed> {
  const known = await answeredBefore<Changed>(deps, request);
  if (known) return known;
  const { id } = await needDeployment(deps.sql, input.deployment, input.environment);
  return inTurn(id, () => updateInTurn(deps, request, input, options));
}

/** Thrown to a change that gives way to the tasks of others. */
export const taskUnderWay = new AppError("CONFLICT", "it waits for the task that is under way");

/** Updates of one deployment take turns here, so that they seldom meet in the database. */
const inTurn = createTurns();

async function updateInTurn(
  deps: Deps,
  request: Request,
  input: UpdateInput,
  options: UpdateOptions,
): Promise<Changed> {
  for (let tries = 1; ; tries++) {
    const deployment = await needDeployment(deps.sql, input.deployment, input.environment);
    const change = await prepareUpdate(deps, deployment, input);
    try {
      return await oncePerKey(deps, request, async (tx) => record(deps, tx, deployment, change, options));
    } catch (thrown) {
      if (thrown !== changedMeanwhile || tries >= maxTries) throw thrown;
    }
  }
}

async function record(
  deps: Deps,
  tx: Queries,
  seen: DeploymentRow,
  { prepared, kind, declared, prompts, timeoutSeconds }: Update,
  { givesWay = false, beside }: UpdateOptions,
): Promise<Changed> {
  const deployment = await lockDeployment(tx, seen.id);
  if (!deployment)
    throw new AppError("NOT_FOUND", `Deployment ${seen.name} was deleted meanwhile.`, {
      field: "deployment",
    });
  refuseDeleting(deployment);
  if (deployment.instanceId !== seen.instanceId) throw changedMeanwhile;
  const taskId = newId();
  await beside?.(tx, taskId);
  const { resolved, environment, version, driver } = prepared;
  // What is resolved goes before what was given: secrets are no more in it.
  const columns = {
    ...declared,
    driverVersionId: version.id,
    applicationVersion: resolved.applicationVersion,
    parameters: resolved.given,
  };
  if (kind === "none") {
    // The same in effect; what was given may still be spelled differently.
    const { driverVersionId, applicationVersion, parameters, config, envVars, containerOverrides } =
      deployment;
    const same = { driverVersionId, applicationVersion, parameters, config, envVars, containerOverrides };
    if (!Bun.deepEquals(columns, same)) {
      await declareDeployment(tx, deployment.id, { ...deployment, ...columns });
    }
    return { deploymentId: deployment.id, taskId: null };
  }
  if (givesWay && (await liveTasks(tx, deployment.id)).length > 0) throw taskUnderWay;
  const instanceId = newId();
  const generation = deployment.intentGeneration + 1;
  const { context, secretName, write } = freeze(deps, prepared, { deploymentId: deployment.id, instanceId });
  const { phase, replicas, volumes, policies } = deployment;
  const wanted = { phase, replicas, volumes, policies };
  const spec = composeSpec({ context, secretName, driver, generation, wanted });
  const [{ kind: flow, actions }, begun] = await Promise.all([
    flowOfUpdate(tx, deployment, {
      ...{ version, context, prompts },
      applicationVersion: columns.applicationVersion,
    }),
    begunChange(tx, deployment.id),
  ]);
  const hasActions = actions.actions !== undefined;
  // Sent in this order and all at once: the task starts sooner for each wait that is saved.
  await Promise.all([
    cancelWaiting(tx, deployment.id, `superseded by task ${taskId}`, {
      successor: { id: taskId, hasActions },
    }),
    ...(begun && maySupersede(begun, { hasActions }) ? [supersede(tx, begun.id, taskId)] : []),
    cancelBegunTest(tx, deployment.id, `the deployment is being changed, task ${taskId}`),
    declareDeployment(tx, deployment.id, { ...columns, instanceId, intentGeneration: generation }),
    write(tx),
    insertTask(tx, {
      id: taskId,
      kind: flow,
      clusterId: environment.clusterId,
      deploymentId: deployment.id,
      deploymentName: deployment.name,
      resourceName: deployment.resourceName,
      namespace: context.instance.namespace,
      instanceId,
      driverDigest: version.digest,
      intentGeneration: generation,
      payload: {
        timeoutSeconds,
        volumes,
        to: {
          applicationVersion: columns.applicationVersion,
          driverVersion: version.version,
          driverVersionId: version.id,
        },
        ...actions,
      },
      expiresInMs: deps.settings.taskExpiryMs,
    }),
    insertIntent(tx, { deploymentId: deployment.id, generation, instanceId, spec, taskId }),
  ]);
  return { deploymentId: deployment.id, taskId };
}
