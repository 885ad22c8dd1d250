import { describe, expect, test } from "bun:test";
import {
  resourceStatusOf,
  statusOf,
  type StatusFacts,
  type StatusWord,
} from "../../../server/deploy/status.ts";

const condition = (type: string, status: string, reason: string, message = "") => ({
  type,
  status,
  reason,
  message,
  lastTransitionTime: "2026-01-01T00:00:00Z",
});
const ready = condition("Ready", "True", "Healthy");
const notReady = (reason: string) => condition("Ready", "False", reason, "because");
const stalled = condition("Stalled", "True", "RenderFailed", "a template failed");
const component = (ready: number, desired: number) => ({
  name: "server",
  ready,
  desired,
  state: "Ready",
  message: null,
});

/** Deployed, heard, observed and well. */
const well: StatusFacts = {
  phase: "RUNNING",
  releasedGeneration: 3,
  instanceId: "i3",
  activeInstanceId: "i3",
  activeVersion: "1.0.0 (driver 2)",
  silentMs: 1000,
  taskKind: "DEPLOY",
  taskState: "SUCCEEDED",
  taskReason: null,
  notDeleted: null,
  releasedByTask: false,
  blocker: null,
  taskWait: null,
  held: false,
  intentError: null,
  observedMs: 2000,
  observedPhase: "Running",
  observedIntentGeneration: 3,
  generation: 7,
  observedGeneration: 7,
  blindReason: null,
  conditions: [ready],
  components: [component(2, 2)],
};
const never: Partial<StatusFacts> = {
  observedMs: null,
  observedPhase: null,
  observedIntentGeneration: null,
  generation: null,
  observedGeneration: null,
  conditions: null,
  components: null,
};
const queued = { taskState: "QUEUED", held: true } as const;
const running = { taskState: "RUNNING", held: true } as const;
const failed = { taskState: "FAILED", taskReason: "it broke" } as const;
const upgradeFailed = { ...failed, taskKind: "UPGRADE" } as const;
const stopped: Partial<StatusFacts> = {
  phase: "STOPPED",
  observedPhase: "Stopped",
  conditions: [condition("Ready", "True", "Stopped")],
  components: [component(0, 0)],
};
const deleting = { phase: "DELETING", taskKind: "DELETE" } as const;

