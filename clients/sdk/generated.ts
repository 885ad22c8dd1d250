// Made by `bun run codegen` from schema.graphql. Do not edit.
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
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
  name?: string | null | undefined;
};

/** A new cluster. */
export type CreateClusterInput = {
  /** A DNS label. */
  name: string;
  /** See Cluster.config. */
  config?: unknown;
  /** Who writes the resources. */
  intent?: IntentMode | null | undefined;
  /** SHA-256 of the agent's token, 64 hex digits. Without it the server makes a token and answers it once. */
  tokenHash?: string | null | undefined;
  /** See the schema's head. */
  idempotencyKey?: string | null | undefined;
};

/** Which environments. */
export type EnvironmentFilter = {
  /** Only this name. */
  name?: string | null | undefined;
  /** Only those on this cluster. */
  cluster?: string | null | undefined;
};

/** A new environment. */
export type CreateEnvironmentInput = {
  /** A DNS label. */
  name: string;
  /** Where it is to be. */
  cluster: string;
  /** Overrides the cluster's. */
  config?: unknown;
  /** See the schema's head. */
  idempotencyKey?: string | null | undefined;
};

/** What a load of a driver version came to. */
export type DriverVersionOutcome =
  /** There was no version by its name. */
  | 'NEW'
  /** These very files are what its name stands for already. */
  | 'UNCHANGED'
  /** Its name stood for other files so far: those of `replaced`. */
  | 'REPLACED';

/** An answer to what an action asks for. */
export type PromptInput = {
  /** The action's name. */
  action: string;
  /** The prompt's name. */
  name: string;
  /** The value, of the prompt's kind; null is its default. */
  value?: unknown;
};

/** Which drivers. */
export type ApplicationDriverFilter = {
  /** Only this name. */
  name?: string | null | undefined;
};

/** Which driver versions. */
export type ApplicationDriverVersionFilter = {
  /** Only those of this driver. */
  driver?: string | null | undefined;
  /** Only this version. */
  version?: string | null | undefined;
};

