import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { startTestCluster, type TestCluster } from "../../../helpers/cluster.ts";

describe.skipIf(!Bun.which("kubectl"))("kubectl", () => {
  let cluster: TestCluster;
  beforeAll(async () => void (cluster = await startTestCluster()));
  afterAll(() => cluster.stop());

  async function kubectl(args: string, stdin = ""): Promise<{ code: number; out: string; err: string }> {
    const child = Bun.spawn(["kubectl", ...args.split(" ")], {
      env: { PATH: process.env.PATH ?? "", HOME: cluster.dir, KUBECONFIG: cluster.kubeconfig },
      stdin: new Blob([stdin]),
      stdout: "pipe",
      stderr: "pipe",
    });
    const [out, err] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
    ]);
    return { code: await child.exited, out, err };
  }

  test("lists the namespaces every cluster has", async () => {
    const { code, out } = await kubectl("get ns -o name");
    expect(code).toBe(0);
    expect(out).toContain("namespace/kube-system");
  });

  test("applies a Deployment on the server and sees its defaults", async () => {
    const first = await kubectl("apply --server-side -f -", JSON.stringify(deployment("web")));
    expect(first).toMatchObject({ code: 0, out: "deployment.apps/web serverside-applied\n" });
    const { out } = await kubectl(
      "get deploy web -o jsonpath={.spec.replicas}/{.spec.progressDeadlineSeconds}",
    );
    expect(out).toBe("1/600");
  });
});

function deployment(name: string) {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name },
    spec: {
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: "c", image: "busybox" }] },
      },
    },
  };
}
