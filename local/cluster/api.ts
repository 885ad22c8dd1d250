import { type Caller } from "./admission.ts";
import type { Log } from "../../lib/log.ts";
import { clone, now } from "./objects.ts";
import type { Registry, Resource } from "./resources.ts";
import { selects } from "./schema/label-selector.ts";
import type { Store } from "./store.ts";
import { type Api, type KubeObject, type ResourceName, StatusError } from "./types.ts";
import type { Writes } from "./writes.ts";

const events = { group: "", resource: "events" };

export interface ApiOptions {
  store: Store;
  registry: Registry;
  writes: Writes;
  /** The field manager of what is written through it. */
  manager: string;
  log: Log;
}

/** The API for controllers and the kubelet, in process. */
export function createApi({ store, registry, writes, manager, log }: ApiOptions): Api {
  const caller: Caller = { manager };
  const known = new Map<string, KubeObject>();

  const find = (name: ResourceName): Resource => {
    const resource = registry.find(name);
    if (!resource)
      throw new StatusError(404, "NotFound", `no kind is served as ${name.resource}.${name.group}`);
    return resource;
  };
  const targetOf = (name: ResourceName, object: KubeObject) => {
    const { namespace } = object.metadata;
    return { resource: find(name), name: object.metadata.name, namespace };
  };

  return {
    get: (name, object, namespace) => store.get(name, object, namespace)?.object,
    list(name, { namespace, labels } = {}) {
      const objects = store.list(name, namespace).map(({ object }) => object);
      return labels ? objects.filter((object) => selects(labels, object.metadata.labels)) : objects;
    },
    create: (name, object) => writes.create(find(name), object, caller).object,
    update: (name, object) => writes.update(targetOf(name, object), () => clone(object), caller).object,
    updateStatus(name, object) {
      const as: Caller = { ...caller, subresource: "status" };
      return writes.update(targetOf(name, object), () => clone(object), as).object;
    },
    delete(name, object, namespace, options = {}) {
      writes.remove({ resource: find(name), name: object, namespace }, options);
    },
    onChange: (listener) =>
      store.onChange((change) => {
        try {
          listener(change);
        } catch (thrown) {
          log.error("a listener of the cluster's API failed", { error: thrown, manager });
        }
      }),
    event: writeEvent,
  };

  /** The same news about the same object is counted up in one Event. */
  function writeEvent(
    about: KubeObject,
    type: string,
    reason: string,
    message: string,
    component: string,
  ): void {
    const { name, uid, resourceVersion } = about.metadata;
    const namespace = about.metadata.namespace ?? "default";
    const key = [uid, type, reason, message, component].join("\0");
    const last = known.get(key);
    const live = last && store.get(events, last.metadata.name, namespace)?.object;
    const time = now();
    try {
      if (live) {
        const target = { resource: find(events), name: live.metadata.name, namespace };
        const counted = (event: KubeObject) => ({
          ...event,
          count: (event.count ?? 1) + 1,
          lastTimestamp: time,
        });
        writes.update(target, counted, caller);
        return;
      }
      const involvedObject = {
        kind: about.kind,
        apiVersion: about.apiVersion,
        name,
        uid,
        resourceVersion,
        ...(about.metadata.namespace ? { namespace: about.metadata.namespace } : {}),
      };
      const number = process.hrtime.bigint().toString(16).padStart(16, "0");
      const made = writes.create(
        find(events),
        {
          apiVersion: "v1",
          kind: "Event",
          metadata: { name: `${name}.${number}`, namespace },
          involvedObject,
          reason,
          message,
          type,
          count: 1,
          firstTimestamp: time,
          lastTimestamp: time,
          source: { component },
          reportingComponent: component,
          reportingInstance: "",
        },
        caller,
      );
      if (known.size > 5_000) known.clear();
      known.set(key, made.object);
    } catch (thrown) {
      // In a namespace that is going away nothing can be created, and nobody misses the news.
      if (!(thrown instanceof StatusError)) throw thrown;
    }
  }
}
