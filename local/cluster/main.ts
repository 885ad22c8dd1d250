/** The embedded cluster as a process: reads the environment, starts, says so on stdout, stops on SIGTERM. */
import { flag, readEnv, text, wholeNumber } from "../../lib/env.ts";
import { createLog } from "../../lib/log.ts";
import { startCluster } from "./start.ts";

const env = readEnv(
  {
    STYRMIN_CLUSTER_DIR: { about: "the folder in which the cluster keeps everything", read: text },
    STYRMIN_CLUSTER_PORT: {
      about: "the port of the cluster's API; by default that of the last start, or any that is free",
      read: wholeNumber(0, 65_535),
      fallback: 0,
    },
    STYRMIN_CLUSTER_AUDIT: { about: "whether audit.log is written", read: flag, fallback: false },
  },
  process.env,
);

const log = createLog({ part: "cluster" });
const port = env.STYRMIN_CLUSTER_PORT;
const cluster = await startCluster({
  dir: env.STYRMIN_CLUSTER_DIR,
  ...(port === 0 ? {} : { port }),
  audit: env.STYRMIN_CLUSTER_AUDIT,
  log,
});

const { url, kubeconfig, kubelet } = cluster;
const { ingressPort = 0, simulated = true } = kubelet ?? {};
console.log(JSON.stringify({ ready: true, url, kubeconfig, ingressPort, simulated }));

let stopping = false;
for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.on(signal, () => {
    if (stopping) return;
    stopping = true;
    // Whatever hangs, the supervisor is promised an end within four seconds.
    setTimeout(() => process.exit(1), 3_800).unref();
    void cluster.stop().then(() => process.exit(0));
  });
}
