import { describe, expect, test } from "bun:test";
import { createOwners, podStatusOf, projectPod } from "../../../agent/reporter/observe.ts";
import type { StyrminDeployment } from "../../../kube/styrmin-deployment.ts";
import type { KubeObject } from "../../../kube/types.ts";

const resource = {
  metadata: { name: "hello-1", uid: "r", generation: 1 },
  spec: {
    deploymentId: "d1",
    targetNamespace: "env-demo",
    releaseName: "hello-1",
    components: { web: { label: { "app.kubernetes.io/component": "web" } } },
  },
} as unknown as StyrminDeployment;

function pod(over: { labels?: Record<string, string>; status?: object; metadata?: object } = {}): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: "p",
      namespace: "env-demo",
      uid: "u",
      labels: over.labels ?? { "styrmin.io/deployment": "d1", "app.kubernetes.io/component": "web" },
      ...over.metadata,
    },
    spec: { nodeName: "local", containers: [{ name: "web", image: "oven/bun:1" }] },
    status: {
      phase: "Running",
      startTime: "2026-01-01T00:00:00Z",
      conditions: [{ type: "Ready", status: "True" }],
      containerStatuses: [{ name: "web", ready: true, restartCount: 2, state: { running: {} } }],
      ...over.status,
    },
  };
}

const owners = createOwners([resource]);
const statusOf = (one: KubeObject) => podStatusOf(projectPod(one), owners.of(projectPod(one))!);

describe("observing pods", () => {
  test("says of a pod whose node is not heard that the node is not", () => {
    const conditions = [
      { type: "Ready", status: "False" },
      { type: "ContainersReady", status: "True" },
    ];
    const said = { reason: "NodeNotReady", message: "node local does not answer", ready: false };
    expect(statusOf(pod({ status: { conditions } }))).toMatchObject(said);
    const gated = [{ ...conditions[0]!, reason: "ReadinessGatesNotReady" }, conditions[1]!];
    expect(statusOf(pod({ status: { conditions: gated } })).reason).toBeNull();
  });

  test("reports a healthy pod with its component", () => {
    expect(statusOf(pod())).toEqual({
      uid: "u",
      deploymentId: "d1",
      component: "web",
      name: "p",
      namespace: "env-demo",
      phase: "Running",
      ready: true,
      restarts: 2,
      reason: null,
      message: null,
      node: "local",
      images: ["oven/bun:1"],
      containers: [{ name: "web", state: "running", ready: true, restarts: 2, lastExitCode: null }],
      startedAt: "2026-01-01T00:00:00Z",
      simulated: false,
    });
  });

  test("says why a pod does not run, and that one is leaving or only pretends", () => {
    const waiting = {
      name: "web",
      state: { waiting: { reason: "ImagePullBackOff", message: "no such image" } },
    };
    const stuck = statusOf(
      pod({ status: { phase: "Pending", conditions: [], containerStatuses: [waiting] } }),
    );
    expect([stuck.reason, stuck.message, stuck.ready]).toEqual(["ImagePullBackOff", "no such image", false]);
    expect(stuck.containers[0]!.state).toBe("waiting: ImagePullBackOff");

    const crashed = {
      name: "web",
      restartCount: 3,
      state: { waiting: { reason: "CrashLoopBackOff" } },
      lastState: { terminated: { exitCode: 7 } },
    };
    expect(statusOf(pod({ status: { containerStatuses: [crashed] } })).containers[0]!.lastExitCode).toBe(7);
    expect(statusOf(pod({ metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" } })).reason).toBe(
      "Terminating",
    );
    expect(statusOf(pod({ metadata: { annotations: { "styrmin.io/simulated": "true" } } })).simulated).toBe(
      true,
    );
  });

  test("says nothing that a container wrote, and nothing that quotes its command", () => {
    const message = 'exec: "hunter2": executable file not found';
    for (const state of [
      { waiting: { reason: "RunContainerError", message } },
      { waiting: { reason: "CreateContainerError", message } },
      { terminated: { reason: "StartError", exitCode: 128, message } },
      { terminated: { reason: "Error", exitCode: 1, message } },
    ]) {
      const told = statusOf(pod({ status: { containerStatuses: [{ name: "web", state }] } }));
      expect([told.reason, told.message]).toEqual([(state.waiting ?? state.terminated)!.reason, null]);
    }
  });

  test("finds the owner of a pod that another controller made, by the component's selector", () => {
    const made = pod({
      labels: { "app.kubernetes.io/instance": "hello-1", "app.kubernetes.io/component": "web" },
    });
    expect(owners.of(made)).toEqual({ deploymentId: "d1", component: "web" });
    expect(owners.of(pod({ labels: { app: "other" } }))).toBeUndefined();
    expect(owners.of(pod({ labels: { "styrmin.io/deployment": "gone" } }))).toEqual({
      deploymentId: "gone",
      component: undefined,
    });
  });

  test("cleans what Postgres cannot store, of one pod alone", () => {
    const status = statusOf(
      pod({ status: { reason: "Bad\0", message: `lone \ud800 ${"x".repeat(5_000)}` } }),
    );
    expect(status.reason).toBe("Bad");
    expect(status.message!.isWellFormed()).toBe(true);
    expect(status.message!.length).toBe(1_000);
  });

  test("holds up against a pod without a status", () => {
    const bare = { apiVersion: "v1", kind: "Pod", metadata: pod().metadata } as KubeObject;
    expect(statusOf(bare)).toMatchObject({ phase: "Unknown", ready: false, restarts: 0 });
  });
});
