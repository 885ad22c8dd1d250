import {
  type KubeObjectLike,
  podOf,
  type SecretTaking,
  staleSecrets,
  staleText,
} from "../../drivers/kit/index.ts";
import { type ObjectChanges, type ObjectRef, refOf } from "./compare.ts";

/** A workload whose pods would go on with the old value of a secret, and what that means in a sentence. */
export interface PlannedStale extends ObjectRef {
  secret: string;
  keys: string[];
  taking: SecretTaking;
  message: string;
}

export interface RenderedPlan {
  before: readonly KubeObjectLike[];
  after: readonly KubeObjectLike[];
  objects: ObjectChanges;
  /** Stands for both, and would be another one. */
  instanceId: string;
}

/**
 * The pods that a plan leaves as they are though a secret changes that they take. Not those of a workload that is made
 * anew, or names its instance. Pure.
 */
export function plannedStale({ before, after, objects, instanceId }: RenderedPlan): PlannedStale[] {
  return staleSecrets(before, after).flatMap((stale) => {
    const { object, secret, keys, taking } = stale;
    const anew = objects.changed.some((one) => one.recreate && isSame(one, refOf(object)));
    if (anew || JSON.stringify(podOf(object)).includes(instanceId)) return [];
    return [{ ...refOf(object), secret, keys, taking, message: `${staleText(stale)}.` }];
  });
}

const isSame = (one: ObjectRef, other: ObjectRef) => one.kind === other.kind && one.name === other.name;
