import { listDeploymentStatuses } from "../db/deployment-statuses.ts";
import type { DeploymentRow } from "../db/deployments.ts";
import { type JoinedPodRow, listPods } from "../db/pod-statuses.ts";
import { observedAt } from "../db/reports.ts";
import { pageSize } from "../db/sql.ts";
import { needCluster, needDeployment, needEnvironment } from "../deploy/find.ts";
import type { Deps } from "../deps.ts";
import { statusOfDeployment } from "./deployments.ts";
import type {
  DeploymentStatusResolvers,
  PodStatusResolvers,
  QueryPodStatusesArgs,
  QueryResolvers,
  StatusFilter,
} from "./generated.ts";
import { found } from "./page.ts";
import { selectionOf } from "./selection.ts";

export const statusQueries: Pick<QueryResolvers, "podStatuses" | "deploymentStatuses"> = {
  podStatuses: async (_, args, { deps }, info) => {
    const selection = selectionOf(info);
    const deployment = selection.below("deployment");
    // Names of the deployment and its environment come with the pods; anything more is loaded for all at once.
    const joined =
      selection.names.has("deployment") &&
      deployment.within("id", "name", "environment") &&
      deployment.below("environment").within("id", "name");
    const where = args.filter ? await whereOf(deps, args.filter) : {};
    return listPods(deps.sql, { ...where, ...statusPage(args), fields: selection.names, joined });
  },
  deploymentStatuses: async (_, args, { deps }) => {
    const where = args.filter ? await whereOf(deps, args.filter) : {};
    return listDeploymentStatuses(deps.sql, { ...where, ...statusPage(args) });
  },
};

export const PodStatus: PodStatusResolvers = {
  id: ({ uid }) => uid,
  deployment: (pod, _, { loaders }) =>
    pod.deploymentName === undefined
      ? loaders
          .deployment()
          .load(pod.deploymentId)
          .then((row) => found(row, "deployment"))
      : joinedDeployment(pod),
  observedAt: ({ changedAt, scopes, namespace }) => observedAt(changedAt, scopes, namespace),
};

export const DeploymentStatus: DeploymentStatusResolvers = {
  id: ({ uid }) => uid,
  deployment: async ({ deploymentId }, _, { loaders }) =>
    found(await loaders.deployment().load(deploymentId), "deployment"),
  status: async ({ deploymentId }, _, context) => (await statusOfDeployment(context, deploymentId)).word,
  observedAt: ({ changedAt, scopes }) => observedAt(changedAt, scopes),
  ageSeconds: ({ ageMs }) => ageMs / 1000,
};

/**
 * The deployment of a pod that was read together with the names. Only those fields are asked for, so no other column is
 * missed; its environment is in place of the resolver's own.
 */
function joinedDeployment(pod: JoinedPodRow): DeploymentRow {
  const { deploymentId: id, deploymentName: name, environmentId, environmentName } = pod;
  return {
    id,
    name,
    environmentId,
    joinedEnvironment: { id: environmentId, name: environmentName },
  } as never;
}

async function whereOf({ sql }: Deps, { deployment, environment, cluster }: StatusFilter) {
  return {
    deploymentId: deployment ? (await needDeployment(sql, deployment, environment)).id : undefined,
    environmentId: environment
      ? (await needEnvironment(sql, environment, "filter.environment")).id
      : undefined,
    clusterId: cluster ? (await needCluster(sql, cluster, "filter.cluster")).id : undefined,
  };
}

/** The ids of statuses are uids of Kubernetes, which need not be UUIDs. */
function statusPage({ first, after }: Pick<QueryPodStatusesArgs, "first" | "after">) {
  return { first: pageSize(first), after: after ?? null };
}
