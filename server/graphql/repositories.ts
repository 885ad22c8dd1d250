import { findRepositoryRow, listRepositories } from "../db/repositories.ts";
import {
  createRepository,
  deleteRepository,
  needRepository,
  updateRepository,
} from "../deploy/repositories.ts";
import type { MutationResolvers, QueryResolvers, RepositoryResolvers } from "./generated.ts";
import { pageOf } from "./page.ts";
import { requestOf } from "./request-key.ts";

export const repositoryQueries: Pick<QueryResolvers, "repositories" | "repository"> = {
  repositories: (_, args, { deps }) => {
    const { name = null, kind = null } = args.filter ?? {};
    return listRepositories(deps.sql, { name, kind, ...pageOf(args) });
  },
  repository: async (_, { id, name }, { deps }) => {
    const which = id ?? name;
    return which ? await findRepositoryRow(deps.sql, which) : null;
  },
};

export const repositoryMutations: Pick<
  MutationResolvers,
  "createRepository" | "updateRepository" | "deleteRepository"
> = {
  createRepository: async (_, { input }, context) => {
    const request = requestOf(context, "createRepository", input);
    const id = await createRepository(context.deps, request, { ...input, kind: input.kind ?? "GIT" });
    return needRepository(context.deps.sql, id);
  },
  updateRepository: async (_, { input }, context) => {
    const request = requestOf(context, "updateRepository", input);
    const { url, ...rest } = input;
    const id = await updateRepository(context.deps, request, { ...rest, ...(url ? { url } : {}) });
    return needRepository(context.deps.sql, id);
  },
  deleteRepository: (_, args, context) =>
    deleteRepository(context.deps, requestOf(context, "deleteRepository", args), args.repository),
};

export const Repository: RepositoryResolvers = {
  hasToken: ({ token }) => token !== null,
};
