import type { Log } from "../../../lib/log.ts";
import { resourceKey } from "../resources.ts";
import type { Api, Change, Controller, KubeObject, ResourceName } from "../types.ts";
import { type Cache, isController } from "./cache.ts";
import { createQueue } from "./queue.ts";

export interface ControllerOptions {
  log: Log;
  cache: Cache;
  /** The clock of deadlines and time stamps. */
  now?: () => Date;
}

export interface Definition {
  name: string;
  api: Api;
  log: Log;
  /** The kind whose objects are reconciled: all of them at the start, each when it changes. */
  resource: ResourceName;
  /** Kinds whose controlling owner is to be reconciled when they change. */
  owned?: ResourceName[];
  /** More keys that a change calls for. */
  also?: (change: Change, add: (key: string) => void) => void;
  /** One object, as it is now; answers in how many milliseconds to come again. Gone objects are not handed in. */
  reconcile: (object: KubeObject) => number | void | Promise<number | void>;
}

/** Starts a level-triggered controller: a queue of object keys, fed by changes, full at the start. */
export function startController(definition: Definition): Controller {
  const { name, api, log, resource, owned = [], also, reconcile } = definition;
  const queue = createQueue({
    name,
    log,
    reconcile(key) {
      const { namespace, name: objectName } = fromKey(key);
      const object = api.get(resource, objectName, namespace);
      return object === undefined ? undefined : reconcile(object);
    },
  });
  const own = resourceKey(resource);
  const children = new Set(owned.map(resourceKey));
  const kind = kindOf(own);
  const addOwner = ({ metadata }: KubeObject) => {
    const owner = metadata.ownerReferences?.find(isController);
    if (owner && owner.kind === kind) queue.add(keyOf(owner.name, metadata.namespace));
  };

  const stop = api.onChange((change) => {
    const key = resourceKey(change.resource);
    if (key === own && change.type !== "DELETED") queue.add(objectKey(change.object));
    if (children.has(key)) {
      addOwner(change.object);
      if (change.before) addOwner(change.before);
    }
    also?.(change, queue.add);
  });
  for (const object of api.list(resource)) queue.add(objectKey(object));
  return {
    name,
    stop() {
      stop();
      queue.stop();
    },
  };
}

/** `namespace/name`, or `/name` without a namespace. */
export function keyOf(name: string, namespace: string | undefined): string {
  return `${namespace ?? ""}/${name}`;
}

export function objectKey({ metadata }: KubeObject): string {
  return keyOf(metadata.name, metadata.namespace);
}

function fromKey(key: string): { name: string; namespace: string | undefined } {
  const slash = key.indexOf("/");
  return { namespace: key.slice(0, slash) || undefined, name: key.slice(slash + 1) };
}

/** The kinds that control others; what owns nothing needs no name here. */
const kinds: Record<string, string> = {
  "deployments.apps": "Deployment",
  "replicasets.apps": "ReplicaSet",
  "statefulsets.apps": "StatefulSet",
  "daemonsets.apps": "DaemonSet",
  "jobs.batch": "Job",
  "cronjobs.batch": "CronJob",
  services: "Service",
};

function kindOf(key: string): string | undefined {
  return kinds[key];
}
