import {
  type Case,
  condition,
  container,
  impossible,
  neverReady,
  noPods,
  podSpec,
  selector,
  status,
  template,
} from "./case.ts";

const make = (apiVersion: string, kind: string) => (spec: object) => ({ apiVersion, kind, spec });
const apps = (kind: string) => (spec: object) => make("apps/v1", kind)({ selector, ...spec });
const deployment = apps("Deployment");
const replicaSet = apps("ReplicaSet");
const statefulSet = (spec: object) => apps("StatefulSet")({ serviceName: "captured", ...spec });
const daemonSet = apps("DaemonSet");
const job = make("batch/v1", "Job");
const ready = template();
const unready = template(podSpec(undefined, {}, neverReady));
const changed = { spec: { template: { metadata: { annotations: { changed: "true" } } } } };

const deployments: Case[] = [
  {
    name: "just made",
    objects: [deployment({ template: ready })],
    state: "InProgress",
    message: "its controller has not seen it yet",
  },
  {
    name: "waits for its pod to be ready",
    objects: [deployment({ template: unready })],
    until: status({ replicas: 1, updatedReplicas: 1, unavailableReplicas: 1 }),
    state: "InProgress",
    message: "0 of 1 pods are ready",
  },
  {
    name: "available",
    objects: [deployment({ replicas: 2, template: ready })],
    until: status({ readyReplicas: 2, availableReplicas: 2 }),
    state: "Current",
  },
  {
    name: "ready and not yet available",
    objects: [deployment({ minReadySeconds: 3600, progressDeadlineSeconds: 7200, template: ready })],
    until: status({ readyReplicas: 1 }),
    state: "InProgress",
    message: "0 of 1 pods are available",
  },
  {
    name: "past its deadline",
    objects: [deployment({ progressDeadlineSeconds: 1, template: unready })],
    until: condition("Progressing", "False", "ProgressDeadlineExceeded"),
    state: "Failed",
    message: "did not become ready in time",
  },
  {
    name: "scaled to zero",
    objects: [deployment({ replicas: 0, template: ready })],
    until: condition("Available"),
    state: "Current",
  },
  {
    name: "paused before a change",
    objects: [deployment({ template: ready })],
    until: status({ availableReplicas: 1 }),
    change: {
      patch: { spec: { paused: true, template: changed.spec.template } },
      until: (one) => condition("Progressing", "Unknown", "DeploymentPaused")(one) && status({})(one),
    },
    state: "InProgress",
    message: "is paused; 0 of 1 pods are up to date",
  },
  {
    name: "old pods are to end",
    objects: [
      deployment({
        strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
        template: template(podSpec("trap '' TERM; sleep 3600 & wait; wait", {}, {})),
      }),
    ],
    until: status({ availableReplicas: 1 }),
    change: {
      patch: {
        spec: {
          template: {
            ...changed.spec.template,
            spec: { containers: [container("exec sleep 3600", neverReady)] },
          },
        },
      },
      until: status({ replicas: 2, updatedReplicas: 1 }),
    },
    state: "InProgress",
    message: "1 old pods are to end",
  },
  {
    name: "a quota lets it have no pod",
    objects: [noPods, deployment({ template: ready })],
    until: condition("ReplicaFailure"),
    state: "InProgress",
    message: "forbidden: exceeded quota",
  },
  {
    name: "no pod security lets it have a pod",
    objects: [deployment({ template: template(podSpec(undefined, { hostNetwork: true })) })],
    until: condition("ReplicaFailure"),
    state: "InProgress",
    message: "violates PodSecurity",
  },
];

const sets: Case[] = [
  {
    name: "available",
    objects: [replicaSet({ replicas: 2, template: ready })],
    until: status({ availableReplicas: 2 }),
    state: "Current",
  },
  {
    name: "none is available",
    objects: [replicaSet({ replicas: 2, template: unready })],
    until: status({ replicas: 2 }),
    state: "InProgress",
    message: "0 of 2 pods are available",
  },
  {
    name: "a quota lets it have no pod",
    objects: [noPods, replicaSet({ template: ready })],
    until: condition("ReplicaFailure"),
    state: "InProgress",
    message: "forbidden: exceeded quota",
  },
  {
    name: "scaled to zero",
    objects: [replicaSet({ replicas: 0, template: ready })],
    until: (one) => one.status?.observedGeneration === 1,
    state: "Current",
  },
  {
    name: "available",
    objects: [make("v1", "ReplicationController")({ selector: { app: "captured" }, template: ready })],
    until: status({ availableReplicas: 1 }),
    state: "Current",
  },
];

