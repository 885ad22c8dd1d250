// A program: applies manifest files to a cluster. `npm start` runs it for `k8s/`; a person would use kubectl.
//   bun kube/install.ts --kubeconfig FILE [--context NAME] [--namespace NAME] [--accounts FOLDER] MANIFEST…
// With a namespace, what the manifests say of `styrmin-system` is meant of that one. With a folder for accounts it
// writes a kubeconfig for the agent and one for the server there, and prints when their tokens end.
import { parseArgs } from "node:util";
import { parseAllDocuments } from "yaml";
import { messageOf } from "../lib/errors.ts";
import { sleep } from "../lib/loop.ts";
import { writeAccount } from "./accounts.ts";
import { createKube } from "./client.ts";
import { loadKubeAccess } from "./config.ts";
import { ensureCrd } from "./crd.ts";
import { homeNamespace, movedTo } from "./manifests.ts";
import type { Kube, KubeObject } from "./types.ts";

try {
  await install(process.argv.slice(2));
} catch (thrown) {
  console.error(messageOf(thrown));
  process.exitCode = 1;
}

async function install(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    options: {
      kubeconfig: { type: "string" },
      context: { type: "string" },
      namespace: { type: "string", default: homeNamespace },
      accounts: { type: "string" },
    },
    allowPositionals: true,
  });
  const { kubeconfig, context, namespace, accounts } = values;
  if (!kubeconfig) throw new Error("--kubeconfig FILE is needed: an ambient one is never used.");
  const config = await loadKubeAccess({ kubeconfig, ...(context ? { context } : {}) });
  const kube = createKube({ config });
  const gathering: KubeObject[] = [];
  for (const path of positionals) {
    const text = await Bun.file(path).text();
    for (const document of parseAllDocuments(text)) {
      const object = document.toJS() as KubeObject | null;
      if (!object) continue;
      // A cluster that another, newer Styrmin uses as well keeps its newer definition.
      if (object.kind === "CustomResourceDefinition") await ensureCrd(kube, text, { install: true });
      else await kube.apply(movedTo(namespace, object), { manager: "styrmin-install", force: true });
      if (object.aggregationRule) gathering.push(object);
    }
  }
  for (const role of gathering) await untilGathered(kube, role);
  if (!accounts) return;
  const write = (name: string) => writeAccount(config, { namespace, name }, accounts);
  const ends = await Promise.all([write("styrmin-agent"), write("styrmin-server")]);
  const expiresAt = new Date(Math.min(...ends.map((end) => end.getTime()))).toISOString();
  console.log(JSON.stringify({ expiresAt }));
}

/** Another program of the cluster fills in the rules; until then whoever has the role may do nothing. */
async function untilGathered(kube: Kube, { apiVersion, kind, metadata }: KubeObject): Promise<void> {
  for (let waited = 0; waited < 10_000; waited += 50) {
    const role = await kube.get({ apiVersion, kind, name: metadata.name });
    if (role?.rules?.length) return;
    await sleep(50);
  }
  throw new Error(`The cluster does not fill in the rules of the ClusterRole ${metadata.name}.`);
}
