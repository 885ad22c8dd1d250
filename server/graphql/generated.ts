// Made by `bun run codegen` from schema.graphql. Do not edit.
import type { GraphQLResolveInfo, GraphQLScalarType, GraphQLScalarTypeConfig } from 'graphql';
import type { ClusterRow } from '../db/clusters.ts';
import type { EnvironmentRow } from '../db/environments.ts';
import type { DriverRow, DriverVersionRow } from '../db/drivers.ts';
import type { ScannedFolder } from '../deploy/scan.ts';
import type { RepositoryRow } from '../db/repositories.ts';
import type { DeploymentRow } from '../db/deployments.ts';
import type { ServiceView } from '../deploy/services.ts';
import type { InstanceRow } from '../db/instances.ts';
import type { TaskRow } from '../db/tasks.ts';
import type { StepRow, LogLineRow } from '../db/task-steps.ts';
import type { JoinedPodRow } from '../db/pod-statuses.ts';
import type { DeploymentStatusRow } from '../db/deployment-statuses.ts';
import type { SourceRow } from '../db/sources.ts';
import type { LoadRow } from '../db/loads.ts';
import type { PlannedVersion } from '../deploy/version-plan.ts';
import type { PlannedUpdate } from '../deploy/update-plan.ts';
import type { NoticeRow } from '../db/version-notices.ts';
import type { RequestContext } from './context.ts';
export type Maybe<T> = T | null | undefined;
export type InputMaybe<T> = T | null | undefined;
export type Omit<T, K extends keyof T> = Pick<T, Exclude<keyof T, K>>;
export type RequireFields<T, K extends keyof T> = Omit<T, K> & { [P in K]-?: NonNullable<T[P]> };
/** All built-in and custom scalars, mapped to their actual values */
export type Scalars = {
  ID: { input: string; output: string; }
  String: { input: string; output: string; }
  Boolean: { input: boolean; output: boolean; }
  Int: { input: number; output: number; }
  Float: { input: number; output: number; }
  /** Any JSON value. */
  JSON: { input: unknown; output: unknown; }
  /** A moment, as RFC 3339 text in UTC. */
  DateTime: { input: string; output: Date | string; }
};

/** All that can be read. */
export type Query = {
  /** The registered clusters, by name. */
  clusters: Array<Cluster>;
  /** One cluster, by id or name. Null when there is none. */
  cluster?: Maybe<Cluster>;
  /** The environments, by name. */
  environments: Array<Environment>;
  /** One environment, by id or name. */
  environment?: Maybe<Environment>;
  /** The application drivers, by name. */
  applicationDrivers: Array<ApplicationDriver>;
  /** One driver, by id or name. */
  applicationDriver?: Maybe<ApplicationDriver>;
  /** The driver versions: by driver name, highest version first. */
  applicationDriverVersions: Array<ApplicationDriverVersion>;
  /** One driver version, by id, or by its driver's name and its version (the latest without one). */
  applicationDriverVersion?: Maybe<ApplicationDriverVersion>;
  /** The repositories that something is recorded of, by name. */
  repositories: Array<Repository>;
  /** One repository, by id or name. */
  repository?: Maybe<Repository>;
  /** The deployments that live, by environment and name. */
  deployments: Array<Deployment>;
  /** One deployment: by id, or by name and environment (the environment may be left out while the name is unique). */
  deployment?: Maybe<Deployment>;
  /** What differs between two versions of a driver, and what that means for a deployment. A version is given by its name (the one loaded last), its id, or 7 digits of its commit. */
  driverDiff: DriverDiff;
  /** What a version (the latest without one) would change of each deployment that is made with another version of its driver. */
  driverImpact: Array<VersionPlan>;
  /** What `updateDeployment` would do with the same input, which is checked alike; prompts that are not answered yet are told instead of refused. */
  updatePlan: UpdatePlan;
  /** The versions that came and what they came to, for deployments whose policy wants to know; the newest first. */
  newVersions: Array<NewVersion>;
  /** The followed driver sources, by name. */
  driverSources: Array<DriverSource>;
  /** One driver source, by id or name. */
  driverSource?: Maybe<DriverSource>;
  /** What became of the commits that followed sources had, newest first; the last 100 of each source. */
  driverLoads: Array<DriverLoad>;
  /** The tasks, newest first. */
  tasks: Array<Task>;
  /** One task, by id. */
  task?: Maybe<Task>;
  /** The pods as last observed, by namespace and name. */
  podStatuses: Array<PodStatus>;
  /** The deployments' resources as last observed, by name. */
  deploymentStatuses: Array<DeploymentStatus>;
  /** What this server is. */
  serverInfo: ServerInfo;
};


/** All that can be read. */
export type QueryClustersArgs = {
  filter?: InputMaybe<ClusterFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['ID']['input']>;
};


/** All that can be read. */
export type QueryClusterArgs = {
  id?: InputMaybe<Scalars['ID']['input']>;
  name?: InputMaybe<Scalars['String']['input']>;
};


/** All that can be read. */
export type QueryEnvironmentsArgs = {
  filter?: InputMaybe<EnvironmentFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['ID']['input']>;
};


/** All that can be read. */
export type QueryEnvironmentArgs = {
  id?: InputMaybe<Scalars['ID']['input']>;
  name?: InputMaybe<Scalars['String']['input']>;
};


/** All that can be read. */
export type QueryApplicationDriversArgs = {
  filter?: InputMaybe<ApplicationDriverFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['ID']['input']>;
};


/** All that can be read. */
export type QueryApplicationDriverArgs = {
  id?: InputMaybe<Scalars['ID']['input']>;
  name?: InputMaybe<Scalars['String']['input']>;
};


/** All that can be read. */
export type QueryApplicationDriverVersionsArgs = {
  filter?: InputMaybe<ApplicationDriverVersionFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['ID']['input']>;
};


/** All that can be read. */
export type QueryApplicationDriverVersionArgs = {
  id?: InputMaybe<Scalars['ID']['input']>;
  driver?: InputMaybe<Scalars['ID']['input']>;
  version?: InputMaybe<Scalars['String']['input']>;
};


/** All that can be read. */
export type QueryRepositoriesArgs = {
  filter?: InputMaybe<RepositoryFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['ID']['input']>;
};


/** All that can be read. */
export type QueryRepositoryArgs = {
  id?: InputMaybe<Scalars['ID']['input']>;
  name?: InputMaybe<Scalars['String']['input']>;
};


/** All that can be read. */
export type QueryDeploymentsArgs = {
  filter?: InputMaybe<DeploymentFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['ID']['input']>;
};


/** All that can be read. */
export type QueryDeploymentArgs = {
  id?: InputMaybe<Scalars['ID']['input']>;
  name?: InputMaybe<Scalars['String']['input']>;
  environment?: InputMaybe<Scalars['ID']['input']>;
};


/** All that can be read. */
export type QueryDriverDiffArgs = {
  driver: Scalars['ID']['input'];
  from: Scalars['String']['input'];
  to: Scalars['String']['input'];
  deployment?: InputMaybe<Scalars['ID']['input']>;
  environment?: InputMaybe<Scalars['ID']['input']>;
};


/** All that can be read. */
export type QueryDriverImpactArgs = {
  driver: Scalars['ID']['input'];
  version?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['ID']['input']>;
};


/** All that can be read. */
export type QueryUpdatePlanArgs = {
  input: UpdateDeploymentInput;
};


/** All that can be read. */
export type QueryNewVersionsArgs = {
  filter?: InputMaybe<NewVersionFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
};


/** All that can be read. */
export type QueryDriverSourcesArgs = {
  filter?: InputMaybe<DriverSourceFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['ID']['input']>;
};


/** All that can be read. */
export type QueryDriverSourceArgs = {
  id?: InputMaybe<Scalars['ID']['input']>;
  name?: InputMaybe<Scalars['String']['input']>;
};


/** All that can be read. */
export type QueryDriverLoadsArgs = {
  filter?: InputMaybe<DriverLoadFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['ID']['input']>;
};


/** All that can be read. */
export type QueryTasksArgs = {
  filter?: InputMaybe<TaskFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['ID']['input']>;
};


/** All that can be read. */
export type QueryTaskArgs = {
  id: Scalars['ID']['input'];
};


/** All that can be read. */
export type QueryPodStatusesArgs = {
  filter?: InputMaybe<StatusFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['ID']['input']>;
};


/** All that can be read. */
export type QueryDeploymentStatusesArgs = {
  filter?: InputMaybe<StatusFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['ID']['input']>;
};

/** All that can be asked for. */
export type Mutation = {
  /** Registers a cluster. The agent's token is in the answer, this once, unless its hash was given. */
  createCluster: CreatedCluster;
  /** Replaces the configuration of a cluster. What runs is changed by the next update of each deployment. */
  updateCluster: Cluster;
  /** Makes a new token for a cluster's agent. Those before it end with the first hello with the new one, or after `graceSeconds`. */
  rotateAgentToken: RotatedToken;
  /** Forgets a cluster without environments. With `force`, one that is gone for good: its deployments are closed, and nothing in the cluster is touched. */
  deleteCluster: Cluster;
  /** Makes an environment on a cluster. */
  createEnvironment: Environment;
  /** Replaces the configuration of an environment. What runs is changed by the next update of each deployment. */
  updateEnvironment: Environment;
  /** Deletes an environment without deployments. Its namespace and the volumes kept in it stay in the cluster. */
  deleteEnvironment: Environment;
  /** Loads a driver version from a git repository over HTTP(S). The same content again is no new version; `outcome` tells what came of it. */
  loadApplicationDriverVersion: ApplicationDriverVersion;
  /** Loads a driver version from a directory that the server may read. The same content again is no new version; `outcome` tells what came of it. */
  loadLocalApplicationDriverVersion: ApplicationDriverVersion;
  /** Deletes a driver version that no deployment uses. The last one takes its driver with it, unless a source follows it. */
  deleteApplicationDriverVersion: ApplicationDriverVersion;
  /** Deletes a driver and its versions when no deployment uses them and no source follows it. */
  deleteApplicationDriver: ApplicationDriver;
  /** Records what is needed to reach the repositories below an address: a token, a certificate authority. */
  createRepository: Repository;
  /** Changes what is recorded of a repository. What is not named stays; null takes it away. A new address wants its token again. */
  updateRepository: Repository;
  /** Forgets what is recorded of a repository. What was loaded from it stays. */
  deleteRepository: Repository;
  /** Follows a branch, a tag or the newest version tag of a git repository: its commits become versions by themselves. */
  followDriver: FollowedDriver;
  /** Changes how a source is followed, and looks at it anew. What is not named stays. */
  updateDriverSource: FollowedDriver;
  /** Follows a source no longer. Its driver and all its versions stay. */
  unfollowDriver: DriverSource;
  /** Asks a source's repository at once, and loads again what failed. */
  refreshDriverSource: DriverSource;
  /** Asks a git repository for its branches and tags, with what is recorded of it. Nothing is changed; a mutation, so that no link can make the server ask. */
  testRepository: RepositoryTest;
  /** Looks at every driver in one commit of a git repository, and loads those that are right if asked to. What was loaded before is no new version, so it may be sent again. */
  scanRepository: RepositoryScan;
  /** Wants an application in an environment. */
  createDeployment: DeploymentChange;
  /** Changes parameters, versions or configuration of a deployment. What is not named stays. No change, no task. The task takes the place of an earlier deploy or upgrade that has no action to run and no hook under way; behind another one it waits. */
  updateDeployment: DeploymentChange;
  /** Lets a stopped deployment run again. No task: the resource changes, the operator follows. */
  startDeployment: Deployment;
  /** Scales every component to zero and keeps everything else. No task. */
  stopDeployment: Deployment;
  /** Sets how many replicas a component has; null hands it back to the driver. No task. */
  scaleDeployment: Deployment;
  /** Sets how the operator treats what it finds of a deployment. What is not named stays; null is the default. No task. */
  setDeploymentPolicies: Deployment;
  /** Removes an application from its cluster. Its volumes are kept unless asked otherwise. When its task ends before anything was deleted, as an action of the driver failed for one, the deployment is wanted as before. */
  deleteDeployment: DeploymentChange;
  /** Runs the tests of a deployment's chart (hooks of the event test) against what runs. A task of its own, whose result says nothing of how the deployment is. INVALID for a driver without tests; CONFLICT while it is stopped or being deleted. A change of the deployment, or another test, ends it. */
  testDeployment: DeploymentChange;
  /** Cancels a task: one that waits ends at once, one that runs ends at its next step. An upgrade goes back to what ran before. A delete cannot be cancelled once it runs; after one that waited the deployment is wanted as before, unless an earlier one had begun to delete. */
  cancelTask: Task;
  /** Agent: begins a life. The same instance again gets the next epoch at once; another is refused (CONFLICT) while the first is alive. */
  agentHello: AgentSession;
  /** Agent: ends a life, so that the next agent need not wait. */
  agentGoodbye: Scalars['Boolean']['output'];
  /** Agent: the oldest due task, with a lease. Waits up to `waitMs` (at most 25000) for one; null when there is none. The same `request` asked again, because its answer was lost, gets the same claim. */
  claimTask?: Maybe<ClaimedTask>;
  /** Agent: renews a lease. */
  renewTask: LeaseState;
  /** Agent: says that a step begins. Answers the recorded step, which may already be done. */
  startTaskStep: TaskStepAnswer;
  /** Agent: records how a step ended. A step that SUCCEEDED never runs again. */
  finishTaskStep: LeaseState;
  /** Agent: adds lines to a task's log. */
  appendTaskLog: LeaseState;
  /** Agent: ends a task. Sent again with the same token it answers the same. */
  finishTask: LeaseState;
  /** Agent: which of these tasks have ended, or are of no use any more: what they hold in the cluster can be let go. An upgrade that is taken back is among them when that is published. */
  endedTasks: Array<Scalars['ID']['output']>;
  /** Agent: releases the intent that this task holds, so that the publisher writes it. With `applicationVersion`, an upgrade releases its instance with that version of the application instead: one that it passes on its way. */
  releaseIntent: ReleasedIntent;
  /** Agent: takes an upgrade back. What was declared before is declared again, and an intent with the instance that runs is released if the task has released another; the generation is null when it has not. */
  rollBack: ReleasedIntent;
  /** Agent: makes the task's instance the active one of its deployment. */
  activateInstance: LeaseState;
  /** Agent: records that a deleted deployment's objects are gone, with the volumes that were kept. */
  closeDeployment: LeaseState;
  /** Agent, intent pull: the intents that are to be written. Waits up to `waitMs` for one. */
  pendingIntents: Array<PendingIntent>;
  /** Agent, intent pull: what became of an intent. */
  recordIntent: Scalars['Boolean']['output'];
  /** Agent: the oldest open inquiry. Waits up to `waitMs` for one. Its answer is posted to /agent/inquiries/<id>. */
  claimInquiry?: Maybe<ClaimedInquiry>;
  /** Agent: the pods that are there. Rows are pruned only from complete scopes. */
  reportPodStatuses: ReportAnswer;
  /** Agent: the StyrminDeployment resources that are there. Rows are pruned only from complete scopes. */
  reportDeploymentStatuses: ReportAnswer;
};


/** All that can be asked for. */
export type MutationCreateClusterArgs = {
  input: CreateClusterInput;
};


/** All that can be asked for. */
export type MutationUpdateClusterArgs = {
  cluster: Scalars['ID']['input'];
  config: Scalars['JSON']['input'];
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
};


/** All that can be asked for. */
export type MutationRotateAgentTokenArgs = {
  cluster: Scalars['ID']['input'];
  graceSeconds?: InputMaybe<Scalars['Int']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
};


/** All that can be asked for. */
export type MutationDeleteClusterArgs = {
  cluster: Scalars['ID']['input'];
  force?: InputMaybe<Scalars['Boolean']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
};


/** All that can be asked for. */
export type MutationCreateEnvironmentArgs = {
  input: CreateEnvironmentInput;
};


/** All that can be asked for. */
export type MutationUpdateEnvironmentArgs = {
  environment: Scalars['ID']['input'];
  config: Scalars['JSON']['input'];
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
};


/** All that can be asked for. */
export type MutationDeleteEnvironmentArgs = {
  environment: Scalars['ID']['input'];
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
};


/** All that can be asked for. */
export type MutationLoadApplicationDriverVersionArgs = {
  input: LoadApplicationDriverVersionInput;
};


/** All that can be asked for. */
export type MutationLoadLocalApplicationDriverVersionArgs = {
  path: Scalars['String']['input'];
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
};


/** All that can be asked for. */
export type MutationDeleteApplicationDriverVersionArgs = {
  id: Scalars['ID']['input'];
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
};


/** All that can be asked for. */
export type MutationDeleteApplicationDriverArgs = {
  driver: Scalars['ID']['input'];
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
};


/** All that can be asked for. */
export type MutationCreateRepositoryArgs = {
  input: CreateRepositoryInput;
};


/** All that can be asked for. */
export type MutationUpdateRepositoryArgs = {
  input: UpdateRepositoryInput;
};


/** All that can be asked for. */
export type MutationDeleteRepositoryArgs = {
  repository: Scalars['ID']['input'];
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
};


/** All that can be asked for. */
export type MutationFollowDriverArgs = {
  input: FollowDriverInput;
};


/** All that can be asked for. */
export type MutationUpdateDriverSourceArgs = {
  input: UpdateDriverSourceInput;
};


/** All that can be asked for. */
export type MutationUnfollowDriverArgs = {
  source: Scalars['ID']['input'];
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
};


/** All that can be asked for. */
export type MutationRefreshDriverSourceArgs = {
  source: Scalars['ID']['input'];
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
};


/** All that can be asked for. */
export type MutationTestRepositoryArgs = {
  repository: Scalars['ID']['input'];
  url?: InputMaybe<Scalars['String']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
};


/** All that can be asked for. */
export type MutationScanRepositoryArgs = {
  input: ScanRepositoryInput;
};


/** All that can be asked for. */
export type MutationCreateDeploymentArgs = {
  input: CreateDeploymentInput;
};


/** All that can be asked for. */
export type MutationUpdateDeploymentArgs = {
  input: UpdateDeploymentInput;
};


/** All that can be asked for. */
export type MutationStartDeploymentArgs = {
  deployment: Scalars['ID']['input'];
  environment?: InputMaybe<Scalars['ID']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
};


/** All that can be asked for. */
export type MutationStopDeploymentArgs = {
  deployment: Scalars['ID']['input'];
  environment?: InputMaybe<Scalars['ID']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
};


/** All that can be asked for. */
export type MutationScaleDeploymentArgs = {
  deployment: Scalars['ID']['input'];
  environment?: InputMaybe<Scalars['ID']['input']>;
  component: Scalars['String']['input'];
  replicas?: InputMaybe<Scalars['Int']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
};


/** All that can be asked for. */
export type MutationSetDeploymentPoliciesArgs = {
  deployment: Scalars['ID']['input'];
  environment?: InputMaybe<Scalars['ID']['input']>;
  policies: DeploymentPoliciesInput;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
};


/** All that can be asked for. */
export type MutationDeleteDeploymentArgs = {
  deployment: Scalars['ID']['input'];
  environment?: InputMaybe<Scalars['ID']['input']>;
  volumes?: InputMaybe<VolumePolicy>;
  prompts?: InputMaybe<Array<PromptInput>>;
  skipActions?: InputMaybe<Scalars['Boolean']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
};


/** All that can be asked for. */
export type MutationTestDeploymentArgs = {
  deployment: Scalars['ID']['input'];
  environment?: InputMaybe<Scalars['ID']['input']>;
  names?: InputMaybe<Array<Scalars['String']['input']>>;
  timeoutSeconds?: InputMaybe<Scalars['Int']['input']>;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
};


/** All that can be asked for. */
export type MutationCancelTaskArgs = {
  task: Scalars['ID']['input'];
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
};


/** All that can be asked for. */
export type MutationAgentHelloArgs = {
  input: AgentHelloInput;
};


/** All that can be asked for. */
export type MutationAgentGoodbyeArgs = {
  epoch: Scalars['Int']['input'];
};


/** All that can be asked for. */
export type MutationClaimTaskArgs = {
  epoch: Scalars['Int']['input'];
  waitMs?: InputMaybe<Scalars['Int']['input']>;
  request?: InputMaybe<Scalars['ID']['input']>;
};


/** All that can be asked for. */
export type MutationRenewTaskArgs = {
  task: Scalars['ID']['input'];
  token: Scalars['String']['input'];
};


/** All that can be asked for. */
export type MutationStartTaskStepArgs = {
  task: Scalars['ID']['input'];
  token: Scalars['String']['input'];
  name: Scalars['String']['input'];
};


/** All that can be asked for. */
export type MutationFinishTaskStepArgs = {
  task: Scalars['ID']['input'];
  token: Scalars['String']['input'];
  name: Scalars['String']['input'];
  state: StepState;
  result?: InputMaybe<Scalars['JSON']['input']>;
  error?: InputMaybe<Scalars['String']['input']>;
};


