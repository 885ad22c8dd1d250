import { describe, expect, test } from "bun:test";
import { healthReport } from "../../agent/health.ts";
import { supervise } from "../../agent/supervise.ts";
import { silentLog } from "../../lib/log.ts";
import { startLoop } from "../../lib/loop.ts";
import { eventually } from "../helpers/eventually.ts";

const quick = { next: () => 5, reset: () => {} };

describe("a supervised part", () => {
  test("is started again when it throws or ends, while another goes on", async () => {
    const stop = new AbortController();
    const health = () => ({ name: "x", lastSuccessAt: null, lastError: null, failures: 0 });
    let starts = 0;
    const broken = supervise({
      name: "broken",
      signal: stop.signal,
      log: silentLog,
      backoff: quick,
      start: () => {
        starts++;
        if (starts === 1) throw new Error("at once");
        if (starts === 2) return { health, done: Promise.reject(new Error("later")) };
        if (starts === 3) return { health, done: Promise.resolve() };
        return {
          health,
          done: new Promise((resolve) => stop.signal.addEventListener("abort", () => resolve())),
        };
      },
    });
    let turns = 0;
    const good = supervise({
      name: "good",
      signal: stop.signal,
      log: silentLog,
      start: (signal) =>
        startLoop({ name: "good", everyMs: 5, signal, log: silentLog, once: async () => void turns++ }),
    });
    await eventually("the fourth start", () => starts === 4);
    const before = turns;
    await eventually("the other part to go on", () => turns > before + 3);
    expect(good.health().failures).toBe(0);
    stop.abort();
    await Promise.all([broken.done, good.done]);
  });

  test("a loop whose turn hangs goes on without it", async () => {
    const stop = new AbortController();
    let turns = 0;
    const loop = startLoop({
      name: "hangs",
      everyMs: 1,
      limitMs: 20,
      signal: stop.signal,
      log: silentLog,
      backoff: quick,
      once: () => (turns++ === 0 ? new Promise(() => {}) : Promise.resolve()),
    });
    await eventually("a turn after the one that hangs", () => turns > 3);
    stop.abort();
    await loop.done;
  });

  test("is not well once its last success is too long ago", () => {
    const at = new Date("2026-01-01T00:00:00Z");
    const source = (lastSuccessAt: Date | null) => ({
      staleMs: 10_000,
      health: () => ({ name: "x", lastSuccessAt, lastError: null, failures: 0 }),
    });
    const later = new Date(at.getTime() + 11_000);
    expect(healthReport([source(at)], at, new Date(at.getTime() + 9_000)).ok).toBe(true);
    expect(healthReport([source(later), source(at)], at, later).ok).toBe(false);
    expect(healthReport([source(null)], at, later).ok).toBe(false);
  });
});
