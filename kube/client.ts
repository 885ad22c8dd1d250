import { type Log, silentLog } from "../lib/log.ts";
import type { KubeAccess } from "./config.ts";
import { createDiscovery, withPath } from "./discovery.ts";
import { isGone, isNotFound, KubeError, ownReasons } from "./errors.ts";
import { execInPod } from "./exec.ts";
import { createKubeHttp, type KubeHttp } from "./http.ts";
import type { Kube, KubeObject, ListOptions, LogOptions } from "./types.ts";

/** Items per page of a list: bounds what is in memory at once when a `project` keeps less of each. */
const pageSize = 1000;

/**
 * A client of one cluster; see `Kube`. `limitMs` bounds each call with its repeats, and what it takes to
 * get the first byte of a stream.
 */
export function createKube({
  config,
  log = silentLog,
  limitMs = 30_000,
}: {
  config: KubeAccess;
  log?: Log;
  limitMs?: number;
}): Kube {
  const http = createKubeHttp({ access: config, log, limitMs });
  const discovery = createDiscovery(http);
  const applyType = "application/apply-patch+yaml";
  const mergeType = "application/merge-patch+json";

  return {
    async get(ref, signal) {
      try {
        return await withPath(
          discovery,
          ref,
          () => discovery.object(ref, signal),
          (path) => objectOf(http.json({ method: "GET", path, signal })),
        );
      } catch (thrown) {
        if (isNotFound(thrown)) return undefined;
        throw thrown;
      }
    },
    list: (kind, options = {}, signal) =>
      withPath(
        discovery,
        kind,
        () => discovery.collection(kind, options.namespace, signal),
        (path) => listPages(http, path, kind, options, signal),
      ),
    create: (object, options = {}, signal) =>
      withPath(
        discovery,
        object,
        () => discovery.collection(object, object.metadata.namespace, signal),
        (path) =>
          objectOf(
            http.json({
              method: "POST",
              path: path + query({ fieldManager: options.manager }),
              body: object,
              signal,
            }),
          ),
      ),
    apply(object, options, signal) {
      const ref = { ...kindOf(object), name: object.metadata.name, namespace: object.metadata.namespace };
      const end = options.subresource ? `/${options.subresource}` : "";
      const asked = query({
        fieldManager: options.manager,
        force: String(options.force ?? false),
        dryRun: options.dryRun ? "All" : undefined,
      });
      return withPath(
        discovery,
        ref,
        () => discovery.object(ref, signal),
        (path) =>
          objectOf(
            http.json({
              method: "PATCH",
              path: path + end + asked,
              body: object,
              contentType: applyType,
              // With a precondition the second time could fail because the first was carried out.
              repeatable: object.metadata.resourceVersion === undefined,
              signal,
            }),
          ),
      );
    },
    mergePatch(ref, patch, options, signal) {
      const end = options.subresource ? `/${options.subresource}` : "";
      return withPath(
        discovery,
        ref,
        () => discovery.object(ref, signal),
        (path) =>
          objectOf(
            http.json({
              method: "PATCH",
              path: path + end + query({ fieldManager: options.manager }),
              body: patch,
              contentType: mergeType,
              signal,
            }),
          ),
      );
    },
    async delete(ref, options = {}, signal) {
      const { uid, resourceVersion, propagation, gracePeriodSeconds } = options;
      const preconditions = uid || resourceVersion ? { uid, resourceVersion } : undefined;
      const body = {
        apiVersion: "v1",
        kind: "DeleteOptions",
        propagationPolicy: propagation,
        gracePeriodSeconds,
        preconditions,
      };
      try {
        await withPath(
          discovery,
          ref,
          () => discovery.object(ref, signal),
          (path) => http.json({ method: "DELETE", path, body, repeatable: uid !== undefined, signal }),
        );
        return true;
      } catch (thrown) {
        if (isNotFound(thrown)) return false;
        throw thrown;
      }
    },
    kindInfo: async (kind, signal) => discovery.find(kind, signal),
    watch: (kind, options, signal) =>
      withPath(
        discovery,
        kind,
        () => discovery.collection(kind, options.namespace, signal),
        (path) => {
          const asked = query({
            watch: "true",
            allowWatchBookmarks: "true",
            labelSelector: options.labelSelector,
            fieldSelector: options.fieldSelector,
            resourceVersion: options.resourceVersion,
          });
          return http.stream(path + asked, signal);
        },
      ),
    logs: (pod, options, signal) => readLogs(http, pod, options, signal),
    exec: (pod, container, command, options) =>
      execInPod(config, pod, container, command, { limitMs, ...options }),
  };
}

