import { listNotices } from "../db/version-notices.ts";
import { pageSize } from "../db/sql.ts";
import { needDeployment } from "../deploy/find.ts";
import type { PlannedVersion } from "../deploy/version-plan.ts";
import type { NewVersionResolvers, QueryResolvers } from "./generated.ts";
import { found } from "./page.ts";

/** What plans that were kept by an older server do not tell. */
const untold: Pick<PlannedVersion, "actions" | "hooks" | "staleSecrets" | "heldReplicas"> = {
  actions: [],
  hooks: [],
  staleSecrets: [],
  heldReplicas: [],
};

export const newVersionQueries: Pick<QueryResolvers, "newVersions"> = {
  newVersions: async (_, { filter, first }, { deps }) => {
    const { state = null, deployment, environment } = filter ?? {};
    const deploymentId = deployment
      ? (await needDeployment(deps.sql, deployment, environment)).id
      : undefined;
    return listNotices(deps.sql, { state, deploymentId, first: pageSize(first) });
  },
};

export const NewVersion: NewVersionResolvers = {
  deployment: async ({ deploymentId }, _, { loaders }) =>
    found(await loaders.deployment().load(deploymentId), "deployment"),
  version: async ({ versionId }, _, { loaders }) =>
    found(await loaders.driverVersion().load(versionId), "driver version"),
  task: async ({ taskId }, _, { loaders }) => (taskId === null ? null : await loaders.task().load(taskId)),
  plan: async ({ deploymentId, plan }, _, { loaders }) => {
    if (plan === null) return null;
    const { from, to, ...rest } = plan as { from: string; to: string };
    const [deployment, before, after] = await Promise.all([
      loaders.deployment().load(deploymentId),
      loaders.driverVersion().load(from),
      loaders.driverVersion().load(to),
    ]);
    // The version that it had may be deleted by now.
    if (!deployment || !before || !after) return null;
    return { ...untold, ...rest, deployment, from: before, to: after } as PlannedVersion;
  },
};
