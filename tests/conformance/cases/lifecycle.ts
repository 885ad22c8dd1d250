import { eventually } from "../../helpers/eventually.ts";
import { type Asked, cases, fields } from "../case.ts";
import {
  conditions,
  ended,
  events,
  exec,
  finished,
  idle,
  images,
  logOf,
  makePod,
  never,
  picture,
  ready,
  running,
  shell,
  stateOf,
  states,
  until,
} from "../workbench.ts";

/** The last version of a pod that a watch shows while it is being deleted. */
async function lastSeen(asked: Asked, path: string, options?: object): Promise<any> {
  const name = path.split("/").at(-1);
  const watch = asked.watch(`${asked.at("pods")}?watch=true&fieldSelector=metadata.name%3D${name}`);
  await eventually("the watch has begun", () => watch.events.length > 0);
  const deleted = await asked.delete(path, options);
  await eventually("the pod is deleted", () => watch.events.some(({ type }) => type === "DELETED"));
  await watch.stop();
  return { answered: deleted.body, last: watch.events.at(-1).object };
}

/** Not to be reached on a busy node either: else a probe would say that it took too long. */
const timeoutSeconds = 20;
const fails = { exec: { command: ["false"] }, periodSeconds: 1, timeoutSeconds };

/** Pods: what comes before their containers, asks after them and ends them. */
export const lifecycle = cases({
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
    const readinessProbe = { exec: { command }, periodSeconds: 1, timeoutSeconds, failureThreshold: 1 };
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
    const livenessProbe = { ...fails, failureThreshold: 1 };
    const path = await makePod(
      asked,
      "one",
      shell("trap 'exit 9' TERM; while :; do sleep 0.1; done", { livenessProbe }),
    );
    const pod = await until(
      asked,
      path,
      "a restart",
      ({ status }) => status.containerStatuses?.[0].restartCount > 0,
    );
    const lines = await events(asked, "one", "Killing");
    return [(states(pod) as any).main.lastState, lines.filter((line) => /Unhealthy|Killing/.test(line))];
  },
  "a startup probe holds back the others and ends a container that does not come up": async (asked) => {
    const of = (failureThreshold: number) => idle({ startupProbe: { ...fails, failureThreshold } });
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
    const pod = await finished(asked, await makePod(asked, "one", idle(), { activeDeadlineSeconds: 20 }));
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
});
