import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { startTestCluster, type TestCluster } from "../../../helpers/cluster.ts";
import { type PodRuntime, StatusError } from "../../../../local/cluster/types.ts";
import { createClient } from "../../../helpers/kube-http.ts";

/** A kubelet that runs three commands: `cat`, `exit N` and `broken`. */
const runtime: PodRuntime = {
  async *logs(_pod, container, options) {
    if (container === "silent") throw new StatusError(400, "BadRequest", "container is waiting to start");
    for (let i = 0; i < (options.tailLines ?? 3); i++)
      yield new TextEncoder().encode(`${container} line ${i}\n`);
  },
  exec(_pod, _container, [command, argument], output) {
    const { promise, resolve } = Promise.withResolvers<{ exitCode: number } | { failure: string }>();
    if (command === "exit") {
      output.stderr(new TextEncoder().encode("going\n"));
      resolve({ exitCode: Number(argument) });
    } else if (command === "broken") resolve({ failure: "no such command" });
    return {
      write: (chunk) => output.stdout(chunk),
      closeStdin: () => resolve({ exitCode: 0 }),
      resize() {},
      kill: () => resolve({ exitCode: 137 }),
      done: promise,
    };
  },
};

describe("logs and exec", () => {
  let cluster: TestCluster;
  let http: ReturnType<typeof createClient>;
  const pods = "/api/v1/namespaces/default/pods";
  beforeAll(async () => {
    cluster = await startTestCluster({ runtime: () => runtime });
    http = createClient(cluster.kubeconfig);
    const containers = ["a", "silent"].map((name) => ({ name, image: "busybox" }));
    const made = await http.post(pods, {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "p" },
      spec: { containers, nodeName: "n" },
    });
    const containerStatuses = ["a", "silent"].map((name) => ({ name, state: { running: {} } }));
    await http.put(`${pods}/p/status`, { ...made.body, status: { phase: "Running", containerStatuses } });
  });
  afterAll(() => cluster.stop());

  test("logs come as text, and a refusal as a Status", async () => {
    const { code, body } = await http.get(`${pods}/p/log?container=a&tailLines=2`);
    expect(code).toBe(200);
    expect(body).toBe("a line 0\na line 1\n");
    expect((await http.get(`${pods}/p/log?container=silent`)).body.message).toBe(
      "container is waiting to start",
    );
    expect((await http.get(`${pods}/p/log`)).body.message).toContain(
      "a container name must be specified for pod p",
    );
    expect((await http.get(`${pods}/p/log?container=x`)).code).toBe(400);
  });

  test("an exec that is no WebSocket is refused with the reason", async () => {
    const path = `${pods}/p/exec?command=cat&container=a`;
    for (const answer of [await http.get(path), await http.post(path, {})]) {
      expect(answer.code).toBe(400);
      expect(answer.body.message).toBe("Upgrade request required");
    }
  });

  test.skipIf(!Bun.which("kubectl"))("kubectl passes stdin, output and exit code through", async () => {
    const exec = async (args: string[], stdin: string) => {
      const child = Bun.spawn(["kubectl", "exec", "p", "-c", "a", "-i", "--", ...args], {
        env: { PATH: process.env.PATH ?? "", HOME: cluster.dir, KUBECONFIG: cluster.kubeconfig },
        stdin: new Blob([stdin]),
        stdout: "pipe",
        stderr: "pipe",
      });
      const [out, err] = await Promise.all([
        new Response(child.stdout).text(),
        new Response(child.stderr).text(),
      ]);
      return { out, err, code: await child.exited };
    };
    const long = "0123456789".repeat(20_000);
    expect(await exec(["cat"], long)).toEqual({ out: long, err: "", code: 0 });
    const failed = await exec(["exit", "7"], "");
    expect(failed).toMatchObject({ code: 7, err: expect.stringContaining("going\n") });
    expect((await exec(["broken"], "")).err).toContain("no such command");
  });
});
