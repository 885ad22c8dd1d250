import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { stuckPodOf } from "../../../agent/operator/stuck-pod.ts";
import { KubeError } from "../../../kube/errors.ts";
import type { Kube, KubeObject } from "../../../kube/types.ts";
import { eventually } from "../../helpers/eventually.ts";
import { killedAfter } from "./killed.ts";
import { type BasicRig, describeBoth, type Rig, startRig } from "./rig.ts";

const now = Date.parse("2026-01-01T01:00:00Z");
const ago = (seconds: number) => new Date(now - seconds * 1000).toISOString();

function set(spec: object = {}, status: object = {}): KubeObject {
  const metadata = { name: "web", namespace: "n", uid: "set", generation: 3 };
  return {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata,
    spec: { replicas: 3, updateStrategy: { type: "RollingUpdate" }, ...spec },
    status: { observedGeneration: 3, updateRevision: "web-new", ...status },
  };
}

interface Made {
  revision?: string;
  owner?: string;
  metadata?: object;
  container?: object;
  init?: object;
  phase?: string;
  ready?: boolean;
  sinceSeconds?: number;
  conditions?: object[];
}
const waiting = (reason: string, more: object = {}) => ({ ...more, state: { waiting: { reason } } });
const broken = waiting("ImagePullBackOff");
const ended = (exitCode: number, restartCount: number, reason = "Error", finishedAt?: string) => ({
  restartCount,
  state: { terminated: { exitCode, reason, finishedAt } },
});
const endedBefore = (seconds: number) => ended(137, 1, "OOMKilled", ago(seconds));

function pod(ordinal: number, made: Made = {}): KubeObject {
  const { revision = "web-old", owner = "set", ready = false, sinceSeconds = 1, init } = made;
  const lastTransitionTime = ago(sinceSeconds);
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: `web-${ordinal}`,
      namespace: "n",
      labels: revision === "" ? {} : { "controller-revision-hash": revision },
      ownerReferences: [
        { apiVersion: "apps/v1", kind: "StatefulSet", name: "web", uid: owner, controller: true },
      ],
      ...made.metadata,
    },
    status: {
      phase: made.phase ?? "Pending",
      conditions: [
        { type: "Ready", status: ready ? "True" : "False", lastTransitionTime },
        ...(made.conditions ?? []),
      ],
      initContainerStatuses: init ? [{ name: "first", ...init }] : [],
      containerStatuses: [{ name: "main", ...(made.container ?? broken) }],
    },
  };
}

const homeless = (seconds: number) => [
  { type: "PodScheduled", status: "False", reason: "Unschedulable", lastTransitionTime: ago(seconds) },
];
const running = (more: object = {}) => ({ state: { running: { startedAt: ago(1) } }, ...more });
const starting = waiting("ContainerCreating");
const good = { revision: "web-new", ready: true };