interface ListAnswer {
  apiVersion?: string;
  kind?: string;
  metadata?: { resourceVersion?: string; continue?: string };
  items?: KubeObject[] | null;
}

/** All pages of a list at one resource version. A list that outlives its continuation is begun anew, whole. */
async function listPages(
  http: KubeHttp,
  path: string,
  kind: { apiVersion: string; kind: string },
  options: ListOptions,
  signal: AbortSignal | undefined,
): Promise<{ items: KubeObject[]; resourceVersion: string }> {
  const { labelSelector, fieldSelector, project } = options;
  let limit: string | undefined = String(pageSize);
  let next: string | undefined;
  let items: KubeObject[] = [];
  for (;;) {
    const asked = query({ labelSelector, fieldSelector, limit, continue: next });
    let page: ListAnswer;
    try {
      page = (await http.json({ method: "GET", path: path + asked, signal })) as ListAnswer;
    } catch (thrown) {
      if (!isGone(thrown) || next === undefined) throw thrown;
      items = [];
      next = limit = undefined;
      continue;
    }
    const resourceVersion = page.metadata?.resourceVersion;
    const whole = page.items === null || Array.isArray(page.items);
    if (!whole || !resourceVersion) {
      throw new KubeError(0, ownReasons.badAnswer, `GET ${path}: the answer is not a list`);
    }
    for (const item of page.items ?? []) {
      // Items of built-in kinds come without them.
      item.apiVersion ??= kind.apiVersion;
      item.kind ??= kind.kind;
      items.push(project ? project(item) : item);
    }
    next = page.metadata?.continue || undefined;
    if (next === undefined) return { items, resourceVersion };
  }
}

async function* readLogs(
  http: KubeHttp,
  pod: { namespace: string; name: string },
  options: LogOptions,
  signal: AbortSignal,
): AsyncIterable<Uint8Array> {
  const path = `/api/v1/namespaces/${encodeURIComponent(pod.namespace)}/pods/${encodeURIComponent(pod.name)}/log`;
  const asked = query({
    container: options.container,
    follow: options.follow ? "true" : undefined,
    tailLines: options.tailLines?.toString(),
    sinceSeconds: options.sinceSeconds?.toString(),
    previous: options.previous ? "true" : undefined,
    timestamps: options.timestamps ? "true" : undefined,
  });
  // Leaving the loop early must close the connection too.
  const left = new AbortController();
  const stop = () => left.abort(signal.reason);
  signal.addEventListener("abort", stop, { once: true });
  try {
    signal.throwIfAborted();
    const reader = (await http.stream(path + asked, left.signal, options.follow)).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    signal.removeEventListener("abort", stop);
    left.abort(new DOMException("the log is no longer read", "AbortError"));
  }
}

async function objectOf(answer: Promise<unknown>): Promise<KubeObject> {
  const object = (await answer) as KubeObject | null;
  if (typeof object?.metadata?.name !== "string") {
    throw new KubeError(0, ownReasons.badAnswer, "the answer is not an object of the API");
  }
  return object;
}

function kindOf(object: KubeObject): { apiVersion: string; kind: string } {
  return { apiVersion: object.apiVersion, kind: object.kind };
}

function query(values: Record<string, string | undefined>): string {
  let text = "";
  for (const name in values) {
    const value = values[name];
    if (value !== undefined) text += `${text ? "&" : "?"}${name}=${encodeURIComponent(value)}`;
  }
  return text;
}
