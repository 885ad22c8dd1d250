import { absentProblems, changedEntries, didYouMean, type DriverSpec } from "../../drivers/kit/index.ts";
import { AppError } from "../../lib/errors.ts";
import { newId } from "../../lib/names.ts";
import { type DeploymentRow, declareDeployment, lockDeployment } from "../db/deployments.ts";
import { driversById, driverVersionsById } from "../db/drivers.ts";
import { environmentsById } from "../db/environments.ts";
import { instancesById } from "../db/instances.ts";
import { insertIntent } from "../db/intents.ts";
import type { Queries } from "../db/sql.ts";
import { cancelWaiting, insertTask, liveTasks } from "../db/tasks.ts";
import type { Deps } from "../deps.ts";
import { checkedAnswers, type PromptAnswer } from "./actions.ts";
import { kindOfChange } from "./change.ts";
import { createTurns } from "../turns.ts";
import type { Changed } from "./create.ts";
import { needDeployment, needDriverVersion } from "./find.ts";
import { answeredBefore, oncePerKey, type Request } from "./idempotency.ts";
import { checkedMap, checkedMaps, checkedTimeout } from "./input.ts";
import { checkRendering, freeze, openSecrets, type Prepared, prepare } from "./prepare.ts";
import { invalidInput } from "./resolve.ts";
import { composeSpec } from "./spec.ts";
import { flowOfUpdate } from "./update-flow.ts";

export interface UpdateInput {
  deployment: string;
  environment?: string | null | undefined;
  driverVersion?: string | null | undefined;
  applicationVersion?: string | null | undefined;
  parameters?: unknown;
  unsetParameters?: readonly string[] | null | undefined;
  config?: unknown;
  envVars?: unknown;
  containerOverrides?: unknown;
  /** Single ones to set, or by null to take away. */
  changeConfig?: unknown;
  changeEnvVars?: unknown;
  changeContainerOverrides?: unknown;
  /** Answers to what the actions of `upgrade` ask for; those of `setup` while nothing runs yet. */
  prompts?: readonly PromptAnswer[] | null | undefined;
  timeoutSeconds?: number | null | undefined;
}

/** How often an update is resolved anew because the deployment changed while it was being resolved. */
const maxTries = 5;
const changedMeanwhile = new AppError(
  "CONFLICT",
  "The deployment is being changed by others at the same time; look again and retry.",
);

/**
 * Changes what is declared of a deployment. Nothing to change: no task. Otherwise a new instance, a held intent and a
 * task, which waits behind the one that runs and takes the place of one that waits.
 */
export async function updateDeployment(deps: Deps, request: Request, input: UpdateInput): Promise<Changed> {
  const known = await answeredBefore<Changed>(deps, request);
  if (known) return known;
  const { id } = await needDeployment(deps.sql, input.deployment, input.environment);
  return inTurn(id, () => updateInTurn(deps, request, input));
}

/** Updates of one deployment take turns here, so that they seldom meet in the database. */
const inTurn = createTurns();

async function updateInTurn(deps: Deps, request: Request, input: UpdateInput): Promise<Changed> {
  for (let tries = 1; ; tries++) {
    const deployment = await needDeployment(deps.sql, input.deployment, input.environment);
    const change = await prepareUpdate(deps, deployment, input);
    try {
      return await oncePerKey(deps, request, (tx) => record(deps, tx, deployment, change));
    } catch (thrown) {
      if (thrown !== changedMeanwhile || tries >= maxTries) throw thrown;
    }
  }
}

interface Update {
  prepared: Prepared;
  kind: "none" | "again" | "change";
  declared: Pick<DeploymentRow, "config" | "envVars" | "containerOverrides">;
  prompts: PromptAnswer[];
  timeoutSeconds: number;
}

