// A program: applies manifest files to a cluster. `npm start` runs it for `k8s/`; a person would use kubectl.
//   bun kube/install.ts --kubeconfig FILE [--context NAME] MANIFEST…
import { parseArgs } from "node:util";
import { parseAllDocuments } from "yaml";
import { messageOf } from "../lib/errors.ts";
import { createKube } from "./client.ts";
import { loadKubeAccess } from "./config.ts";
import type { KubeObject } from "./types.ts";

try {
  await install(process.argv.slice(2));
} catch (thrown) {
  console.error(messageOf(thrown));
  process.exitCode = 1;
}

async function install(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    options: { kubeconfig: { type: "string" }, context: { type: "string" } },
    allowPositionals: true,
  });
  if (!values.kubeconfig) throw new Error("--kubeconfig FILE is needed: an ambient one is never used.");
  const config = await loadKubeAccess({ kubeconfig: values.kubeconfig, context: values.context });
  const kube = createKube({ config });
  for (const path of positionals) {
    for (const document of parseAllDocuments(await Bun.file(path).text())) {
      const object = document.toJS() as KubeObject | null;
      if (object) await kube.apply(object, { manager: "styrmin-install", force: true });
    }
  }
}
