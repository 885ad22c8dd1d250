const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** A duration the way kubectl prints ages: `45s`, `8m6s`, `3h20m`, `2d4h`, `400d`, `3y2d`. */
export function humanDuration(ms: number): string {
  if (ms < -second) return "<invalid>";
  if (ms < 0) return "0s";
  if (ms < 2 * minute) return `${Math.floor(ms / second)}s`;
  if (ms < 10 * minute) return two(ms, minute, "m", second, "s");
  if (ms < 3 * hour) return `${Math.floor(ms / minute)}m`;
  if (ms < 8 * hour) return two(ms, hour, "h", minute, "m");
  if (ms < 2 * day) return `${Math.floor(ms / hour)}h`;
  if (ms < 8 * day) return two(ms, day, "d", hour, "h");
  if (ms < 2 * 365 * day) return `${Math.floor(ms / day)}d`;
  if (ms < 8 * 365 * day) return two(ms, 365 * day, "y", day, "d");
  return `${Math.floor(ms / (365 * day))}y`;
}

/** The age of a time stamp; `<unknown>` without one. */
export function ageOf(stamp: unknown, now: Date = new Date()): string {
  const since = typeof stamp === "string" ? Date.parse(stamp) : Number.NaN;
  return Number.isNaN(since) ? "<unknown>" : humanDuration(now.getTime() - since);
}

function two(ms: number, large: number, largeUnit: string, small: number, smallUnit: string): string {
  const rest = Math.floor((ms % large) / small);
  return `${Math.floor(ms / large)}${largeUnit}${rest === 0 ? "" : `${rest}${smallUnit}`}`;
}