/** All that can be asked for. */
export type MutationAppendTaskLogArgs = {
  task: Scalars['ID']['input'];
  token: Scalars['String']['input'];
  lines: Array<TaskLogLineInput>;
};


/** All that can be asked for. */
export type MutationFinishTaskArgs = {
  task: Scalars['ID']['input'];
  token: Scalars['String']['input'];
  state: TaskState;
  reason?: InputMaybe<Scalars['String']['input']>;
};


/** All that can be asked for. */
export type MutationEndedTasksArgs = {
  epoch: Scalars['Int']['input'];
  tasks: Array<Scalars['ID']['input']>;
};


/** All that can be asked for. */
export type MutationReleaseIntentArgs = {
  task: Scalars['ID']['input'];
  token: Scalars['String']['input'];
  applicationVersion?: InputMaybe<Scalars['String']['input']>;
};


/** All that can be asked for. */
export type MutationRollBackArgs = {
  task: Scalars['ID']['input'];
  token: Scalars['String']['input'];
};


/** All that can be asked for. */
export type MutationActivateInstanceArgs = {
  task: Scalars['ID']['input'];
  token: Scalars['String']['input'];
};


/** All that can be asked for. */
export type MutationCloseDeploymentArgs = {
  task: Scalars['ID']['input'];
  token: Scalars['String']['input'];
  kept: Array<Scalars['String']['input']>;
};


/** All that can be asked for. */
export type MutationPendingIntentsArgs = {
  epoch: Scalars['Int']['input'];
  waitMs?: InputMaybe<Scalars['Int']['input']>;
};


/** All that can be asked for. */
export type MutationRecordIntentArgs = {
  epoch: Scalars['Int']['input'];
  input: RecordIntentInput;
};


/** All that can be asked for. */
export type MutationClaimInquiryArgs = {
  epoch: Scalars['Int']['input'];
  waitMs?: InputMaybe<Scalars['Int']['input']>;
};


/** All that can be asked for. */
export type MutationReportPodStatusesArgs = {
  input: PodStatusReportInput;
};


/** All that can be asked for. */
export type MutationReportDeploymentStatusesArgs = {
  input: DeploymentStatusReportInput;
};

/** All that can be followed, over /graphql/stream. */
export type Subscription = {
  /** A deployment, at once and whenever it, its tasks or its observed state change. Null once it is deleted. */
  deploymentChanged?: Maybe<Deployment>;
  /** Every deployment that changes, as it changes. */
  deploymentsChanged: Deployment;
  /** A task, at once and whenever it or its steps change; ends when the task has ended. */
  taskChanged: Task;
  /** The log of a task, from its first line; ends when the task has ended. */
  taskLog: TaskLogLine;
  /** Log lines of a deployment's pods, asked of the agent; ends with the last line, or with `follow` when the client leaves. */
  deploymentLogs: LogLine;
  /** How far a load is, told under the UUID that was given with it; also when it begins later. Ends with the load. */
  loadProgress: LoadProgress;
};


/** All that can be followed, over /graphql/stream. */
export type SubscriptionDeploymentChangedArgs = {
  deployment: Scalars['ID']['input'];
  environment?: InputMaybe<Scalars['ID']['input']>;
};


/** All that can be followed, over /graphql/stream. */
export type SubscriptionDeploymentsChangedArgs = {
  environment?: InputMaybe<Scalars['ID']['input']>;
};


/** All that can be followed, over /graphql/stream. */
export type SubscriptionTaskChangedArgs = {
  task: Scalars['ID']['input'];
};


/** All that can be followed, over /graphql/stream. */
export type SubscriptionTaskLogArgs = {
  task: Scalars['ID']['input'];
};


/** All that can be followed, over /graphql/stream. */
export type SubscriptionDeploymentLogsArgs = {
  deployment: Scalars['ID']['input'];
  environment?: InputMaybe<Scalars['ID']['input']>;
  component?: InputMaybe<Scalars['String']['input']>;
  pod?: InputMaybe<Scalars['String']['input']>;
  container?: InputMaybe<Scalars['String']['input']>;
  tailLines?: InputMaybe<Scalars['Int']['input']>;
  sinceSeconds?: InputMaybe<Scalars['Int']['input']>;
  follow?: InputMaybe<Scalars['Boolean']['input']>;
};


/** All that can be followed, over /graphql/stream. */
export type SubscriptionLoadProgressArgs = {
  id: Scalars['ID']['input'];
};

/** What this server is. */
export type ServerInfo = {
  /** The version of the server. */
  version: Scalars['String']['output'];
  /** The id of this installation, made with its database. */
  installationId: Scalars['ID']['output'];
  /** The address under which agents reach the server, as its operator has set it; null when it was not set. */
  agentUrl?: Maybe<Scalars['String']['output']>;
};

/** A registered Kubernetes cluster with one agent. */
export type Cluster = {
  /** Its id. */
  id: Scalars['ID']['output'];
  /** Its unique name. */
  name: Scalars['String']['output'];
  /** Configuration that everything on the cluster inherits: `fqdn_suffix`, `ingress_class`, `ingress_port`, `standard_storage.storage_class`, and whatever drivers read. */
  config: Scalars['JSON']['output'];
  /** Who writes the resources: the server, or the agent. */
  intent: IntentMode;
  /** The agent, as last heard. */
  agent: ClusterAgent;
  /** The environments on it. */
  environments: Array<Environment>;
  /** When it was registered. */
  createdAt: Scalars['DateTime']['output'];
};

/** What is known of a cluster's agent. */
export type ClusterAgent = {
  /** Whether it is heard. */
  state: AgentState;
  /** The number of its life; null before the first. */
  epoch?: Maybe<Scalars['Int']['output']>;
  /** Its own version. */
  version?: Maybe<Scalars['String']['output']>;
  /** When it was last heard. */
  lastSeenAt?: Maybe<Scalars['DateTime']['output']>;
  /** Why an agent was last refused, within the last minute; null when none was, or when it was let in since. */
  refused?: Maybe<Scalars['String']['output']>;
  /** What its operator should know: that it is a minor version behind, say, that it cannot run actions, or that its token was rotated. */
  notice?: Maybe<Scalars['String']['output']>;
  /** What it cannot see of the cluster at the moment, the longest first; empty while it sees everything, or is not heard. */
  blind: Array<BlindSpot>;
};

/** A kind of objects that an agent cannot see at the moment. Of what is not seen nothing is pruned. */
export type BlindSpot = {
  /** The kind, such as `v1 Pod`. */
  kind: Scalars['String']['output'];
  /** The namespace; null for all of them. */
  namespace?: Maybe<Scalars['String']['output']>;
  /** Why, in the words of the cluster's API if it answered. */
  reason: Scalars['String']['output'];
  /** Since when. */
  since: Scalars['DateTime']['output'];
};

/** Whether an agent is heard. */
export type AgentState =
  /** No agent has ever said hello. */
  | 'NEVER_SEEN'
  /** It was heard within the silence limit (30 s). */
  | 'CONNECTED'
  /** It has not been heard for longer than that, or it said goodbye. */
  | 'SILENT';

/** Who writes the StyrminDeployment resources of a cluster. */
export type IntentMode =
  /** The server, over the cluster's API. */
  | 'DIRECT'
  /** The agent, which reads the intents over this API. */
  | 'PULL';

/** Which clusters. */
export type ClusterFilter = {
  /** Only this name. */
  name?: InputMaybe<Scalars['String']['input']>;
};

/** A new cluster. */
export type CreateClusterInput = {
  /** A DNS label. */
  name: Scalars['String']['input'];
  /** See Cluster.config. */
  config?: InputMaybe<Scalars['JSON']['input']>;
  /** Who writes the resources. */
  intent?: InputMaybe<IntentMode>;
  /** SHA-256 of the agent's token, 64 hex digits. Without it the server makes a token and answers it once. */
  tokenHash?: InputMaybe<Scalars['String']['input']>;
  /** See the schema's head. */
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
};

/** A new cluster, and its agent's token. */
export type CreatedCluster = {
  /** The cluster. */
  cluster: Cluster;
  /** The agent's token; null when its hash was given, or when this answers a repeated request. */
  token?: Maybe<Scalars['String']['output']>;
};

/** A cluster's new agent token. */
export type RotatedToken = {
  /** The cluster. */
  cluster: Cluster;
  /** The new token; null when this answers a repeated request. */
  token?: Maybe<Scalars['String']['output']>;
};

/** A group of deployments on one cluster, in one namespace. */
export type Environment = {
  /** Its id. */
  id: Scalars['ID']['output'];
  /** Its unique name. */
  name: Scalars['String']['output'];
  /** Configuration that overrides the cluster's. */
  config: Scalars['JSON']['output'];
  /** Where it is. */
  cluster: Cluster;
  /** The namespace of its applications. */
  namespace: Scalars['String']['output'];
  /** Its living deployments. */
  deployments: Array<Deployment>;
  /** When it was made. */
  createdAt: Scalars['DateTime']['output'];
};

/** Which environments. */
export type EnvironmentFilter = {
  /** Only this name. */
  name?: InputMaybe<Scalars['String']['input']>;
  /** Only those on this cluster. */
  cluster?: InputMaybe<Scalars['ID']['input']>;
};

/** A new environment. */
export type CreateEnvironmentInput = {
  /** A DNS label. */
  name: Scalars['String']['input'];
  /** Where it is to be. */
  cluster: Scalars['ID']['input'];
  /** Overrides the cluster's. */
  config?: InputMaybe<Scalars['JSON']['input']>;
  /** See the schema's head. */
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
};

/** A named deployment specification for one application. */
export type ApplicationDriver = {
  /** Its id. */
  id: Scalars['ID']['output'];
  /** Its unique name, from the specification. */
  name: Scalars['String']['output'];
  /** Its versions, highest first. */
  versions: Array<ApplicationDriverVersion>;
  /** The highest version; load time breaks ties. */
  latest: ApplicationDriverVersion;
  /** When it was first loaded. */
  createdAt: Scalars['DateTime']['output'];
};

/** One immutable revision of a driver. */
export type ApplicationDriverVersion = {
  /** Its id. */
  id: Scalars['ID']['output'];
  /** Its driver. */
  driver: ApplicationDriver;
  /** The driver's own version. */
  version: Scalars['String']['output'];
  /** The application versions it supports, as a range. */
  supportedVersions: Scalars['String']['output'];
  /** The application version it proposes. */
  defaultVersion?: Maybe<Scalars['String']['output']>;
  /** The git commit it was read from; null when it was read from a directory. */
  commit?: Maybe<Scalars['String']['output']>;
  /** Who made the commit: `Name <address>`, as the commit says. */
  author?: Maybe<Scalars['String']['output']>;
  /** When the commit was made, as it says. */
  committedAt?: Maybe<Scalars['DateTime']['output']>;
  /** The first line of the commit's message. */
  subject?: Maybe<Scalars['String']['output']>;
  /** What the commit's signature was found to be: {state: GOOD, kind, signer, key} or {state: REFUSED, reason}; null when nobody asked. */
  signature?: Maybe<Scalars['JSON']['output']>;
  /** The digest of its files: sha256:… */
  digest: Scalars['String']['output'];
  /** Where it was loaded from, without credentials. */
  source: Scalars['JSON']['output'];
  /** Its whole specification. */
  spec: Scalars['JSON']['output'];
  /** Its typed parameters. */
  parameters: Array<DriverParameter>;
  /** The environment variables that can be set for a deployment. */
  envVars: Array<DriverEnvVar>;
  /** The containers whose command or arguments can be overridden for a deployment. */
  containerOverrides: Array<DriverContainerOverride>;
  /** Its actions, in the order in which they run. */
  actions: Array<DriverAction>;
  /** The charts that were pulled for it when it was loaded. A chart in its own folder is none, but what that chart depends on may be. Null when the version was deleted meanwhile. */
  charts?: Maybe<Array<DriverChart>>;
  /**
   * A ClusterRole, as YAML for `kubectl apply`, with what an agent needs beyond its own rights to deploy it: for kinds that
   * ordinary applications do not have, and for what its Roles give. Null when it needs nothing more. What a template
   * decides only when it is rendered for a deployment is not in it.
   */
  clusterRole?: Maybe<Scalars['String']['output']>;
  /** When it was loaded. */
  loadedAt: Scalars['DateTime']['output'];
  /** What the load came to that this is the answer to; null where this answers no load. */
  outcome?: Maybe<DriverVersionOutcome>;
  /** The version that was taken for this name before this one was loaded: the same `version`, other files. It stays for those that use it. */
  replaced?: Maybe<ApplicationDriverVersion>;
  /** The deployments that have other files by this name, by environment and name, 100 at most. Each stays with them until it is updated with `driverVersion`. */
  pinned: Array<Deployment>;
};

/** What a load of a driver version came to. */
export type DriverVersionOutcome =
  /** There was no version by its name. */
  | 'NEW'
  /** These very files are what its name stands for already. */
  | 'UNCHANGED'
  /** Its name stood for other files so far: those of `replaced`. */
  | 'REPLACED';

/** One typed parameter of a driver. */
export type DriverParameter = {
  /** The name that is used to set it. */
  name: Scalars['String']['output'];
  /** What people call it. */
  label?: Maybe<Scalars['String']['output']>;
  /** What it does. */
  description?: Maybe<Scalars['String']['output']>;
  /** string, integer, number, boolean, enum, secret or list. */
  kind: Scalars['String']['output'];
  /** Whether a value must be given. */
  required: Scalars['Boolean']['output'];
  /** The value when none is given; null for secrets. */
  default?: Maybe<Scalars['JSON']['output']>;
  /** The values of an enum. */
  values?: Maybe<Array<Scalars['JSON']['output']>>;
  /** The heading that a form shows it under. */
  group?: Maybe<Scalars['String']['output']>;
  /** Whether a form hides it until it is asked for more. */
  advanced: Scalars['Boolean']['output'];
  /** What the items of a list are: string, integer, number or boolean. */
  items?: Maybe<Scalars['String']['output']>;
  /** The least number, or the least of a list's numbers. */
  min?: Maybe<Scalars['Float']['output']>;
  /** The greatest number, or the greatest of a list's numbers. */
  max?: Maybe<Scalars['Float']['output']>;
  /** The fewest characters of a text, or items of a list. */
  minLength?: Maybe<Scalars['Int']['output']>;
  /** The most characters of a text, or items of a list. */
  maxLength?: Maybe<Scalars['Int']['output']>;
  /** A regular expression (RE2) that a text, or each text of a list, must match. */
  pattern?: Maybe<Scalars['String']['output']>;
  /** Whether a secret is made when none is given. */
  generated: Scalars['Boolean']['output'];
};

/** An environment variable that can be set for a deployment. */
export type DriverEnvVar = {
  /** Its name. */
  name: Scalars['String']['output'];
  /** What it does. */
  description: Scalars['String']['output'];
  /** The components that know it; none stands for all. */
  components: Array<Scalars['String']['output']>;
};

/** A container whose command or arguments can be overridden for a deployment. */
export type DriverContainerOverride = {
  /** Its component. */
  component: Scalars['String']['output'];
  /** The container's name. */
  container: Scalars['String']['output'];
  /** Whether its command can be overridden. */
  command: Scalars['Boolean']['output'];
  /** Whether its arguments can be overridden. */
  args: Scalars['Boolean']['output'];
  /** What that is good for. */
  description: Scalars['String']['output'];
};

/** An action of a driver: a function that runs in a flow, at a hook and mode. */
export type DriverAction = {
  /** Its name, unique in the driver. */
  name: Scalars['String']['output'];
  /** The flow: setup, upgrade, backup, restore or delete. */
  hook: Scalars['String']['output'];
  /** Where in the flow: pre, core or post. */
  mode: Scalars['String']['output'];
  /** Whose version an upgrade must change to run it: application or driver; null for any. */
  when?: Maybe<Scalars['String']['output']>;
  /** File and function. */
  location: Scalars['String']['output'];
  /** What it does. */
  description: Scalars['String']['output'];
  /** Whether a flow runs it. Those of backup and restore are kept until there are such flows. */
  runs: Scalars['Boolean']['output'];
  /** What it asks for when it is started. */
  prompts: Array<DriverParameter>;
};

/** A chart that a driver version pins: the server keeps its archive, and asks for it no more. */
export type DriverChart = {
  /** Its name. */
  name: Scalars['String']['output'];
  /** Its version, also when a range or none was asked for. */
  version: Scalars['String']['output'];
  /** The registry or repository that it was pulled from. */
  location: Scalars['String']['output'];
  /** The SHA-256 of its archive: sha256:… */
  digest: Scalars['String']['output'];
};

/** An answer to what an action asks for. */
export type PromptInput = {
  /** The action's name. */
  action: Scalars['String']['input'];
  /** The prompt's name. */
  name: Scalars['String']['input'];
  /** The value, of the prompt's kind; null is its default. */
  value?: InputMaybe<Scalars['JSON']['input']>;
};

/** Which drivers. */
export type ApplicationDriverFilter = {
  /** Only this name. */
  name?: InputMaybe<Scalars['String']['input']>;
};

/** Which driver versions. */
export type ApplicationDriverVersionFilter = {
  /** Only those of this driver. */
  driver?: InputMaybe<Scalars['ID']['input']>;
  /** Only this version. */
  version?: InputMaybe<Scalars['String']['input']>;
};

/** Where to load a driver version from. */
export type LoadApplicationDriverVersionInput = {
  /** The repository: http:// or https://. */
  url: Scalars['String']['input'];
  /** A branch, a tag or a commit. */
  ref: Scalars['String']['input'];
  /** The driver's folder in the repository; its root by default. */
  path?: InputMaybe<Scalars['String']['input']>;
  /** A UUID of the caller's, under which `loadProgress` tells how far the load is. */
  progress?: InputMaybe<Scalars['ID']['input']>;
  /** See the schema's head. */
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
};

/** How far a load is. */
export type LoadProgress = {
  /** What goes on. */
  phase: LoadPhase;
  /** Bytes received so far. */
  bytes: Scalars['Int']['output'];
  /** Objects received, once they are known. */
  objects: Scalars['Int']['output'];
};

/** The parts of a load, in their order. */
export type LoadPhase =
  /** The server is being reached and asked for its refs. */
  | 'CONNECTING'
  /** The commit comes over the network. */
  | 'RECEIVING'
  /** It was checked, and the files are read from it. */
  | 'READING'
  /** The driver is checked: its specification, templates and charts. */
  | 'CHECKING'
  /** It has ended, well or not. */
  | 'DONE';

/**
 * What is needed to reach repositories: of all whose address begins with `url`, on a border of the path and with the same
 * scheme, host and port, the one with the longest `url` counts. Public ones with an ordinary certificate need none.
 */
export type Repository = {
  /** Its id. */
  id: Scalars['ID']['output'];
  /** Its unique name. */
  name: Scalars['String']['output'];
  /** What lies there. */
  kind: RepositoryKind;
  /** The address, or the beginning of several. */
  url: Scalars['String']['output'];
  /** The user that the token belongs to. Where it is null, `git` is sent, which servers that look at the token alone accept. */
  username?: Maybe<Scalars['String']['output']>;
  /** Whether a token is kept. It is sealed, and never answered. */
  hasToken: Scalars['Boolean']['output'];
  /** The certificate authorities that count for it, and no others, as PEM; the system's where it is null. */
  ca?: Maybe<Scalars['String']['output']>;
  /** Whether only commits are taken that one of `allowedKeys` has signed, however they are loaded; a source may ask for more. */
  requireSignature: Scalars['Boolean']['output'];
  /** The public keys of those who may sign. */
  allowedKeys: Array<Scalars['String']['output']>;
  /** When it was recorded. */
  createdAt: Scalars['DateTime']['output'];
  /** When it was last changed. */
  updatedAt: Scalars['DateTime']['output'];
};

/** What lies in a repository. */
export type RepositoryKind =
  /** Drivers, in git over HTTP(S). */
  | 'GIT'
  /** Charts: an HTTPS chart repository, or an OCI registry. */
  | 'HELM';

/** Which repositories. */
export type RepositoryFilter = {
  /** Only this name. */
  name?: InputMaybe<Scalars['String']['input']>;
  /** Only of this kind. */
  kind?: InputMaybe<RepositoryKind>;
};

/** A repository to be recorded. */
export type CreateRepositoryInput = {
  /** A DNS label. */
  name: Scalars['String']['input'];
  /** https://host/path, without credentials; for charts also oci://host/path. */
  url: Scalars['String']['input'];
  /** What lies there. */
  kind?: InputMaybe<RepositoryKind>;
  /** The user that the token belongs to, if the server looks at it. */
  username?: InputMaybe<Scalars['String']['input']>;
  /** A token or a password. It is kept sealed. */
  token?: InputMaybe<Scalars['String']['input']>;
  /** Certificate authorities as PEM, for a server whose certificate no public one has signed. */
  ca?: InputMaybe<Scalars['String']['input']>;
  /** Whether to take only commits that one of `allowedKeys` has signed, however they are loaded. */
  requireSignature?: InputMaybe<Scalars['Boolean']['input']>;
  /** See FollowDriverInput. */
  allowedKeys?: InputMaybe<Array<Scalars['String']['input']>>;
  /** See the schema's head. */
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
};

