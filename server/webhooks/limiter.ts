export interface LimiterOptions {
  /** So many at once. */
  burst: number;
  /** And so many a second afterwards. */
  perSecond: number;
  /** Callers that are remembered; of more, those seen longest ago are forgotten. */
  callers?: number;
  now?: () => number;
}

/** Lets each caller do something so often; answers in how many seconds to come again, or 0 to go on. */
export function createLimiter({ burst, perSecond, callers = 10_000, now = Date.now }: LimiterOptions) {
  const seen = new Map<string, { left: number; at: number }>();
  return function take(caller: string): number {
    const at = now();
    const before = seen.get(caller) ?? { left: burst, at };
    const left = Math.min(burst, before.left + (Math.max(0, at - before.at) / 1000) * perSecond);
    seen.delete(caller);
    seen.set(caller, { left: Math.max(0, left - 1), at });
    if (seen.size > callers) seen.delete(seen.keys().next().value!);
    return left >= 1 ? 0 : Math.ceil((1 - left) / perSecond);
  };
}
