import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { startTestCluster, type TestCluster } from "../../../helpers/cluster.ts";
import { eventually } from "../../../helpers/eventually.ts";

describe.skipIf(!Bun.which("kubectl"))("kubectl", () => {
  let cluster: TestCluster;
  beforeAll(async () => void (cluster = await startTestCluster()));
  afterAll(() => cluster.stop());

  function start(args: string[], stdin = "") {
    const child = Bun.spawn(["kubectl", ...args], {
      env: { PATH: process.env.PATH ?? "", HOME: cluster.dir, KUBECONFIG: cluster.kubeconfig },
      stdin: new Blob([stdin]),
      stdout: "pipe",
      stderr: "pipe",
    });
    let said = "";
    const read = async () => {
      const decoder = new TextDecoder();
      for await (const chunk of child.stdout) said += decoder.decode(chunk, { stream: true });
      return said;
    };
    const texts = Promise.all([read(), new Response(child.stderr).text()]);
    const ended = texts.then(async ([out, err]) => ({ code: await child.exited, out, err }));
    return { ended, said: () => said, kill: () => child.kill() };
  }
  const run = (line: string, stdin?: string) => start(line.split(" "), stdin).ended;
  const deployments = { group: "apps", resource: "deployments" };

  test("get prints tables and objects", async () => {
    expect((await run("get ns -o name")).out).toContain("namespace/kube-system");
    const table = await run("get cm,sa -n default");
    expect(table.out).toMatch(/NAME +DATA +AGE\nconfigmap\/kube-root-ca.crt +1 /);
    expect((await run("get nothings")).err).toContain(`the server doesn't have a resource type "nothings"`);
    expect((await run("get cm none")).err).toContain('configmaps "none" not found');
  });

  test("apply --server-side creates, keeps and conflicts", async () => {
    const manifest = JSON.stringify(deployment("ssa", "1"));
    const first = await run("apply --server-side --field-manager=m1 -f -", manifest);
    expect(first).toMatchObject({ code: 0, out: "deployment.apps/ssa serverside-applied\n" });
    const other = JSON.stringify(deployment("ssa", "2"));
    const conflict = await run("apply --server-side --field-manager=m2 -f -", other);
    expect(conflict.code).toBe(1);
    expect(conflict.err).toContain(`conflict with "m1": .spec.template.spec.containers[name="c"].image`);
    const forced = await run("apply --server-side --field-manager=m2 --force-conflicts -f -", other);
    expect(forced.code).toBe(0);
    const wrong = await run("apply --server-side -f -", manifest.replace('"template"', '"tempalte"'));
    expect(wrong.err).toContain(".spec.tempalte: field not declared in schema");
  });

  test("apply from the client merges, and takes over from the server side", async () => {
    const made = await run("apply -f -", JSON.stringify(deployment("csa", "1")));
    expect(made.out).toBe("deployment.apps/csa created\n");
    const changed = await run("apply -f -", JSON.stringify(deployment("csa", "2")));
    expect(changed.out).toBe("deployment.apps/csa configured\n");
    const same = await run("apply -f -", JSON.stringify(deployment("csa", "2")));
    expect(same.out).toBe("deployment.apps/csa unchanged\n");
    // kubectl moves the entries of its client-side manager over by a JSON patch of its own.
    for (const tag of ["2", "3"]) {
      const server = await run("apply --server-side -f -", JSON.stringify(deployment("csa", tag)));
      expect(server).toMatchObject({ code: 0, err: "" });
    }
  });

  test("create makes accounts, tokens, roles and bindings, and auth tells what they are good for", async () => {
    const done = async (line: string) => {
      const { code, out, err } = await run(line);
      expect([line, code, err]).toEqual([line, 0, ""]);
      return out.trim();
    };
    await done("create sa robot");
    await done("create role reader --verb=get,list --resource=pods,deployments.apps");
    await done("create rolebinding reader --role=reader --serviceaccount=default:robot");
    await done("create clusterrole all --aggregation-rule=kubectl-test=yes");
    await done("create clusterrole maps --verb=get --resource=configmaps --resource-name=one");
    await done("label clusterrole maps kubectl-test=yes");
    await done("create clusterrolebinding all --clusterrole=all --serviceaccount=default:robot");
    const token = await done("create token robot --duration=30m");
    expect(await done(`--token=${token} auth whoami -o name`)).toContain("selfsubjectreview");
    const may = async (what: string) =>
      (await run(`auth can-i ${what} --as=system:serviceaccount:default:robot`)).out.trim();
    expect([await may("list pods"), await may("get deployments.apps")]).toEqual(["yes", "yes"]);
    expect([await may("delete pods"), await may("list pods -n kube-system")]).toEqual(["no", "no"]);
    expect([await may("get configmaps/one -A"), await may("get configmaps/two")]).toEqual(["yes", "no"]);
    const listed = await done(`--token=${token} auth can-i --list`);
    expect(listed).toMatch(/^deployments\.apps +\[\] +\[\] +\[get list\]$/m);
    const refused = await run(`--token=${token} get secrets`);
    expect([refused.code, refused.err]).toEqual([
      1,
      'Error from server (Forbidden): secrets is forbidden: User "system:serviceaccount:default:robot" cannot ' +
        'list resource "secrets" in API group "" in the namespace "default"\n',
    ]);
    await done("delete sa robot");
    expect((await run(`--token=${token} get pods`)).err).toContain("Unauthorized");
  });

  test("label, annotate, scale and patch change objects", async () => {
    await run("apply -f -", JSON.stringify(deployment("edit", "1")));
    expect((await run("label deploy edit tier=web")).out).toContain("labeled");
    expect((await run("annotate deploy edit note=x")).out).toContain("annotated");
    expect((await run("scale deploy edit --replicas=3")).out).toContain("scaled");
    await run(`patch deploy edit --type=json -p [{"op":"remove","path":"/metadata/annotations/note"}]`);
    const { out } = await run("get deploy -l tier=web -o jsonpath={.items[*].spec.replicas}");
    expect(out).toBe("3");
    expect((await run("label deploy edit tier-")).code).toBe(0);
    expect((await run("get deploy -l tier=web -o name")).out).toBe("");
  });

  test("describe shows an object and its events", async () => {
    await run("apply -f -", JSON.stringify(deployment("told", "1")));
    const object = cluster.api.get(deployments, "told", "default")!;
    cluster.api.event(object, "Normal", "Told", "something happened", "test");
    cluster.api.event(object, "Normal", "Told", "something happened", "test");
    const { code, out } = await run("describe deploy told");
    expect(code).toBe(0);
    expect(out).toContain("StrategyType:           RollingUpdate");
    expect(out).toMatch(/Normal +Told +\S+ \(x2 over \S+\) +test +something happened/);
  });

  test("wait sees a condition that comes, one that is there, and a deletion", async () => {
    await run("apply -f -", JSON.stringify(deployment("awaited", "1")));
    const coming = start(["wait", "--for=condition=Available", "deploy/awaited", "--timeout=20s"]);
    const watching = (name: string) =>
      cluster
        .auditLines()
        .some(
          ({ verb, resource, userAgent }) =>
            verb === "watch" && resource === name && /kubectl/.test(userAgent),
        );
    await eventually("kubectl to watch", () => watching("deployments.apps"));
    const object = structuredClone(cluster.api.get(deployments, "awaited", "default")!);
    object.status = { conditions: [{ type: "Available", status: "True" }] };
    cluster.api.updateStatus(deployments, object);
    expect((await coming.ended).out).toBe("deployment.apps/awaited condition met\n");
    expect((await run("wait --for=condition=Available deploy/awaited --timeout=20s")).code).toBe(0);
    expect((await run("wait --for=jsonpath={.spec.replicas}=1 deploy/awaited --timeout=20s")).code).toBe(0);

    const gone = start(["wait", "--for=delete", "deploy/awaited", "--timeout=20s"]);
    expect((await run("delete deploy awaited")).out).toStartWith('deployment.apps "awaited" deleted');
    expect((await gone.ended).code).toBe(0);
  });

  test("get -w prints changes as they happen", async () => {
    const watch = start(["get", "cm", "-w", "-o", "name"]);
    await eventually("the watch", () =>
      cluster.auditLines().some(({ verb, resource }) => verb === "watch" && resource === "configmaps"),
    );
    await run("create cm seen --from-literal=a=1");
    await run("delete cm seen");
    const seen = () =>
      watch
        .said()
        .split("\n")
        .filter((line) => line === "configmap/seen");
    await eventually("both changes", () => seen().length >= 2);
    watch.kill();
    await watch.ended;
    expect(seen()).toHaveLength(2);
  });

  test("create makes objects of every kind it knows", async () => {
    const made = async (line: string) => expect((await run(`create ${line}`)).err).toBe("");
    await made("deployment made --image=busybox:1.37 --replicas=0 --port=80 -- sleep 9");
    await made("job made --image=busybox:1.37 -- true");
    await made("cronjob made --image=busybox:1.37 --schedule=@daily -- true");
    await made("job made-by-hand --from=cronjob/made");
    await made("service clusterip made --tcp=80:8080");
    await made("quota made --hard=pods=5,cpu=500m");
    await made("poddisruptionbudget made --selector=app=made --min-available=1");
    await made("priorityclass made --value=-5");
    await made("ingress made --rule=a.example/*=made:80");
    expect(cluster.api.get(deployments, "made", "default")?.spec).toMatchObject({ replicas: 0 });
    const quota = cluster.api.get({ group: "", resource: "resourcequotas" }, "made", "default");
    expect(quota?.spec.hard).toEqual({ cpu: "500m", pods: "5" });
    const classes = { group: "scheduling.k8s.io", resource: "priorityclasses" };
    expect(cluster.api.get(classes, "made")?.value).toBe(-5);
    const budgets = { group: "policy", resource: "poddisruptionbudgets" };
    expect(cluster.api.get(budgets, "made", "default")?.spec.minAvailable).toBe(1);
  });

  test("create sends protobuf for Secrets, ConfigMaps, namespaces and accounts", async () => {
    for (const line of ["secret generic pb --from-literal=p=q", "sa pb", "ns pb"]) {
      expect((await run(`create ${line}`)).code).toBe(0);
    }
    expect((await run("get secret pb -o jsonpath={.data.p}")).out).toBe(btoa("q"));
  });

  test("a CRD's kind is served as soon as it is established", async () => {
    const crd = {
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: "toys.ex.test" },
      spec: {
        group: "ex.test",
        scope: "Namespaced",
        names: { plural: "toys", kind: "Toy", shortNames: ["ty"] },
        versions: [
          {
            name: "v1",
            served: true,
            storage: true,
            schema: {
              openAPIV3Schema: {
                type: "object",
                properties: {
                  spec: { type: "object", properties: { size: { type: "integer", default: 7 } } },
                },
              },
            },
            additionalPrinterColumns: [{ name: "Size", type: "integer", jsonPath: ".spec.size" }],
          },
        ],
      },
    };
    await run("apply --server-side -f -", JSON.stringify(crd));
    expect((await run("wait --for=condition=Established crd/toys.ex.test --timeout=20s")).code).toBe(0);
    const toy = { apiVersion: "ex.test/v1", kind: "Toy", metadata: { name: "bear" }, spec: {} };
    expect((await run("apply --server-side -f -", JSON.stringify(toy))).code).toBe(0);
    expect((await run("get ty")).out).toMatch(/NAME +SIZE\nbear +7\n/);
    expect((await run("delete crd toys.ex.test")).code).toBe(0);
  });
});

function deployment(name: string, tag: string) {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name },
    spec: {
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: "c", image: `busybox:${tag}` }] },
      },
    },
  };
}
