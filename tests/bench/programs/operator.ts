// The real operator in a process of its own, with the drivers' files at hand.
import { cpuSeconds, descendantsOf } from "../processes.ts";
import { startOperator } from "../../../agent/operator/operator.ts";
import { createKube } from "../../../kube/client.ts";
import { loadKubeAccess } from "../../../kube/config.ts";
import { silentLog } from "../../../lib/log.ts";
import { serve } from "../child.ts";
import { benchDriver } from "../driver.ts";

const stop = new AbortController();
const operator = startOperator({
  kube: createKube({ config: await loadKubeAccess({ kubeconfig: process.env.BENCH_KUBECONFIG! }) }),
  namespace: process.env.BENCH_NAMESPACE!,
  bundles: { get: async () => benchDriver().files, getChart: () => Promise.reject(new Error("no chart")) },
  log: silentLog,
  signal: stop.signal,
});

serve(
  {
    ready: () => operator.ready,
    /** Seconds of processor time so far: of this process, and of its renderer. */
    cpu() {
      const { user, system } = process.cpuUsage();
      const renderer = descendantsOf(process.pid).reduce((sum, pid) => sum + cpuSeconds(pid), 0);
      return { own: (user + system) / 1e6, renderer };
    },
  },
  async () => {
    stop.abort();
    await operator.done;
  },
);
