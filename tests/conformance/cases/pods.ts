import { eventually } from "../../helpers/eventually.ts";
import { type Asked, cases, fields } from "../case.ts";
import {
  conditions,
  events,
  exec,
  finished,
  make,
  gone,
  idle,
  images,
  logOf,
  makePod,
  ready,
  running,
  shell,
  states,
  until,
} from "../workbench.ts";

const never = { restartPolicy: "Never" };

/** Phase, conditions and containers of a pod. */
function picture(pod: any): unknown {
  const { phase, reason, message } = pod.status;
  return { phase, reason, message, conditions: conditions(pod), containers: states(pod) };
}

const ended = async (asked: Asked, container: object, spec: object = {}) =>
  finished(asked, await makePod(asked, "one", container, { ...never, ...spec }));

const stateOf = (pod: any, index = 0) => pod.status.containerStatuses?.[index]?.state;

/** The pod once its first container waits for this reason. */
const waits = (asked: Asked, path: string, reason: string) =>
  until(asked, path, reason, (pod) => stateOf(pod)?.waiting?.reason === reason);

/** The last version of a pod that a watch shows while it is being deleted. */
async function lastSeen(asked: Asked, path: string, options?: object): Promise<any> {
  const name = path.split("/").at(-1);
  const watch = asked.watch(`${asked.at("pods")}?watch=true&fieldSelector=metadata.name%3D${name}`);
  await eventually("the watch has begun", () => watch.events.length > 0);
  const deleted = await asked.delete(path, options);
  await eventually("the pod is deleted", () => watch.events.some(({ type }) => type === "DELETED"), {
    timeoutMs: 45_000,
  });
  await watch.stop();
  return { answered: deleted.body, last: watch.events.at(-1).object };
}

