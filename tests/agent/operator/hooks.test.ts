import { describe, expect, test } from "bun:test";
import { goingState, hookState } from "../../../agent/operator/hook-state.ts";
import { hookRuleOf, hooksFor, isToBeKept, keepRandom } from "../../../drivers/kit/index.ts";
import type { KubeObject } from "../../../kube/types.ts";

const object = (kind: string, name: string, more: Record<string, unknown> = {}): KubeObject => ({
  apiVersion: "v1",
  kind,
  metadata: { name, uid: name },
  ...more,
});
const hook = (name: string, annotations: Record<string, string>) => ({
  ...object("Job", name),
  metadata: {
    name,
    annotations: Object.fromEntries(
      Object.entries(annotations).map(([key, value]) => [`helm.sh/${key}`, value]),
    ),
  },
});

describe("what an object says of itself as a hook", () => {
  const rule = (annotations: Record<string, string>) => hookRuleOf(hook("a", annotations));
  const byDefault = ["before-hook-creation" as const];
  test.each([
    [{}, undefined],
    [{ hook: "pre-install" }, { events: ["pre-install"], weight: 0, deletePolicies: byDefault }],
    [
      { hook: "Pre-Install, post-upgrade ", "hook-weight": "-5" },
      { events: ["pre-install", "post-upgrade"], weight: -5, deletePolicies: byDefault },
    ],
    [{ hook: "test-success" }, { events: ["test"], weight: 0, deletePolicies: byDefault }],
    [
      { hook: "test", "hook-weight": "heavy" },
      { events: ["test"], weight: 0, deletePolicies: byDefault },
    ],
    [
      { hook: "pre-delete", "hook-delete-policy": "hook-succeeded, hook-failed, nonsense" },
      { events: ["pre-delete"], weight: 0, deletePolicies: ["hook-succeeded", "hook-failed"] },
    ],
    [{ hook: "crd-install" }, null],
    [{ hook: "pre-install,nonsense" }, null],
    [{ hook: "" }, null],
  ] as const)("%o", (annotations, expected) => expect(rule(annotations)).toEqual(expected as never));

  test("gives the order: by weight, then by name", () => {
    const hooks = [
      hook("z", { hook: "pre-install", "hook-weight": "-1" }),
      hook("b", { hook: "pre-install" }),
      hook("a", { hook: "pre-install,pre-upgrade" }),
      hook("late", { hook: "pre-install", "hook-weight": "10" }),
      hook("other", { hook: "post-install" }),
    ];
    expect(hooksFor(hooks, "pre-install").map(({ metadata }) => metadata.name)).toEqual([
      "z",
      "a",
      "b",
      "late",
    ]);
    expect(hooksFor(hooks, "pre-upgrade").map(({ metadata }) => metadata.name)).toEqual(["a"]);
  });

  test("says whether it is to be kept", () => {
    expect(isToBeKept(hook("a", { "resource-policy": " Keep" }))).toBe(true);
    expect(isToBeKept(hook("a", { "resource-policy": "delete" }))).toBe(false);
    expect(isToBeKept(hook("a", {}))).toBe(false);
  });
});

describe("how far a hook is", () => {
  const job = (...conditions: object[]) => object("Job", "a", { status: { conditions } });
  const pod = (phase: string, exitCode = 0) =>
    object("Pod", "a", {
      status: { phase, containerStatuses: [{ name: "main", state: { terminated: { exitCode } } }] },
    });
  const cases: [string, KubeObject | undefined, number | undefined, string, string][] = [
    ["a Job without a word", job(), undefined, "running", ""],
    ["a Job that is suspended", job({ type: "Suspended", status: "True" }), undefined, "running", ""],
    ["a Job that is complete", job({ type: "Complete", status: "True" }), 1_000, "succeeded", ""],
    [
      "a Job that failed",
      job({ type: "Failed", status: "True", message: "too often" }),
      undefined,
      "failed",
      "too often",
    ],
    ["a Job that takes too long", job(), 1_000, "failed", "it has not ended within 1 s"],
    ["a Pod at work", pod("Running"), undefined, "running", ""],
    ["a Pod that is done", pod("Succeeded"), undefined, "succeeded", ""],
    ["a Pod that failed", pod("Failed", 3), undefined, "failed", "container main ended with code 3"],
    ["anything else", object("ConfigMap", "a"), undefined, "succeeded", ""],
    ["one that is gone", undefined, undefined, "failed", "what it did is not known"],
    [
      "another one of the name",
      { ...job(), metadata: { name: "a", uid: "b" } },
      undefined,
      "failed",
      "what it did is not known",
    ],
  ];
  test.each(cases)("%s", (_, live, overMs, word, message) => {
    const state = hookState(live, "a", overMs);
    expect(state.word).toBe(word as never);
    if (message) expect("message" in state && state.message).toContain(message);
  });
});

test("what an earlier run left is waited for as long as a hook", () => {
  expect(goingState()).toMatchObject({ word: "running" });
  expect(goingState(1_000)).toEqual({
    word: "failed",
    message: "what an earlier run left has not gone within 1 s; look at its finalizers",
  });
});

