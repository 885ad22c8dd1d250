import { describe, expect, test } from "bun:test";
import { type HealthState, healthOf } from "../../../agent/operator/health.ts";
import { podTrouble } from "../../../agent/operator/pod-trouble.ts";
import type { KubeObject } from "../../../kube/types.ts";

const make = (kind: string, fields: object, generation = 1): KubeObject => ({
  apiVersion: "v1",
  kind,
  metadata: { name: "x", generation },
  ...fields,
});
const condition = (type: string, status: string, reason?: string) => ({ type, status, reason });
const counts = (n: number) => ({ replicas: n, updatedReplicas: n, readyReplicas: n, availableReplicas: n });
const seen = { observedGeneration: 1 };
const stateful = { currentReplicas: 2, currentRevision: "a", updateRevision: "a" };

const cases: [string, KubeObject, HealthState, string?][] = [
  ["no status yet", make("Deployment", { spec: { replicas: 1 } }), "InProgress", "has not seen it"],
  [
    "an older generation",
    make("Deployment", { status: { ...seen, ...counts(1) } }, 2),
    "InProgress",
    "latest change",
  ],
  [
    "all pods ready",
    make("Deployment", { spec: { replicas: 2 }, status: { ...seen, ...counts(2) } }),
    "Current",
  ],
  ["no replicas wanted", make("Deployment", { spec: { replicas: 0 }, status: seen }), "Current"],
  ["replicas by default", make("Deployment", { spec: {}, status: { ...seen, ...counts(1) } }), "Current"],
  [
    "too few updated",
    make("Deployment", { spec: { replicas: 2 }, status: { ...seen, ...counts(2), updatedReplicas: 1 } }),
    "InProgress",
    "1 of 2 pods are up to date",
  ],
  [
    "old pods left",
    make("Deployment", { spec: { replicas: 2 }, status: { ...seen, ...counts(2), replicas: 3 } }),
    "InProgress",
    "1 old pods",
  ],
  [
    "ready but not yet available",
    make("Deployment", { spec: { replicas: 2 }, status: { ...seen, ...counts(2), availableReplicas: 1 } }),
    "InProgress",
    "available",
  ],
  [
    "past its deadline",
    make("Deployment", {
      spec: {},
      status: { ...seen, conditions: [condition("Progressing", "False", "ProgressDeadlineExceeded")] },
    }),
    "Failed",
    "in time",
  ],
  [
    "all pods current",
    make("StatefulSet", { spec: { replicas: 2 }, status: { ...seen, ...counts(2), ...stateful } }),
    "Current",
  ],
  [
    "another revision is rolled out",
    make("StatefulSet", {
      spec: { replicas: 2 },
      status: { ...seen, ...counts(2), ...stateful, updateRevision: "b" },
    }),
    "InProgress",
  ],
  [
    "only the partition is due",
    make("StatefulSet", {
      spec: { replicas: 2, updateStrategy: { rollingUpdate: { partition: 1 } } },
      status: { ...seen, ...counts(2), ...stateful, updateRevision: "b", updatedReplicas: 1 },
    }),
    "Current",
  ],
  [
    "one on each node",
    make("DaemonSet", {
      status: {
        ...seen,
        desiredNumberScheduled: 2,
        currentNumberScheduled: 2,
        updatedNumberScheduled: 2,
        numberReady: 2,
      },
    }),
    "Current",
  ],
  [
    "one node behind",
    make("DaemonSet", {
      status: {
        ...seen,
        desiredNumberScheduled: 2,
        currentNumberScheduled: 2,
        updatedNumberScheduled: 2,
        numberReady: 1,
      },
    }),
    "InProgress",
  ],
  ["available", make("ReplicaSet", { spec: { replicas: 1 }, status: { ...seen, ...counts(1) } }), "Current"],
  ["running", make("Job", { spec: {}, status: { startTime: "t" } }), "InProgress", "is running"],
  ["done", make("Job", { spec: {}, status: { conditions: [condition("Complete", "True")] } }), "Current"],
  [
    "failed",
    make("Job", { spec: {}, status: { conditions: [condition("Failed", "True", "BackoffLimitExceeded")] } }),
    "Failed",
    "BackoffLimitExceeded",
  ],
  [
    "ready",
    make("Pod", { status: { phase: "Running", conditions: [condition("Ready", "True")] } }),
    "Current",
  ],
  ["not ready", make("Pod", { status: { phase: "Running" } }), "InProgress"],
  ["ended well", make("Pod", { status: { phase: "Succeeded" } }), "Current"],
  ["ended badly", make("Pod", { status: { phase: "Failed", reason: "Evicted" } }), "Failed", "Evicted"],
  ["bound", make("PersistentVolumeClaim", { status: { phase: "Bound" } }), "Current"],
  ["unbound", make("PersistentVolumeClaim", { status: { phase: "Pending" } }), "InProgress", "no volume"],
  ["lost", make("PersistentVolumeClaim", { status: { phase: "Lost" } }), "Failed"],
  ["inside the cluster", make("Service", { spec: { type: "ClusterIP" } }), "Current"],
  ["without an address", make("Service", { spec: { type: "LoadBalancer" }, status: {} }), "InProgress"],
  [
    "served",
    make("CustomResourceDefinition", { status: { conditions: [condition("Established", "True")] } }),
    "Current",
  ],
  [
    "its names are taken",
    make("CustomResourceDefinition", { status: { conditions: [condition("NamesAccepted", "False")] } }),
    "Failed",
  ],
  ["there", make("ConfigMap", {}), "Current"],
  ["there", make("Ingress", {}), "Current"],
  ["says Ready", make("Widget", { status: { conditions: [condition("Ready", "True")] } }), "Current"],
  [
    "says not Ready",
    make("Widget", { status: { conditions: [condition("Ready", "False", "Waiting")] } }),
    "InProgress",
    "Waiting",
  ],
  [
    "says Stalled",
    make("Widget", { status: { conditions: [condition("Stalled", "True", "Broken")] } }),
    "Failed",
    "Broken",
  ],
  ["says nothing", make("Widget", {}), "Unknown", "nothing is known"],
];