const statefulSets: Case[] = [
  {
    name: "just made",
    objects: [statefulSet({ template: ready })],
    state: "InProgress",
    message: "its controller has not seen it yet",
  },
  {
    name: "waits for the first of two",
    objects: [statefulSet({ replicas: 2, template: unready })],
    until: status({ replicas: 1 }),
    state: "InProgress",
    message: "1 of 2 pods exist",
  },
  {
    name: "all are ready",
    objects: [statefulSet({ replicas: 2, template: ready })],
    until: status({ readyReplicas: 2, availableReplicas: 2, currentReplicas: 2 }),
    state: "Current",
  },
  {
    name: "rolls out a change",
    objects: [statefulSet({ replicas: 2, template: ready })],
    until: status({ readyReplicas: 2, availableReplicas: 2 }),
    change: {
      patch: { spec: { template: { spec: { containers: [container(undefined, neverReady)] } } } },
      until: status({ replicas: 2, updatedReplicas: 1, readyReplicas: 1 }),
    },
    state: "InProgress",
    message: "1 of 2 pods are ready",
  },
  {
    name: "rolled out down to its partition",
    objects: [
      statefulSet({ replicas: 2, updateStrategy: { rollingUpdate: { partition: 1 } }, template: ready }),
    ],
    until: status({ readyReplicas: 2, availableReplicas: 2 }),
    change: { patch: changed, until: status({ readyReplicas: 2, updatedReplicas: 1 }) },
    state: "Current",
  },
  {
    name: "a change that waits for somebody to delete the pods",
    objects: [statefulSet({ updateStrategy: { type: "OnDelete" }, template: ready })],
    until: status({ readyReplicas: 1, availableReplicas: 1 }),
    change: { patch: changed, until: status({ readyReplicas: 1, updatedReplicas: 0 }) },
    state: "Current",
  },
  {
    name: "not ready, with changes on deletion only",
    objects: [statefulSet({ updateStrategy: { type: "OnDelete" }, template: unready })],
    until: status({ replicas: 1 }),
    state: "InProgress",
    message: "0 of 1 pods are ready",
  },
  {
    name: "scaled to zero",
    objects: [statefulSet({ replicas: 0, template: ready })],
    until: (one) => one.status?.observedGeneration === 1,
    state: "Current",
  },
  {
    name: "a quota lets it have no pod",
    objects: [noPods, statefulSet({ template: ready })],
    until: (one) => one.status?.observedGeneration === 1,
    state: "InProgress",
    message: "0 of 1 pods exist",
  },
];

const daemonSets: Case[] = [
  {
    name: "just made",
    objects: [daemonSet({ template: ready })],
    state: "InProgress",
    message: "its controller has not seen it yet",
  },
  {
    name: "one on each node",
    objects: [daemonSet({ template: ready })],
    until: status({ desiredNumberScheduled: 1, numberReady: 1, numberAvailable: 1 }),
    state: "Current",
  },
  {
    name: "not ready",
    objects: [daemonSet({ template: unready })],
    until: status({ desiredNumberScheduled: 1, currentNumberScheduled: 1, updatedNumberScheduled: 1 }),
    state: "InProgress",
    message: "0 of 1 pods are ready",
  },
  {
    name: "no node is to have it",
    objects: [daemonSet({ template: template(podSpec(undefined, impossible)) })],
    until: (one) => one.status?.observedGeneration === 1,
    state: "Current",
  },
  {
    name: "a quota lets it have no pod",
    objects: [noPods, daemonSet({ template: ready })],
    until: status({ desiredNumberScheduled: 1 }),
    state: "InProgress",
    message: "0 of 1 pods exist",
  },
];

const once = (command: string, more: object = {}) =>
  template(podSpec(command, { restartPolicy: "Never", ...more }));

const jobs: Case[] = [
  {
    name: "just made",
    objects: [job({ template: once("exit 0") })],
    state: "InProgress",
    message: "has not started yet",
  },
  {
    name: "running",
    objects: [job({ template: once("exec sleep 3600") })],
    until: status({ active: 1, ready: 1 }),
    state: "InProgress",
    message: "is running",
  },
  {
    name: "complete",
    objects: [job({ template: once("exit 0") })],
    until: condition("Complete"),
    state: "Current",
  },
  {
    name: "failed too often",
    objects: [job({ backoffLimit: 0, template: once("exit 3") })],
    until: condition("Failed"),
    state: "Failed",
    message: "Job has reached the specified backoff limit",
  },
  {
    name: "took too long",
    objects: [job({ activeDeadlineSeconds: 1, template: once("exec sleep 3600") })],
    until: condition("Failed", "True", "DeadlineExceeded"),
    state: "Failed",
    message: "Job was active longer than specified deadline",
  },
  {
    name: "suspended",
    objects: [job({ suspend: true, template: once("exit 0") })],
    until: condition("Suspended"),
    state: "Current",
  },
  {
    name: "one of two has failed",
    objects: [
      job({
        completions: 2,
        parallelism: 2,
        backoffLimit: 5,
        completionMode: "Indexed",
        template: once("[ $JOB_COMPLETION_INDEX = 0 ] && exit 1; exec sleep 3600"),
      }),
    ],
    until: (one) => one.status?.failed > 0 && one.status?.active > 0,
    state: "InProgress",
    message: "is running",
  },
  {
    name: "scheduled",
    objects: [
      make(
        "batch/v1",
        "CronJob",
      )({ schedule: "0 0 1 1 *", jobTemplate: { spec: { template: once("exit 0") } } }),
    ],
    state: "Current",
  },
  {
    name: "suspended",
    objects: [
      make(
        "batch/v1",
        "CronJob",
      )({
        schedule: "* * * * *",
        suspend: true,
        jobTemplate: { spec: { template: once("exit 0") } },
      }),
    ],
    state: "Current",
  },
];

export const workloadCases: Case[] = [...deployments, ...sets, ...statefulSets, ...daemonSets, ...jobs];