describe("what a chart makes at random", () => {
  const secret = (data: Record<string, string>) => object("Secret", "s", { data });
  const web = (annotations: Record<string, string>, replicas = 1) =>
    object("Deployment", "w", { spec: { replicas, template: { metadata: { annotations } } } });

  test("is taken from before, and nothing else is", () => {
    const once = [secret({ password: "r1", user: "new" }), web({ sum: "r1", mode: "new" }, 2)];
    const again = [secret({ password: "r2", user: "new" }), web({ sum: "r2", mode: "new" }, 2)];
    const before = [secret({ password: "r0", user: "new" }), web({ sum: "r0", mode: "old" }, 1)];
    expect(keepRandom(once, again, before)).toEqual([
      secret({ password: "r0", user: "new" }),
      web({ sum: "r0", mode: "new" }, 2),
    ]);
  });

  test("is new where nothing was before, and a checksum is new when data changed", () => {
    const once = [secret({ password: "r1", user: "new" }), web({ sum: "r1" })];
    const again = [secret({ password: "r2", user: "new" }), web({ sum: "r2" })];
    expect(keepRandom(once, again, [])).toEqual(once);
    const before = [secret({ password: "r0", user: "old" }), web({ sum: "r0" })];
    expect(keepRandom(once, again, before)).toEqual([
      secret({ password: "r0", user: "new" }),
      web({ sum: "r1" }),
    ]);
  });

  test("in lists is taken from lists of the same length only", () => {
    const hooks = (...bundles: string[]) =>
      object("MutatingWebhookConfiguration", "m", { webhooks: bundles.map((caBundle) => ({ caBundle })) });
    expect(keepRandom([hooks("a", "b")], [hooks("c", "d")], [hooks("x", "y")])).toEqual([hooks("x", "y")]);
    expect(keepRandom([hooks("a", "b")], [hooks("c", "d")], [hooks("x")])).toEqual([hooks("a", "b")]);
  });

  describe("in a text", () => {
    const config = (text: string) => object("ConfigMap", "c", { data: { text } });
    const sealed = (text: string) => secret({ text: Buffer.from(text).toString("base64") });
    const pem = (key: string, date: string) => `-----BEGIN KEY-----\n${key}\n${date}\n-----END KEY-----`;
    /** With `*` where something random of this length is. */
    const kept = (wrap: typeof config, old: string, now: string, random = ["aaaaaa", "bbbbbb", "cccccc"]) => {
      const [had, one, other] = [old, now, now].map((text, at) => wrap(text.replaceAll("*", random[at]!)));
      return { found: keepRandom([one!], [other!], [had!]), had: had! };
    };

    test.each([
      ["a line that changes", "key=*\nlevel=info", "key=*\nlevel=debug"],
      ["a line that comes before", "key=*\nlevel=info", "mode=ü\nkey=*\nlevel=info"],
      ["a line that comes after", "key=*", "key=*\nlevel=info"],
      ["a line that goes", "mode=a\nkey=*\nlevel=info", "key=*\nlevel=info"],
      ["what follows in the line", "postgres://u:*@one/db", "postgres://u:*@two.example/db"],
      ["what is before in the line", "redis://one?password=*", "redis://two.example?password=*"],
      ["another value in the line", '{"key":"*","level":"info"}', '{"key":"*","level":"debug"}'],
      ["lines that change places", "a: *\nb: *", "b: *\nlevel: info\na: *"],
    ])("%s arrives, and what is random stays", (_, old, now) => {
      for (const wrap of [config, sealed])
        expect(kept(wrap, old, now).found).toEqual([wrap(now.replaceAll("*", "aaaaaa"))]);
    });

    test.each([
      ["a random line without a name", "*\nlevel=info", "*\nlevel=debug"],
      ["another name before it", "one=*\nlevel=info", "two=*\nlevel=debug"],
      ["two that look alike", "[a]\nkey=*\n[b]\nkey=*", "[b]\nkey=*\n[a]\nkey=*\nlevel=info"],
      ["one more of those", "[a]\nkey=*\n", "[a]\nkey=*\n[b]\nkey=*"],
      ["another form of the line", "key=*", 'key="*"\nlevel=info'],
      ["a key with lines of its own", pem("*", "Monday"), pem("*", "Tuesday")],
      ["one that may have been a setting", "[a]\nkey=abcdef", "[a]\nkey=abcdef\n[b]\nkey=*"],
      ["one after another random one", "key=*/*\nlevel=info", "key=*/*\nlevel=debug"],
    ])("all of it stays when it is not certain where it was: %s", (_, old, now) => {
      for (const wrap of [config, sealed]) {
        const { found, had } = kept(wrap, old, now);
        expect(found).toEqual([had]);
      }
    });

    test("all of it stays when what is random has another length, or is bytes", () => {
      for (const wrap of [config, sealed]) {
        const { found, had } = kept(wrap, "key=*\nlevel=info", "key=*\nlevel=debug", ["a", "bb", "cc"]);
        expect(found).toEqual([had]);
      }
      const bytes = (...of: number[]) => secret({ text: Buffer.from(of).toString("base64") });
      const [one, other, had] = [bytes(0xff, 0, 10, 1), bytes(0xff, 0, 10, 2), bytes(0xff, 9, 10, 3)];
      expect(keepRandom([one], [other], [had])).toEqual([had]);
    });

    test("a UUID stays as it is, also when a part of it is the same twice", () => {
      const uuids = ["11111111-2222", "33333333-4444", "55555555-4444"];
      expect(kept(config, "id: *\na: 1", "id: *\na: 2", uuids).found).toEqual([
        config("id: 11111111-2222\na: 2"),
      ]);
    });
  });
});
