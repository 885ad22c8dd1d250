import type { Log } from "../../../lib/log.ts";
import type { Api, Controller } from "../types.ts";
import { createCache } from "./cache.ts";
import { startCronJobs } from "./cronjob.ts";
import { startDaemonSets } from "./daemonset.ts";
import { startDeployments } from "./deployment.ts";
import { startDisruptionBudgets } from "./disruption.ts";
import { startEndpoints } from "./endpoints.ts";
import { startGarbageCollector } from "./garbage.ts";
import { startJobs } from "./job.ts";
import { startNamespaces } from "./namespace.ts";
import { startReplicaSets } from "./replicaset.ts";
import { startScheduler } from "./scheduler.ts";
import { ensureStandardObjects } from "./standard-objects.ts";
import { startStatefulSets } from "./statefulset.ts";
import { startClaims, startVolumes } from "./volumes.ts";

export interface AllOptions {
  log: Log;
  /** The cluster's folder: volumes are directories in its `volumes/`. */
  dir: string;
  /** The clock of deadlines and time stamps. */
  now?: () => Date;
}

/**
 * Starts every controller over one shared cache. Each looks at all its objects once, so that what was left
 * half done when the process ended goes on; after that only changes set them to work.
 */
export function startControllers(api: Api, { log, dir, now }: AllOptions): Controller {
  ensureStandardObjects(api, now?.());
  const cache = createCache(api);
  const options = { log, cache, dir, ...(now ? { now } : {}) };
  const starts = [
    startGarbageCollector,
    startNamespaces,
    startScheduler,
    startClaims,
    startVolumes,
    startDeployments,
    startReplicaSets,
    startStatefulSets,
    startDaemonSets,
    startJobs,
    startCronJobs,
    startDisruptionBudgets,
    startEndpoints,
  ];
  const running = starts.map((start) => start(api, options));
  return {
    name: "controllers",
    stop() {
      for (const controller of running) controller.stop();
      cache.stop();
    },
  };
}
