import { findCluster, listClusters } from "../db/clusters.ts";
import { createCluster, deleteCluster, updateCluster } from "../deploy/clusters.ts";
import type { RequestContext } from "./context.ts";
import type { ClusterResolvers, MutationResolvers, QueryResolvers } from "./generated.ts";
import { found, pageOf } from "./page.ts";
import { selectionOf } from "./selection.ts";
import { requestOf } from "./request-key.ts";

export const clusterQueries: Pick<QueryResolvers, "clusters" | "cluster"> = {
  clusters: (_, args, { deps }, info) => {
    const fields = selectionOf(info).names;
    return listClusters(deps.sql, { name: args.filter?.name ?? null, ...pageOf(args), fields });
  },
  cluster: async (_, { id, name }, { deps }) => {
    const which = id ?? name;
    return which ? await findCluster(deps.sql, which) : null;
  },
};

export const clusterMutations: Pick<MutationResolvers, "createCluster" | "updateCluster" | "deleteCluster"> =
  {
    createCluster: async (_, { input }, context) => {
      const request = requestOf(context, "createCluster", input);
      const intent = input.intent ?? "PULL";
      const { clusterId, token } = await createCluster(context.deps, request, { ...input, intent });
      return { cluster: await clusterOf(context, clusterId), token };
    },
    updateCluster: async (_, args, context) =>
      clusterOf(context, await updateCluster(context.deps, requestOf(context, "updateCluster", args), args)),
    deleteCluster: (_, args, context) =>
      deleteCluster(context.deps, requestOf(context, "deleteCluster", args), {
        ...args,
        force: args.force ?? false,
      }),
  };

export const Cluster: ClusterResolvers = {
  agent: async ({ id }, _, { deps, loaders }) => {
    const agent = await loaders.agent().load(id);
    if (!agent || agent.epoch === null) return { state: "NEVER_SEEN", refused: agent?.refused ?? null };
    const isHeard = agent.leftAt === null && (agent.silentMs ?? 0) < deps.settings.silenceMs;
    const { epoch, version, lastSeenAt, refused } = agent;
    return { state: isHeard ? "CONNECTED" : "SILENT", epoch, version, lastSeenAt, refused };
  },
  environments: ({ id }, _, { loaders }) => loaders.environmentsOfCluster().load(id),
};

async function clusterOf({ loaders }: RequestContext, id: string) {
  return found(await loaders.cluster().clear(id).load(id), "cluster");
}
