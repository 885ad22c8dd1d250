import type { KubeObject } from "../../kube/types.ts";

export type HookState = { word: "succeeded" } | Unsuccessful;
interface Unsuccessful {
  word: "running" | "failed";
  message: string;
}

interface Condition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
}

/**
 * How far a hook is: Jobs and Pods run to their end, everything else is done when it is there. `live` is what is there
 * under its name, `uid` that of the object that was made for it, `overMs` its limit when that is over. Pure.
 */
export function hookState(live: KubeObject | undefined, uid: string, overMs?: number): HookState {
  if (live?.metadata.uid !== uid) {
    const message = "its object was removed before it was seen to end; what it did is not known";
    return { word: "failed", message };
  }
  const ended = live.kind === "Job" ? jobEnd(live) : live.kind === "Pod" ? podEnd(live) : succeeded;
  if (ended) return ended;
  if (overMs === undefined) return { word: "running", message: "it has not ended yet" };
  return { word: "failed", message: `it has not ended within ${Math.round(overMs / 1000)} s` };
}

/** How far the object of an earlier run is that must go before a hook can begin. Pure. */
export function goingState(overMs?: number): Unsuccessful {
  if (overMs === undefined) return { word: "running", message: "what an earlier run left is still going" };
  const message = `what an earlier run left has not gone within ${Math.round(overMs / 1000)} s; look at its finalizers`;
  return { word: "failed", message };
}

const succeeded: HookState = { word: "succeeded" };

function jobEnd({ status }: KubeObject): HookState | undefined {
  const conditions: Condition[] = status?.conditions ?? [];
  const holds = (type: string) => conditions.find((one) => one.type === type && one.status === "True");
  const failed = holds("Failed");
  if (failed) return { word: "failed", message: failed.message || failed.reason || "its Job failed" };
  return holds("Complete") ? succeeded : undefined;
}

function podEnd({ status }: KubeObject): HookState | undefined {
  if (status?.phase === "Succeeded") return succeeded;
  if (status?.phase !== "Failed") return undefined;
  const codes = ((status.containerStatuses ?? []) as KubeObject[])
    .filter(({ state }) => state?.terminated?.exitCode > 0)
    .map(({ name, state }) => `container ${name} ended with code ${state.terminated.exitCode}`);
  return { word: "failed", message: codes.join(", ") || status.message || "its Pod failed" };
}
