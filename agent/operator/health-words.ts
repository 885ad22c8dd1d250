/** The words in which the health of an object is told. */
import type { KubeObject } from "../../kube/types.ts";

export type HealthState = "Current" | "InProgress" | "Failed" | "Terminating" | "Unknown";

export interface Health {
  state: HealthState;
  /** Why it is not Current, or what is worth knowing of it though it is; for people. */
  message: string;
}

export const current: Health = { state: "Current", message: "" };
export const inProgress = (message: string): Health => ({ state: "InProgress", message });
export const failed = (message: string): Health => ({ state: "Failed", message });

export interface ObjectCondition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
  observedGeneration?: number;
  lastTransitionTime?: string;
}

export function conditionOf(object: KubeObject, type: string): ObjectCondition | undefined {
  const conditions: unknown = object.status?.conditions;
  return Array.isArray(conditions) ? conditions.find((condition) => condition?.type === type) : undefined;
}
