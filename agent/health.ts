import type { BlindSpot } from "../kube/types.ts";
import type { LoopHealth } from "../lib/loop.ts";

export interface HealthSource {
  health(): LoopHealth;
  /** A loop that had no success for so long, milliseconds, is not well. */
  staleMs: number;
}

export interface HealthReport {
  ok: boolean;
  loops: {
    name: string;
    ok: boolean;
    lastSuccessAt: string | null;
    ageSeconds: number | null;
    failures: number;
    lastError: string | null;
  }[];
}

/** What `/healthz` tells: per loop when it last succeeded, and whether that is too long ago. Pure. */
export function healthReport(sources: HealthSource[], startedAt: Date, now: Date): HealthReport {
  const loops = sources.map(({ health, staleMs }) => {
    const { name, lastSuccessAt, failures, lastError } = health();
    const ageMs = now.getTime() - (lastSuccessAt ?? startedAt).getTime();
    return {
      name,
      ok: ageMs <= staleMs,
      lastSuccessAt: lastSuccessAt?.toISOString() ?? null,
      ageSeconds: lastSuccessAt ? ageMs / 1000 : null,
      failures,
      lastError,
    };
  });
  return { ok: loops.every((loop) => loop.ok), loops };
}

/**
 * Serves `/healthz`: 200 while every loop is well, 503 otherwise; `/readyz`: the same, once the server knows this
 * agent; and `/livez`: 200. Loops that fail or hang are started again by themselves, and the operator works without
 * the server, so nothing that `/healthz` says is a reason to end the process. `blind` is what of the cluster cannot be
 * seen at the moment.
 */
export function serveHealth(options: {
  host: string;
  port: number;
  sources: HealthSource[];
  isReady: () => boolean;
  blindSpots: () => BlindSpot[];
}) {
  const { host, port, sources, isReady, blindSpots } = options;
  const startedAt = new Date();
  const server = Bun.serve({
    hostname: host,
    port,
    fetch(request) {
      const { pathname } = new URL(request.url);
      if (pathname === "/livez") return new Response("ok\n");
      if (pathname !== "/healthz" && pathname !== "/readyz")
        return new Response("Not found\n", { status: 404 });
      const report = healthReport(sources, startedAt, new Date());
      const ok = report.ok && (pathname === "/healthz" || isReady());
      return Response.json({ ...report, blind: blindSpots() }, { status: ok ? 200 : 503 });
    },
  });
  return { url: `http://${host}:${server.port}/healthz`, stop: () => server.stop(true) };
}
