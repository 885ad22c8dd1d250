import { expect, test } from "bun:test";
import { assess } from "../../../agent/operator/assess.ts";
import { newestWarnings } from "../../../agent/operator/warnings.ts";
import type { StyrminDeployment } from "../../../kube/styrmin-deployment.ts";
import type { KubeObject } from "../../../kube/types.ts";

const event = (
  uid: string,
  reason: string,
  message: string,
  second: number,
  more: object = {},
): KubeObject => ({
  apiVersion: "v1",
  kind: "Event",
  metadata: { name: `${uid}-${second}` },
  involvedObject: { uid },
  reason,
  message,
  lastTimestamp: `2026-01-01T00:00:0${second}Z`,
  ...more,
});

test("the newest warning that tells why something waits counts", () => {
  const warnings = newestWarnings([
    event(
      "set",
      "FailedCreate",
      'create Pod db-0 in StatefulSet db failed error: pods "db-0" is forbidden: no',
      3,
    ),
    event("set", "FailedCreate", "an older one", 1),
    event(
      "daemons",
      "FailedCreate",
      '(combined from similar events): Error creating: pods "d-x" is forbidden: no',
      3,
    ),
    event("pod", "FailedMount", "MountVolume.SetUp failed", 2),
    event("pod", "BackOff", "Back-off restarting failed container", 3),
    event("probed", "Unhealthy", "Readiness probe failed: password=hunter2", 3),
    event("new", "NodeNotReady", "Node is not ready", 0, {
      lastTimestamp: null,
      eventTime: "2026-01-01T00:00:05Z",
    }),
  ]);
  expect(Object.fromEntries([...warnings].map(([uid, { text }]) => [uid, text]))).toEqual({
    set: "its pods are forbidden: no",
    daemons: "its pods are forbidden: no",
    pod: "MountVolume.SetUp failed",
    probed: "its readiness probe fails",
    new: "Node is not ready",
  });
});

test("what a pod had behind it when it began to run is not told of it", () => {
  const resource = { spec: { phase: "Running", components: {} } } as unknown as StyrminDeployment;
  const labels = { app: "web" };
  const spec = { replicas: 1, selector: { matchLabels: labels }, template: { metadata: { labels } } };
  const status = { observedGeneration: 1, replicas: 1, updatedReplicas: 1 };
  const live: KubeObject = {
    ...{ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web", uid: "d", generation: 1 } },
    ...{ spec, status },
  };
  const warnings = newestWarnings([event("p", "FailedMount", "not yet", 1)]);
  const messageWith = (phase: string) => {
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "web-1", uid: "p", labels },
      status: { phase },
    };
    const observed = { objects: [{ wanted: live, live }], pods: [pod], warnings, now: 0 };
    return assess(resource, observed, false).verdict.message;
  };
  expect(messageWith("Pending")).toBe("Deployment web: 0 of 1 pods are ready; pod web-1: not yet");
  expect(messageWith("Running")).toBe("Deployment web: 0 of 1 pods are ready");
});
