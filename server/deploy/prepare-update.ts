import { absentProblems, changedEntries, didYouMean, type DriverSpec } from "../../drivers/kit/index.ts";
import { AppError } from "../../lib/errors.ts";
import type { DeploymentRow } from "../db/deployments.ts";
import { driversById, driverVersionsById } from "../db/drivers.ts";
import { environmentsById } from "../db/environments.ts";
import { instancesById } from "../db/instances.ts";
import { liveTasks } from "../db/tasks.ts";
import type { Deps } from "../deps.ts";
import { checkedAnswers, type PromptAnswer } from "./actions.ts";
import { kindOfChange } from "./change.ts";
import { needDriverVersion, refuseDeleting } from "./find.ts";
import { checkedMap, checkedMaps, checkedTimeout } from "./input.ts";
import { checkRendering, openSecrets, type Prepared, prepare } from "./prepare.ts";
import { invalidInput } from "./resolve.ts";

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

/** An update that was checked and resolved; nothing of it is recorded. */
export interface Update {
  prepared: Prepared;
  kind: "none" | "again" | "change";
  declared: Pick<DeploymentRow, "config" | "envVars" | "containerOverrides">;
  prompts: PromptAnswer[];
  timeoutSeconds: number;
}

/**
 * Checks and resolves an update of a deployment as it is declared now. Throws INVALID with every problem, CONFLICT for a
 * deployment that is being deleted.
 */
export async function prepareUpdate(
  deps: Deps,
  deployment: DeploymentRow,
  input: UpdateInput,
): Promise<Update> {
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
  const prepared = await prepare(deps, {
    asked: "updated",
    environment,
    version,
    deployment: { id, name },
    declared,
    kept,
  });
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
      live.some((task) => task.kind !== "TEST" && task.instanceId === before.id && !task.cancelRequested),
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
