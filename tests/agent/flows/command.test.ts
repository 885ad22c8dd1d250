import { afterAll, expect, spyOn, test } from "bun:test";
import { runCommand } from "../../../agent/flows/command.ts";
import type { FlowContext } from "../../../agent/flows/run.ts";
import type { FlowTools } from "../../../agent/flows/tools.ts";
import { KubeError } from "../../../kube/errors.ts";
import type { StyrminDeployment } from "../../../kube/styrmin-deployment.ts";
import type { KubeObject } from "../../../kube/types.ts";

const never = new AbortController().signal;
const resource = { spec: { deploymentId: "d", targetNamespace: "n" } } as StyrminDeployment;
const outcome = { exitCode: 0, stdout: "", stderr: "" };
const podOf = (name: string) =>
  ({
    metadata: { name, namespace: "n" },
    spec: { containers: [{ name: "main" }] },
    status: { phase: "Running", conditions: [{ type: "Ready", status: "True" }] },
  }) as unknown as KubeObject;

const realNow = performance.now.bind(performance);
let laterMs = 0;
const clock = spyOn(performance, "now").mockImplementation(() => realNow() + laterMs);
afterAll(() => clock.mockRestore());

/** Runs a command where lists of pods answer so one after the other; tells the pods in which it was begun. */
async function run(lists: (() => KubeObject[])[], isGone = (_: string) => false) {
  const begun: string[] = [];
  const kube = {
    list: async () => ({ items: lists.shift()!() }),
    async exec({ name }: { name: string }) {
      begun.push(name);
      if (isGone(name)) throw new KubeError(404, "UpgradeRefused", "response: 404");
      return outcome;
    },
  };
  const context = { say: () => {}, assertHeld: () => {} } as unknown as FlowContext;
  const tools = { kube, actions: { timeoutMs: 5_000 } } as unknown as FlowTools;
  const answer = await runCommand(context, tools, resource, { component: "web", command: ["run"] }, never);
  expect(answer).toEqual(outcome);
  return begun;
}

test("a command has a minute for its pod, in which the API being away does not count", async () => {
  const away = () => {
    laterMs += 120_000;
    throw new KubeError(0, "Unreachable", "no connection");
  };
  const none = () => [];
  const found = () => [podOf("web-0")];
  expect(await run([none, away, none, away, found])).toEqual(["web-0"]);
});

test("a command is begun in another pod when the first has gone", async () => {
  const lists = [() => [podOf("web-0")], () => [podOf("web-1")]];
  expect(await run(lists, (name) => name === "web-0")).toEqual(["web-0", "web-1"]);
});
