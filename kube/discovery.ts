import { isKindNotServed, isNotFound, KubeError, ownReasons } from "./errors.ts";
import type { KubeHttp } from "./http.ts";
import type { KindRef, ObjectRef } from "./types.ts";

export interface KindInfo {
  plural: string;
  namespaced: boolean;
}

/** Turns kinds into URLs, by asking the API once per group version and remembering. */
export interface Discovery {
  /** Undefined when the API does not serve the kind. */
  find(kind: KindRef, signal?: AbortSignal): KindInfo | undefined | Promise<KindInfo | undefined>;
  /** `/apis/apps/v1/namespaces/n/deployments`. Throws KubeError 404 KindNotServed. */
  collection(kind: KindRef, namespace: string | undefined, signal?: AbortSignal): string | Promise<string>;
  object(ref: ObjectRef, signal?: AbortSignal): string | Promise<string>;
  /** Forgets a group version, because a URL of it was not known to the server. */
  forget(kind: KindRef): void;
}

interface ResourceList {
  resources?: { name: string; kind: string; namespaced: boolean; group?: string; version?: string }[];
}

/** A kind that is not served is asked for again at most this often: its CRD may have come meanwhile. */
const askAgainMs = 1000;

export function createDiscovery(http: KubeHttp): Discovery {
  const known = new Map<string, { kinds: Map<string, KindInfo>; askedAt: number }>();

  const ask = async (apiVersion: string, signal?: AbortSignal) => {
    const askedAt = performance.now();
    const kinds = new Map<string, KindInfo>();
    try {
      const path = rootOf(apiVersion);
      const list = (await http.json({ method: "GET", path, signal })) as ResourceList;
      for (const one of list.resources ?? []) {
        if (one.name.includes("/")) continue; // a subresource
        kinds.set(one.kind, { plural: one.name, namespaced: one.namespaced });
      }
    } catch (thrown) {
      if (!isNotFound(thrown)) throw thrown;
    }
    known.set(apiVersion, { kinds, askedAt });
    return kinds;
  };

  const find = (kind: KindRef, signal?: AbortSignal) => {
    const asked = known.get(kind.apiVersion);
    const found = asked?.kinds.get(kind.kind);
    if (found) return found;
    if (asked && performance.now() - asked.askedAt < askAgainMs) return undefined;
    return ask(kind.apiVersion, signal).then((kinds) => kinds.get(kind.kind));
  };

  const collection = (kind: KindRef, namespace: string | undefined, signal?: AbortSignal) => {
    const found = find(kind, signal);
    return found instanceof Promise
      ? found.then((info) => pathOf(kind, info, namespace))
      : pathOf(kind, found, namespace);
  };

  return {
    find,
    collection,
    object(ref, signal) {
      const end = `/${encodeURIComponent(ref.name)}`;
      const path = collection(ref, ref.namespace, signal);
      return path instanceof Promise ? path.then((text) => text + end) : path + end;
    },
    forget: (kind) => known.delete(kind.apiVersion),
  };
}

/** Runs a call by its URL, and once more after asking discovery anew when the URL was not known. */
export async function withPath<T>(
  discovery: Discovery,
  kind: KindRef,
  path: () => string | Promise<string>,
  call: (path: string) => Promise<T>,
): Promise<T> {
  try {
    return await call(await path());
  } catch (thrown) {
    // 404 without a Status is the server's "no such path": the kind has gone, or its plural has changed.
    if (!(thrown instanceof KubeError) || thrown.reason !== "UnknownPath" || isKindNotServed(thrown))
      throw thrown;
    discovery.forget(kind);
    return call(await path());
  }
}

function rootOf(apiVersion: string): string {
  return apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

function pathOf(kind: KindRef, info: KindInfo | undefined, namespace: string | undefined): string {
  if (!info) {
    const text = `the cluster serves no kind ${kind.kind} in ${kind.apiVersion}`;
    throw new KubeError(404, ownReasons.kindNotServed, text, { details: { kind: kind.kind } });
  }
  const within = info.namespaced && namespace ? `/namespaces/${encodeURIComponent(namespace)}` : "";
  return `${rootOf(kind.apiVersion)}${within}/${info.plural}`;
}