/** Where to load a driver version from. */
export type LoadApplicationDriverVersionInput = {
  /** The repository: http:// or https://. */
  url: string;
  /** A branch, a tag or a commit. */
  ref: string;
  /** The driver's folder in the repository; its root by default. */
  path?: string | null | undefined;
  /** A UUID of the caller's, under which `loadProgress` tells how far the load is. */
  progress?: string | null | undefined;
  /** See the schema's head. */
  idempotencyKey?: string | null | undefined;
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

/** What lies in a repository. */
export type RepositoryKind =
  /** Drivers, in git over HTTP(S). */
  | 'GIT'
  /** Charts: an HTTPS chart repository, or an OCI registry. */
  | 'HELM';

/** Which repositories. */
export type RepositoryFilter = {
  /** Only this name. */
  name?: string | null | undefined;
  /** Only of this kind. */
  kind?: RepositoryKind | null | undefined;
};

/** A repository to be recorded. */
export type CreateRepositoryInput = {
  /** A DNS label. */
  name: string;
  /** https://host/path, without credentials; for charts also oci://host/path. */
  url: string;
  /** What lies there. */
  kind?: RepositoryKind | null | undefined;
  /** The user that the token belongs to, if the server looks at it. */
  username?: string | null | undefined;
  /** A token or a password. It is kept sealed. */
  token?: string | null | undefined;
  /** Certificate authorities as PEM, for a server whose certificate no public one has signed. */
  ca?: string | null | undefined;
  /** Whether to take only commits that one of `allowedKeys` has signed, however they are loaded. */
  requireSignature?: boolean | null | undefined;
  /** See FollowDriverInput. */
  allowedKeys?: Array<string> | null | undefined;
  /** See the schema's head. */
  idempotencyKey?: string | null | undefined;
};

/** Which repository to look through. */
export type ScanRepositoryInput = {
  /** The repository: http:// or https://. */
  url: string;
  /** A branch, a tag or a commit; the server's own choice by default. */
  ref?: string | null | undefined;
  /** Whether the drivers that are right are loaded. */
  load?: boolean | null | undefined;
  /** A UUID of the caller's, under which `loadProgress` tells how far it is. */
  progress?: string | null | undefined;
  /** See the schema's head. */
  idempotencyKey?: string | null | undefined;
};

/** What is to change of a repository. */
export type UpdateRepositoryInput = {
  /** Which one. */
  repository: string;
  /** The new address; the token must be given with it if there is one. */
  url?: string | null | undefined;
  /** The user that the token belongs to. */
  username?: string | null | undefined;
  /** A token or a password. */
  token?: string | null | undefined;
  /** Certificate authorities as PEM. */
  ca?: string | null | undefined;
  /** Whether to take only commits that one of `allowedKeys` has signed, however they are loaded. */
  requireSignature?: boolean | null | undefined;
  /** See FollowDriverInput. */
  allowedKeys?: Array<string> | null | undefined;
  /** See the schema's head. */
  idempotencyKey?: string | null | undefined;
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

/** What may be wrong with a followed source. */
export type DriverSourceTrouble =
  /** The repository does not answer; it is asked again, ever more seldom. */
  | 'REPOSITORY'
  /** The branch or the tag is not there. */
  | 'REF'
  /** The commit could not be loaded, or its driver is not right. */
  | 'LOAD';

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
  name?: string | null | undefined;
  /** Only those that gave this driver. */
  driver?: string | null | undefined;
  /** Only those of this repository. */
  url?: string | null | undefined;
};

/** Which loads. */
export type DriverLoadFilter = {
  /** Only those of this source. */
  source?: string | null | undefined;
  /** Only those that ended so. */
  state?: DriverLoadState | null | undefined;
};

/** What to follow. */
export type FollowDriverInput = {
  /** A DNS label; by default the last part of the path, or of the address. */
  name?: string | null | undefined;
  /** The repository: http:// or https://, without credentials; see `createRepository` for those. */
  url: string;
  /** A branch, a tag, or a pattern of tags such as `v*`. */
  ref: string;
  /** The driver's folder in the repository; its root by default. */
  path?: string | null | undefined;
  /** How often to ask, 10 to 86400 seconds. Default 300. */
  everySeconds?: number | null | undefined;
  /** Whether to take only commits that one of `allowedKeys` has signed. Default false. */
  requireSignature?: boolean | null | undefined;
  /** Public keys of those who may sign: lines as in `.pub` files or allowed-signers files, or armoured PGP keys. */
  allowedKeys?: Array<string> | null | undefined;
  /** Whether to make a secret for webhooks, which is answered this once. */
  webhook?: boolean | null | undefined;
  /** A secret of one's own for webhooks, 16 to 255 characters. */
  webhookSecret?: string | null | undefined;
  /** See the schema's head. */
  idempotencyKey?: string | null | undefined;
};

/** Changes of a source; what is absent stays. */
export type UpdateDriverSourceInput = {
  /** Which. */
  source: string;
  /** See FollowDriverInput. */
  ref?: string | null | undefined;
  /** See FollowDriverInput; empty is the root. */
  path?: string | null | undefined;
  /** See FollowDriverInput. */
  everySeconds?: number | null | undefined;
  /** See FollowDriverInput. */
  requireSignature?: boolean | null | undefined;
  /** See FollowDriverInput; replaces the whole list. */
  allowedKeys?: Array<string> | null | undefined;
  /** True makes a new secret for webhooks, false takes it away. */
  webhook?: boolean | null | undefined;
  /** See FollowDriverInput. */
  webhookSecret?: string | null | undefined;
  /** See the schema's head. */
  idempotencyKey?: string | null | undefined;
};

/** How pods take a secret. */
export type SecretTaking =
  /** As variables, or as files by subPath: they stay as they are until the pods are made anew. */
  | 'AT_START'
  /** As files of a volume: they become the new ones in running pods, soon after; a program may have read them before. */
  | 'AS_FILES';

/** How far a version is from another. */
export type VersionLevel =
  /** The third number or a later one differs, or only the content. */
  | 'PATCH'
  /** The second number differs. */
  | 'MINOR'
  /** The first number differs, or they are no numbers. */
  | 'MAJOR';

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
  state?: NewVersionState | null | undefined;
  /** Only those of this deployment. */
  deployment?: string | null | undefined;
  /** Its environment, when it is given by name. */
  environment?: string | null | undefined;
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
  level?: VersionLevel | null | undefined;
  /** See NewVersionPolicy. Default false. */
  recreate?: boolean | null | undefined;
  /** See NewVersionPolicy. Default false. */
  deletions?: boolean | null | undefined;
  /** See NewVersionPolicy. Default false. */
  parameters?: boolean | null | undefined;
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

/** Which deployments. */
export type DeploymentFilter = {
  /** Only this name. */
  name?: string | null | undefined;
  /** Only those in this environment. */
  environment?: string | null | undefined;
  /** Only those made with this driver. */
  driver?: string | null | undefined;
};

/** A new deployment. */
export type CreateDeploymentInput = {
  /** A DNS label; the driver's name by default. */
  name?: string | null | undefined;
  /** The driver. */
  driver: string;
  /** The driver's own version; the latest by default. An id or 7 digits of a commit will do. */
  driverVersion?: string | null | undefined;
  /** The application's version; the one the driver proposes by default. */
  applicationVersion?: string | null | undefined;
  /** Where it is to run. */
  environment: string;
  /** {name: value}; see ApplicationDriverVersion.parameters. */
  parameters?: unknown;
  /** Overrides the environment's. */
  config?: unknown;
  /** {component: {NAME: value}}; see ApplicationDriverVersion.envVars for those there are. */
  envVars?: unknown;
  /** {component: {container: {command, args}}}; see ApplicationDriverVersion.containerOverrides. */
  containerOverrides?: unknown;
  /** How the operator treats what it finds; see DeploymentPolicies. */
  policies?: DeploymentPoliciesInput | null | undefined;
  /** Answers to what the driver's `setup` actions ask for; see DriverAction.prompts. */
  prompts?: Array<PromptInput> | null | undefined;
  /** How long it may take to become ready, in seconds. Default 600. */
  timeoutSeconds?: number | null | undefined;
  /** See the schema's head. */
  idempotencyKey?: string | null | undefined;
};

/** What to change of DeploymentPolicies; what is absent stays, null is the default. */
export type DeploymentPoliciesInput = {
  /** See DeploymentPolicies. Default REPAIR. */
  drift?: DriftPolicy | null | undefined;
  /** See DeploymentPolicies. Default REFUSE. */
  conflicts?: ConflictPolicy | null | undefined;
  /** See DeploymentPolicies. Default true. */
  prune?: boolean | null | undefined;
  /** See DeploymentPolicies; replaces the whole list, 100 entries at most. */
  ignore?: Array<IgnoredFieldsInput> | null | undefined;
  /** See DeploymentPolicies; replaces it whole. Default NOTHING. */
  newVersions?: NewVersionPolicyInput | null | undefined;
};

/** See IgnoredFields. */
export type IgnoredFieldsInput = {
  /** See IgnoredFields. */
  kind: string;
  /** See IgnoredFields. */
  name?: string | null | undefined;
  /** See IgnoredFields. */
  fields: Array<string>;
};

/** Changes of a deployment; what is absent stays. */
export type UpdateDeploymentInput = {
  /** Which. */
  deployment: string;
  /** Where, when it is given by name. */
  environment?: string | null | undefined;
  /** The driver's own version. */
  driverVersion?: string | null | undefined;
  /** The application's version. */
  applicationVersion?: string | null | undefined;
  /** These parameters are set, the others stay. */
  parameters?: unknown;
  /** These parameters go back to their defaults. */
  unsetParameters?: Array<string> | null | undefined;
  /** Replaces the deployment's configuration. */
  config?: unknown;
  /** These entries of the deployment's configuration are set, the others stay; maps are merged, and null takes an entry away. */
  changeConfig?: unknown;
  /** Replaces the environment variables; see ApplicationDriverVersion.envVars for those there are. */
  envVars?: unknown;
  /** Replaces the container overrides; see ApplicationDriverVersion.containerOverrides. */
  containerOverrides?: unknown;
  /** These environment variables are set, the others stay: {component: {NAME: value}}; null takes one away. */
  changeEnvVars?: unknown;
  /** These overrides are set, the others stay: {component: {container: {command, args}}}; null takes one away. */
  changeContainerOverrides?: unknown;
  /**
   * Answers to what the driver's actions ask for; see DriverAction.prompts. A change of a version runs those of `upgrade` that are for
   * it (DriverAction.when); while nothing runs yet, those of `setup` are run.
   */
  prompts?: Array<PromptInput> | null | undefined;
  /** How long it may take to become ready, in seconds. Default 600. */
  timeoutSeconds?: number | null | undefined;
  /** See the schema's head. */
  idempotencyKey?: string | null | undefined;
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
  /** Brings a deployment to another version of its application or driver; back to the instance that runs when it fails. */
  | 'UPGRADE'
  /** Removes a deployment from its cluster. */
  | 'DELETE'
  /** Runs the tests of a deployment's chart. */
  | 'TEST';

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
  deployment?: string | null | undefined;
  /** Only this flow. */
  kind?: TaskKind | null | undefined;
  /** Only these states. */
  states?: Array<TaskState> | null | undefined;
};

/** Which statuses. */
export type StatusFilter = {
  /** Only those of this deployment (id). */
  deployment?: string | null | undefined;
  /** Only those in this environment. */
  environment?: string | null | undefined;
  /** Only those on this cluster. */
  cluster?: string | null | undefined;
};

/** An agent that begins a life. */
export type AgentHelloInput = {
  /** Stable over restarts of the same agent, different for every other. */
  instanceId: string;
  /** The agent's version. */
  version: string;
  /** The epoch before, when it did not crash: the same process had it, or it ended in order and its goodbye was lost. What it had in hand counts no crash. */
  calmEpoch?: number | null | undefined;
  /** What it can do beyond what every agent can: `actions`, to run actions of drivers. A task that needs what is not named is not given to it, and waits. Words that the server does not know mean nothing to it. */
  abilities?: Array<string> | null | undefined;
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
  level: string;
  /** What. */
  message: string;
};

/** What became of an intent. */
export type RecordIntentInput = {
  /** Its deployment. */
  deploymentId: string;
  /** Its generation. */
  generation: number;
  /** The uid of the resource; null when it could not be written. */
  uid?: string | null | undefined;
  /** Why it could not be written. */
  error?: string | null | undefined;
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
  namespace?: string | null | undefined;
  /** Whether everything in it was seen. Nothing is pruned from an incomplete scope. */
  complete: boolean;
  /** Why it is not complete. */
  reason?: string | null | undefined;
};

/** The pods that are there. */
export type PodStatusReportInput = {
  /** The agent's epoch. */
  epoch: number;
  /** Grows with every report of this epoch. */
  sequence: number;
  /** How it relates to the one before. */
  kind: ReportKind;
  /** The digest of the report it builds on; required for DELTA and SAME. */
  base?: string | null | undefined;
  /** The digest of everything, after this report. */
  digest: string;
  /** What it speaks of. */
  scopes: Array<ReportScopeInput>;
  /** The pods that are new or changed; all of them in a FULL report. */
  pods: Array<PodStatusInput>;
  /** The uids that are gone since `base`. */
  removed?: Array<string> | null | undefined;
};

/** A pod as observed. */
export type PodStatusInput = {
  /** Its uid. */
  uid: string;
  /** Whose it is: the label styrmin.io/deployment. */
  deploymentId: string;
  /** See PodStatus. */
  component?: string | null | undefined;
  /** See PodStatus. */
  name: string;
  /** See PodStatus. */
  namespace: string;
  /** See PodStatus. */
  phase: string;
  /** See PodStatus. */
  ready: boolean;
  /** See PodStatus. */
  restarts: number;
  /** See PodStatus. */
  reason?: string | null | undefined;
  /** See PodStatus. */
  message?: string | null | undefined;
  /** See PodStatus. */
  node?: string | null | undefined;
  /** See PodStatus. */
  images: Array<string>;
  /** See PodStatus. */
  containers: Array<ContainerStatusInput>;
  /** See PodStatus. */
  startedAt?: string | null | undefined;
  /** See PodStatus. */
  simulated: boolean;
};

/** A container as observed. */
export type ContainerStatusInput = {
  /** See ContainerStatus. */
  name: string;
  /** See ContainerStatus. */
  state: string;
  /** See ContainerStatus. */
  ready: boolean;
  /** See ContainerStatus. */
  restarts: number;
  /** See ContainerStatus. */
  lastExitCode?: number | null | undefined;
};

/** The resources that are there. */
export type DeploymentStatusReportInput = {
  /** The agent's epoch. */
  epoch: number;
  /** Grows with every report of this epoch. */
  sequence: number;
  /** How it relates to the one before. */
  kind: ReportKind;
  /** The digest of the report it builds on; required for DELTA and SAME. */
  base?: string | null | undefined;
  /** The digest of everything, after this report. */
  digest: string;
  /** What it speaks of. */
  scopes: Array<ReportScopeInput>;
  /** The resources that are new or changed; all of them in a FULL report. */
  deployments: Array<DeploymentStatusInput>;
  /** The uids that are gone since `base`. */
  removed?: Array<string> | null | undefined;
  /** All that the agent cannot see of the cluster at the moment, of whatever kind. */
  blind?: Array<BlindSpotInput> | null | undefined;
};

/** A kind of objects that the agent cannot see. */
export type BlindSpotInput = {
  /** See BlindSpot. */
  kind: string;
  /** See BlindSpot. */
  namespace?: string | null | undefined;
  /** See BlindSpot. */
  reason: string;
  /** For how long, in milliseconds. */
  forMs: number;
};

/** A resource as observed. */
export type DeploymentStatusInput = {
  /** Its uid. */
  uid: string;
  /** Its deployment, from its spec. */
  deploymentId: string;
  /** Its name. */
  name: string;
  /** See DeploymentStatus. */
  phase?: string | null | undefined;
  /** See DeploymentStatus. */
  instanceId?: string | null | undefined;
  /** See DeploymentStatus. */
  intentGeneration?: number | null | undefined;
  /** See DeploymentStatus. */
  generation?: number | null | undefined;
  /** See DeploymentStatus. */
  observedGeneration?: number | null | undefined;
  /** See DeploymentStatus. */
  conditions: unknown;
  /** See DeploymentStatus. */
  components: unknown;
  /** See DeploymentStatus. */
  drift?: unknown;
  /** See DeploymentStatus. */
  release?: unknown;
  /** See DeploymentStatus. */
  simulated: boolean;
};

/** What became of a report. */
export type ReportOutcome =
  /** It was taken. */
  | 'ACCEPTED'
  /** The server does not know its base: a FULL report is wanted. */
  | 'NEED_FULL'
  /** It is older than what is known: nothing was written. */
  | 'STALE';

export type AgentHelloMutationVariables = Exact<{
  input: AgentHelloInput;
}>;


export type AgentHelloMutation = { agentHello: { epoch: number, clusterId: string, clusterName: string, intent: IntentMode, leaseMs: number, renewMs: number, notice: string | null } };

export type AgentGoodbyeMutationVariables = Exact<{
  epoch: number;
}>;


export type AgentGoodbyeMutation = { agentGoodbye: boolean };

export type ClaimTaskMutationVariables = Exact<{
  epoch: number;
  waitMs?: number | null | undefined;
  request?: string | null | undefined;
}>;


export type ClaimTaskMutation = { claimTask: { id: string, kind: TaskKind, token: string, attempts: number, deploymentId: string, deploymentName: string, resourceName: string, namespace: string, instanceId: string | null, driverDigest: string | null, intentGeneration: number | null, payload: unknown, steps: Array<{ name: string, state: StepState, result: unknown, error: string | null }> } | null };

export type RenewTaskMutationVariables = Exact<{
  task: string;
  token: string;
}>;


export type RenewTaskMutation = { renewTask: LeaseState };

export type StartTaskStepMutationVariables = Exact<{
  task: string;
  token: string;
  name: string;
}>;


export type StartTaskStepMutation = { startTaskStep: { lease: LeaseState, step: { name: string, state: StepState, result: unknown } | null } };

export type FinishTaskStepMutationVariables = Exact<{
  task: string;
  token: string;
  name: string;
  state: StepState;
  result?: unknown;
  error?: string | null | undefined;
}>;


export type FinishTaskStepMutation = { finishTaskStep: LeaseState };

export type AppendTaskLogMutationVariables = Exact<{
  task: string;
  token: string;
  lines: Array<TaskLogLineInput> | TaskLogLineInput;
}>;


export type AppendTaskLogMutation = { appendTaskLog: LeaseState };

export type FinishTaskMutationVariables = Exact<{
  task: string;
  token: string;
  state: TaskState;
  reason?: string | null | undefined;
}>;


export type FinishTaskMutation = { finishTask: LeaseState };

export type EndedTasksMutationVariables = Exact<{
  epoch: number;
  tasks: Array<string> | string;
}>;


export type EndedTasksMutation = { endedTasks: Array<string> };

export type ReleaseIntentMutationVariables = Exact<{
  task: string;
  token: string;
  applicationVersion?: string | null | undefined;
}>;


export type ReleaseIntentMutation = { releaseIntent: { lease: LeaseState, generation: number | null } };

export type RollBackMutationVariables = Exact<{
  task: string;
  token: string;
}>;


export type RollBackMutation = { rollBack: { lease: LeaseState, generation: number | null } };

export type ActivateInstanceMutationVariables = Exact<{
  task: string;
  token: string;
}>;


export type ActivateInstanceMutation = { activateInstance: LeaseState };

export type CloseDeploymentMutationVariables = Exact<{
  task: string;
  token: string;
  kept: Array<string> | string;
}>;


export type CloseDeploymentMutation = { closeDeployment: LeaseState };

export type PendingIntentsMutationVariables = Exact<{
  epoch: number;
  waitMs?: number | null | undefined;
}>;


export type PendingIntentsMutation = { pendingIntents: Array<{ deploymentId: string, environment: string, name: string, generation: number, instanceId: string, spec: unknown, secretName: string | null, secretData: unknown }> };

export type RecordIntentMutationVariables = Exact<{
  epoch: number;
  input: RecordIntentInput;
}>;


export type RecordIntentMutation = { recordIntent: boolean };

export type ClaimInquiryMutationVariables = Exact<{
  epoch: number;
  waitMs?: number | null | undefined;
}>;


export type ClaimInquiryMutation = { claimInquiry: { id: string, kind: string, question: unknown, expiresAt: string } | null };

export type ReportPodStatusesMutationVariables = Exact<{
  input: PodStatusReportInput;
}>;


export type ReportPodStatusesMutation = { reportPodStatuses: { outcome: ReportOutcome, written: number, pruned: number } };

export type ReportDeploymentStatusesMutationVariables = Exact<{
  input: DeploymentStatusReportInput;
}>;


export type ReportDeploymentStatusesMutation = { reportDeploymentStatuses: { outcome: ReportOutcome, written: number, pruned: number } };

export type ClusterFieldsFragment = { id: string, name: string, config: unknown, intent: IntentMode, createdAt: string, agent: { state: AgentState, epoch: number | null, version: string | null, lastSeenAt: string | null, refused: string | null, notice: string | null, blind: Array<{ kind: string, namespace: string | null, reason: string, since: string }> } };

export type ListClustersQueryVariables = Exact<{
  filter?: ClusterFilter | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type ListClustersQuery = { clusters: Array<{ id: string, name: string, config: unknown, intent: IntentMode, createdAt: string, agent: { state: AgentState, epoch: number | null, version: string | null, lastSeenAt: string | null, refused: string | null, notice: string | null, blind: Array<{ kind: string, namespace: string | null, reason: string, since: string }> } }> };

export type GetClusterQueryVariables = Exact<{
  id?: string | null | undefined;
  name?: string | null | undefined;
}>;


export type GetClusterQuery = { cluster: { id: string, name: string, config: unknown, intent: IntentMode, createdAt: string, agent: { state: AgentState, epoch: number | null, version: string | null, lastSeenAt: string | null, refused: string | null, notice: string | null, blind: Array<{ kind: string, namespace: string | null, reason: string, since: string }> } } | null };

export type CreateClusterMutationVariables = Exact<{
  input: CreateClusterInput;
}>;


export type CreateClusterMutation = { createCluster: { token: string | null, cluster: { id: string, name: string, config: unknown, intent: IntentMode, createdAt: string, agent: { state: AgentState, epoch: number | null, version: string | null, lastSeenAt: string | null, refused: string | null, notice: string | null, blind: Array<{ kind: string, namespace: string | null, reason: string, since: string }> } } } };

export type RotateAgentTokenMutationVariables = Exact<{
  cluster: string;
  graceSeconds?: number | null | undefined;
  idempotencyKey?: string | null | undefined;
}>;


export type RotateAgentTokenMutation = { rotateAgentToken: { token: string | null, cluster: { id: string, name: string, config: unknown, intent: IntentMode, createdAt: string, agent: { state: AgentState, epoch: number | null, version: string | null, lastSeenAt: string | null, refused: string | null, notice: string | null, blind: Array<{ kind: string, namespace: string | null, reason: string, since: string }> } } } };

export type UpdateClusterMutationVariables = Exact<{
  cluster: string;
  config: unknown;
  idempotencyKey?: string | null | undefined;
}>;


export type UpdateClusterMutation = { updateCluster: { id: string, name: string, config: unknown, intent: IntentMode, createdAt: string, agent: { state: AgentState, epoch: number | null, version: string | null, lastSeenAt: string | null, refused: string | null, notice: string | null, blind: Array<{ kind: string, namespace: string | null, reason: string, since: string }> } } };

export type DeleteClusterMutationVariables = Exact<{
  cluster: string;
  force?: boolean | null | undefined;
  idempotencyKey?: string | null | undefined;
}>;


export type DeleteClusterMutation = { deleteCluster: { id: string, name: string, config: unknown, intent: IntentMode, createdAt: string, agent: { state: AgentState, epoch: number | null, version: string | null, lastSeenAt: string | null, refused: string | null, notice: string | null, blind: Array<{ kind: string, namespace: string | null, reason: string, since: string }> } } };

export type DeploymentFieldsFragment = { id: string, name: string, status: DeploymentStatusWord, statusReason: string, lastKnown: DeploymentStatusWord | null, phase: DeploymentPhase, applicationVersion: string, createdAt: string, updatedAt: string, environment: { id: string, name: string }, driverVersion: { id: string, version: string, driver: { id: string, name: string } }, services: Array<{ name: string, kind: string, scope: string, component: string | null, port: number, url: string | null, humanReadableUrl: string | null }>, observed: { at: string, ageSeconds: number, stale: boolean, simulated: boolean } | null };

export type DeploymentDetailsFragment = { parameters: unknown, config: unknown, envVars: unknown, containerOverrides: unknown, replicas: unknown, intentGeneration: number, id: string, name: string, status: DeploymentStatusWord, statusReason: string, lastKnown: DeploymentStatusWord | null, phase: DeploymentPhase, applicationVersion: string, createdAt: string, updatedAt: string, secrets: Array<{ parameter: string, namespace: string | null, name: string, key: string, command: string | null }>, policies: { drift: DriftPolicy, conflicts: ConflictPolicy, prune: boolean, ignore: Array<{ kind: string, name: string | null, fields: Array<string> }>, newVersions: { do: NewVersionAction, level: VersionLevel, recreate: boolean, deletions: boolean, parameters: boolean } }, services: Array<{ humanReadableUrlSharedWith: Array<string>, name: string, kind: string, scope: string, component: string | null, port: number, url: string | null, humanReadableUrl: string | null }>, activeInstance: { id: string, applicationVersion: string, createdAt: string, driverVersion: { id: string } } | null, lastTest: { id: string, state: TaskState, reason: string | null, startedAt: string | null, finishedAt: string | null, testResults: Array<{ name: string, kind: string, outcome: TestOutcome, message: string | null, startedAt: string | null, endedAt: string | null, log: Array<string> }> } | null, observed: { phase: string | null, intentGeneration: number | null, instanceId: string | null, drift: unknown, release: unknown, at: string, ageSeconds: number, stale: boolean, simulated: boolean, conditions: Array<{ type: string, status: string, reason: string, message: string, lastTransitionTime: string }>, components: Array<{ name: string, desired: number, ready: number, state: string, message: string | null }> } | null, environment: { id: string, name: string }, driverVersion: { id: string, version: string, driver: { id: string, name: string } } };

export type ListDeploymentsQueryVariables = Exact<{
  filter?: DeploymentFilter | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type ListDeploymentsQuery = { deployments: Array<{ id: string, name: string, status: DeploymentStatusWord, statusReason: string, lastKnown: DeploymentStatusWord | null, phase: DeploymentPhase, applicationVersion: string, createdAt: string, updatedAt: string, environment: { id: string, name: string }, driverVersion: { id: string, version: string, driver: { id: string, name: string } }, services: Array<{ name: string, kind: string, scope: string, component: string | null, port: number, url: string | null, humanReadableUrl: string | null }>, observed: { at: string, ageSeconds: number, stale: boolean, simulated: boolean } | null }> };

export type GetDeploymentSecretsQueryVariables = Exact<{
  id?: string | null | undefined;
  name?: string | null | undefined;
  environment?: string | null | undefined;
}>;


export type GetDeploymentSecretsQuery = { deployment: { id: string, environment: { namespace: string, cluster: { name: string } }, secrets: Array<{ parameter: string, namespace: string | null, name: string, key: string, command: string | null }> } | null };

export type GetDeploymentQueryVariables = Exact<{
  id?: string | null | undefined;
  name?: string | null | undefined;
  environment?: string | null | undefined;
}>;


export type GetDeploymentQuery = { deployment: { parameters: unknown, config: unknown, envVars: unknown, containerOverrides: unknown, replicas: unknown, intentGeneration: number, id: string, name: string, status: DeploymentStatusWord, statusReason: string, lastKnown: DeploymentStatusWord | null, phase: DeploymentPhase, applicationVersion: string, createdAt: string, updatedAt: string, secrets: Array<{ parameter: string, namespace: string | null, name: string, key: string, command: string | null }>, policies: { drift: DriftPolicy, conflicts: ConflictPolicy, prune: boolean, ignore: Array<{ kind: string, name: string | null, fields: Array<string> }>, newVersions: { do: NewVersionAction, level: VersionLevel, recreate: boolean, deletions: boolean, parameters: boolean } }, services: Array<{ humanReadableUrlSharedWith: Array<string>, name: string, kind: string, scope: string, component: string | null, port: number, url: string | null, humanReadableUrl: string | null }>, activeInstance: { id: string, applicationVersion: string, createdAt: string, driverVersion: { id: string } } | null, lastTest: { id: string, state: TaskState, reason: string | null, startedAt: string | null, finishedAt: string | null, testResults: Array<{ name: string, kind: string, outcome: TestOutcome, message: string | null, startedAt: string | null, endedAt: string | null, log: Array<string> }> } | null, observed: { phase: string | null, intentGeneration: number | null, instanceId: string | null, drift: unknown, release: unknown, at: string, ageSeconds: number, stale: boolean, simulated: boolean, conditions: Array<{ type: string, status: string, reason: string, message: string, lastTransitionTime: string }>, components: Array<{ name: string, desired: number, ready: number, state: string, message: string | null }> } | null, environment: { id: string, name: string }, driverVersion: { id: string, version: string, driver: { id: string, name: string } } } | null };

export type CreateDeploymentMutationVariables = Exact<{
  input: CreateDeploymentInput;
}>;


export type CreateDeploymentMutation = { createDeployment: { deployment: { id: string, name: string, status: DeploymentStatusWord, statusReason: string, lastKnown: DeploymentStatusWord | null, phase: DeploymentPhase, applicationVersion: string, createdAt: string, updatedAt: string, environment: { id: string, name: string }, driverVersion: { id: string, version: string, driver: { id: string, name: string } }, services: Array<{ name: string, kind: string, scope: string, component: string | null, port: number, url: string | null, humanReadableUrl: string | null }>, observed: { at: string, ageSeconds: number, stale: boolean, simulated: boolean } | null }, task: { id: string, kind: TaskKind, state: TaskState, reason: string | null, attempts: number, deploymentName: string, createdAt: string, startedAt: string | null, finishedAt: string | null, supersededBy: { id: string } | null, steps: Array<{ name: string, state: StepState, attempts: number, error: string | null, startedAt: string, finishedAt: string | null }> } | null } };

export type UpdateDeploymentMutationVariables = Exact<{
  input: UpdateDeploymentInput;
}>;


export type UpdateDeploymentMutation = { updateDeployment: { deployment: { id: string, name: string, status: DeploymentStatusWord, statusReason: string, lastKnown: DeploymentStatusWord | null, phase: DeploymentPhase, applicationVersion: string, createdAt: string, updatedAt: string, environment: { id: string, name: string }, driverVersion: { id: string, version: string, driver: { id: string, name: string } }, services: Array<{ name: string, kind: string, scope: string, component: string | null, port: number, url: string | null, humanReadableUrl: string | null }>, observed: { at: string, ageSeconds: number, stale: boolean, simulated: boolean } | null }, task: { id: string, kind: TaskKind, state: TaskState, reason: string | null, attempts: number, deploymentName: string, createdAt: string, startedAt: string | null, finishedAt: string | null, supersededBy: { id: string } | null, steps: Array<{ name: string, state: StepState, attempts: number, error: string | null, startedAt: string, finishedAt: string | null }> } | null } };

export type DeleteDeploymentMutationVariables = Exact<{
  deployment: string;
  environment?: string | null | undefined;
  volumes?: VolumePolicy | null | undefined;
  prompts?: Array<PromptInput> | PromptInput | null | undefined;
  skipActions?: boolean | null | undefined;
  idempotencyKey?: string | null | undefined;
}>;


export type DeleteDeploymentMutation = { deleteDeployment: { deployment: { id: string, name: string, status: DeploymentStatusWord, statusReason: string, lastKnown: DeploymentStatusWord | null, phase: DeploymentPhase, applicationVersion: string, createdAt: string, updatedAt: string, environment: { id: string, name: string }, driverVersion: { id: string, version: string, driver: { id: string, name: string } }, services: Array<{ name: string, kind: string, scope: string, component: string | null, port: number, url: string | null, humanReadableUrl: string | null }>, observed: { at: string, ageSeconds: number, stale: boolean, simulated: boolean } | null }, task: { id: string, kind: TaskKind, state: TaskState, reason: string | null, attempts: number, deploymentName: string, createdAt: string, startedAt: string | null, finishedAt: string | null, supersededBy: { id: string } | null, steps: Array<{ name: string, state: StepState, attempts: number, error: string | null, startedAt: string, finishedAt: string | null }> } | null } };

export type TestDeploymentMutationVariables = Exact<{
  deployment: string;
  environment?: string | null | undefined;
  names?: Array<string> | string | null | undefined;
  timeoutSeconds?: number | null | undefined;
  idempotencyKey?: string | null | undefined;
}>;


export type TestDeploymentMutation = { testDeployment: { deployment: { id: string, name: string, status: DeploymentStatusWord, statusReason: string, lastKnown: DeploymentStatusWord | null, phase: DeploymentPhase, applicationVersion: string, createdAt: string, updatedAt: string, environment: { id: string, name: string }, driverVersion: { id: string, version: string, driver: { id: string, name: string } }, services: Array<{ name: string, kind: string, scope: string, component: string | null, port: number, url: string | null, humanReadableUrl: string | null }>, observed: { at: string, ageSeconds: number, stale: boolean, simulated: boolean } | null }, task: { id: string, kind: TaskKind, state: TaskState, reason: string | null, attempts: number, deploymentName: string, createdAt: string, startedAt: string | null, finishedAt: string | null, supersededBy: { id: string } | null, steps: Array<{ name: string, state: StepState, attempts: number, error: string | null, startedAt: string, finishedAt: string | null }> } | null } };

export type StartDeploymentMutationVariables = Exact<{
  deployment: string;
  environment?: string | null | undefined;
  idempotencyKey?: string | null | undefined;
}>;


export type StartDeploymentMutation = { startDeployment: { id: string, name: string, status: DeploymentStatusWord, statusReason: string, lastKnown: DeploymentStatusWord | null, phase: DeploymentPhase, applicationVersion: string, createdAt: string, updatedAt: string, environment: { id: string, name: string }, driverVersion: { id: string, version: string, driver: { id: string, name: string } }, services: Array<{ name: string, kind: string, scope: string, component: string | null, port: number, url: string | null, humanReadableUrl: string | null }>, observed: { at: string, ageSeconds: number, stale: boolean, simulated: boolean } | null } };

export type StopDeploymentMutationVariables = Exact<{
  deployment: string;
  environment?: string | null | undefined;
  idempotencyKey?: string | null | undefined;
}>;


export type StopDeploymentMutation = { stopDeployment: { id: string, name: string, status: DeploymentStatusWord, statusReason: string, lastKnown: DeploymentStatusWord | null, phase: DeploymentPhase, applicationVersion: string, createdAt: string, updatedAt: string, environment: { id: string, name: string }, driverVersion: { id: string, version: string, driver: { id: string, name: string } }, services: Array<{ name: string, kind: string, scope: string, component: string | null, port: number, url: string | null, humanReadableUrl: string | null }>, observed: { at: string, ageSeconds: number, stale: boolean, simulated: boolean } | null } };

export type ScaleDeploymentMutationVariables = Exact<{
  deployment: string;
  environment?: string | null | undefined;
  component: string;
  replicas?: number | null | undefined;
  idempotencyKey?: string | null | undefined;
}>;


export type ScaleDeploymentMutation = { scaleDeployment: { id: string, name: string, status: DeploymentStatusWord, statusReason: string, lastKnown: DeploymentStatusWord | null, phase: DeploymentPhase, applicationVersion: string, createdAt: string, updatedAt: string, environment: { id: string, name: string }, driverVersion: { id: string, version: string, driver: { id: string, name: string } }, services: Array<{ name: string, kind: string, scope: string, component: string | null, port: number, url: string | null, humanReadableUrl: string | null }>, observed: { at: string, ageSeconds: number, stale: boolean, simulated: boolean } | null } };

export type SetDeploymentPoliciesMutationVariables = Exact<{
  deployment: string;
  environment?: string | null | undefined;
  policies: DeploymentPoliciesInput;
  idempotencyKey?: string | null | undefined;
}>;


export type SetDeploymentPoliciesMutation = { setDeploymentPolicies: { id: string, name: string, status: DeploymentStatusWord, statusReason: string, lastKnown: DeploymentStatusWord | null, phase: DeploymentPhase, applicationVersion: string, createdAt: string, updatedAt: string, policies: { drift: DriftPolicy, conflicts: ConflictPolicy, prune: boolean, ignore: Array<{ kind: string, name: string | null, fields: Array<string> }>, newVersions: { do: NewVersionAction, level: VersionLevel, recreate: boolean, deletions: boolean, parameters: boolean } }, environment: { id: string, name: string }, driverVersion: { id: string, version: string, driver: { id: string, name: string } }, services: Array<{ name: string, kind: string, scope: string, component: string | null, port: number, url: string | null, humanReadableUrl: string | null }>, observed: { at: string, ageSeconds: number, stale: boolean, simulated: boolean } | null } };

export type PoliciesFieldsFragment = { drift: DriftPolicy, conflicts: ConflictPolicy, prune: boolean, ignore: Array<{ kind: string, name: string | null, fields: Array<string> }>, newVersions: { do: NewVersionAction, level: VersionLevel, recreate: boolean, deletions: boolean, parameters: boolean } };

export type DeploymentChangedSubscriptionVariables = Exact<{
  deployment: string;
  environment?: string | null | undefined;
}>;


export type DeploymentChangedSubscription = { deploymentChanged: { resourceStatus: DeploymentStatusWord, resourceStatusReason: string, id: string, name: string, status: DeploymentStatusWord, statusReason: string, lastKnown: DeploymentStatusWord | null, phase: DeploymentPhase, applicationVersion: string, createdAt: string, updatedAt: string, environment: { id: string, name: string }, driverVersion: { id: string, version: string, driver: { id: string, name: string } }, services: Array<{ name: string, kind: string, scope: string, component: string | null, port: number, url: string | null, humanReadableUrl: string | null }>, observed: { at: string, ageSeconds: number, stale: boolean, simulated: boolean } | null } | null };

export type DeploymentLogsSubscriptionVariables = Exact<{
  deployment: string;
  environment?: string | null | undefined;
  component?: string | null | undefined;
  pod?: string | null | undefined;
  container?: string | null | undefined;
  tailLines?: number | null | undefined;
  sinceSeconds?: number | null | undefined;
  follow?: boolean | null | undefined;
}>;


export type DeploymentLogsSubscription = { deploymentLogs: { pod: string, container: string, line: string } };

export type ListNewVersionsQueryVariables = Exact<{
  filter?: NewVersionFilter | null | undefined;
  first?: number | null | undefined;
}>;


export type ListNewVersionsQuery = { newVersions: Array<{ state: NewVersionState, reason: string | null, createdAt: string, updatedAt: string, version: { id: string, version: string, commit: string | null, driver: { name: string } }, deployment: { id: string, name: string, environment: { name: string }, driverVersion: { id: string, version: string } }, plan: { level: VersionLevel, heldReplicas: Array<string>, deployment: { id: string, name: string, environment: { name: string } }, from: { id: string, version: string, commit: string | null }, to: { id: string, version: string, commit: string | null }, parameters: Array<{ path: string, before: unknown, after: unknown }>, added: Array<{ apiVersion: string, kind: string, namespace: string | null, name: string }>, removed: Array<{ apiVersion: string, kind: string, namespace: string | null, name: string }>, changed: Array<{ apiVersion: string, kind: string, namespace: string | null, name: string, recreate: boolean, refused: string | null, fields: Array<{ path: string, before: unknown, after: unknown }> }>, staleSecrets: Array<{ apiVersion: string, kind: string, namespace: string | null, name: string, secret: string, keys: Array<string>, taking: SecretTaking, message: string }>, actions: Array<{ name: string, hook: string, mode: string, description: string, unanswered: Array<string>, takes: Array<string> }>, hooks: Array<{ event: string, weight: number, apiVersion: string, kind: string, namespace: string | null, name: string }>, problems: Array<{ field: string, message: string }> } | null, task: { id: string, state: TaskState } | null }> };

export type UpdatePlanQueryVariables = Exact<{
  input: UpdateDeploymentInput;
}>;


export type UpdatePlanQuery = { updatePlan: { flow: TaskKind | null, fromApplicationVersion: string, toApplicationVersion: string, changedSecrets: Array<string>, madeSecrets: Array<string>, heldReplicas: Array<string>, deployment: { id: string, name: string, environment: { name: string } }, from: { id: string, version: string, commit: string | null, digest: string }, to: { id: string, version: string, commit: string | null, digest: string }, added: Array<{ apiVersion: string, kind: string, namespace: string | null, name: string }>, removed: Array<{ apiVersion: string, kind: string, namespace: string | null, name: string }>, changed: Array<{ apiVersion: string, kind: string, namespace: string | null, name: string, recreate: boolean, refused: string | null, fields: Array<{ path: string, before: unknown, after: unknown }> }>, staleSecrets: Array<{ apiVersion: string, kind: string, namespace: string | null, name: string, secret: string, keys: Array<string>, taking: SecretTaking, message: string }>, actions: Array<{ name: string, hook: string, mode: string, description: string, unanswered: Array<string>, takes: Array<string>, prompts: Array<{ name: string, takes: string, value: unknown, answered: boolean }> }>, hooks: Array<{ event: string, weight: number, apiVersion: string, kind: string, namespace: string | null, name: string }>, problems: Array<{ field: string, message: string }> } };

export type DriverParameterFieldsFragment = { name: string, label: string | null, description: string | null, kind: string, required: boolean, default: unknown, values: Array<unknown> | null, group: string | null, advanced: boolean, items: string | null, min: number | null, max: number | null, minLength: number | null, maxLength: number | null, pattern: string | null, generated: boolean };

export type DriverVersionFieldsFragment = { id: string, version: string, supportedVersions: string, defaultVersion: string | null, commit: string | null, author: string | null, committedAt: string | null, subject: string | null, signature: unknown, digest: string, source: unknown, clusterRole: string | null, loadedAt: string, driver: { id: string, name: string } };

export type LoadedVersionFieldsFragment = { outcome: DriverVersionOutcome | null, id: string, version: string, supportedVersions: string, defaultVersion: string | null, commit: string | null, author: string | null, committedAt: string | null, subject: string | null, signature: unknown, digest: string, source: unknown, clusterRole: string | null, loadedAt: string, replaced: { id: string, digest: string } | null, pinned: Array<{ id: string, name: string, environment: { name: string }, driverVersion: { digest: string } }>, driver: { id: string, name: string } };

export type ListDriversQueryVariables = Exact<{
  filter?: ApplicationDriverFilter | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type ListDriversQuery = { applicationDrivers: Array<{ id: string, name: string, createdAt: string, latest: { id: string, version: string, supportedVersions: string, defaultVersion: string | null, commit: string | null, author: string | null, committedAt: string | null, subject: string | null, signature: unknown, digest: string, source: unknown, clusterRole: string | null, loadedAt: string, driver: { id: string, name: string } } }> };

export type ListDriverVersionsQueryVariables = Exact<{
  filter?: ApplicationDriverVersionFilter | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type ListDriverVersionsQuery = { applicationDriverVersions: Array<{ id: string, version: string, supportedVersions: string, defaultVersion: string | null, commit: string | null, author: string | null, committedAt: string | null, subject: string | null, signature: unknown, digest: string, source: unknown, clusterRole: string | null, loadedAt: string, driver: { id: string, name: string } }> };

export type GetDriverVersionQueryVariables = Exact<{
  id?: string | null | undefined;
  driver?: string | null | undefined;
  version?: string | null | undefined;
}>;


export type GetDriverVersionQuery = { applicationDriverVersion: { id: string, version: string, supportedVersions: string, defaultVersion: string | null, commit: string | null, author: string | null, committedAt: string | null, subject: string | null, signature: unknown, digest: string, source: unknown, clusterRole: string | null, loadedAt: string, parameters: Array<{ name: string, label: string | null, description: string | null, kind: string, required: boolean, default: unknown, values: Array<unknown> | null, group: string | null, advanced: boolean, items: string | null, min: number | null, max: number | null, minLength: number | null, maxLength: number | null, pattern: string | null, generated: boolean }>, envVars: Array<{ name: string, description: string, components: Array<string> }>, containerOverrides: Array<{ component: string, container: string, command: boolean, args: boolean, description: string }>, actions: Array<{ name: string, hook: string, mode: string, when: string | null, location: string, description: string, runs: boolean, prompts: Array<{ name: string, label: string | null, description: string | null, kind: string, required: boolean, default: unknown, values: Array<unknown> | null, group: string | null, advanced: boolean, items: string | null, min: number | null, max: number | null, minLength: number | null, maxLength: number | null, pattern: string | null, generated: boolean }> }>, charts: Array<{ name: string, version: string, location: string, digest: string }> | null, driver: { id: string, name: string } } | null };

export type LoadDriverVersionMutationVariables = Exact<{
  input: LoadApplicationDriverVersionInput;
}>;


export type LoadDriverVersionMutation = { loadApplicationDriverVersion: { outcome: DriverVersionOutcome | null, id: string, version: string, supportedVersions: string, defaultVersion: string | null, commit: string | null, author: string | null, committedAt: string | null, subject: string | null, signature: unknown, digest: string, source: unknown, clusterRole: string | null, loadedAt: string, replaced: { id: string, digest: string } | null, pinned: Array<{ id: string, name: string, environment: { name: string }, driverVersion: { digest: string } }>, driver: { id: string, name: string } } };

export type LoadLocalDriverVersionMutationVariables = Exact<{
  path: string;
  idempotencyKey?: string | null | undefined;
}>;


export type LoadLocalDriverVersionMutation = { loadLocalApplicationDriverVersion: { outcome: DriverVersionOutcome | null, id: string, version: string, supportedVersions: string, defaultVersion: string | null, commit: string | null, author: string | null, committedAt: string | null, subject: string | null, signature: unknown, digest: string, source: unknown, clusterRole: string | null, loadedAt: string, replaced: { id: string, digest: string } | null, pinned: Array<{ id: string, name: string, environment: { name: string }, driverVersion: { digest: string } }>, driver: { id: string, name: string } } };

export type DeleteDriverVersionMutationVariables = Exact<{
  id: string;
  idempotencyKey?: string | null | undefined;
}>;


export type DeleteDriverVersionMutation = { deleteApplicationDriverVersion: { id: string, version: string, supportedVersions: string, defaultVersion: string | null, commit: string | null, author: string | null, committedAt: string | null, subject: string | null, signature: unknown, digest: string, source: unknown, clusterRole: string | null, loadedAt: string, driver: { id: string, name: string } } };

export type DeleteDriverMutationVariables = Exact<{
  driver: string;
  idempotencyKey?: string | null | undefined;
}>;


export type DeleteDriverMutation = { deleteApplicationDriver: { id: string, name: string } };

export type PlannedActionFieldsFragment = { name: string, hook: string, mode: string, description: string, unanswered: Array<string>, takes: Array<string> };

export type PlannedHookFieldsFragment = { event: string, weight: number, apiVersion: string, kind: string, namespace: string | null, name: string };

export type StaleSecretFieldsFragment = { apiVersion: string, kind: string, namespace: string | null, name: string, secret: string, keys: Array<string>, taking: SecretTaking, message: string };

export type VersionPlanFieldsFragment = { level: VersionLevel, heldReplicas: Array<string>, deployment: { id: string, name: string, environment: { name: string } }, from: { id: string, version: string, commit: string | null }, to: { id: string, version: string, commit: string | null }, parameters: Array<{ path: string, before: unknown, after: unknown }>, added: Array<{ apiVersion: string, kind: string, namespace: string | null, name: string }>, removed: Array<{ apiVersion: string, kind: string, namespace: string | null, name: string }>, changed: Array<{ apiVersion: string, kind: string, namespace: string | null, name: string, recreate: boolean, refused: string | null, fields: Array<{ path: string, before: unknown, after: unknown }> }>, staleSecrets: Array<{ apiVersion: string, kind: string, namespace: string | null, name: string, secret: string, keys: Array<string>, taking: SecretTaking, message: string }>, actions: Array<{ name: string, hook: string, mode: string, description: string, unanswered: Array<string>, takes: Array<string> }>, hooks: Array<{ event: string, weight: number, apiVersion: string, kind: string, namespace: string | null, name: string }>, problems: Array<{ field: string, message: string }> };

export type DriverDiffQueryVariables = Exact<{
  driver: string;
  from: string;
  to: string;
  deployment?: string | null | undefined;
  environment?: string | null | undefined;
}>;


export type DriverDiffQuery = { driverDiff: { level: VersionLevel, from: { id: string, version: string, supportedVersions: string, defaultVersion: string | null, commit: string | null, author: string | null, committedAt: string | null, subject: string | null, signature: unknown, digest: string, source: unknown, clusterRole: string | null, loadedAt: string, driver: { id: string, name: string } }, to: { id: string, version: string, supportedVersions: string, defaultVersion: string | null, commit: string | null, author: string | null, committedAt: string | null, subject: string | null, signature: unknown, digest: string, source: unknown, clusterRole: string | null, loadedAt: string, driver: { id: string, name: string } }, specification: Array<{ path: string, before: unknown, after: unknown }>, parameters: Array<{ path: string, before: unknown, after: unknown }>, files: Array<{ path: string, change: string }>, impact: { level: VersionLevel, heldReplicas: Array<string>, deployment: { id: string, name: string, environment: { name: string } }, from: { id: string, version: string, commit: string | null }, to: { id: string, version: string, commit: string | null }, parameters: Array<{ path: string, before: unknown, after: unknown }>, added: Array<{ apiVersion: string, kind: string, namespace: string | null, name: string }>, removed: Array<{ apiVersion: string, kind: string, namespace: string | null, name: string }>, changed: Array<{ apiVersion: string, kind: string, namespace: string | null, name: string, recreate: boolean, refused: string | null, fields: Array<{ path: string, before: unknown, after: unknown }> }>, staleSecrets: Array<{ apiVersion: string, kind: string, namespace: string | null, name: string, secret: string, keys: Array<string>, taking: SecretTaking, message: string }>, actions: Array<{ name: string, hook: string, mode: string, description: string, unanswered: Array<string>, takes: Array<string> }>, hooks: Array<{ event: string, weight: number, apiVersion: string, kind: string, namespace: string | null, name: string }>, problems: Array<{ field: string, message: string }> } | null } };

export type DriverImpactQueryVariables = Exact<{
  driver: string;
  version?: string | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type DriverImpactQuery = { driverImpact: Array<{ level: VersionLevel, heldReplicas: Array<string>, deployment: { id: string, name: string, environment: { name: string } }, from: { id: string, version: string, commit: string | null }, to: { id: string, version: string, commit: string | null }, parameters: Array<{ path: string, before: unknown, after: unknown }>, added: Array<{ apiVersion: string, kind: string, namespace: string | null, name: string }>, removed: Array<{ apiVersion: string, kind: string, namespace: string | null, name: string }>, changed: Array<{ apiVersion: string, kind: string, namespace: string | null, name: string, recreate: boolean, refused: string | null, fields: Array<{ path: string, before: unknown, after: unknown }> }>, staleSecrets: Array<{ apiVersion: string, kind: string, namespace: string | null, name: string, secret: string, keys: Array<string>, taking: SecretTaking, message: string }>, actions: Array<{ name: string, hook: string, mode: string, description: string, unanswered: Array<string>, takes: Array<string> }>, hooks: Array<{ event: string, weight: number, apiVersion: string, kind: string, namespace: string | null, name: string }>, problems: Array<{ field: string, message: string }> }> };

export type EnvironmentFieldsFragment = { id: string, name: string, config: unknown, namespace: string, createdAt: string, cluster: { id: string, name: string } };

export type ListEnvironmentsQueryVariables = Exact<{
  filter?: EnvironmentFilter | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type ListEnvironmentsQuery = { environments: Array<{ id: string, name: string, config: unknown, namespace: string, createdAt: string, cluster: { id: string, name: string } }> };

export type GetEnvironmentQueryVariables = Exact<{
  id?: string | null | undefined;
  name?: string | null | undefined;
}>;


export type GetEnvironmentQuery = { environment: { id: string, name: string, config: unknown, namespace: string, createdAt: string, cluster: { id: string, name: string } } | null };

export type CreateEnvironmentMutationVariables = Exact<{
  input: CreateEnvironmentInput;
}>;


export type CreateEnvironmentMutation = { createEnvironment: { id: string, name: string, config: unknown, namespace: string, createdAt: string, cluster: { id: string, name: string } } };

export type UpdateEnvironmentMutationVariables = Exact<{
  environment: string;
  config: unknown;
  idempotencyKey?: string | null | undefined;
}>;


export type UpdateEnvironmentMutation = { updateEnvironment: { id: string, name: string, config: unknown, namespace: string, createdAt: string, cluster: { id: string, name: string } } };

export type DeleteEnvironmentMutationVariables = Exact<{
  environment: string;
  idempotencyKey?: string | null | undefined;
}>;


export type DeleteEnvironmentMutation = { deleteEnvironment: { id: string, name: string, config: unknown, namespace: string, createdAt: string, cluster: { id: string, name: string } } };

export type RepositoryFieldsFragment = { id: string, name: string, kind: RepositoryKind, url: string, username: string | null, hasToken: boolean, ca: string | null, requireSignature: boolean, allowedKeys: Array<string>, createdAt: string, updatedAt: string };

export type ListRepositoriesQueryVariables = Exact<{
  filter?: RepositoryFilter | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type ListRepositoriesQuery = { repositories: Array<{ id: string, name: string, kind: RepositoryKind, url: string, username: string | null, hasToken: boolean, ca: string | null, requireSignature: boolean, allowedKeys: Array<string>, createdAt: string, updatedAt: string }> };

export type GetRepositoryQueryVariables = Exact<{
  id?: string | null | undefined;
  name?: string | null | undefined;
}>;


export type GetRepositoryQuery = { repository: { id: string, name: string, kind: RepositoryKind, url: string, username: string | null, hasToken: boolean, ca: string | null, requireSignature: boolean, allowedKeys: Array<string>, createdAt: string, updatedAt: string } | null };

export type CreateRepositoryMutationVariables = Exact<{
  input: CreateRepositoryInput;
}>;


export type CreateRepositoryMutation = { createRepository: { id: string, name: string, kind: RepositoryKind, url: string, username: string | null, hasToken: boolean, ca: string | null, requireSignature: boolean, allowedKeys: Array<string>, createdAt: string, updatedAt: string } };

export type UpdateRepositoryMutationVariables = Exact<{
  input: UpdateRepositoryInput;
}>;


export type UpdateRepositoryMutation = { updateRepository: { id: string, name: string, kind: RepositoryKind, url: string, username: string | null, hasToken: boolean, ca: string | null, requireSignature: boolean, allowedKeys: Array<string>, createdAt: string, updatedAt: string } };

export type DeleteRepositoryMutationVariables = Exact<{
  repository: string;
  idempotencyKey?: string | null | undefined;
}>;


export type DeleteRepositoryMutation = { deleteRepository: { id: string, name: string, kind: RepositoryKind, url: string, username: string | null, hasToken: boolean, ca: string | null, requireSignature: boolean, allowedKeys: Array<string>, createdAt: string, updatedAt: string } };

export type TestRepositoryMutationVariables = Exact<{
  repository: string;
  url?: string | null | undefined;
}>;


export type TestRepositoryMutation = { testRepository: { url: string, branches: number, tags: number } };

export type ScanRepositoryMutationVariables = Exact<{
  input: ScanRepositoryInput;
}>;


export type ScanRepositoryMutation = { scanRepository: { url: string, ref: string, commit: string, drivers: Array<{ path: string, name: string | null, version: string | null, valid: boolean, error: string | null, loaded: { outcome: DriverVersionOutcome | null, id: string, version: string, supportedVersions: string, defaultVersion: string | null, commit: string | null, author: string | null, committedAt: string | null, subject: string | null, signature: unknown, digest: string, source: unknown, clusterRole: string | null, loadedAt: string, replaced: { id: string, digest: string } | null, pinned: Array<{ id: string, name: string, environment: { name: string }, driverVersion: { digest: string } }>, driver: { id: string, name: string } } | null }> } };

export type LoadProgressSubscriptionVariables = Exact<{
  id: string;
}>;


export type LoadProgressSubscription = { loadProgress: { phase: LoadPhase, bytes: number, objects: number } };

export type ServerInfoQueryVariables = Exact<{ [key: string]: never; }>;


export type ServerInfoQuery = { serverInfo: { version: string, installationId: string, agentUrl: string | null } };

export type DriverSourceFieldsFragment = { id: string, name: string, url: string, ref: string, path: string, everySeconds: number, requireSignature: boolean, allowedKeys: Array<string>, webhook: boolean, webhookPath: string, state: DriverSourceState, seenRef: string | null, seenCommit: string | null, seenAt: string | null, polledAt: string | null, nextPollAt: string, failures: number, createdAt: string, driver: { id: string, name: string } | null, version: { id: string, version: string, commit: string | null } | null, failure: { about: DriverSourceTrouble, code: string, message: string, commit: string | null, problems: Array<{ field: string, message: string, excerpt: string | null }> } | null, skipped: { count: number | null, from: string | null, to: string | null, message: string } | null };

export type ListDriverSourcesQueryVariables = Exact<{
  filter?: DriverSourceFilter | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type ListDriverSourcesQuery = { driverSources: Array<{ id: string, name: string, url: string, ref: string, path: string, everySeconds: number, requireSignature: boolean, allowedKeys: Array<string>, webhook: boolean, webhookPath: string, state: DriverSourceState, seenRef: string | null, seenCommit: string | null, seenAt: string | null, polledAt: string | null, nextPollAt: string, failures: number, createdAt: string, driver: { id: string, name: string } | null, version: { id: string, version: string, commit: string | null } | null, failure: { about: DriverSourceTrouble, code: string, message: string, commit: string | null, problems: Array<{ field: string, message: string, excerpt: string | null }> } | null, skipped: { count: number | null, from: string | null, to: string | null, message: string } | null }> };

export type GetDriverSourceQueryVariables = Exact<{
  id?: string | null | undefined;
  name?: string | null | undefined;
}>;


export type GetDriverSourceQuery = { driverSource: { id: string, name: string, url: string, ref: string, path: string, everySeconds: number, requireSignature: boolean, allowedKeys: Array<string>, webhook: boolean, webhookPath: string, state: DriverSourceState, seenRef: string | null, seenCommit: string | null, seenAt: string | null, polledAt: string | null, nextPollAt: string, failures: number, createdAt: string, driver: { id: string, name: string } | null, version: { id: string, version: string, commit: string | null } | null, failure: { about: DriverSourceTrouble, code: string, message: string, commit: string | null, problems: Array<{ field: string, message: string, excerpt: string | null }> } | null, skipped: { count: number | null, from: string | null, to: string | null, message: string } | null } | null };

export type GetFollowedVersionQueryVariables = Exact<{
  id: string;
}>;


export type GetFollowedVersionQuery = { driverSource: { version: { outcome: DriverVersionOutcome | null, id: string, version: string, supportedVersions: string, defaultVersion: string | null, commit: string | null, author: string | null, committedAt: string | null, subject: string | null, signature: unknown, digest: string, source: unknown, clusterRole: string | null, loadedAt: string, replaced: { id: string, digest: string } | null, pinned: Array<{ id: string, name: string, environment: { name: string }, driverVersion: { digest: string } }>, driver: { id: string, name: string } } | null } | null };

export type ListDriverLoadsQueryVariables = Exact<{
  filter?: DriverLoadFilter | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type ListDriverLoadsQuery = { driverLoads: Array<{ id: string, commit: string, ref: string, state: DriverLoadState, code: string | null, message: string | null, at: string, source: { id: string, name: string }, version: { id: string, version: string } | null, problems: Array<{ field: string, message: string, excerpt: string | null }> }> };

export type FollowDriverMutationVariables = Exact<{
  input: FollowDriverInput;
}>;


export type FollowDriverMutation = { followDriver: { webhookSecret: string | null, source: { id: string, name: string, url: string, ref: string, path: string, everySeconds: number, requireSignature: boolean, allowedKeys: Array<string>, webhook: boolean, webhookPath: string, state: DriverSourceState, seenRef: string | null, seenCommit: string | null, seenAt: string | null, polledAt: string | null, nextPollAt: string, failures: number, createdAt: string, driver: { id: string, name: string } | null, version: { id: string, version: string, commit: string | null } | null, failure: { about: DriverSourceTrouble, code: string, message: string, commit: string | null, problems: Array<{ field: string, message: string, excerpt: string | null }> } | null, skipped: { count: number | null, from: string | null, to: string | null, message: string } | null } } };

export type UpdateDriverSourceMutationVariables = Exact<{
  input: UpdateDriverSourceInput;
}>;


export type UpdateDriverSourceMutation = { updateDriverSource: { webhookSecret: string | null, source: { id: string, name: string, url: string, ref: string, path: string, everySeconds: number, requireSignature: boolean, allowedKeys: Array<string>, webhook: boolean, webhookPath: string, state: DriverSourceState, seenRef: string | null, seenCommit: string | null, seenAt: string | null, polledAt: string | null, nextPollAt: string, failures: number, createdAt: string, driver: { id: string, name: string } | null, version: { id: string, version: string, commit: string | null } | null, failure: { about: DriverSourceTrouble, code: string, message: string, commit: string | null, problems: Array<{ field: string, message: string, excerpt: string | null }> } | null, skipped: { count: number | null, from: string | null, to: string | null, message: string } | null } } };

export type UnfollowDriverMutationVariables = Exact<{
  source: string;
  idempotencyKey?: string | null | undefined;
}>;


export type UnfollowDriverMutation = { unfollowDriver: { id: string, name: string, url: string, ref: string, path: string, everySeconds: number, requireSignature: boolean, allowedKeys: Array<string>, webhook: boolean, webhookPath: string, state: DriverSourceState, seenRef: string | null, seenCommit: string | null, seenAt: string | null, polledAt: string | null, nextPollAt: string, failures: number, createdAt: string, driver: { id: string, name: string } | null, version: { id: string, version: string, commit: string | null } | null, failure: { about: DriverSourceTrouble, code: string, message: string, commit: string | null, problems: Array<{ field: string, message: string, excerpt: string | null }> } | null, skipped: { count: number | null, from: string | null, to: string | null, message: string } | null } };

export type RefreshDriverSourceMutationVariables = Exact<{
  source: string;
  idempotencyKey?: string | null | undefined;
}>;


export type RefreshDriverSourceMutation = { refreshDriverSource: { id: string, name: string, url: string, ref: string, path: string, everySeconds: number, requireSignature: boolean, allowedKeys: Array<string>, webhook: boolean, webhookPath: string, state: DriverSourceState, seenRef: string | null, seenCommit: string | null, seenAt: string | null, polledAt: string | null, nextPollAt: string, failures: number, createdAt: string, driver: { id: string, name: string } | null, version: { id: string, version: string, commit: string | null } | null, failure: { about: DriverSourceTrouble, code: string, message: string, commit: string | null, problems: Array<{ field: string, message: string, excerpt: string | null }> } | null, skipped: { count: number | null, from: string | null, to: string | null, message: string } | null } };

export type ListPodStatusesQueryVariables = Exact<{
  filter?: StatusFilter | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type ListPodStatusesQuery = { podStatuses: Array<{ id: string, component: string | null, name: string, namespace: string, phase: string, ready: boolean, restarts: number, reason: string | null, message: string | null, node: string | null, images: Array<string>, startedAt: string | null, observedAt: string, simulated: boolean, containers: Array<{ name: string, state: string, ready: boolean, restarts: number, lastExitCode: number | null }>, deployment: { id: string, name: string, environment: { id: string, name: string } } }> };

export type ListDeploymentStatusesQueryVariables = Exact<{
  filter?: StatusFilter | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type ListDeploymentStatusesQuery = { deploymentStatuses: Array<{ id: string, name: string, status: DeploymentStatusWord, phase: string | null, instanceId: string | null, intentGeneration: number | null, generation: number | null, observedGeneration: number | null, drift: unknown, release: unknown, observedAt: string, ageSeconds: number, simulated: boolean, conditions: Array<{ type: string, status: string, reason: string, message: string, lastTransitionTime: string }>, components: Array<{ name: string, desired: number, ready: number, state: string, message: string | null }>, deployment: { id: string, name: string } }> };

export type TaskFieldsFragment = { id: string, kind: TaskKind, state: TaskState, reason: string | null, attempts: number, deploymentName: string, createdAt: string, startedAt: string | null, finishedAt: string | null, supersededBy: { id: string } | null, steps: Array<{ name: string, state: StepState, attempts: number, error: string | null, startedAt: string, finishedAt: string | null }> };

export type TestFieldsFragment = { id: string, state: TaskState, reason: string | null, startedAt: string | null, finishedAt: string | null, testResults: Array<{ name: string, kind: string, outcome: TestOutcome, message: string | null, startedAt: string | null, endedAt: string | null, log: Array<string> }> };

export type GetTestResultsQueryVariables = Exact<{
  id: string;
}>;


export type GetTestResultsQuery = { task: { id: string, state: TaskState, reason: string | null, startedAt: string | null, finishedAt: string | null, testResults: Array<{ name: string, kind: string, outcome: TestOutcome, message: string | null, startedAt: string | null, endedAt: string | null, log: Array<string> }> } | null };

export type ListTasksQueryVariables = Exact<{
  filter?: TaskFilter | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type ListTasksQuery = { tasks: Array<{ id: string, kind: TaskKind, state: TaskState, reason: string | null, attempts: number, deploymentName: string, createdAt: string, startedAt: string | null, finishedAt: string | null, supersededBy: { id: string } | null, steps: Array<{ name: string, state: StepState, attempts: number, error: string | null, startedAt: string, finishedAt: string | null }> }> };

export type GetTaskQueryVariables = Exact<{
  id: string;
}>;


export type GetTaskQuery = { task: { id: string, kind: TaskKind, state: TaskState, reason: string | null, attempts: number, deploymentName: string, createdAt: string, startedAt: string | null, finishedAt: string | null, supersededBy: { id: string } | null, steps: Array<{ name: string, state: StepState, attempts: number, error: string | null, startedAt: string, finishedAt: string | null }> } | null };

export type GetTaskLogQueryVariables = Exact<{
  id: string;
  first?: number | null | undefined;
  after?: number | null | undefined;
}>;


export type GetTaskLogQuery = { task: { log: Array<{ number: number, at: string, level: string, message: string }> } | null };

export type CancelTaskMutationVariables = Exact<{
  task: string;
  idempotencyKey?: string | null | undefined;
}>;


export type CancelTaskMutation = { cancelTask: { id: string, kind: TaskKind, state: TaskState, reason: string | null, attempts: number, deploymentName: string, createdAt: string, startedAt: string | null, finishedAt: string | null, supersededBy: { id: string } | null, steps: Array<{ name: string, state: StepState, attempts: number, error: string | null, startedAt: string, finishedAt: string | null }> } };

export type TaskChangedSubscriptionVariables = Exact<{
  task: string;
}>;


export type TaskChangedSubscription = { taskChanged: { id: string, kind: TaskKind, state: TaskState, reason: string | null, attempts: number, deploymentName: string, createdAt: string, startedAt: string | null, finishedAt: string | null, supersededBy: { id: string } | null, steps: Array<{ name: string, state: StepState, attempts: number, error: string | null, startedAt: string, finishedAt: string | null }> } };

export type TaskLogSubscriptionVariables = Exact<{
  task: string;
}>;


export type TaskLogSubscription = { taskLog: { number: number, at: string, level: string, message: string } };

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
export const ClusterFieldsFragmentDoc = new TypedDocumentString(`
    fragment ClusterFields on Cluster {
  id
  name
  config
  intent
  createdAt
  agent {
    state
    epoch
    version
    lastSeenAt
    refused
    notice
    blind {
      kind
      namespace
      reason
      since
    }
  }
}
    `, {"fragmentName":"ClusterFields"}) as unknown as TypedDocumentString<ClusterFieldsFragment, unknown>;
export const PoliciesFieldsFragmentDoc = new TypedDocumentString(`
    fragment PoliciesFields on DeploymentPolicies {
  drift
  conflicts
  prune
  ignore {
    kind
    name
    fields
  }
  newVersions {
    do
    level
    recreate
    deletions
    parameters
  }
}
    `, {"fragmentName":"PoliciesFields"}) as unknown as TypedDocumentString<PoliciesFieldsFragment, unknown>;
export const DeploymentFieldsFragmentDoc = new TypedDocumentString(`
    fragment DeploymentFields on Deployment {
  id
  name
  status
  statusReason
  lastKnown
  phase
  applicationVersion
  createdAt
  updatedAt
  environment {
    id
    name
  }
  driverVersion {
    id
    version
    driver {
      id
      name
    }
  }
  services {
    name
    kind
    scope
    component
    port
    url
    humanReadableUrl
  }
  observed {
    at
    ageSeconds
    stale
    simulated
  }
}
    `, {"fragmentName":"DeploymentFields"}) as unknown as TypedDocumentString<DeploymentFieldsFragment, unknown>;
export const TestFieldsFragmentDoc = new TypedDocumentString(`
    fragment TestFields on Task {
  id
  state
  reason
  startedAt
  finishedAt
  testResults {
    name
    kind
    outcome
    message
    startedAt
    endedAt
    log
  }
}
    `, {"fragmentName":"TestFields"}) as unknown as TypedDocumentString<TestFieldsFragment, unknown>;
export const DeploymentDetailsFragmentDoc = new TypedDocumentString(`
    fragment DeploymentDetails on Deployment {
  secrets {
    parameter
    namespace
    name
    key
    command
  }
  policies {
    ...PoliciesFields
  }
  ...DeploymentFields
  services {
    humanReadableUrlSharedWith
  }
  parameters
  config
  envVars
  containerOverrides
  replicas
  intentGeneration
  activeInstance {
    id
    applicationVersion
    createdAt
    driverVersion {
      id
    }
  }
  lastTest {
    ...TestFields
  }
  observed {
    phase
    intentGeneration
    instanceId
    conditions {
      type
      status
      reason
      message
      lastTransitionTime
    }
    components {
      name
      desired
      ready
      state
      message
    }
    drift
    release
  }
}
    fragment DeploymentFields on Deployment {
  id
  name
  status
  statusReason
  lastKnown
  phase
  applicationVersion
  createdAt
  updatedAt
  environment {
    id
    name
  }
  driverVersion {
    id
    version
    driver {
      id
      name
    }
  }
  services {
    name
    kind
    scope
    component
    port
    url
    humanReadableUrl
  }
  observed {
    at
    ageSeconds
    stale
    simulated
  }
}
fragment PoliciesFields on DeploymentPolicies {
  drift
  conflicts
  prune
  ignore {
    kind
    name
    fields
  }
  newVersions {
    do
    level
    recreate
    deletions
    parameters
  }
}
fragment TestFields on Task {
  id
  state
  reason
  startedAt
  finishedAt
  testResults {
    name
    kind
    outcome
    message
    startedAt
    endedAt
    log
  }
}`, {"fragmentName":"DeploymentDetails"}) as unknown as TypedDocumentString<DeploymentDetailsFragment, unknown>;
export const DriverParameterFieldsFragmentDoc = new TypedDocumentString(`
    fragment DriverParameterFields on DriverParameter {
  name
  label
  description
  kind
  required
  default
  values
  group
  advanced
  items
  min
  max
  minLength
  maxLength
  pattern
  generated
}
    `, {"fragmentName":"DriverParameterFields"}) as unknown as TypedDocumentString<DriverParameterFieldsFragment, unknown>;
export const DriverVersionFieldsFragmentDoc = new TypedDocumentString(`
    fragment DriverVersionFields on ApplicationDriverVersion {
  id
  version
  supportedVersions
  defaultVersion
  commit
  author
  committedAt
  subject
  signature
  digest
  source
  clusterRole
  loadedAt
  driver {
    id
    name
  }
}
    `, {"fragmentName":"DriverVersionFields"}) as unknown as TypedDocumentString<DriverVersionFieldsFragment, unknown>;
export const LoadedVersionFieldsFragmentDoc = new TypedDocumentString(`
    fragment LoadedVersionFields on ApplicationDriverVersion {
  ...DriverVersionFields
  outcome
  replaced {
    id
    digest
  }
  pinned {
    id
    name
    environment {
      name
    }
    driverVersion {
      digest
    }
  }
}
    fragment DriverVersionFields on ApplicationDriverVersion {
  id
  version
  supportedVersions
  defaultVersion
  commit
  author
  committedAt
  subject
  signature
  digest
  source
  clusterRole
  loadedAt
  driver {
    id
    name
  }
}`, {"fragmentName":"LoadedVersionFields"}) as unknown as TypedDocumentString<LoadedVersionFieldsFragment, unknown>;
export const StaleSecretFieldsFragmentDoc = new TypedDocumentString(`
    fragment StaleSecretFields on StaleSecret {
  apiVersion
  kind
  namespace
  name
  secret
  keys
  taking
  message
}
    `, {"fragmentName":"StaleSecretFields"}) as unknown as TypedDocumentString<StaleSecretFieldsFragment, unknown>;
export const PlannedActionFieldsFragmentDoc = new TypedDocumentString(`
    fragment PlannedActionFields on PlannedAction {
  name
  hook
  mode
  description
  unanswered
  takes
}
    `, {"fragmentName":"PlannedActionFields"}) as unknown as TypedDocumentString<PlannedActionFieldsFragment, unknown>;
export const PlannedHookFieldsFragmentDoc = new TypedDocumentString(`
    fragment PlannedHookFields on PlannedHook {
  event
  weight
  apiVersion
  kind
  namespace
  name
}
    `, {"fragmentName":"PlannedHookFields"}) as unknown as TypedDocumentString<PlannedHookFieldsFragment, unknown>;
export const VersionPlanFieldsFragmentDoc = new TypedDocumentString(`
    fragment VersionPlanFields on VersionPlan {
  deployment {
    id
    name
    environment {
      name
    }
  }
  from {
    id
    version
    commit
  }
  to {
    id
    version
    commit
  }
  level
  parameters {
    path
    before
    after
  }
  added {
    apiVersion
    kind
    namespace
    name
  }
  removed {
    apiVersion
    kind
    namespace
    name
  }
  changed {
    apiVersion
    kind
    namespace
    name
    recreate
    refused
    fields {
      path
      before
      after
    }
  }
  staleSecrets {
    ...StaleSecretFields
  }
  heldReplicas
  actions {
    ...PlannedActionFields
  }
  hooks {
    ...PlannedHookFields
  }
  problems {
    field
    message
  }
}
    fragment PlannedActionFields on PlannedAction {
  name
  hook
  mode
  description
  unanswered
  takes
}
fragment PlannedHookFields on PlannedHook {
  event
  weight
  apiVersion
  kind
  namespace
  name
}
fragment StaleSecretFields on StaleSecret {
  apiVersion
  kind
  namespace
  name
  secret
  keys
  taking
  message
}`, {"fragmentName":"VersionPlanFields"}) as unknown as TypedDocumentString<VersionPlanFieldsFragment, unknown>;
export const EnvironmentFieldsFragmentDoc = new TypedDocumentString(`
    fragment EnvironmentFields on Environment {
  id
  name
  config
  namespace
  createdAt
  cluster {
    id
    name
  }
}
    `, {"fragmentName":"EnvironmentFields"}) as unknown as TypedDocumentString<EnvironmentFieldsFragment, unknown>;
export const RepositoryFieldsFragmentDoc = new TypedDocumentString(`
    fragment RepositoryFields on Repository {
  id
  name
  kind
  url
  username
  hasToken
  ca
  requireSignature
  allowedKeys
  createdAt
  updatedAt
}
    `, {"fragmentName":"RepositoryFields"}) as unknown as TypedDocumentString<RepositoryFieldsFragment, unknown>;
export const DriverSourceFieldsFragmentDoc = new TypedDocumentString(`
    fragment DriverSourceFields on DriverSource {
  id
  name
  url
  ref
  path
  everySeconds
  requireSignature
  allowedKeys
  webhook
  webhookPath
  state
  driver {
    id
    name
  }
  version {
    id
    version
    commit
  }
  seenRef
  seenCommit
  seenAt
  polledAt
  nextPollAt
  failures
  failure {
    about
    code
    message
    commit
    problems {
      field
      message
      excerpt
    }
  }
  skipped {
    count
    from
    to
    message
  }
  createdAt
}
    `, {"fragmentName":"DriverSourceFields"}) as unknown as TypedDocumentString<DriverSourceFieldsFragment, unknown>;
export const TaskFieldsFragmentDoc = new TypedDocumentString(`
    fragment TaskFields on Task {
  id
  kind
  state
  reason
  attempts
  supersededBy {
    id
  }
  deploymentName
  createdAt
  startedAt
  finishedAt
  steps {
    name
    state
    attempts
    error
    startedAt
    finishedAt
  }
}
    `, {"fragmentName":"TaskFields"}) as unknown as TypedDocumentString<TaskFieldsFragment, unknown>;
export const AgentHelloDocument = new TypedDocumentString(`
    mutation AgentHello($input: AgentHelloInput!) {
  agentHello(input: $input) {
    epoch
    clusterId
    clusterName
    intent
    leaseMs
    renewMs
    notice
  }
}
    `) as unknown as TypedDocumentString<AgentHelloMutation, AgentHelloMutationVariables>;
export const AgentGoodbyeDocument = new TypedDocumentString(`
    mutation AgentGoodbye($epoch: Int!) {
  agentGoodbye(epoch: $epoch)
}
    `) as unknown as TypedDocumentString<AgentGoodbyeMutation, AgentGoodbyeMutationVariables>;
export const ClaimTaskDocument = new TypedDocumentString(`
    mutation ClaimTask($epoch: Int!, $waitMs: Int, $request: ID) {
  claimTask(epoch: $epoch, waitMs: $waitMs, request: $request) {
    id
    kind
    token
    attempts
    deploymentId
    deploymentName
    resourceName
    namespace
    instanceId
    driverDigest
    intentGeneration
    payload
    steps {
      name
      state
      result
      error
    }
  }
}
    `) as unknown as TypedDocumentString<ClaimTaskMutation, ClaimTaskMutationVariables>;
export const RenewTaskDocument = new TypedDocumentString(`
    mutation RenewTask($task: ID!, $token: String!) {
  renewTask(task: $task, token: $token)
}
    `) as unknown as TypedDocumentString<RenewTaskMutation, RenewTaskMutationVariables>;
export const StartTaskStepDocument = new TypedDocumentString(`
    mutation StartTaskStep($task: ID!, $token: String!, $name: String!) {
  startTaskStep(task: $task, token: $token, name: $name) {
    lease
    step {
      name
      state
      result
    }
  }
}
    `) as unknown as TypedDocumentString<StartTaskStepMutation, StartTaskStepMutationVariables>;
export const FinishTaskStepDocument = new TypedDocumentString(`
    mutation FinishTaskStep($task: ID!, $token: String!, $name: String!, $state: StepState!, $result: JSON, $error: String) {
  finishTaskStep(
    task: $task
    token: $token
    name: $name
    state: $state
    result: $result
    error: $error
  )
}
    `) as unknown as TypedDocumentString<FinishTaskStepMutation, FinishTaskStepMutationVariables>;
export const AppendTaskLogDocument = new TypedDocumentString(`
    mutation AppendTaskLog($task: ID!, $token: String!, $lines: [TaskLogLineInput!]!) {
  appendTaskLog(task: $task, token: $token, lines: $lines)
}
    `) as unknown as TypedDocumentString<AppendTaskLogMutation, AppendTaskLogMutationVariables>;
export const FinishTaskDocument = new TypedDocumentString(`
    mutation FinishTask($task: ID!, $token: String!, $state: TaskState!, $reason: String) {
  finishTask(task: $task, token: $token, state: $state, reason: $reason)
}
    `) as unknown as TypedDocumentString<FinishTaskMutation, FinishTaskMutationVariables>;
export const EndedTasksDocument = new TypedDocumentString(`
    mutation EndedTasks($epoch: Int!, $tasks: [ID!]!) {
  endedTasks(epoch: $epoch, tasks: $tasks)
}
    `) as unknown as TypedDocumentString<EndedTasksMutation, EndedTasksMutationVariables>;
export const ReleaseIntentDocument = new TypedDocumentString(`
    mutation ReleaseIntent($task: ID!, $token: String!, $applicationVersion: String) {
  releaseIntent(
    task: $task
    token: $token
    applicationVersion: $applicationVersion
  ) {
    lease
    generation
  }
}
    `) as unknown as TypedDocumentString<ReleaseIntentMutation, ReleaseIntentMutationVariables>;
export const RollBackDocument = new TypedDocumentString(`
    mutation RollBack($task: ID!, $token: String!) {
  rollBack(task: $task, token: $token) {
    lease
    generation
  }
}
    `) as unknown as TypedDocumentString<RollBackMutation, RollBackMutationVariables>;
export const ActivateInstanceDocument = new TypedDocumentString(`
    mutation ActivateInstance($task: ID!, $token: String!) {
  activateInstance(task: $task, token: $token)
}
    `) as unknown as TypedDocumentString<ActivateInstanceMutation, ActivateInstanceMutationVariables>;
export const CloseDeploymentDocument = new TypedDocumentString(`
    mutation CloseDeployment($task: ID!, $token: String!, $kept: [String!]!) {
  closeDeployment(task: $task, token: $token, kept: $kept)
}
    `) as unknown as TypedDocumentString<CloseDeploymentMutation, CloseDeploymentMutationVariables>;
export const PendingIntentsDocument = new TypedDocumentString(`
    mutation PendingIntents($epoch: Int!, $waitMs: Int) {
  pendingIntents(epoch: $epoch, waitMs: $waitMs) {
    deploymentId
    environment
    name
    generation
    instanceId
    spec
    secretName
    secretData
  }
}
    `) as unknown as TypedDocumentString<PendingIntentsMutation, PendingIntentsMutationVariables>;
export const RecordIntentDocument = new TypedDocumentString(`
    mutation RecordIntent($epoch: Int!, $input: RecordIntentInput!) {
  recordIntent(epoch: $epoch, input: $input)
}
    `) as unknown as TypedDocumentString<RecordIntentMutation, RecordIntentMutationVariables>;
export const ClaimInquiryDocument = new TypedDocumentString(`
    mutation ClaimInquiry($epoch: Int!, $waitMs: Int) {
  claimInquiry(epoch: $epoch, waitMs: $waitMs) {
    id
    kind
    question
    expiresAt
  }
}
    `) as unknown as TypedDocumentString<ClaimInquiryMutation, ClaimInquiryMutationVariables>;
export const ReportPodStatusesDocument = new TypedDocumentString(`
    mutation ReportPodStatuses($input: PodStatusReportInput!) {
  reportPodStatuses(input: $input) {
    outcome
    written
    pruned
  }
}
    `) as unknown as TypedDocumentString<ReportPodStatusesMutation, ReportPodStatusesMutationVariables>;
export const ReportDeploymentStatusesDocument = new TypedDocumentString(`
    mutation ReportDeploymentStatuses($input: DeploymentStatusReportInput!) {
  reportDeploymentStatuses(input: $input) {
    outcome
    written
    pruned
  }
}
    `) as unknown as TypedDocumentString<ReportDeploymentStatusesMutation, ReportDeploymentStatusesMutationVariables>;
export const ListClustersDocument = new TypedDocumentString(`
    query ListClusters($filter: ClusterFilter, $first: Int, $after: ID) {
  clusters(filter: $filter, first: $first, after: $after) {
    ...ClusterFields
  }
}
    fragment ClusterFields on Cluster {
  id
  name
  config
  intent
  createdAt
  agent {
    state
    epoch
    version
    lastSeenAt
    refused
    notice
    blind {
      kind
      namespace
      reason
      since
    }
  }
}`) as unknown as TypedDocumentString<ListClustersQuery, ListClustersQueryVariables>;
export const GetClusterDocument = new TypedDocumentString(`
    query GetCluster($id: ID, $name: String) {
  cluster(id: $id, name: $name) {
    ...ClusterFields
  }
}
    fragment ClusterFields on Cluster {
  id
  name
  config
  intent
  createdAt
  agent {
    state
    epoch
    version
    lastSeenAt
    refused
    notice
    blind {
      kind
      namespace
      reason
      since
    }
  }
}`) as unknown as TypedDocumentString<GetClusterQuery, GetClusterQueryVariables>;
export const CreateClusterDocument = new TypedDocumentString(`
    mutation CreateCluster($input: CreateClusterInput!) {
  createCluster(input: $input) {
    token
    cluster {
      ...ClusterFields
    }
  }
}
    fragment ClusterFields on Cluster {
  id
  name
  config
  intent
  createdAt
  agent {
    state
    epoch
    version
    lastSeenAt
    refused
    notice
    blind {
      kind
      namespace
      reason
      since
    }
  }
}`) as unknown as TypedDocumentString<CreateClusterMutation, CreateClusterMutationVariables>;
export const RotateAgentTokenDocument = new TypedDocumentString(`
    mutation RotateAgentToken($cluster: ID!, $graceSeconds: Int, $idempotencyKey: String) {
  rotateAgentToken(
    cluster: $cluster
    graceSeconds: $graceSeconds
    idempotencyKey: $idempotencyKey
  ) {
    token
    cluster {
      ...ClusterFields
    }
  }
}
    fragment ClusterFields on Cluster {
  id
  name
  config
  intent
  createdAt
  agent {
    state
    epoch
    version
    lastSeenAt
    refused
    notice
    blind {
      kind
      namespace
      reason
      since
    }
  }
}`) as unknown as TypedDocumentString<RotateAgentTokenMutation, RotateAgentTokenMutationVariables>;
export const UpdateClusterDocument = new TypedDocumentString(`
    mutation UpdateCluster($cluster: ID!, $config: JSON!, $idempotencyKey: String) {
  updateCluster(
    cluster: $cluster
    config: $config
    idempotencyKey: $idempotencyKey
  ) {
    ...ClusterFields
  }
}
    fragment ClusterFields on Cluster {
  id
  name
  config
  intent
  createdAt
  agent {
    state
    epoch
    version
    lastSeenAt
    refused
    notice
    blind {
      kind
      namespace
      reason
      since
    }
  }
}`) as unknown as TypedDocumentString<UpdateClusterMutation, UpdateClusterMutationVariables>;
export const DeleteClusterDocument = new TypedDocumentString(`
    mutation DeleteCluster($cluster: ID!, $force: Boolean, $idempotencyKey: String) {
  deleteCluster(cluster: $cluster, force: $force, idempotencyKey: $idempotencyKey) {
    ...ClusterFields
  }
}
    fragment ClusterFields on Cluster {
  id
  name
  config
  intent
  createdAt
  agent {
    state
    epoch
    version
    lastSeenAt
    refused
    notice
    blind {
      kind
      namespace
      reason
      since
    }
  }
}`) as unknown as TypedDocumentString<DeleteClusterMutation, DeleteClusterMutationVariables>;
export const ListDeploymentsDocument = new TypedDocumentString(`
    query ListDeployments($filter: DeploymentFilter, $first: Int, $after: ID) {
  deployments(filter: $filter, first: $first, after: $after) {
    ...DeploymentFields
  }
}
    fragment DeploymentFields on Deployment {
  id
  name
  status
  statusReason
  lastKnown
  phase
  applicationVersion
  createdAt
  updatedAt
  environment {
    id
    name
  }
  driverVersion {
    id
    version
    driver {
      id
      name
    }
  }
  services {
    name
    kind
    scope
    component
    port
    url
    humanReadableUrl
  }
  observed {
    at
    ageSeconds
    stale
    simulated
  }
}`) as unknown as TypedDocumentString<ListDeploymentsQuery, ListDeploymentsQueryVariables>;
export const GetDeploymentSecretsDocument = new TypedDocumentString(`
    query GetDeploymentSecrets($id: ID, $name: String, $environment: ID) {
  deployment(id: $id, name: $name, environment: $environment) {
    id
    environment {
      namespace
      cluster {
        name
      }
    }
    secrets {
      parameter
      namespace
      name
      key
      command
    }
  }
}
    `) as unknown as TypedDocumentString<GetDeploymentSecretsQuery, GetDeploymentSecretsQueryVariables>;
export const GetDeploymentDocument = new TypedDocumentString(`
    query GetDeployment($id: ID, $name: String, $environment: ID) {
  deployment(id: $id, name: $name, environment: $environment) {
    ...DeploymentDetails
  }
}
    fragment DeploymentFields on Deployment {
  id
  name
  status
  statusReason
  lastKnown
  phase
  applicationVersion
  createdAt
  updatedAt
  environment {
    id
    name
  }
  driverVersion {
    id
    version
    driver {
      id
      name
    }
  }
  services {
    name
    kind
    scope
    component
    port
    url
    humanReadableUrl
  }
  observed {
    at
    ageSeconds
    stale
    simulated
  }
}
fragment DeploymentDetails on Deployment {
  secrets {
    parameter
    namespace
    name
    key
    command
  }
  policies {
    ...PoliciesFields
  }
  ...DeploymentFields
  services {
    humanReadableUrlSharedWith
  }
  parameters
  config
  envVars
  containerOverrides
  replicas
  intentGeneration
  activeInstance {
    id
    applicationVersion
    createdAt
    driverVersion {
      id
    }
  }
  lastTest {
    ...TestFields
  }
  observed {
    phase
    intentGeneration
    instanceId
    conditions {
      type
      status
      reason
      message
      lastTransitionTime
    }
    components {
      name
      desired
      ready
      state
      message
    }
    drift
    release
  }
}
fragment PoliciesFields on DeploymentPolicies {
  drift
  conflicts
  prune
  ignore {
    kind
    name
    fields
  }
  newVersions {
    do
    level
    recreate
    deletions
    parameters
  }
}
fragment TestFields on Task {
  id
  state
  reason
  startedAt
  finishedAt
  testResults {
    name
    kind
    outcome
    message
    startedAt
    endedAt
    log
  }
}`) as unknown as TypedDocumentString<GetDeploymentQuery, GetDeploymentQueryVariables>;
export const CreateDeploymentDocument = new TypedDocumentString(`
    mutation CreateDeployment($input: CreateDeploymentInput!) {
  createDeployment(input: $input) {
    deployment {
      ...DeploymentFields
    }
    task {
      ...TaskFields
    }
  }
}
    fragment DeploymentFields on Deployment {
  id
  name
  status
  statusReason
  lastKnown
  phase
  applicationVersion
  createdAt
  updatedAt
  environment {
    id
    name
  }
  driverVersion {
    id
    version
    driver {
      id
      name
    }
  }
  services {
    name
    kind
    scope
    component
    port
    url
    humanReadableUrl
  }
  observed {
    at
    ageSeconds
    stale
    simulated
  }
}
fragment TaskFields on Task {
  id
  kind
  state
  reason
  attempts
  supersededBy {
    id
  }
  deploymentName
  createdAt
  startedAt
  finishedAt
  steps {
    name
    state
    attempts
    error
    startedAt
    finishedAt
  }
}`) as unknown as TypedDocumentString<CreateDeploymentMutation, CreateDeploymentMutationVariables>;
export const UpdateDeploymentDocument = new TypedDocumentString(`
    mutation UpdateDeployment($input: UpdateDeploymentInput!) {
  updateDeployment(input: $input) {
    deployment {
      ...DeploymentFields
    }
    task {
      ...TaskFields
    }
  }
}
    fragment DeploymentFields on Deployment {
  id
  name
  status
  statusReason
  lastKnown
  phase
  applicationVersion
  createdAt
  updatedAt
  environment {
    id
    name
  }
  driverVersion {
    id
    version
    driver {
      id
      name
    }
  }
  services {
    name
    kind
    scope
    component
    port
    url
    humanReadableUrl
  }
  observed {
    at
    ageSeconds
    stale
    simulated
  }
}
fragment TaskFields on Task {
  id
  kind
  state
  reason
  attempts
  supersededBy {
    id
  }
  deploymentName
  createdAt
  startedAt
  finishedAt
  steps {
    name
    state
    attempts
    error
    startedAt
    finishedAt
  }
}`) as unknown as TypedDocumentString<UpdateDeploymentMutation, UpdateDeploymentMutationVariables>;
export const DeleteDeploymentDocument = new TypedDocumentString(`
    mutation DeleteDeployment($deployment: ID!, $environment: ID, $volumes: VolumePolicy, $prompts: [PromptInput!], $skipActions: Boolean, $idempotencyKey: String) {
  deleteDeployment(
    deployment: $deployment
    environment: $environment
    volumes: $volumes
    prompts: $prompts
    skipActions: $skipActions
    idempotencyKey: $idempotencyKey
  ) {
    deployment {
      ...DeploymentFields
    }
    task {
      ...TaskFields
    }
  }
}
    fragment DeploymentFields on Deployment {
  id
  name
  status
  statusReason
  lastKnown
  phase
  applicationVersion
  createdAt
  updatedAt
  environment {
    id
    name
  }
  driverVersion {
    id
    version
    driver {
      id
      name
    }
  }
  services {
    name
    kind
    scope
    component
    port
    url
    humanReadableUrl
  }
  observed {
    at
    ageSeconds
    stale
    simulated
  }
}
fragment TaskFields on Task {
  id
  kind
  state
  reason
  attempts
  supersededBy {
    id
  }
  deploymentName
  createdAt
  startedAt
  finishedAt
  steps {
    name
    state
    attempts
    error
    startedAt
    finishedAt
  }
}`) as unknown as TypedDocumentString<DeleteDeploymentMutation, DeleteDeploymentMutationVariables>;
export const TestDeploymentDocument = new TypedDocumentString(`
    mutation TestDeployment($deployment: ID!, $environment: ID, $names: [String!], $timeoutSeconds: Int, $idempotencyKey: String) {
  testDeployment(
    deployment: $deployment
    environment: $environment
    names: $names
    timeoutSeconds: $timeoutSeconds
    idempotencyKey: $idempotencyKey
  ) {
    deployment {
      ...DeploymentFields
    }
    task {
      ...TaskFields
    }
  }
}
    fragment DeploymentFields on Deployment {
  id
  name
  status
  statusReason
  lastKnown
  phase
  applicationVersion
  createdAt
  updatedAt
  environment {
    id
    name
  }
  driverVersion {
    id
    version
    driver {
      id
      name
    }
  }
  services {
    name
    kind
    scope
    component
    port
    url
    humanReadableUrl
  }
  observed {
    at
    ageSeconds
    stale
    simulated
  }
}
fragment TaskFields on Task {
  id
  kind
  state
  reason
  attempts
  supersededBy {
    id
  }
  deploymentName
  createdAt
  startedAt
  finishedAt
  steps {
    name
    state
    attempts
    error
    startedAt
    finishedAt
  }
}`) as unknown as TypedDocumentString<TestDeploymentMutation, TestDeploymentMutationVariables>;
export const StartDeploymentDocument = new TypedDocumentString(`
    mutation StartDeployment($deployment: ID!, $environment: ID, $idempotencyKey: String) {
  startDeployment(
    deployment: $deployment
    environment: $environment
    idempotencyKey: $idempotencyKey
  ) {
    ...DeploymentFields
  }
}
    fragment DeploymentFields on Deployment {
  id
  name
  status
  statusReason
  lastKnown
  phase
  applicationVersion
  createdAt
  updatedAt
  environment {
    id
    name
  }
  driverVersion {
    id
    version
    driver {
      id
      name
    }
  }
  services {
    name
    kind
    scope
    component
    port
    url
    humanReadableUrl
  }
  observed {
    at
    ageSeconds
    stale
    simulated
  }
}`) as unknown as TypedDocumentString<StartDeploymentMutation, StartDeploymentMutationVariables>;
export const StopDeploymentDocument = new TypedDocumentString(`
    mutation StopDeployment($deployment: ID!, $environment: ID, $idempotencyKey: String) {
  stopDeployment(
    deployment: $deployment
    environment: $environment
    idempotencyKey: $idempotencyKey
  ) {
    ...DeploymentFields
  }
}
    fragment DeploymentFields on Deployment {
  id
  name
  status
  statusReason
  lastKnown
  phase
  applicationVersion
  createdAt
  updatedAt
  environment {
    id
    name
  }
  driverVersion {
    id
    version
    driver {
      id
      name
    }
  }
  services {
    name
    kind
    scope
    component
    port
    url
    humanReadableUrl
  }
  observed {
    at
    ageSeconds
    stale
    simulated
  }
}`) as unknown as TypedDocumentString<StopDeploymentMutation, StopDeploymentMutationVariables>;
export const ScaleDeploymentDocument = new TypedDocumentString(`
    mutation ScaleDeployment($deployment: ID!, $environment: ID, $component: String!, $replicas: Int, $idempotencyKey: String) {
  scaleDeployment(
    deployment: $deployment
    environment: $environment
    component: $component
    replicas: $replicas
    idempotencyKey: $idempotencyKey
  ) {
    ...DeploymentFields
  }
}
    fragment DeploymentFields on Deployment {
  id
  name
  status
  statusReason
  lastKnown
  phase
  applicationVersion
  createdAt
  updatedAt
  environment {
    id
    name
  }
  driverVersion {
    id
    version
    driver {
      id
      name
    }
  }
  services {
    name
    kind
    scope
    component
    port
    url
    humanReadableUrl
  }
  observed {
    at
    ageSeconds
    stale
    simulated
  }
}`) as unknown as TypedDocumentString<ScaleDeploymentMutation, ScaleDeploymentMutationVariables>;
export const SetDeploymentPoliciesDocument = new TypedDocumentString(`
    mutation SetDeploymentPolicies($deployment: ID!, $environment: ID, $policies: DeploymentPoliciesInput!, $idempotencyKey: String) {
  setDeploymentPolicies(
    deployment: $deployment
    environment: $environment
    policies: $policies
    idempotencyKey: $idempotencyKey
  ) {
    ...DeploymentFields
    policies {
      ...PoliciesFields
    }
  }
}
    fragment DeploymentFields on Deployment {
  id
  name
  status
  statusReason
  lastKnown
  phase
  applicationVersion
  createdAt
  updatedAt
  environment {
    id
    name
  }
  driverVersion {
    id
    version
    driver {
      id
      name
    }
  }
  services {
    name
    kind
    scope
    component
    port
    url
    humanReadableUrl
  }
  observed {
    at
    ageSeconds
    stale
    simulated
  }
}
fragment PoliciesFields on DeploymentPolicies {
  drift
  conflicts
  prune
  ignore {
    kind
    name
    fields
  }
  newVersions {
    do
    level
    recreate
    deletions
    parameters
  }
}`) as unknown as TypedDocumentString<SetDeploymentPoliciesMutation, SetDeploymentPoliciesMutationVariables>;
export const DeploymentChangedDocument = new TypedDocumentString(`
    subscription DeploymentChanged($deployment: ID!, $environment: ID) {
  deploymentChanged(deployment: $deployment, environment: $environment) {
    ...DeploymentFields
    resourceStatus
    resourceStatusReason
  }
}
    fragment DeploymentFields on Deployment {
  id
  name
  status
  statusReason
  lastKnown
  phase
  applicationVersion
  createdAt
  updatedAt
  environment {
    id
    name
  }
  driverVersion {
    id
    version
    driver {
      id
      name
    }
  }
  services {
    name
    kind
    scope
    component
    port
    url
    humanReadableUrl
  }
  observed {
    at
    ageSeconds
    stale
    simulated
  }
}`) as unknown as TypedDocumentString<DeploymentChangedSubscription, DeploymentChangedSubscriptionVariables>;
export const DeploymentLogsDocument = new TypedDocumentString(`
    subscription DeploymentLogs($deployment: ID!, $environment: ID, $component: String, $pod: String, $container: String, $tailLines: Int, $sinceSeconds: Int, $follow: Boolean) {
  deploymentLogs(
    deployment: $deployment
    environment: $environment
    component: $component
    pod: $pod
    container: $container
    tailLines: $tailLines
    sinceSeconds: $sinceSeconds
    follow: $follow
  ) {
    pod
    container
    line
  }
}
    `) as unknown as TypedDocumentString<DeploymentLogsSubscription, DeploymentLogsSubscriptionVariables>;
export const ListNewVersionsDocument = new TypedDocumentString(`
    query ListNewVersions($filter: NewVersionFilter, $first: Int) {
  newVersions(filter: $filter, first: $first) {
    state
    reason
    version {
      id
      version
      commit
      driver {
        name
      }
    }
    deployment {
      id
      name
      environment {
        name
      }
      driverVersion {
        id
        version
      }
    }
    plan {
      ...VersionPlanFields
    }
    task {
      id
      state
    }
    createdAt
    updatedAt
  }
}
    fragment PlannedActionFields on PlannedAction {
  name
  hook
  mode
  description
  unanswered
  takes
}
fragment PlannedHookFields on PlannedHook {
  event
  weight
  apiVersion
  kind
  namespace
  name
}
fragment StaleSecretFields on StaleSecret {
  apiVersion
  kind
  namespace
  name
  secret
  keys
  taking
  message
}
fragment VersionPlanFields on VersionPlan {
  deployment {
    id
    name
    environment {
      name
    }
  }
  from {
    id
    version
    commit
  }
  to {
    id
    version
    commit
  }
  level
  parameters {
    path
    before
    after
  }
  added {
    apiVersion
    kind
    namespace
    name
  }
  removed {
    apiVersion
    kind
    namespace
    name
  }
  changed {
    apiVersion
    kind
    namespace
    name
    recreate
    refused
    fields {
      path
      before
      after
    }
  }
  staleSecrets {
    ...StaleSecretFields
  }
  heldReplicas
  actions {
    ...PlannedActionFields
  }
  hooks {
    ...PlannedHookFields
  }
  problems {
    field
    message
  }
}`) as unknown as TypedDocumentString<ListNewVersionsQuery, ListNewVersionsQueryVariables>;
export const UpdatePlanDocument = new TypedDocumentString(`
    query UpdatePlan($input: UpdateDeploymentInput!) {
  updatePlan(input: $input) {
    deployment {
      id
      name
      environment {
        name
      }
    }
    flow
    from {
      id
      version
      commit
      digest
    }
    to {
      id
      version
      commit
      digest
    }
    fromApplicationVersion
    toApplicationVersion
    added {
      apiVersion
      kind
      namespace
      name
    }
    removed {
      apiVersion
      kind
      namespace
      name
    }
    changed {
      apiVersion
      kind
      namespace
      name
      recreate
      refused
      fields {
        path
        before
        after
      }
    }
    changedSecrets
    madeSecrets
    staleSecrets {
      ...StaleSecretFields
    }
    heldReplicas
    actions {
      ...PlannedActionFields
      prompts {
        name
        takes
        value
        answered
      }
    }
    hooks {
      ...PlannedHookFields
    }
    problems {
      field
      message
    }
  }
}
    fragment PlannedActionFields on PlannedAction {
  name
  hook
  mode
  description
  unanswered
  takes
}
fragment PlannedHookFields on PlannedHook {
  event
  weight
  apiVersion
  kind
  namespace
  name
}
fragment StaleSecretFields on StaleSecret {
  apiVersion
  kind
  namespace
  name
  secret
  keys
  taking
  message
}`) as unknown as TypedDocumentString<UpdatePlanQuery, UpdatePlanQueryVariables>;
export const ListDriversDocument = new TypedDocumentString(`
    query ListDrivers($filter: ApplicationDriverFilter, $first: Int, $after: ID) {
  applicationDrivers(filter: $filter, first: $first, after: $after) {
    id
    name
    createdAt
    latest {
      ...DriverVersionFields
    }
  }
}
    fragment DriverVersionFields on ApplicationDriverVersion {
  id
  version
  supportedVersions
  defaultVersion
  commit
  author
  committedAt
  subject
  signature
  digest
  source
  clusterRole
  loadedAt
  driver {
    id
    name
  }
}`) as unknown as TypedDocumentString<ListDriversQuery, ListDriversQueryVariables>;
export const ListDriverVersionsDocument = new TypedDocumentString(`
    query ListDriverVersions($filter: ApplicationDriverVersionFilter, $first: Int, $after: ID) {
  applicationDriverVersions(filter: $filter, first: $first, after: $after) {
    ...DriverVersionFields
  }
}
    fragment DriverVersionFields on ApplicationDriverVersion {
  id
  version
  supportedVersions
  defaultVersion
  commit
  author
  committedAt
  subject
  signature
  digest
  source
  clusterRole
  loadedAt
  driver {
    id
    name
  }
}`) as unknown as TypedDocumentString<ListDriverVersionsQuery, ListDriverVersionsQueryVariables>;
export const GetDriverVersionDocument = new TypedDocumentString(`
    query GetDriverVersion($id: ID, $driver: ID, $version: String) {
  applicationDriverVersion(id: $id, driver: $driver, version: $version) {
    ...DriverVersionFields
    parameters {
      ...DriverParameterFields
    }
    envVars {
      name
      description
      components
    }
    containerOverrides {
      component
      container
      command
      args
      description
    }
    actions {
      name
      hook
      mode
      when
      location
      description
      runs
      prompts {
        ...DriverParameterFields
      }
    }
    charts {
      name
      version
      location
      digest
    }
  }
}
    fragment DriverParameterFields on DriverParameter {
  name
  label
  description
  kind
  required
  default
  values
  group
  advanced
  items
  min
  max
  minLength
  maxLength
  pattern
  generated
}
fragment DriverVersionFields on ApplicationDriverVersion {
  id
  version
  supportedVersions
  defaultVersion
  commit
  author
  committedAt
  subject
  signature
  digest
  source
  clusterRole
  loadedAt
  driver {
    id
    name
  }
}`) as unknown as TypedDocumentString<GetDriverVersionQuery, GetDriverVersionQueryVariables>;
export const LoadDriverVersionDocument = new TypedDocumentString(`
    mutation LoadDriverVersion($input: LoadApplicationDriverVersionInput!) {
  loadApplicationDriverVersion(input: $input) {
    ...LoadedVersionFields
  }
}
    fragment DriverVersionFields on ApplicationDriverVersion {
  id
  version
  supportedVersions
  defaultVersion
  commit
  author
  committedAt
  subject
  signature
  digest
  source
  clusterRole
  loadedAt
  driver {
    id
    name
  }
}
fragment LoadedVersionFields on ApplicationDriverVersion {
  ...DriverVersionFields
  outcome
  replaced {
    id
    digest
  }
  pinned {
    id
    name
    environment {
      name
    }
    driverVersion {
      digest
    }
  }
}`) as unknown as TypedDocumentString<LoadDriverVersionMutation, LoadDriverVersionMutationVariables>;
export const LoadLocalDriverVersionDocument = new TypedDocumentString(`
    mutation LoadLocalDriverVersion($path: String!, $idempotencyKey: String) {
  loadLocalApplicationDriverVersion(path: $path, idempotencyKey: $idempotencyKey) {
    ...LoadedVersionFields
  }
}
    fragment DriverVersionFields on ApplicationDriverVersion {
  id
  version
  supportedVersions
  defaultVersion
  commit
  author
  committedAt
  subject
  signature
  digest
  source
  clusterRole
  loadedAt
  driver {
    id
    name
  }
}
fragment LoadedVersionFields on ApplicationDriverVersion {
  ...DriverVersionFields
  outcome
  replaced {
    id
    digest
  }
  pinned {
    id
    name
    environment {
      name
    }
    driverVersion {
      digest
    }
  }
}`) as unknown as TypedDocumentString<LoadLocalDriverVersionMutation, LoadLocalDriverVersionMutationVariables>;
export const DeleteDriverVersionDocument = new TypedDocumentString(`
    mutation DeleteDriverVersion($id: ID!, $idempotencyKey: String) {
  deleteApplicationDriverVersion(id: $id, idempotencyKey: $idempotencyKey) {
    ...DriverVersionFields
  }
}
    fragment DriverVersionFields on ApplicationDriverVersion {
  id
  version
  supportedVersions
  defaultVersion
  commit
  author
  committedAt
  subject
  signature
  digest
  source
  clusterRole
  loadedAt
  driver {
    id
    name
  }
}`) as unknown as TypedDocumentString<DeleteDriverVersionMutation, DeleteDriverVersionMutationVariables>;
export const DeleteDriverDocument = new TypedDocumentString(`
    mutation DeleteDriver($driver: ID!, $idempotencyKey: String) {
  deleteApplicationDriver(driver: $driver, idempotencyKey: $idempotencyKey) {
    id
    name
  }
}
    `) as unknown as TypedDocumentString<DeleteDriverMutation, DeleteDriverMutationVariables>;
export const DriverDiffDocument = new TypedDocumentString(`
    query DriverDiff($driver: ID!, $from: String!, $to: String!, $deployment: ID, $environment: ID) {
  driverDiff(
    driver: $driver
    from: $from
    to: $to
    deployment: $deployment
    environment: $environment
  ) {
    from {
      ...DriverVersionFields
    }
    to {
      ...DriverVersionFields
    }
    level
    specification {
      path
      before
      after
    }
    parameters {
      path
      before
      after
    }
    files {
      path
      change
    }
    impact {
      ...VersionPlanFields
    }
  }
}
    fragment DriverVersionFields on ApplicationDriverVersion {
  id
  version
  supportedVersions
  defaultVersion
  commit
  author
  committedAt
  subject
  signature
  digest
  source
  clusterRole
  loadedAt
  driver {
    id
    name
  }
}
fragment PlannedActionFields on PlannedAction {
  name
  hook
  mode
  description
  unanswered
  takes
}
fragment PlannedHookFields on PlannedHook {
  event
  weight
  apiVersion
  kind
  namespace
  name
}
fragment StaleSecretFields on StaleSecret {
  apiVersion
  kind
  namespace
  name
  secret
  keys
  taking
  message
}
fragment VersionPlanFields on VersionPlan {
  deployment {
    id
    name
    environment {
      name
    }
  }
  from {
    id
    version
    commit
  }
  to {
    id
    version
    commit
  }
  level
  parameters {
    path
    before
    after
  }
  added {
    apiVersion
    kind
    namespace
    name
  }
  removed {
    apiVersion
    kind
    namespace
    name
  }
  changed {
    apiVersion
    kind
    namespace
    name
    recreate
    refused
    fields {
      path
      before
      after
    }
  }
  staleSecrets {
    ...StaleSecretFields
  }
  heldReplicas
  actions {
    ...PlannedActionFields
  }
  hooks {
    ...PlannedHookFields
  }
  problems {
    field
    message
  }
}`) as unknown as TypedDocumentString<DriverDiffQuery, DriverDiffQueryVariables>;
export const DriverImpactDocument = new TypedDocumentString(`
    query DriverImpact($driver: ID!, $version: String, $first: Int, $after: ID) {
  driverImpact(driver: $driver, version: $version, first: $first, after: $after) {
    ...VersionPlanFields
  }
}
    fragment PlannedActionFields on PlannedAction {
  name
  hook
  mode
  description
  unanswered
  takes
}
fragment PlannedHookFields on PlannedHook {
  event
  weight
  apiVersion
  kind
  namespace
  name
}
fragment StaleSecretFields on StaleSecret {
  apiVersion
  kind
  namespace
  name
  secret
  keys
  taking
  message
}
fragment VersionPlanFields on VersionPlan {
  deployment {
    id
    name
    environment {
      name
    }
  }
  from {
    id
    version
    commit
  }
  to {
    id
    version
    commit
  }
  level
  parameters {
    path
    before
    after
  }
  added {
    apiVersion
    kind
    namespace
    name
  }
  removed {
    apiVersion
    kind
    namespace
    name
  }
  changed {
    apiVersion
    kind
    namespace
    name
    recreate
    refused
    fields {
      path
      before
      after
    }
  }
  staleSecrets {
    ...StaleSecretFields
  }
  heldReplicas
  actions {
    ...PlannedActionFields
  }
  hooks {
    ...PlannedHookFields
  }
  problems {
    field
    message
  }
}`) as unknown as TypedDocumentString<DriverImpactQuery, DriverImpactQueryVariables>;
export const ListEnvironmentsDocument = new TypedDocumentString(`
    query ListEnvironments($filter: EnvironmentFilter, $first: Int, $after: ID) {
  environments(filter: $filter, first: $first, after: $after) {
    ...EnvironmentFields
  }
}
    fragment EnvironmentFields on Environment {
  id
  name
  config
  namespace
  createdAt
  cluster {
    id
    name
  }
}`) as unknown as TypedDocumentString<ListEnvironmentsQuery, ListEnvironmentsQueryVariables>;
export const GetEnvironmentDocument = new TypedDocumentString(`
    query GetEnvironment($id: ID, $name: String) {
  environment(id: $id, name: $name) {
    ...EnvironmentFields
  }
}
    fragment EnvironmentFields on Environment {
  id
  name
  config
  namespace
  createdAt
  cluster {
    id
    name
  }
}`) as unknown as TypedDocumentString<GetEnvironmentQuery, GetEnvironmentQueryVariables>;
export const CreateEnvironmentDocument = new TypedDocumentString(`
    mutation CreateEnvironment($input: CreateEnvironmentInput!) {
  createEnvironment(input: $input) {
    ...EnvironmentFields
  }
}
    fragment EnvironmentFields on Environment {
  id
  name
  config
  namespace
  createdAt
  cluster {
    id
    name
  }
}`) as unknown as TypedDocumentString<CreateEnvironmentMutation, CreateEnvironmentMutationVariables>;
export const UpdateEnvironmentDocument = new TypedDocumentString(`
    mutation UpdateEnvironment($environment: ID!, $config: JSON!, $idempotencyKey: String) {
  updateEnvironment(
    environment: $environment
    config: $config
    idempotencyKey: $idempotencyKey
  ) {
    ...EnvironmentFields
  }
}
    fragment EnvironmentFields on Environment {
  id
  name
  config
  namespace
  createdAt
  cluster {
    id
    name
  }
}`) as unknown as TypedDocumentString<UpdateEnvironmentMutation, UpdateEnvironmentMutationVariables>;
export const DeleteEnvironmentDocument = new TypedDocumentString(`
    mutation DeleteEnvironment($environment: ID!, $idempotencyKey: String) {
  deleteEnvironment(environment: $environment, idempotencyKey: $idempotencyKey) {
    ...EnvironmentFields
  }
}
    fragment EnvironmentFields on Environment {
  id
  name
  config
  namespace
  createdAt
  cluster {
    id
    name
  }
}`) as unknown as TypedDocumentString<DeleteEnvironmentMutation, DeleteEnvironmentMutationVariables>;
export const ListRepositoriesDocument = new TypedDocumentString(`
    query ListRepositories($filter: RepositoryFilter, $first: Int, $after: ID) {
  repositories(filter: $filter, first: $first, after: $after) {
    ...RepositoryFields
  }
}
    fragment RepositoryFields on Repository {
  id
  name
  kind
  url
  username
  hasToken
  ca
  requireSignature
  allowedKeys
  createdAt
  updatedAt
}`) as unknown as TypedDocumentString<ListRepositoriesQuery, ListRepositoriesQueryVariables>;
export const GetRepositoryDocument = new TypedDocumentString(`
    query GetRepository($id: ID, $name: String) {
  repository(id: $id, name: $name) {
    ...RepositoryFields
  }
}
    fragment RepositoryFields on Repository {
  id
  name
  kind
  url
  username
  hasToken
  ca
  requireSignature
  allowedKeys
  createdAt
  updatedAt
}`) as unknown as TypedDocumentString<GetRepositoryQuery, GetRepositoryQueryVariables>;
export const CreateRepositoryDocument = new TypedDocumentString(`
    mutation CreateRepository($input: CreateRepositoryInput!) {
  createRepository(input: $input) {
    ...RepositoryFields
  }
}
    fragment RepositoryFields on Repository {
  id
  name
  kind
  url
  username
  hasToken
  ca
  requireSignature
  allowedKeys
  createdAt
  updatedAt
}`) as unknown as TypedDocumentString<CreateRepositoryMutation, CreateRepositoryMutationVariables>;
export const UpdateRepositoryDocument = new TypedDocumentString(`
    mutation UpdateRepository($input: UpdateRepositoryInput!) {
  updateRepository(input: $input) {
    ...RepositoryFields
  }
}
    fragment RepositoryFields on Repository {
  id
  name
  kind
  url
  username
  hasToken
  ca
  requireSignature
  allowedKeys
  createdAt
  updatedAt
}`) as unknown as TypedDocumentString<UpdateRepositoryMutation, UpdateRepositoryMutationVariables>;
export const DeleteRepositoryDocument = new TypedDocumentString(`
    mutation DeleteRepository($repository: ID!, $idempotencyKey: String) {
  deleteRepository(repository: $repository, idempotencyKey: $idempotencyKey) {
    ...RepositoryFields
  }
}
    fragment RepositoryFields on Repository {
  id
  name
  kind
  url
  username
  hasToken
  ca
  requireSignature
  allowedKeys
  createdAt
  updatedAt
}`) as unknown as TypedDocumentString<DeleteRepositoryMutation, DeleteRepositoryMutationVariables>;
export const TestRepositoryDocument = new TypedDocumentString(`
    mutation TestRepository($repository: ID!, $url: String) {
  testRepository(repository: $repository, url: $url) {
    url
    branches
    tags
  }
}
    `) as unknown as TypedDocumentString<TestRepositoryMutation, TestRepositoryMutationVariables>;
export const ScanRepositoryDocument = new TypedDocumentString(`
    mutation ScanRepository($input: ScanRepositoryInput!) {
  scanRepository(input: $input) {
    url
    ref
    commit
    drivers {
      path
      name
      version
      valid
      error
      loaded {
        ...LoadedVersionFields
      }
    }
  }
}
    fragment DriverVersionFields on ApplicationDriverVersion {
  id
  version
  supportedVersions
  defaultVersion
  commit
  author
  committedAt
  subject
  signature
  digest
  source
  clusterRole
  loadedAt
  driver {
    id
    name
  }
}
fragment LoadedVersionFields on ApplicationDriverVersion {
  ...DriverVersionFields
  outcome
  replaced {
    id
    digest
  }
  pinned {
    id
    name
    environment {
      name
    }
    driverVersion {
      digest
    }
  }
}`) as unknown as TypedDocumentString<ScanRepositoryMutation, ScanRepositoryMutationVariables>;
export const LoadProgressDocument = new TypedDocumentString(`
    subscription LoadProgress($id: ID!) {
  loadProgress(id: $id) {
    phase
    bytes
    objects
  }
}
    `) as unknown as TypedDocumentString<LoadProgressSubscription, LoadProgressSubscriptionVariables>;
export const ServerInfoDocument = new TypedDocumentString(`
    query ServerInfo {
  serverInfo {
    version
    installationId
    agentUrl
  }
}
    `) as unknown as TypedDocumentString<ServerInfoQuery, ServerInfoQueryVariables>;
export const ListDriverSourcesDocument = new TypedDocumentString(`
    query ListDriverSources($filter: DriverSourceFilter, $first: Int, $after: ID) {
  driverSources(filter: $filter, first: $first, after: $after) {
    ...DriverSourceFields
  }
}
    fragment DriverSourceFields on DriverSource {
  id
  name
  url
  ref
  path
  everySeconds
  requireSignature
  allowedKeys
  webhook
  webhookPath
  state
  driver {
    id
    name
  }
  version {
    id
    version
    commit
  }
  seenRef
  seenCommit
  seenAt
  polledAt
  nextPollAt
  failures
  failure {
    about
    code
    message
    commit
    problems {
      field
      message
      excerpt
    }
  }
  skipped {
    count
    from
    to
    message
  }
  createdAt
}`) as unknown as TypedDocumentString<ListDriverSourcesQuery, ListDriverSourcesQueryVariables>;
export const GetDriverSourceDocument = new TypedDocumentString(`
    query GetDriverSource($id: ID, $name: String) {
  driverSource(id: $id, name: $name) {
    ...DriverSourceFields
  }
}
    fragment DriverSourceFields on DriverSource {
  id
  name
  url
  ref
  path
  everySeconds
  requireSignature
  allowedKeys
  webhook
  webhookPath
  state
  driver {
    id
    name
  }
  version {
    id
    version
    commit
  }
  seenRef
  seenCommit
  seenAt
  polledAt
  nextPollAt
  failures
  failure {
    about
    code
    message
    commit
    problems {
      field
      message
      excerpt
    }
  }
  skipped {
    count
    from
    to
    message
  }
  createdAt
}`) as unknown as TypedDocumentString<GetDriverSourceQuery, GetDriverSourceQueryVariables>;
export const GetFollowedVersionDocument = new TypedDocumentString(`
    query GetFollowedVersion($id: ID!) {
  driverSource(id: $id) {
    version {
      ...LoadedVersionFields
    }
  }
}
    fragment DriverVersionFields on ApplicationDriverVersion {
  id
  version
  supportedVersions
  defaultVersion
  commit
  author
  committedAt
  subject
  signature
  digest
  source
  clusterRole
  loadedAt
  driver {
    id
    name
  }
}
fragment LoadedVersionFields on ApplicationDriverVersion {
  ...DriverVersionFields
  outcome
  replaced {
    id
    digest
  }
  pinned {
    id
    name
    environment {
      name
    }
    driverVersion {
      digest
    }
  }
}`) as unknown as TypedDocumentString<GetFollowedVersionQuery, GetFollowedVersionQueryVariables>;
export const ListDriverLoadsDocument = new TypedDocumentString(`
    query ListDriverLoads($filter: DriverLoadFilter, $first: Int, $after: ID) {
  driverLoads(filter: $filter, first: $first, after: $after) {
    id
    commit
    ref
    state
    source {
      id
      name
    }
    version {
      id
      version
    }
    code
    message
    problems {
      field
      message
      excerpt
    }
    at
  }
}
    `) as unknown as TypedDocumentString<ListDriverLoadsQuery, ListDriverLoadsQueryVariables>;
export const FollowDriverDocument = new TypedDocumentString(`
    mutation FollowDriver($input: FollowDriverInput!) {
  followDriver(input: $input) {
    source {
      ...DriverSourceFields
    }
    webhookSecret
  }
}
    fragment DriverSourceFields on DriverSource {
  id
  name
  url
  ref
  path
  everySeconds
  requireSignature
  allowedKeys
  webhook
  webhookPath
  state
  driver {
    id
    name
  }
  version {
    id
    version
    commit
  }
  seenRef
  seenCommit
  seenAt
  polledAt
  nextPollAt
  failures
  failure {
    about
    code
    message
    commit
    problems {
      field
      message
      excerpt
    }
  }
  skipped {
    count
    from
    to
    message
  }
  createdAt
}`) as unknown as TypedDocumentString<FollowDriverMutation, FollowDriverMutationVariables>;
export const UpdateDriverSourceDocument = new TypedDocumentString(`
    mutation UpdateDriverSource($input: UpdateDriverSourceInput!) {
  updateDriverSource(input: $input) {
    source {
      ...DriverSourceFields
    }
    webhookSecret
  }
}
    fragment DriverSourceFields on DriverSource {
  id
  name
  url
  ref
  path
  everySeconds
  requireSignature
  allowedKeys
  webhook
  webhookPath
  state
  driver {
    id
    name
  }
  version {
    id
    version
    commit
  }
  seenRef
  seenCommit
  seenAt
  polledAt
  nextPollAt
  failures
  failure {
    about
    code
    message
    commit
    problems {
      field
      message
      excerpt
    }
  }
  skipped {
    count
    from
    to
    message
  }
  createdAt
}`) as unknown as TypedDocumentString<UpdateDriverSourceMutation, UpdateDriverSourceMutationVariables>;
export const UnfollowDriverDocument = new TypedDocumentString(`
    mutation UnfollowDriver($source: ID!, $idempotencyKey: String) {
  unfollowDriver(source: $source, idempotencyKey: $idempotencyKey) {
    ...DriverSourceFields
  }
}
    fragment DriverSourceFields on DriverSource {
  id
  name
  url
  ref
  path
  everySeconds
  requireSignature
  allowedKeys
  webhook
  webhookPath
  state
  driver {
    id
    name
  }
  version {
    id
    version
    commit
  }
  seenRef
  seenCommit
  seenAt
  polledAt
  nextPollAt
  failures
  failure {
    about
    code
    message
    commit
    problems {
      field
      message
      excerpt
    }
  }
  skipped {
    count
    from
    to
    message
  }
  createdAt
}`) as unknown as TypedDocumentString<UnfollowDriverMutation, UnfollowDriverMutationVariables>;
export const RefreshDriverSourceDocument = new TypedDocumentString(`
    mutation RefreshDriverSource($source: ID!, $idempotencyKey: String) {
  refreshDriverSource(source: $source, idempotencyKey: $idempotencyKey) {
    ...DriverSourceFields
  }
}
    fragment DriverSourceFields on DriverSource {
  id
  name
  url
  ref
  path
  everySeconds
  requireSignature
  allowedKeys
  webhook
  webhookPath
  state
  driver {
    id
    name
  }
  version {
    id
    version
    commit
  }
  seenRef
  seenCommit
  seenAt
  polledAt
  nextPollAt
  failures
  failure {
    about
    code
    message
    commit
    problems {
      field
      message
      excerpt
    }
  }
  skipped {
    count
    from
    to
    message
  }
  createdAt
}`) as unknown as TypedDocumentString<RefreshDriverSourceMutation, RefreshDriverSourceMutationVariables>;
export const ListPodStatusesDocument = new TypedDocumentString(`
    query ListPodStatuses($filter: StatusFilter, $first: Int, $after: ID) {
  podStatuses(filter: $filter, first: $first, after: $after) {
    id
    component
    name
    namespace
    phase
    ready
    restarts
    reason
    message
    node
    images
    startedAt
    observedAt
    simulated
    containers {
      name
      state
      ready
      restarts
      lastExitCode
    }
    deployment {
      id
      name
      environment {
        id
        name
      }
    }
  }
}
    `) as unknown as TypedDocumentString<ListPodStatusesQuery, ListPodStatusesQueryVariables>;
export const ListDeploymentStatusesDocument = new TypedDocumentString(`
    query ListDeploymentStatuses($filter: StatusFilter, $first: Int, $after: ID) {
  deploymentStatuses(filter: $filter, first: $first, after: $after) {
    id
    name
    status
    phase
    instanceId
    intentGeneration
    generation
    observedGeneration
    drift
    release
    observedAt
    ageSeconds
    simulated
    conditions {
      type
      status
      reason
      message
      lastTransitionTime
    }
    components {
      name
      desired
      ready
      state
      message
    }
    deployment {
      id
      name
    }
  }
}
    `) as unknown as TypedDocumentString<ListDeploymentStatusesQuery, ListDeploymentStatusesQueryVariables>;
export const GetTestResultsDocument = new TypedDocumentString(`
    query GetTestResults($id: ID!) {
  task(id: $id) {
    ...TestFields
  }
}
    fragment TestFields on Task {
  id
  state
  reason
  startedAt
  finishedAt
  testResults {
    name
    kind
    outcome
    message
    startedAt
    endedAt
    log
  }
}`) as unknown as TypedDocumentString<GetTestResultsQuery, GetTestResultsQueryVariables>;
export const ListTasksDocument = new TypedDocumentString(`
    query ListTasks($filter: TaskFilter, $first: Int, $after: ID) {
  tasks(filter: $filter, first: $first, after: $after) {
    ...TaskFields
  }
}
    fragment TaskFields on Task {
  id
  kind
  state
  reason
  attempts
  supersededBy {
    id
  }
  deploymentName
  createdAt
  startedAt
  finishedAt
  steps {
    name
    state
    attempts
    error
    startedAt
    finishedAt
  }
}`) as unknown as TypedDocumentString<ListTasksQuery, ListTasksQueryVariables>;
export const GetTaskDocument = new TypedDocumentString(`
    query GetTask($id: ID!) {
  task(id: $id) {
    ...TaskFields
  }
}
    fragment TaskFields on Task {
  id
  kind
  state
  reason
  attempts
  supersededBy {
    id
  }
  deploymentName
  createdAt
  startedAt
  finishedAt
  steps {
    name
    state
    attempts
    error
    startedAt
    finishedAt
  }
}`) as unknown as TypedDocumentString<GetTaskQuery, GetTaskQueryVariables>;
export const GetTaskLogDocument = new TypedDocumentString(`
    query GetTaskLog($id: ID!, $first: Int, $after: Int) {
  task(id: $id) {
    log(first: $first, after: $after) {
      number
      at
      level
      message
    }
  }
}
    `) as unknown as TypedDocumentString<GetTaskLogQuery, GetTaskLogQueryVariables>;
export const CancelTaskDocument = new TypedDocumentString(`
    mutation CancelTask($task: ID!, $idempotencyKey: String) {
  cancelTask(task: $task, idempotencyKey: $idempotencyKey) {
    ...TaskFields
  }
}
    fragment TaskFields on Task {
  id
  kind
  state
  reason
  attempts
  supersededBy {
    id
  }
  deploymentName
  createdAt
  startedAt
  finishedAt
  steps {
    name
    state
    attempts
    error
    startedAt
    finishedAt
  }
}`) as unknown as TypedDocumentString<CancelTaskMutation, CancelTaskMutationVariables>;
export const TaskChangedDocument = new TypedDocumentString(`
    subscription TaskChanged($task: ID!) {
  taskChanged(task: $task) {
    ...TaskFields
  }
}
    fragment TaskFields on Task {
  id
  kind
  state
  reason
  attempts
  supersededBy {
    id
  }
  deploymentName
  createdAt
  startedAt
  finishedAt
  steps {
    name
    state
    attempts
    error
    startedAt
    finishedAt
  }
}`) as unknown as TypedDocumentString<TaskChangedSubscription, TaskChangedSubscriptionVariables>;
export const TaskLogDocument = new TypedDocumentString(`
    subscription TaskLog($task: ID!) {
  taskLog(task: $task) {
    number
    at
    level
    message
  }
}
    `) as unknown as TypedDocumentString<TaskLogSubscription, TaskLogSubscriptionVariables>;