import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { eventually } from "../helpers/eventually.ts";
import { realKubeconfig } from "../helpers/real-cluster.ts";
import type { E2eCluster, Site } from "./cluster.ts";

/** What a user does with kubectl to an application of ours; the API's own corners are in tests/conformance. */
export function describeKubectl(cluster: E2eCluster): void {
  const isPossible = Bun.which("kubectl") && (!cluster.isReal || realKubeconfig);
  const title = `kubectl on a running application, ${cluster.title} (skipped without kubectl)`;
  describe.skipIf(!isPossible)(title, () => useKubectl(cluster));
}

function useKubectl(cluster: E2eCluster): void {
  let site: Site;
  let name: string;
  let system: string;
  beforeAll(async () => {
    site = await cluster.start({ isDatabaseShared: true });
    system = site.systemNamespace;
    const create = [
      "deployments",
      "create",
      "hello",
      "1.0.0",
      site.environment,
      "-p",
      "replicas=1",
      "--wait",
    ];
    expect(await site.product.cli(...create)).toMatchObject({ code: 0 });
    name = (await kubectl("get deploy -o name")).out.trim().replace("deployment.apps/", "");
  });
  afterAll(() => site?.stop());

  function start(args: string[], stdin = "") {
    const { home, kubeconfig } = site.product;
    const child = Bun.spawn(["kubectl", "-n", site.namespace, ...args], {
      env: { PATH: process.env.PATH ?? "", HOME: home, KUBECONFIG: kubeconfig },
      stdin: new Blob([stdin]),
      stdout: "pipe",
      stderr: "pipe",
    });
    return child;
  }
  async function run(args: string[], stdin?: string) {
    const child = start(args, stdin);
    const [out, err] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
    ]);
    return { code: await child.exited, out, err };
  }
  const kubectl = (line: string, stdin?: string) => run(line.split(" "), stdin);

  test("get shows tables, wide ones and YAML", async () => {
    expect((await kubectl("get deploy")).out).toMatch(
      /NAME +READY +UP-TO-DATE +AVAILABLE +AGE\nhello-\w+ +1\/1 +1 +1 /,
    );
    expect((await kubectl("get pods -o wide")).out).toMatch(
      /NODE.*\nhello-\S+ +1\/1 +Running +0 +\S+ +\d+\.\d+\.\d+\.\d+ /,
    );
    const yaml = (await kubectl(`get deploy ${name} -o yaml --show-managed-fields`)).out;
    expect(yaml).toContain("manager: styrmin");
    expect(yaml).toContain("styrmin.io/deployment:");
    expect((await kubectl("get svc,cm,rs")).out).toMatch(/service\/hello-[\s\S]+replicaset.apps\/hello-/);
    const resources = await kubectl(`get sd -n ${system}`);
    expect(resources.out).toMatch(/NAME +.*\nhello-\w+ .*Running.*True/);
  });

  test("describe tells of the application, its pods and its resource", async () => {
    const [deployment, pod, resource] = await Promise.all([
      kubectl(`describe deploy ${name}`),
      kubectl("describe pods"),
      kubectl(`describe sd ${name} -n ${system}`),
    ]);
    expect(deployment.out).toMatch(/Replicas: +1 desired \| 1 updated \| 1 total \| 1 available/);
    expect(pod.out).toMatch(/Image: +oven\/bun:1\n[\s\S]+Ready +True[\s\S]+Events:\n[\s\S]+Started/);
    expect(resource.out).toMatch(/Conditions:[\s\S]+Type: +Ready/);
  });

  test("rollout status and wait see that it is there", async () => {
    expect((await kubectl(`rollout status deploy/${name} --timeout=300s`)).out).toContain(
      "successfully rolled out",
    );
    expect((await kubectl(`wait --for=condition=Available deploy/${name} --timeout=300s`)).code).toBe(0);
    const ready = await kubectl(`wait --for=condition=Ready sd/${name} -n ${system} --timeout=300s`);
    expect(ready.out).toContain("condition met");
  });

  test("exec runs a command in the pod and hands on input, output and exit code", async () => {
    const inside = await run(["exec", `deploy/${name}`, "--", "sh", "-c", "id -u; exit 7"]);
    expect(inside).toMatchObject({ code: 7, out: "1000\n" });
    const piped = await run(["exec", "-i", `deploy/${name}`, "--", "sh", "-c", "wc -c"], "four");
    expect(piped).toMatchObject({ code: 0, out: "4\n" });
    expect(await run(["exec", `deploy/${name}`, "--", "not-a-program"])).toMatchObject({
      code: expect.any(Number),
      err: expect.stringContaining("not-a-program"),
    });
  });

  test("apply --server-side, wait, logs -f and delete work on objects of the user's own", async () => {
    const command = ["sh", "-c", "while sleep 0.1; do echo tick; done"];
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "own" },
      spec: {
        terminationGracePeriodSeconds: 1,
        containers: [{ name: "main", image: "busybox", imagePullPolicy: "IfNotPresent", command }],
      },
    };
    const applied = await kubectl("apply --server-side -f -", JSON.stringify(pod));
    expect(applied.out).toBe("pod/own serverside-applied\n");
    expect((await kubectl("wait --for=condition=Ready pod/own --timeout=300s")).code).toBe(0);

    const following = start(["logs", "-f", "own"]);
    let seen = "";
    const reading = (async () => {
      for await (const chunk of following.stdout) seen += new TextDecoder().decode(chunk);
    })();
    await eventually("lines as they come", () => seen.split("tick\n").length > 5);

    const [gone, deleted] = await Promise.all([
      kubectl("wait --for=delete pod/own --timeout=300s"),
      kubectl("delete pod own"),
    ]);
    // Newer ones add the namespace.
    expect([gone.code, deleted.out]).toEqual([0, expect.stringMatching(/^pod "own" deleted/)]);
    await reading;
    expect(await following.exited).toBe(0);
    expect((await kubectl(`logs deploy/${name}`)).out).toContain("\n");
  });

  test("what kubectl deletes of the application comes back", async () => {
    const uid = async () => (await kubectl(`get deploy ${name} -o jsonpath={.metadata.uid}`)).out;
    const before = await uid();
    expect((await kubectl(`delete deploy ${name}`)).code).toBe(0);
    await eventually("the Deployment, made again", async () => ![before, ""].includes(await uid()));
    expect((await kubectl(`rollout status deploy/${name} --timeout=300s`)).code).toBe(0);
  });
}
