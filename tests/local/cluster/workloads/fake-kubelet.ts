import type { Api, Controller, KubeObject } from "../../../../local/cluster/types.ts";

const pods = { group: "", resource: "pods" };

/** What becomes of a pod's only container, by the tag of its image. */
export type Fate = "ready" | "stuck" | "exit-0" | "exit-1";

export interface FakeKubelet extends Controller {
  /** Pods whose end is held back (by name) until they are let go. */
  readonly held: Set<string>;
  letGo(name: string): void;
}

/**
 * Plays the kubelet's part in a pod's status: runs it, ends it as the image's tag says (`x:ready`, `x:stuck`,
 * `x:exit-0`, `x:exit-1`; anything else is ready), and finishes its deletion.
 */
export function startFakeKubelet(api: Api): FakeKubelet {
  const held = new Set<string>();
  let stopped = false;
  let lastOctet = 0;

  const play = (seen: KubeObject) => {
    const { name, namespace, uid } = seen.metadata;
    if (stopped) return;
    const pod = api.get(pods, name, namespace);
    if (!pod || pod.metadata.uid !== uid || !pod.spec.nodeName) return;
    if (pod.metadata.deletionTimestamp) {
      if (!held.has(name)) api.delete(pods, name, namespace, { gracePeriodSeconds: 0 });
      return;
    }
    if (pod.status?.phase !== "Pending") return;
    const container = pod.spec.containers[0];
    const fate = (container.image.split(":")[1] ?? "ready") as Fate;
    const status = statusOf(fate, container.name);
    const others = (pod.status.conditions ?? []).filter((each: { type: string }) => each.type !== "Ready");
    const conditions = [...others, ...status.conditions];
    api.updateStatus(pods, { ...pod, status: { ...pod.status, ...status, conditions } });
  };

  const statusOf = (fate: Fate, name: string) => {
    const time = new Date().toISOString();
    const podIP = `10.244.0.${(lastOctet = (lastOctet % 250) + 1)}`;
    const done = fate === "exit-0" || fate === "exit-1";
    const ready = fate !== "stuck" && !done;
    const exitCode = fate === "exit-0" ? 0 : 1;
    const state = done ? { terminated: { exitCode, finishedAt: time } } : { running: { startedAt: time } };
    return {
      phase: done ? (exitCode === 0 ? "Succeeded" : "Failed") : "Running",
      podIP,
      conditions: [{ type: "Ready", status: ready ? "True" : "False", lastTransitionTime: time }],
      containerStatuses: [{ name, ready, restartCount: 0, state }],
    };
  };

  const later = (pod: KubeObject) => setTimeout(() => play(pod), 1);
  const stop = api.onChange(({ resource, type, object }) => {
    if (resource.resource === "pods" && resource.group === "" && type !== "DELETED") later(object);
  });
  for (const pod of api.list(pods)) later(pod);
  return {
    name: "fake-kubelet",
    held,
    letGo(name) {
      held.delete(name);
      for (const pod of api.list(pods)) if (pod.metadata.name === name) later(pod);
    },
    stop() {
      stopped = true;
      stop();
    },
  };
}
