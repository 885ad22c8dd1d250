import { afterAll, beforeAll, expect, test } from "bun:test";
import { managers, type StyrminDeployment, styrminDeploymentKind } from "../../../kube/styrmin-deployment.ts";
import { eventually } from "../../helpers/eventually.ts";
import { type BasicRig, deploymentIdOf, describeBoth, webApp } from "./rig.ts";

describeBoth("a resource that somebody lays hands on", (start) => {
  let rig: BasicRig;
  let digest: string;
  beforeAll(async () => {
    rig = await start();
    digest = rig.driver({ "app.yaml": webApp });
    rig.startOperator();
  });
  afterAll(() => rig.stop());

  const publish = (name: string, generation = 1) =>
    rig.publish({ name, digest, generation, instance: 1, parameters: { greeting: "hello" } });
  const create = async (name: string) => {
    await publish(name);
    return rig.until(name, "Ready", "True");
  };
  const ref = (name: string) => ({ ...styrminDeploymentKind, namespace: rig.system, name });
  const edit = (name: string, spec: object) =>
    rig.kube.mergePatch(ref(name), { spec }, { manager: "kubectl-edit" });
  const stalled = async (name: string) => {
    const { status } = await rig.until(name, "Stalled", "True", "EditedByHand");
    return status!.conditions!.find(({ type }) => type === "Stalled")!.message;
  };

  test("a deletion that the server did not ask for removes nothing, and its word counts again", async () => {
    await create("phase");
    const { uid } = (await rig.deployment("phase"))!.metadata;
    await edit("phase", { phase: "Deleting", policies: { volumes: "Delete" } });
    const message = await stalled("phase");
    expect(message).toContain('.spec.phase by "kubectl-edit"');
    expect(message).toContain('.spec.policies by "kubectl-edit"');
    expect((await rig.deployment("phase"))!.metadata.uid).toBe(uid);

    await publish("phase");
    const { spec } = await rig.until("phase", "Ready", "True");
    expect(spec.phase).toBe("Running");
    expect(spec.policies!.volumes).toBe("Keep");
    expect((await rig.deployment("phase"))!.metadata.uid).toBe(uid);
    // Nothing is left that would make the next look stop.
    await publish("phase", 2);
    await rig.until("phase", "Ready", "True");
  });

  test("what was added goes, and what was put back to its old value is the server's again", async () => {
    await create("added");
    await edit("added", { policies: { prune: false }, hold: { components: { web: 3 } } });
    expect(await stalled("added")).toContain(".spec.hold");
    expect((await rig.deployment("added"))!.spec.replicas).toBe(1);
    await publish("added");
    const { spec } = await rig.until("added", "Ready", "True");
    expect(spec.hold).toBeUndefined();
    expect(spec.policies!.prune).toBe(true);

    await edit("added", { phase: "Stopped" });
    await stalled("added");
    await edit("added", { phase: "Running" });
    await eventually("still not the server's", async () => (await stalled("added")).includes(".spec.phase"));
    await publish("added");
    await rig.until("added", "Ready", "True");
  });

  test("a generation that somebody made up does not shut the server out", async () => {
    await create("raised");
    const { uid } = (await rig.deployment("raised"))!.metadata;
    const before = (await rig.resource("raised"))!.metadata.uid;
    await edit("raised", { intentGeneration: 999_999, phase: "Deleting" });
    await eventually("the resource is gone", async () => {
      return (await rig.resource("raised"))?.metadata.uid !== before;
    });
    await publish("raised", 2);
    const { spec } = await rig.until("raised", "Ready", "True");
    expect(spec.intentGeneration).toBe(2);
    expect((await rig.deployment("raised"))!.metadata.uid).toBe(uid);
  });

  test("one that was made by hand does nothing, and goes as it came", async () => {
    const { spec } = await create("model");
    const made = {
      ...styrminDeploymentKind,
      metadata: { name: "made", namespace: rig.system },
      spec: { ...spec, releaseName: "made", deploymentId: deploymentIdOf("made") },
    };
    await rig.kube.create(made, { manager: "kubectl-create" });
    expect(await stalled("made")).toContain("it was not written by the server");
    expect(await rig.deployment("made")).toBeUndefined();
    expect((await rig.resource("made"))!.metadata.finalizers).toBeUndefined();
    await rig.kube.delete(ref("made"));
    await eventually("it is gone", async () => !(await rig.resource("made")));
  });

  test("a copy under another name does not touch the deployment it was copied from", async () => {
    const { metadata, spec } = await create("first");
    const { uid } = (await rig.deployment("first"))!.metadata;
    // As `kubectl get -o yaml` shows it, which keeps who wrote what.
    const copy: StyrminDeployment = {
      ...styrminDeploymentKind,
      metadata: { name: "copy", namespace: rig.system, managedFields: metadata.managedFields },
      spec: { ...spec, phase: "Deleting" },
    };
    await rig.kube.create(copy, { manager: managers.publisher });
    expect(await stalled("copy")).toContain("it is a copy of first");
    await rig.kube.delete(ref("copy"));
    await eventually("the copy is gone", async () => !(await rig.resource("copy")));
    expect((await rig.deployment("first"))!.metadata.uid).toBe(uid);
    await rig.kube.mergePatch(
      { apiVersion: "v1", kind: "ConfigMap", namespace: rig.target, name: "first" },
      { data: { greeting: "theirs" } },
      { manager: "somebody" },
    );
    await eventually(
      "it is still looked after",
      async () => (await rig.configMap("first"))?.data.greeting === "hello",
    );
  });
});