/** What is decided: the pod that goes, in how many seconds one may have to go, or nothing. */
const table: [what: string, set: KubeObject, pods: KubeObject[], found: string | number | undefined][] = [
  ["one whose image cannot be pulled", set(), [pod(0)], "web-0"],
  ...[
    "ErrImagePull",
    "InvalidImageName",
    "ErrImageNeverPull",
    "CreateContainerConfigError",
    "CreateContainerError",
    "RunContainerError",
    "CrashLoopBackOff",
  ].map((reason): (typeof table)[number] => [
    reason,
    set(),
    [pod(0, { container: waiting(reason) })],
    "web-0",
  ]),
  ["a container that goes first", set(), [pod(0, { init: broken, container: waiting("x") })], "web-0"],
  ["one that ended again after a restart", set(), [pod(0, { container: ended(3, 1) })], "web-0"],
  ["one that ended again just now", set(), [pod(0, { container: endedBefore(1) })], 4],
  ["one that ended again and stays so", set(), [pod(0, { container: endedBefore(5) })], "web-0"],
  ["one that ended again by a clock ahead", set(), [pod(0, { container: endedBefore(-60) })], "web-0"],
  ["one that ended for the first time", set(), [pod(0, { container: ended(3, 0) })], 299],
  ["one that ended well", set(), [pod(0, { container: ended(0, 1) })], 299],
  ["one that its node lost", set(), [pod(0, { container: ended(255, 1, "ContainerStatusUnknown") })], 299],
  [
    "one that was restarted and runs at the moment",
    set(),
    [pod(0, { container: running({ restartCount: 4 }) })],
    299,
  ],
  ["one that is just starting", set(), [pod(0, { container: waiting("ContainerCreating") })], 299],
  ["one that runs, long not ready", set(), [pod(0, { container: running(), sinceSeconds: 300 })], "web-0"],
  [
    "one that no node can take, for a moment",
    set(),
    [pod(0, { container: {}, conditions: homeless(10) })],
    20,
  ],
  [
    "one that no node can take, for long",
    set(),
    [pod(0, { container: {}, conditions: homeless(30) })],
    "web-0",
  ],
  [
    "the highest first",
    set(),
    [pod(0), pod(2, { container: running() }), pod(1), pod(3, { metadata: {} })],
    "web-1",
  ],
  ["what is the sooner due", set(), [pod(0, { sinceSeconds: 100, container: running() }), pod(1, good)], 200],
  [
    "none while one is ending",
    set(),
    [pod(0), pod(1, { ...good, metadata: { deletionTimestamp: ago(1) } })],
    undefined,
  ],
  ["one that is ready, whatever it says", set(), [pod(0, { ready: true })], undefined],
  ["one that has ended by itself", set(), [pod(0, { phase: "Failed" })], undefined],
  ["one of the new revision", set(), [pod(0, { revision: "web-new" })], undefined],
  ["one without a revision", set(), [pod(0, { revision: "" })], undefined],
  ["somebody else's", set(), [pod(0, { owner: "other" })], undefined],
  [
    "one that is restarted while the new revision starts",
    set(),
    [pod(2, { revision: "web-new", container: starting }), pod(1, { container: endedBefore(0) })],
    5,
  ],
  [
    "one that is broken while the new revision starts",
    set(),
    [pod(2, { revision: "web-new", container: starting }), pod(1)],
    "web-1",
  ],
  ["one that is broken beside a good new one", set(), [pod(2, good), pod(1)], "web-1"],
  ["one of two, of which the new one is broken", set(), [pod(2, { revision: "web-new" }), pod(1)], undefined],
  [
    "one of two, of which the new one ended again",
    set(),
    [pod(2, { revision: "web-new", container: endedBefore(0) }), pod(1)],
    undefined,
  ],
  [
    "one of two, of which the new one was restarted and is not ready",
    set(),
    [pod(2, { revision: "web-new", container: running({ restartCount: 1 }) }), pod(1)],
    undefined,
  ],
  [
    "one of two, of which the new one had its time",
    set(),
    [pod(2, { revision: "web-new", container: running(), sinceSeconds: 300 }), pod(1)],
    undefined,
  ],
  [
    "one of two, of which the new one is broken below the partition",
    set({ updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 1 } } }),
    [pod(0, { revision: "web-new" }), pod(1)],
    undefined,
  ],
  [
    "one beside a broken new one that is too many",
    set({ replicas: 2 }),
    [pod(2, { revision: "web-new" }), pod(1)],
    "web-1",
  ],
  [
    "one below the partition",
    set({ updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 1 } } }),
    [pod(0)],
    undefined,
  ],
  [
    "one above the partition",
    set({ updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 1 } } }),
    [pod(0), pod(1)],
    "web-1",
  ],
  ["ordinals that begin elsewhere", set({ ordinals: { start: 5 } }), [pod(4), pod(7), pod(8)], "web-7"],
  ["what is too many anyway", set({ replicas: 0 }), [pod(0)], undefined],
  ["one that a person replaces", set({ updateStrategy: { type: "OnDelete" } }), [pod(0)], undefined],
  ["one that goes by itself", set({ podManagementPolicy: "Parallel" }), [pod(0)], undefined],
  ["before the controller has seen the change", set({}, { observedGeneration: 2 }), [pod(0)], undefined],
  ["before there is a revision", set({}, { updateRevision: undefined }), [pod(0)], undefined],
  ["another kind", { ...set(), kind: "Deployment" }, [pod(0)], undefined],
  ["another group's kind", { ...set(), apiVersion: "apps.example.net/v1" }, [pod(0)], undefined],
];