/** A repository that answered. */
export type RepositoryTest = {
  /** What was asked. */
  url: Scalars['String']['output'];
  /** How many branches it has. */
  branches: Scalars['Int']['output'];
  /** How many tags. */
  tags: Scalars['Int']['output'];
};

/** Which repository to look through. */
export type ScanRepositoryInput = {
  /** The repository: http:// or https://. */
  url: Scalars['String']['input'];
  /** A branch, a tag or a commit; the server's own choice by default. */
  ref?: InputMaybe<Scalars['String']['input']>;
  /** Whether the drivers that are right are loaded. */
  load?: InputMaybe<Scalars['Boolean']['input']>;
  /** A UUID of the caller's, under which `loadProgress` tells how far it is. */
  progress?: InputMaybe<Scalars['ID']['input']>;
  /** See the schema's head. */
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
};

/** What was found in a repository. */
export type RepositoryScan = {
  /** The repository, without credentials. */
  url: Scalars['String']['output'];
  /** What was asked for. */
  ref: Scalars['String']['output'];
  /** The commit that was looked at. */
  commit: Scalars['String']['output'];
  /** The folders with a driver, by path. */
  drivers: Array<ScannedDriver>;
};

/** A driver of a repository. */
export type ScannedDriver = {
  /** Its folder; empty for the root. */
  path: Scalars['String']['output'];
  /** Its name; null when its specification cannot be read. */
  name?: Maybe<Scalars['String']['output']>;
  /** Its own version. */
  version?: Maybe<Scalars['String']['output']>;
  /** Whether it can be loaded. */
  valid: Scalars['Boolean']['output'];
  /** Why it cannot. */
  error?: Maybe<Scalars['String']['output']>;
  /** The version that it was loaded as, when that was asked for. */
  loaded?: Maybe<ApplicationDriverVersion>;
};

/** What is to change of a repository. */
export type UpdateRepositoryInput = {
  /** Which one. */
  repository: Scalars['ID']['input'];
  /** The new address; the token must be given with it if there is one. */
  url?: InputMaybe<Scalars['String']['input']>;
  /** The user that the token belongs to. */
  username?: InputMaybe<Scalars['String']['input']>;
  /** A token or a password. */
  token?: InputMaybe<Scalars['String']['input']>;
  /** Certificate authorities as PEM. */
  ca?: InputMaybe<Scalars['String']['input']>;
  /** Whether to take only commits that one of `allowedKeys` has signed, however they are loaded. */
  requireSignature?: InputMaybe<Scalars['Boolean']['input']>;
  /** See FollowDriverInput. */
  allowedKeys?: InputMaybe<Array<Scalars['String']['input']>>;
  /** See the schema's head. */
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
};

/**
 * A driver's folder in a git repository whose branch, tag or newest version tag is followed. Each commit there that changes
 * the driver's files becomes a version, the oldest first; one that cannot be loaded is told in `loads`, and in `failure` when
 * it is the last, and the last good version stays.
 */
export type DriverSource = {
  /** Its id. */
  id: Scalars['ID']['output'];
  /** Its unique name. */
  name: Scalars['String']['output'];
  /** The repository. */
  url: Scalars['String']['output'];
  /** A branch, a tag, or a pattern of tags such as `v*`, of which the highest version is followed. */
  ref: Scalars['String']['output'];
  /** The driver's folder in the repository; empty for its root. */
  path: Scalars['String']['output'];
  /** How often the repository is asked, in seconds, give or take a tenth. Sources of one repository are asked for together. */
  everySeconds: Scalars['Int']['output'];
  /** Whether only commits are taken that one of `allowedKeys` has signed. */
  requireSignature: Scalars['Boolean']['output'];
  /** The public keys of those who may sign. */
  allowedKeys: Array<Scalars['String']['output']>;
  /** Whether it has a webhook secret. */
  webhook: Scalars['Boolean']['output'];
  /** Where its git server may deliver webhooks to; /webhooks/git does as well. */
  webhookPath: Scalars['String']['output'];
  /** How it is. */
  state: DriverSourceState;
  /** The driver it has given; it can give no other. Null before the first version. */
  driver?: Maybe<ApplicationDriver>;
  /** The last good version. */
  version?: Maybe<ApplicationDriverVersion>;
  /** The full name of the ref as last seen. */
  seenRef?: Maybe<Scalars['String']['output']>;
  /** The commit it was last seen at. */
  seenCommit?: Maybe<Scalars['String']['output']>;
  /** When it was first seen there. */
  seenAt?: Maybe<Scalars['DateTime']['output']>;
  /** When its repository was last asked. */
  polledAt?: Maybe<Scalars['DateTime']['output']>;
  /** When its repository is asked next. */
  nextPollAt: Scalars['DateTime']['output'];
  /** How often in a row its repository did not answer, or its driver could not be fetched. */
  failures: Scalars['Int']['output'];
  /** What is wrong; null when nothing is. */
  failure?: Maybe<DriverSourceFailure>;
  /** Commits that were not loaded when the ref moved last; null when all were. */
  skipped?: Maybe<DriverSourceSkipped>;
  /** What became of its commits, newest first. */
  loads: Array<DriverLoad>;
  /** Since when it is followed. */
  createdAt: Scalars['DateTime']['output'];
};


/**
 * A driver's folder in a git repository whose branch, tag or newest version tag is followed. Each commit there that changes
 * the driver's files becomes a version, the oldest first; one that cannot be loaded is told in `loads`, and in `failure` when
 * it is the last, and the last good version stays.
 */
export type DriverSourceLoadsArgs = {
  first?: InputMaybe<Scalars['Int']['input']>;
};

/** How a followed source is: the first that holds. */
export type DriverSourceState =
  /** Something is wrong; see `failure`. */
  | 'FAILING'
  /** A new commit is being loaded. */
  | 'LOADING'
  /** Its repository was not asked yet. */
  | 'WAITING'
  /** All is well. */
  | 'FOLLOWING';

/** What is wrong with a followed source. */
export type DriverSourceFailure = {
  /** What it is about. */
  about: DriverSourceTrouble;
  /** One of the codes of errors. */
  code: Scalars['String']['output'];
  /** What is wrong and what to do. */
  message: Scalars['String']['output'];
  /** The commit that could not be loaded. */
  commit?: Maybe<Scalars['String']['output']>;
  /** Every problem of a driver that is not right. */
  problems: Array<DriverProblem>;
};

/** Commits of a followed source that were not loaded. */
export type DriverSourceSkipped = {
  /** How many of those that change the driver; null when it is not known, as after a push by force. */
  count?: Maybe<Scalars['Int']['output']>;
  /** The oldest of them. */
  from?: Maybe<Scalars['String']['output']>;
  /** The newest of them. */
  to?: Maybe<Scalars['String']['output']>;
  /** Why, and what to do. */
  message: Scalars['String']['output'];
};

/** What may be wrong with a followed source. */
export type DriverSourceTrouble =
  /** The repository does not answer; it is asked again, ever more seldom. */
  | 'REPOSITORY'
  /** The branch or the tag is not there. */
  | 'REF'
  /** The commit could not be loaded, or its driver is not right. */
  | 'LOAD';

/** One thing that is wrong with a driver. */
export type DriverProblem = {
  /** Where: a file with line and column, or a key. */
  field: Scalars['String']['output'];
  /** What. */
  message: Scalars['String']['output'];
  /** The line of the file, and below it a caret under the place, where that is known. */
  excerpt?: Maybe<Scalars['String']['output']>;
};

/** What became of one commit of a followed source. */
export type DriverLoad = {
  /** Its id. */
  id: Scalars['ID']['output'];
  /** The source. */
  source: DriverSource;
  /** The commit. */
  commit: Scalars['String']['output'];
  /** The full name of the ref that had it. */
  ref: Scalars['String']['output'];
  /** What became of it. */
  state: DriverLoadState;
  /** The version it made, or whose files it has. */
  version?: Maybe<ApplicationDriverVersion>;
  /** One of the codes of errors, when it failed. */
  code?: Maybe<Scalars['String']['output']>;
  /** Why it failed, or that the version's name stood for other files so far. */
  message?: Maybe<Scalars['String']['output']>;
  /** Every problem of a driver that is not right. */
  problems: Array<DriverProblem>;
  /** When. */
  at: Scalars['DateTime']['output'];
};

/** What became of a commit. */
export type DriverLoadState =
  /** A new version. */
  | 'LOADED'
  /** The files of a version that was there: no new version, but that one counts as the latest again. */
  | 'UNCHANGED'
  /** No version; see `message` and `problems`. */
  | 'FAILED'
  /** Commits were not loaded: this one and others before it, or, where it is not known which, some before this one; see `message`. */
  | 'SKIPPED';

/** Which followed sources. */
export type DriverSourceFilter = {
  /** Only this name. */
  name?: InputMaybe<Scalars['String']['input']>;
  /** Only those that gave this driver. */
  driver?: InputMaybe<Scalars['ID']['input']>;
  /** Only those of this repository. */
  url?: InputMaybe<Scalars['String']['input']>;
};

/** Which loads. */
export type DriverLoadFilter = {
  /** Only those of this source. */
  source?: InputMaybe<Scalars['ID']['input']>;
  /** Only those that ended so. */
  state?: InputMaybe<DriverLoadState>;
};

/** What to follow. */
export type FollowDriverInput = {
  /** A DNS label; by default the last part of the path, or of the address. */
  name?: InputMaybe<Scalars['String']['input']>;
  /** The repository: http:// or https://, without credentials; see `createRepository` for those. */
  url: Scalars['String']['input'];
  /** A branch, a tag, or a pattern of tags such as `v*`. */
  ref: Scalars['String']['input'];
  /** The driver's folder in the repository; its root by default. */
  path?: InputMaybe<Scalars['String']['input']>;
  /** How often to ask, 10 to 86400 seconds. Default 300. */
  everySeconds?: InputMaybe<Scalars['Int']['input']>;
  /** Whether to take only commits that one of `allowedKeys` has signed. Default false. */
  requireSignature?: InputMaybe<Scalars['Boolean']['input']>;
  /** Public keys of those who may sign: lines as in `.pub` files or allowed-signers files, or armoured PGP keys. */
  allowedKeys?: InputMaybe<Array<Scalars['String']['input']>>;
  /** Whether to make a secret for webhooks, which is answered this once. */
  webhook?: InputMaybe<Scalars['Boolean']['input']>;
  /** A secret of one's own for webhooks, 16 to 255 characters. */
  webhookSecret?: InputMaybe<Scalars['String']['input']>;
  /** See the schema's head. */
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
};

/** Changes of a source; what is absent stays. */
export type UpdateDriverSourceInput = {
  /** Which. */
  source: Scalars['ID']['input'];
  /** See FollowDriverInput. */
  ref?: InputMaybe<Scalars['String']['input']>;
  /** See FollowDriverInput; empty is the root. */
  path?: InputMaybe<Scalars['String']['input']>;
  /** See FollowDriverInput. */
  everySeconds?: InputMaybe<Scalars['Int']['input']>;
  /** See FollowDriverInput. */
  requireSignature?: InputMaybe<Scalars['Boolean']['input']>;
  /** See FollowDriverInput; replaces the whole list. */
  allowedKeys?: InputMaybe<Array<Scalars['String']['input']>>;
  /** True makes a new secret for webhooks, false takes it away. */
  webhook?: InputMaybe<Scalars['Boolean']['input']>;
  /** See FollowDriverInput. */
  webhookSecret?: InputMaybe<Scalars['String']['input']>;
  /** See the schema's head. */
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
};

/** A followed source, and its webhook secret. */
export type FollowedDriver = {
  /** The source. */
  source: DriverSource;
  /** The secret that was made; null when none was, or when this answers a repeated request. */
  webhookSecret?: Maybe<Scalars['String']['output']>;
};

/** What differs between two versions of a driver. */
export type DriverDiff = {
  /** The one. */
  from: ApplicationDriverVersion;
  /** The other. */
  to: ApplicationDriverVersion;
  /** How far it is from the one to the other. */
  level: VersionLevel;
  /** Of the specification, without its parameters. */
  specification: Array<ValueChange>;
  /** Of the parameters, by their names. */
  parameters: Array<ValueChange>;
  /** Of the files. */
  files: Array<FileChange>;
  /** What it would change of the deployment that was asked for; null when none was. */
  impact?: Maybe<VersionPlan>;
};

/** What a driver version would change of a deployment, from its driver rendered with both. The cluster is not asked. */
export type VersionPlan = {
  /** The deployment. */
  deployment: Deployment;
  /** The version it has, or the one to compare with. */
  from: ApplicationDriverVersion;
  /** The version it would get. */
  to: ApplicationDriverVersion;
  /** How far that is. */
  level: VersionLevel;
  /** What differs between the parameters that the two declare, by their names. */
  parameters: Array<ValueChange>;
  /** Objects that would be new. */
  added: Array<ObjectRef>;
  /** Objects that would be removed. */
  removed: Array<ObjectRef>;
  /** Objects that would be changed. */
  changed: Array<ObjectChange>;
  /** The workloads whose pods would go on with the old value of a secret that changes, as their template stays the same. */
  staleSecrets: Array<StaleSecret>;
  /** The components whose replicas the driver would change, and `scaleDeployment` has set: they stay as they are, and the change is not among the objects. A sentence for each workload. */
  heldReplicas: Array<Scalars['String']['output']>;
  /** The actions of the driver that would run, in their order: those of an upgrade, or of the setup while nothing runs yet. */
  actions: Array<PlannedAction>;
  /** The hooks of the driver's chart that would run, in their order. */
  hooks: Array<PlannedHook>;
  /** Why it cannot be taken as the deployment is, such as a parameter that it wants, when the objects are not known, or an object that cannot be changed. */
  problems: Array<DriverProblem>;
};

/** What an update would do to a deployment. Nothing is recorded, and the cluster is not asked. */
export type UpdatePlan = {
  /** The deployment. */
  deployment: Deployment;
  /** The flow that would carry it out, DEPLOY or UPGRADE; null when there is nothing to do. */
  flow?: Maybe<TaskKind>;
  /** The driver version that was brought into the cluster last. */
  from: ApplicationDriverVersion;
  /** The driver version that it would have. */
  to: ApplicationDriverVersion;
  /** The version of the application that was brought into the cluster last. */
  fromApplicationVersion: Scalars['String']['output'];
  /** The version of the application that it would have. */
  toApplicationVersion: Scalars['String']['output'];
  /** Objects that would be new. */
  added: Array<ObjectRef>;
  /** Objects that would be removed. */
  removed: Array<ObjectRef>;
  /** Objects that would be changed. */
  changed: Array<ObjectChange>;
  /** The secret parameters that would have another value, by name. In objects each is stood for by `secret-NAME`, and then by `secret-NAME-changed`; in Secrets all values are left out. */
  changedSecrets: Array<Scalars['String']['output']>;
  /** Those of them that the server would make anew, as they were taken back to what the driver says. */
  madeSecrets: Array<Scalars['String']['output']>;
  /** The workloads whose pods would go on with the old value of a secret that changes, as their template stays the same. */
  staleSecrets: Array<StaleSecret>;
  /** The components whose replicas the driver would change, and `scaleDeployment` has set: they stay as they are, and the change is not among the objects. A sentence for each workload. */
  heldReplicas: Array<Scalars['String']['output']>;
  /** The actions of the driver that would run, in their order: those of an upgrade, or of the setup while nothing runs yet. */
  actions: Array<PlannedAction>;
  /** The hooks of the driver's chart that would run, in their order. */
  hooks: Array<PlannedHook>;
  /** What stands in the way: why the objects and the hooks are not known, such as that the server has no helm, or an object that cannot be changed. */
  problems: Array<DriverProblem>;
};

/** An action of a driver that a change would run. */
export type PlannedAction = {
  /** Its name. */
  name: Scalars['String']['output'];
  /** The flow: setup or upgrade. */
  hook: Scalars['String']['output'];
  /** Where in the flow: pre, core or post. */
  mode: Scalars['String']['output'];
  /** What it does. */
  description: Scalars['String']['output'];
  /** The names of its prompts that must be answered and are not: the change is refused without; see DriverAction.prompts. */
  unanswered: Array<Scalars['String']['output']>;
  /** What each of these takes, in the same order, such as `integer from 1 to 9`; empty in what was planned by an older server. */
  takes: Array<Scalars['String']['output']>;
  /** All its prompts; none in what was planned by an older server. */
  prompts: Array<PlannedPrompt>;
};

/** A prompt of an action, and what the action would be told as things are. */
export type PlannedPrompt = {
  /** Its name. */
  name: Scalars['String']['output'];
  /** What it takes, such as `integer from 1 to 9`. */
  takes: Scalars['String']['output'];
  /** As it was answered, or else its default; null for neither. */
  value?: Maybe<Scalars['JSON']['output']>;
  /** Whether it was answered, here or for a task that waits. */
  answered: Scalars['Boolean']['output'];
};

/** A workload whose pods a change leaves as they are, though it changes a secret that they take. */
export type StaleSecret = {
  /** The workload's group and version. */
  apiVersion: Scalars['String']['output'];
  /** Its kind. */
  kind: Scalars['String']['output'];
  /** Its namespace; null where the driver names none, which is the deployment's own. */
  namespace?: Maybe<Scalars['String']['output']>;
  /** Its name. */
  name: Scalars['String']['output'];
  /** The name of the Secret that its pods take the value from. */
  secret: Scalars['String']['output'];
  /** The keys of the Secret that they take and that have another value afterwards. */
  keys: Array<Scalars['String']['output']>;
  /** How they take it. */
  taking: SecretTaking;
  /** What follows from it, as a sentence. */
  message: Scalars['String']['output'];
};

/** How pods take a secret. */
export type SecretTaking =
  /** As variables, or as files by subPath: they stay as they are until the pods are made anew. */
  | 'AT_START'
  /** As files of a volume: they become the new ones in running pods, soon after; a program may have read them before. */
  | 'AS_FILES';

/** A hook of a chart that a change would run: an object that is made for it, and waited for. */
export type PlannedHook = {
  /** When: pre-install, post-install, pre-upgrade or post-upgrade. */
  event: Scalars['String']['output'];
  /** Among those of an event lower ones run first. */
  weight: Scalars['Int']['output'];
  /** Its object's group and version. */
  apiVersion: Scalars['String']['output'];
  /** Its object's kind. */
  kind: Scalars['String']['output'];
  /** Its object's namespace; null where the chart names none, which is the deployment's own. */
  namespace?: Maybe<Scalars['String']['output']>;
  /** Its object's name. */
  name: Scalars['String']['output'];
};

/** How far a version is from another. */
export type VersionLevel =
  /** The third number or a later one differs, or only the content. */
  | 'PATCH'
  /** The second number differs. */
  | 'MINOR'
  /** The first number differs, or they are no numbers. */
  | 'MAJOR';

/** A value that differs. */
export type ValueChange = {
  /** Where; things with names are found by them: .spec.containers[web].image */
  path: Scalars['String']['output'];
  /** What it was; null also when it was not there. */
  before?: Maybe<Scalars['JSON']['output']>;
  /** What it is; null also when it is no longer there. */
  after?: Maybe<Scalars['JSON']['output']>;
};

/** A file that differs. */
export type FileChange = {
  /** Its path in the driver. */
  path: Scalars['String']['output'];
  /** ADDED, REMOVED or CHANGED. */
  change: Scalars['String']['output'];
};

/** An object in the cluster. */
export type ObjectRef = {
  /** Its group and version. */
  apiVersion: Scalars['String']['output'];
  /** Its kind. */
  kind: Scalars['String']['output'];
  /** Its namespace; null where the driver names none, which is the deployment's own. */
  namespace?: Maybe<Scalars['String']['output']>;
  /** Its name. */
  name: Scalars['String']['output'];
};

/** An object that would be changed. */
export type ObjectChange = {
  /** Its group and version. */
  apiVersion: Scalars['String']['output'];
  /** Its kind. */
  kind: Scalars['String']['output'];
  /** Its namespace; null where the driver names none, which is the deployment's own. */
  namespace?: Maybe<Scalars['String']['output']>;
  /** Its name. */
  name: Scalars['String']['output'];
  /** Whether it would be deleted and made anew, as Kubernetes lets nobody change it so and the driver allows that: `styrmin.io/recreate`. */
  recreate: Scalars['Boolean']['output'];
  /** Why it would be neither changed nor made anew, so that the update would fail; it is among the problems, too. */
  refused?: Maybe<Scalars['String']['output']>;
  /** What would differ. What stands in Secrets is not shown. */
  fields: Array<ValueChange>;
};

/** What a new version of a driver came to for a deployment whose policy wants to know. */
export type NewVersion = {
  /** The deployment. */
  deployment: Deployment;
  /** The version. */
  version: ApplicationDriverVersion;
  /** What became of it. */
  state: NewVersionState;
  /** Why it waits, is held, or failed. */
  reason?: Maybe<Scalars['String']['output']>;
  /** What it would change, or has changed, as of when it was looked at; null when nobody asked for a plan. */
  plan?: Maybe<VersionPlan>;
  /** The task of the upgrade. */
  task?: Maybe<Task>;
  /** When it was first told. */
  createdAt: Scalars['DateTime']['output'];
  /** When that was last looked at. */
  updatedAt: Scalars['DateTime']['output'];
};

