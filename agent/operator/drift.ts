import type { KubeObject, ObjectRef } from "../../kube/types.ts";
import { keyOf, refOf } from "./refs.ts";

/**
 * Remembers repairs, so that two parties that keep changing one object do not keep the cluster busy: after
 * `repairs` of them within `windowMs` the next ones come at most every `pauseMs`.
 */
export interface DriftLedger {
  /** How long the next repair of an object has to wait, milliseconds. */
  waitMs(ref: ObjectRef): number;
  repaired(ref: ObjectRef): void;
  /** Whether this very state of an object was found to be as wanted; `mark` is what was wanted. */
  isKnown(live: KubeObject, mark: string): boolean;
  know(live: KubeObject, mark: string): void;
  /** What was said of this state of an object; of one that is fought over, what was said since its last repair. */
  blameOf(live: KubeObject, contested: boolean): string | undefined;
  blame(live: KubeObject, contested: boolean, told: string): void;
}

export function createDriftLedger({
  // What people do by hand stays below it; a controller that fights us does not, not even one that is slow.
  repairs = 10,
  windowMs = 10 * 60_000,
  pauseMs = 60_000,
  now = () => performance.now(),
} = {}): DriftLedger {
  const history = new Map<string, number[]>();
  const known = new WeakMap<KubeObject, string>();
  const blamed = new WeakMap<KubeObject, string>();
  const fights = new Map<string, string>();

  const recent = (ref: ObjectRef): number[] => {
    const since = now() - windowMs;
    const times = (history.get(keyOf(ref)) ?? []).filter((time) => time > since);
    if (times.length === 0) {
      history.delete(keyOf(ref));
      fights.delete(keyOf(ref));
    } else history.set(keyOf(ref), times);
    return times;
  };

  return {
    waitMs(ref) {
      const times = recent(ref);
      return times.length < repairs ? 0 : Math.max(0, times.at(-1)! + pauseMs - now());
    },
    repaired(ref) {
      history.set(keyOf(ref), [...recent(ref), now()].slice(-repairs));
      fights.delete(keyOf(ref));
    },
    isKnown: (live, mark) => known.get(live) === mark,
    know: (live, mark) => void known.set(live, mark),
    blameOf: (live, contested) => (contested ? fights.get(keyOf(refOf(live))) : blamed.get(live)),
    blame(live, contested, told) {
      if (contested) fights.set(keyOf(refOf(live)), told);
      else blamed.set(live, told);
    },
  };
}
