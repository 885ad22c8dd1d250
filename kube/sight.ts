import type { BlindSpot, Sight, Viewed } from "./types.ts";

/** How long a view may be out of sight without a word, milliseconds. */
const unnoticedMs = 1_000;
/** How long the API itself may be without an answer, milliseconds: a busy one is slow. */
const noPulseMs = 2_500;

export function createSight(): Sight {
  const views = new Set<{ kind: string; namespace: string | null; view: Viewed }>();
  let pulse: Viewed | undefined;
  const withoutPulse = () => (pulse && pulse.blindMs() >= noPulseMs ? pulse : undefined);

  return {
    setPulse(view) {
      pulse = view;
    },
    trouble: () => withoutPulse()?.trouble() ?? null,
    add({ kind: { apiVersion, kind }, namespace }, view) {
      const entry = { kind: `${apiVersion} ${kind}`, namespace: namespace ?? null, view };
      views.add(entry);
      return () => void views.delete(entry);
    },
    blindSpots() {
      // Several loops may watch the same; who has been blind for longest speaks for all.
      const found = new Map<string, BlindSpot>();
      for (const { kind, namespace, view } of views) {
        const blind = view.blindMs() >= unnoticedMs ? view : withoutPulse();
        const [reason, forMs] = [blind?.trouble(), blind?.blindMs() ?? 0];
        if (!reason) continue;
        const key = `${kind} ${namespace}`;
        if (forMs > (found.get(key)?.forMs ?? 0)) found.set(key, { kind, namespace, reason, forMs });
      }
      return [...found.values()].sort((one, other) => other.forMs - one.forMs);
    },
  };
}