/** What became of a new version for a deployment. */
export type NewVersionState =
  /** It is there. */
  | 'NEW'
  /** It is there, and planned; with the policy UPGRADE it waits for the reason that is told. */
  | 'PLANNED'
  /** It cannot be taken as the deployment is, or goes beyond what may be done by itself; a person has to decide. */
  | 'HELD'
  /** The deployment is being upgraded by itself. */
  | 'UPGRADING'
  /** The deployment was upgraded by itself. */
  | 'UPGRADED'
  /** The upgrade failed; it is not tried again with this version. */
  | 'FAILED';

/** Which new versions. */
export type NewVersionFilter = {
  /** Only those in this state. */
  state?: InputMaybe<NewVersionState>;
  /** Only those of this deployment. */
  deployment?: InputMaybe<Scalars['ID']['input']>;
  /** Its environment, when it is given by name. */
  environment?: InputMaybe<Scalars['ID']['input']>;
};

/** What a new version of its driver does to a deployment. */
export type NewVersionPolicy = {
  /** What is done. */
  do: NewVersionAction;
  /** The farthest version that is taken by itself. */
  level: VersionLevel;
  /** Whether objects may be deleted and made anew for it. */
  recreate: Scalars['Boolean']['output'];
  /** Whether objects may be removed for it. */
  deletions: Scalars['Boolean']['output'];
  /** Whether parameters may be gone or another for it; one that is new and has a default is none of these, nor is another label, description, group or order. */
  parameters: Scalars['Boolean']['output'];
};

/** What is done about a new version of a driver. */
export type NewVersionAction =
  /** Nothing. */
  | 'NOTHING'
  /** It is told in `newVersions`. */
  | 'NOTIFY'
  /** It is told with what it would change. */
  | 'PLAN'
  /** It is taken when what it would change is within bounds, as by `updateDeployment`; once, also when that fails. Otherwise it is told with the reason. */
  | 'UPGRADE';

/** See NewVersionPolicy. What is absent is the default. */
export type NewVersionPolicyInput = {
  /** See NewVersionPolicy. */
  do: NewVersionAction;
  /** See NewVersionPolicy. Default PATCH. */
  level?: InputMaybe<VersionLevel>;
  /** See NewVersionPolicy. Default false. */
  recreate?: InputMaybe<Scalars['Boolean']['input']>;
  /** See NewVersionPolicy. Default false. */
  deletions?: InputMaybe<Scalars['Boolean']['input']>;
  /** See NewVersionPolicy. Default false. */
  parameters?: InputMaybe<Scalars['Boolean']['input']>;
};

/** One application wanted in one environment: what is declared, and beside it what was observed. */
export type Deployment = {
  /** Its id. */
  id: Scalars['ID']['output'];
  /** Its name, unique among the living of its environment. */
  name: Scalars['String']['output'];
  /** The one word for how it is, from what is declared, what was observed, and how old that is. */
  status: DeploymentStatusWord;
  /** Why that word. */
  statusReason: Scalars['String']['output'];
  /** The word that held when the agent was last heard; null while it is heard. */
  lastKnown?: Maybe<DeploymentStatusWord>;
  /** The word for what is in the cluster: its status as if the last deploy or upgrade had not failed, and not FAILED for what the operator tries again by itself. What a start, a stop or a scaling comes to, which has no task. */
  resourceStatus: DeploymentStatusWord;
  /** Why that word. */
  resourceStatusReason: Scalars['String']['output'];
  /** Where it is. */
  environment: Environment;
  /** The driver version it is made with. */
  driverVersion: ApplicationDriverVersion;
  /** The version of the application that is wanted. */
  applicationVersion: Scalars['String']['output'];
  /** The parameters that were given, and the defaults; a secret shows only that it is set. */
  parameters: Scalars['JSON']['output'];
  /** Configuration that overrides the environment's. */
  config: Scalars['JSON']['output'];
  /** Environment variables set per component: {component: {NAME: value}}. */
  envVars: Scalars['JSON']['output'];
  /** Command and arguments set per container: {component: {container: {command, args}}}. */
  containerOverrides: Scalars['JSON']['output'];
  /** What is wanted of it as a whole. */
  phase: DeploymentPhase;
  /** Replicas set per component, where they are not left to the driver. */
  replicas: Scalars['JSON']['output'];
  /** How the operator treats what it finds of it. */
  policies: DeploymentPolicies;
  /** The generation of the last recorded intent. */
  intentGeneration: Scalars['Int']['output'];
  /** Its network endpoints. */
  services: Array<Service>;
  /** Where the values of its secret parameters can be read in the cluster, those that were generated too; never the values. */
  secrets: Array<SecretPlace>;
  /** The instance that runs; null before the first deploy has succeeded. */
  activeInstance?: Maybe<Instance>;
  /** Its instances, newest first. */
  instances: Array<Instance>;
  /** Its resource as last observed; null when none was ever seen. */
  observed?: Maybe<Observed>;
  /** Its pods as last observed. */
  pods: Array<PodStatus>;
  /** Its tasks, newest first. */
  tasks: Array<Task>;
  /** The newest TEST task that an agent has begun, with its results; null when there is none. */
  lastTest?: Maybe<Task>;
  /** When it was first wanted. */
  createdAt: Scalars['DateTime']['output'];
  /** When it was last changed. */
  updatedAt: Scalars['DateTime']['output'];
};


/** One application wanted in one environment: what is declared, and beside it what was observed. */
export type DeploymentInstancesArgs = {
  first?: InputMaybe<Scalars['Int']['input']>;
};


/** One application wanted in one environment: what is declared, and beside it what was observed. */
export type DeploymentTasksArgs = {
  first?: InputMaybe<Scalars['Int']['input']>;
};

/** How the operator treats what it finds of a deployment in the cluster. */
export type DeploymentPolicies = {
  /** What happens to a field of ours that somebody else changed. */
  drift: DriftPolicy;
  /** What happens to a field or an object that is somebody else's. */
  conflicts: ConflictPolicy;
  /** Whether objects that are rendered no more are removed. */
  prune: Scalars['Boolean']['output'];
  /** Fields that are left to whoever else sets them. */
  ignore: Array<IgnoredFields>;
  /** What a new version of its driver does to it. */
  newVersions: NewVersionPolicy;
};

/** Fields of objects that are left to whoever else sets them; until somebody does, the driver's word counts. */
export type IgnoredFields = {
  /** The kind of the objects, such as Deployment. */
  kind: Scalars['String']['output'];
  /** The object's name; all of the kind without it. */
  name?: Maybe<Scalars['String']['output']>;
  /** Paths as the API server writes them, such as .spec.replicas. */
  fields: Array<Scalars['String']['output']>;
};

/** What happens to a field of ours that somebody else changed. */
export type DriftPolicy =
  /** It is put back. */
  | 'REPAIR'
  /** It is told. */
  | 'REPORT'
  /** Nobody looks. */
  | 'IGNORE';

/** What happens to a field or an object that is somebody else's. */
export type ConflictPolicy =
  /** It is left, and the deployment stalls. */
  | 'REFUSE'
  /** It is taken over; never an object of another deployment. */
  | 'TAKE_OVER';

/** What is wanted of a deployment as a whole. */
export type DeploymentPhase =
  /** It is to run. */
  | 'RUNNING'
  /** Its components are to have no replicas. */
  | 'STOPPED'
  /** It is to be gone. */
  | 'DELETING';

/** How a deployment is: the first that holds. */
export type DeploymentStatusWord =
  /** It is being removed. */
  | 'DELETING'
  /** Its agent is silent: nobody knows. See `lastKnown`. */
  | 'UNKNOWN'
  /** Its last task failed, or its resource is stalled. When an upgrade was taken back the reason begins with what runs. */
  | 'FAILED'
  /** It is stopped, as wanted. */
  | 'STOPPED'
  /** What was observed is behind what is declared. */
  | 'DEPLOYING'
  /** It is as declared, but something of it is not well. */
  | 'DEGRADED'
  /** It is as declared, and well. */
  | 'RUNNING';

/** A declared network endpoint of a component. */
export type Service = {
  /** Its name in the driver. */
  name: Scalars['String']['output'];
  /** http, https, tcp or grpc. */
  kind: Scalars['String']['output'];
  /** external, or internal: for other pods only. */
  scope: Scalars['String']['output'];
  /** The component that answers. */
  component?: Maybe<Scalars['String']['output']>;
  /** The port of the component. */
  port: Scalars['Int']['output'];
  /** The address by the primary FQDN; null without one, and for an internal service. */
  url?: Maybe<Scalars['String']['output']>;
  /** The address by the readable FQDN; null likewise. */
  humanReadableUrl?: Maybe<Scalars['String']['output']>;
  /** The names of other deployments of the environment with the same readable FQDN. It leads to one of them all. */
  humanReadableUrlSharedWith: Array<Scalars['String']['output']>;
};

/** Where the value of a secret parameter can be read, by who may read Secrets there: in that of the instance that runs. */
export type SecretPlace = {
  /** The parameter. */
  parameter: Scalars['String']['output'];
  /** The namespace of the Secret, which is the agent's; null until the agent has told of its resources. */
  namespace?: Maybe<Scalars['String']['output']>;
  /** The name of the Secret: another one for each instance. */
  name: Scalars['String']['output'];
  /** The key in it. */
  key: Scalars['String']['output'];
  /** A command for a shell that prints the value; null while the namespace is not known. */
  command?: Maybe<Scalars['String']['output']>;
};

/** The frozen result of resolving a deployment at one moment. */
export type Instance = {
  /** Its id. */
  id: Scalars['ID']['output'];
  /** The driver version it was resolved with. */
  driverVersion: ApplicationDriverVersion;
  /** The application version. */
  applicationVersion: Scalars['String']['output'];
  /** The parameters; a secret shows only that it is set. */
  parameters: Scalars['JSON']['output'];
  /** The whole context that templates see; secrets are references. */
  context: Scalars['JSON']['output'];
  /** Whether it is the one that runs. */
  active: Scalars['Boolean']['output'];
  /** When it was resolved. */
  createdAt: Scalars['DateTime']['output'];
};

/** A deployment's resource as last observed, and how old that is. */
export type Observed = {
  /** When it was observed. */
  at: Scalars['DateTime']['output'];
  /** How long ago that is, in seconds. */
  ageSeconds: Scalars['Float']['output'];
  /** Whether that is too long ago to be relied on. */
  stale: Scalars['Boolean']['output'];
  /** The phase in the resource. */
  phase?: Maybe<Scalars['String']['output']>;
  /** The intent generation that the operator has taken up. */
  intentGeneration?: Maybe<Scalars['Int']['output']>;
  /** The instance that the operator has taken up. */
  instanceId?: Maybe<Scalars['ID']['output']>;
  /** Ready, Reconciling, Stalled, Finalized. */
  conditions: Array<Condition>;
  /** How each component is. */
  components: Array<ComponentStatus>;
  /** When drift was last repaired, and how often. */
  drift?: Maybe<Scalars['JSON']['output']>;
  /** The release that is applied. */
  release?: Maybe<Scalars['JSON']['output']>;
  /** Whether its pods only pretend to run. */
  simulated: Scalars['Boolean']['output'];
};

/** One condition, as Kubernetes has them. */
export type Condition = {
  /** Ready, Reconciling, Stalled or Finalized. */
  type: Scalars['String']['output'];
  /** True, False or Unknown. */
  status: Scalars['String']['output'];
  /** A documented constant. */
  reason: Scalars['String']['output'];
  /** For people. */
  message: Scalars['String']['output'];
  /** When the status last changed. */
  lastTransitionTime: Scalars['DateTime']['output'];
};

/** How a component is, as the operator sees it. */
export type ComponentStatus = {
  /** Its name in the driver. */
  name: Scalars['String']['output'];
  /** Replicas that are wanted. */
  desired: Scalars['Int']['output'];
  /** Replicas that are ready. */
  ready: Scalars['Int']['output'];
  /** Healthy, Progressing, Degraded, Stopped or Unknown. */
  state: Scalars['String']['output'];
  /** Why. */
  message?: Maybe<Scalars['String']['output']>;
};

/** Which deployments. */
export type DeploymentFilter = {
  /** Only this name. */
  name?: InputMaybe<Scalars['String']['input']>;
  /** Only those in this environment. */
  environment?: InputMaybe<Scalars['ID']['input']>;
  /** Only those made with this driver. */
  driver?: InputMaybe<Scalars['ID']['input']>;
};

/** A new deployment. */
export type CreateDeploymentInput = {
  /** A DNS label; the driver's name by default. */
  name?: InputMaybe<Scalars['String']['input']>;
  /** The driver. */
  driver: Scalars['ID']['input'];
  /** The driver's own version; the latest by default. An id or 7 digits of a commit will do. */
  driverVersion?: InputMaybe<Scalars['String']['input']>;
  /** The application's version; the one the driver proposes by default. */
  applicationVersion?: InputMaybe<Scalars['String']['input']>;
  /** Where it is to run. */
  environment: Scalars['ID']['input'];
  /** {name: value}; see ApplicationDriverVersion.parameters. */
  parameters?: InputMaybe<Scalars['JSON']['input']>;
  /** Overrides the environment's. */
  config?: InputMaybe<Scalars['JSON']['input']>;
  /** {component: {NAME: value}}; see ApplicationDriverVersion.envVars for those there are. */
  envVars?: InputMaybe<Scalars['JSON']['input']>;
  /** {component: {container: {command, args}}}; see ApplicationDriverVersion.containerOverrides. */
  containerOverrides?: InputMaybe<Scalars['JSON']['input']>;
  /** How the operator treats what it finds; see DeploymentPolicies. */
  policies?: InputMaybe<DeploymentPoliciesInput>;
  /** Answers to what the driver's `setup` actions ask for; see DriverAction.prompts. */
  prompts?: InputMaybe<Array<PromptInput>>;
  /** How long it may take to become ready, in seconds. Default 600. */
  timeoutSeconds?: InputMaybe<Scalars['Int']['input']>;
  /** See the schema's head. */
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
};

/** What to change of DeploymentPolicies; what is absent stays, null is the default. */
export type DeploymentPoliciesInput = {
  /** See DeploymentPolicies. Default REPAIR. */
  drift?: InputMaybe<DriftPolicy>;
  /** See DeploymentPolicies. Default REFUSE. */
  conflicts?: InputMaybe<ConflictPolicy>;
  /** See DeploymentPolicies. Default true. */
  prune?: InputMaybe<Scalars['Boolean']['input']>;
  /** See DeploymentPolicies; replaces the whole list, 100 entries at most. */
  ignore?: InputMaybe<Array<IgnoredFieldsInput>>;
  /** See DeploymentPolicies; replaces it whole. Default NOTHING. */
  newVersions?: InputMaybe<NewVersionPolicyInput>;
};

/** See IgnoredFields. */
export type IgnoredFieldsInput = {
  /** See IgnoredFields. */
  kind: Scalars['String']['input'];
  /** See IgnoredFields. */
  name?: InputMaybe<Scalars['String']['input']>;
  /** See IgnoredFields. */
  fields: Array<Scalars['String']['input']>;
};

/** Changes of a deployment; what is absent stays. */
export type UpdateDeploymentInput = {
  /** Which. */
  deployment: Scalars['ID']['input'];
  /** Where, when it is given by name. */
  environment?: InputMaybe<Scalars['ID']['input']>;
  /** The driver's own version. */
  driverVersion?: InputMaybe<Scalars['String']['input']>;
  /** The application's version. */
  applicationVersion?: InputMaybe<Scalars['String']['input']>;
  /** These parameters are set, the others stay. */
  parameters?: InputMaybe<Scalars['JSON']['input']>;
  /** These parameters go back to their defaults. */
  unsetParameters?: InputMaybe<Array<Scalars['String']['input']>>;
  /** Replaces the deployment's configuration. */
  config?: InputMaybe<Scalars['JSON']['input']>;
  /** These entries of the deployment's configuration are set, the others stay; maps are merged, and null takes an entry away. */
  changeConfig?: InputMaybe<Scalars['JSON']['input']>;
  /** Replaces the environment variables; see ApplicationDriverVersion.envVars for those there are. */
  envVars?: InputMaybe<Scalars['JSON']['input']>;
  /** Replaces the container overrides; see ApplicationDriverVersion.containerOverrides. */
  containerOverrides?: InputMaybe<Scalars['JSON']['input']>;
  /** These environment variables are set, the others stay: {component: {NAME: value}}; null takes one away. */
  changeEnvVars?: InputMaybe<Scalars['JSON']['input']>;
  /** These overrides are set, the others stay: {component: {container: {command, args}}}; null takes one away. */
  changeContainerOverrides?: InputMaybe<Scalars['JSON']['input']>;
  /**
   * Answers to what the driver's actions ask for; see DriverAction.prompts. A change of a version runs those of `upgrade` that are for
   * it (DriverAction.when); while nothing runs yet, those of `setup` are run.
   */
  prompts?: InputMaybe<Array<PromptInput>>;
  /** How long it may take to become ready, in seconds. Default 600. */
  timeoutSeconds?: InputMaybe<Scalars['Int']['input']>;
  /** See the schema's head. */
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
};

/** What a mutation did to a deployment. */
export type DeploymentChange = {
  /** The deployment. */
  deployment: Deployment;
  /** The task that carries it out; null when nothing was to be done. */
  task?: Maybe<Task>;
};

/** What becomes of volumes when a deployment is deleted. */
export type VolumePolicy =
  /** They stay in the cluster. */
  | 'KEEP'
  /** They are deleted with the application. */
  | 'DELETE';

/** One run of a flow. */
export type Task = {
  /** Its id. */
  id: Scalars['ID']['output'];
  /** Which flow. */
  kind: TaskKind;
  /** Where it stands. */
  state: TaskState;
  /** Why it failed, was cancelled or waits: for which other task of its deployment, or for what in the step that it is in. */
  reason?: Maybe<Scalars['String']['output']>;
  /** The task that took its place; the last one, when that was superseded as well. */
  supersededBy?: Maybe<Task>;
  /** What it is about; null once that was closed. */
  deployment?: Maybe<Deployment>;
  /** The deployment's name, kept when it is gone. */
  deploymentName: Scalars['String']['output'];
  /** The instance it brings about. */
  instance?: Maybe<Instance>;
  /** Its steps, in order. */
  steps: Array<TaskStep>;
  /** What a TEST has found so far, in the order of running; empty for others. */
  testResults: Array<TestResult>;
  /** The volumes that a delete kept, as namespace/name. */
  kept: Array<Scalars['String']['output']>;
  /** Its log, oldest first. */
  log: Array<TaskLogLine>;
  /** How often an agent has begun it. */
  attempts: Scalars['Int']['output'];
  /** When it was recorded. */
  createdAt: Scalars['DateTime']['output'];
  /** When an agent first began it. */
  startedAt?: Maybe<Scalars['DateTime']['output']>;
  /** When it ended. */
  finishedAt?: Maybe<Scalars['DateTime']['output']>;
};


/** One run of a flow. */
export type TaskLogArgs = {
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['Int']['input']>;
};

/** Which flow a task runs. */
export type TaskKind =
  /** Brings a deployment to its declared instance: the first time, and after each change. */
  | 'DEPLOY'
  /** Brings a deployment to another version of its application or driver; back to the instance that runs when it fails. */
  | 'UPGRADE'
  /** Removes a deployment from its cluster. */
  | 'DELETE'
  /** Runs the tests of a deployment's chart. */
  | 'TEST';

/** What one test of a chart came to. */
export type TestResult = {
  /** The name of its object. */
  name: Scalars['String']['output'];
  /** The kind of its object, mostly Pod or Job. */
  kind: Scalars['String']['output'];
  /** Whether it passed. */
  outcome: TestOutcome;
  /** Why it failed or was not run. */
  message?: Maybe<Scalars['String']['output']>;
  /** When its object was made; null when it was not run. */
  startedAt?: Maybe<Scalars['DateTime']['output']>;
  /** When it was seen to have ended; null when it was not run. */
  endedAt?: Maybe<Scalars['DateTime']['output']>;
  /** The last lines of its log, at most 20, without secrets. */
  log: Array<Scalars['String']['output']>;
};

/** What a test came to. */
export type TestOutcome =
  /** It ended well. */
  | 'PASSED'
  /** It failed, was refused, took too long, or its object went before it was seen to end. */
  | 'FAILED'
  /** It did not run to its end: one of a lower weight failed, or all was ended before. */
  | 'NOT_RUN';

/** Where a task stands. */
export type TaskState =
  /** It waits for an agent, or for the task before it. */
  | 'QUEUED'
  /** An agent has a lease on it. */
  | 'RUNNING'
  /** It did what it was for. */
  | 'SUCCEEDED'
  /** It did not; see `reason`. */
  | 'FAILED'
  /** It was cancelled or superseded. */
  | 'CANCELLED';