/** Pods: from their first state to their last. */
export const pods = cases({
  "a pod runs and says so": async (asked) => {
    const pod = await ready(asked, await makePod(asked, "one", idle()));
    return [
      picture(pod),
      fields(pod, "status.qosClass", "status.observedGeneration", "metadata.generation"),
      await events(asked, "one", "Started"),
    ];
  },
  "a pod's status names what its containers have": {
    differs: "A pod's status does not repeat the resources and mounts of its containers.",
    ask: async (asked) => {
      const pod = await ready(asked, await makePod(asked, "one", idle()));
      return [Object.keys(pod.status).sort(), Object.keys(pod.status.containerStatuses[0]).sort()];
    },
  },
  "requests and limits decide the quality of service": async (asked) => {
    const all = { cpu: "10m", memory: "16Mi" };
    const of = async (name: string, resources: object) => {
      const { body } = await asked.get(await makePod(asked, name, idle({ resources })));
      return fields(body, "status.qosClass", "spec.containers.0.resources");
    };
    return [
      await of("guaranteed", { limits: all }),
      await of("burstable", { requests: all }),
      await of("best", {}),
      await of("half", { limits: { cpu: "10m" } }),
    ];
  },
  "a pod that ends with 0 has succeeded": async (asked) => picture(await ended(asked, shell("exit 0"))),
  "a pod that ends with another code has failed": async (asked) =>
    picture(await ended(asked, shell("exit 7"))),
  "a pod fails when one of its containers does": async (asked) =>
    picture(await ended(asked, [shell("exit 0", { name: "good" }), shell("exit 1", { name: "bad" })])),
  "OnFailure starts a failed container again and leaves one that succeeds": async (asked) => {
    const script = "[ -e /data/been ] && exit 0; touch /data/been; exit 5";
    const data = { volumes: [{ name: "data", emptyDir: {} }], restartPolicy: "OnFailure" };
    const main = shell(script, { volumeMounts: [{ name: "data", mountPath: "/data" }] });
    return picture(await ended(asked, main, data));
  },
  "Always starts a container again that succeeds": async (asked) => {
    const path = await makePod(asked, "one", shell("exit 0"));
    const pod = await until(
      asked,
      path,
      "it was restarted",
      (pod) => pod.status.containerStatuses?.[0].restartCount >= 1,
    );
    return [pod.status.phase, (pod.status.containerStatuses[0].lastState.terminated ?? {}).reason];
  },
  "a container that keeps failing backs off": async (asked) => {
    const path = await makePod(asked, "one", shell("exit 4"));
    const pod = await waits(asked, path, "CrashLoopBackOff");
    const { restartCount, ...main } = (states(pod) as any).main;
    main.state.waiting.message = main.state.waiting.message.replace(/\d+s/, "<wait>");
    const lines = await events(asked, "one", "BackOff");
    return [
      pod.status.phase,
      conditions(pod),
      restartCount > 0,
      main,
      lines.filter((line) => line.includes("BackOff")),
    ];
  },
  "an image that is not there is ErrImagePull, then ImagePullBackOff": async (asked) => {
    const path = await makePod(asked, "one", idle({ image: "busybox:missing" }));
    const first = await waits(asked, path, "ErrImagePull");
    const then = await waits(asked, path, "ImagePullBackOff");
    // Why it cannot be pulled differs from place to place.
    const { state: _, ...rest } = (states(then) as any).main;
    const lines = await events(asked, "one", "BackOff", /Error: ImagePullBackOff/);
    return [
      first.status.phase,
      then.status.phase,
      conditions(then),
      rest,
      stateOf(then).waiting.message.split(": ")[0],
      lines.map((line) => line.replace(/(Failed to pull image "[^"]*"): .*/, "$1: …")),
    ];
  },
  "an image that is not there and may not be pulled": async (asked) => {
    const path = await makePod(asked, "one", idle({ image: "busybox:missing", imagePullPolicy: "Never" }));
    return [picture(await waits(asked, path, "ErrImageNeverPull")), await events(asked, "one", "Failed")];
  },
  "an image that is no name of an image": async (asked) => {
    const path = await makePod(asked, "one", idle({ image: "Busy Box:1" }));
    const { message, ...rest } = stateOf(await waits(asked, path, "InvalidImageName")).waiting;
    // What of it is wrong is told in words that change.
    return [rest, message.split("invalid reference format")[0]];
  },
  "a missing ConfigMap keeps a container from starting until it is there": async (asked) => {
    const env = [{ name: "A", valueFrom: { configMapKeyRef: { name: "settings", key: "a" } } }];
    const path = await makePod(asked, "one", shell("echo $A", { env }), never);
    const before = await waits(asked, path, "CreateContainerConfigError");
    const first = await events(asked, "one", "Failed");
    await asked.post(asked.at("configmaps"), {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "settings" },
      data: { a: "now" },
    });
    await finished(asked, path);
    return [picture(before), first.filter((line) => line.includes("Failed")), await logOf(asked, path)];
  },
  "a missing key of a Secret is named": async (asked) => {
    await asked.post(asked.at("secrets"), {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "keys" },
      stringData: { a: "1" },
    });
    const env = [{ name: "A", valueFrom: { secretKeyRef: { name: "keys", key: "b" } } }];
    const pod = await waits(asked, await makePod(asked, "one", idle({ env })), "CreateContainerConfigError");
    return stateOf(pod);
  },
  "a command that is not there is a StartError": async (asked) => {
    const pod = await ended(asked, { ...shell(""), command: ["no-such-program"] });
    const { message, ...rest } = (states(pod) as any).main.state.terminated;
    const lines = await events(asked, "one", "Failed");
    return [
      pod.status.phase,
      rest,
      message.includes("no-such-program"),
      lines.filter((line) => /Created|Started/.test(line)),
    ];
  },
  "a container that takes more memory than its limit is OOMKilled": async (asked) => {
    const command = [
      "bun",
      "-e",
      "const kept = []; for (;;) { kept.push(new Uint8Array(8e6).fill(1)); await Bun.sleep(20); }",
    ];
    const resources = { limits: { memory: "128Mi" } };
    const pod = await ended(asked, {
      name: "main",
      image: images.bun,
      imagePullPolicy: "IfNotPresent",
      command,
      resources,
    });
    return picture(pod);
  },
  "a termination message comes from its file, or from the end of the log": async (asked) => {
    const pod = await ended(asked, [
      shell("echo last words > /dev/termination-log; exit 1", { name: "file" }),
      shell("echo said; exit 1", { name: "log", terminationMessagePolicy: "FallbackToLogsOnError" }),
      shell("echo said; exit 0", { name: "fine", terminationMessagePolicy: "FallbackToLogsOnError" }),
      shell("echo elsewhere > /tmp/end; exit 0", { name: "path", terminationMessagePath: "/tmp/end" }),
    ]);
    return states(pod);
  },
  "init containers run one after the other before the others": async (asked) => {
    const data = { volumes: [{ name: "data", emptyDir: {} }] };
    const mounted = { volumeMounts: [{ name: "data", mountPath: "/data" }] };
    const pod = await ended(asked, shell("cat /data/order", mounted), {
      ...data,
      initContainers: [
        shell("sleep 0.3; echo first >> /data/order", { name: "first", ...mounted }),
        shell("echo second >> /data/order", { name: "second", ...mounted }),
      ],
    });
    return [picture(pod), await logOf(asked, asked.at("pods", "one")), await events(asked, "one")];
  },
  "while an init container runs the others wait": async (asked) => {
    const path = await makePod(asked, "one", idle(), { initContainers: [idle({ name: "first" })] });
    const pod = await until(
      asked,
      path,
      "it runs",
      ({ status }) => status.initContainerStatuses?.[0].state.running,
    );
    return picture(pod);
  },
  "an init container that fails fails a pod that is not restarted": async (asked) =>
    picture(await ended(asked, idle(), { initContainers: [shell("exit 2", { name: "first" })] })),
  "an init container that fails is tried again in a pod that is": async (asked) => {
    const path = await makePod(asked, "one", idle(), {
      initContainers: [shell("exit 2", { name: "first" })],
    });
    const pod = await until(
      asked,
      path,
      "it backs off",
      ({ status }) => status.initContainerStatuses?.[0].state.waiting?.reason === "CrashLoopBackOff",
    );
    return [pod.status.phase, conditions(pod), pod.status.containerStatuses[0].state];
  },
  "a sidecar starts first, runs beside the others and ends with them": async (asked) => {
    const side = idle({ name: "side", restartPolicy: "Always" });
    const pod = await ended(asked, shell("sleep 0.5"), { initContainers: [side] });
    return picture(pod);
  },
  "a readiness probe decides Ready, and says why not": async (asked) => {
    const command = ["sh", "-c", "test -e /tmp/go || { echo not yet; false; }"];
    const readinessProbe = { exec: { command }, periodSeconds: 1, failureThreshold: 1 };
    const path = await makePod(asked, "one", idle({ readinessProbe }));
    await running(asked, path);
    const lines = await events(asked, "one", "Unhealthy");
    const before = (await asked.get(path)).body;
    await exec(asked, "one", ["touch", "/tmp/go"]);
    const during = await ready(asked, path);
    await exec(asked, "one", ["rm", "/tmp/go"]);
    const isUnready = (pod: any) => conditions(pod).Ready?.startsWith("False");
    const after = await until(asked, path, "it is not ready", isUnready);
    return [
      picture(before),
      lines.filter((line) => line.includes("Unhealthy")),
      picture(during),
      picture(after),
    ];
  },
  "a liveness probe that fails starts the container again": async (asked) => {
    const livenessProbe = { exec: { command: ["false"] }, periodSeconds: 1, failureThreshold: 1 };
    const path = await makePod(
      asked,
      "one",
      shell("trap 'exit 9' TERM; while :; do sleep 0.1; done", { livenessProbe }),
    );
    const pod = await until(
      asked,
      path,
      "a restart",
      ({ status }) => status.containerStatuses?.[0].restartCount === 1,
    );
    const lines = await events(asked, "one", "Killing");
    return [(states(pod) as any).main.lastState, lines.filter((line) => /Unhealthy|Killing/.test(line))];
  },
  "a startup probe holds back the others and ends a container that does not come up": async (asked) => {
    const of = (failureThreshold: number) =>
      idle({ startupProbe: { exec: { command: ["false"] }, periodSeconds: 1, failureThreshold } });
    const patient = await running(asked, await makePod(asked, "patient", of(600)));
    const path = await makePod(asked, "one", of(1));
    const isBack = ({ status }: any) => status.containerStatuses?.[0].lastState.terminated;
    const after = await until(asked, path, "a restart", isBack);
    const lines = await events(asked, "one", "Killing");
    return [
      picture(patient),
      (states(after) as any).main.lastState,
      lines.filter((line) => /Unhealthy|Killing/.test(line)),
    ];
  },
  "probes by HTTP and TCP ask the pod's address": async (asked) => {
    const serve =
      'Bun.serve({ port: 8080, fetch: ({ url }) => new Response("", { status: url.endsWith("/ok") ? 200 : 503 }) })';
    const command = ["bun", "-e", serve];
    const image = { image: images.bun, imagePullPolicy: "IfNotPresent", command };
    const of = async (name: string, readinessProbe: object) =>
      makePod(asked, name, {
        name: "main",
        ...image,
        ports: [{ name: "web", containerPort: 8080 }],
        readinessProbe: { ...readinessProbe, periodSeconds: 1 },
      });
    const good = await of("good", { httpGet: { path: "/ok", port: "web" } });
    const bad = await of("bad", { httpGet: { path: "/bad", port: 8080 } });
    const tcp = await of("tcp", { tcpSocket: { port: 8080 } });
    const closed = await of("closed", { tcpSocket: { port: 9999 } });
    await Promise.all([ready(asked, good), ready(asked, tcp), running(asked, bad), running(asked, closed)]);
    const said = (name: string, words: RegExp) =>
      eventually(`${words}`, async () => (await events(asked, name)).find((line) => words.test(line)));
    const lines = [await said("bad", /statuscode: 503/), await said("closed", /9999/)];
    return [
      ...(await Promise.all([bad, closed].map(async (path) => picture((await asked.get(path)).body)))),
      lines,
    ];
  },
  "a deleted pod gets SIGTERM after its preStop hook, and its grace": async (asked) => {
    const script =
      "trap 'echo told; exit 0' TERM; while :; do [ -e /tmp/hook ] && echo hooked && rm /tmp/hook; sleep 0.1; done";
    const lifecycle = { preStop: { exec: { command: ["sh", "-c", "touch /tmp/hook; sleep 0.5"] } } };
    const path = await makePod(asked, "one", shell(script, { lifecycle }), {
      terminationGracePeriodSeconds: 20,
    });
    await ready(asked, path);
    const log = asked.get(`${path}/log?follow=true`);
    const { answered, last } = await lastSeen(asked, path);
    return [
      fields(answered, "metadata.deletionGracePeriodSeconds", "status.phase", "metadata.generation"),
      picture(last),
      fields(last, "metadata.deletionGracePeriodSeconds"),
      (await log).body,
      await events(asked, "one", "Killing"),
    ];
  },
  "a container that does not heed SIGTERM is killed after the grace": async (asked) => {
    const path = await makePod(asked, "one", shell("trap '' TERM; while :; do sleep 0.1; done"));
    await ready(asked, path);
    const { answered, last } = await lastSeen(asked, path);
    return [fields(answered, "metadata.deletionGracePeriodSeconds"), picture(last)];
  },
  "a pod deleted without grace is gone at once": async (asked) => {
    const path = await makePod(asked, "one", idle());
    await ready(asked, path);
    const { code, body } = await asked.delete(path, { gracePeriodSeconds: 0 });
    return [code, fields(body, "metadata.deletionGracePeriodSeconds"), (await asked.get(path)).code];
  },
  "a pod that is over goes at once when it is deleted": async (asked) => {
    const path = await makePod(asked, "one", shell("exit 0"), never);
    await finished(asked, path);
    const { answered, last } = await lastSeen(asked, path);
    return [fields(answered, "metadata.deletionGracePeriodSeconds"), picture(last)];
  },
  "a pod past its deadline is ended and failed": async (asked) => {
    const pod = await finished(asked, await makePod(asked, "one", idle(), { activeDeadlineSeconds: 3 }));
    const over = await until(
      asked,
      asked.at("pods", "one"),
      "its container ended",
      (pod) => stateOf(pod).terminated,
    );
    return [
      pod.status.phase,
      picture(over),
      (await events(asked, "one", "DeadlineExceeded", "Killing")).filter((line) =>
        /Deadline|Killing/.test(line),
      ),
    ];
  },
  "a postStart hook that fails ends the container": async (asked) => {
    const lifecycle = { postStart: { exec: { command: ["sh", "-c", "echo no; exit 6"] } } };
    const path = await makePod(asked, "one", idle({ lifecycle }), never);
    const pod = await finished(asked, path);
    const { reason, exitCode } = stateOf(pod).terminated;
    return [
      pod.status.phase,
      reason,
      exitCode,
      (await events(asked, "one", "FailedPostStartHook", "Killing")).filter((line) =>
        /Hook|Killing/.test(line),
      ),
    ];
  },
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
