import { latestVersion } from "../../drivers/kit/index.ts";
import { AppError } from "../../lib/errors.ts";
import { type ClusterRow, findCluster } from "../db/clusters.ts";
import { type DeploymentRow, matchDeployments } from "../db/deployments.ts";
import {
  type DriverRow,
  type DriverVersionOrder,
  type DriverVersionRow,
  driverVersionOrders,
  driverVersionsById,
  findDriver,
} from "../db/drivers.ts";
import { type EnvironmentRow, findEnvironment } from "../db/environments.ts";
import { isId, type Queries } from "../db/sql.ts";

/** What a user named, or NOT_FOUND that says how to see what there is. `field` is the argument. */
export async function needCluster(sql: Queries, idOrName: string, field = "cluster"): Promise<ClusterRow> {
  return (await findCluster(sql, idOrName)) ?? missing("cluster", idOrName, field, "clusters");
}

export async function needEnvironment(
  sql: Queries,
  idOrName: string,
  field = "environment",
): Promise<EnvironmentRow> {
  return (await findEnvironment(sql, idOrName)) ?? missing("environment", idOrName, field, "environments");
}

export async function needDriver(sql: Queries, idOrName: string, field = "driver"): Promise<DriverRow> {
  return (await findDriver(sql, idOrName)) ?? missing("driver", idOrName, field, "applicationDrivers");
}

/**
 * A driver's version: by its name (of two with one name the one loaded last), its id, or the first digits of its commit;
 * the latest without any.
 */
export async function needDriverVersion(
  sql: Queries,
  driver: DriverRow,
  version: string | null | undefined,
  field = "driverVersion",
): Promise<DriverVersionRow> {
  const named = await driverVersionOrders(sql, { driverIds: [driver.id], version: version ?? null });
  const isLost = named.length === 0 && version && (isId(version) || isCommit(version));
  const orders = isLost
    ? (await driverVersionOrders(sql, { driverIds: [driver.id] })).filter((one) => isMeant(one, version))
    : named;
  const found = latestVersion(orders);
  const [row] = found ? await driverVersionsById(sql, [found.id]) : [];
  return (
    row ?? missing(`version of driver ${driver.name}`, version ?? "", field, "applicationDriverVersions")
  );
}

/** Seven digits at least: a shorter text is likelier a version that is not there. */
const isCommit = (text: string) => /^[0-9a-f]{7,40}$/.test(text);

const isMeant = ({ id, commit }: DriverVersionOrder, text: string) =>
  id === text || (isCommit(text) && commit !== null && commit.startsWith(text));

/** A deployment by id, or by name and environment. Throws CONFLICT when the name alone may mean several. */
export async function findDeployment(
  sql: Queries,
  idOrName: string,
  environment: string | null | undefined,
): Promise<DeploymentRow | undefined> {
  const environmentId = environment ? (await needEnvironment(sql, environment)).id : undefined;
  const found = await matchDeployments(sql, idOrName, environmentId);
  if (found.length > 1) {
    const text = `There are deployments called ${idOrName} in several environments: say in which (environment).`;
    throw new AppError("CONFLICT", text, { field: "environment" });
  }
  return found[0];
}

export async function needDeployment(
  sql: Queries,
  idOrName: string,
  environment: string | null | undefined,
): Promise<DeploymentRow> {
  return (
    (await findDeployment(sql, idOrName, environment)) ??
    missing("deployment", idOrName, "deployment", "deployments")
  );
}

/** The query that lists a noun, with the command that shows the same. */
const lists = {
  clusters: "clusters list",
  environments: "environments list",
  applicationDrivers: "drivers list",
  applicationDriverVersions: "drivers versions",
  deployments: "deployments list",
  tasks: "tasks list",
  repositories: "repositories list",
  driverSources: "drivers sources",
};

/** Throws NOT_FOUND, which says how to see what there is. `field` is the argument. */
export function missing(noun: string, what: string, field: string, list: keyof typeof lists): never {
  const shown = what.length > 80 ? `${what.slice(0, 77)}…` : what;
  const where = `\`${list}\` (\`styrminctl ${lists[list]}\`)`;
  throw new AppError("NOT_FOUND", `There is no ${noun} "${shown}". Look at ${where} for what there is.`, {
    field,
  });
}

/** Throws CONFLICT for a deployment that is being deleted. */
export function refuseDeleting({ name, phase }: Pick<DeploymentRow, "name" | "phase">): void {
  if (phase !== "DELETING") return;
  throw new AppError("CONFLICT", `Deployment ${name} is being deleted; it cannot be changed any more.`, {
    field: "deployment",
  });
}
