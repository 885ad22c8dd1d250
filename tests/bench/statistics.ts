/** What a set of samples comes to. */
export interface Spread {
  median: number;
  min: number;
  max: number;
}

/** The value below which a part of the samples lies: nearest rank, so that p99 of 200 is the third highest. */
export function percentile(samples: readonly number[], part: number): number {
  if (samples.length === 0) throw new Error("there are no samples");
  const sorted = [...samples].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]!;
}

export function spreadOf(samples: readonly number[]): Spread {
  return { median: percentile(samples, 0.5), min: Math.min(...samples), max: Math.max(...samples) };
}
