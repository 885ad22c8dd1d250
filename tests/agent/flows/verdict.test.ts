import { describe, expect, test } from "bun:test";
import { finalizedAt, hookFailedAt } from "../../../agent/flows/delete.ts";
import { readyVerdict } from "../../../agent/flows/ready.ts";
import type { StyrminDeployment } from "../../../kube/styrmin-deployment.ts";

function resource(spec: object, status: object, generation = 3): StyrminDeployment {
  return { metadata: { name: "x", uid: "u", generation }, spec, status } as unknown as StyrminDeployment;
}
const condition = (type: string, status: string, message = "") => ({ type, status, reason: "R", message });
const taken = { intentGeneration: 2, observedGeneration: 3 };

describe("what a resource's status says of a generation", () => {
  test.each([
    ["there is no resource", undefined, "waiting"],
    ["nothing was reported yet", resource({}, {}), "waiting"],
    [
      "an older intent was taken up",
      resource({}, { ...taken, intentGeneration: 1, conditions: [condition("Ready", "True")] }),
      "waiting",
    ],
    [
      "the status speaks of an older spec",
      resource({}, { ...taken, observedGeneration: 2, conditions: [condition("Ready", "True")] }),
      "waiting",
    ],
    [
      "it is not ready yet",
      resource({}, { ...taken, conditions: [condition("Ready", "False", "1 of 2")] }),
      "waiting",
    ],
    ["it is ready", resource({}, { ...taken, conditions: [condition("Ready", "True")] }), "ready"],
    [
      "a later intent is ready",
      resource({}, { ...taken, intentGeneration: 5, conditions: [condition("Ready", "True")] }),
      "ready",
    ],
    [
      "it is stalled",
      resource(
        {},
        { ...taken, conditions: [condition("Stalled", "True", "no"), condition("Ready", "False")] },
      ),
      "failed",
    ],
    [
      "it waits for a right",
      resource({}, { ...taken, conditions: [{ ...condition("Stalled", "True"), reason: "MissingRight" }] }),
      "waiting",
    ],
    [
      "an older spec was stalled",
      resource({}, { ...taken, observedGeneration: 2, conditions: [condition("Stalled", "True")] }),
      "waiting",
    ],
  ] as const)("%s", (_name, given, state) => {
    expect(readyVerdict(given as StyrminDeployment | undefined, 2).state).toBe(state);
  });

  test("a delete is stopped by a hook that failed in its own generation, and by nothing else", () => {
    const stalled = (reason: string) => ({
      intentGeneration: 4,
      conditions: [{ ...condition("Stalled", "True"), reason, message: "it broke" }],
    });
    const deleting = (reason: string) => resource({ phase: "Deleting" }, stalled(reason));
    expect(hookFailedAt(deleting("HookFailed"), 4)).toBe("HookFailed: it broke");
    expect(hookFailedAt(deleting("HookFailed"), 5)).toBeUndefined();
    expect(hookFailedAt(deleting("MissingRight"), 4)).toBeUndefined();
    expect(hookFailedAt(resource({ phase: "Running" }, stalled("HookFailed")), 4)).toBeUndefined();
    expect(hookFailedAt(undefined, 4)).toBeUndefined();
  });

  test("a delete is done only when its own generation is finalized", () => {
    const done = {
      intentGeneration: 4,
      conditions: [condition("Finalized", "True")],
      kept: ["env-demo/data"],
    };
    expect(finalizedAt(undefined, 4)).toBeUndefined();
    expect(finalizedAt(resource({ phase: "Running" }, done), 4)).toBeUndefined();
    expect(finalizedAt(resource({ phase: "Deleting" }, done), 5)).toBeUndefined();
    expect(finalizedAt(resource({ phase: "Deleting" }, { ...done, conditions: [] }), 4)).toBeUndefined();
    expect(finalizedAt(resource({ phase: "Deleting" }, done), 4)).toEqual({
      uid: "u",
      kept: ["env-demo/data"],
    });
  });
});