/** A recorded part of a task. */
export type TaskStep = {
  /** Its name, unique in the task. */
  name: Scalars['String']['output'];
  /** Where it stands. */
  state: StepState;
  /** How often it was begun. */
  attempts: Scalars['Int']['output'];
  /** What went wrong last. */
  error?: Maybe<Scalars['String']['output']>;
  /** When it was first begun. */
  startedAt: Scalars['DateTime']['output'];
  /** When it ended. */
  finishedAt?: Maybe<Scalars['DateTime']['output']>;
};

/** Where a step stands. */
export type StepState =
  /** It was begun. */
  | 'RUNNING'
  /** Its result is recorded; it never runs again. */
  | 'SUCCEEDED'
  /** It failed; it runs again when its task does. */
  | 'FAILED';

/** A line of a task's log. */
export type TaskLogLine = {
  /** Its number in the task's log. */
  number: Scalars['Int']['output'];
  /** When. */
  at: Scalars['DateTime']['output'];
  /** info, warn or error. */
  level: Scalars['String']['output'];
  /** What. */
  message: Scalars['String']['output'];
};

/** A line of a container's log. */
export type LogLine = {
  /** The pod. */
  pod: Scalars['String']['output'];
  /** The container. */
  container: Scalars['String']['output'];
  /** The line, without its end. */
  line: Scalars['String']['output'];
};

/** Which tasks. */
export type TaskFilter = {
  /** Only those of this deployment (by id, also of one that is gone). */
  deployment?: InputMaybe<Scalars['ID']['input']>;
  /** Only this flow. */
  kind?: InputMaybe<TaskKind>;
  /** Only these states. */
  states?: InputMaybe<Array<TaskState>>;
};

/** A pod as last observed. */
export type PodStatus = {
  /** Its uid in the cluster. */
  id: Scalars['ID']['output'];
  /** Whose it is. */
  deployment: Deployment;
  /** The component it belongs to; null when no component's selector finds it. */
  component?: Maybe<Scalars['String']['output']>;
  /** Its name. */
  name: Scalars['String']['output'];
  /** Its namespace. */
  namespace: Scalars['String']['output'];
  /** Pending, Running, Succeeded, Failed or Unknown. */
  phase: Scalars['String']['output'];
  /** Whether it serves. */
  ready: Scalars['Boolean']['output'];
  /** How often its containers were started again. */
  restarts: Scalars['Int']['output'];
  /** A word for what is wrong, or what it waits for. */
  reason?: Maybe<Scalars['String']['output']>;
  /** More of it. */
  message?: Maybe<Scalars['String']['output']>;
  /** Where it runs. */
  node?: Maybe<Scalars['String']['output']>;
  /** Its containers' images. */
  images: Array<Scalars['String']['output']>;
  /** Its containers. */
  containers: Array<ContainerStatus>;
  /** When it was started. */
  startedAt?: Maybe<Scalars['DateTime']['output']>;
  /** When it was last observed. */
  observedAt: Scalars['DateTime']['output'];
  /** Whether it only pretends to run. */
  simulated: Scalars['Boolean']['output'];
};

/** A container as last observed. */
export type ContainerStatus = {
  /** Its name. */
  name: Scalars['String']['output'];
  /** running, waiting or terminated, with the reason where there is one. */
  state: Scalars['String']['output'];
  /** Whether it serves. */
  ready: Scalars['Boolean']['output'];
  /** How often it was started again. */
  restarts: Scalars['Int']['output'];
  /** The exit code of its last end; null when it never ended. */
  lastExitCode?: Maybe<Scalars['Int']['output']>;
};

/** A StyrminDeployment resource as last observed. */
export type DeploymentStatus = {
  /** Its uid in the cluster. */
  id: Scalars['ID']['output'];
  /** Whose it is. */
  deployment: Deployment;
  /** Its name in the agent's namespace. */
  name: Scalars['String']['output'];
  /** The one word for how the deployment is; the same as Deployment.status. */
  status: DeploymentStatusWord;
  /** The phase in the resource. */
  phase?: Maybe<Scalars['String']['output']>;
  /** The instance that the operator has taken up. */
  instanceId?: Maybe<Scalars['ID']['output']>;
  /** The intent generation that the operator has taken up. */
  intentGeneration?: Maybe<Scalars['Int']['output']>;
  /** The resource's generation. */
  generation?: Maybe<Scalars['Int']['output']>;
  /** The generation that its status speaks of. */
  observedGeneration?: Maybe<Scalars['Int']['output']>;
  /** Ready, Reconciling, Stalled, Finalized. */
  conditions: Array<Condition>;
  /** How each component is. */
  components: Array<ComponentStatus>;
  /** When drift was last repaired, and how often. */
  drift?: Maybe<Scalars['JSON']['output']>;
  /** The release that is applied. */
  release?: Maybe<Scalars['JSON']['output']>;
  /** When it was last observed. */
  observedAt: Scalars['DateTime']['output'];
  /** How long ago that is, in seconds. */
  ageSeconds: Scalars['Float']['output'];
  /** Whether its pods only pretend to run. */
  simulated: Scalars['Boolean']['output'];
};

/** Which statuses. */
export type StatusFilter = {
  /** Only those of this deployment (id). */
  deployment?: InputMaybe<Scalars['ID']['input']>;
  /** Only those in this environment. */
  environment?: InputMaybe<Scalars['ID']['input']>;
  /** Only those on this cluster. */
  cluster?: InputMaybe<Scalars['ID']['input']>;
};

/** An agent that begins a life. */
export type AgentHelloInput = {
  /** Stable over restarts of the same agent, different for every other. */
  instanceId: Scalars['ID']['input'];
  /** The agent's version. */
  version: Scalars['String']['input'];
  /** The epoch before, when it did not crash: the same process had it, or it ended in order and its goodbye was lost. What it had in hand counts no crash. */
  calmEpoch?: InputMaybe<Scalars['Int']['input']>;
  /** What it can do beyond what every agent can: `actions`, to run actions of drivers. A task that needs what is not named is not given to it, and waits. Words that the server does not know mean nothing to it. */
  abilities?: InputMaybe<Array<Scalars['String']['input']>>;
};

/** What an agent must know to work. */
export type AgentSession = {
  /** The number of this life; every later call carries it or a token that belongs to it. */
  epoch: Scalars['Int']['output'];
  /** The cluster's id. */
  clusterId: Scalars['ID']['output'];
  /** The cluster's name. */
  clusterName: Scalars['String']['output'];
  /** Who writes the resources. */
  intent: IntentMode;
  /** How long a lease lasts, milliseconds. */
  leaseMs: Scalars['Int']['output'];
  /** How often to renew one, milliseconds. */
  renewMs: Scalars['Int']['output'];
  /** What the agent is to tell in its log, such as that it is a minor version behind; null when all is well. */
  notice?: Maybe<Scalars['String']['output']>;
};

/** A task, and the lease on it. */
export type ClaimedTask = {
  /** Its id. */
  id: Scalars['ID']['output'];
  /** Which flow. */
  kind: TaskKind;
  /** Proof of the lease; every write of this claim carries it. */
  token: Scalars['String']['output'];
  /** How often it has been claimed, this time counted. */
  attempts: Scalars['Int']['output'];
  /** The deployment's id. */
  deploymentId: Scalars['ID']['output'];
  /** The deployment's name. */
  deploymentName: Scalars['String']['output'];
  /** The name of its resource in the agent's namespace. */
  resourceName: Scalars['String']['output'];
  /** The namespace of its objects. */
  namespace: Scalars['String']['output'];
  /** The instance it brings about; null for a delete of what never had one. */
  instanceId?: Maybe<Scalars['ID']['output']>;
  /** The digest of the driver's files it was recorded with. */
  driverDigest?: Maybe<Scalars['String']['output']>;
  /** The generation of the intent that it holds. */
  intentGeneration?: Maybe<Scalars['Int']['output']>;
  /** What else its flow needs: timeoutSeconds, volumes, first (nothing of it runs yet); for an upgrade the versions from and to. */
  payload: Scalars['JSON']['output'];
  /** The steps that are recorded already. */
  steps: Array<RecordedStep>;
};

/** A step that is recorded already, and its result. */
export type RecordedStep = {
  /** Its name. */
  name: Scalars['String']['output'];
  /** Where it stands. */
  state: StepState;
  /** Its result, when it succeeded. */
  result?: Maybe<Scalars['JSON']['output']>;
  /** What went wrong, when it failed. */
  error?: Maybe<Scalars['String']['output']>;
};

/** What a write with a token learns. */
export type LeaseState =
  /** The lease holds. */
  | 'OK'
  /** The lease holds, and the task is to end at the next chance. */
  | 'CANCEL'
  /** The lease is somebody else's or the task has ended; nothing was written. */
  | 'LOST';

/** What the beginning of a step learns. */
export type TaskStepAnswer = {
  /** Whether the lease holds. */
  lease: LeaseState;
  /** The step as recorded; null when the lease is lost. */
  step?: Maybe<RecordedStep>;
};

/** A line for a task's log. */
export type TaskLogLineInput = {
  /** info, warn or error. */
  level: Scalars['String']['input'];
  /** What. */
  message: Scalars['String']['input'];
};

/** What releasing an intent learns. */
export type ReleasedIntent = {
  /** Whether the lease holds; nothing was released when it is lost. */
  lease: LeaseState;
  /** The generation that the resource will have. */
  generation?: Maybe<Scalars['Int']['output']>;
};

/** An intent that is to be written to the cluster. */
export type PendingIntent = {
  /** Its deployment. */
  deploymentId: Scalars['ID']['output'];
  /** The deployment's environment, for the label. */
  environment: Scalars['String']['output'];
  /** The name of the resource. */
  name: Scalars['String']['output'];
  /** Its generation. */
  generation: Scalars['Int']['output'];
  /** Its instance. */
  instanceId: Scalars['ID']['output'];
  /** The resource's spec, whole but for `hold`. */
  spec: Scalars['JSON']['output'];
  /** The name of the parameter Secret; null when there are no secrets. */
  secretName?: Maybe<Scalars['String']['output']>;
  /** The values of the parameter Secret. */
  secretData?: Maybe<Scalars['JSON']['output']>;
};

/** What became of an intent. */
export type RecordIntentInput = {
  /** Its deployment. */
  deploymentId: Scalars['ID']['input'];
  /** Its generation. */
  generation: Scalars['Int']['input'];
  /** The uid of the resource; null when it could not be written. */
  uid?: InputMaybe<Scalars['String']['input']>;
  /** Why it could not be written. */
  error?: InputMaybe<Scalars['String']['input']>;
};

/** A question that needs an answer from the cluster now. */
export type ClaimedInquiry = {
  /** Its id; the answer is posted to /agent/inquiries/<id>. */
  id: Scalars['ID']['output'];
  /** logs. */
  kind: Scalars['String']['output'];
  /** What is asked: for logs namespace, deploymentId, component, pod, container, tailLines, sinceSeconds, follow. */
  question: Scalars['JSON']['output'];
  /** When nobody waits for the answer any more. */
  expiresAt: Scalars['DateTime']['output'];
};

/** How a report relates to the one before. */
export type ReportKind =
  /** Everything there is. */
  | 'FULL'
  /** What changed since the report with digest `base`. */
  | 'DELTA'
  /** Nothing changed since the report with digest `base`. */
  | 'SAME';

/** What a report speaks of, and whether it saw all of it. */
export type ReportScopeInput = {
  /** The namespace; null for all of them. */
  namespace?: InputMaybe<Scalars['String']['input']>;
  /** Whether everything in it was seen. Nothing is pruned from an incomplete scope. */
  complete: Scalars['Boolean']['input'];
  /** Why it is not complete. */
  reason?: InputMaybe<Scalars['String']['input']>;
};

/** The pods that are there. */
export type PodStatusReportInput = {
  /** The agent's epoch. */
  epoch: Scalars['Int']['input'];
  /** Grows with every report of this epoch. */
  sequence: Scalars['Int']['input'];
  /** How it relates to the one before. */
  kind: ReportKind;
  /** The digest of the report it builds on; required for DELTA and SAME. */
  base?: InputMaybe<Scalars['String']['input']>;
  /** The digest of everything, after this report. */
  digest: Scalars['String']['input'];
  /** What it speaks of. */
  scopes: Array<ReportScopeInput>;
  /** The pods that are new or changed; all of them in a FULL report. */
  pods: Array<PodStatusInput>;
  /** The uids that are gone since `base`. */
  removed?: InputMaybe<Array<Scalars['ID']['input']>>;
};

/** A pod as observed. */
export type PodStatusInput = {
  /** Its uid. */
  uid: Scalars['ID']['input'];
  /** Whose it is: the label styrmin.io/deployment. */
  deploymentId: Scalars['ID']['input'];
  /** See PodStatus. */
  component?: InputMaybe<Scalars['String']['input']>;
  /** See PodStatus. */
  name: Scalars['String']['input'];
  /** See PodStatus. */
  namespace: Scalars['String']['input'];
  /** See PodStatus. */
  phase: Scalars['String']['input'];
  /** See PodStatus. */
  ready: Scalars['Boolean']['input'];
  /** See PodStatus. */
  restarts: Scalars['Int']['input'];
  /** See PodStatus. */
  reason?: InputMaybe<Scalars['String']['input']>;
  /** See PodStatus. */
  message?: InputMaybe<Scalars['String']['input']>;
  /** See PodStatus. */
  node?: InputMaybe<Scalars['String']['input']>;
  /** See PodStatus. */
  images: Array<Scalars['String']['input']>;
  /** See PodStatus. */
  containers: Array<ContainerStatusInput>;
  /** See PodStatus. */
  startedAt?: InputMaybe<Scalars['DateTime']['input']>;
  /** See PodStatus. */
  simulated: Scalars['Boolean']['input'];
};

/** A container as observed. */
export type ContainerStatusInput = {
  /** See ContainerStatus. */
  name: Scalars['String']['input'];
  /** See ContainerStatus. */
  state: Scalars['String']['input'];
  /** See ContainerStatus. */
  ready: Scalars['Boolean']['input'];
  /** See ContainerStatus. */
  restarts: Scalars['Int']['input'];
  /** See ContainerStatus. */
  lastExitCode?: InputMaybe<Scalars['Int']['input']>;
};

/** The resources that are there. */
export type DeploymentStatusReportInput = {
  /** The agent's epoch. */
  epoch: Scalars['Int']['input'];
  /** Grows with every report of this epoch. */
  sequence: Scalars['Int']['input'];
  /** How it relates to the one before. */
  kind: ReportKind;
  /** The digest of the report it builds on; required for DELTA and SAME. */
  base?: InputMaybe<Scalars['String']['input']>;
  /** The digest of everything, after this report. */
  digest: Scalars['String']['input'];
  /** What it speaks of. */
  scopes: Array<ReportScopeInput>;
  /** The resources that are new or changed; all of them in a FULL report. */
  deployments: Array<DeploymentStatusInput>;
  /** The uids that are gone since `base`. */
  removed?: InputMaybe<Array<Scalars['ID']['input']>>;
  /** All that the agent cannot see of the cluster at the moment, of whatever kind. */
  blind?: InputMaybe<Array<BlindSpotInput>>;
};

/** A kind of objects that the agent cannot see. */
export type BlindSpotInput = {
  /** See BlindSpot. */
  kind: Scalars['String']['input'];
  /** See BlindSpot. */
  namespace?: InputMaybe<Scalars['String']['input']>;
  /** See BlindSpot. */
  reason: Scalars['String']['input'];
  /** For how long, in milliseconds. */
  forMs: Scalars['Float']['input'];
};

/** A resource as observed. */
export type DeploymentStatusInput = {
  /** Its uid. */
  uid: Scalars['ID']['input'];
  /** Its deployment, from its spec. */
  deploymentId: Scalars['ID']['input'];
  /** Its name. */
  name: Scalars['String']['input'];
  /** See DeploymentStatus. */
  phase?: InputMaybe<Scalars['String']['input']>;
  /** See DeploymentStatus. */
  instanceId?: InputMaybe<Scalars['ID']['input']>;
  /** See DeploymentStatus. */
  intentGeneration?: InputMaybe<Scalars['Int']['input']>;
  /** See DeploymentStatus. */
  generation?: InputMaybe<Scalars['Int']['input']>;
  /** See DeploymentStatus. */
  observedGeneration?: InputMaybe<Scalars['Int']['input']>;
  /** See DeploymentStatus. */
  conditions: Scalars['JSON']['input'];
  /** See DeploymentStatus. */
  components: Scalars['JSON']['input'];
  /** See DeploymentStatus. */
  drift?: InputMaybe<Scalars['JSON']['input']>;
  /** See DeploymentStatus. */
  release?: InputMaybe<Scalars['JSON']['input']>;
  /** See DeploymentStatus. */
  simulated: Scalars['Boolean']['input'];
};

/** What a report learns. */
export type ReportAnswer = {
  /** What became of it. */
  outcome: ReportOutcome;
  /** Rows that were written. */
  written: Scalars['Int']['output'];
  /** Rows that were pruned. */
  pruned: Scalars['Int']['output'];
  /** Objects that were left out, because nobody knows their deployment here. */
  ignored: Scalars['Int']['output'];
};

/** What became of a report. */
export type ReportOutcome =
  /** It was taken. */
  | 'ACCEPTED'
  /** The server does not know its base: a FULL report is wanted. */
  | 'NEED_FULL'
  /** It is older than what is known: nothing was written. */
  | 'STALE';



export type ResolverTypeWrapper<T> = Promise<T> | T;


export type ResolverWithResolve<TResult, TParent, TContext, TArgs> = {
  resolve: ResolverFn<TResult, TParent, TContext, TArgs>;
};
export type Resolver<TResult, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> = ResolverFn<TResult, TParent, TContext, TArgs> | ResolverWithResolve<TResult, TParent, TContext, TArgs>;

export type ResolverFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => Promise<TResult> | TResult;

export type SubscriptionSubscribeFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => AsyncIterable<TResult> | Promise<AsyncIterable<TResult>>;

export type SubscriptionResolveFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => TResult | Promise<TResult>;

export interface SubscriptionSubscriberObject<TResult, TKey extends string, TParent, TContext, TArgs> {
  subscribe: SubscriptionSubscribeFn<{ [key in TKey]: TResult }, TParent, TContext, TArgs>;
  resolve?: SubscriptionResolveFn<TResult, { [key in TKey]: TResult }, TContext, TArgs>;
}

export interface SubscriptionResolverObject<TResult, TParent, TContext, TArgs> {
  subscribe: SubscriptionSubscribeFn<any, TParent, TContext, TArgs>;
  resolve: SubscriptionResolveFn<TResult, any, TContext, TArgs>;
}

export type SubscriptionObject<TResult, TKey extends string, TParent, TContext, TArgs> =
  | SubscriptionSubscriberObject<TResult, TKey, TParent, TContext, TArgs>
  | SubscriptionResolverObject<TResult, TParent, TContext, TArgs>;

export type SubscriptionResolver<TResult, TKey extends string, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> =
  | ((...args: any[]) => SubscriptionObject<TResult, TKey, TParent, TContext, TArgs>)
  | SubscriptionObject<TResult, TKey, TParent, TContext, TArgs>;

export type TypeResolveFn<TTypes, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>> = (
  parent: TParent,
  context: TContext,
  info: GraphQLResolveInfo
) => Maybe<TTypes> | Promise<Maybe<TTypes>>;

export type IsTypeOfResolverFn<T = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>> = (obj: T, context: TContext, info: GraphQLResolveInfo) => boolean | Promise<boolean>;

export type NextResolverFn<T> = () => Promise<T>;

