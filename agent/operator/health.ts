/**
 * How an object is, from its own fields: the rules of kstatus
 * (sigs.k8s.io/cli-utils, pkg/kstatus). Pure.
 *
 * Unlike kstatus, a kind that nobody knows and that says nothing of itself is Unknown, not Current.
 */
import { groupOf, isBuiltIn } from "../../drivers/kit/index.ts";
import type { KubeObject } from "../../kube/types.ts";
import {
  conditionOf,
  current,
  failed,
  type Health,
  inProgress,
  type ObjectCondition,
} from "./health-words.ts";
import { rules } from "./health-rules.ts";

export type { Health, HealthState } from "./health-words.ts";

/** How an object is. Undefined stands for an object that is not there. */
export function healthOf(object: KubeObject | undefined): Health {
  if (object === undefined) return inProgress("does not exist");
  if (object.metadata.deletionTimestamp) return { state: "Terminating", message: "is being deleted" };
  const seen = object.status?.observedGeneration;
  if (typeof seen === "number" && seen < (object.metadata.generation ?? 0)) return inProgress(outdated);
  const rule = rules[`${groupOf(object)}/${object.kind}`];
  if (rule) return rule(object);
  return byConditions(object) ?? (isBuiltIn(object) ? current : unknown(object));
}

const outdated = "its controller has not seen the latest change yet";

const unknown = ({ kind }: KubeObject): Health => ({
  state: "Unknown",
  message: `nothing is known of how a ${kind} is`,
});

/** What custom resources are asked to say of themselves: Ready, Reconciling, Stalled. */
function byConditions(object: KubeObject): Health | undefined {
  const stalled = conditionOf(object, "Stalled");
  if (stalled?.status === "True") return failed(textOf(stalled));
  const reconciling = conditionOf(object, "Reconciling");
  if (reconciling?.status === "True") return inProgress(textOf(reconciling));
  const ready = conditionOf(object, "Ready") ?? conditionOf(object, "Available");
  if (ready === undefined) return undefined;
  const seen = ready.observedGeneration ?? object.metadata.generation ?? 0;
  if (seen < (object.metadata.generation ?? 0)) return inProgress(outdated);
  return ready.status === "True" ? current : inProgress(textOf(ready));
}

const textOf = ({ reason, message }: ObjectCondition) => message || reason || "is not ready";
