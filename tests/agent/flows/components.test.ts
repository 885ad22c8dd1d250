import { describe, expect, test } from "bun:test";
import { componentsBehind, needComponents } from "../../../agent/flows/components.ts";
import { redactOf, told } from "../../../agent/flows/redact.ts";
import { whileWaiting } from "../../../agent/flows/waiting.ts";
import type { StyrminDeployment } from "../../../kube/styrmin-deployment.ts";

function resource(components: object[], { observed = 3, spec = {}, conditions = [] as object[] } = {}) {
  return {
    metadata: { name: "x", generation: 3 },
    spec: { phase: "Running", components: { web: {}, worker: {} }, ...spec },
    status: { observedGeneration: observed, components, conditions },
  } as unknown as StyrminDeployment;
}
const web = (ready: number, state: string, message?: string) => ({
  name: "web",
  desired: 2,
  ready,
  state,
  message,
});
const none = { name: "web", desired: 0, ready: 0, state: "Stopped" };
const generation = 3;

describe("what is behind of components", () => {
  test.each([
    ["no resource", undefined, { generation }, "the resource is not there"],
    [
      "an older generation",
      resource([web(2, "Ready")], { observed: 2 }),
      { generation },
      "the operator has not seen it yet",
    ],
    [
      "a generation to come",
      resource([web(2, "Ready")]),
      { generation: 4 },
      "the operator has not seen it yet",
    ],
    ["one that is not observed", resource([]), { generation }, "web is not observed yet"],
    ["ready", resource([web(2, "Ready")]), { generation }, undefined],
    ["fewer", resource([web(1, "Ready")]), { generation }, "web has 1 of 2 replicas ready"],
    [
      "on its way, with a word",
      resource([web(2, "Progressing", "a pod waits")]),
      { generation },
      "web: a pod waits",
    ],
    ["none where none are wanted", resource([none]), { generation }, undefined],
    [
      "none where some are wanted",
      resource([web(0, "Stopped")]),
      { generation },
      "web has 0 of 2 replicas ready",
    ],
    [
      "none by a status from before",
      resource([none], {
        conditions: [{ type: "Ready", reason: "NewGeneration", message: "it is being rendered" }],
      }),
      { generation },
      "NewGeneration: it is being rendered",
    ],
    ["stopped", resource([web(0, "Stopped")]), { generation, stopped: true }, undefined],
    [
      "ending",
      resource([web(0, "Progressing")]),
      { generation, stopped: true },
      "web has 0 of 2 replicas ready",
    ],
    [
      "started while the whole is stopped",
      resource([web(0, "Stopped")], { spec: { phase: "Stopped" } }),
      { generation },
      undefined,
    ],
  ])("%s", (_, given, wanted, behind) => {
    expect(componentsBehind(given, ["web"], wanted)).toBe(behind);
  });

  test("fails when the operator cannot go on", () => {
    const conditions = [{ type: "Stalled", status: "True", reason: "Unhealthy", message: "it broke" }];
    const stalled = resource([web(0, "Failed")], { conditions });
    expect(() => componentsBehind(stalled, ["web"], { generation })).toThrow("Unhealthy: it broke");
    expect(componentsBehind(stalled, ["web"], { generation, stopped: true })).toBeUndefined();
  });

  test.each(["MissingRight", "EditedByHand"])(
    "waits while the operator will go on by itself: %s",
    (reason) => {
      const conditions = [{ type: "Stalled", status: "True", reason, message: "not now" }];
      const stalled = resource([web(0, "Progressing")], { conditions });
      expect(componentsBehind(stalled, ["web"], { generation })).toBe(`${reason}: not now`);
    },
  );

  test("names what there is for a name that is none", () => {
    expect(() => needComponents(resource([]), ["web", "wrker"])).toThrow(
      'there is no component "wrker"; there are web, worker',
    );
  });
});

describe("what is waited for", () => {
  const { signal } = new AbortController();
  async function saidOf(work: (tell: (behind: string) => void) => Promise<void>, own = signal) {
    const said: string[] = [];
    const waiting = { for: undefined as string | undefined };
    const context = { say: (line: string) => void said.push(line) };
    await whileWaiting(context, waiting, work, own, { afterMs: 5 }).catch(() => {});
    return { said, left: waiting.for };
  }

  test("is not said of what comes soon", async () => {
    expect(await saidOf(async (tell) => tell("web"))).toEqual({ said: [], left: undefined });
  });

  test("is said once for each new text when it takes long", async () => {
    const work = async (tell: (behind: string) => void) => {
      for (const behind of ["first", "web", "web"]) tell(behind);
      await Bun.sleep(50);
      for (const behind of ["web", "worker", "worker"]) tell(behind);
    };
    expect((await saidOf(work)).said).toEqual(["waiting: web", "waiting: worker"]);
  });

  test("is left of a run whose time is over", async () => {
    const work = async (tell: (behind: string) => void) => {
      tell("web");
      throw new Error("over");
    };
    expect((await saidOf(work, AbortSignal.abort())).left).toBe("web");
    expect((await saidOf(work)).left).toBeUndefined();
  });
});

describe("what must not be told", () => {
  test("is taken out, the longest first, and short values are left", () => {
    const redact = redactOf(["hunter2", "hunter22", "abc", "", "hunter2"]);
    expect(redact("hunter22, hunter2 and abc")).toBe("•••, ••• and abc");
  });

  test("is taken out before line ends are, which a secret may have", () => {
    expect(told(redactOf(["hunter2\n"]), "no: hunter2\n")).toBe("no: •••");
    expect(told(redactOf(["hunter2\n"]), "no: hunter2, it says")).toBe("no: •••, it says");
    expect(told(redactOf([]), "9 is kept\n  for alarms\r\n\n")).toBe("9 is kept\n  for alarms");
  });
});