export type DirectiveResolverFn<TResult = Record<PropertyKey, never>, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> = (
  next: NextResolverFn<TResult>,
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => TResult | Promise<TResult>;





/** Mapping between all available schema types and the resolvers types */
export type ResolversTypes = {
  JSON: ResolverTypeWrapper<Partial<Scalars['JSON']['output']>>;
  DateTime: ResolverTypeWrapper<Partial<Scalars['DateTime']['output']>>;
  Query: ResolverTypeWrapper<Record<PropertyKey, never>>;
  Int: ResolverTypeWrapper<Partial<Scalars['Int']['output']>>;
  ID: ResolverTypeWrapper<Partial<Scalars['ID']['output']>>;
  String: ResolverTypeWrapper<Partial<Scalars['String']['output']>>;
  Mutation: ResolverTypeWrapper<Record<PropertyKey, never>>;
  Boolean: ResolverTypeWrapper<Partial<Scalars['Boolean']['output']>>;
  Subscription: ResolverTypeWrapper<Record<PropertyKey, never>>;
  ServerInfo: ResolverTypeWrapper<Partial<ServerInfo>>;
  Cluster: ResolverTypeWrapper<ClusterRow>;
  ClusterAgent: ResolverTypeWrapper<Partial<ClusterAgent>>;
  BlindSpot: ResolverTypeWrapper<Partial<BlindSpot>>;
  AgentState: ResolverTypeWrapper<Partial<AgentState>>;
  IntentMode: ResolverTypeWrapper<Partial<IntentMode>>;
  ClusterFilter: ResolverTypeWrapper<Partial<ClusterFilter>>;
  CreateClusterInput: ResolverTypeWrapper<Partial<CreateClusterInput>>;
  CreatedCluster: ResolverTypeWrapper<Partial<Omit<CreatedCluster, 'cluster'> & { cluster: ResolversTypes['Cluster'] }>>;
  RotatedToken: ResolverTypeWrapper<Partial<Omit<RotatedToken, 'cluster'> & { cluster: ResolversTypes['Cluster'] }>>;
  Environment: ResolverTypeWrapper<EnvironmentRow>;
  EnvironmentFilter: ResolverTypeWrapper<Partial<EnvironmentFilter>>;
  CreateEnvironmentInput: ResolverTypeWrapper<Partial<CreateEnvironmentInput>>;
  ApplicationDriver: ResolverTypeWrapper<DriverRow>;
  ApplicationDriverVersion: ResolverTypeWrapper<DriverVersionRow>;
  DriverVersionOutcome: ResolverTypeWrapper<Partial<DriverVersionOutcome>>;
  DriverParameter: ResolverTypeWrapper<Partial<DriverParameter>>;
  Float: ResolverTypeWrapper<Partial<Scalars['Float']['output']>>;
  DriverEnvVar: ResolverTypeWrapper<Partial<DriverEnvVar>>;
  DriverContainerOverride: ResolverTypeWrapper<Partial<DriverContainerOverride>>;
  DriverAction: ResolverTypeWrapper<Partial<DriverAction>>;
  DriverChart: ResolverTypeWrapper<Partial<DriverChart>>;
  PromptInput: ResolverTypeWrapper<Partial<PromptInput>>;
  ApplicationDriverFilter: ResolverTypeWrapper<Partial<ApplicationDriverFilter>>;
  ApplicationDriverVersionFilter: ResolverTypeWrapper<Partial<ApplicationDriverVersionFilter>>;
  LoadApplicationDriverVersionInput: ResolverTypeWrapper<Partial<LoadApplicationDriverVersionInput>>;
  LoadProgress: ResolverTypeWrapper<Partial<LoadProgress>>;
  LoadPhase: ResolverTypeWrapper<Partial<LoadPhase>>;
  Repository: ResolverTypeWrapper<RepositoryRow>;
  RepositoryKind: ResolverTypeWrapper<Partial<RepositoryKind>>;
  RepositoryFilter: ResolverTypeWrapper<Partial<RepositoryFilter>>;
  CreateRepositoryInput: ResolverTypeWrapper<Partial<CreateRepositoryInput>>;
  RepositoryTest: ResolverTypeWrapper<Partial<RepositoryTest>>;
  ScanRepositoryInput: ResolverTypeWrapper<Partial<ScanRepositoryInput>>;
  RepositoryScan: ResolverTypeWrapper<Partial<Omit<RepositoryScan, 'drivers'> & { drivers: Array<ResolversTypes['ScannedDriver']> }>>;
  ScannedDriver: ResolverTypeWrapper<ScannedFolder>;
  UpdateRepositoryInput: ResolverTypeWrapper<Partial<UpdateRepositoryInput>>;
  DriverSource: ResolverTypeWrapper<SourceRow>;
  DriverSourceState: ResolverTypeWrapper<Partial<DriverSourceState>>;
  DriverSourceFailure: ResolverTypeWrapper<Partial<DriverSourceFailure>>;
  DriverSourceSkipped: ResolverTypeWrapper<Partial<DriverSourceSkipped>>;
  DriverSourceTrouble: ResolverTypeWrapper<Partial<DriverSourceTrouble>>;
  DriverProblem: ResolverTypeWrapper<Partial<DriverProblem>>;
  DriverLoad: ResolverTypeWrapper<LoadRow>;
  DriverLoadState: ResolverTypeWrapper<Partial<DriverLoadState>>;
  DriverSourceFilter: ResolverTypeWrapper<Partial<DriverSourceFilter>>;
  DriverLoadFilter: ResolverTypeWrapper<Partial<DriverLoadFilter>>;
  FollowDriverInput: ResolverTypeWrapper<Partial<FollowDriverInput>>;
  UpdateDriverSourceInput: ResolverTypeWrapper<Partial<UpdateDriverSourceInput>>;
  FollowedDriver: ResolverTypeWrapper<Partial<Omit<FollowedDriver, 'source'> & { source: ResolversTypes['DriverSource'] }>>;
  DriverDiff: ResolverTypeWrapper<Partial<Omit<DriverDiff, 'from' | 'to' | 'impact'> & { from: ResolversTypes['ApplicationDriverVersion'], to: ResolversTypes['ApplicationDriverVersion'], impact?: Maybe<ResolversTypes['VersionPlan']> }>>;
  VersionPlan: ResolverTypeWrapper<PlannedVersion>;
  UpdatePlan: ResolverTypeWrapper<PlannedUpdate>;
  PlannedAction: ResolverTypeWrapper<Partial<PlannedAction>>;
  PlannedPrompt: ResolverTypeWrapper<Partial<PlannedPrompt>>;
  StaleSecret: ResolverTypeWrapper<Partial<StaleSecret>>;
  SecretTaking: ResolverTypeWrapper<Partial<SecretTaking>>;
  PlannedHook: ResolverTypeWrapper<Partial<PlannedHook>>;
  VersionLevel: ResolverTypeWrapper<Partial<VersionLevel>>;
  ValueChange: ResolverTypeWrapper<Partial<ValueChange>>;
  FileChange: ResolverTypeWrapper<Partial<FileChange>>;
  ObjectRef: ResolverTypeWrapper<Partial<ObjectRef>>;
  ObjectChange: ResolverTypeWrapper<Partial<ObjectChange>>;
  NewVersion: ResolverTypeWrapper<NoticeRow>;
  NewVersionState: ResolverTypeWrapper<Partial<NewVersionState>>;
  NewVersionFilter: ResolverTypeWrapper<Partial<NewVersionFilter>>;
  NewVersionPolicy: ResolverTypeWrapper<Partial<NewVersionPolicy>>;
  NewVersionAction: ResolverTypeWrapper<Partial<NewVersionAction>>;
  NewVersionPolicyInput: ResolverTypeWrapper<Partial<NewVersionPolicyInput>>;
  Deployment: ResolverTypeWrapper<DeploymentRow>;
  DeploymentPolicies: ResolverTypeWrapper<Partial<DeploymentPolicies>>;
  IgnoredFields: ResolverTypeWrapper<Partial<IgnoredFields>>;
  DriftPolicy: ResolverTypeWrapper<Partial<DriftPolicy>>;
  ConflictPolicy: ResolverTypeWrapper<Partial<ConflictPolicy>>;
  DeploymentPhase: ResolverTypeWrapper<Partial<DeploymentPhase>>;
  DeploymentStatusWord: ResolverTypeWrapper<Partial<DeploymentStatusWord>>;
  Service: ResolverTypeWrapper<ServiceView>;
  SecretPlace: ResolverTypeWrapper<Partial<SecretPlace>>;
  Instance: ResolverTypeWrapper<InstanceRow>;
  Observed: ResolverTypeWrapper<Partial<Observed>>;
  Condition: ResolverTypeWrapper<Partial<Condition>>;
  ComponentStatus: ResolverTypeWrapper<Partial<ComponentStatus>>;
  DeploymentFilter: ResolverTypeWrapper<Partial<DeploymentFilter>>;
  CreateDeploymentInput: ResolverTypeWrapper<Partial<CreateDeploymentInput>>;
  DeploymentPoliciesInput: ResolverTypeWrapper<Partial<DeploymentPoliciesInput>>;
  IgnoredFieldsInput: ResolverTypeWrapper<Partial<IgnoredFieldsInput>>;
  UpdateDeploymentInput: ResolverTypeWrapper<Partial<UpdateDeploymentInput>>;
  DeploymentChange: ResolverTypeWrapper<Partial<Omit<DeploymentChange, 'deployment' | 'task'> & { deployment: ResolversTypes['Deployment'], task?: Maybe<ResolversTypes['Task']> }>>;
  VolumePolicy: ResolverTypeWrapper<Partial<VolumePolicy>>;
  Task: ResolverTypeWrapper<TaskRow>;
  TaskKind: ResolverTypeWrapper<Partial<TaskKind>>;
  TestResult: ResolverTypeWrapper<Partial<TestResult>>;
  TestOutcome: ResolverTypeWrapper<Partial<TestOutcome>>;
  TaskState: ResolverTypeWrapper<Partial<TaskState>>;
  TaskStep: ResolverTypeWrapper<StepRow>;
  StepState: ResolverTypeWrapper<Partial<StepState>>;
  TaskLogLine: ResolverTypeWrapper<LogLineRow>;
  LogLine: ResolverTypeWrapper<Partial<LogLine>>;
  TaskFilter: ResolverTypeWrapper<Partial<TaskFilter>>;
  PodStatus: ResolverTypeWrapper<JoinedPodRow>;
  ContainerStatus: ResolverTypeWrapper<Partial<ContainerStatus>>;
  DeploymentStatus: ResolverTypeWrapper<DeploymentStatusRow>;
  StatusFilter: ResolverTypeWrapper<Partial<StatusFilter>>;
  AgentHelloInput: ResolverTypeWrapper<Partial<AgentHelloInput>>;
  AgentSession: ResolverTypeWrapper<Partial<AgentSession>>;
  ClaimedTask: ResolverTypeWrapper<Partial<ClaimedTask>>;
  RecordedStep: ResolverTypeWrapper<Partial<RecordedStep>>;
  LeaseState: ResolverTypeWrapper<Partial<LeaseState>>;
  TaskStepAnswer: ResolverTypeWrapper<Partial<TaskStepAnswer>>;
  TaskLogLineInput: ResolverTypeWrapper<Partial<TaskLogLineInput>>;
  ReleasedIntent: ResolverTypeWrapper<Partial<ReleasedIntent>>;
  PendingIntent: ResolverTypeWrapper<Partial<PendingIntent>>;
  RecordIntentInput: ResolverTypeWrapper<Partial<RecordIntentInput>>;
  ClaimedInquiry: ResolverTypeWrapper<Partial<ClaimedInquiry>>;
  ReportKind: ResolverTypeWrapper<Partial<ReportKind>>;
  ReportScopeInput: ResolverTypeWrapper<Partial<ReportScopeInput>>;
  PodStatusReportInput: ResolverTypeWrapper<Partial<PodStatusReportInput>>;
  PodStatusInput: ResolverTypeWrapper<Partial<PodStatusInput>>;
  ContainerStatusInput: ResolverTypeWrapper<Partial<ContainerStatusInput>>;
  DeploymentStatusReportInput: ResolverTypeWrapper<Partial<DeploymentStatusReportInput>>;
  BlindSpotInput: ResolverTypeWrapper<Partial<BlindSpotInput>>;
  DeploymentStatusInput: ResolverTypeWrapper<Partial<DeploymentStatusInput>>;
  ReportAnswer: ResolverTypeWrapper<Partial<ReportAnswer>>;
  ReportOutcome: ResolverTypeWrapper<Partial<ReportOutcome>>;
};

/** Mapping between all available schema types and the resolvers parents */
export type ResolversParentTypes = {
  JSON: Partial<Scalars['JSON']['output']>;
  DateTime: Partial<Scalars['DateTime']['output']>;
  Query: Record<PropertyKey, never>;
  Int: Partial<Scalars['Int']['output']>;
  ID: Partial<Scalars['ID']['output']>;
  String: Partial<Scalars['String']['output']>;
  Mutation: Record<PropertyKey, never>;
  Boolean: Partial<Scalars['Boolean']['output']>;
  Subscription: Record<PropertyKey, never>;
  ServerInfo: Partial<ServerInfo>;
  Cluster: ClusterRow;
  ClusterAgent: Partial<ClusterAgent>;
  BlindSpot: Partial<BlindSpot>;
  ClusterFilter: Partial<ClusterFilter>;
  CreateClusterInput: Partial<CreateClusterInput>;
  CreatedCluster: Partial<Omit<CreatedCluster, 'cluster'> & { cluster: ResolversParentTypes['Cluster'] }>;
  RotatedToken: Partial<Omit<RotatedToken, 'cluster'> & { cluster: ResolversParentTypes['Cluster'] }>;
  Environment: EnvironmentRow;
  EnvironmentFilter: Partial<EnvironmentFilter>;
  CreateEnvironmentInput: Partial<CreateEnvironmentInput>;
  ApplicationDriver: DriverRow;
  ApplicationDriverVersion: DriverVersionRow;
  DriverParameter: Partial<DriverParameter>;
  Float: Partial<Scalars['Float']['output']>;
  DriverEnvVar: Partial<DriverEnvVar>;
  DriverContainerOverride: Partial<DriverContainerOverride>;
  DriverAction: Partial<DriverAction>;
  DriverChart: Partial<DriverChart>;
  PromptInput: Partial<PromptInput>;
  ApplicationDriverFilter: Partial<ApplicationDriverFilter>;
  ApplicationDriverVersionFilter: Partial<ApplicationDriverVersionFilter>;
  LoadApplicationDriverVersionInput: Partial<LoadApplicationDriverVersionInput>;
  LoadProgress: Partial<LoadProgress>;
  Repository: RepositoryRow;
  RepositoryFilter: Partial<RepositoryFilter>;
  CreateRepositoryInput: Partial<CreateRepositoryInput>;
  RepositoryTest: Partial<RepositoryTest>;
  ScanRepositoryInput: Partial<ScanRepositoryInput>;
  RepositoryScan: Partial<Omit<RepositoryScan, 'drivers'> & { drivers: Array<ResolversParentTypes['ScannedDriver']> }>;
  ScannedDriver: ScannedFolder;
  UpdateRepositoryInput: Partial<UpdateRepositoryInput>;
  DriverSource: SourceRow;
  DriverSourceFailure: Partial<DriverSourceFailure>;
  DriverSourceSkipped: Partial<DriverSourceSkipped>;
  DriverProblem: Partial<DriverProblem>;
  DriverLoad: LoadRow;
  DriverSourceFilter: Partial<DriverSourceFilter>;
  DriverLoadFilter: Partial<DriverLoadFilter>;
  FollowDriverInput: Partial<FollowDriverInput>;
  UpdateDriverSourceInput: Partial<UpdateDriverSourceInput>;
  FollowedDriver: Partial<Omit<FollowedDriver, 'source'> & { source: ResolversParentTypes['DriverSource'] }>;
  DriverDiff: Partial<Omit<DriverDiff, 'from' | 'to' | 'impact'> & { from: ResolversParentTypes['ApplicationDriverVersion'], to: ResolversParentTypes['ApplicationDriverVersion'], impact?: Maybe<ResolversParentTypes['VersionPlan']> }>;
  VersionPlan: PlannedVersion;
  UpdatePlan: PlannedUpdate;
  PlannedAction: Partial<PlannedAction>;
  PlannedPrompt: Partial<PlannedPrompt>;
  StaleSecret: Partial<StaleSecret>;
  PlannedHook: Partial<PlannedHook>;
  ValueChange: Partial<ValueChange>;
  FileChange: Partial<FileChange>;
  ObjectRef: Partial<ObjectRef>;
  ObjectChange: Partial<ObjectChange>;
  NewVersion: NoticeRow;
  NewVersionFilter: Partial<NewVersionFilter>;
  NewVersionPolicy: Partial<NewVersionPolicy>;
  NewVersionPolicyInput: Partial<NewVersionPolicyInput>;
  Deployment: DeploymentRow;
  DeploymentPolicies: Partial<DeploymentPolicies>;
  IgnoredFields: Partial<IgnoredFields>;
  Service: ServiceView;
  SecretPlace: Partial<SecretPlace>;
  Instance: InstanceRow;
  Observed: Partial<Observed>;
  Condition: Partial<Condition>;
  ComponentStatus: Partial<ComponentStatus>;
  DeploymentFilter: Partial<DeploymentFilter>;
  CreateDeploymentInput: Partial<CreateDeploymentInput>;
  DeploymentPoliciesInput: Partial<DeploymentPoliciesInput>;
  IgnoredFieldsInput: Partial<IgnoredFieldsInput>;
  UpdateDeploymentInput: Partial<UpdateDeploymentInput>;
  DeploymentChange: Partial<Omit<DeploymentChange, 'deployment' | 'task'> & { deployment: ResolversParentTypes['Deployment'], task?: Maybe<ResolversParentTypes['Task']> }>;
  Task: TaskRow;
  TestResult: Partial<TestResult>;
  TaskStep: StepRow;
  TaskLogLine: LogLineRow;
  LogLine: Partial<LogLine>;
  TaskFilter: Partial<TaskFilter>;
  PodStatus: JoinedPodRow;
  ContainerStatus: Partial<ContainerStatus>;
  DeploymentStatus: DeploymentStatusRow;
  StatusFilter: Partial<StatusFilter>;
  AgentHelloInput: Partial<AgentHelloInput>;
  AgentSession: Partial<AgentSession>;
  ClaimedTask: Partial<ClaimedTask>;
  RecordedStep: Partial<RecordedStep>;
  TaskStepAnswer: Partial<TaskStepAnswer>;
  TaskLogLineInput: Partial<TaskLogLineInput>;
  ReleasedIntent: Partial<ReleasedIntent>;
  PendingIntent: Partial<PendingIntent>;
  RecordIntentInput: Partial<RecordIntentInput>;
  ClaimedInquiry: Partial<ClaimedInquiry>;
  ReportScopeInput: Partial<ReportScopeInput>;
  PodStatusReportInput: Partial<PodStatusReportInput>;
  PodStatusInput: Partial<PodStatusInput>;
  ContainerStatusInput: Partial<ContainerStatusInput>;
  DeploymentStatusReportInput: Partial<DeploymentStatusReportInput>;
  BlindSpotInput: Partial<BlindSpotInput>;
  DeploymentStatusInput: Partial<DeploymentStatusInput>;
  ReportAnswer: Partial<ReportAnswer>;
};

export interface JsonScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['JSON'], any> {
  name: 'JSON';
}

export interface DateTimeScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['DateTime'], any> {
  name: 'DateTime';
}

export type QueryResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Query'] = ResolversParentTypes['Query']> = {
  clusters: Resolver<Array<ResolversTypes['Cluster']>, ParentType, ContextType, Partial<QueryClustersArgs>>;
  cluster: Resolver<Maybe<ResolversTypes['Cluster']>, ParentType, ContextType, Partial<QueryClusterArgs>>;
  environments: Resolver<Array<ResolversTypes['Environment']>, ParentType, ContextType, Partial<QueryEnvironmentsArgs>>;
  environment: Resolver<Maybe<ResolversTypes['Environment']>, ParentType, ContextType, Partial<QueryEnvironmentArgs>>;
  applicationDrivers: Resolver<Array<ResolversTypes['ApplicationDriver']>, ParentType, ContextType, Partial<QueryApplicationDriversArgs>>;
  applicationDriver: Resolver<Maybe<ResolversTypes['ApplicationDriver']>, ParentType, ContextType, Partial<QueryApplicationDriverArgs>>;
  applicationDriverVersions: Resolver<Array<ResolversTypes['ApplicationDriverVersion']>, ParentType, ContextType, Partial<QueryApplicationDriverVersionsArgs>>;
  applicationDriverVersion: Resolver<Maybe<ResolversTypes['ApplicationDriverVersion']>, ParentType, ContextType, Partial<QueryApplicationDriverVersionArgs>>;
  repositories: Resolver<Array<ResolversTypes['Repository']>, ParentType, ContextType, Partial<QueryRepositoriesArgs>>;
  repository: Resolver<Maybe<ResolversTypes['Repository']>, ParentType, ContextType, Partial<QueryRepositoryArgs>>;
  deployments: Resolver<Array<ResolversTypes['Deployment']>, ParentType, ContextType, Partial<QueryDeploymentsArgs>>;
  deployment: Resolver<Maybe<ResolversTypes['Deployment']>, ParentType, ContextType, Partial<QueryDeploymentArgs>>;
  driverDiff: Resolver<ResolversTypes['DriverDiff'], ParentType, ContextType, RequireFields<QueryDriverDiffArgs, 'driver' | 'from' | 'to'>>;
  driverImpact: Resolver<Array<ResolversTypes['VersionPlan']>, ParentType, ContextType, RequireFields<QueryDriverImpactArgs, 'driver'>>;
  updatePlan: Resolver<ResolversTypes['UpdatePlan'], ParentType, ContextType, RequireFields<QueryUpdatePlanArgs, 'input'>>;
  newVersions: Resolver<Array<ResolversTypes['NewVersion']>, ParentType, ContextType, Partial<QueryNewVersionsArgs>>;
  driverSources: Resolver<Array<ResolversTypes['DriverSource']>, ParentType, ContextType, Partial<QueryDriverSourcesArgs>>;
  driverSource: Resolver<Maybe<ResolversTypes['DriverSource']>, ParentType, ContextType, Partial<QueryDriverSourceArgs>>;
  driverLoads: Resolver<Array<ResolversTypes['DriverLoad']>, ParentType, ContextType, Partial<QueryDriverLoadsArgs>>;
  tasks: Resolver<Array<ResolversTypes['Task']>, ParentType, ContextType, Partial<QueryTasksArgs>>;
  task: Resolver<Maybe<ResolversTypes['Task']>, ParentType, ContextType, RequireFields<QueryTaskArgs, 'id'>>;
  podStatuses: Resolver<Array<ResolversTypes['PodStatus']>, ParentType, ContextType, Partial<QueryPodStatusesArgs>>;
  deploymentStatuses: Resolver<Array<ResolversTypes['DeploymentStatus']>, ParentType, ContextType, Partial<QueryDeploymentStatusesArgs>>;
  serverInfo: Resolver<ResolversTypes['ServerInfo'], ParentType, ContextType>;
};

