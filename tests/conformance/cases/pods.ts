import { cases, fields } from "../case.ts";
import {
  conditions,
  ended,
  events,
  finished,
  idle,
  images,
  logOf,
  makePod,
  never,
  picture,
  ready,
  shell,
  stateOf,
  states,
  until,
  waits,
} from "../workbench.ts";

/** Pods: what becomes of their containers. */
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
      // A second try may fail in other words and is an event of its own then.
      [...new Set(lines.map((line) => line.replace(/(Failed to pull image "[^"]*"): .*/, "$1: …")))],
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
});
