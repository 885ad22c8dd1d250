import type { DriverFiles } from "../../drivers/kit/index.ts";
import { AppError } from "../../lib/errors.ts";
import { deploymentsOfDriver } from "../db/deployments.ts";
import type { DriverVersionRow } from "../db/drivers.ts";
import { compareFiles, compareSpecs, levelOf } from "../deploy/compare.ts";
import { needDeployment, needDriver, needDriverVersion } from "../deploy/find.ts";
import { readDriverContent } from "../deploy/driver-files.ts";
import { type PlannedVersion, planVersion } from "../deploy/version-plan.ts";
import type { DriverDiffResolvers, QueryResolvers } from "./generated.ts";
import { pageOf } from "./page.ts";

export const historyQueries: Pick<QueryResolvers, "driverDiff" | "driverImpact"> = {
  driverDiff: async (_, args, { deps, signal }) => {
    const { sql } = deps;
    const driver = await needDriver(sql, args.driver);
    const [from, to] = [
      await needDriverVersion(sql, driver, args.from, "from"),
      await needDriverVersion(sql, driver, args.to, "to"),
    ];
    const deployment = args.deployment && (await needDeployment(sql, args.deployment, args.environment));
    const impact = deployment ? await planVersion(deps, deployment, to, { from, signal }) : null;
    return {
      from,
      to,
      level: levelOf(from.version, to.version),
      ...compareSpecs(from.spec, to.spec),
      impact,
    };
  },
  driverImpact: async (_, args, { deps, signal }) => {
    const driver = await needDriver(deps.sql, args.driver);
    const to = await needDriverVersion(deps.sql, driver, args.version);
    const { first, after } = pageOf(args);
    const plans: PlannedVersion[] = [];
    for (const deployment of await deploymentsOfDriver(deps.sql, driver.id, to.id, { first, after })) {
      const plan = await planVersion(deps, deployment, to, { signal }).catch(unlessDeleted);
      if (plan) plans.push(plan);
    }
    return plans;
  },
};

/** A deployment may be deleted while those before it are planned: then there is no more to tell of it. */
function unlessDeleted(thrown: unknown): undefined {
  if (thrown instanceof AppError && thrown.code === "NOT_FOUND" && thrown.field === "deployment") return;
  throw thrown;
}

export const DriverDiff: DriverDiffResolvers = {
  files: async ({ from, to }, _, { deps }) => {
    const both: DriverFiles[] = [];
    for (const version of [from, to] as DriverVersionRow[])
      both.push((await readDriverContent(deps, version)).files);
    return compareFiles(both[0]!, both[1]!);
  },
};
