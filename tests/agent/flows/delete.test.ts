import { expect, test } from "bun:test";
import { createDeleteFlow } from "../../../agent/flows/delete.ts";
import type { FlowContext } from "../../../agent/flows/run.ts";
import type { FlowTools } from "../../../agent/flows/tools.ts";
import type { StyrminDeployment } from "../../../kube/styrmin-deployment.ts";

const resourceOf = (reason: string, message: string, stalled: boolean) =>
  ({
    metadata: { name: "app", uid: "u" },
    spec: { phase: "Deleting", intentGeneration: 4 },
    status: {
      intentGeneration: 4,
      conditions: [
        { type: "Ready", status: "False", reason, message },
        { type: "Stalled", status: stalled ? "True" : "False", reason, message },
      ],
    },
  }) as unknown as StyrminDeployment;

test("a delete says what hook it waits for, and fails with the hook before anything is recorded", async () => {
  const states = [
    resourceOf("Deleting", "hook pre-delete Job a/b: it has not ended yet", false),
    resourceOf("MissingRight", "it may not delete secrets", true),
    resourceOf("HookFailed", "hook pre-delete Job a/b failed: it has not ended within 300 s", true),
  ];
  const said: string[] = [];
  const steps: string[] = [];
  const context = {
    task: { id: "t", kind: "DELETE", resourceName: "app", payload: {} },
    signal: new AbortController().signal,
    say: (line: string) => said.push(line),
    assertHeld() {},
    recorded: () => undefined,
    releaseIntent: async () => 4,
    step: async (name: string, work: (signal: AbortSignal) => Promise<unknown>) => {
      steps.push(name);
      return work(new AbortController().signal);
    },
  } as unknown as FlowContext;
  const tools = {
    namespace: "system",
    kube: { get: async () => undefined },
    resources: {
      // Each look sees the next state.
      async waitFor(_name: string, read: (resource: StyrminDeployment | undefined) => unknown) {
        for (const state of states) {
          const found = read(state);
          if (found !== undefined) return found;
        }
        throw new Error("it waits for more than there is");
      },
    },
  } as unknown as FlowTools;
  await expect(createDeleteFlow(tools)(context)).rejects.toThrow(
    "HookFailed: hook pre-delete Job a/b failed: it has not ended within 300 s; deleted again, it goes on without this hook",
  );
  expect(said.slice(0, 2)).toEqual([
    "hook pre-delete Job a/b: it has not ended yet",
    "it may not delete secrets",
  ]);
  expect(steps).toEqual(["release intent", "wait finalized"]);
});