export type MutationResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Mutation'] = ResolversParentTypes['Mutation']> = {
  createCluster: Resolver<ResolversTypes['CreatedCluster'], ParentType, ContextType, RequireFields<MutationCreateClusterArgs, 'input'>>;
  updateCluster: Resolver<ResolversTypes['Cluster'], ParentType, ContextType, RequireFields<MutationUpdateClusterArgs, 'cluster' | 'config'>>;
  rotateAgentToken: Resolver<ResolversTypes['RotatedToken'], ParentType, ContextType, RequireFields<MutationRotateAgentTokenArgs, 'cluster' | 'graceSeconds'>>;
  deleteCluster: Resolver<ResolversTypes['Cluster'], ParentType, ContextType, RequireFields<MutationDeleteClusterArgs, 'cluster' | 'force'>>;
  createEnvironment: Resolver<ResolversTypes['Environment'], ParentType, ContextType, RequireFields<MutationCreateEnvironmentArgs, 'input'>>;
  updateEnvironment: Resolver<ResolversTypes['Environment'], ParentType, ContextType, RequireFields<MutationUpdateEnvironmentArgs, 'environment' | 'config'>>;
  deleteEnvironment: Resolver<ResolversTypes['Environment'], ParentType, ContextType, RequireFields<MutationDeleteEnvironmentArgs, 'environment'>>;
  loadApplicationDriverVersion: Resolver<ResolversTypes['ApplicationDriverVersion'], ParentType, ContextType, RequireFields<MutationLoadApplicationDriverVersionArgs, 'input'>>;
  loadLocalApplicationDriverVersion: Resolver<ResolversTypes['ApplicationDriverVersion'], ParentType, ContextType, RequireFields<MutationLoadLocalApplicationDriverVersionArgs, 'path'>>;
  deleteApplicationDriverVersion: Resolver<ResolversTypes['ApplicationDriverVersion'], ParentType, ContextType, RequireFields<MutationDeleteApplicationDriverVersionArgs, 'id'>>;
  deleteApplicationDriver: Resolver<ResolversTypes['ApplicationDriver'], ParentType, ContextType, RequireFields<MutationDeleteApplicationDriverArgs, 'driver'>>;
  createRepository: Resolver<ResolversTypes['Repository'], ParentType, ContextType, RequireFields<MutationCreateRepositoryArgs, 'input'>>;
  updateRepository: Resolver<ResolversTypes['Repository'], ParentType, ContextType, RequireFields<MutationUpdateRepositoryArgs, 'input'>>;
  deleteRepository: Resolver<ResolversTypes['Repository'], ParentType, ContextType, RequireFields<MutationDeleteRepositoryArgs, 'repository'>>;
  followDriver: Resolver<ResolversTypes['FollowedDriver'], ParentType, ContextType, RequireFields<MutationFollowDriverArgs, 'input'>>;
  updateDriverSource: Resolver<ResolversTypes['FollowedDriver'], ParentType, ContextType, RequireFields<MutationUpdateDriverSourceArgs, 'input'>>;
  unfollowDriver: Resolver<ResolversTypes['DriverSource'], ParentType, ContextType, RequireFields<MutationUnfollowDriverArgs, 'source'>>;
  refreshDriverSource: Resolver<ResolversTypes['DriverSource'], ParentType, ContextType, RequireFields<MutationRefreshDriverSourceArgs, 'source'>>;
  testRepository: Resolver<ResolversTypes['RepositoryTest'], ParentType, ContextType, RequireFields<MutationTestRepositoryArgs, 'repository'>>;
  scanRepository: Resolver<ResolversTypes['RepositoryScan'], ParentType, ContextType, RequireFields<MutationScanRepositoryArgs, 'input'>>;
  createDeployment: Resolver<ResolversTypes['DeploymentChange'], ParentType, ContextType, RequireFields<MutationCreateDeploymentArgs, 'input'>>;
  updateDeployment: Resolver<ResolversTypes['DeploymentChange'], ParentType, ContextType, RequireFields<MutationUpdateDeploymentArgs, 'input'>>;
  startDeployment: Resolver<ResolversTypes['Deployment'], ParentType, ContextType, RequireFields<MutationStartDeploymentArgs, 'deployment'>>;
  stopDeployment: Resolver<ResolversTypes['Deployment'], ParentType, ContextType, RequireFields<MutationStopDeploymentArgs, 'deployment'>>;
  scaleDeployment: Resolver<ResolversTypes['Deployment'], ParentType, ContextType, RequireFields<MutationScaleDeploymentArgs, 'deployment' | 'component'>>;
  setDeploymentPolicies: Resolver<ResolversTypes['Deployment'], ParentType, ContextType, RequireFields<MutationSetDeploymentPoliciesArgs, 'deployment' | 'policies'>>;
  deleteDeployment: Resolver<ResolversTypes['DeploymentChange'], ParentType, ContextType, RequireFields<MutationDeleteDeploymentArgs, 'deployment' | 'volumes' | 'skipActions'>>;
  testDeployment: Resolver<ResolversTypes['DeploymentChange'], ParentType, ContextType, RequireFields<MutationTestDeploymentArgs, 'deployment'>>;
  cancelTask: Resolver<ResolversTypes['Task'], ParentType, ContextType, RequireFields<MutationCancelTaskArgs, 'task'>>;
  agentHello: Resolver<ResolversTypes['AgentSession'], ParentType, ContextType, RequireFields<MutationAgentHelloArgs, 'input'>>;
  agentGoodbye: Resolver<ResolversTypes['Boolean'], ParentType, ContextType, RequireFields<MutationAgentGoodbyeArgs, 'epoch'>>;
  claimTask: Resolver<Maybe<ResolversTypes['ClaimedTask']>, ParentType, ContextType, RequireFields<MutationClaimTaskArgs, 'epoch' | 'waitMs'>>;
  renewTask: Resolver<ResolversTypes['LeaseState'], ParentType, ContextType, RequireFields<MutationRenewTaskArgs, 'task' | 'token'>>;
  startTaskStep: Resolver<ResolversTypes['TaskStepAnswer'], ParentType, ContextType, RequireFields<MutationStartTaskStepArgs, 'task' | 'token' | 'name'>>;
  finishTaskStep: Resolver<ResolversTypes['LeaseState'], ParentType, ContextType, RequireFields<MutationFinishTaskStepArgs, 'task' | 'token' | 'name' | 'state'>>;
  appendTaskLog: Resolver<ResolversTypes['LeaseState'], ParentType, ContextType, RequireFields<MutationAppendTaskLogArgs, 'task' | 'token' | 'lines'>>;
  finishTask: Resolver<ResolversTypes['LeaseState'], ParentType, ContextType, RequireFields<MutationFinishTaskArgs, 'task' | 'token' | 'state'>>;
  endedTasks: Resolver<Array<ResolversTypes['ID']>, ParentType, ContextType, RequireFields<MutationEndedTasksArgs, 'epoch' | 'tasks'>>;
  releaseIntent: Resolver<ResolversTypes['ReleasedIntent'], ParentType, ContextType, RequireFields<MutationReleaseIntentArgs, 'task' | 'token'>>;
  rollBack: Resolver<ResolversTypes['ReleasedIntent'], ParentType, ContextType, RequireFields<MutationRollBackArgs, 'task' | 'token'>>;
  activateInstance: Resolver<ResolversTypes['LeaseState'], ParentType, ContextType, RequireFields<MutationActivateInstanceArgs, 'task' | 'token'>>;
  closeDeployment: Resolver<ResolversTypes['LeaseState'], ParentType, ContextType, RequireFields<MutationCloseDeploymentArgs, 'task' | 'token' | 'kept'>>;
  pendingIntents: Resolver<Array<ResolversTypes['PendingIntent']>, ParentType, ContextType, RequireFields<MutationPendingIntentsArgs, 'epoch' | 'waitMs'>>;
  recordIntent: Resolver<ResolversTypes['Boolean'], ParentType, ContextType, RequireFields<MutationRecordIntentArgs, 'epoch' | 'input'>>;
  claimInquiry: Resolver<Maybe<ResolversTypes['ClaimedInquiry']>, ParentType, ContextType, RequireFields<MutationClaimInquiryArgs, 'epoch' | 'waitMs'>>;
  reportPodStatuses: Resolver<ResolversTypes['ReportAnswer'], ParentType, ContextType, RequireFields<MutationReportPodStatusesArgs, 'input'>>;
  reportDeploymentStatuses: Resolver<ResolversTypes['ReportAnswer'], ParentType, ContextType, RequireFields<MutationReportDeploymentStatusesArgs, 'input'>>;
};

export type SubscriptionResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Subscription'] = ResolversParentTypes['Subscription']> = {
  deploymentChanged: SubscriptionResolver<Maybe<ResolversTypes['Deployment']>, "deploymentChanged", ParentType, ContextType, RequireFields<SubscriptionDeploymentChangedArgs, 'deployment'>>;
  deploymentsChanged: SubscriptionResolver<ResolversTypes['Deployment'], "deploymentsChanged", ParentType, ContextType, Partial<SubscriptionDeploymentsChangedArgs>>;
  taskChanged: SubscriptionResolver<ResolversTypes['Task'], "taskChanged", ParentType, ContextType, RequireFields<SubscriptionTaskChangedArgs, 'task'>>;
  taskLog: SubscriptionResolver<ResolversTypes['TaskLogLine'], "taskLog", ParentType, ContextType, RequireFields<SubscriptionTaskLogArgs, 'task'>>;
  deploymentLogs: SubscriptionResolver<ResolversTypes['LogLine'], "deploymentLogs", ParentType, ContextType, RequireFields<SubscriptionDeploymentLogsArgs, 'deployment' | 'tailLines' | 'follow'>>;
  loadProgress: SubscriptionResolver<ResolversTypes['LoadProgress'], "loadProgress", ParentType, ContextType, RequireFields<SubscriptionLoadProgressArgs, 'id'>>;
};

export type ServerInfoResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['ServerInfo'] = ResolversParentTypes['ServerInfo']> = {
  version?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  installationId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  agentUrl?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type ClusterResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Cluster'] = ResolversParentTypes['Cluster']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  config?: Resolver<ResolversTypes['JSON'], ParentType, ContextType>;
  intent?: Resolver<ResolversTypes['IntentMode'], ParentType, ContextType>;
  agent?: Resolver<ResolversTypes['ClusterAgent'], ParentType, ContextType>;
  environments?: Resolver<Array<ResolversTypes['Environment']>, ParentType, ContextType>;
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
};

export type ClusterAgentResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['ClusterAgent'] = ResolversParentTypes['ClusterAgent']> = {
  state?: Resolver<ResolversTypes['AgentState'], ParentType, ContextType>;
  epoch?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  version?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  lastSeenAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  refused?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  notice?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  blind?: Resolver<Array<ResolversTypes['BlindSpot']>, ParentType, ContextType>;
};

export type BlindSpotResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['BlindSpot'] = ResolversParentTypes['BlindSpot']> = {
  kind?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  namespace?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  reason?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  since?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
};

export type CreatedClusterResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['CreatedCluster'] = ResolversParentTypes['CreatedCluster']> = {
  cluster?: Resolver<ResolversTypes['Cluster'], ParentType, ContextType>;
  token?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type RotatedTokenResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['RotatedToken'] = ResolversParentTypes['RotatedToken']> = {
  cluster?: Resolver<ResolversTypes['Cluster'], ParentType, ContextType>;
  token?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type EnvironmentResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Environment'] = ResolversParentTypes['Environment']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  config?: Resolver<ResolversTypes['JSON'], ParentType, ContextType>;
  cluster?: Resolver<ResolversTypes['Cluster'], ParentType, ContextType>;
  namespace?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  deployments?: Resolver<Array<ResolversTypes['Deployment']>, ParentType, ContextType>;
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
};

export type ApplicationDriverResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['ApplicationDriver'] = ResolversParentTypes['ApplicationDriver']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  versions?: Resolver<Array<ResolversTypes['ApplicationDriverVersion']>, ParentType, ContextType>;
  latest?: Resolver<ResolversTypes['ApplicationDriverVersion'], ParentType, ContextType>;
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
};

export type ApplicationDriverVersionResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['ApplicationDriverVersion'] = ResolversParentTypes['ApplicationDriverVersion']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  driver?: Resolver<ResolversTypes['ApplicationDriver'], ParentType, ContextType>;
  version?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  supportedVersions?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  defaultVersion?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  commit?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  author?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  committedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  subject?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  signature?: Resolver<Maybe<ResolversTypes['JSON']>, ParentType, ContextType>;
  digest?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  source?: Resolver<ResolversTypes['JSON'], ParentType, ContextType>;
  spec?: Resolver<ResolversTypes['JSON'], ParentType, ContextType>;
  parameters?: Resolver<Array<ResolversTypes['DriverParameter']>, ParentType, ContextType>;
  envVars?: Resolver<Array<ResolversTypes['DriverEnvVar']>, ParentType, ContextType>;
  containerOverrides?: Resolver<Array<ResolversTypes['DriverContainerOverride']>, ParentType, ContextType>;
  actions?: Resolver<Array<ResolversTypes['DriverAction']>, ParentType, ContextType>;
  charts?: Resolver<Maybe<Array<ResolversTypes['DriverChart']>>, ParentType, ContextType>;
  clusterRole?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  loadedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  outcome?: Resolver<Maybe<ResolversTypes['DriverVersionOutcome']>, ParentType, ContextType>;
  replaced?: Resolver<Maybe<ResolversTypes['ApplicationDriverVersion']>, ParentType, ContextType>;
  pinned?: Resolver<Array<ResolversTypes['Deployment']>, ParentType, ContextType>;
};

export type DriverParameterResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['DriverParameter'] = ResolversParentTypes['DriverParameter']> = {
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  label?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  description?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  kind?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  required?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  default?: Resolver<Maybe<ResolversTypes['JSON']>, ParentType, ContextType>;
  values?: Resolver<Maybe<Array<ResolversTypes['JSON']>>, ParentType, ContextType>;
  group?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  advanced?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  items?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  min?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  max?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  minLength?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  maxLength?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  pattern?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  generated?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
};

export type DriverEnvVarResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['DriverEnvVar'] = ResolversParentTypes['DriverEnvVar']> = {
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  description?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  components?: Resolver<Array<ResolversTypes['String']>, ParentType, ContextType>;
};

