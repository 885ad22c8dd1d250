import { type Cluster, type ClusterOptions, createCluster } from "./cluster.ts";
import { startControllers } from "./controllers/all.ts";
import { type Kubelet, type KubeletOptions, startKubelet } from "./kubelet/kubelet.ts";
import { type Api, type PodRuntime, StatusError } from "./types.ts";

export interface StartOptions extends ClusterOptions {
  /** Runs the controllers. Default true. */
  workloads?: boolean;
  /** Runs the pods, with these settings. Default true. */
  pods?: boolean | Partial<KubeletOptions>;
}

export interface WholeCluster extends Cluster {
  /** Undefined when no pods are run. */
  kubelet: Kubelet | undefined;
}

/** The whole cluster as `npm start` has it: the API with its controllers and its one node. */
export async function startCluster(options: StartOptions): Promise<WholeCluster> {
  const { workloads = true, pods = true, controllers = [], ...rest } = options;
  const { dir, log } = rest;
  if (!pods) return { ...(await createCluster({ ...options, controllers: all() })), kubelet: undefined };

  let kubelet: Kubelet | undefined;
  let kubeletApi: Api | undefined;
  const runtime = (api: Api): PodRuntime => {
    kubeletApi = api;
    return {
      logs: (...args) => started(kubelet).runtime.logs(...args),
      exec: (...args) => started(kubelet).runtime.exec(...args),
    };
  };
  const cluster = await createCluster({ ...rest, controllers: all(), runtime });
  try {
    const settings = pods === true ? {} : pods;
    kubelet = await startKubelet({ api: kubeletApi!, dir, log: log.with({ of: "kubelet" }), ...settings });
  } catch (thrown) {
    await cluster.stop();
    throw thrown;
  }
  return {
    ...cluster,
    kubelet,
    async stop() {
      await kubelet?.stop();
      await cluster.stop();
    },
  };

  function all() {
    const own = workloads ? [(api: Api) => startControllers(api, { log, dir })] : [];
    return [...own, ...controllers];
  }
}

function started(kubelet: Kubelet | undefined): Kubelet {
  if (!kubelet) throw new StatusError(503, "ServiceUnavailable", "the kubelet is only just starting");
  return kubelet;
}
