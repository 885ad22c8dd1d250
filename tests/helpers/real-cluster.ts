import { describe, test } from "bun:test";
import { join } from "node:path";
import { createKube } from "../../kube/client.ts";
import { loadKubeAccess } from "../../kube/config.ts";
import { isConflict, isForbidden } from "../../kube/errors.ts";
import type { Kube, KubeObject } from "../../kube/types.ts";
import { eventually } from "./eventually.ts";

export { auditFromNow, hasNodeAudit, type NodeAuditLine } from "./node-audit.ts";

/**
 * The kubeconfig of a real Kubernetes that tests may use as its admin, in namespaces of their own. Undefined when
 * there is none: what needs it is skipped, by name.
 */
export const realKubeconfig: string | undefined = process.env.STYRMIN_TEST_KUBECONFIG || undefined;

/** The folder of the commands that load images into the real cluster's node, open tunnels and cause faults. */
const toolFolder = process.env.STYRMIN_TEST_CLUSTER_TOOL || undefined;

/** Tests on the real cluster; skipped without one. */
export const describeReal = describe.skipIf(realKubeconfig === undefined);
export const testReal = test.skipIf(realKubeconfig === undefined);
/** Tests that also need the node's own commands; skipped without them. */
export const describeNode = describe.skipIf(realKubeconfig === undefined || toolFolder === undefined);

/** The real cluster's admin. */
export async function realKube(): Promise<Kube> {
  if (!realKubeconfig) throw new Error("STYRMIN_TEST_KUBECONFIG names no cluster");
  return createKube({ config: await loadKubeAccess({ kubeconfig: realKubeconfig }) });
}

/** Makes a namespace of a test's own. `remove` asks for its deletion and does not wait for the end of it. */
export async function realNamespace(
  kube: Kube,
  prefix: string,
  labels: Record<string, string> = {},
): Promise<{ name: string; remove(): Promise<void> }> {
  const name = `${prefix}-${crypto.randomUUID().slice(0, 8)}`;
  const ref = { apiVersion: "v1", kind: "Namespace" };
  await kube.create({ ...ref, metadata: { name, labels } });
  // Pods need it, and a real cluster makes it a moment later.
  await eventually(`the service account of ${name}`, () =>
    kube.get({ apiVersion: "v1", kind: "ServiceAccount", namespace: name, name: "default" }),
  );
  return {
    name,
    async remove() {
      await kube.delete({ ...ref, name });
    },
  };
}

/**
 * Deletes what a killed or finished test has left behind: its namespaces, after the finalizers of the resources in
 * them have been taken off, since nobody is there any more to do it. Does not wait for the end of it: a busy node takes
 * minutes to empty many namespaces.
 */
export async function removeNamespaces(kube: Kube, names: string[]): Promise<void> {
  const resource = { apiVersion: "styrmin.io/v1alpha1", kind: "StyrminDeployment" };
  for (const namespace of names) {
    await kube.delete({ apiVersion: "v1", kind: "Namespace", name: namespace });
    if (!(await kube.kindInfo(resource))) continue;
    for (const { metadata } of (await kube.list(resource, { namespace })).items) {
      if (metadata.finalizers?.length) await dropFinalizers(kube, { ...resource, metadata });
    }
  }
}

async function dropFinalizers(kube: Kube, { apiVersion, kind, metadata }: KubeObject): Promise<void> {
  const { name, namespace } = metadata;
  const ref = { apiVersion, kind, name, ...(namespace ? { namespace } : {}) };
  try {
    await kube.mergePatch(ref, { metadata: { finalizers: null } }, { manager: "test" });
  } catch (thrown) {
    // It went in the meantime.
    if (!isConflict(thrown) && !isForbidden(thrown) && (await kube.get(ref))) throw thrown;
  }
}

/** Runs one of the node's own commands (`load-image`, `tunnel`, `fault`); answers what it printed. */
export async function clusterTool(command: string, ...args: string[]): Promise<string> {
  if (!toolFolder) throw new Error("STYRMIN_TEST_CLUSTER_TOOL names no folder");
  const child = Bun.spawn([join(toolFolder, command), ...args], { stdio: ["ignore", "pipe", "pipe"] });
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${code}:\n${err}`);
  return out.trim();
}
