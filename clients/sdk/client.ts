import * as documents from "./generated.ts";
import { type Connection, request, type RequestOptions } from "./request.ts";
import { subscribe, type SubscribeOptions } from "./subscribe.ts";

/** Where a deployment is, when it is given by name. */
export interface InEnvironment {
  environment?: string;
}

export interface Page {
  first?: number;
  after?: string;
}

export type Client = ReturnType<typeof createClient>;

/**
 * A client of one server: one method for what can be done with each noun. Everything that takes an id also
 * takes a name. Every method throws `ClientError`. `execute` and `follow` send any operation.
 */
export function createClient(connection: Connection) {
  const execute = <Result, Variables>(
    document: documents.TypedDocumentString<Result, Variables>,
    variables: Variables,
    options?: RequestOptions,
  ) => request(connection, document, variables, options);
  const follow = <Result, Variables>(
    document: documents.TypedDocumentString<Result, Variables>,
    variables: Variables,
    options?: SubscribeOptions,
  ) => subscribe(connection, document, variables, options);

  return {
    connection,
    execute,
    follow,

    server: {
      info: async () => (await execute(documents.ServerInfoDocument, {})).serverInfo,
    },
    clusters: {
      list: async (variables: documents.ListClustersQueryVariables = {}) =>
        (await execute(documents.ListClustersDocument, variables)).clusters,
      get: async (ref: string) => (await execute(documents.GetClusterDocument, idOrName(ref))).cluster,
      create: async (input: documents.CreateClusterInput) =>
        (await execute(documents.CreateClusterDocument, { input })).createCluster,
      update: async (cluster: string, config: unknown) =>
        (await execute(documents.UpdateClusterDocument, { cluster, config })).updateCluster,
      /** Makes a new token for its agent; the present one ends when the new one is seen, or after a day. */
      rotateToken: async (cluster: string, options: { graceSeconds?: number | undefined } = {}) =>
        (await execute(documents.RotateAgentTokenDocument, { cluster, ...options })).rotateAgentToken,
      delete: async (cluster: string, options: { force?: boolean } = {}) =>
        (await execute(documents.DeleteClusterDocument, { cluster, ...options })).deleteCluster,
    },
    environments: {
      list: async (variables: documents.ListEnvironmentsQueryVariables = {}) =>
        (await execute(documents.ListEnvironmentsDocument, variables)).environments,
      get: async (ref: string) =>
        (await execute(documents.GetEnvironmentDocument, idOrName(ref))).environment,
      create: async (input: documents.CreateEnvironmentInput) =>
        (await execute(documents.CreateEnvironmentDocument, { input })).createEnvironment,
      update: async (environment: string, config: unknown) =>
        (await execute(documents.UpdateEnvironmentDocument, { environment, config })).updateEnvironment,
      delete: async (environment: string) =>
        (await execute(documents.DeleteEnvironmentDocument, { environment })).deleteEnvironment,
    },
    drivers: {
      list: async (variables: documents.ListDriversQueryVariables = {}) =>
        (await execute(documents.ListDriversDocument, variables)).applicationDrivers,
      versions: async (variables: documents.ListDriverVersionsQueryVariables = {}) =>
        (await execute(documents.ListDriverVersionsDocument, variables)).applicationDriverVersions,
      /** The latest version without `version`. */
      version: async (driver: string, version?: string) =>
        (await execute(documents.GetDriverVersionDocument, { driver, version })).applicationDriverVersion,
      versionById: async (id: string) =>
        (await execute(documents.GetDriverVersionDocument, { id })).applicationDriverVersion,
      load: async (input: documents.LoadApplicationDriverVersionInput) =>
        (await execute(documents.LoadDriverVersionDocument, { input }, { timeoutMs: 120_000 }))
          .loadApplicationDriverVersion,
      /** How far a load is, by the id that was given with it. */
      async *progress(id: string, options: SubscribeOptions = {}) {
        for await (const { loadProgress } of follow(documents.LoadProgressDocument, { id }, options))
          yield loadProgress;
      },
      loadLocal: async (path: string) =>
        (await execute(documents.LoadLocalDriverVersionDocument, { path }, { timeoutMs: 120_000 }))
          .loadLocalApplicationDriverVersion,
      /** What differs between two versions, and for a deployment. */
      diff: async (variables: documents.DriverDiffQueryVariables) =>
        (await execute(documents.DriverDiffDocument, variables)).driverDiff,
      /** What a version would change of each deployment of its driver. */
      impact: async (variables: documents.DriverImpactQueryVariables) =>
        (await execute(documents.DriverImpactDocument, variables, { timeoutMs: 120_000 })).driverImpact,
      delete: async (driver: string) =>
        (await execute(documents.DeleteDriverDocument, { driver })).deleteApplicationDriver,
      deleteVersion: async (id: string) =>
        (await execute(documents.DeleteDriverVersionDocument, { id })).deleteApplicationDriverVersion,
    },
    repositories: {
      list: async (variables: documents.ListRepositoriesQueryVariables = {}) =>
        (await execute(documents.ListRepositoriesDocument, variables)).repositories,
      get: async (ref: string) => (await execute(documents.GetRepositoryDocument, idOrName(ref))).repository,
      create: async (input: documents.CreateRepositoryInput) =>
        (await execute(documents.CreateRepositoryDocument, { input })).createRepository,
      update: async (input: documents.UpdateRepositoryInput) =>
        (await execute(documents.UpdateRepositoryDocument, { input })).updateRepository,
      /** Whether it can be reached with what is recorded. */
      test: async (repository: string, url?: string) =>
        (await execute(documents.TestRepositoryDocument, { repository, url })).testRepository,
      /** Every driver in it. */
      scan: async (input: documents.ScanRepositoryInput) =>
        (await execute(documents.ScanRepositoryDocument, { input }, { timeoutMs: 120_000 })).scanRepository,
      delete: async (repository: string) =>
        (await execute(documents.DeleteRepositoryDocument, { repository })).deleteRepository,
    },
    sources: {
      list: async (variables: documents.ListDriverSourcesQueryVariables = {}) =>
        (await execute(documents.ListDriverSourcesDocument, variables)).driverSources,
      get: async (ref: string) =>
        (await execute(documents.GetDriverSourceDocument, idOrName(ref))).driverSource,
      /** The version that a source has now, with what it took the place of. */
      followedVersion: async (id: string) =>
        (await execute(documents.GetFollowedVersionDocument, { id })).driverSource?.version ?? null,
      /** What became of the commits, newest first. */
      loads: async (variables: documents.ListDriverLoadsQueryVariables = {}) =>
        (await execute(documents.ListDriverLoadsDocument, variables)).driverLoads,
      follow: async (input: documents.FollowDriverInput) =>
        (await execute(documents.FollowDriverDocument, { input })).followDriver,
      update: async (input: documents.UpdateDriverSourceInput) =>
        (await execute(documents.UpdateDriverSourceDocument, { input })).updateDriverSource,
      unfollow: async (source: string) =>
        (await execute(documents.UnfollowDriverDocument, { source })).unfollowDriver,
      /** Asks its repository at once. */
      refresh: async (source: string) =>
        (await execute(documents.RefreshDriverSourceDocument, { source })).refreshDriverSource,
    },
    deployments: {
      list: async (variables: documents.ListDeploymentsQueryVariables = {}) =>
        (await execute(documents.ListDeploymentsDocument, variables)).deployments,
      get: async (ref: string, { environment }: InEnvironment = {}) =>
        (await execute(documents.GetDeploymentDocument, { ...idOrName(ref), environment })).deployment,
      /** Where its secrets can be read in the cluster. */
      secrets: async (ref: string, { environment }: InEnvironment = {}) =>
        (await execute(documents.GetDeploymentSecretsDocument, { ...idOrName(ref), environment })).deployment,
      create: async (input: documents.CreateDeploymentInput) =>
        (await execute(documents.CreateDeploymentDocument, { input })).createDeployment,
      update: async (input: documents.UpdateDeploymentInput) =>
        (await execute(documents.UpdateDeploymentDocument, { input })).updateDeployment,
      /** What an update would change and run; nothing is recorded. */
      planUpdate: async (input: documents.UpdateDeploymentInput) =>
        (await execute(documents.UpdatePlanDocument, { input })).updatePlan,
      delete: async (variables: documents.DeleteDeploymentMutationVariables) =>
        (await execute(documents.DeleteDeploymentDocument, variables)).deleteDeployment,
      /** Has the tests of its chart run; `tasks.tests` has what came of them. */
      test: async (variables: documents.TestDeploymentMutationVariables) =>
        (await execute(documents.TestDeploymentDocument, variables)).testDeployment,
      start: async (variables: documents.StartDeploymentMutationVariables) =>
        (await execute(documents.StartDeploymentDocument, variables)).startDeployment,
      stop: async (variables: documents.StopDeploymentMutationVariables) =>
        (await execute(documents.StopDeploymentDocument, variables)).stopDeployment,
      scale: async (variables: documents.ScaleDeploymentMutationVariables) =>
        (await execute(documents.ScaleDeploymentDocument, variables)).scaleDeployment,
      setPolicies: async (variables: documents.SetDeploymentPoliciesMutationVariables) =>
        (await execute(documents.SetDeploymentPoliciesDocument, variables)).setDeploymentPolicies,
      /** The versions that came, and what they came to by the policies of deployments. */
      newVersions: async (variables: documents.ListNewVersionsQueryVariables = {}) =>
        (await execute(documents.ListNewVersionsDocument, variables)).newVersions,
      /** The deployment now and at each change; null once it is deleted. */
      watch: async function* (deployment: string, options: InEnvironment & SubscribeOptions = {}) {
        const { environment, ...rest } = options;
        const events = follow(documents.DeploymentChangedDocument, { deployment, environment }, rest);
        for await (const { deploymentChanged } of events) yield deploymentChanged;
      },
      logs: async function* (
        variables: documents.DeploymentLogsSubscriptionVariables,
        options: SubscribeOptions = {},
      ) {
        const events = follow(documents.DeploymentLogsDocument, variables, { retries: 0, ...options });
        for await (const { deploymentLogs } of events) yield deploymentLogs;
      },
    },
    tasks: {
      list: async (variables: documents.ListTasksQueryVariables = {}) =>
        (await execute(documents.ListTasksDocument, variables)).tasks,
      get: async (id: string) => (await execute(documents.GetTaskDocument, { id })).task,
      log: async (id: string, page: { first?: number; after?: number } = {}) =>
        (await execute(documents.GetTaskLogDocument, { id, ...page })).task?.log ?? null,
      /** What a test has found so far; null when there is no such task. */
      tests: async (id: string) => (await execute(documents.GetTestResultsDocument, { id })).task,
      cancel: async (task: string) => (await execute(documents.CancelTaskDocument, { task })).cancelTask,
      /** The task now and at each change, until it has ended. */
      watch: async function* (task: string, options: SubscribeOptions = {}) {
        for await (const { taskChanged } of follow(documents.TaskChangedDocument, { task }, options))
          yield taskChanged;
      },
      /** The task's log from its first line, until it has ended. */
      followLog: async function* (task: string, options: SubscribeOptions = {}) {
        let last = 0;
        for await (const { taskLog } of follow(documents.TaskLogDocument, { task }, options)) {
          // After a lost connection it begins anew.
          if (taskLog.number <= last) continue;
          last = taskLog.number;
          yield taskLog;
        }
      },
    },
    pods: {
      list: async (variables: documents.ListPodStatusesQueryVariables = {}) =>
        (await execute(documents.ListPodStatusesDocument, variables)).podStatuses,
    },
    deploymentStatuses: {
      list: async (variables: documents.ListDeploymentStatusesQueryVariables = {}) =>
        (await execute(documents.ListDeploymentStatusesDocument, variables)).deploymentStatuses,
    },
  };
}

function idOrName(ref: string): { id: string } | { name: string } {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(ref)
    ? { id: ref }
    : { name: ref };
}