export type DriverContainerOverrideResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['DriverContainerOverride'] = ResolversParentTypes['DriverContainerOverride']> = {
  component?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  container?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  command?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  args?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  description?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type DriverActionResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['DriverAction'] = ResolversParentTypes['DriverAction']> = {
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  hook?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  mode?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  when?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  location?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  description?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  runs?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  prompts?: Resolver<Array<ResolversTypes['DriverParameter']>, ParentType, ContextType>;
};

export type DriverChartResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['DriverChart'] = ResolversParentTypes['DriverChart']> = {
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  version?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  location?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  digest?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type LoadProgressResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['LoadProgress'] = ResolversParentTypes['LoadProgress']> = {
  phase?: Resolver<ResolversTypes['LoadPhase'], ParentType, ContextType>;
  bytes?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  objects?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type RepositoryResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Repository'] = ResolversParentTypes['Repository']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  kind?: Resolver<ResolversTypes['RepositoryKind'], ParentType, ContextType>;
  url?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  username?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  hasToken?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  ca?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  requireSignature?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  allowedKeys?: Resolver<Array<ResolversTypes['String']>, ParentType, ContextType>;
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  updatedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
};

export type RepositoryTestResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['RepositoryTest'] = ResolversParentTypes['RepositoryTest']> = {
  url?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  branches?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  tags?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type RepositoryScanResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['RepositoryScan'] = ResolversParentTypes['RepositoryScan']> = {
  url?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  ref?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  commit?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  drivers?: Resolver<Array<ResolversTypes['ScannedDriver']>, ParentType, ContextType>;
};

export type ScannedDriverResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['ScannedDriver'] = ResolversParentTypes['ScannedDriver']> = {
  path?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  name?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  version?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  valid?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  error?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  loaded?: Resolver<Maybe<ResolversTypes['ApplicationDriverVersion']>, ParentType, ContextType>;
};

export type DriverSourceResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['DriverSource'] = ResolversParentTypes['DriverSource']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  url?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  ref?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  path?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  everySeconds?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  requireSignature?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  allowedKeys?: Resolver<Array<ResolversTypes['String']>, ParentType, ContextType>;
  webhook?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  webhookPath?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  state?: Resolver<ResolversTypes['DriverSourceState'], ParentType, ContextType>;
  driver?: Resolver<Maybe<ResolversTypes['ApplicationDriver']>, ParentType, ContextType>;
  version?: Resolver<Maybe<ResolversTypes['ApplicationDriverVersion']>, ParentType, ContextType>;
  seenRef?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  seenCommit?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  seenAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  polledAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  nextPollAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  failures?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  failure?: Resolver<Maybe<ResolversTypes['DriverSourceFailure']>, ParentType, ContextType>;
  skipped?: Resolver<Maybe<ResolversTypes['DriverSourceSkipped']>, ParentType, ContextType>;
  loads?: Resolver<Array<ResolversTypes['DriverLoad']>, ParentType, ContextType, RequireFields<DriverSourceLoadsArgs, 'first'>>;
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
};

export type DriverSourceFailureResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['DriverSourceFailure'] = ResolversParentTypes['DriverSourceFailure']> = {
  about?: Resolver<ResolversTypes['DriverSourceTrouble'], ParentType, ContextType>;
  code?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  commit?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  problems?: Resolver<Array<ResolversTypes['DriverProblem']>, ParentType, ContextType>;
};

export type DriverSourceSkippedResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['DriverSourceSkipped'] = ResolversParentTypes['DriverSourceSkipped']> = {
  count?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  from?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  to?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type DriverProblemResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['DriverProblem'] = ResolversParentTypes['DriverProblem']> = {
  field?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  excerpt?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type DriverLoadResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['DriverLoad'] = ResolversParentTypes['DriverLoad']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  source?: Resolver<ResolversTypes['DriverSource'], ParentType, ContextType>;
  commit?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  ref?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  state?: Resolver<ResolversTypes['DriverLoadState'], ParentType, ContextType>;
  version?: Resolver<Maybe<ResolversTypes['ApplicationDriverVersion']>, ParentType, ContextType>;
  code?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  message?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  problems?: Resolver<Array<ResolversTypes['DriverProblem']>, ParentType, ContextType>;
  at?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
};

export type FollowedDriverResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['FollowedDriver'] = ResolversParentTypes['FollowedDriver']> = {
  source?: Resolver<ResolversTypes['DriverSource'], ParentType, ContextType>;
  webhookSecret?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type DriverDiffResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['DriverDiff'] = ResolversParentTypes['DriverDiff']> = {
  from?: Resolver<ResolversTypes['ApplicationDriverVersion'], ParentType, ContextType>;
  to?: Resolver<ResolversTypes['ApplicationDriverVersion'], ParentType, ContextType>;
  level?: Resolver<ResolversTypes['VersionLevel'], ParentType, ContextType>;
  specification?: Resolver<Array<ResolversTypes['ValueChange']>, ParentType, ContextType>;
  parameters?: Resolver<Array<ResolversTypes['ValueChange']>, ParentType, ContextType>;
  files?: Resolver<Array<ResolversTypes['FileChange']>, ParentType, ContextType>;
  impact?: Resolver<Maybe<ResolversTypes['VersionPlan']>, ParentType, ContextType>;
};

export type VersionPlanResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['VersionPlan'] = ResolversParentTypes['VersionPlan']> = {
  deployment?: Resolver<ResolversTypes['Deployment'], ParentType, ContextType>;
  from?: Resolver<ResolversTypes['ApplicationDriverVersion'], ParentType, ContextType>;
  to?: Resolver<ResolversTypes['ApplicationDriverVersion'], ParentType, ContextType>;
  level?: Resolver<ResolversTypes['VersionLevel'], ParentType, ContextType>;
  parameters?: Resolver<Array<ResolversTypes['ValueChange']>, ParentType, ContextType>;
  added?: Resolver<Array<ResolversTypes['ObjectRef']>, ParentType, ContextType>;
  removed?: Resolver<Array<ResolversTypes['ObjectRef']>, ParentType, ContextType>;
  changed?: Resolver<Array<ResolversTypes['ObjectChange']>, ParentType, ContextType>;
  staleSecrets?: Resolver<Array<ResolversTypes['StaleSecret']>, ParentType, ContextType>;
  heldReplicas?: Resolver<Array<ResolversTypes['String']>, ParentType, ContextType>;
  actions?: Resolver<Array<ResolversTypes['PlannedAction']>, ParentType, ContextType>;
  hooks?: Resolver<Array<ResolversTypes['PlannedHook']>, ParentType, ContextType>;
  problems?: Resolver<Array<ResolversTypes['DriverProblem']>, ParentType, ContextType>;
};

export type UpdatePlanResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['UpdatePlan'] = ResolversParentTypes['UpdatePlan']> = {
  deployment?: Resolver<ResolversTypes['Deployment'], ParentType, ContextType>;
  flow?: Resolver<Maybe<ResolversTypes['TaskKind']>, ParentType, ContextType>;
  from?: Resolver<ResolversTypes['ApplicationDriverVersion'], ParentType, ContextType>;
  to?: Resolver<ResolversTypes['ApplicationDriverVersion'], ParentType, ContextType>;
  fromApplicationVersion?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  toApplicationVersion?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  added?: Resolver<Array<ResolversTypes['ObjectRef']>, ParentType, ContextType>;
  removed?: Resolver<Array<ResolversTypes['ObjectRef']>, ParentType, ContextType>;
  changed?: Resolver<Array<ResolversTypes['ObjectChange']>, ParentType, ContextType>;
  changedSecrets?: Resolver<Array<ResolversTypes['String']>, ParentType, ContextType>;
  madeSecrets?: Resolver<Array<ResolversTypes['String']>, ParentType, ContextType>;
  staleSecrets?: Resolver<Array<ResolversTypes['StaleSecret']>, ParentType, ContextType>;
  heldReplicas?: Resolver<Array<ResolversTypes['String']>, ParentType, ContextType>;
  actions?: Resolver<Array<ResolversTypes['PlannedAction']>, ParentType, ContextType>;
  hooks?: Resolver<Array<ResolversTypes['PlannedHook']>, ParentType, ContextType>;
  problems?: Resolver<Array<ResolversTypes['DriverProblem']>, ParentType, ContextType>;
};

export type PlannedActionResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['PlannedAction'] = ResolversParentTypes['PlannedAction']> = {
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  hook?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  mode?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  description?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  unanswered?: Resolver<Array<ResolversTypes['String']>, ParentType, ContextType>;
  takes?: Resolver<Array<ResolversTypes['String']>, ParentType, ContextType>;
  prompts?: Resolver<Array<ResolversTypes['PlannedPrompt']>, ParentType, ContextType>;
};

export type PlannedPromptResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['PlannedPrompt'] = ResolversParentTypes['PlannedPrompt']> = {
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  takes?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  value?: Resolver<Maybe<ResolversTypes['JSON']>, ParentType, ContextType>;
  answered?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
};

export type StaleSecretResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['StaleSecret'] = ResolversParentTypes['StaleSecret']> = {
  apiVersion?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  kind?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  namespace?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  secret?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  keys?: Resolver<Array<ResolversTypes['String']>, ParentType, ContextType>;
  taking?: Resolver<ResolversTypes['SecretTaking'], ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type PlannedHookResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['PlannedHook'] = ResolversParentTypes['PlannedHook']> = {
  event?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  weight?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  apiVersion?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  kind?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  namespace?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type ValueChangeResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['ValueChange'] = ResolversParentTypes['ValueChange']> = {
  path?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  before?: Resolver<Maybe<ResolversTypes['JSON']>, ParentType, ContextType>;
  after?: Resolver<Maybe<ResolversTypes['JSON']>, ParentType, ContextType>;
};

export type FileChangeResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['FileChange'] = ResolversParentTypes['FileChange']> = {
  path?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  change?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type ObjectRefResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['ObjectRef'] = ResolversParentTypes['ObjectRef']> = {
  apiVersion?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  kind?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  namespace?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type ObjectChangeResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['ObjectChange'] = ResolversParentTypes['ObjectChange']> = {
  apiVersion?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  kind?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  namespace?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  recreate?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  refused?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  fields?: Resolver<Array<ResolversTypes['ValueChange']>, ParentType, ContextType>;
};

export type NewVersionResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['NewVersion'] = ResolversParentTypes['NewVersion']> = {
  deployment?: Resolver<ResolversTypes['Deployment'], ParentType, ContextType>;
  version?: Resolver<ResolversTypes['ApplicationDriverVersion'], ParentType, ContextType>;
  state?: Resolver<ResolversTypes['NewVersionState'], ParentType, ContextType>;
  reason?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  plan?: Resolver<Maybe<ResolversTypes['VersionPlan']>, ParentType, ContextType>;
  task?: Resolver<Maybe<ResolversTypes['Task']>, ParentType, ContextType>;
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  updatedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
};

export type NewVersionPolicyResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['NewVersionPolicy'] = ResolversParentTypes['NewVersionPolicy']> = {
  do?: Resolver<ResolversTypes['NewVersionAction'], ParentType, ContextType>;
  level?: Resolver<ResolversTypes['VersionLevel'], ParentType, ContextType>;
  recreate?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  deletions?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  parameters?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
};

export type DeploymentResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Deployment'] = ResolversParentTypes['Deployment']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  status?: Resolver<ResolversTypes['DeploymentStatusWord'], ParentType, ContextType>;
  statusReason?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  lastKnown?: Resolver<Maybe<ResolversTypes['DeploymentStatusWord']>, ParentType, ContextType>;
  resourceStatus?: Resolver<ResolversTypes['DeploymentStatusWord'], ParentType, ContextType>;
  resourceStatusReason?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  environment?: Resolver<ResolversTypes['Environment'], ParentType, ContextType>;
  driverVersion?: Resolver<ResolversTypes['ApplicationDriverVersion'], ParentType, ContextType>;
  applicationVersion?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  parameters?: Resolver<ResolversTypes['JSON'], ParentType, ContextType>;
  config?: Resolver<ResolversTypes['JSON'], ParentType, ContextType>;
  envVars?: Resolver<ResolversTypes['JSON'], ParentType, ContextType>;
  containerOverrides?: Resolver<ResolversTypes['JSON'], ParentType, ContextType>;
  phase?: Resolver<ResolversTypes['DeploymentPhase'], ParentType, ContextType>;
  replicas?: Resolver<ResolversTypes['JSON'], ParentType, ContextType>;
  policies?: Resolver<ResolversTypes['DeploymentPolicies'], ParentType, ContextType>;
  intentGeneration?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  services?: Resolver<Array<ResolversTypes['Service']>, ParentType, ContextType>;
  secrets?: Resolver<Array<ResolversTypes['SecretPlace']>, ParentType, ContextType>;
  activeInstance?: Resolver<Maybe<ResolversTypes['Instance']>, ParentType, ContextType>;
  instances?: Resolver<Array<ResolversTypes['Instance']>, ParentType, ContextType, RequireFields<DeploymentInstancesArgs, 'first'>>;
  observed?: Resolver<Maybe<ResolversTypes['Observed']>, ParentType, ContextType>;
  pods?: Resolver<Array<ResolversTypes['PodStatus']>, ParentType, ContextType>;
  tasks?: Resolver<Array<ResolversTypes['Task']>, ParentType, ContextType, RequireFields<DeploymentTasksArgs, 'first'>>;
  lastTest?: Resolver<Maybe<ResolversTypes['Task']>, ParentType, ContextType>;
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  updatedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
};

export type DeploymentPoliciesResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['DeploymentPolicies'] = ResolversParentTypes['DeploymentPolicies']> = {
  drift?: Resolver<ResolversTypes['DriftPolicy'], ParentType, ContextType>;
  conflicts?: Resolver<ResolversTypes['ConflictPolicy'], ParentType, ContextType>;
  prune?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  ignore?: Resolver<Array<ResolversTypes['IgnoredFields']>, ParentType, ContextType>;
  newVersions?: Resolver<ResolversTypes['NewVersionPolicy'], ParentType, ContextType>;
};

export type IgnoredFieldsResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['IgnoredFields'] = ResolversParentTypes['IgnoredFields']> = {
  kind?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  name?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  fields?: Resolver<Array<ResolversTypes['String']>, ParentType, ContextType>;
};

export type ServiceResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Service'] = ResolversParentTypes['Service']> = {
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  kind?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  scope?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  component?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  port?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  url?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  humanReadableUrl?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  humanReadableUrlSharedWith?: Resolver<Array<ResolversTypes['String']>, ParentType, ContextType>;
};

export type SecretPlaceResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['SecretPlace'] = ResolversParentTypes['SecretPlace']> = {
  parameter?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  namespace?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  key?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  command?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type InstanceResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Instance'] = ResolversParentTypes['Instance']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  driverVersion?: Resolver<ResolversTypes['ApplicationDriverVersion'], ParentType, ContextType>;
  applicationVersion?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  parameters?: Resolver<ResolversTypes['JSON'], ParentType, ContextType>;
  context?: Resolver<ResolversTypes['JSON'], ParentType, ContextType>;
  active?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
};

export type ObservedResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Observed'] = ResolversParentTypes['Observed']> = {
  at?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  ageSeconds?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  stale?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  phase?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  intentGeneration?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  instanceId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  conditions?: Resolver<Array<ResolversTypes['Condition']>, ParentType, ContextType>;
  components?: Resolver<Array<ResolversTypes['ComponentStatus']>, ParentType, ContextType>;
  drift?: Resolver<Maybe<ResolversTypes['JSON']>, ParentType, ContextType>;
  release?: Resolver<Maybe<ResolversTypes['JSON']>, ParentType, ContextType>;
  simulated?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
};

export type ConditionResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Condition'] = ResolversParentTypes['Condition']> = {
  type?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  status?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  reason?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  lastTransitionTime?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
};

export type ComponentStatusResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['ComponentStatus'] = ResolversParentTypes['ComponentStatus']> = {
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  desired?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  ready?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  state?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  message?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type DeploymentChangeResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['DeploymentChange'] = ResolversParentTypes['DeploymentChange']> = {
  deployment?: Resolver<ResolversTypes['Deployment'], ParentType, ContextType>;
  task?: Resolver<Maybe<ResolversTypes['Task']>, ParentType, ContextType>;
};

export type TaskResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['Task'] = ResolversParentTypes['Task']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  kind?: Resolver<ResolversTypes['TaskKind'], ParentType, ContextType>;
  state?: Resolver<ResolversTypes['TaskState'], ParentType, ContextType>;
  reason?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  supersededBy?: Resolver<Maybe<ResolversTypes['Task']>, ParentType, ContextType>;
  deployment?: Resolver<Maybe<ResolversTypes['Deployment']>, ParentType, ContextType>;
  deploymentName?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  instance?: Resolver<Maybe<ResolversTypes['Instance']>, ParentType, ContextType>;
  steps?: Resolver<Array<ResolversTypes['TaskStep']>, ParentType, ContextType>;
  testResults?: Resolver<Array<ResolversTypes['TestResult']>, ParentType, ContextType>;
  kept?: Resolver<Array<ResolversTypes['String']>, ParentType, ContextType>;
  log?: Resolver<Array<ResolversTypes['TaskLogLine']>, ParentType, ContextType, RequireFields<TaskLogArgs, 'first'>>;
  attempts?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  startedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  finishedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
};

export type TestResultResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['TestResult'] = ResolversParentTypes['TestResult']> = {
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  kind?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  outcome?: Resolver<ResolversTypes['TestOutcome'], ParentType, ContextType>;
  message?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  startedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  endedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  log?: Resolver<Array<ResolversTypes['String']>, ParentType, ContextType>;
};

export type TaskStepResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['TaskStep'] = ResolversParentTypes['TaskStep']> = {
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  state?: Resolver<ResolversTypes['StepState'], ParentType, ContextType>;
  attempts?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  error?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  startedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  finishedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
};

export type TaskLogLineResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['TaskLogLine'] = ResolversParentTypes['TaskLogLine']> = {
  number?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  at?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  level?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type LogLineResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['LogLine'] = ResolversParentTypes['LogLine']> = {
  pod?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  container?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  line?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type PodStatusResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['PodStatus'] = ResolversParentTypes['PodStatus']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  deployment?: Resolver<ResolversTypes['Deployment'], ParentType, ContextType>;
  component?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  namespace?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  phase?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  ready?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  restarts?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  reason?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  message?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  node?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  images?: Resolver<Array<ResolversTypes['String']>, ParentType, ContextType>;
  containers?: Resolver<Array<ResolversTypes['ContainerStatus']>, ParentType, ContextType>;
  startedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  observedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  simulated?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
};

export type ContainerStatusResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['ContainerStatus'] = ResolversParentTypes['ContainerStatus']> = {
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  state?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  ready?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  restarts?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  lastExitCode?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
};

export type DeploymentStatusResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['DeploymentStatus'] = ResolversParentTypes['DeploymentStatus']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  deployment?: Resolver<ResolversTypes['Deployment'], ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  status?: Resolver<ResolversTypes['DeploymentStatusWord'], ParentType, ContextType>;
  phase?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  instanceId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  intentGeneration?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  generation?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  observedGeneration?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  conditions?: Resolver<Array<ResolversTypes['Condition']>, ParentType, ContextType>;
  components?: Resolver<Array<ResolversTypes['ComponentStatus']>, ParentType, ContextType>;
  drift?: Resolver<Maybe<ResolversTypes['JSON']>, ParentType, ContextType>;
  release?: Resolver<Maybe<ResolversTypes['JSON']>, ParentType, ContextType>;
  observedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  ageSeconds?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  simulated?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
};

export type AgentSessionResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['AgentSession'] = ResolversParentTypes['AgentSession']> = {
  epoch?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  clusterId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  clusterName?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  intent?: Resolver<ResolversTypes['IntentMode'], ParentType, ContextType>;
  leaseMs?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  renewMs?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  notice?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type ClaimedTaskResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['ClaimedTask'] = ResolversParentTypes['ClaimedTask']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  kind?: Resolver<ResolversTypes['TaskKind'], ParentType, ContextType>;
  token?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  attempts?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  deploymentId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  deploymentName?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  resourceName?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  namespace?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  instanceId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  driverDigest?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  intentGeneration?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  payload?: Resolver<ResolversTypes['JSON'], ParentType, ContextType>;
  steps?: Resolver<Array<ResolversTypes['RecordedStep']>, ParentType, ContextType>;
};

export type RecordedStepResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['RecordedStep'] = ResolversParentTypes['RecordedStep']> = {
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  state?: Resolver<ResolversTypes['StepState'], ParentType, ContextType>;
  result?: Resolver<Maybe<ResolversTypes['JSON']>, ParentType, ContextType>;
  error?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type TaskStepAnswerResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['TaskStepAnswer'] = ResolversParentTypes['TaskStepAnswer']> = {
  lease?: Resolver<ResolversTypes['LeaseState'], ParentType, ContextType>;
  step?: Resolver<Maybe<ResolversTypes['RecordedStep']>, ParentType, ContextType>;
};

export type ReleasedIntentResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['ReleasedIntent'] = ResolversParentTypes['ReleasedIntent']> = {
  lease?: Resolver<ResolversTypes['LeaseState'], ParentType, ContextType>;
  generation?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
};

export type PendingIntentResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['PendingIntent'] = ResolversParentTypes['PendingIntent']> = {
  deploymentId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  environment?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  generation?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  instanceId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  spec?: Resolver<ResolversTypes['JSON'], ParentType, ContextType>;
  secretName?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  secretData?: Resolver<Maybe<ResolversTypes['JSON']>, ParentType, ContextType>;
};

export type ClaimedInquiryResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['ClaimedInquiry'] = ResolversParentTypes['ClaimedInquiry']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  kind?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  question?: Resolver<ResolversTypes['JSON'], ParentType, ContextType>;
  expiresAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
};

export type ReportAnswerResolvers<ContextType = RequestContext, ParentType extends ResolversParentTypes['ReportAnswer'] = ResolversParentTypes['ReportAnswer']> = {
  outcome?: Resolver<ResolversTypes['ReportOutcome'], ParentType, ContextType>;
  written?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  pruned?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  ignored?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type Resolvers<ContextType = RequestContext> = {
  JSON?: GraphQLScalarType;
  DateTime?: GraphQLScalarType;
  Query?: QueryResolvers<ContextType>;
  Mutation?: MutationResolvers<ContextType>;
  Subscription?: SubscriptionResolvers<ContextType>;
  ServerInfo?: ServerInfoResolvers<ContextType>;
  Cluster?: ClusterResolvers<ContextType>;
  ClusterAgent?: ClusterAgentResolvers<ContextType>;
  BlindSpot?: BlindSpotResolvers<ContextType>;
  CreatedCluster?: CreatedClusterResolvers<ContextType>;
  RotatedToken?: RotatedTokenResolvers<ContextType>;
  Environment?: EnvironmentResolvers<ContextType>;
  ApplicationDriver?: ApplicationDriverResolvers<ContextType>;
  ApplicationDriverVersion?: ApplicationDriverVersionResolvers<ContextType>;
  DriverParameter?: DriverParameterResolvers<ContextType>;
  DriverEnvVar?: DriverEnvVarResolvers<ContextType>;
  DriverContainerOverride?: DriverContainerOverrideResolvers<ContextType>;
  DriverAction?: DriverActionResolvers<ContextType>;
  DriverChart?: DriverChartResolvers<ContextType>;
  LoadProgress?: LoadProgressResolvers<ContextType>;
  Repository?: RepositoryResolvers<ContextType>;
  RepositoryTest?: RepositoryTestResolvers<ContextType>;
  RepositoryScan?: RepositoryScanResolvers<ContextType>;
  ScannedDriver?: ScannedDriverResolvers<ContextType>;
  DriverSource?: DriverSourceResolvers<ContextType>;
  DriverSourceFailure?: DriverSourceFailureResolvers<ContextType>;
  DriverSourceSkipped?: DriverSourceSkippedResolvers<ContextType>;
  DriverProblem?: DriverProblemResolvers<ContextType>;
  DriverLoad?: DriverLoadResolvers<ContextType>;
  FollowedDriver?: FollowedDriverResolvers<ContextType>;
  DriverDiff?: DriverDiffResolvers<ContextType>;
  VersionPlan?: VersionPlanResolvers<ContextType>;
  UpdatePlan?: UpdatePlanResolvers<ContextType>;
  PlannedAction?: PlannedActionResolvers<ContextType>;
  PlannedPrompt?: PlannedPromptResolvers<ContextType>;
  StaleSecret?: StaleSecretResolvers<ContextType>;
  PlannedHook?: PlannedHookResolvers<ContextType>;
  ValueChange?: ValueChangeResolvers<ContextType>;
  FileChange?: FileChangeResolvers<ContextType>;
  ObjectRef?: ObjectRefResolvers<ContextType>;
  ObjectChange?: ObjectChangeResolvers<ContextType>;
  NewVersion?: NewVersionResolvers<ContextType>;
  NewVersionPolicy?: NewVersionPolicyResolvers<ContextType>;
  Deployment?: DeploymentResolvers<ContextType>;
  DeploymentPolicies?: DeploymentPoliciesResolvers<ContextType>;
  IgnoredFields?: IgnoredFieldsResolvers<ContextType>;
  Service?: ServiceResolvers<ContextType>;
  SecretPlace?: SecretPlaceResolvers<ContextType>;
  Instance?: InstanceResolvers<ContextType>;
  Observed?: ObservedResolvers<ContextType>;
  Condition?: ConditionResolvers<ContextType>;
  ComponentStatus?: ComponentStatusResolvers<ContextType>;
  DeploymentChange?: DeploymentChangeResolvers<ContextType>;
  Task?: TaskResolvers<ContextType>;
  TestResult?: TestResultResolvers<ContextType>;
  TaskStep?: TaskStepResolvers<ContextType>;
  TaskLogLine?: TaskLogLineResolvers<ContextType>;
  LogLine?: LogLineResolvers<ContextType>;
  PodStatus?: PodStatusResolvers<ContextType>;
  ContainerStatus?: ContainerStatusResolvers<ContextType>;
  DeploymentStatus?: DeploymentStatusResolvers<ContextType>;
  AgentSession?: AgentSessionResolvers<ContextType>;
  ClaimedTask?: ClaimedTaskResolvers<ContextType>;
  RecordedStep?: RecordedStepResolvers<ContextType>;
  TaskStepAnswer?: TaskStepAnswerResolvers<ContextType>;
  ReleasedIntent?: ReleasedIntentResolvers<ContextType>;
  PendingIntent?: PendingIntentResolvers<ContextType>;
  ClaimedInquiry?: ClaimedInquiryResolvers<ContextType>;
  ReportAnswer?: ReportAnswerResolvers<ContextType>;
};

