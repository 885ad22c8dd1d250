/**
 * Until when hooks have time. That counts from when one began, but it is not blamed for what nobody could see: after
 * the agent was started, or could not look for a while, kubelet and controllers have a moment to report how it ended. A
 * clock that is set while the agent looks changes nothing.
 */
export interface HookTimes {
  /** Notes a look at the object that a deployment waits for; `since` is when that began, milliseconds since 1970. */
  look(deployment: string, one: { uid: string; since: number }, limitMs: number): HookTime;
  forget(deployment: string): void;
}

export interface HookTime {
  until: Date;
  isOver: boolean;
}

interface Seen {
  uid: string;
  until: number;
  /** The same by a clock that nobody sets. */
  untilTick: number;
  lastTick: number;
}

export function createHookTimes({
  graceMs = 30_000,
  // A hook under way is looked at every second, and with back-off every eight.
  gapMs = 15_000,
  now = () => Date.now(),
  tick = () => performance.now(),
} = {}): HookTimes {
  const all = new Map<string, Seen>();

  const begin = (uid: string, since: number, limitMs: number): Seen => {
    const until = since + limitMs;
    return { uid, until, untilTick: tick() + until - now(), lastTick: Number.NEGATIVE_INFINITY };
  };

  return {
    look(deployment, { uid, since }, limitMs) {
      const known = all.get(deployment);
      const seen = known?.uid === uid ? known : begin(uid, since, limitMs);
      all.set(deployment, seen);
      const at = tick();
      const moreMs = at + Math.min(graceMs, limitMs) - seen.untilTick;
      if (at - seen.lastTick > gapMs && moreMs > 0) {
        seen.untilTick += moreMs;
        seen.until += moreMs;
      }
      seen.lastTick = at;
      return { until: new Date(seen.until), isOver: at > seen.untilTick };
    },
    forget: (deployment) => void all.delete(deployment),
  };
}
