import { type Cluster, type ClusterOptions, createCluster } from "./cluster.ts";
import { startControllers } from "./controllers/all.ts";

export interface StartOptions extends ClusterOptions {
  /** Runs the controllers. Default true. */
  workloads?: boolean;
}

/** The whole cluster as `npm start` has it: the API with its controllers. */
export function startCluster({ workloads = true, ...options }: StartOptions): Promise<Cluster> {
  const { dir, log, controllers = [] } = options;
  const own = workloads ? [(api: Cluster["api"]) => startControllers(api, { log, dir })] : [];
  return createCluster({ ...options, controllers: [...own, ...controllers] });
}
