/** What the parts of the embedded cluster (API server, controllers, kubelet) know of one another. */

export interface ObjectMeta {
  name: string;
  namespace?: string;
  generateName?: string;
  uid: string;
  resourceVersion: string;
  generation?: number;
  creationTimestamp: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  finalizers?: string[];
  ownerReferences?: OwnerReference[];
  managedFields?: unknown[];
}

export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

/** An object of any kind. What lies beyond the metadata is the kind's own. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  // Objects of every kind pass through here, and each reader knows its own.
  [field: string]: any;
}

/** A new object, before the API server has filled in its metadata. */
export type NewObject = Omit<KubeObject, "metadata"> & { metadata: Partial<ObjectMeta> };

/** Names a resource the way URLs do: group "" and "pods", or "apps" and "deployments". */
export interface ResourceName {
  group: string;
  resource: string;
}

export interface Change {
  type: "ADDED" | "MODIFIED" | "DELETED";
  resource: ResourceName;
  object: KubeObject;
  /** The object as it was before; absent for ADDED. */
  before?: KubeObject;
}

export interface DeleteOptions {
  gracePeriodSeconds?: number;
  propagationPolicy?: "Background" | "Foreground" | "Orphan";
  preconditions?: { uid?: string; resourceVersion?: string };
}

/**
 * The API as controllers and the kubelet use it: in process and synchronous, with the same admission,
 * defaults, generation and conflict rules as over HTTP. Every failure is a `StatusError`.
 * Objects handed out are frozen: copy (`structuredClone`) before changing.
 */
export interface Api {
  get(resource: ResourceName, name: string, namespace?: string): KubeObject | undefined;
  list(resource: ResourceName, options?: { namespace?: string; labels?: LabelSelector }): KubeObject[];
  create(resource: ResourceName, object: NewObject): KubeObject;
  /** Replaces spec and metadata; refused with 409 when `metadata.resourceVersion` is stale. No change, no write. */
  update(resource: ResourceName, object: KubeObject): KubeObject;
  /** Replaces the status only; refused with 409 when `metadata.resourceVersion` is stale. No change, no write. */
  updateStatus(resource: ResourceName, object: KubeObject): KubeObject;
  delete(resource: ResourceName, name: string, namespace: string | undefined, options?: DeleteOptions): void;
  /** Hears every change of every kind, in the order of resource versions, after it is stored. */
  onChange(listener: (change: Change) => void): () => void;
  /** Writes (or counts up) a core/v1 Event about an object. */
  event(
    about: KubeObject,
    type: "Normal" | "Warning",
    reason: string,
    message: string,
    component: string,
  ): void;
}

export interface LabelSelector {
  matchLabels?: Record<string, string>;
  matchExpressions?: {
    key: string;
    operator: "In" | "NotIn" | "Exists" | "DoesNotExist";
    values?: string[];
  }[];
}

/** An answer of the API that is not a success: becomes a `Status` object with this code and reason. */
export class StatusError extends Error {
  override readonly name = "StatusError";
  readonly code: number;
  readonly reason: string;
  readonly details: Record<string, unknown> | undefined;
  readonly metadata: Record<string, unknown>;

  constructor(
    code: number,
    reason: string,
    message: string,
    details?: Record<string, unknown>,
    metadata: Record<string, unknown> = {},
  ) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.details = details;
    this.metadata = metadata;
  }
}

export interface LogOptions {
  follow: boolean;
  tailLines?: number;
  /** Only what was printed since then. */
  since?: Date;
  limitBytes?: number;
  timestamps: boolean;
  previous: boolean;
}

/** How a command run in a container ended. */
export type ExecResult = { exitCode: number } | { failure: string };

export interface ExecSession {
  write(chunk: Uint8Array): void;
  closeStdin(): void;
  resize(width: number, height: number): void;
  kill(): void;
  done: Promise<ExecResult>;
}

/** What the API server asks of the kubelet for `pods/log` and `pods/exec`. Throws `StatusError`. */
export interface PodRuntime {
  logs(
    pod: KubeObject,
    container: string,
    options: LogOptions,
    signal: AbortSignal,
  ): AsyncIterable<Uint8Array>;
  exec(
    pod: KubeObject,
    container: string,
    command: string[],
    output: {
      stdout(chunk: Uint8Array): void;
      stderr(chunk: Uint8Array): void;
      tty: boolean;
      stdin: boolean;
    },
  ): ExecSession;
}

/** A controller of the embedded cluster: started once, stopped by its handle. */
export interface Controller {
  name: string;
  stop(): void;
}
