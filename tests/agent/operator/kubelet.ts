import type { Api, Controller, KubeObject } from "../../../local/cluster/types.ts";

const pods = { group: "", resource: "pods" };

/**
 * Stands for the kubelet: a pod is ready at once, unless its image has the tag `missing`; one that
 * runs the script `exit N` has ended so, again and again where it is restarted.
 */
export function startKubelet(api: Api): Controller {
  let stopped = false;

  const play = ({ metadata: { name, namespace, uid } }: KubeObject) => {
    const pod = stopped ? undefined : api.get(pods, name, namespace);
    if (pod?.metadata.uid !== uid || !pod.spec.nodeName) return;
    if (pod.metadata.deletionTimestamp) api.delete(pods, name, namespace, { gracePeriodSeconds: 0 });
    else if (!pod.status?.containerStatuses) api.updateStatus(pods, { ...pod, status: statusOf(pod) });
  };

  const stop = api.onChange(({ resource, type, object }) => {
    if (resource.resource === "pods" && type !== "DELETED") setTimeout(() => play(object), 1);
  });
  return {
    name: "test kubelet",
    stop() {
      stopped = true;
      stop();
    },
  };
}

function statusOf({ spec, status }: KubeObject) {
  const { name, image, command = [] } = spec.containers[0];
  const time = new Date().toISOString();
  const [, code] = /^exit (\d+)$/.exec(command.at(-1)) ?? [];
  if (code !== undefined && spec.restartPolicy === "Always") {
    const state = { waiting: { reason: "CrashLoopBackOff" } };
    const lastState = { terminated: { exitCode: Number(code), startedAt: time, finishedAt: time } };
    return {
      ...status,
      phase: "Running",
      conditions: [{ type: "Ready", status: "False", lastTransitionTime: time }],
      containerStatuses: [{ name, image, ready: false, restartCount: 2, state, lastState }],
    };
  }
  if (code !== undefined) {
    const terminated = {
      exitCode: Number(code),
      reason: code === "0" ? "Completed" : "Error",
      finishedAt: time,
    };
    return {
      ...status,
      phase: code === "0" ? "Succeeded" : "Failed",
      containerStatuses: [{ name, image, ready: false, restartCount: 0, state: { terminated } }],
    };
  }
  const ready = !image.endsWith(":missing");
  const state = ready ? { running: { startedAt: time } } : { waiting: { reason: "ImagePullBackOff" } };
  return {
    ...status,
    phase: ready ? "Running" : "Pending",
    conditions: [{ type: "Ready", status: ready ? "True" : "False", lastTransitionTime: time }],
    containerStatuses: [{ name, image, ready, restartCount: 0, state }],
  };
}
