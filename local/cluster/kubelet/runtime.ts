import { join } from "node:path";
import { pods } from "../controllers/names.ts";
import { type Api, type KubeObject, type PodRuntime, StatusError } from "../types.ts";
import { readLog } from "./logs.ts";
import type { Pod } from "./pod.ts";

/** What the API server asks of the kubelet: logs from the files, commands inside the running containers. */
export function createPodRuntime(api: Api, podOf: (uid: string) => Pod | undefined, dir: string): PodRuntime {
  const statusOf = (pod: KubeObject, container: string) => {
    const { uid, name, namespace } = pod.metadata;
    const live = api.get(pods, name, namespace);
    if (live?.metadata.uid !== uid) return undefined;
    const { containerStatuses = [], initContainerStatuses = [] } = live.status ?? {};
    return [...containerStatuses, ...initContainerStatuses].find((each: any) => each.name === container);
  };

  return {
    async *logs(pod, container, options, signal) {
      const status = statusOf(pod, container);
      if (!status) throw badRequest(`container ${container} in pod ${pod.metadata.name} is not known`);
      const { restartCount, state, lastState } = status;
      const { waiting } = state;
      if (options.previous && !lastState?.terminated)
        throw badRequest(
          `previous terminated container "${container}" in pod "${pod.metadata.name}" not found`,
        );
      if (waiting && !lastState?.terminated)
        throw badRequest(
          `container "${container}" in pod "${pod.metadata.name}" is waiting to start: ${whyWaiting(waiting)}`,
        );
      // While it waits to be restarted, the last life is still the current one.
      const restart = options.previous && !waiting ? restartCount - 1 : restartCount;
      const path = join(dir, "pods", pod.metadata.uid, "logs", container, `${restart}.log`);
      const isOver = () => {
        const now = statusOf(pod, container);
        return options.previous || !now?.state.running || now.restartCount !== restart;
      };
      yield* readLog(path, options, isOver, signal);
    },
    exec(pod, container, command, output) {
      const { uid, name } = pod.metadata;
      const sandbox = podOf(uid)?.container(container)?.sandbox();
      if (!sandbox)
        throw new StatusError(500, "InternalError", `container not found ("${container}") in pod ${name}`);
      return sandbox.exec(`${uid}/${container}`, command, output);
    },
  };
}

function whyWaiting({ reason }: { reason: string }): string {
  if (reason === "ErrImagePull") return "image can't be pulled";
  return reason === "ImagePullBackOff" ? "trying and failing to pull image" : reason;
}

const badRequest = (message: string) => new StatusError(400, "BadRequest", message);
