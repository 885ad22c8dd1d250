/** What the rest of the agent and the server's publisher know of Kubernetes. */
import type { Log } from "../lib/log.ts";
import type { ClusterFacts } from "./facts.ts";

export interface ObjectMeta {
  name: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  finalizers?: string[];
  ownerReferences?: { apiVersion: string; kind: string; name: string; uid: string; controller?: boolean }[];
  managedFields?: { manager?: string; operation?: string; subresource?: string; fieldsV1?: unknown }[];
}

/** An object of any kind, as it is on the wire. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  // Objects of every kind pass through here, and each reader knows its own.
  [field: string]: any;
}

export interface KindRef {
  apiVersion: string;
  kind: string;
}

export interface ObjectRef extends KindRef {
  name: string;
  /** Absent for cluster-scoped kinds. */
  namespace?: string;
}

export interface ListOptions {
  /** All namespaces when absent. */
  namespace?: string;
  /** In the API's own syntax: `app=web,tier in (a,b)`. */
  labelSelector?: string;
  fieldSelector?: string;
  /** What is kept of each object, to save memory. Must keep metadata's name, namespace, uid and resourceVersion. */
  project?: (object: KubeObject) => KubeObject;
}

export interface ApplyOptions {
  /** The field manager; see the names in `docs/protocol.md`. */
  manager: string;
  /** Takes fields over from other managers instead of failing with 409. Default false. */
  force?: boolean;
  dryRun?: boolean;
  subresource?: "status";
}

export interface DeleteOptions {
  /** Preconditions: the object is deleted only while it is this very one. */
  uid?: string;
  resourceVersion?: string;
  propagation?: "Background" | "Foreground" | "Orphan";
  gracePeriodSeconds?: number;
}

export interface LogOptions {
  container?: string;
  follow?: boolean;
  tailLines?: number;
  sinceSeconds?: number;
  previous?: boolean;
  timestamps?: boolean;
}

export interface ExecOutcome {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/**
 * One cluster. Every call takes a signal, has a time limit of its own, and fails with `KubeError`
 * (`kube/errors.ts`). Kinds are resolved to URLs by discovery, asked again once for a kind not yet known.
 */
export interface Kube {
  /** Undefined when there is no such object. */
  get(ref: ObjectRef, signal?: AbortSignal): Promise<KubeObject | undefined>;
  list(
    kind: KindRef,
    options?: ListOptions,
    signal?: AbortSignal,
  ): Promise<{ items: KubeObject[]; resourceVersion: string }>;
  create(object: KubeObject, options?: { manager?: string }, signal?: AbortSignal): Promise<KubeObject>;
  /** Server-side apply. A `metadata.resourceVersion` in the object is a precondition, unless there is none yet. */
  apply(object: KubeObject, options: ApplyOptions, signal?: AbortSignal): Promise<KubeObject>;
  /** JSON merge patch (RFC 7386). A `metadata.resourceVersion` in the patch is a precondition. */
  mergePatch(
    ref: ObjectRef,
    patch: unknown,
    options: { manager: string; subresource?: "status" | "scale" },
    signal?: AbortSignal,
  ): Promise<KubeObject>;
  /** False when it was already gone; a precondition that does not hold is a KubeError with status 409. */
  delete(ref: ObjectRef, options?: DeleteOptions, signal?: AbortSignal): Promise<boolean>;
  /** What the API is and what it serves. Nothing of it is remembered. */
  facts(signal?: AbortSignal): Promise<ClusterFacts>;
  /** Whether the API serves this kind, and whether it has namespaces. Undefined when it is not served. */
  kindInfo(kind: KindRef, signal?: AbortSignal): Promise<{ plural: string; namespaced: boolean } | undefined>;
  /**
   * The raw stream of a watch, one JSON event a line; `startListWatch` is what to use. Has no time limit
   * once it answers.
   */
  watch(
    kind: KindRef,
    options: ListOptions & { resourceVersion: string },
    signal: AbortSignal,
  ): Promise<ReadableStream<Uint8Array>>;
  logs(
    pod: { namespace: string; name: string },
    options: LogOptions,
    signal: AbortSignal,
  ): AsyncIterable<Uint8Array>;
  exec(
    pod: { namespace: string; name: string },
    container: string,
    command: string[],
    options: { stdin?: Uint8Array; signal?: AbortSignal; maxOutputBytes?: number },
  ): Promise<ExecOutcome>;
}

export type WatchEvent =
  | { type: "ADDED" | "MODIFIED" | "DELETED"; object: KubeObject; before?: KubeObject }
  /** After each complete list: the store is now everything there is. */
  | { type: "SYNCED" };

export interface ListWatchOptions extends ListOptions {
  kind: KindRef;
  signal: AbortSignal;
  log?: Log;
  /** Hears each change once; what it throws is logged and stops nothing. */
  onEvent?: (event: WatchEvent) => void;
  /** A complete list at least this often, milliseconds. Default 5 minutes. */
  relistMs?: number;
  /** A watch that says nothing (no event, no bookmark) for so long is dropped and made anew. Default 60 s. */
  silenceMs?: number;
  /** Is told of the view as long as there is one. */
  sight?: Sight | undefined;
}

/**
 * A live, complete view of the objects of one kind; made by `startListWatch` in `kube/list-watch.ts`. It is
 * never older than what it has shown before.
 */
export interface ListWatch {
  get(namespace: string | undefined, name: string): KubeObject | undefined;
  all(): KubeObject[];
  /** Resolves after the first complete list; rejects when the signal is aborted before. */
  synced: Promise<void>;
  /**
   * When the view was last known to be complete and live (the last list, event or bookmark); null before the
   * first list. Where nothing happens it lags behind by up to `silenceMs` without anything being wrong.
   */
  freshAt(): Date | null;
  /** Why the view is not live at the moment; null when it is. */
  trouble(): string | null;
  /** Ends the wait after a failure: somebody who knows of nothing better to do would try again now. */
  hurry(): void;
  /** How long the view has not been live, milliseconds; 0 while it is. */
  blindMs(): number;
  done: Promise<void>;
}

/** A kind of objects that cannot be seen at the moment. */
export interface BlindSpot {
  /** Such as `v1 Pod`. */
  kind: string;
  /** Null for all namespaces. */
  namespace: string | null;
  /** In the words of the API server, if it answered. */
  reason: string;
  /** How long it has not been seen, milliseconds. */
  forMs: number;
}

/** What a `Sight` has to know of a view. */
export interface Viewed {
  trouble(): string | null;
  /** How long the view has not been live, milliseconds; 0 while it is. */
  blindMs(): number;
}

/** Knows all live views of a process, and so what it cannot see. */
export interface Sight {
  /** Takes a view in; the answer takes it out again. */
  add(what: { kind: KindRef; namespace?: string | undefined }, view: Viewed): () => void;
  /**
   * Takes in what asks the API itself again and again, as the Lease does. A watch that says nothing is no sign of life:
   * while there is no pulse, nothing is seen.
   */
  setPulse(pulse: Viewed): void;
  /** Why the API has no pulse; null when it has. */
  trouble(): string | null;
  /** What has not been seen for a moment at least, the longest first; a view that is just made anew is no news. */
  blindSpots(): BlindSpot[];
}
