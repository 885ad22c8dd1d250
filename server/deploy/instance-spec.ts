import { driversById, driverVersionsById } from "../db/drivers.ts";
import type { InstanceRow } from "../db/instances.ts";
import type { Queries } from "../db/sql.ts";
import { composeSpec, type ResourceSpec, type Wanted } from "./spec.ts";

/** The spec of the resource for an instance that is recorded, under a generation, with what is wanted now. */
export async function specOfInstance(
  sql: Queries,
  { context, driverVersionId, secretName }: Pick<InstanceRow, "context" | "driverVersionId" | "secretName">,
  generation: number,
  wanted: Wanted,
): Promise<ResourceSpec> {
  const [version] = await driverVersionsById(sql, [driverVersionId]);
  const [driver] = await driversById(sql, [version!.driverId]);
  return composeSpec({
    context,
    driver: { name: driver!.name, version: version!.version, digest: version!.digest },
    secretName,
    generation,
    wanted,
  });
}
