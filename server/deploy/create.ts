import { AppError } from "../../lib/errors.ts";
import { newId } from "../../lib/names.ts";
import { type DeploymentRow, insertDeployment } from "../db/deployments.ts";
import { lockEnvironment } from "../db/environments.ts";
import { insertIntent } from "../db/intents.ts";
import { violated } from "../db/sql.ts";
import { insertTask } from "../db/tasks.ts";
import type { Deps } from "../deps.ts";
import { actionsOf, checkedAnswers, type PromptAnswer } from "./actions.ts";
import { needDriver, needDriverVersion, needEnvironment } from "./find.ts";
import { answeredBefore, oncePerKey, type Request } from "./idempotency.ts";
import { checkedMap, checkedMaps, checkedName, checkedTimeout } from "./input.ts";
import { checkRendering, freeze, prepare } from "./prepare.ts";
import { changedPolicies, type PoliciesInput } from "./policies.ts";
import { resourceNameOf } from "./resolve.ts";
import { composeSpec } from "./spec.ts";

export interface CreateInput {
  name?: string | null | undefined;
  driver: string;
  driverVersion?: string | null | undefined;
  applicationVersion?: string | null | undefined;
  environment: string;
  parameters?: unknown;
  config?: unknown;
  envVars?: unknown;
  containerOverrides?: unknown;
  policies?: PoliciesInput | null | undefined;
  /** Answers to what the actions of `setup` ask for. */
  prompts?: readonly PromptAnswer[] | null | undefined;
  timeoutSeconds?: number | null | undefined;
}

/** What a mutation did to a deployment: ids, so that a repeated request can be answered from what is there now. */
export interface Changed {
  deploymentId: string;
  taskId: string | null;
  /** What is being deleted, as it was: it may be gone before the answer is made, or when it is made once more. */
  last?: DeploymentRow;
}

/** Wants an application in an environment: a deployment, its instance, a held intent and a task, all or nothing. */
export async function createDeployment(deps: Deps, request: Request, input: CreateInput): Promise<Changed> {
  const known = await answeredBefore<Changed>(deps, request);
  if (known) return known;
  const { sql, settings } = deps;
  const environment = await needEnvironment(sql, input.environment);
  const driver = await needDriver(sql, input.driver);
  const version = await needDriverVersion(sql, driver, input.driverVersion);
  const deployment = { id: newId(), name: checkedName(input.name ?? driver.name) };
  const timeoutSeconds = checkedTimeout(input.timeoutSeconds);
  const declared = {
    applicationVersion: input.applicationVersion ?? null,
    parameters: checkedMap(input.parameters, "parameters"),
    config: checkedMap(input.config, "config"),
    envVars: checkedMaps(input.envVars, "envVars"),
    containerOverrides: checkedMaps(input.containerOverrides, "containerOverrides"),
  };
  const given = checkedAnswers(input.prompts);
  const policies = changedPolicies({}, input.policies ?? {});
  const prepared = await prepare(deps, {
    asked: "deployed",
    environment,
    version,
    deployment,
    declared,
    kept: {},
  });
  // What is wrong with the answers is told before anything is rendered.
  actionsOf({ spec: version.spec, hook: "setup", context: prepared.resolved.contextOf(newId()), given });
  await checkRendering(deps, prepared);

  return oncePerKey(deps, request, async (tx) => {
    if (!(await lockEnvironment(tx, environment.id))) {
      throw new AppError("NOT_FOUND", `Environment ${environment.name} was deleted meanwhile.`, {
        field: "environment",
      });
    }
    const instanceId = newId();
    const { resolved } = prepared;
    const resourceName = resourceNameOf(deployment.name, deployment.id);
    const generation = 1;
    await insertDeployment(tx, {
      ...deployment,
      environmentId: environment.id,
      resourceName,
      driverVersionId: version.id,
      applicationVersion: resolved.applicationVersion,
      parameters: resolved.given,
      config: declared.config,
      envVars: declared.envVars,
      containerOverrides: declared.containerOverrides,
      policies,
      instanceId,
      intentGeneration: generation,
    }).catch((thrown) => {
      if (violated(thrown) !== "deployment_name_once") throw thrown;
      const text = `There is a deployment ${deployment.name} in environment ${environment.name} already; choose another name, or update that one.`;
      throw new AppError("EXISTS", text, { field: "name", cause: thrown });
    });
    const { context, secretName, write } = freeze(deps, prepared, {
      deploymentId: deployment.id,
      instanceId,
    });
    const taskId = newId();
    const wanted = { phase: "RUNNING", replicas: {}, volumes: "KEEP", policies } as const;
    const spec = composeSpec({ context, secretName, driver: prepared.driver, generation, wanted });
    // Sent in this order and all at once: the task starts sooner for each wait that is saved.
    await Promise.all([
      write(tx),
      insertTask(tx, {
        id: taskId,
        kind: "DEPLOY",
        clusterId: environment.clusterId,
        deploymentId: deployment.id,
        deploymentName: deployment.name,
        resourceName,
        namespace: context.instance.namespace,
        instanceId,
        driverDigest: version.digest,
        intentGeneration: generation,
        payload: {
          timeoutSeconds,
          volumes: "KEEP",
          ...actionsOf({ spec: version.spec, hook: "setup", context, given }),
        },
        expiresInMs: settings.taskExpiryMs,
      }),
      insertIntent(tx, { deploymentId: deployment.id, generation, instanceId, spec, taskId }),
    ]);
    return { deploymentId: deployment.id, taskId };
  });
}
