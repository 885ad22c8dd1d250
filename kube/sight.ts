import type { BlindSpot, Sight, Viewed } from "./types.ts";

/** How long a view may be out of sight without a word, milliseconds. */
const unnoticedMs = 1_000;

export function createSight(): Sight {
  const views = new Set<{ kind: string; namespace: string | null; view: Viewed }>();
  return {
    add({ kind: { apiVersion, kind }, namespace }, view) {
      const entry = { kind: `${apiVersion} ${kind}`, namespace: namespace ?? null, view };
      views.add(entry);
      return () => void views.delete(entry);
    },
    blindSpots() {
      // Several loops may watch the same; who has been blind for longest speaks for all.
      const found = new Map<string, BlindSpot>();
      for (const { kind, namespace, view } of views) {
        const [reason, forMs] = [view.trouble(), view.blindMs()];
        if (reason === null || forMs < unnoticedMs) continue;
        const key = `${kind} ${namespace}`;
        if (forMs > (found.get(key)?.forMs ?? 0)) found.set(key, { kind, namespace, reason, forMs });
      }
      return [...found.values()].sort((one, other) => other.forMs - one.forMs);
    },
  };
}
