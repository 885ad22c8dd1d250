import { AppError } from "../../lib/errors.ts";
import type { DeploymentRow } from "../db/deployments.ts";
import { type DriverVersionRow, driverVersionsById } from "../db/drivers.ts";
import { environmentsById } from "../db/environments.ts";
import type { Deps } from "../deps.ts";
import { compareSpecs, type Level, levelOf, type ValueChange } from "./compare.ts";
import { compareRenders, type PlannedRender } from "./planned-render.ts";
import { type ActionOfPlan, plannedActions } from "./planned-work.ts";
import { openSecrets, prepare } from "./prepare.ts";
import { isChartUpgrade, preparedRendering, running } from "./rendering.ts";

/**
 * What a version would change of a deployment. Its problems are why it cannot be taken as the deployment is: a parameter
 * that it wants, say. Nothing is known of objects and hooks then.
 */
export interface PlannedVersion extends PlannedRender {
  deployment: DeploymentRow;
  from: DriverVersionRow;
  to: DriverVersionRow;
  level: Level;
  /** What differs between the parameters that the two declare. */
  parameters: ValueChange[];
  /** Those of an upgrade; of the setup while nothing runs yet. */
  actions: ActionOfPlan[];
}

/**
 * Renders what runs of a deployment, and what it would be with another driver version, and says what differs, and what
 * would be run for it. With `from`, what is declared with that version stands for what runs. Nothing is kept or asked of the
 * cluster. Throws NOT_FOUND when the deployment was deleted.
 */
export async function planVersion(
  deps: Deps,
  deployment: DeploymentRow,
  to: DriverVersionRow,
  { from: asIf, signal }: { from?: DriverVersionRow; signal?: AbortSignal } = {},
): Promise<PlannedVersion> {
  const { sql } = deps;
  const [[environment], [declaredVersion], secrets] = await Promise.all([
    environmentsById(sql, [deployment.environmentId]),
    driverVersionsById(sql, [deployment.driverVersionId]),
    openSecrets(deps, [deployment.instanceId]),
  ]);
  const from = asIf ?? declaredVersion;
  if (!environment || !from) throw gone(deployment.name);
  const kept = secrets.get(deployment.instanceId) ?? {};
  const { id, name, applicationVersion, parameters, config, envVars, containerOverrides } = deployment;
  const declared = { applicationVersion, parameters, config, envVars, containerOverrides };
  const declaredWith = async (version: DriverVersionRow, made: Record<string, string> = {}) =>
    preparedRendering(
      await prepare(deps, {
        asked: "compared",
        ...{ environment, version, deployment: { id, name }, declared, kept: { ...kept, ...made } },
      }),
    );
  const runs = await running(deps, deployment);
  const rendered = await compareRenders(
    deps,
    async () => {
      const isOther = asIf !== undefined && asIf.id !== runs.version.id;
      const before = isOther ? await declaredWith(asIf) : runs;
      return {
        before,
        // A secret that was made for the one would be the other's as well.
        after: await declaredWith(to, isOther ? before.secrets : {}),
        instanceId: deployment.instanceId,
        isUpgrade: await isChartUpgrade(deps, deployment),
        replicas: deployment.replicas,
      };
    },
    signal,
  );
  return {
    deployment,
    from,
    to,
    level: levelOf(from.version, to.version),
    parameters: compareSpecs(from.spec, to.spec).parameters,
    actions:
      from.id === to.id
        ? []
        : plannedActions(to.spec, deployment.activeInstanceId === null ? "setup" : "upgrade", {
            changes: driverAlone,
          }),
    ...rendered,
  };
}

const driverAlone = { application: false, driver: true };

const gone = (name: string) =>
  new AppError("NOT_FOUND", `Deployment ${name} was deleted meanwhile.`, { field: "deployment" });
