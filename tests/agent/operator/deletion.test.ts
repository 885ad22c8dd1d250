import { afterAll, beforeAll, expect, test } from "bun:test";
import { removeIntent } from "../../../kube/intent.ts";
import { labels } from "../../../kube/styrmin-deployment.ts";
import { eventually } from "../../helpers/eventually.ts";
import { type BasicRig, describeBoth, deploymentIdOf, webApp } from "./rig.ts";

const claim = `
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: "{{ instance.release_name }}" }
spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Gi } } }
`;
const volume = `[{ name: data, persistentVolumeClaim: { claimName: "{{ instance.release_name }}" } }]`;
const claims = { apiVersion: "v1", kind: "PersistentVolumeClaim" };

describeBoth("deletion", (start) => {
  let rig: BasicRig;
  let digest: string;
  beforeAll(async () => {
    rig = await start();
    const mounted = webApp.replace("      containers:", `      volumes: ${volume}\n      containers:`);
    digest = rig.driver({ "app.yaml": mounted, "data.yaml": claim });
    rig.startOperator();
  });
  afterAll(() => rig.stop());

  const create = async (name: string) => {
    await rig.publish({ name, digest, parameters: { greeting: "hello" } });
    return rig.until(name, "Ready", "True");
  };
  const remove = (name: string, policies = {}) =>
    rig.publish({ name, digest, generation: 2, instance: 1, spec: { phase: "Deleting", policies } });

  test("everything goes but the volumes, and they are named", async () => {
    const { metadata } = await create("keep");
    await remove("keep");
    const { status } = await rig.until("keep", "Finalized", "True");
    expect(status!.kept).toEqual([`${rig.target}/keep`]);
    expect(await rig.configMap("keep")).toBeUndefined();
    expect(await rig.deployment("keep")).toBeUndefined();
    expect(await rig.podsOf("keep")).toEqual([]);
    expect(await rig.get({ ...claims, namespace: rig.target, name: "keep" })).toBeDefined();
    await eventually("the releases are gone", async () => (await rig.releases()).length === 0);

    const deploymentId = deploymentIdOf("keep");
    await removeIntent(
      rig.kube,
      { name: "keep", uid: metadata.uid!, deploymentId },
      { namespace: rig.system },
    );
    await eventually("the resource is gone", async () => !(await rig.resource("keep")));
  });

  test("volumes go too when the policy says so", async () => {
    await create("wipe");
    await remove("wipe", { volumes: "Delete" });
    const { status } = await rig.until("wipe", "Finalized", "True");
    expect(status!.kept).toBeUndefined();
    expect(await rig.get({ ...claims, namespace: rig.target, name: "wipe" })).toBeUndefined();
  });

  test("one that is asked for again is done again, and told of", async () => {
    await create("again");
    await remove("again");
    await rig.until("again", "Finalized", "True");
    await eventually("the releases are gone", async () => (await rig.releases()).length === 0);
    const spec = { phase: "Deleting" as const, policies: { volumes: "Delete" as const } };
    await rig.publish({ name: "again", digest, generation: 3, instance: 1, spec });
    const { status } = await rig.until("again", "Finalized", "True");
    expect(status!.intentGeneration).toBe(3);
    expect(await rig.get({ ...claims, namespace: rig.target, name: "again" })).toBeUndefined();
  });

  test("what earlier releases made and could not be pruned goes at the end", async () => {
    const policies = { prune: false };
    const extra = "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: extra }\n";
    const more = rig.driver({ "app.yaml": webApp, "extra.yaml": extra });
    const spec = { policies };
    await rig.publish({ name: "union", digest: more, spec });
    await rig.until("union", "Ready", "True");
    for (const generation of [2, 3]) {
      await rig.publish({ name: "union", digest, generation, spec });
      await rig.until("union", "Ready", "True");
    }
    expect(await rig.configMap("extra")).toBeDefined();
    await rig.publish({
      name: "union",
      digest,
      generation: 4,
      instance: 3,
      spec: { ...spec, phase: "Deleting" },
    });
    await rig.until("union", "Finalized", "True");
    expect(await rig.configMap("extra")).toBeUndefined();
  });

  test("an object that another deployment took over is left alone", async () => {
    await create("taken");
    const stranger = { metadata: { labels: { [labels.deployment]: "dep-other" } } };
    const ref = { apiVersion: "v1", kind: "ConfigMap", namespace: rig.target, name: "taken" };
    await rig.kube.mergePatch(ref, stranger, { manager: "somebody" });
    await remove("taken");
    await rig.until("taken", "Finalized", "True");
    expect(await rig.configMap("taken")).toBeDefined();
  });

  test("a resource deleted by hand goes, its objects stay, and a new one finds them", async () => {
    const { kind, apiVersion, metadata } = await create("hand");
    const uid = (await rig.deployment("hand"))!.metadata.uid;
    await rig.kube.delete({ apiVersion, kind, namespace: rig.system, name: "hand" });
    await eventually("the resource is gone", async () => !(await rig.resource("hand")));
    expect((await rig.deployment("hand"))!.metadata.uid).toBe(uid);

    const renders = rig.bundlesRequested();
    const again = await create("hand");
    expect(again.metadata.uid).not.toBe(metadata.uid);
    expect((await rig.deployment("hand"))!.metadata.uid).toBe(uid);
    expect(rig.bundlesRequested()).toBe(renders);
  });

  test("a resource deleted by hand while its objects are being removed goes after them", async () => {
    const { kind, apiVersion } = await create("both");
    const held = { metadata: { finalizers: ["test/hold"] } };
    const ref = { apiVersion: "v1", kind: "ConfigMap", namespace: rig.target, name: "both" };
    await rig.kube.mergePatch(ref, held, { manager: "somebody" });
    await remove("both");
    await eventually("the rest is gone", async () => !(await rig.deployment("both")));
    await rig.kube.delete({ apiVersion, kind, namespace: rig.system, name: "both" });
    const { status } = await rig.until("both", "Finalized", "False");
    expect(status!.conditions!.find(({ type }) => type === "Finalized")!.message).toContain(
      `ConfigMap ${rig.target}/both`,
    );
    await rig.kube.mergePatch(ref, { metadata: { finalizers: [] } }, { manager: "somebody" });
    await eventually("the resource is gone", async () => !(await rig.resource("both")));
    expect(await rig.configMap("both")).toBeUndefined();
  });
});
