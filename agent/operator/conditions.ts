import {
  type Condition,
  type ConditionReason,
  type ConditionType,
  reasons,
} from "../../kube/styrmin-deployment.ts";

/** What one pass over a deployment came to. */
export interface Verdict {
  reason: ConditionReason;
  message: string;
  /** Nothing more will happen by itself. */
  stalled?: boolean;
}

const atWork: ReadonlySet<ConditionReason> = new Set([
  reasons.NewGeneration,
  reasons.Progressing,
  reasons.HookRunning,
  reasons.DriftRepair,
  reasons.Retrying,
  reasons.Deleting,
]);

/**
 * The conditions that say a verdict; see `ConditionType` for what each means. `lastTransitionTime` moves only
 * when a condition's status does. Pure.
 */
export function conditionsOf(
  verdict: Verdict,
  before: Condition[] | undefined,
  generation: number,
  now: Date,
): Condition[] {
  const { reason, message, stalled = false } = verdict;
  const ready = reason === reasons.Healthy || reason === reasons.Stopped;
  const deleted = reason === reasons.Deleted;
  const working = !stalled && atWork.has(reason);
  const leaving = deleted || reason === reasons.Deleting;

  const make = (type: ConditionType, holds: boolean, why: ConditionReason, text: string): Condition => {
    const status = holds ? "True" : "False";
    const last = before?.find((condition) => condition.type === type);
    const lastTransitionTime = last?.status === status ? last.lastTransitionTime : timeText(now);
    return { type, status, reason: why, message: text, lastTransitionTime, observedGeneration: generation };
  };
  const idle = (type: ConditionType) => make(type, false, reasons.Idle, "");
  return [
    make("Ready", ready, reason, message),
    working ? make("Reconciling", true, reason, message) : idle("Reconciling"),
    stalled ? make("Stalled", true, reason, message) : idle("Stalled"),
    ...(leaving ? [make("Finalized", deleted, reason, message)] : []),
  ];
}

export function conditionOf(conditions: Condition[] | undefined, type: ConditionType): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

/** RFC 3339 in whole seconds, as Kubernetes writes it. */
export const timeText = (time: Date): string => time.toISOString().replace(/\.\d+Z$/, "Z");
