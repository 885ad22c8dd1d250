// A program: applies manifest files to a cluster. `npm start` runs it for `k8s/`; a person would use kubectl.
//   bun kube/install.ts --kubeconfig FILE [--context NAME] [--namespace NAME] MANIFEST…
// With a namespace, what the manifests say of `styrmin-system` is meant of that one.
import { parseArgs } from "node:util";
import { parseAllDocuments } from "yaml";
import { messageOf } from "../lib/errors.ts";
import { createKube } from "./client.ts";
import { loadKubeAccess } from "./config.ts";
import type { KubeObject } from "./types.ts";

/** The namespace of the agent in the manifests as they are. */
const homeNamespace = "styrmin-system";

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
    },
    allowPositionals: true,
  });
  if (!values.kubeconfig) throw new Error("--kubeconfig FILE is needed: an ambient one is never used.");
  const config = await loadKubeAccess({ kubeconfig: values.kubeconfig, context: values.context });
  const kube = createKube({ config });
  for (const path of positionals) {
    for (const document of parseAllDocuments(await Bun.file(path).text())) {
      const object = document.toJS() as KubeObject | null;
      if (!object) continue;
      await kube.apply(movedTo(values.namespace, object), { manager: "styrmin-install", force: true });
    }
  }
}

function movedTo(namespace: string, object: KubeObject): KubeObject {
  const { metadata } = object;
  if (object.kind === "Namespace" && metadata.name === homeNamespace)
    return { ...object, metadata: { ...metadata, name: namespace } };
  if (metadata.namespace !== homeNamespace) return object;
  return { ...object, metadata: { ...metadata, namespace } };
}
