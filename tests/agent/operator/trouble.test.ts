import { afterAll, beforeAll, expect, test } from "bun:test";
import { labels } from "../../../kube/styrmin-deployment.ts";
import { eventually } from "../../helpers/eventually.ts";
import { type BasicRig, describeBoth, webApp } from "./rig.ts";

describeBoth("trouble", (start) => {
  let rig: BasicRig;
  let digest: string;
  const lines: string[] = [];
  beforeAll(async () => {
    rig = await start();
    digest = rig.driver({ "app.yaml": webApp });
    rig.startOperator({ settings: { slowRetryMs: 200 }, log: (line) => lines.push(line) });
  });
  afterAll(() => rig.stop());

  const stalled = async (name: string, reason: string) => {
    const { status } = await rig.until(name, "Stalled", "True", reason);
    expect(status!.conditions!.find(({ type }) => type === "Ready")!.status).toBe("False");
    return status!.conditions!.find(({ type }) => type === "Stalled")!.message;
  };

  test("a template that fails stalls the deployment, and a good one later frees it", async () => {
    const bad = rig.driver({ "app.yaml": "a: {{ nonsense( }}" });
    await rig.publish({ name: "bad", digest: bad });
    expect(await stalled("bad", "RenderFailed")).toContain("manifests/app.yaml:1");
    const status = (await rig.resource("bad"))!.status!;
    expect(status).toMatchObject({ observedGeneration: 1, intentGeneration: 1 });
    expect(status.instanceId).toBeUndefined();
    await rig.publish({ name: "bad", digest, generation: 2 });
    await rig.until("bad", "Ready", "True");
  });

  test("an object that somebody else made is not taken over", async () => {
    const mine = { name: "foreign", namespace: rig.target };
    await rig.kube.create({ apiVersion: "v1", kind: "ConfigMap", metadata: mine, data: { a: "theirs" } });
    await rig.publish({ name: "foreign", digest, parameters: { greeting: "hello" } });
    expect(await stalled("foreign", "Conflict")).toContain(
      `ConfigMap ${rig.target}/foreign exists already and was not made by this deployment`,
    );
    expect((await rig.configMap("foreign"))!.data).toEqual({ a: "theirs" });
    expect((await rig.configMap("foreign"))!.metadata.labels).toBeUndefined();

    await rig.kube.delete({ apiVersion: "v1", kind: "ConfigMap", ...mine });
    await rig.until("foreign", "Ready", "True");
  });

  test("nor is an object of another deployment", async () => {
    const shared = rig.driver({
      "s.yaml":
        "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: shared }\ndata: { by: {{ deployment.name }} }\n",
    });
    await rig.publish({ name: "first", digest: shared });
    await rig.until("first", "Ready", "True");
    await rig.publish({ name: "second", digest: shared });
    expect(await stalled("second", "Conflict")).toContain("belongs to deployment dep-first");
    expect((await rig.configMap("shared"))!.data.by).toBe("first");
    // Deleting the one that never had it leaves it alone, too.
    await rig.publish({ name: "second", digest: shared, generation: 2, spec: { phase: "Deleting" } });
    await rig.until("second", "Finalized", "True");
    expect((await rig.configMap("shared"))!.metadata.labels![labels.deployment]).toBe("dep-first");
  });

  test("a field that another manager owns is named, with the manager", async () => {
    await rig.publish({ name: "field", digest, parameters: { greeting: "hello" } });
    await rig.until("field", "Ready", "True");
    const ref = { apiVersion: "v1", kind: "ConfigMap", namespace: rig.target, name: "field" };
    await rig.kube.mergePatch(ref, { data: { later: "theirs" } }, { manager: "somebody" });
    const later = rig.driver({ "app.yaml": webApp.replace("\ndata:", "\ndata:\n  later: ours") });
    await rig.publish({ name: "field", digest: later, generation: 2, parameters: { greeting: "hello" } });
    const message = await stalled("field", "Conflict");
    expect(message).toContain(".data.later");
    expect(message).toContain('"somebody"');
    expect((await rig.configMap("field"))!.data.later).toBe("theirs");
  });

  test("what the API refuses is told with the object's name and without the secrets", async () => {
    const text = webApp.replace("replicas: {{", "replicas: {{ parameters.password | tojson }} #{{");
    const driver = rig.driver({ "app.yaml": text });
    await rig.publish({ name: "refused", digest: driver, secret: { password: "hunter2-canary" } });
    const message = await stalled("refused", "ApplyRefused");
    expect(message).toContain(`Deployment ${rig.target}/refused`);
    expect(JSON.stringify(await rig.resource("refused"))).not.toContain("hunter2");
    expect(lines.join("\n")).not.toContain("hunter2");
  });

  test("a kind that the cluster does not serve is named", async () => {
    const driver = rig.driver({
      "w.yaml": "apiVersion: example.net/v1\nkind: Widget\nmetadata: { name: w }\n",
    });
    await rig.publish({ name: "kind", digest: driver });
    expect(await stalled("kind", "ApplyRefused")).toContain("example.net/v1 Widget");
  });

  test("a bundle that cannot be had is asked for again", async () => {
    await rig.publish({ name: "bundle", digest: "sha256:later" });
    await rig.until("bundle", "Reconciling", "True", "Retrying");
    await rig.publish({ name: "bundle", digest, generation: 2 });
    await rig.until("bundle", "Ready", "True");
  });

  test("a bundle that is long in coming is said to be", async () => {
    const release = rig.holdBundles();
    await rig.publish({ name: "slow", digest });
    try {
      const { status } = await rig.until("slow", "Reconciling", "True", "NewGeneration");
      expect(status!.intentGeneration).toBe(1);
      expect(status!.instanceId).toBeUndefined();
    } finally {
      release();
    }
    await rig.until("slow", "Ready", "True");
  });

  test("parameters that are missing are waited for", async () => {
    await rig.publish({ name: "params", digest, spec: { secretName: "styrmin-params-none" } });
    const { status } = await rig.until("params", "Reconciling", "True", "Retrying");
    expect(status!.conditions![0]!.message).toContain("styrmin-params-none");
    const metadata = {
      name: "styrmin-params-none",
      namespace: rig.system,
      labels: { [labels.instance]: "params-instance-1" },
    };
    await rig.kube.create({ apiVersion: "v1", kind: "Secret", metadata });
    await rig.until("params", "Ready", "True");
  });

  test("pods that do not come up say why", async () => {
    await rig.publish({ name: "pull", digest, parameters: { tag: "missing" } });
    const { status } = await rig.until("pull", "Reconciling", "True", "Progressing");
    const found = await eventually("the pods' words", async () => {
      const now = (await rig.resource("pull"))!.status!;
      return now.components![0]!.message?.includes("ImagePullBackOff") ? now : undefined;
    });
    expect(found.components![0]).toMatchObject({ desired: 1, ready: 0, state: "Progressing" });
    expect(found.components![0]!.message).toContain("busybox:missing cannot be pulled");
    expect(status!.instanceId).toBe("pull-instance-1");
    await rig.publish({ name: "pull", digest, generation: 2, parameters: { tag: "latest" } });
    await rig.until("pull", "Ready", "True");
  });

  test("a namespace that somebody deleted is made again, with everything in it", async () => {
    const spec = { targetNamespace: `${rig.target}-gone` };
    await rig.publish({ name: "space", digest, spec });
    await rig.until("space", "Ready", "True");
    await rig.kube.delete({ apiVersion: "v1", kind: "Namespace", name: `${rig.target}-gone` });
    await eventually(
      "it is back",
      async () => {
        const ref = {
          apiVersion: "apps/v1",
          kind: "Deployment",
          namespace: `${rig.target}-gone`,
          name: "space",
        };
        const [found, { status }] = [await rig.get(ref), (await rig.resource("space"))!];
        return found && !found.metadata.deletionTimestamp && (status!.drift?.repaired ?? 0) >= 2;
      },
      // The end of a namespace takes a busy node its time.
      { timeoutMs: 400_000 },
    );
    await rig.until("space", "Ready", "True");
  });
});