describe("health", () => {
  for (const [name, object, state, message] of cases) {
    test(`${object.kind}: ${name} is ${state}`, () => {
      const health = healthOf(object);
      expect(health.state).toBe(state);
      if (message) expect(health.message).toContain(message);
      if (state === "Current") expect(health.message).toBe("");
    });
  }

  test("what is not there or on its way out is said to be so", () => {
    expect(healthOf(undefined).state).toBe("InProgress");
    const leaving = make("ConfigMap", {});
    leaving.metadata.deletionTimestamp = "2026-01-01T00:00:00Z";
    expect(healthOf(leaving).state).toBe("Terminating");
  });

  test("the troubles of pods are told in words, without what containers print", () => {
    const pod = (state: object, more: object = {}) =>
      make("Pod", {
        status: { containerStatuses: [{ name: "main", image: "a:b", restartCount: 3, state, ...more }] },
      });
    const last = { lastState: { terminated: { exitCode: 2, message: "password=hunter2" } } };
    expect(podTrouble(pod({ waiting: { reason: "ErrImagePull" } }))).toContain("image a:b cannot be pulled");
    expect(podTrouble(pod({ waiting: { reason: "CrashLoopBackOff" } }, last))).toBe(
      "pod x: container main keeps ending (exit code 2, restarted 3 times; see its log)",
    );
    expect(podTrouble(pod({ terminated: { exitCode: 137, reason: "OOMKilled" } }))).toContain(
      "out of memory",
    );
    expect(podTrouble(pod({ waiting: { reason: "ContainerCreating" } }))).toBeUndefined();
    const unscheduled = { type: "PodScheduled", status: "False", message: "0/1 nodes are available" };
    expect(podTrouble(make("Pod", { status: { conditions: [unscheduled] } }))).toContain("0/1 nodes");
  });
});
