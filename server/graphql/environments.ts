import { findEnvironment, listEnvironments } from "../db/environments.ts";
import { createEnvironment, deleteEnvironment, updateEnvironment } from "../deploy/environments.ts";
import { needCluster } from "../deploy/find.ts";
import { namespaceOf } from "../deploy/resolve.ts";
import type { RequestContext } from "./context.ts";
import type { EnvironmentResolvers, MutationResolvers, QueryResolvers } from "./generated.ts";
import { found, pageOf } from "./page.ts";
import { requestOf } from "./request-key.ts";

export const environmentQueries: Pick<QueryResolvers, "environments" | "environment"> = {
  environments: async (_, args, { deps }) => {
    const { name = null, cluster } = args.filter ?? {};
    const clusterId = cluster ? (await needCluster(deps.sql, cluster, "filter.cluster")).id : undefined;
    return listEnvironments(deps.sql, { name, clusterId, ...pageOf(args) });
  },
  environment: async (_, { id, name }, { deps }) => {
    const which = id ?? name;
    return which ? await findEnvironment(deps.sql, which) : null;
  },
};

export const environmentMutations: Pick<
  MutationResolvers,
  "createEnvironment" | "updateEnvironment" | "deleteEnvironment"
> = {
  createEnvironment: async (_, { input }, context) =>
    environmentOf(
      context,
      await createEnvironment(context.deps, requestOf(context, "createEnvironment", input), input),
    ),
  updateEnvironment: async (_, args, context) =>
    environmentOf(
      context,
      await updateEnvironment(context.deps, requestOf(context, "updateEnvironment", args), args),
    ),
  deleteEnvironment: (_, args, context) =>
    deleteEnvironment(context.deps, requestOf(context, "deleteEnvironment", args), args.environment),
};

export const Environment: EnvironmentResolvers = {
  cluster: async ({ clusterId }, _, { loaders }) => found(await loaders.cluster().load(clusterId), "cluster"),
  namespace: ({ name }) => namespaceOf(name),
  deployments: ({ id }, _, { loaders }) => loaders.deploymentsOfEnvironment().load(id),
};

async function environmentOf({ loaders }: RequestContext, id: string) {
  return found(await loaders.environment().clear(id).load(id), "environment");
}
