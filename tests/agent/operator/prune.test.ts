import { afterAll, beforeAll, expect, test } from "bun:test";
import { labels } from "../../../kube/styrmin-deployment.ts";
import { eventually } from "../../helpers/eventually.ts";
import { type BasicRig, describeBoth, webApp } from "./rig.ts";

const map = (name: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\ndata: { a: b }\n`;

describeBoth("pruning", (start) => {
  let rig: BasicRig;
  beforeAll(async () => {
    rig = await start();
    rig.startOperator();
  });
  afterAll(() => rig.stop());

  test("what a new release has no more is removed and counted", async () => {
    const both = rig.driver({ "app.yaml": webApp, "more.yaml": map("more") });
    const one = rig.driver({ "app.yaml": webApp });
    await rig.publish({ name: "less", digest: both });
    await rig.until("less", "Ready", "True");
    expect(await rig.configMap("more")).toBeDefined();
    await rig.publish({ name: "less", digest: one, generation: 2 });
    const { status } = await rig.until("less", "Ready", "True");
    expect(await rig.configMap("more")).toBeUndefined();
    expect(status!.objects).toEqual({ total: 2, ready: 2, pruned: 1 });
  });

  test("a key that is rendered no more is removed, also from a list that is owned as a whole", async () => {
    const driver = (data: string, selector: string) =>
      rig.driver({
        "a.yaml": `{ apiVersion: v1, kind: ConfigMap, metadata: { name: keys }, data: ${data} }`,
        "b.yaml": `{ apiVersion: v1, kind: Service, metadata: { name: keys }, spec: { selector: ${selector}, ports: [{ port: 80 }] } }`,
      });
    await rig.publish({ name: "keys", digest: driver("{ a: x, b: x }", "{ a: x, b: x }") });
    await rig.until("keys", "Ready", "True");
    await rig.publish({ name: "keys", digest: driver("{ a: x }", "{ a: x }"), generation: 2 });
    await rig.until("keys", "Ready", "True");
    const service = await rig.get({ apiVersion: "v1", kind: "Service", namespace: rig.target, name: "keys" });
    expect((await rig.configMap("keys"))!.data).toEqual({ a: "x" });
    expect(service!.spec.selector).toEqual({ a: "x" });
  });

  test("an object that is no longer ours is left alone", async () => {
    const both = rig.driver({ "a.yaml": map("mine"), "b.yaml": map("theirs") });
    const one = rig.driver({ "a.yaml": map("mine") });
    await rig.publish({ name: "owner", digest: both });
    await rig.until("owner", "Ready", "True");
    const ref = { apiVersion: "v1", kind: "ConfigMap", namespace: rig.target, name: "theirs" };
    await rig.kube.mergePatch(
      ref,
      { metadata: { labels: { [labels.deployment]: "dep-x" } } },
      { manager: "x" },
    );
    await rig.publish({ name: "owner", digest: one, generation: 2 });
    await rig.until("owner", "Ready", "True");
    expect(await rig.configMap("theirs")).toBeDefined();
  });

  test("volumes are kept, and with prune off everything is", async () => {
    const claim = `{ apiVersion: v1, kind: PersistentVolumeClaim, metadata: { name: kept }, spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Gi } } } }`;
    const both = rig.driver({ "a.yaml": map("stays"), "b.yaml": map("off"), "c.yaml": claim });
    const one = rig.driver({ "a.yaml": map("stays") });
    const spec = { policies: { prune: false } };
    await rig.publish({ name: "off", digest: both, spec });
    await rig.until("off", "Ready", "True");
    await rig.publish({ name: "off", digest: one, generation: 2, spec });
    await rig.until("off", "Ready", "True");
    expect(await rig.configMap("off")).toBeDefined();

    await rig.publish({ name: "off", digest: one, generation: 3 });
    await eventually("pruned after all", async () => !(await rig.configMap("off")));
    await rig.until("off", "Ready", "True");
    const ref = { apiVersion: "v1", kind: "PersistentVolumeClaim", namespace: rig.target, name: "kept" };
    expect(await rig.get(ref)).toBeDefined();
  });
});
