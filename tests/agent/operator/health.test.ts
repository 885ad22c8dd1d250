import { describe, expect, test } from "bun:test";
import { Glob } from "bun";
import { type HealthState, healthOf } from "../../../agent/operator/health.ts";
import { podTrouble } from "../../../agent/operator/pod-trouble.ts";
import type { KubeObject } from "../../../kube/types.ts";
import type { Captured } from "./captured/case.ts";

const folder = `${import.meta.dir}/captured`;

describe("what a real node says of its objects", async () => {
  const captured: Captured[] = [];
  for (const file of [...new Glob("*.json").scanSync(folder)].sort()) {
    captured.push(...((await Bun.file(`${folder}/${file}`).json()) as Captured[]));
  }
  for (const { name, state, message, trouble, object } of captured) {
    test(`${object.kind}: ${name} is ${state}`, () => {
      const health = healthOf(object);
      expect(health.state).toBe(state);
      if (message === undefined) expect(health.message).toBe("");
      else expect(health.message).toContain(message);
      if (object.kind === "Pod") expect(podTrouble(object) ?? "none").toContain(trouble ?? "none");
    });
  }
  test("there are enough of them", () => expect(captured.length).toBeGreaterThanOrEqual(100));
});

const make = (apiVersion: string, kind: string, fields: object, generation = 1): KubeObject => ({
  apiVersion,
  kind,
  metadata: { name: "x", generation },
  ...fields,
});
const counts = (n: number) => ({ replicas: n, updatedReplicas: n, readyReplicas: n, availableReplicas: n });
const seen = { observedGeneration: 1 };
const daemons = { desiredNumberScheduled: 2, currentNumberScheduled: 2, updatedNumberScheduled: 2 };

/** What a node cannot well be brought to. */
const rare: [string, KubeObject, HealthState, string?][] = [
  [
    "an older generation",
    make("apps/v1", "Deployment", { status: { ...seen, ...counts(1) } }, 2),
    "InProgress",
    "latest change",
  ],
  [
    "replicas by default",
    make("apps/v1", "Deployment", { spec: {}, status: { ...seen, ...counts(1) } }),
    "Current",
  ],
  [
    "one node behind",
    make("apps/v1", "DaemonSet", { status: { ...seen, ...daemons, numberReady: 1 } }),
    "InProgress",
    "1 of 2 pods are ready",
  ],
  [
    "none ready for long enough",
    make("apps/v1", "StatefulSet", {
      spec: { replicas: 2, minReadySeconds: 10 },
      status: { ...seen, ...counts(2), availableReplicas: 1 },
    }),
    "InProgress",
    "1 of 2 pods are available",
  ],
  [
    "none ready for long enough",
    make("apps/v1", "DaemonSet", {
      spec: { minReadySeconds: 10 },
      status: { ...seen, ...daemons, numberReady: 2 },
    }),
    "InProgress",
    "0 of 2 pods are available",
  ],
  ["lost", make("v1", "PersistentVolumeClaim", { status: { phase: "Lost" } }), "Failed", "lost"],
  ["evicted", make("v1", "Pod", { status: { phase: "Failed", reason: "Evicted" } }), "Failed", "Evicted"],
  ["a load balancer's address", make("v1", "Service", loadBalancer([{ ip: "192.0.2.1" }])), "Current"],
  ["no load balancer's address", make("v1", "Service", loadBalancer([])), "InProgress"],
  ["a kind of a later Kubernetes", make("apps/v2", "CloneSet", {}), "Current"],
  ["another's Service", make("serving.example.net/v1", "Service", {}), "Unknown"],
  [
    "another's Ingress",
    make("example.net/v1", "Ingress", { status: { conditions: [{ type: "Ready", status: "False" }] } }),
    "InProgress",
  ],
];

function loadBalancer(ingress: object[]) {
  return { spec: { type: "LoadBalancer" }, status: { loadBalancer: { ingress } } };
}

describe("health", () => {
  for (const [name, object, state, message] of rare) {
    test(`${object.kind}: ${name} is ${state}`, () => {
      const health = healthOf(object);
      expect(health.state).toBe(state);
      if (message) expect(health.message).toContain(message);
    });
  }

  test("what is not there or on its way out is said to be so", () => {
    expect(healthOf(undefined).state).toBe("InProgress");
    const leaving = make("v1", "ConfigMap", {});
    leaving.metadata.deletionTimestamp = "2026-01-01T00:00:00Z";
    expect(healthOf(leaving).state).toBe("Terminating");
  });

  test("a pod whose node is not heard names the node", () => {
    const conditions = [
      { type: "Ready", status: "False" },
      { type: "ContainersReady", status: "True" },
    ];
    const pod = make("v1", "Pod", { spec: { nodeName: "node1" }, status: { conditions } });
    expect(podTrouble(pod)).toContain("its node node1 does not answer (NotReady)");
  });

  test("what a container printed is not told: it may hold secrets", () => {
    const ended = { terminated: { exitCode: 2, message: "password=hunter2" } };
    const state = { waiting: { reason: "CrashLoopBackOff" } };
    const containerStatuses = [{ name: "main", image: "a:b", restartCount: 3, state, lastState: ended }];
    expect(podTrouble(make("v1", "Pod", { status: { containerStatuses } }))).toBe(
      "pod x: container main keeps ending (exit code 2, restarted 3 times; see its log)",
    );
  });
});
