import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { assess } from "../../../agent/operator/assess.ts";
import { holdOutOf } from "../../../agent/operator/hold-out.ts";
import type { StyrminDeployment } from "../../../kube/styrmin-deployment.ts";
import type { KubeObject } from "../../../kube/types.ts";
import { type Rig, startRig, webApp } from "./rig.ts";

const now = Date.parse("2026-01-01T00:10:00Z");
const ago = (seconds: number) => new Date(now - seconds * 1000).toISOString();
const ran = (seconds: number, more: object = {}) => ({
  terminated: { exitCode: 1, startedAt: ago(300 + seconds), finishedAt: ago(300), ...more },
});
const running = (seconds: number) => ({ running: { startedAt: ago(seconds) } });
const once = { restartCount: 1, lastState: ran(0) };

function pod(container: object, { phase = "Running", ...status }: Record<string, unknown> = {}): KubeObject {
  const metadata = { name: "p", labels: { app: "worker" } };
  const containerStatuses = [{ name: "main", ...container }];
  return { apiVersion: "v1", kind: "Pod", metadata, status: { phase, containerStatuses, ...status } };
}

const table: [string, KubeObject, number | undefined][] = [
  ["one that was never restarted", pod({ restartCount: 0, state: running(0) }), undefined],
  ["one that is just starting", pod({ state: { waiting: { reason: "ContainerCreating" } } }), undefined],
  ["one that has just been restarted", pod({ ...once, state: running(1) }), 9],
  ["one that has held out", pod({ ...once, state: running(10) }), undefined],
  ["one that ran 4 s before", pod({ restartCount: 3, lastState: ran(4), state: running(10) }), 4],
  ["one that ran 50 s before", pod({ restartCount: 3, lastState: ran(50), state: running(10) }), 50],
  ["one that ran long before", pod({ restartCount: 3, lastState: ran(51), state: running(9) }), 1],
  ["one of whose last run nothing is kept", pod({ restartCount: 3, lastState: {}, state: running(9) }), 1],
  ["one that waits between two runs", pod({ ...once, state: { waiting: {} } }), Number.POSITIVE_INFINITY],
  ["one that has just ended", pod({ restartCount: 0, state: ran(0) }), Number.POSITIVE_INFINITY],
  ["one of a pod that was evicted", pod({ ...once, state: ran(0) }, { phase: "Failed" }), undefined],
  [
    "one that its node lost",
    pod({ restartCount: 1, lastState: ran(0, { reason: "ContainerStatusUnknown" }), state: running(1) }),
    undefined,
  ],
  ["one of a node whose clock is ahead", pod({ ...once, state: running(-60) }), undefined],
  [
    "a sidecar",
    pod({ state: running(99) }, { initContainerStatuses: [{ name: "side", ...once, state: running(1) }] }),
    9,
  ],
  [
    "what goes first, which failed and then succeeded",
    pod(
      { state: running(1) },
      { initContainerStatuses: [{ ...once, state: { terminated: { exitCode: 0 } } }] },
    ),
    undefined,
  ],
];

describe("how long a container has yet to hold out", () => {
  test.each(table)("%s", (_, found, seconds) => {
    expect(holdOutOf([found], now)?.leftMs).toBe(seconds === undefined ? undefined! : seconds * 1000);
  });

  test("of several pods the one that takes longest counts", () => {
    const pods = [4, 1, 9].map((seconds) => pod({ ...once, state: running(seconds) }));
    expect(holdOutOf(pods, now)).toEqual({
      message:
        "pod p: container main ended (exit code 1, restarted once; see its log) and has yet to hold out for 10 s",
      leftMs: 9_000,
    });
  });
});

test("a Deployment that says it is ready is not healthy between two crashes of its pod", () => {
  const counts = { replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1 };
  const live: KubeObject = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "worker", uid: "d", generation: 1 },
    spec: { replicas: 1, selector: { matchLabels: { app: "worker" } }, template: {} },
    status: { observedGeneration: 1, ...counts },
  };
  const resource = { spec: { phase: "Running", components: {} } } as unknown as StyrminDeployment;
  const assessed = (state: object, wasReady = false) => {
    const pods = [pod({ restartCount: 2, lastState: ran(4), state })];
    return assess(resource, { objects: [{ wanted: live, live }], pods, now }, wasReady);
  };
  const told = "Deployment worker: pod p: container main ended (exit code 1, restarted 2 times; see its log)";
  expect(assessed(running(2))).toMatchObject({
    verdict: { reason: "Progressing", message: `${told} and has yet to hold out for 14 s` },
    ready: 0,
    againMs: 12_000,
  });
  expect(assessed(ran(4), true).verdict).toEqual({ reason: "Degraded", message: told });
  expect(assessed(running(14))).toMatchObject({
    verdict: { reason: "Healthy" },
    ready: 1,
    againMs: Number.POSITIVE_INFINITY,
  });
});

describe("an operator", () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig();
  });
  afterAll(() => rig.stop());

  test("looks again when a pod has held out, though nothing else happens then", async () => {
    rig.startOperator();
    await rig.publish({ name: "worker", digest: rig.driver({ "app.yaml": webApp }) });
    await rig.until("worker", "Ready", "True");
    const pods = { group: "", resource: "pods" };
    const [found] = (await rig.kube.list({ apiVersion: "v1", kind: "Pod" }, { namespace: rig.target })).items;
    const { name } = found!.metadata;
    const says = (change: object) => {
      const current = rig.cluster.api.get(pods, name, rig.target)!;
      const [container] = current.status.containerStatuses;
      const containerStatuses = [{ ...container, ...change }];
      rig.cluster.api.updateStatus(pods, { ...current, status: { ...current.status, containerStatuses } });
    };
    const time = new Date(Date.now() - 8_000).toISOString();
    const terminated = { exitCode: 1, startedAt: time, finishedAt: time };
    says({ state: { terminated } });
    await rig.until("worker", "Ready", "False", "Degraded");
    says({ restartCount: 1, lastState: { terminated }, state: { running: { startedAt: time } } });
    await rig.until("worker", "Ready", "True");
  });
});