const table: [string, Partial<StatusFacts>, StatusWord, RegExp?, StatusWord?][] = [
  ["all is well", {}, "RUNNING", /as declared/],
  ["there is no component to count", { components: [] }, "RUNNING"],
  ["components are not reported", { components: null }, "RUNNING"],
  ["a higher generation than the declared was taken up", { observedIntentGeneration: 4 }, "RUNNING"],
  ["a component has more than it wants", { components: [component(3, 2)] }, "RUNNING"],
  ["the silence is just short of the limit", { silentMs: 29_999 }, "RUNNING"],
  ["an older deploy was superseded, the newest succeeded", { taskReason: null }, "RUNNING"],
  ["a delete was cancelled", { taskKind: "DELETE", taskState: "CANCELLED" }, "RUNNING"],
  ["an update of nothing was cancelled after it was activated", { taskState: "CANCELLED" }, "RUNNING"],
  ["Stalled is False", { conditions: [ready, condition("Stalled", "False", "Idle")] }, "RUNNING"],

  [
    "a delete failed before anything was deleted",
    { notDeleted: "1 jobs wait. Nothing of it was deleted" },
    "RUNNING",
    /well\. The last delete failed: 1 jobs wait\. Nothing of it was deleted\.$/,
  ],
  [
    "a delete failed, and what runs is told without a full stop",
    { notDeleted: "1 jobs wait", conditions: [notReady("Degraded")] },
    "DEGRADED",
    /because\. The last delete failed: 1 jobs wait\.$/,
  ],
  ["a delete waits", { ...deleting, ...queued }, "DELETING", /waits/],
  ["a delete runs", { ...deleting, ...running }, "DELETING", /being removed/],
  [
    "a delete waits for a hook",
    {
      ...{ ...deleting, ...running, observedPhase: "Deleting" },
      conditions: [condition("Ready", "False", "Deleting", "hook pre-delete Job a/b: it has not ended yet")],
    },
    "DELETING",
    /being removed: hook pre-delete Job a\/b: it has not ended yet\.$/,
  ],
  [
    "a delete runs, and its resource does not know yet",
    { ...deleting, ...running, conditions: [notReady("Degraded")] },
    "DELETING",
    /being removed\.$/,
  ],
  ["a delete failed", { ...deleting, ...failed }, "DELETING", /delete failed: it broke.*again/],
  ["a delete waits and the agent is silent", { ...deleting, ...queued, silentMs: 90_000 }, "DELETING"],
  [
    "a delete waits for an agent that was never seen",
    { ...deleting, ...queued, ...never, silentMs: null },
    "DELETING",
    /never seen/,
  ],
  ["it is stalled and deleted", { ...deleting, ...running, conditions: [stalled] }, "DELETING"],

  ["the agent is silent at the limit", { silentMs: 30_000 }, "UNKNOWN", /silent for 30 s/, "RUNNING"],
  ["the agent is silent long", { silentMs: 3_600_000 }, "UNKNOWN", /3600 s/, "RUNNING"],
  [
    "the agent is silent, the last deploy failed",
    { ...failed, silentMs: 30_001 },
    "UNKNOWN",
    undefined,
    "FAILED",
  ],
  ["the agent is silent, it was stopped", { ...stopped, silentMs: 30_001 }, "UNKNOWN", undefined, "STOPPED"],
  [
    "the agent is silent, a deploy was under way",
    { ...running, silentMs: 30_001 },
    "UNKNOWN",
    undefined,
    "DEPLOYING",
  ],
  [
    "the agent is silent, something was not well",
    { silentMs: 30_001, conditions: [notReady("Degraded")] },
    "UNKNOWN",
    undefined,
    "DEGRADED",
  ],
  [
    "the agent is heard and has long not reported",
    { observedMs: 45_000 },
    "UNKNOWN",
    /not reported for 45 s/,
    "RUNNING",
  ],
  [
    "the agent is heard and has long not seen the resources",
    { observedMs: 45_000, blindReason: "the API server does not answer" },
    "UNKNOWN",
    /not seen its resource for 45 s: the API server does not answer/,
    "RUNNING",
  ],
  ["the agent has not seen the resources for a moment", { blindReason: "no answer" }, "RUNNING"],
  [
    "the agent is silent, nothing was ever observed",
    { ...never, ...queued, silentMs: 30_001 },
    "UNKNOWN",
    undefined,
    "DEPLOYING",
  ],

  ["the last deploy failed", failed, "FAILED", /deploy failed: it broke\./],
  ["the last deploy failed without a reason", { taskState: "FAILED" }, "FAILED", /deploy failed\./],
  [
    "the last upgrade failed and what ran before runs",
    upgradeFailed,
    "FAILED",
    /^Version 1\.0\.0 \(driver 2\) runs; the last upgrade failed: it broke\.$/,
  ],
  ...(
    [
      ["it is not back", { instanceId: "i4" }],
      ["it is not taken up yet", { observedIntentGeneration: 2 }],
      ["it is not ready", { conditions: [notReady("Degraded")] }],
      ["a replica is missing", { components: [component(1, 2)] }],
      ["it is stopped", stopped],
      ["nothing was observed", never],
    ] as const
  ).map(([why, facts]): (typeof table)[number] => [
    `the last upgrade failed, and ${why}`,
    { ...upgradeFailed, ...facts } as Partial<StatusFacts>,
    "FAILED",
    /^The last upgrade failed: it broke\.$/,
  ]),
  ["the last deploy failed, all of the former is well", { ...failed, instanceId: "i4" }, "FAILED"],
  [
    "the first deploy expired, no agent was ever seen",
    { ...failed, ...never, silentMs: null, activeInstanceId: null },
    "FAILED",
  ],
  ["the last deploy failed and it is stopped", { ...failed, ...stopped }, "FAILED"],
  [
    "the last deploy was cancelled",
    { taskState: "CANCELLED", instanceId: "i4" },
    "FAILED",
    /cancelled.*Update/,
  ],
  ["it is stalled", { conditions: [stalled] }, "FAILED", /RenderFailed: a template failed/],
  [
    "it is stalled while its flow waits for Ready",
    { ...running, held: false, conditions: [stalled] },
    "FAILED",
  ],
  ["it is stalled and Ready at once", { conditions: [ready, stalled] }, "FAILED"],

  ["it is stopped", stopped, "STOPPED", /as wanted/],
  ["it is stopped and has no components", { ...stopped, components: [] }, "STOPPED"],
  ["it is stopped and an update waits", { ...stopped, ...queued }, "STOPPED"],

  ["it is being stopped", { ...stopped, observedIntentGeneration: 2 }, "DEPLOYING", /not taken up/],
  [
    "it is being stopped, the operator is at it",
    { ...stopped, conditions: [notReady("Progressing")] },
    "DEPLOYING",
    /Progressing: because/,
  ],
  [
    "it is to be stopped, the resource still says Running",
    { ...stopped, observedPhase: "Running" },
    "DEPLOYING",
  ],
  [
    "no agent was ever seen",
    { ...never, ...queued, silentMs: null, activeInstanceId: null },
    "DEPLOYING",
    /never seen/,
  ],
  [
    "an upgrade waits for its pods",
    { ...running, taskKind: "UPGRADE", taskWait: { step: "wait ready", said: "pod a: CrashLoopBackOff." } },
    "DEPLOYING",
    /^An upgrade is under way, in wait ready: pod a: CrashLoopBackOff\.$/,
  ],
  ["a deploy waits", queued, "DEPLOYING", /waits/],
  [
    "a deploy waits for another one",
    {
      ...queued,
      blocker: {
        id: "t1",
        kind: "DEPLOY",
        step: "wait ready",
        said: "no key tokn in Secret x.",
        hasActions: false,
        isActedUpon: false,
      },
    },
    "DEPLOYING",
    /^A deploy waits for the task t1 \(deploy, in wait ready: no key tokn in Secret x\); `styrminctl tasks cancel t1` ends it\.$/,
  ],
  [
    "a deploy waits for actions",
    {
      ...queued,
      blocker: {
        id: "t1",
        kind: "UPGRADE",
        step: "upgrade/pre a",
        said: null,
        hasActions: true,
        isActedUpon: true,
      },
    },
    "DEPLOYING",
    /^A deploy waits for the task t1 \(upgrade, in upgrade\/pre a\), whose actions are not cut off; `styrminctl/,
  ],
  [
    "a deploy with actions waits for a stuck one",
    {
      ...queued,
      blocker: { id: "t1", kind: "DEPLOY", step: null, said: null, hasActions: false, isActedUpon: true },
    },
    "DEPLOYING",
    /^A deploy waits for the task t1 \(deploy\), since its own actions must not meet what is half brought about; `/,
  ],
  [
    "a removal waits for a test",
    {
      ...deleting,
      ...queued,
      blocker: { id: "t1", kind: "TEST", step: null, said: null, hasActions: false, isActedUpon: false },
    },
    "DELETING",
    /^Its removal waits for the task t1 \(test\); /,
  ],
  ["a deploy runs", running, "DEPLOYING", /under way/],
  [
    "a deploy waits again after a crash",
    { ...queued, taskReason: "its agent ended." },
    "DEPLOYING",
    /its agent ended\.$/,
  ],
  ["a new deploy runs after one that stalled", { ...running, conditions: [stalled] }, "DEPLOYING"],
  ["nothing was observed yet", never, "DEPLOYING", /not observed/],
  ["the observed intent is behind", { observedIntentGeneration: 2 }, "DEPLOYING", /not taken up/],
  ["the observed status is of an older generation", { observedGeneration: 6 }, "DEPLOYING", /not taken up/],
  ["there are no conditions yet", { conditions: [] }, "DEPLOYING", /not reported/],
  ["it is not ready yet", { conditions: [notReady("NewGeneration")] }, "DEPLOYING", /NewGeneration/],
  ["it progresses", { conditions: [notReady("Progressing")] }, "DEPLOYING"],
  [
    "a stalled one was changed and is not taken up",
    { conditions: [stalled], observedIntentGeneration: 2 },
    "DEPLOYING",
  ],
  [
    "its resource cannot be written",
    { ...never, intentError: "refused" },
    "DEPLOYING",
    /cannot be written yet: refused/,
  ],
  [
    "a deploy waits for its resource, which cannot be written",
    { ...never, taskState: "RUNNING", intentError: "field not declared" },
    "DEPLOYING",
    /cannot be written yet: field not declared\.$/,
  ],
  [
    "a deploy is about to replace what cannot be written",
    { ...never, ...running, intentError: "refused" },
    "DEPLOYING",
    /deploy is under way\.$/,
  ],
  [
    "an action waits for a version on the way, which cannot be written",
    { ...never, ...running, releasedByTask: true, intentError: "refused" },
    "DEPLOYING",
    /cannot be written yet: refused\.$/,
  ],
  [
    "a delete waits for its resource, which cannot be written",
    { ...deleting, taskState: "RUNNING", intentError: "no access", observedIntentGeneration: 2 },
    "DELETING",
    /cannot be written yet: no access\.$/,
  ],

  ["something is not well", { conditions: [notReady("Degraded")] }, "DEGRADED", /Degraded: because/],
  ["drift is repaired", { conditions: [notReady("DriftRepair")] }, "DEGRADED"],
  ["the operator retries", { conditions: [notReady("Retrying")] }, "DEGRADED"],
  ["fields are contested", { conditions: [notReady("Conflict")] }, "DEGRADED"],
  ["readiness is unknown", { conditions: [condition("Ready", "Unknown", "Degraded")] }, "DEGRADED"],
  ["a component lacks replicas", { components: [component(2, 2), component(1, 2)] }, "DEGRADED", /1 of 2/],
];

