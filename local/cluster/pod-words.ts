import type { KubeObject } from "./types.ts";

/** What kubectl says of a pod: how many containers are ready, one word, and its restarts. */
export interface PodWords {
  ready: string;
  status: string;
  restarts: number;
  lastRestartAt: string | undefined;
}

/**
 * The words of a pod, by the rules of kubectl's printer: the reason of an init container that did not
 * succeed, else of a waiting or terminated container, else the phase; `Terminating` while it is deleted.
 */
export function podWords(pod: KubeObject): PodWords {
  const { spec = {}, status = {}, metadata } = pod;
  const inits: any[] = status.initContainerStatuses ?? [];
  const containers: any[] = status.containerStatuses ?? [];
  let word: string = status.reason ?? status.phase ?? "Unknown";
  const pending = inits.findIndex((each) => !succeeded(each));
  const started = pending === -1;
  if (started) {
    for (const container of containers.toReversed()) word = reasonOf(container.state) ?? word;
    const anyReady = containers.some((each) => each.ready && each.state?.running);
    if (word === "Completed" && anyReady) word = isReady(pod) ? "Running" : "NotReady";
  } else {
    word = initWord(inits[pending], pending, spec.initContainers?.length ?? inits.length);
  }
  if (metadata.deletionTimestamp) word = status.reason === "NodeLost" ? "Unknown" : "Terminating";
  const counted = started ? containers : inits;
  return {
    ready: `${containers.filter((each) => each.ready).length}/${spec.containers?.length ?? 0}`,
    status: word,
    restarts: counted.reduce((sum, each) => sum + (each.restartCount ?? 0), 0),
    lastRestartAt: counted
      .map((each) => each.lastState?.terminated?.finishedAt)
      .filter(Boolean)
      .sort()
      .at(-1),
  };
}

/** Whether the pod's Ready condition is True. */
export function isReady(pod: KubeObject): boolean {
  const conditions: { type: string; status: string }[] = pod.status?.conditions ?? [];
  return conditions.some((each) => each.type === "Ready" && each.status === "True");
}

/** An init container is over with exit code 0; a restartable one counts once it has started. */
function succeeded(container: any): boolean {
  return (
    container.state?.terminated?.exitCode === 0 || (container.started === true && !!container.state?.running)
  );
}

function reasonOf(state: any): string | undefined {
  if (state?.waiting?.reason) return state.waiting.reason;
  if (!state?.terminated) return undefined;
  if (state.terminated.reason) return state.terminated.reason;
  const { signal, exitCode } = state.terminated;
  return signal ? `Signal:${signal}` : `ExitCode:${exitCode}`;
}

function initWord(container: any, index: number, count: number): string {
  const reason = reasonOf(container.state);
  return reason && reason !== "PodInitializing" ? `Init:${reason}` : `Init:${index}/${count}`;
}
