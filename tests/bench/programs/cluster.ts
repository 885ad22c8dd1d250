// The embedded API in a process of its own, as in the product; without the node, so that no pod is run.
import { silentLog } from "../../../lib/log.ts";
import { startCluster } from "../../../local/cluster/start.ts";
import { serve } from "../child.ts";

const { BENCH_DIR = "", BENCH_WORKLOADS, BENCH_AUDIT } = process.env;
const cluster = await startCluster({
  dir: BENCH_DIR,
  log: silentLog,
  pods: false,
  workloads: BENCH_WORKLOADS === "1",
  audit: BENCH_AUDIT === "1",
});
const { api } = cluster;
const pods = { group: "", resource: "pods" };

serve(
  {
    where: () => ({ url: cluster.url, kubeconfig: cluster.kubeconfig }),

    /** Stores running pods, spread over the deployments, past the API's front door. */
    addPods(count: number, deploymentIds: string[]) {
      api.create(
        { group: "", resource: "namespaces" },
        { apiVersion: "v1", kind: "Namespace", metadata: { name: "env-pods" } },
      );
      for (let number = 0; number < count; number++) {
        const pod = api.create(pods, podOf(number, deploymentIds[number % deploymentIds.length]!));
        api.updateStatus(pods, { ...pod, status: statusOf(number, 0) });
      }
    },

    /** Restarts a container of every n-th pod; answers how many that were. */
    restartEvery(step: number, restarts: number) {
      const all = api.list(pods, { namespace: "env-pods" }).filter((_, number) => number % step === 0);
      for (const [index, pod] of all.entries()) {
        api.updateStatus(pods, { ...pod, status: statusOf(index * step, restarts) });
      }
      return all.length;
    },
  },
  () => cluster.stop(),
);

function podOf(number: number, deploymentId: string) {
  const name = `pod-${String(number).padStart(5, "0")}-7d9c5b8f6d-x2k4q`;
  const labels = { app: `app-${number % 50}`, component: "main", "styrmin.io/deployment": deploymentId };
  const env = [{ name: "VALUE", value: String(number) }];
  const containers = [{ name: "main", image: "registry.example.net/application/server:1.6.0", env }];
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "env-pods", labels },
    spec: { nodeName: `node-${number % 8}`, containers },
  };
}

function statusOf(number: number, restarts: number) {
  const startedAt = "2026-11-22T00:00:00Z";
  const ready = { status: "True", lastTransitionTime: startedAt };
  const container = {
    name: "main",
    ready: true,
    restartCount: restarts,
    started: true,
    image: "registry.example.net/application/server:1.6.0",
  };
  return {
    phase: "Running",
    startTime: startedAt,
    podIP: `10.0.${number >> 8}.${number & 255}`,
    conditions: ["PodScheduled", "Initialized", "ContainersReady", "Ready"].map((type) => ({
      type,
      ...ready,
    })),
    containerStatuses: [{ ...container, state: { running: { startedAt } } }],
  };
}
