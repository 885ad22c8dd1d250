import type { Context } from "../../drivers/kit/index.ts";
import { AppError } from "../../lib/errors.ts";
import { statusesOfDeployments } from "../db/deployment-statuses.ts";
import type { DeploymentRow } from "../db/deployments.ts";
import { type DriverVersionRow, driverVersionsById } from "../db/drivers.ts";
import { type InstanceRow, instancesById } from "../db/instances.ts";
import { newestReleased } from "../db/intents.ts";
import type { Deps } from "../deps.ts";
import { openSecrets, type Prepared } from "./prepare.ts";

/** One side of a plan: what its manifests are rendered from. */
export interface Rendering {
  version: DriverVersionRow;
  applicationVersion: string;
  secrets: Record<string, string>;
  /** What templates see, as if it were this instance's. */
  contextOf(instanceId: string): Context;
}

/**
 * What was brought into the cluster last, as it was frozen then: what the config of the environment or the cluster has
 * become since shows as a difference, because the next update takes it up. Before anything is released it is what is
 * declared. Throws NOT_FOUND when the deployment was deleted.
 */
export async function running(deps: Deps, deployment: DeploymentRow): Promise<Rendering> {
  const { sql } = deps;
  const released = await newestReleased(sql, deployment.id);
  const id = released?.instanceId ?? deployment.instanceId;
  const [[instance], secrets] = await Promise.all([instancesById(sql, [id]), openSecrets(deps, [id])]);
  const [version] = instance ? await driverVersionsById(sql, [instance.driverVersionId]) : [];
  if (!instance || !version) {
    const text = `Deployment ${deployment.name} was deleted meanwhile.`;
    throw new AppError("NOT_FOUND", text, { field: "deployment" });
  }
  return frozenRendering(instance, version, secrets.get(id) ?? {});
}

const frozenRendering = (
  { context, applicationVersion }: InstanceRow,
  version: DriverVersionRow,
  secrets: Record<string, string>,
): Rendering => ({
  ...{ version, applicationVersion, secrets },
  contextOf: (id) => ({ ...context, instance: { ...context.instance, id } }),
});

/**
 * Whether what is brought into the cluster next is an upgrade to a chart, as the operator goes by it: from the first Release
 * on that was applied in full, ready or not. Which actions run goes by the active instance alone.
 */
export async function isChartUpgrade(
  { sql }: Pick<Deps, "sql">,
  { id, activeInstanceId }: Pick<DeploymentRow, "id" | "activeInstanceId">,
): Promise<boolean> {
  if (activeInstanceId !== null) return true;
  const [observed] = await statusesOfDeployments(sql, [id]);
  return observed !== undefined && observed.release !== null;
}

/** What would be brought into the cluster. */
export const preparedRendering = ({ version, resolved }: Prepared): Rendering => ({
  version,
  applicationVersion: resolved.applicationVersion,
  secrets: resolved.secrets,
  contextOf: resolved.contextOf,
});

/** The secret parameters that both have, with another value in each. Pure. */
export const changedSecretsOf = (
  before: Pick<Rendering, "secrets">,
  after: Pick<Rendering, "secrets">,
): string[] =>
  Object.entries(after.secrets).flatMap(([name, value]) =>
    Object.hasOwn(before.secrets, name) && before.secrets[name] !== value ? [name] : [],
  );
