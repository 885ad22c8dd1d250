import { describe, expect, test } from "bun:test";
import { hashOf, planReport, takeSnapshot } from "../../../agent/reporter/plan.ts";

const snapshot = (things: Record<string, number>) =>
  takeSnapshot(
    Object.entries(things).map(([uid, n]) => ({ uid, hash: hashOf({ uid, n }), value: `${uid}=${n}` })),
  );

const many = (n: number, change: Record<string, number> = {}) =>
  snapshot({ ...Object.fromEntries(Array.from({ length: n }, (_, i) => [`u${i}`, 1])), ...change });

describe("planning a report", () => {
  test("tells everything when nobody knows what the server has", () => {
    expect(planReport(snapshot({ a: 1 }), undefined)).toEqual({
      kind: "FULL",
      base: null,
      changed: ["a=1"],
      removed: [],
    });
  });

  test("says that nothing changed, whatever the order", () => {
    const [one, other] = [snapshot({ a: 1, b: 2 }), snapshot({ b: 2, a: 1 })];
    expect(planReport(other, one)).toEqual({ kind: "SAME", base: one.digest, changed: [], removed: [] });
  });

  test("tells only what changed, came and went", () => {
    const before = many(10);
    const after = takeSnapshot([...many(9, { u3: 2 }).observations, ...snapshot({ z: 1 }).observations]);
    expect(planReport(after, before)).toEqual({
      kind: "DELTA",
      base: before.digest,
      changed: ["u3=2", "z=1"],
      removed: ["u9"],
    });
  });

  test("tells everything when most of it changed", () => {
    expect(planReport(snapshot({ a: 2, b: 2, c: 1 }), snapshot({ a: 1, b: 1, c: 1 })).kind).toBe("FULL");
  });

  test("has another digest when one thing took another's place", () => {
    expect(snapshot({ a: 1 }).digest).not.toBe(snapshot({ b: 1 }).digest);
    expect(snapshot({}).digest).not.toBe(snapshot({ a: 1 }).digest);
  });
});
