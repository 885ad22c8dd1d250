import { isDeepStrictEqual } from "node:util";
import type { Api, KubeObject, ResourceName } from "../types.ts";
import { stamp } from "./names.ts";

export interface Condition {
  type: string;
  status: "True" | "False" | "Unknown";
  reason: string;
  message: string;
  lastUpdateTime?: string;
  lastTransitionTime?: string;
}

/**
 * The list with a condition set: new at the end, changed in its place. The transition time moves only with
 * the status; the same condition again leaves the list as it is.
 */
export function withCondition(
  conditions: readonly Condition[] = [],
  wanted: Condition,
  time: Date,
): Condition[] {
  const old = conditions.find((each) => each.type === wanted.type);
  if (old?.status === wanted.status && old.reason === wanted.reason && old.message === wanted.message) {
    return [...conditions];
  }
  const moved = old?.status === wanted.status ? old.lastTransitionTime : undefined;
  const next = { ...wanted, lastTransitionTime: moved ?? stamp(time) };
  return old ? conditions.map((each) => (each === old ? next : each)) : [...conditions, next];
}

export function findCondition(object: KubeObject, type: string): Condition | undefined {
  return (object.status?.conditions as Condition[] | undefined)?.find((each) => each.type === type);
}

/** Replaces an object's status if it differs, whatever was written to the rest meanwhile. Undefined fields are left out. */
export function writeStatus(
  api: Api,
  resource: ResourceName,
  object: KubeObject,
  status: Record<string, unknown>,
): void {
  const { name, namespace, uid } = object.metadata;
  const live = api.get(resource, name, namespace);
  if (!live || live.metadata.uid !== uid) return;
  const wanted = Object.fromEntries(Object.entries(status).filter(([, value]) => value !== undefined));
  if (isDeepStrictEqual(live.status ?? {}, wanted)) return;
  api.updateStatus(resource, { ...live, status: wanted });
}

/** Kubernetes leaves counts of zero out. */
export function orAbsent(count: number): number | undefined {
  return count === 0 ? undefined : count;
}
