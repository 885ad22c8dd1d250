import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Policies } from "../../../kube/styrmin-deployment.ts";
import { eventually } from "../../helpers/eventually.ts";
import { type BasicRig, describeBoth, webApp } from "./rig.ts";

const scaler = `
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: "{{ instance.release_name }}" }
spec:
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: "{{ instance.release_name }}" }
  maxReplicas: 3
`;

describeBoth("what is somebody else's", (start) => {
  let rig: BasicRig;
  let digest: string;
  beforeAll(async () => {
    rig = await start();
    digest = rig.driver({ "app.yaml": webApp });
    rig.startOperator({ settings: { slowRetryMs: 200 } });
  });
  afterAll(() => rig.stop());

  const publish = (name: string, generation: number, more: { policies?: Policies; digest?: string } = {}) =>
    rig.publish({
      name,
      digest: more.digest ?? digest,
      generation,
      parameters: { greeting: `hello ${generation}` },
      spec: { policies: more.policies ?? {} },
    });
  const ref = (kind: string, name: string) => ({
    apiVersion: kind === "ConfigMap" ? "v1" : "apps/v1",
    kind,
    namespace: rig.target,
    name,
  });
  const message = async (name: string) => (await rig.resource(name))?.status?.conditions?.[0]?.message ?? "";

  test("the replicas of a workload with an autoscaler are the autoscaler's, and it is stopped and started all the same", async () => {
    const scaled = rig.driver({ "app.yaml": webApp, "scaler.yaml": scaler });
    await publish("auto", 1, { digest: scaled });
    await rig.until("auto", "Ready", "True");
    // As the autoscaler does it.
    const scale = (replicas: number) =>
      rig.kube.mergePatch(
        ref("Deployment", "auto"),
        { spec: { replicas } },
        { manager: "horizontal-pod-autoscaler", subresource: "scale" },
      );
    await scale(2);
    await publish("auto", 2, { digest: scaled });
    await eventually(
      "the new greeting",
      async () => (await rig.configMap("auto"))?.data.greeting === "hello 2",
    );
    await rig.until("auto", "Ready", "True");
    expect((await rig.deployment("auto"))!.spec.replicas).toBe(2);
    expect((await rig.resource("auto"))!.status!.drift).toBeUndefined();

    const wish = { name: "auto", digest: scaled, instance: 2, parameters: { greeting: "hello 2" } };
    await rig.publish({ ...wish, generation: 3, spec: { phase: "Stopped" } });
    await rig.until("auto", "Ready", "True", "Stopped");
    await rig.publish({ ...wish, generation: 4 });
    await rig.until("auto", "Ready", "True", "Healthy");
    expect((await rig.deployment("auto"))!.spec.replicas).toBe(1);
  });

  test("a field on the list of the ignored is set once, and left to whoever sets it then", async () => {
    const image = '.spec.template.spec.containers[name="main"].image';
    const policies: Policies = {
      ignore: [
        { kind: "ConfigMap", fields: [".data.greeting"] },
        { kind: "Deployment", name: "left", fields: [image] },
        { kind: "Deployment", name: "another", fields: [".spec.replicas"] },
      ],
    };
    await publish("left", 1, { policies });
    await rig.until("left", "Ready", "True");
    expect((await rig.configMap("left"))!.data.greeting).toBe("hello 1");
    // Nobody else has set it, so the driver's word goes on.
    await publish("left", 2, { policies });
    await eventually(
      "the second greeting",
      async () => (await rig.configMap("left"))?.data.greeting === "hello 2",
    );

    const by = { manager: "somebody" };
    await rig.kube.mergePatch(ref("ConfigMap", "left"), { data: { greeting: "theirs" } }, by);
    const containers = [
      { ...(await rig.deployment("left"))!.spec.template.spec.containers[0], image: "busybox:latest" },
    ];
    await rig.kube.mergePatch(
      ref("Deployment", "left"),
      { spec: { template: { spec: { containers } } } },
      by,
    );
    await rig.kube.mergePatch(ref("Deployment", "left"), { spec: { replicas: 2 } }, by);
    await eventually(
      "what is not on the list is put back",
      async () => (await rig.deployment("left"))?.spec.replicas === 1,
    );
    await publish("left", 3, { policies });
    await rig.until("left", "Ready", "True");
    expect((await rig.configMap("left"))!.data.greeting).toBe("theirs");
    expect((await rig.deployment("left"))!.spec.template.spec.containers[0].image).toBe("busybox:latest");

    // Off the list, the driver's word counts again.
    await publish("left", 4);
    await rig.until("left", "Ready", "True");
    expect((await rig.configMap("left"))!.data.greeting).toBe("hello 4");
  });

  test("a field of another manager is taken over when the policy says so", async () => {
    await publish("take", 1);
    await rig.until("take", "Ready", "True");
    await rig.kube.mergePatch(
      ref("ConfigMap", "take"),
      { data: { later: "theirs" } },
      { manager: "somebody" },
    );
    const later = rig.driver({ "app.yaml": webApp.replace("\ndata:", "\ndata:\n  later: ours") });
    await publish("take", 2, { digest: later });
    await rig.until("take", "Stalled", "True", "Conflict");
    expect(await message("take")).toContain('.data.later (conflict with "somebody"');
    await publish("take", 3, { digest: later, policies: { conflicts: "TakeOver" } });
    await rig.until("take", "Ready", "True");
    expect((await rig.configMap("take"))!.data.later).toBe("ours");
  });

  test("an object that was there is taken over when the policy says so, and never one of another deployment", async () => {
    const metadata = { name: "there", namespace: rig.target };
    await rig.kube.create({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata,
      data: { greeting: "theirs", more: "theirs" },
    });
    await publish("there", 1, { policies: { conflicts: "TakeOver" } });
    await rig.until("there", "Ready", "True");
    expect((await rig.configMap("there"))!.data).toEqual({ greeting: "hello 1", more: "theirs" });

    const shared = rig.driver({
      "s.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: there }\ndata: { greeting: stolen }\n",
    });
    await publish("thief", 1, { digest: shared, policies: { conflicts: "TakeOver" } });
    await rig.until("thief", "Stalled", "True", "Conflict");
    expect(await message("thief")).toContain("belongs to deployment dep-there");
  });

  test("what a person adds stays, over new releases too", async () => {
    await publish("person", 1);
    await rig.until("person", "Ready", "True");
    const note = { metadata: { annotations: { "example.net/note": "mine" } } };
    await rig.kube.mergePatch(ref("Deployment", "person"), note, { manager: "kubectl-annotate" });
    await publish("person", 2);
    await eventually(
      "the new greeting",
      async () => (await rig.configMap("person"))?.data.greeting === "hello 2",
    );
    await rig.until("person", "Ready", "True");
    expect((await rig.deployment("person"))!.metadata.annotations!["example.net/note"]).toBe("mine");
    expect((await rig.resource("person"))!.status!.drift).toBeUndefined();
  });
});
