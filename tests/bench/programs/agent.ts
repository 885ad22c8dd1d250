// The whole agent, as `agent/main.ts` wires it, but for one flow: it only says when its first line runs.
import { startAgent } from "../../../agent/agent.ts";
import { createClient } from "../../../clients/sdk/index.ts";
import { createKube } from "../../../kube/client.ts";
import { loadKubeAccess } from "../../../kube/config.ts";
import { silentLog } from "../../../lib/log.ts";
import { serve } from "../child.ts";
import { wallMs } from "../clock.ts";

const env = process.env as Record<string, string>;
const stop = new AbortController();
const begun: [task: string, atMs: number][] = [];
const agent = startAgent({
  client: createClient({ url: env.BENCH_SERVER!, token: env.BENCH_TOKEN! }),
  kube: createKube({ config: await loadKubeAccess({ kubeconfig: env.BENCH_KUBECONFIG! }) }),
  namespace: "styrmin-system",
  instanceId: "bench",
  version: "0.0.0",
  bundleFolder: env.BENCH_DIR!,
  crdYaml: await Bun.file(new URL("../../../k8s/crd.yaml", import.meta.url)).text(),
  flows: {
    DEPLOY: async ({ task }) => {
      begun.push([task.id, wallMs()]);
    },
  },
  signal: stop.signal,
  log: silentLog,
});

serve({ begun: () => begun }, async () => {
  stop.abort();
  await agent.done;
});
