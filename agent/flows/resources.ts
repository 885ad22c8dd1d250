import { startListWatch } from "../../kube/list-watch.ts";
import { type StyrminDeployment, styrminDeploymentKind } from "../../kube/styrmin-deployment.ts";
import type { Kube, Sight } from "../../kube/types.ts";
import type { Log } from "../../lib/log.ts";

/** The StyrminDeployment resources, for flows that wait for what the operator makes of them. */
export interface ResourceView {
  /** As last seen; undefined when it is not there, or nothing was seen yet. */
  get(name: string): StyrminDeployment | undefined;
  /** All that are there, as last seen. */
  all(): StyrminDeployment[];
  /** Waits until `read` answers something other than undefined. Rejects with the signal's reason. */
  waitFor<T>(
    name: string,
    read: (resource: StyrminDeployment | undefined) => T | undefined,
    signal: AbortSignal,
  ): Promise<T>;
  done: Promise<void>;
}

export function startResourceView(options: {
  kube: Kube;
  namespace: string;
  signal: AbortSignal;
  log: Log;
  sight?: Sight | undefined;
}): ResourceView {
  const { kube, namespace, signal, log, sight } = options;
  const listeners = new Map<string, Set<() => void>>();
  const tell = (name: string) => {
    for (const listener of listeners.get(name) ?? []) listener();
  };
  const view = startListWatch(kube, {
    kind: styrminDeploymentKind,
    namespace,
    signal,
    sight,
    log: log.with({ watch: "flows" }),
    onEvent(event) {
      if (event.type === "SYNCED") for (const name of listeners.keys()) tell(name);
      else tell(event.object.metadata.name);
    },
  });

  return {
    done: view.done,
    get: (name) => view.get(namespace, name) as StyrminDeployment | undefined,
    all: () => view.all() as StyrminDeployment[],
    waitFor(name, read, own) {
      return new Promise((resolve, reject) => {
        const ears = listeners.get(name) ?? new Set();
        listeners.set(name, ears);
        const close = () => {
          ears.delete(look);
          if (ears.size === 0) listeners.delete(name);
          own.removeEventListener("abort", stop);
        };
        const stop = () => {
          close();
          reject(own.reason);
        };
        const look = () => {
          // Before the first complete list nothing is known, not even that there is no such resource.
          if (view.freshAt() === null) return;
          try {
            const answer = read(view.get(namespace, name) as StyrminDeployment | undefined);
            if (answer === undefined) return;
            close();
            resolve(answer);
          } catch (thrown) {
            close();
            reject(thrown);
          }
        };
        if (own.aborted) return reject(own.reason);
        own.addEventListener("abort", stop, { once: true });
        ears.add(look);
        look();
      });
    },
  };
}
