import { createKube } from "../../kube/client.ts";
import { loadKubeAccess } from "../../kube/config.ts";
import type { Kube } from "../../kube/types.ts";
import type { Log } from "../../lib/log.ts";

/**
 * How the server reaches the clusters with intent *direct*. Its rights there end at StyrminDeployments and
 * the parameter Secrets in the agent's namespace. Throws INVALID when the kubeconfig is not usable.
 */
export async function connectDirect(options: {
  kubeconfig: string;
  context: string;
  log: Log;
}): Promise<Kube> {
  const { kubeconfig, context, log } = options;
  const config = await loadKubeAccess({ kubeconfig, ...(context ? { context } : {}) });
  return createKube({ config, log });
}
