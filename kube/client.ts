import { type Log, silentLog } from "../lib/log.ts";
import type { KubeAccess } from "./config.ts";
import { createDiscovery, withPath } from "./discovery.ts";
import { isNotFound, KubeError, ownReasons } from "./errors.ts";
import { execInPod } from "./exec.ts";
import { readFacts } from "./facts.ts";
import { createKubeHttp, query } from "./http.ts";
import { listPages } from "./list.ts";
import { readLogs } from "./logs.ts";
import type { Kube, KubeObject } from "./types.ts";

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
    facts: (signal) => readFacts(http, signal),
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
