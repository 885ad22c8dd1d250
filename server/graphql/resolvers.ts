import { AppError } from "../../lib/errors.ts";
import { installationId } from "../db/installation.ts";
import { translated } from "../db/sql.ts";
import { agentMutations } from "./agents.ts";
import { checkArguments } from "./arguments.ts";
import { Cluster, clusterMutations, clusterQueries } from "./clusters.ts";
import type { RequestContext } from "./context.ts";
import { Deployment, deploymentMutations, deploymentQueries, Instance, Service } from "./deployments.ts";
import { ApplicationDriver, ApplicationDriverVersion, driverMutations, driverQueries } from "./drivers.ts";
import { Environment, environmentMutations, environmentQueries } from "./environments.ts";
import type { MutationResolvers, QueryResolvers, Resolvers } from "./generated.ts";
import { Repository, repositoryMutations, repositoryQueries, ScannedDriver } from "./repositories.ts";
import { DriverDiff, historyQueries } from "./history.ts";
import { NewVersion, newVersionQueries } from "./new-versions.ts";
import { planQueries, UpdatePlan, VersionPlan } from "./planned.ts";
import { DriverLoad, DriverSource, sourceMutations, sourceQueries } from "./sources.ts";
import { DeploymentStatus, PodStatus, statusQueries } from "./statuses.ts";
import { sources } from "./subscriptions.ts";
import { Task, taskMutations, taskQueries } from "./tasks.ts";

/**
 * The resolvers of every noun. Agents may ask only what is made for agents, and people everything else. What Postgres
 * throws is translated here, once.
 */
export function createResolvers(): Resolvers {
  const Query: Required<QueryResolvers> = {
    ...forPeople({
      ...clusterQueries,
      ...environmentQueries,
      ...driverQueries,
      ...sourceQueries,
      ...historyQueries,
      ...planQueries,
      ...newVersionQueries,
      ...repositoryQueries,
      ...deploymentQueries,
      ...taskQueries,
      ...statusQueries,
    }),
    serverInfo: async (_, __, { deps }) => ({
      version: deps.version,
      installationId: await installationId(deps.sql),
      agentUrl: deps.agentUrl,
    }),
  } as Required<QueryResolvers>;
  const Mutation = {
    ...forPeople({
      ...clusterMutations,
      ...environmentMutations,
      ...driverMutations,
      ...sourceMutations,
      ...repositoryMutations,
      ...deploymentMutations,
      ...taskMutations,
    }),
    ...withTranslation(agentMutations),
  } as Required<MutationResolvers>;
  return {
    Query,
    Mutation,
    Subscription: guardSubscriptions(),
    Cluster,
    Environment,
    ApplicationDriver,
    ApplicationDriverVersion,
    DriverSource,
    DriverLoad,
    DriverDiff,
    NewVersion,
    VersionPlan,
    UpdatePlan,
    Repository,
    ScannedDriver,
    Deployment,
    Service,
    Instance,
    Task,
    PodStatus,
    DeploymentStatus,
  };
}

type Root = (source: never, args: never, context: RequestContext, info: never) => unknown;

function withTranslation<T extends object>(resolvers: T): T {
  const wrapped = Object.entries(resolvers as Record<string, Root>).map(([name, resolver]) => [
    name,
    function translating(source: never, args: never, context: RequestContext, info: never) {
      try {
        const value = resolver(source, args, context, info);
        return value instanceof Promise ? value.catch(rethrow) : value;
      } catch (thrown) {
        return rethrow(thrown);
      }
    },
  ]);
  return Object.fromEntries(wrapped);
}

function forPeople<T extends object>(resolvers: T): T {
  const wrapped = Object.entries(resolvers as Record<string, Root>).map(([name, resolver]) => [
    name,
    function askedByPerson(source: never, args: never, context: RequestContext, info: never) {
      refuseAgents(context);
      checkArguments(args);
      return resolver(source, args, context, info);
    },
  ]);
  return withTranslation(Object.fromEntries(wrapped));
}

type Source = (args: unknown, context: RequestContext) => AsyncGenerator<unknown>;

function guardSubscriptions(): NonNullable<Resolvers["Subscription"]> {
  const guarded = Object.entries(sources as Record<string, Source>).map(([name, source]) => {
    async function* subscribe(_: unknown, args: unknown, context: RequestContext) {
      refuseAgents(context);
      checkArguments(args as Record<string, unknown>);
      try {
        yield* source(args, context);
      } catch (thrown) {
        rethrow(thrown);
      }
    }
    return [name, { subscribe, resolve: (event: unknown) => event }];
  });
  return Object.fromEntries(guarded);
}

function refuseAgents({ caller }: RequestContext): void {
  if (caller.kind === "person") return;
  throw new AppError("FORBIDDEN", "An agent's token is only for what the API has for agents.");
}

function rethrow(thrown: unknown): never {
  throw translated(thrown);
}
