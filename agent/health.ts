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

/** Serves `/healthz` on a local port: 200 while every loop is well, 503 otherwise. */
export function serveHealth(options: { host: string; port: number; sources: HealthSource[] }) {
  const { host, port, sources } = options;
  const startedAt = new Date();
  const server = Bun.serve({
    hostname: host,
    port,
    fetch(request) {
      if (new URL(request.url).pathname !== "/healthz") return new Response("Not found\n", { status: 404 });
      const report = healthReport(sources, startedAt, new Date());
      return Response.json(report, { status: report.ok ? 200 : 503 });
    },
  });
  return { url: `http://${host}:${server.port}/healthz`, stop: () => server.stop(true) };
}