test.each(table)("whether a StatefulSet waits in vain for %s", (_, live, pods, found) => {
  const { pod: stuck, againMs } = stuckPodOf(live, pods, now);
  const seconds = againMs === Number.POSITIVE_INFINITY ? undefined : againMs / 1000;
  expect(stuck?.metadata.name ?? seconds).toEqual(found);
});

const manifest = `
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: "{{ instance.release_name }}" }
spec:
  serviceName: "{{ instance.release_name }}"
  replicas: {{ parameters.replicas }}
  selector: { matchLabels: { app: "{{ instance.release_name }}" } }
  template:
    metadata: { labels: { app: "{{ instance.release_name }}", component: web } }
    spec:
      terminationGracePeriodSeconds: 0
      containers:
        - name: main
          image: busybox:{{ parameters.tag }}
          imagePullPolicy: IfNotPresent
          command: [sh, -c, {{ parameters.script | tojson }}]
          readinessProbe: { exec: { command: ["true"] }, periodSeconds: 1 }
          resources: { limits: { cpu: 1000m, memory: 1024Mi }, requests: { cpu: 1m, memory: 4Mi } }
`;
const wish = (name: string, digest: string, generation: number, parameters: object) => ({
  ...{ name, digest, generation },
  parameters: { replicas: 1, tag: "1.37", script: "sleep 3600", ...parameters },
});
/** Waits until a message of the status says so. */
const says = (rig: BasicRig, name: string, words: string) =>
  eventually(`${name} says ${words}`, async () => {
    const said = JSON.stringify((await rig.resource(name))?.status?.conditions ?? []);
    if (!said.includes(words)) throw new Error(said);
    return true;
  });

describeBoth("a StatefulSet whose pod is broken", (start) => {
  let rig: BasicRig;
  let digest: string;
  const lines: string[] = [];
  beforeAll(async () => {
    rig = await start();
    digest = rig.driver({ "app.yaml": manifest });
    rig.startOperator({ log: (line) => lines.push(line) });
  });
  afterAll(() => rig.stop());

  const publish = (name: string, generation: number, parameters: object) =>
    rig.publish(wish(name, digest, generation, parameters));
  const uids = async (name: string) =>
    (await rig.podsOf(name)).map(({ metadata }) => `${metadata.name} ${metadata.uid}`).sort();

  test.concurrent.each([
    ["pull", { tag: "missing" }, "cannot be pulled"],
    ["loop", { script: "exit 3" }, "keeps ending"],
  ])("is mended by an update: %s", async (name, wrong, words) => {
    await publish(name, 1, wrong);
    await says(rig, name, words);
    const [before] = await uids(name);
    await publish(name, 2, {});
    await rig.until(name, "Ready", "True", "Healthy");
    expect(await uids(name)).not.toContain(before);
    const told = lines.filter((line) => line.includes("ended a pod of an earlier revision"));
    expect(told.filter((line) => line.includes(`${name}-0`))).toHaveLength(1);
  });

  test.concurrent("comes back to what ran before, and only what is broken is ended", async () => {
    await publish("back", 1, { replicas: 3 });
    await rig.until("back", "Ready", "True", "Healthy");
    const [zero, one] = await uids("back");
    await publish("back", 2, { replicas: 3, tag: "missing" });
    await says(rig, "back", "pod back-2: container main: the image busybox:missing cannot be pulled");
    await publish("back", 3, { replicas: 3 });
    await rig.until("back", "Ready", "True", "Healthy");
    const after = await uids("back");
    expect(after.slice(0, 2)).toEqual([zero!, one!]);
    expect(after).toHaveLength(3);
    const told = lines.filter((line) => line.includes("ended a pod of an earlier revision"));
    expect(told.filter((line) => line.includes("back-"))).toHaveLength(1);
  });
});

