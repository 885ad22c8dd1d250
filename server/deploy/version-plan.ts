import { type KubeObjectLike, type Problem, problemText } from "../../drivers/kit/index.ts";
import { AppError } from "../../lib/errors.ts";
import { newId } from "../../lib/names.ts";
import type { DeploymentRow } from "../db/deployments.ts";
import { type DriverVersionRow, driverVersionsById } from "../db/drivers.ts";
import { environmentsById } from "../db/environments.ts";
import { instancesById } from "../db/instances.ts";
import type { Deps } from "../deps.ts";
import {
  compareObjects,
  compareSpecs,
  exceptChance,
  type Level,
  levelOf,
  type ObjectChanges,
  type ValueChange,
} from "./compare.ts";
import { readDriverContent } from "./driver-files.ts";
import { openSecrets, prepare, type Prepared } from "./prepare.ts";

/** What a version would change of a deployment. */
export interface PlannedVersion {
  deployment: DeploymentRow;
  from: DriverVersionRow;
  to: DriverVersionRow;
  level: Level;
  /** What differs between the parameters that the two declare. */
  parameters: ValueChange[];
  objects: ObjectChanges;
  /** Why it cannot be taken as the deployment is: a parameter that it wants, say. Nothing is known of objects then. */
  problems: { field: string; message: string }[];
}

const none: ObjectChanges = { added: [], removed: [], changed: [] };

/**
 * Renders a deployment with its present driver version and with another one, and says what differs. Nothing is kept or
 * asked of the cluster. Secrets are stood for by their names. Throws NOT_FOUND when the deployment was deleted.
 */
export async function planVersion(
  deps: Deps,
  deployment: DeploymentRow,
  to: DriverVersionRow,
  signal?: AbortSignal,
): Promise<PlannedVersion> {
  const { sql } = deps;
  const [[environment], [from], [instance], secrets] = await Promise.all([
    environmentsById(sql, [deployment.environmentId]),
    driverVersionsById(sql, [deployment.driverVersionId]),
    instancesById(sql, [deployment.instanceId]),
    openSecrets(deps, [deployment.instanceId]),
  ]);
  if (!environment || !from || !instance) throw gone(deployment.name);
  const kept = secrets.get(deployment.instanceId) ?? {};
  const { id, name, applicationVersion, parameters, config, envVars, containerOverrides } = deployment;
  const declared = { applicationVersion, parameters, config, envVars, containerOverrides };
  const prepared = (version: DriverVersionRow) =>
    prepare(deps, { environment, version, deployment: { id, name }, declared, kept });
  const found = {
    deployment,
    from,
    to,
    level: levelOf(from.version, to.version),
    parameters: compareSpecs(from.spec, to.spec).parameters,
  };
  try {
    // One after the other: the renderer does no two at once.
    const before = await render(deps, await prepared(from), instance.id, signal);
    const after = await render(deps, await prepared(to), instance.id, signal);
    const objects = compareObjects(before, after);
    // Only charts can make something up.
    if (from.spec.helm === null || objects.changed.length === 0) return { ...found, objects, problems: [] };
    const again = await render(deps, await prepared(from), instance.id, signal);
    return { ...found, objects: exceptChance(objects, compareObjects(before, again)), problems: [] };
  } catch (thrown) {
    if (!(thrown instanceof AppError) || thrown.code !== "INVALID") throw thrown;
    const { field = "driverVersion", message, problems } = thrown;
    return { ...found, objects: none, problems: problems.length > 0 ? problems : [{ field, message }] };
  }
}

/** The objects of one version. Throws INVALID with what the templates said. */
async function render(
  deps: Deps,
  { resolved, version }: Prepared,
  instanceId: string,
  signal?: AbortSignal,
): Promise<KubeObjectLike[]> {
  const content = await readDriverContent(deps, version);
  const names = Object.keys(resolved.secrets);
  const secrets = Object.fromEntries(names.map((name) => [name, `secret-${name.replaceAll("_", "-")}`]));
  const context = resolved.contextOf(instanceId || newId());
  const outcome = await deps.render({ spec: version.spec, ...content, context, secrets }, signal);
  if (outcome.problems === undefined) return outcome.objects;
  const message = `Version ${version.version} does not render: ${outcome.problems.slice(0, 3).map(problemText).join("; ")}.`;
  throw new AppError("INVALID", message, { field: "driverVersion", problems: outcome.problems.map(placed) });
}

function placed({ file, line, field, message }: Problem) {
  return { field: [file, line].filter((part) => part !== undefined).join(":") || field, message };
}

const gone = (name: string) =>
  new AppError("NOT_FOUND", `Deployment ${name} was deleted meanwhile.`, { field: "deployment" });
