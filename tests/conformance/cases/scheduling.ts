import { cases } from "../case.ts";
import {
  conditions,
  events,
  finished,
  gone,
  idle,
  logOf,
  make,
  makePod,
  never,
  picture,
  ready,
  shell,
  stateOf,
  until,
  waits,
} from "../workbench.ts";

/** Pods: which are let in and placed, as whom they run, and how they are moved. */
export const scheduling = cases({
  "a pod that fits no node says why it is not scheduled": async (asked) => {
    const path = await makePod(asked, "one", idle(), { nodeSelector: { no: "such" } });
    const pod = await until(asked, path, "a verdict", (pod) => conditions(pod).PodScheduled);
    return [picture(pod), await events(asked, "one", "FailedScheduling")];
  },
  "a pod that asks for more than there is is not scheduled": async (asked) => {
    const path = await makePod(
      asked,
      "one",
      idle({ resources: { requests: { cpu: "1000", memory: "100Ti" } } }),
    );
    const pod = await until(asked, path, "a verdict", (pod) => conditions(pod).PodScheduled);
    return [picture(pod), await events(asked, "one", "FailedScheduling")];
  },
  "a scheduling gate holds a pod back until it is taken away": async (asked) => {
    const path = await makePod(asked, "one", idle(), { schedulingGates: [{ name: "example.com/gate" }] });
    const pod = await until(asked, path, "a verdict", (pod) => conditions(pod).PodScheduled);
    await asked.merge(path, { spec: { schedulingGates: null } });
    await ready(asked, path);
    return picture(pod);
  },
  "a pod with a service account that is not there is refused": async (asked) => {
    const { code, body } = await asked.post(asked.at("pods"), {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "one" },
      spec: { serviceAccountName: "nobody", containers: [idle()] },
    });
    return [code, body.reason, body.message];
  },
  "a pod that may not run as root says so": async (asked) => {
    const path = await makePod(asked, "one", idle(), { securityContext: { runAsNonRoot: true } });
    const pod = await waits(asked, path, "CreateContainerConfigError");
    return stateOf(pod).waiting.message.replace(/"one_.*?"/, '"…"');
  },
  "user, group and a read-only root are as the pod says": async (asked) => {
    const securityContext = { runAsUser: 1234, runAsGroup: 2345, readOnlyRootFilesystem: true };
    const script =
      "id -u; id -g; touch /here 2>/dev/null || echo read-only; touch /data/there && echo written";
    const pod = shell(script, { securityContext, volumeMounts: [{ name: "data", mountPath: "/data" }] });
    const path = await makePod(asked, "one", pod, { ...never, volumes: [{ name: "data", emptyDir: {} }] });
    await finished(asked, path);
    return await logOf(asked, path);
  },
  "a pod's own fields cannot be changed, but its image can": async (asked) => {
    const path = await makePod(asked, "one", shell("sleep 0.2; exit 0"));
    const bad = await asked.merge(path, { spec: { restartPolicy: "Never" } });
    const image = await asked.strategic(path, {
      spec: { containers: [{ name: "main", image: "busybox:latest" }] },
    });
    return [bad.code, bad.body.reason, image.code, image.body.metadata.generation];
  },
  "a pod that is evicted goes like a deleted one, unless a budget needs it": async (asked) => {
    const [free, needed] = [await makePod(asked, "free", idle()), await makePod(asked, "needed", idle())];
    await make(asked, "policy/v1/poddisruptionbudgets", {
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata: { name: "budget" },
      spec: { minAvailable: 1, selector: { matchLabels: { app: "needed" } } },
    });
    await Promise.all([ready(asked, free), ready(asked, needed)]);
    const budget = asked.at("policy/v1/poddisruptionbudgets", "budget");
    await until(asked, budget, "it has counted", ({ status }) => status?.currentHealthy === 1);
    const evict = async (path: string) => {
      const eviction = {
        apiVersion: "policy/v1",
        kind: "Eviction",
        metadata: { name: path.split("/").at(-1) },
      };
      const { code, body } = await asked.post(`${path}/eviction`, eviction);
      return { code, status: body.status, reason: body.reason, message: body.message, details: body.details };
    };
    const answers = [await evict(free), await evict(needed), await evict(asked.at("pods", "none"))];
    await gone(asked, free);
    return [answers, (await asked.get(needed)).body.metadata.deletionTimestamp ?? "still there"];
  },
});