async function prepareUpdate(deps: Deps, deployment: DeploymentRow, input: UpdateInput): Promise<Update> {
  const { sql } = deps;
  refuseDeleting(deployment);
  const timeoutSeconds = checkedTimeout(input.timeoutSeconds);
  const prompts = checkedAnswers(input.prompts);
  const [[environment], [currentVersion], [before], secrets, live] = await Promise.all([
    environmentsById(sql, [deployment.environmentId]),
    driverVersionsById(sql, [deployment.driverVersionId]),
    instancesById(sql, [deployment.instanceId]),
    openSecrets(deps, [deployment.instanceId]),
    liveTasks(sql, deployment.id),
  ]);
  if (!environment || !currentVersion || !before) {
    throw new AppError("NOT_FOUND", `Deployment ${deployment.name} was deleted meanwhile.`, {
      field: "deployment",
    });
  }
  const version = input.driverVersion
    ? await needDriverVersion(
        sql,
        (await driversById(sql, [currentVersion.driverId]))[0]!,
        input.driverVersion,
      )
    : currentVersion;
  checkUnset(version.spec, input.unsetParameters ?? []);
  const { parameters, kept } = mergedParameters(deployment, secrets.get(deployment.instanceId) ?? {}, input);
  const declared = {
    applicationVersion: input.applicationVersion ?? deployment.applicationVersion,
    parameters,
    config: changed(
      input.config == null ? deployment.config : checkedMap(input.config, "config"),
      input,
      "changeConfig",
    ),
    envVars: changed(
      input.envVars == null ? deployment.envVars : checkedMaps(input.envVars, "envVars"),
      input,
      "changeEnvVars",
    ),
    containerOverrides: changed(
      input.containerOverrides == null
        ? deployment.containerOverrides
        : checkedMaps(input.containerOverrides, "containerOverrides"),
      input,
      "changeContainerOverrides",
    ),
  };
  const { id, name } = deployment;
  const prepared = await prepare(deps, { environment, version, deployment: { id, name }, declared, kept });
  const { resolved } = prepared;
  const had = secrets.get(deployment.instanceId) ?? {};
  const kind = kindOfChange({
    before: { id: before.id, context: before.context, digest: currentVersion.digest },
    after: {
      context: resolved.contextOf(before.id),
      digest: version.digest,
      secretsChanged: !Bun.deepEquals(resolved.secrets, had),
    },
    underWay:
      deployment.activeInstanceId === before.id ||
      live.some((task) => task.instanceId === before.id && !task.cancelRequested),
  });
  if (kind === "change") await checkRendering(deps, prepared);
  return { prepared, kind, declared, prompts, timeoutSeconds };
}

/** What is set after an update, which replaces all of it, changes single ones, or does both in this order. */
function changed<T extends Record<string, unknown>>(
  replaced: T,
  input: UpdateInput,
  single: "changeConfig" | "changeEnvVars" | "changeContainerOverrides",
): T {
  const changes = checkedMap(input[single], single);
  const problems = absentProblems(replaced, changes, single);
  if (problems.length > 0) throw invalidInput("This cannot be changed", problems);
  return checkedMap(changedEntries(replaced, changes), single) as T;
}

/** Throws INVALID for a name that is no parameter: nothing would happen, and the user would not know. */
function checkUnset({ parameters }: DriverSpec, unset: readonly string[]): void {
  const names = parameters.map((parameter) => parameter.name);
  const unknown = unset.find((name) => !names.includes(name));
  if (unknown === undefined) return;
  const known = didYouMean(unknown, names) || `; there are ${names.join(", ") || "none"}.`;
  const text = `"${unknown.slice(0, 80)}" is no parameter of this driver and cannot be unset${known}`;
  throw new AppError("INVALID", text, { field: "unsetParameters" });
}

/** What was given before and is given now; null and `unsetParameters` take a value back to its default. */
function mergedParameters(deployment: DeploymentRow, secrets: Record<string, string>, input: UpdateInput) {
  const parameters: Record<string, unknown> = {
    ...deployment.parameters,
    ...checkedMap(input.parameters, "parameters"),
  };
  const unset = [
    ...(input.unsetParameters ?? []),
    ...Object.keys(parameters).filter((name) => parameters[name] === null),
  ];
  for (const name of unset) delete parameters[name];
  const kept = Object.fromEntries(Object.entries(secrets).filter(([name]) => !unset.includes(name)));
  return { parameters, kept };
}

async function record(
  deps: Deps,
  tx: Queries,
  seen: DeploymentRow,
  { prepared, kind, declared, prompts, timeoutSeconds }: Update,
): Promise<Changed> {
  const deployment = await lockDeployment(tx, seen.id);
  if (!deployment)
    throw new AppError("NOT_FOUND", `Deployment ${seen.name} was deleted meanwhile.`, {
      field: "deployment",
    });
  refuseDeleting(deployment);
  if (deployment.instanceId !== seen.instanceId) throw changedMeanwhile;
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
  const instanceId = newId();
  const taskId = newId();
  const generation = deployment.intentGeneration + 1;
  const { context, secretName, write } = freeze(deps, prepared, { deploymentId: deployment.id, instanceId });
  const { phase, replicas, volumes, policies } = deployment;
  const wanted = { phase, replicas, volumes, policies };
  const spec = composeSpec({ context, secretName, driver, generation, wanted });
  const { kind: flow, actions } = await flowOfUpdate(tx, deployment, {
    ...{ version, context, prompts },
    applicationVersion: columns.applicationVersion,
  });
  // Sent in this order and all at once: the task starts sooner for each wait that is saved.
  await Promise.all([
    cancelWaiting(tx, deployment.id, `superseded by task ${taskId}`),
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

/** Throws CONFLICT for a deployment that is being deleted. */
export function refuseDeleting({ name, phase }: Pick<DeploymentRow, "name" | "phase">): void {
  if (phase !== "DELETING") return;
  throw new AppError("CONFLICT", `Deployment ${name} is being deleted; it cannot be changed any more.`, {
    field: "deployment",
  });
}
