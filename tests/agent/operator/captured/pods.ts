import type { KubeObject } from "../../../../kube/types.ts";
import { type Case, condition, container, impossible, neverReady, podSpec, type Wanted } from "./case.ts";

const pod = (spec: object): Wanted => ({ apiVersion: "v1", kind: "Pod", spec });
const waits =
  (reason: string, list = "containerStatuses") =>
  ({ status }: KubeObject): boolean =>
    status?.[list]?.[0]?.state?.waiting?.reason === reason;
const phase =
  (wanted: string) =>
  ({ status }: KubeObject): boolean =>
    status?.phase === wanted;
const never = { restartPolicy: "Never" };

export const podCases: Case[] = [
  {
    name: "just made",
    objects: [pod(podSpec())],
    state: "InProgress",
    message: "has not started yet",
  },
  {
    name: "no node has the label it asks for",
    objects: [pod(podSpec(undefined, impossible))],
    until: condition("PodScheduled", "False"),
    state: "InProgress",
    message: "has not started yet",
    trouble:
      "no node can take it (0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector",
  },
  {
    name: "no node has the memory it asks for",
    objects: [pod(podSpec(undefined, {}, { resources: { requests: { memory: "900Ti" } } }))],
    until: condition("PodScheduled", "False"),
    state: "InProgress",
    message: "has not started yet",
    trouble: "Insufficient memory",
  },
  {
    name: "its claim does not exist",
    objects: [
      pod(podSpec(undefined, { volumes: [{ name: "data", persistentVolumeClaim: { claimName: "none" } }] })),
    ],
    until: condition("PodScheduled", "False"),
    state: "InProgress",
    message: "has not started yet",
    trouble: 'persistentvolumeclaim "none" not found',
  },
  {
    name: "its ConfigMap does not exist",
    objects: [pod(podSpec(undefined, { volumes: [{ name: "data", configMap: { name: "none" } }] }))],
    until: waits("ContainerCreating"),
    state: "InProgress",
    message: "has not started yet",
  },
  {
    name: "keeps ending",
    objects: [pod(podSpec("exit 3"))],
    until: waits("CrashLoopBackOff"),
    state: "InProgress",
    message: "is not ready",
    trouble: "container main keeps ending (exit code 3, restarted",
  },
  {
    name: "its image is not to be had",
    objects: [pod(podSpec(undefined, {}, { image: "registry.invalid/none:1" }))],
    until: waits("ImagePullBackOff"),
    state: "InProgress",
    message: "has not started yet",
    trouble: "container main: the image registry.invalid/none:1 cannot be pulled (ImagePullBackOff)",
  },
  {
    name: "its image is not there and must not be pulled",
    objects: [pod(podSpec(undefined, {}, { image: "none:1", imagePullPolicy: "Never" }))],
    until: waits("ErrImageNeverPull"),
    state: "InProgress",
    message: "has not started yet",
    trouble: "the image none:1 cannot be pulled (ErrImageNeverPull)",
  },
  {
    name: "its image has no usable name",
    objects: [pod(podSpec(undefined, {}, { image: "NOT/a:name:1" }))],
    until: waits("InvalidImageName"),
    state: "InProgress",
    message: "has not started yet",
    trouble: "cannot be pulled (InvalidImageName)",
  },
  {
    name: "a Secret of its environment does not exist",
    objects: [
      pod(
        podSpec(
          undefined,
          {},
          {
            env: [{ name: "A", valueFrom: { secretKeyRef: { name: "none", key: "a" } } }],
          },
        ),
      ),
    ],
    until: waits("CreateContainerConfigError"),
    state: "InProgress",
    message: "has not started yet",
    trouble: 'container main cannot be started: secret "none" not found',
  },
  {
    name: "its command does not exist",
    objects: [pod(podSpec(undefined, {}, { command: ["/none"] }))],
    until: (one) =>
      (one.status?.containerStatuses?.[0]?.restartCount ?? 0) > 0 && waits("CrashLoopBackOff")(one),
    state: "InProgress",
    message: "is not ready",
    trouble: "container main keeps ending (its command cannot be run",
  },
  {
    name: "ended well",
    objects: [pod(podSpec("exit 0", never))],
    until: phase("Succeeded"),
    state: "Current",
  },
  {
    name: "ended badly",
    objects: [pod(podSpec("exit 4", never))],
    until: phase("Failed"),
    state: "Failed",
    message: "the pod failed",
    trouble: "container main ended (exit code 4)",
  },
  {
    name: "took too long",
    objects: [pod(podSpec(undefined, { activeDeadlineSeconds: 1 }))],
    until: phase("Failed"),
    state: "Failed",
    message: "DeadlineExceeded",
    trouble: "",
  },
  {
    name: "out of memory",
    objects: [
      pod(
        podSpec("head -c 200m /dev/zero | tail; exec sleep 1", never, {
          command: ["tail", "/dev/zero"],
          resources: { limits: { memory: "16Mi" } },
        }),
      ),
    ],
    until: phase("Failed"),
    state: "Failed",
    message: "the pod failed",
    trouble: "container main ended (out of memory)",
  },
  {
    name: "an init container keeps ending",
    objects: [pod(podSpec(undefined, { initContainers: [container("exit 5", { name: "before" })] }))],
    until: waits("CrashLoopBackOff", "initContainerStatuses"),
    state: "InProgress",
    message: "has not started yet",
    trouble: "container before keeps ending (exit code 5",
  },
  {
    name: "an init container runs",
    objects: [pod(podSpec(undefined, { initContainers: [container(undefined, { name: "before" })] }))],
    until: (one) => one.status?.initContainerStatuses?.[0]?.state?.running !== undefined,
    state: "InProgress",
    message: "has not started yet",
  },
  { name: "ready", objects: [pod(podSpec())], until: condition("Ready"), state: "Current" },
  {
    name: "running, not ready",
    objects: [pod(podSpec(undefined, {}, neverReady))],
    until: phase("Running"),
    state: "InProgress",
    message: "is not ready",
  },
  {
    name: "on its way out",
    objects: [pod(podSpec("trap '' TERM; sleep 3600 & wait; wait", { terminationGracePeriodSeconds: 3 }))],
    until: condition("Ready"),
    remove: true,
    state: "Terminating",
    message: "is being deleted",
  },
];
