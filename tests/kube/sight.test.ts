import { expect, test } from "bun:test";
import { createSight } from "../../kube/sight.ts";

const pod = { kind: { apiVersion: "v1", kind: "Pod" } };
const secret = { kind: { apiVersion: "v1", kind: "Secret" }, namespace: "system" };
const view = (trouble: string | null = null, forMs = 0) => ({ trouble: () => trouble, blindMs: () => forMs });

test("what is not live for a moment is a blind spot; of several views of it the longest blind speaks", () => {
  const sight = createSight();
  sight.add(pod, view());
  sight.add(secret, view("made anew", 900));
  expect(sight.blindSpots()).toEqual([]);
  sight.add(secret, view("forbidden", 5_000));
  const leave = sight.add(pod, view("no answer", 9_000));
  sight.add(pod, view("no answer yet", 2_000));
  expect(sight.blindSpots()).toEqual([
    { kind: "v1 Pod", namespace: null, reason: "no answer", forMs: 9_000 },
    { kind: "v1 Secret", namespace: "system", reason: "forbidden", forMs: 5_000 },
  ]);
  leave();
  expect(sight.blindSpots().map(({ reason }) => reason)).toEqual(["forbidden", "no answer yet"]);
});

test("without a pulse nothing is seen, whatever the watches say", () => {
  const sight = createSight();
  sight.add(pod, view());
  sight.add(secret, view("forbidden", 50_000));
  sight.setPulse(view("it hangs", 1_000));
  expect([sight.trouble(), sight.blindSpots().length]).toEqual([null, 1]);
  sight.setPulse(view("it hangs", 8_000));
  expect(sight.trouble()).toBe("it hangs");
  expect(sight.blindSpots().map(({ kind, reason }) => [kind, reason])).toEqual([
    ["v1 Secret", "forbidden"],
    ["v1 Pod", "it hangs"],
  ]);
});