describe("the status word", () => {
  for (const [name, facts, word, reason, lastKnown] of table) {
    test(`${word} when ${name}`, () => {
      const status = statusOf({ ...well, ...facts }, 30_000);
      expect(status).toMatchObject({ word, lastKnown: lastKnown ?? null });
      expect(status.reason).toMatch(reason ?? /\S/);
    });
  }
  test("the table is long enough", () => expect(table.length).toBeGreaterThanOrEqual(40));
});

describe("the word for what is in the cluster", () => {
  const neverReleased = { ...failed, ...never, releasedGeneration: 0, activeInstanceId: null };
  test.each<[string, Partial<StatusFacts>, StatusWord, RegExp]>([
    ["all is well", {}, "RUNNING", /as declared/],
    ["a deploy failed before, and all is well", failed, "RUNNING", /as declared/],
    ["a deploy failed before, and it is stopped", { ...failed, ...stopped }, "STOPPED", /as wanted/],
    [
      "a deploy failed, and it stops",
      { ...failed, ...stopped, observedIntentGeneration: 2 },
      "DEPLOYING",
      /taken up/,
    ],
    [
      "a deploy was cancelled, and it is stopped",
      { ...stopped, taskState: "CANCELLED", instanceId: "i4" },
      "STOPPED",
      /wanted/,
    ],
    [
      "a deploy failed, and pods are missing",
      { ...failed, components: [component(1, 2)] },
      "DEGRADED",
      /1 of 2/,
    ],
    [
      "a deploy failed, and the operator cannot go on",
      { ...failed, conditions: [stalled] },
      "FAILED",
      /a template failed/,
    ],
    ["a deploy is under way", { ...running, ...stopped, observedPhase: "Running" }, "DEPLOYING", /under way/],
    ["the first deploy failed before anything was there", neverReleased, "FAILED", /it broke/],
    ["that, and it is to be stopped", { ...neverReleased, phase: "STOPPED" }, "STOPPED", /Nothing of it/],
    ["its delete failed", { ...deleting, ...failed }, "DELETING", /delete failed/],
    [
      "a right is missing, which somebody may grant",
      { conditions: [notReady("MissingRight"), condition("Stalled", "True", "MissingRight", "because")] },
      "DEGRADED",
      /MissingRight: because/,
    ],
    [
      "it was edited by hand, which the server puts right",
      { conditions: [notReady("EditedByHand"), condition("Stalled", "True", "EditedByHand", "because")] },
      "DEGRADED",
      /EditedByHand: because/,
    ],
    ["a deploy failed and the agent is silent", { ...failed, silentMs: 30_001 }, "UNKNOWN", /silent/],
  ])("when %s", (_, facts, word, reason) => {
    const status = resourceStatusOf({ ...well, ...facts }, 30_000);
    expect([status.word, status.reason]).toEqual([word, expect.stringMatching(reason)]);
  });
});
