// An agent whose flow has steps that must not be repeated: each adds a line to a file. The deploy of a deployment
// named `poison…` ends its agent. Started by a test.
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { startAgent } from "../../agent/agent.ts";
import { readAgentEnv } from "../../agent/env.ts";
import type { FlowContext } from "../../agent/flows/run.ts";
import { noteEndedEpoch, readEndedEpoch, readInstanceId } from "../../agent/home.ts";
import { readToken } from "../../agent/token.ts";
import { createClient } from "../../clients/sdk/index.ts";
import { createKube } from "../../kube/client.ts";
import { loadKubeAccess } from "../../kube/config.ts";
import { createLog } from "../../lib/log.ts";

const env = readAgentEnv(process.env);
const log = createLog({ program: "agent" });
const stop = new AbortController();
process.on("SIGTERM", () => stop.abort());

async function count({ task, step }: FlowContext): Promise<void> {
  if (task.deploymentName.startsWith("poison")) process.kill(process.pid, "SIGKILL");
  let sum = 0;
  for (const name of ["one", "two", "three"]) {
    sum = await step(name, async () => {
      appendFileSync(join(env.STYRMIN_AGENT_HOME, "counted"), `${task.id} ${name} ${sum}\n`);
      return sum + 1;
    });
  }
}

const agent = startAgent({
  client: createClient({
    url: env.STYRMIN_SERVER_URL,
    token: await readToken(env.STYRMIN_AGENT_TOKEN_FILE),
  }),
  kube: createKube({ config: await loadKubeAccess({ kubeconfig: env.STYRMIN_KUBECONFIG }), log }),
  namespace: env.STYRMIN_NAMESPACE,
  instanceId: await readInstanceId(env.STYRMIN_AGENT_HOME),
  version: "0",
  calmEpoch: await readEndedEpoch(env.STYRMIN_AGENT_HOME),
  noteEnd: (epoch) => noteEndedEpoch(env.STYRMIN_AGENT_HOME, epoch),
  bundleFolder: join(env.STYRMIN_AGENT_HOME, "bundles"),
  crdYaml: await Bun.file(new URL("../../k8s/crd.yaml", import.meta.url)).text(),
  flows: { DEPLOY: count },
  signal: stop.signal,
  log,
});
process.stdout.write('{"ready":true}\n');
await agent.done;
process.exit();
