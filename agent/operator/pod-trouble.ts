import { isForsaken } from "../../kube/pod.ts";
import type { KubeObject } from "../../kube/types.ts";

/** What a pod's status says of a container. */
export interface ContainerStatus {
  name: string;
  image?: string;
  restartCount?: number;
  state?: {
    waiting?: { reason?: string; message?: string };
    running?: { startedAt?: string };
    terminated?: Ended;
  };
  lastState?: { terminated?: Ended };
}

interface Ended {
  reason?: string;
  exitCode?: number;
  startedAt?: string;
  finishedAt?: string;
}

/**
 * Why a pod does not come up, in words for people; undefined when nothing is wrong with it. It says nothing
 * that a container printed: that may hold secrets.
 */
export function podTrouble(pod: KubeObject): string | undefined {
  const { initContainerStatuses = [], containerStatuses = [], conditions = [] } = pod.status ?? {};
  for (const status of [...initContainerStatuses, ...containerStatuses] as ContainerStatus[]) {
    const trouble = containerTrouble(status);
    if (trouble) return `pod ${pod.metadata.name}: ${trouble}`;
  }
  const scheduled = conditions.find(({ type }: { type: string }) => type === "PodScheduled");
  if (scheduled?.status === "False") {
    return `pod ${pod.metadata.name}: no node can take it (${scheduled.message ?? scheduled.reason})`;
  }
  if (isForsaken(conditions)) {
    return `pod ${pod.metadata.name}: its node ${pod.spec?.nodeName ?? ""} does not answer (NotReady)`;
  }
  return undefined;
}

/** The first trouble among pods. */
export function firstTrouble(pods: Iterable<KubeObject>): string | undefined {
  for (const pod of pods) {
    const trouble = pod.metadata.deletionTimestamp ? undefined : podTrouble(pod);
    if (trouble) return trouble;
  }
  return undefined;
}

function containerTrouble({
  name,
  image,
  restartCount = 0,
  state,
  lastState,
}: ContainerStatus): string | undefined {
  const waiting = state?.waiting;
  const ended = state?.terminated ?? lastState?.terminated;
  switch (waiting?.reason) {
    // A pod goes to and fro between these two, and says the same by both.
    case "ErrImagePull":
    case "ImagePullBackOff":
      return `container ${name}: the image ${image ?? ""} cannot be pulled (ImagePullBackOff)`;
    case "InvalidImageName":
    case "ErrImageNeverPull":
      return `container ${name}: the image ${image ?? ""} cannot be pulled (${waiting.reason})`;
    case "CrashLoopBackOff":
      return `container ${name} keeps ending (${endOf(ended)}, restarted ${timesText(restartCount)}; see its log)`;
    case "CreateContainerConfigError":
    case "CreateContainerError":
    case "RunContainerError":
      return `container ${name} cannot be started: ${waiting.message ?? waiting.reason}`;
  }
  const code = state?.terminated?.exitCode;
  if (code !== undefined && code !== 0) return `container ${name} ended (${endOf(state?.terminated)})`;
  return undefined;
}

export const timesText = (count: number): string => (count === 1 ? "once" : `${count} times`);

/** How a container ended, in words for people. */
export function endOf(ended: Ended | undefined): string {
  if (ended === undefined) return "no exit code";
  if (ended.reason === "OOMKilled") return "out of memory";
  const neverRan = ended.reason === "StartError" || ended.reason === "ContainerCannotRun";
  return neverRan ? "its command cannot be run" : `exit code ${ended.exitCode}`;
}
