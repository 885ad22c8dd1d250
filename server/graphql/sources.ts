import { listLoads } from "../db/loads.ts";
import { findSource, listSources, type SourceRow } from "../db/sources.ts";
import { pageSize } from "../db/sql.ts";
import { needDriver } from "../deploy/find.ts";
import {
  followDriver,
  type Followed,
  needSource,
  refreshSource,
  unfollowDriver,
  updateSource,
} from "../deploy/sources.ts";
import { plainUrl } from "../drivers/prefix.ts";
import type { RequestContext } from "./context.ts";
import type {
  DriverLoadResolvers,
  DriverSourceFailure,
  DriverSourceResolvers,
  MutationResolvers,
  QueryResolvers,
} from "./generated.ts";
import { found, pageOf } from "./page.ts";
import { requestOf } from "./request-key.ts";

export const sourceQueries: Pick<QueryResolvers, "driverSources" | "driverSource" | "driverLoads"> = {
  driverSources: async (_, args, { deps }) => {
    const { name = null, driver, url } = args.filter ?? {};
    const driverId = driver ? (await needDriver(deps.sql, driver, "filter.driver")).id : undefined;
    return listSources(deps.sql, { name, driverId, url: url ? plainUrl(url, "GIT") : null, ...pageOf(args) });
  },
  driverSource: async (_, { id, name }, { deps }) => {
    const which = id ?? name;
    return which ? await findSource(deps.sql, which) : null;
  },
  driverLoads: async (_, args, { deps }) => {
    const { source, state = null } = args.filter ?? {};
    const sourceId = source ? (await needSource(deps.sql, source, "filter.source")).id : undefined;
    return listLoads(deps.sql, { sourceId, state, ...pageOf(args) });
  },
};

export const sourceMutations: Pick<
  MutationResolvers,
  "followDriver" | "updateDriverSource" | "unfollowDriver" | "refreshDriverSource"
> = {
  followDriver: async (_, { input }, context) =>
    followedOf(context, await followDriver(context.deps, requestOf(context, "followDriver", input), input)),
  updateDriverSource: async (_, { input }, context) =>
    followedOf(
      context,
      await updateSource(context.deps, requestOf(context, "updateDriverSource", input), input),
    ),
  unfollowDriver: (_, args, context) =>
    unfollowDriver(context.deps, requestOf(context, "unfollowDriver", args), args.source),
  refreshDriverSource: async (_, args, context) =>
    sourceOf(
      context,
      await refreshSource(context.deps, requestOf(context, "refreshDriverSource", args), args.source),
    ),
};

export const DriverSource: DriverSourceResolvers = {
  webhook: ({ webhookSecret }) => webhookSecret !== null,
  webhookPath: ({ id }) => `/webhooks/git/${id}`,
  driver: async ({ driverId }, _, { loaders }) =>
    driverId === null ? null : await loaders.driver().load(driverId),
  version: async ({ versionId }, _, { loaders }) =>
    versionId === null ? null : await loaders.driverVersion().load(versionId),
  state: (source) => stateOf(source),
  nextPollAt: ({ pollDueAt }) => pollDueAt,
  failures: ({ pollFailures, loadFailures }) => pollFailures + loadFailures,
  failure: (source) => failureOf(source),
  loads: ({ id }, { first }, { deps }) => listLoads(deps.sql, { sourceId: id, first: pageSize(first ?? 20) }),
};

export const DriverLoad: DriverLoadResolvers = {
  source: async ({ sourceId }, _, { loaders }) => found(await loaders.source().load(sourceId), "source"),
  version: async ({ versionId }, _, { loaders }) =>
    versionId === null ? null : await loaders.driverVersion().load(versionId),
};

/** The first that holds. */
function stateOf(source: SourceRow) {
  if (source.pollFailure || source.failure) return "FAILING";
  if (source.loadDueAt) return "LOADING";
  return source.seenCommit === null ? "WAITING" : "FOLLOWING";
}

/** What is in the way first: without an answer of the repository nothing newer is known of the rest. */
function failureOf({ pollFailure, failure }: SourceRow): DriverSourceFailure | null {
  if (pollFailure) return { about: "REPOSITORY", ...pollFailure, commit: null, problems: [] };
  if (!failure) return null;
  const { about, code, message, commit = null, problems = [] } = failure;
  return { about, code, message, commit, problems };
}

async function sourceOf({ loaders }: RequestContext, id: string) {
  return found(await loaders.source().clear(id).load(id), "driver source");
}

async function followedOf(context: RequestContext, { id, webhookSecret }: Followed) {
  return { source: await sourceOf(context, id), webhookSecret };
}
