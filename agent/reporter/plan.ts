/** One observed thing: what is reported of it, and a hash of that. */
export interface Observation<T> {
  uid: string;
  hash: bigint;
  value: T;
}

/** Everything at one moment. */
export interface Snapshot<T> {
  digest: string;
  hashes: Map<string, bigint>;
  observations: Observation<T>[];
}

export interface PlannedReport<T> {
  kind: "FULL" | "DELTA" | "SAME";
  base: string | null;
  changed: T[];
  removed: string[];
}

/** A delta of more than this part of everything is not worth being one. */
const deltaLimit = 0.5;

/**
 * Takes a snapshot. Its digest is the same for the same things in any order: hashes are joined by exclusive
 * or, each over its own uid. Pure.
 */
export function takeSnapshot<T>(observations: Observation<T>[]): Snapshot<T> {
  let joined = BigInt(observations.length);
  const hashes = new Map<string, bigint>();
  for (const { uid, hash } of observations) {
    hashes.set(uid, hash);
    joined ^= hash;
  }
  return { digest: `${observations.length}-${joined.toString(16)}`, hashes, observations };
}

/** What has to be told, given what the server last took. Pure. */
export function planReport<T>(snapshot: Snapshot<T>, taken: Snapshot<T> | undefined): PlannedReport<T> {
  const full = () => snapshot.observations.map((one) => one.value);
  if (!taken) return { kind: "FULL", base: null, changed: full(), removed: [] };
  if (taken.digest === snapshot.digest) return { kind: "SAME", base: taken.digest, changed: [], removed: [] };

  const changed: T[] = [];
  for (const { uid, hash, value } of snapshot.observations) {
    if (taken.hashes.get(uid) !== hash) changed.push(value);
  }
  const removed = [...taken.hashes.keys()].filter((uid) => !snapshot.hashes.has(uid));
  if (changed.length + removed.length > deltaLimit * Math.max(1, snapshot.observations.length)) {
    return { kind: "FULL", base: null, changed: full(), removed: [] };
  }
  return { kind: "DELTA", base: taken.digest, changed, removed };
}

/** The hash of what is reported of one thing. */
export function hashOf(value: unknown): bigint {
  return BigInt(Bun.hash(JSON.stringify(value)));
}
