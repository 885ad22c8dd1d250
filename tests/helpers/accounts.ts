import { mkdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseAllDocuments } from "yaml";
import { writeAccount } from "../../kube/accounts.ts";
import { createKube } from "../../kube/client.ts";
import { loadKubeAccess } from "../../kube/config.ts";
import { movedTo } from "../../kube/manifests.ts";
import type { KubeObject } from "../../kube/types.ts";
import { eventually } from "./eventually.ts";

const folder = resolve(import.meta.dir, "../../k8s");

/** The objects of a manifest in `k8s/`, as they are for an agent in a namespace. */
export function manifestObjects(file: string, namespace = "styrmin-system"): KubeObject[] {
  const documents = parseAllDocuments(readFileSync(join(folder, file), "utf8"));
  return documents.map((one) => movedTo(namespace, one.toJS() as KubeObject));
}

/** One of the two identities: its user name is for the audit. */
export interface Account {
  user: string;
  kubeconfig: string;
  token: string;
}

/**
 * Makes a namespace for an agent with the rights of agent and server as `k8s/` has them, and an identity of each:
 * as `npm start` does, in this process. The kubeconfigs are written to `dir`.
 */
export async function makeAccounts(
  admin: string,
  namespace: string,
  dir: string,
): Promise<{ agent: Account; server: Account }> {
  mkdirSync(dir, { recursive: true });
  const access = await loadKubeAccess({ kubeconfig: admin });
  const kube = createKube({ config: access });
  for (const file of ["namespace.yaml", "rbac/agent.yaml", "rbac/server.yaml"]) {
    for (const object of manifestObjects(file, namespace)) {
      await kube.apply(object, { manager: "styrmin-install", force: true });
    }
  }
  // A real cluster fills in the rules of an aggregated role a moment later.
  const gathered = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", name: "styrmin-agent" };
  await eventually("the agent's rights", async () => (await kube.get(gathered))?.rules?.length > 0);
  const account = async (name: string): Promise<Account> => {
    await writeAccount(access, { namespace, name }, dir);
    const token = readFileSync(join(dir, `${name}.token`), "utf8");
    const user = `system:serviceaccount:${namespace}:${name}`;
    return { user, kubeconfig: join(dir, `${name}.kubeconfig`), token };
  };
  return { agent: await account("styrmin-agent"), server: await account("styrmin-server") };
}