describe("an operator that ends a stuck pod", () => {
  let rig: Rig;
  let digest: string;
  beforeAll(async () => {
    rig = await startRig();
    digest = rig.driver({ "app.yaml": manifest });
  });
  afterAll(() => rig.stop());

  /** Deploys what cannot become ready, by an operator that then is no more, and the correction. */
  const correct = async (name: string, spec: object = {}) => {
    const one = rig.startOperator();
    await rig.publish(wish(name, digest, 1, { tag: "missing" }));
    await says(rig, name, "cannot be pulled");
    await one.stop();
    await rig.publish({ ...wish(name, digest, 2, {}), spec });
  };
  /** Those that counted: another one, by a view that lags, is refused by what it is bound to. */
  const deletions = (name: string) =>
    rig.cluster
      .auditLines()
      .filter(({ verb, resource, code }) => verb === "delete" && resource === "pods" && code === 200)
      .filter((line) => line.name === `${name}-0`);

  test("and is killed between any two writes mends it all the same, and ends one pod", async () => {
    let boundaries = 0;
    for (let wasKilled = true; wasKilled; boundaries++) {
      const name = `killed-${boundaries}`;
      await correct(name);
      const victim = killedAfter(rig.kube, boundaries);
      const one = rig.startOperator({ kube: victim.kube });
      const end = rig.until(name, "Ready", "True", "Healthy").then(() => Bun.sleep(50));
      wasKilled = await Promise.race([victim.dead.then(() => true), end.then(() => false)]);
      end.catch(() => {});
      await one.stop();
      const next = rig.startOperator();
      await rig.until(name, "Ready", "True", "Healthy");
      await next.stop();
      expect(deletions(name)).toHaveLength(1);
    }
    // The Release, the StatefulSet, the pod, a status.
    expect(boundaries).toBeGreaterThanOrEqual(4);
  });

  test("without the right to says so, and goes on when somebody else ends it", async () => {
    await correct("denied");
    const ref = { apiVersion: "v1", kind: "Pod", namespace: rig.target, name: "denied-0" };
    const words = `pods "denied-0" is forbidden: User "agent" cannot delete resource "pods" in API group "" in the namespace "${rig.target}"`;
    const kube: Kube = {
      ...rig.kube,
      delete(one, ...rest) {
        if (one.kind === "Pod") throw new KubeError(403, "Forbidden", words);
        return rig.kube.delete(one, ...rest);
      },
    };
    const one = rig.startOperator({ kube });
    await says(rig, "denied", "waits in vain for Pod env-demo/denied-0 of an earlier revision");
    await says(rig, "denied", 'the agent may not delete pods (API group \\"\\")');
    const { status } = (await rig.resource("denied"))!;
    // All else was done.
    expect(status).toMatchObject({ observedGeneration: 2, release: { revision: 2 } });
    await rig.kube.delete(ref);
    await rig.until("denied", "Ready", "True", "Healthy");
    await one.stop();
  });

  test("leaves it while a flow holds the component", async () => {
    await correct("held");
    await rig.hold("held", { task: "t", components: { web: 1 } });
    const one = rig.startOperator();
    await says(rig, "held", "cannot be pulled");
    await eventually("the correction is applied", async () => {
      const found = await rig.resource("held");
      return found?.status?.release?.revision === 2;
    });
    expect(deletions("held")).toEqual([]);
    await rig.hold("held");
    await rig.until("held", "Ready", "True", "Healthy");
    expect(deletions("held")).toHaveLength(1);
    await one.stop();
  });
});
