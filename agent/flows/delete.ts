import { removeIntent } from "../../kube/intent.ts";
import { reasons, type StyrminDeployment } from "../../kube/styrmin-deployment.ts";
import { runHook } from "./actions.ts";
import type { FlowTools } from "./tools.ts";
import { holdEndsWith } from "./hold.ts";
import { patiently } from "./patience.ts";
import { untilPublished } from "./ready.ts";
import type { Flow, FlowContext } from "./run.ts";

/**
 * Removes an application: the operator is told by phase Deleting, and only when it has reported that the
 * objects are gone is the deployment closed, and the resource removed last, by its UID. A delete never expires;
 * what ends it early is a hook of its chart that failed, or took longer than hooks may.
 */
export function createDeleteFlow(tools: FlowTools): Flow {
  const { kube, resources, namespace } = tools;
  return holdEndsWith(tools, async function deleteDeployment(context: FlowContext) {
    const { task, step } = context;
    const { first = false } = task.payload as { first?: boolean };
    // What never ran has nothing to be cleaned up by its driver.
    if (!first) await runHook(context, tools, "delete", "pre");
    const generation = await step("release intent", async (signal) => {
      const released = await context.releaseIntent();
      await untilPublished(context, resources, released, signal);
      return released;
    });
    const { uid, kept } = await step("wait finalized", (signal) => {
      let said = "";
      return resources.waitFor(
        task.resourceName,
        (resource) => {
          const message = progressOf(resource);
          if (message !== "" && message !== said) context.say((said = message));
          const failed = hookFailedAt(resource, generation);
          if (failed !== undefined) throw new Error(`${failed}; deleted again, it goes on without this hook`);
          return finalizedAt(resource, generation);
        },
        signal,
      );
    });
    await step("record", async () => {
      for (const volume of kept) context.say(`kept the volume ${volume}`);
      await context.closeDeployment(kept);
    });
    await step("remove resource", async (signal) => {
      context.assertHeld();
      const target = { name: task.resourceName, uid, deploymentId: task.deploymentId };
      const work = (own: AbortSignal) => removeIntent(kube, target, { namespace, signal: own });
      // The deployment is closed: nobody could ask for this again, so it is not given up for any reason.
      await patiently(context, signal, work, { evenIf: () => true });
    });
  });
}

/** What is left once everything that had to go is gone; undefined until then. Pure. */
export function finalizedAt(
  resource: StyrminDeployment | undefined,
  generation: number,
): { uid: string; kept: string[] } | undefined {
  if (!resource || resource.spec.phase !== "Deleting") return undefined;
  if ((resource.status?.intentGeneration ?? 0) < generation) return undefined;
  const finalized = resource.status?.conditions?.find((one) => one.type === "Finalized");
  if (finalized?.status !== "True") return undefined;
  return { uid: resource.metadata.uid!, kept: resource.status?.kept ?? [] };
}

/** What a hook of the chart said that stopped the deletion; undefined while none did. Pure. */
export function hookFailedAt(
  resource: StyrminDeployment | undefined,
  generation: number,
): string | undefined {
  if (resource?.spec.phase !== "Deleting" || (resource.status?.intentGeneration ?? 0) < generation)
    return undefined;
  const stalled = resource.status?.conditions?.find(({ type }) => type === "Stalled");
  if (stalled?.status !== "True" || stalled.reason !== reasons.HookFailed) return undefined;
  return `${stalled.reason}: ${stalled.message}`;
}

function progressOf(resource: StyrminDeployment | undefined): string {
  const conditions = resource?.status?.conditions ?? [];
  return conditions.find((one) => one.type === "Ready" && resource?.spec.phase === "Deleting")?.message ?? "";
}
