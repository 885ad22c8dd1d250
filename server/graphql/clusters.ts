import type { AgentRow } from "../db/agents.ts";
import { findCluster, listClusters } from "../db/clusters.ts";
import { noticeOf } from "../agents/versions.ts";
import { createCluster, deleteCluster, rotateAgentToken, updateCluster } from "../deploy/clusters.ts";
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

type ClusterMutation = "createCluster" | "updateCluster" | "rotateAgentToken" | "deleteCluster";

export const clusterMutations: Pick<MutationResolvers, ClusterMutation> = {
  createCluster: async (_, { input }, context) => {
    const request = requestOf(context, "createCluster", input);
    const intent = input.intent ?? "PULL";
    const { clusterId, token } = await createCluster(context.deps, request, { ...input, intent });
    return { cluster: await clusterOf(context, clusterId), token };
  },
  updateCluster: async (_, args, context) =>
    clusterOf(context, await updateCluster(context.deps, requestOf(context, "updateCluster", args), args)),
  rotateAgentToken: async (_, args, context) => {
    const request = requestOf(context, "rotateAgentToken", args);
    const graceSeconds = args.graceSeconds ?? 86_400;
    const { clusterId, token } = await rotateAgentToken(context.deps, request, { ...args, graceSeconds });
    return { cluster: await clusterOf(context, clusterId), token };
  },
  deleteCluster: (_, args, context) =>
    deleteCluster(context.deps, requestOf(context, "deleteCluster", args), {
      ...args,
      force: args.force ?? false,
    }),
};

export const Cluster: ClusterResolvers = {
  agent: async ({ id }, _, { deps, loaders }) => {
    const agent = await loaders.agent().load(id);
    if (!agent || agent.epoch === null)
      return { state: "NEVER_SEEN", refused: agent?.refused ?? null, blind: [] };
    const isHeard = agent.leftAt === null && (agent.silentMs ?? 0) < deps.settings.silenceMs;
    const { epoch, version, lastSeenAt, refused } = agent;
    const notice = [noticeOf(deps.version, { ...agent, version: version ?? "" }), tokenNotice(agent)];
    const blind = isHeard ? (agent.blind ?? []) : [];
    return {
      state: isHeard ? "CONNECTED" : "SILENT",
      epoch,
      version,
      lastSeenAt,
      refused,
      notice: notice.filter(Boolean).join(" ") || null,
      blind: blind.map((spot) => ({ ...spot, since: new Date(spot.since) })),
    };
  },
  environments: ({ id }, _, { loaders }) => loaders.environmentsOfCluster().load(id),
};

function tokenNotice({ oldTokenUntil }: AgentRow): string | null {
  return (
    oldTokenUntil &&
    `Its token was rotated; the old one is good until ${oldTokenUntil.toISOString()} or until the new one is seen.`
  );
}

async function clusterOf({ loaders }: RequestContext, id: string) {
  return found(await loaders.cluster().clear(id).load(id), "cluster");
}
