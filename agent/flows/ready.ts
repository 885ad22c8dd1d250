import { isPassingStall, type StyrminDeployment } from "../../kube/styrmin-deployment.ts";
import { sleep } from "../../lib/loop.ts";
import type { ResourceView } from "./resources.ts";
import type { FlowContext } from "./run.ts";

/** Waits until the resource carries the generation, which the publisher writes. */
export async function untilPublished(
  context: FlowContext,
  resources: ResourceView,
  generation: number,
  signal: AbortSignal,
): Promise<void> {
  const told = new AbortController();
  sleep(5_000, told.signal)
    .then(() => context.say(`waiting for the resource ${context.task.resourceName} to be written`, "warn"))
    .catch(() => {});
  try {
    await resources.waitFor(
      context.task.resourceName,
      (resource) => ((resource?.spec.intentGeneration ?? 0) >= generation ? true : undefined),
      signal,
    );
  } finally {
    told.abort();
  }
}

/**
 * Waits until the operator reports the generation Ready, and has seen the resource's own generation at least. Throws
 * when it is stalled or the time is up.
 */
export async function untilReady(
  context: FlowContext,
  resources: ResourceView,
  generation: number,
  {
    timeoutMs,
    resourceGeneration = 0,
    signal = context.signal,
  }: { timeoutMs: number; resourceGeneration?: number; signal?: AbortSignal },
): Promise<void> {
  const limit = AbortSignal.timeout(timeoutMs);
  let said = "";
  try {
    await resources.waitFor(
      context.task.resourceName,
      (resource) => {
        const verdict = readyVerdict(resource, generation, resourceGeneration);
        if (verdict.state === "failed") throw new Error(verdict.message);
        if (verdict.message !== said && verdict.message !== "") {
          said = verdict.message;
          context.say(said);
        }
        return verdict.state === "ready" ? true : undefined;
      },
      AbortSignal.any([signal, limit]),
    );
  } catch (thrown) {
    if (signal.aborted || !limit.aborted) throw thrown;
    const last = said === "" ? "The operator has not said why." : `Last: ${said}`;
    throw new Error(`It was not ready within ${timeoutMs / 1000} s. ${last}`);
  }
}

/** What the resource's status says of a generation. Pure. */
export function readyVerdict(
  resource: StyrminDeployment | undefined,
  generation: number,
  resourceGeneration = 0,
): { state: "waiting" | "ready" | "failed"; message: string } {
  if (!resource) return { state: "waiting", message: "The resource is not there." };
  const { status } = resource;
  const taken = (status?.intentGeneration ?? 0) >= generation && isObserved(resource, resourceGeneration);
  if (!taken) return { state: "waiting", message: "" };
  const condition = (type: string) => status?.conditions?.find((one) => one.type === type);
  const stalled = condition("Stalled");
  if (stalled?.status === "True") {
    const state = isPassingStall(stalled.reason) ? "waiting" : "failed";
    return { state, message: `${stalled.reason}: ${stalled.message}` };
  }
  const ready = condition("Ready");
  if (ready?.status === "True") return { state: "ready", message: ready.message };
  return { state: "waiting", message: ready?.message ?? "" };
}

/** Whether the status speaks of the resource as it is, which is of a generation at least. Pure. */
export function isObserved({ metadata, status }: StyrminDeployment, resourceGeneration: number): boolean {
  const { generation = 0 } = metadata;
  return generation >= resourceGeneration && status?.observedGeneration === generation;
}
