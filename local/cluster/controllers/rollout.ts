/** How many replicas each ReplicaSet of a Deployment should have next. Pure; after Kubernetes' deployment controller. */

export interface SetCounts {
  name: string;
  /** `spec.replicas` of the ReplicaSet. */
  wanted: number;
  /** Its pods that are there and not on their way out; `wanted` when it has done its work. */
  existing?: number;
  /** Its pods that are available. */
  available: number;
  /** The size of the Deployment when this set was last scaled; the measure of its share. */
  desiredBefore?: number;
  maxBefore?: number;
}

export interface RolloutInput {
  /** `spec.replicas` of the Deployment. */
  replicas: number;
  maxSurge: number;
  maxUnavailable: number;
  current: SetCounts;
  /** Oldest first. */
  old: SetCounts[];
}

/** A new size by the name of the ReplicaSet; sets that stay as they are do not occur. */
export type Sizes = Map<string, number>;

/** A number, or a percentage of `total` rounded up or down. */
export function resolveCount(value: unknown, total: number, round: "up" | "down"): number {
  const percent = /^(\d+)%$/.exec(String(value))?.[1];
  if (percent === undefined) return Number(value) || 0;
  const exact = (Number(percent) * total) / 100;
  return round === "up" ? Math.ceil(exact) : Math.floor(exact);
}

/** The two limits of a rolling update; at least one pod may be missing when both come to zero. */
export function limitsOf(spec: { replicas: number; strategy?: any }): {
  maxSurge: number;
  maxUnavailable: number;
} {
  if (spec.strategy?.type === "Recreate") return { maxSurge: 0, maxUnavailable: spec.replicas };
  const { maxSurge = "25%", maxUnavailable = "25%" } = spec.strategy?.rollingUpdate ?? {};
  const surge = resolveCount(maxSurge, spec.replicas, "up");
  const unavailable = Math.min(resolveCount(maxUnavailable, spec.replicas, "down"), spec.replicas);
  return { maxSurge: surge, maxUnavailable: surge === 0 && unavailable === 0 ? 1 : unavailable };
}

/** One step of a rolling update: first the new set grows as far as the surge allows; else the old ones shrink. */
export function rollingStep(input: RolloutInput): Sizes {
  const { replicas, current, old } = input;
  const total = current.wanted + sum(old, "wanted");
  if (current.wanted > replicas) return new Map([[current.name, replicas]]);
  // A set that was scaled down may not have deleted its pods yet.
  const existing = [current, ...old].reduce((all, set) => all + Math.max(set.wanted, set.existing ?? 0), 0);
  const room = replicas + input.maxSurge - existing;
  const growth = Math.min(room, replicas - current.wanted);
  if (growth > 0) return new Map([[current.name, current.wanted + growth]]);
  return shrinkOld(input, total);
}

function shrinkOld({ replicas, maxUnavailable, current, old }: RolloutInput, total: number): Sizes {
  const sizes: Sizes = new Map();
  const minAvailable = replicas - maxUnavailable;
  let allowance = total - minAvailable - (current.wanted - Math.min(current.available, current.wanted));
  if (allowance <= 0) return sizes;
  // Pods that are not available serve nobody: they go first and cost nothing.
  for (const set of old) {
    const idle = Math.min(allowance, Math.max(0, set.wanted - set.available));
    if (idle === 0) continue;
    sizes.set(set.name, set.wanted - idle);
    allowance -= idle;
  }
  const available =
    current.available + old.reduce((all, set) => all + Math.min(set.available, set.wanted), 0);
  let surplus = Math.min(available - minAvailable, allowance);
  for (const set of old) {
    const size = sizes.get(set.name) ?? set.wanted;
    const less = Math.min(size, Math.max(0, surplus));
    if (less === 0) continue;
    sizes.set(set.name, size - less);
    surplus -= less;
  }
  return sizes;
}

/**
 * The sizes after the Deployment itself was scaled: a single live set takes all; during a rolling update
 * each set keeps its share, the largest first, within the surge.
 */
export function scaledSizes(input: RolloutInput, rolling: boolean): Sizes {
  const { replicas, current, old, maxSurge } = input;
  const sizes: Sizes = new Map();
  const resize = (set: SetCounts, size: number) => {
    if (set.wanted !== size) sizes.set(set.name, size);
  };
  const live = [current, ...old.toReversed()].filter((set) => set.wanted > 0);
  if (live.length <= 1) {
    resize(live[0] ?? current, replicas);
    return sizes;
  }
  if (current.wanted === replicas && current.available >= replicas) {
    for (const set of old) resize(set, 0);
    return sizes;
  }
  if (!rolling) return sizes;
  const total = sum(live, "wanted");
  let left = (replicas > 0 ? replicas + maxSurge : 0) - total;
  if (left === 0) return sizes;
  // The largest first; among equals the newest grows first and the oldest shrinks first.
  const ordered = (left > 0 ? live : live.toReversed()).toSorted((a, b) => b.wanted - a.wanted);
  for (const set of ordered) {
    const before = set.maxBefore ?? total;
    const share =
      replicas === 0 ? -set.wanted : Math.round((set.wanted * (replicas + maxSurge)) / before) - set.wanted;
    const change = left > 0 ? Math.min(Math.max(0, share), left) : Math.max(Math.min(0, share), left);
    sizes.set(set.name, Math.max(0, set.wanted + change));
    left -= change;
  }
  const largest = ordered[0]!;
  if (left !== 0) sizes.set(largest.name, Math.max(0, (sizes.get(largest.name) ?? largest.wanted) + left));
  return sizes;
}

function sum(sets: SetCounts[], key: "wanted" | "available"): number {
  return sets.reduce((all, set) => all + set[key], 0);
}
