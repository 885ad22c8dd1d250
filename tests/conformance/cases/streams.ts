import { eventually } from "../../helpers/eventually.ts";
import { type Asked, cases } from "../case.ts";
import {
  exec,
  finished,
  forever,
  idle,
  logOf,
  makePod,
  never,
  ready,
  running,
  shell,
  until,
} from "../workbench.ts";
import { execOnTerminal } from "../terminal.ts";

async function ended(asked: Asked, script: string, spec: object = {}): Promise<string> {
  const path = await makePod(asked, "one", shell(script), { ...never, ...spec });
  await finished(asked, path);
  return path;
}

/** What an exec is answered when it is asked for in plain HTTP, as kubectl does after a refused upgrade. */
async function refusal({ send }: Asked, path: string, query = "command=true&stdout=true"): Promise<unknown> {
  const { code, body } = await send("POST", `${path}/exec?${query}`);
  return [code, body.reason, body.message ?? body];
}

/** Logs and exec: what comes, and what is refused. */
export const streams = cases({
  "a log is what the container printed, as far as it is asked for": async (asked) => {
    const path = await ended(
      asked,
      "echo wrong >&2; sleep 0.5; for i in 1 2 3 4 5; do echo line $i; done; printf end",
    );
    const stamped = (await logOf(asked, path, "timestamps=true&tailLines=2")) as string;
    return [
      await logOf(asked, path),
      await logOf(asked, path, "tailLines=2"),
      await logOf(asked, path, "tailLines=0"),
      await logOf(asked, path, "limitBytes=9"),
      await logOf(asked, path, "sinceSeconds=3600"),
      await logOf(asked, path, "sinceTime=2000-01-01T00:00:00Z"),
      await logOf(asked, path, "sinceTime=2090-01-01T00:00:00Z"),
      stamped.split("\n").map((line) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3,}Z /.test(line)),
    ];
  },
  "a followed log comes as it is printed and ends with the container": async (asked) => {
    const path = await makePod(asked, "one", shell("echo first; sleep 1; echo second"), never);
    await until(asked, path, "it has begun", ({ status }) => status.containerStatuses?.[0].containerID);
    const log = await logOf(asked, path, "follow=true");
    return [log, (await finished(asked, path)).status.phase];
  },
  "the log of the life before is asked for by previous": async (asked) => {
    const data = { volumes: [{ name: "data", emptyDir: {} }] };
    const script = `[ -e /data/been ] || { touch /data/been; echo first life; exit 1; }; echo second; ${forever}`;
    const main = shell(script, { volumeMounts: [{ name: "data", mountPath: "/data" }] });
    const path = await makePod(asked, "one", main, data);
    const isBack = ({ restartCount, state }: any) => restartCount === 1 && state.running;
    await until(asked, path, "a restart", ({ status }) => isBack(status.containerStatuses?.[0] ?? {}));
    const log = () => logOf(asked, path);
    await eventually("its second word", async () => (await log()) === "second\n");
    return [await logOf(asked, path, "previous=true"), await log()];
  },
  "there is no previous log of a container in its first life": async (asked) => {
    const path = await makePod(asked, "one", idle());
    await ready(asked, path);
    return logOf(asked, path, "previous=true");
  },
  "a container that waits has no log yet": async (asked) => {
    const missing = await makePod(asked, "missing", idle({ image: "busybox:missing" }));
    const isStuck = ({ status }: any) =>
      status.containerStatuses?.[0].state.waiting?.reason === "ImagePullBackOff";
    await until(asked, missing, "it waits", isStuck);
    const behind = await makePod(asked, "behind", idle(), { initContainers: [idle({ name: "first" })] });
    await until(asked, behind, "it waits", ({ status }) => status.initContainerStatuses?.[0].state.running);
    return [await logOf(asked, missing), await logOf(asked, behind)];
  },
  "a pod that is not scheduled has no log": async (asked) =>
    logOf(asked, await makePod(asked, "one", idle(), { nodeSelector: { no: "such" } })),
  "a log of nothing that is there is refused": async (asked) => {
    const path = await makePod(
      asked,
      "two",
      [shell("echo a", { name: "a" }), shell("echo b", { name: "b" })],
      never,
    );
    await finished(asked, path);
    const chosen = { annotations: { "kubectl.kubernetes.io/default-container": "b" } };
    const other = await makePod(
      asked,
      "chosen",
      [shell("echo a", { name: "a" }), shell("echo b", { name: "b" })],
      never,
      chosen,
    );
    await finished(asked, other);
    return [
      await logOf(asked, path),
      await logOf(asked, path, "container=b"),
      await logOf(asked, path, "container=c"),
      await logOf(asked, asked.at("pods", "none")),
      await logOf(asked, other),
    ];
  },
  "numbers of a log's query are checked": async (asked) => {
    const path = await ended(asked, "echo a");
    return [
      await logOf(asked, path, "tailLines=-1"),
      await logOf(asked, path, "tailLines=many"),
      await logOf(asked, path, "sinceSeconds=0"),
      await logOf(asked, path, "limitBytes=0"),
      await logOf(asked, path, "sinceTime=yesterday"),
      await logOf(asked, path, "sinceSeconds=1&sinceTime=2000-01-01T00:00:00Z"),
    ];
  },
  "the log of an init container and of a sidecar": async (asked) => {
    const path = await makePod(asked, "one", shell(`echo main; ${forever}`), {
      ...never,
      initContainers: [
        shell("echo first", { name: "first" }),
        shell("echo side; trap 'exit 0' TERM; while :; do sleep 0.1; done", {
          name: "side",
          restartPolicy: "Always",
        }),
      ],
    });
    await running(asked, path);
    return [await logOf(asked, path, "container=first"), await logOf(asked, path, "container=side")];
  },
  "exec answers what a command prints, and its exit code": async (asked) => {
    await makePod(asked, "one", idle({ env: [{ name: "WORD", value: "known" }], workingDir: "/tmp" }));
    await ready(asked, asked.at("pods", "one"));
    return [
      await exec(asked, "one", ["sh", "-c", "echo out; echo err >&2; exit 3"]),
      await exec(asked, "one", ["sh", "-c", "echo $WORD; pwd; hostname"]),
      await exec(asked, "one", ["true"]),
      await exec(asked, "one", ["sh", "-c", "kill -9 $$"]),
    ];
  },
  "exec hands on its input, large and empty": async (asked) => {
    await makePod(asked, "one", idle());
    await ready(asked, asked.at("pods", "one"));
    return [
      await exec(asked, "one", ["wc", "-c"], { stdin: "x".repeat(300_000) }),
      await exec(asked, "one", ["cat"], { stdin: "" }),
      await exec(asked, "one", ["sh", "-c", "read line; echo got $line"], { stdin: "one\ntwo\n" }),
    ];
  },
  "exec of a command that is not there": async (asked) => {
    await makePod(asked, "one", idle());
    await ready(asked, asked.at("pods", "one"));
    const said = String(JSON.stringify(await exec(asked, "one", ["no-such-program"])));
    return [
      said.includes("no-such-program"),
      said.includes("executable file not found"),
      said.includes("exitCode"),
    ];
  },
  "exec on a terminal has one, in one stream": async (asked) => {
    await makePod(asked, "one", idle());
    await ready(asked, asked.at("pods", "one"));
    return execOnTerminal(asked, "one", [
      "sh",
      "-c",
      "test -t 0 && test -t 1 && echo out; echo err >&2; exit 4",
    ]);
  },
  "exec is refused where nothing runs": async (asked) => {
    const over = await ended(asked, "exit 0");
    const unscheduled = await makePod(asked, "nowhere", idle(), { nodeSelector: { no: "such" } });
    const two = await makePod(asked, "two", [idle({ name: "a" }), idle({ name: "b" })]);
    await ready(asked, two);
    return [
      await refusal(asked, over),
      await refusal(asked, unscheduled),
      await refusal(asked, two),
      await refusal(asked, two, "container=c&command=true&stdout=true"),
      await refusal(asked, asked.at("pods", "none")),
      await refusal(asked, two, "container=a&stdout=true"),
      await refusal(asked, two, "container=a&command=true"),
      await refusal(asked, two, "container=a&command=true&stdout=true&stderr=true&tty=true"),
    ];
  },
  "an exec in a container that ends with it": async (asked) => {
    await makePod(asked, "one", shell("trap 'exit 0' TERM; while :; do sleep 0.1; done"), never);
    await ready(asked, asked.at("pods", "one"));
    await exec(asked, "one", ["sh", "-c", "kill -TERM 1"]);
    const pod = await finished(asked, asked.at("pods", "one"));
    return eventually("the pod has ended", () => pod.status.phase);
  },
});
