// Made by `bun run codegen` from schema.graphql. Do not edit.
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
export type Maybe<T> = T | null;
export type InputMaybe<T> = Maybe<T>;
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
  DateTime: { input: string; output: string; }
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
  /** See the schema's head. */
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
};

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
  /** Its last task failed, or its resource is stalled. */
  | 'FAILED'
  /** It is stopped, as wanted. */
  | 'STOPPED'
  /** What was observed is behind what is declared. */
  | 'DEPLOYING'
  /** It is as declared, but something of it is not well. */
  | 'DEGRADED'
  /** It is as declared, and well. */
  | 'RUNNING';

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
  /** The driver's own version; the latest by default. */
  driverVersion?: InputMaybe<Scalars['String']['input']>;
  /** The application's version; the one the driver proposes by default. */
  applicationVersion?: InputMaybe<Scalars['String']['input']>;
  /** Where it is to run. */
  environment: Scalars['ID']['input'];
  /** {name: value}; see ApplicationDriverVersion.parameters. */
  parameters?: InputMaybe<Scalars['JSON']['input']>;
  /** Overrides the environment's. */
  config?: InputMaybe<Scalars['JSON']['input']>;
  /** {component: {NAME: value}}. */
  envVars?: InputMaybe<Scalars['JSON']['input']>;
  /** {component: {container: {command, args}}}. */
  containerOverrides?: InputMaybe<Scalars['JSON']['input']>;
  /** How long it may take to become ready, in seconds. Default 600. */
  timeoutSeconds?: InputMaybe<Scalars['Int']['input']>;
  /** See the schema's head. */
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
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
  /** Replaces the environment variables. */
  envVars?: InputMaybe<Scalars['JSON']['input']>;
  /** Replaces the container overrides. */
  containerOverrides?: InputMaybe<Scalars['JSON']['input']>;
  /** How long it may take to become ready, in seconds. Default 600. */
  timeoutSeconds?: InputMaybe<Scalars['Int']['input']>;
  /** See the schema's head. */
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
};

/** What becomes of volumes when a deployment is deleted. */
export type VolumePolicy =
  /** They stay in the cluster. */
  | 'KEEP'
  /** They are deleted with the application. */
  | 'DELETE';

/** Which flow a task runs. */
export type TaskKind =
  /** Brings a deployment to its declared instance: the first time, and after each change. */
  | 'DEPLOY'
  /** Removes a deployment from its cluster. */
  | 'DELETE';

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

/** Where a step stands. */
export type StepState =
  /** It was begun. */
  | 'RUNNING'
  /** Its result is recorded; it never runs again. */
  | 'SUCCEEDED'
  /** It failed; it runs again when its task does. */
  | 'FAILED';

/** Which tasks. */
export type TaskFilter = {
  /** Only those of this deployment (by id, also of one that is gone). */
  deployment?: InputMaybe<Scalars['ID']['input']>;
  /** Only this flow. */
  kind?: InputMaybe<TaskKind>;
  /** Only these states. */
  states?: InputMaybe<Array<TaskState>>;
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
};

/** What a write with a token learns. */
export type LeaseState =
  /** The lease holds. */
  | 'OK'
  /** The lease holds, and the task is to end at the next chance. */
  | 'CANCEL'
  /** The lease is somebody else's or the task has ended; nothing was written. */
  | 'LOST';

/** A line for a task's log. */
export type TaskLogLineInput = {
  /** info, warn or error. */
  level: Scalars['String']['input'];
  /** What. */
  message: Scalars['String']['input'];
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

/** What became of a report. */
export type ReportOutcome =
  /** It was taken. */
  | 'ACCEPTED'
  /** The server does not know its base: a FULL report is wanted. */
  | 'NEED_FULL'
  /** It is older than what is known: nothing was written. */
  | 'STALE';

export type ServerInfoQueryVariables = Exact<{ [key: string]: never; }>;


export type ServerInfoQuery = { serverInfo: { version: string, installationId: string } };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}

export const ServerInfoDocument = new TypedDocumentString(`
    query serverInfo {
  serverInfo {
    version
    installationId
  }
}
    `) as unknown as TypedDocumentString<ServerInfoQuery, ServerInfoQueryVariables>;