import { findRepositoryRow, listRepositories } from "../db/repositories.ts";
import {
  createRepository,
  deleteRepository,
  needRepository,
  updateRepository,
} from "../deploy/repositories.ts";
import { scanRepository, testRepository } from "../deploy/scan.ts";
import type {
  MutationResolvers,
  QueryResolvers,
  RepositoryResolvers,
  ScannedDriverResolvers,
} from "./generated.ts";
import { pageOf } from "./page.ts";
import { withProgress } from "./progress.ts";
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
  "createRepository" | "updateRepository" | "deleteRepository" | "testRepository" | "scanRepository"
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
  testRepository: async (_, args, context) => {
    const { deps, signal } = context;
    const request = requestOf(context, "testRepository", args);
    return testRepository(deps, request, await needRepository(deps.sql, args.repository), args.url, signal);
  },
  scanRepository: (_, { input }, context) => {
    const { deps, signal } = context;
    const { progress, ...rest } = input;
    const request = requestOf(context, "scanRepository", rest);
    const asked = { url: input.url, ref: input.ref ?? "HEAD", load: input.load ?? false };
    return withProgress(deps, progress, (tell) => scanRepository(deps, request, asked, signal, tell));
  },
  deleteRepository: (_, args, context) =>
    deleteRepository(context.deps, requestOf(context, "deleteRepository", args), args.repository),
};

export const ScannedDriver: ScannedDriverResolvers = {
  valid: ({ error }) => error === null,
  loaded: async ({ versionId, outcome }, _, { loaders }) => {
    const version = versionId === null ? null : await loaders.driverVersion().load(versionId);
    return version ? { ...version, outcome } : null;
  },
};

export const Repository: RepositoryResolvers = {
  hasToken: ({ token }) => token !== null,
};
