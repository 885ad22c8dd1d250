import { afterAll, beforeAll, expect, test } from "bun:test";
import { eventually } from "../../helpers/eventually.ts";
import { type BasicRig, describeBoth, webApp } from "./rig.ts";

describeBoth("the life of a deployment", (start) => {
  let rig: BasicRig;
  let digest: string;
  beforeAll(async () => {
    rig = await start();
    digest = rig.driver({ "app.yaml": webApp });
    rig.startOperator();
  });
  afterAll(() => rig.stop());

  test("a new resource is brought to life and reported", async () => {
    await rig.publish({ name: "life", digest, parameters: { greeting: "hello", replicas: 2 } });
    const { status, metadata } = await rig.until("life", "Ready", "True");
    expect(metadata.finalizers).toContain("styrmin.io/teardown");
    expect(status).toMatchObject({
      intentGeneration: 1,
      instanceId: "life-instance-1",
      components: [{ name: "web", desired: 2, ready: 2, state: "Ready" }],
      objects: { total: 2, ready: 2, pruned: 0 },
      release: { name: "life-r1", revision: 1 },
    });
    const deployment = await rig.deployment("life");
    expect(deployment!.metadata.labels).toEqual({ "styrmin.io/deployment": "dep-life" });
    expect(deployment!.spec.template.metadata.labels["styrmin.io/deployment"]).toBe("dep-life");
  });

  test("a new instance is rendered, applied and kept as the next release", async () => {
    await rig.publish({ name: "life", digest, generation: 2, parameters: { greeting: "salut" } });
    await eventually(
      "the new greeting",
      async () => (await rig.configMap("life"))?.data.greeting === "salut",
    );
    const { status } = await rig.until("life", "Ready", "True");
    expect(status!.release).toEqual({ name: "life-r2", revision: 2 });
    expect(status!.components![0]!.desired).toBe(1);
    expect((await rig.releases()).map(({ metadata }) => metadata.name).sort()).toEqual([
      "life-r1",
      "life-r2",
    ]);
  });

  test("stopping leaves no pod, starting brings back what was rendered", async () => {
    const parameters = { greeting: "salut", replicas: 2 };
    await rig.publish({ name: "stop", digest, parameters });
    await rig.until("stop", "Ready", "True", "Healthy");
    await rig.publish({
      name: "stop",
      digest,
      parameters,
      generation: 2,
      instance: 1,
      spec: { phase: "Stopped" },
    });
    const { status } = await rig.until("stop", "Ready", "True", "Stopped");
    expect(status!.components).toEqual([{ name: "web", desired: 0, ready: 0, state: "Stopped" }]);
    expect(await rig.podsOf("stop")).toEqual([]);

    await rig.publish({ name: "stop", digest, parameters, generation: 3, instance: 1 });
    await rig.until("stop", "Ready", "True", "Healthy");
    expect((await rig.deployment("stop"))!.spec.replicas).toBe(2);
    expect((await rig.resource("stop"))!.status!.release).toEqual({ name: "stop-r1", revision: 1 });
  });

  test("wanted replicas go before rendered ones, and a flow's hold before both", async () => {
    const scaled = { name: "scale", digest, instance: 1, spec: { replicas: { web: 3 } } };
    await rig.publish({ ...scaled, generation: 1 });
    await rig.until("scale", "Ready", "True");
    expect((await rig.deployment("scale"))!.spec.replicas).toBe(3);

    await rig.hold("scale", { components: { web: 0 }, task: "t1" });
    await eventually("it is held at zero", async () => (await rig.deployment("scale"))!.spec.replicas === 0);
    await eventually("the status tells who holds it", async () => {
      const { components } = (await rig.resource("scale"))!.status!;
      const [web] = components!.filter(({ name }) => name === "web");
      return web!.state === "Stopped" && web!.message === "held at 0 by the task t1";
    });
    const { metadata } = (await rig.deployment("scale"))!;
    const ref = { apiVersion: "apps/v1", kind: "Deployment", namespace: rig.target, name: metadata.name };
    await rig.kube.mergePatch(ref, { spec: { replicas: 2 } }, { manager: "somebody" });
    await eventually("it is at zero again", async () => (await rig.deployment("scale"))!.spec.replicas === 0);
    await rig.hold("scale");
    await eventually("the hold is over", async () => (await rig.deployment("scale"))!.spec.replicas === 3);
    await rig.until("scale", "Ready", "True");
  });

  test("an earlier instance comes back without its bundle, as a new release", async () => {
    const driver = rig.driver({ "app.yaml": webApp, "more.yaml": "# of its own\n" });
    await rig.publish({ name: "back", digest: driver, parameters: { greeting: "one" } });
    await rig.until("back", "Ready", "True");
    await rig.publish({ name: "back", digest: driver, generation: 2, parameters: { greeting: "two" } });
    await rig.until("back", "Ready", "True");
    rig.forget(driver);
    await rig.publish({
      name: "back",
      digest: driver,
      generation: 3,
      instance: 1,
      parameters: { greeting: "one" },
    });
    const { status } = await rig.until("back", "Ready", "True");
    expect(status).toMatchObject({
      instanceId: "back-instance-1",
      release: { name: "back-r3", revision: 3 },
    });
    expect((await rig.configMap("back"))!.data.greeting).toBe("one");
  });

  test("only the last releases are kept", async () => {
    for (let generation = 1; generation <= 7; generation++) {
      await rig.publish({ name: "many", digest, generation, parameters: { greeting: `${generation}` } });
      await rig.until("many", "Ready", "True");
    }
    await eventually("the oldest are gone", async () => {
      const names = (await rig.releases()).map(({ metadata }) => metadata.name);
      return (
        names
          .filter((name) => name.startsWith("many-"))
          .sort()
          .join() === "many-r3,many-r4,many-r5,many-r6,many-r7"
      );
    });
  });

  test("secret parameters reach the templates and stay out of resource and status", async () => {
    const text =
      'apiVersion: v1\nkind: Secret\nmetadata: { name: "{{ instance.release_name }}" }\n' +
      "stringData: { password: {{ parameters.password | tojson }} }\n";
    await rig.publish({
      name: "secret",
      digest: rig.driver({ "s.yaml": text }),
      secret: { password: "hunter22" },
    });
    const found = await rig.until("secret", "Ready", "True");
    const secret = await rig.get({ apiVersion: "v1", kind: "Secret", namespace: rig.target, name: "secret" });
    expect(atob(secret!.data.password)).toBe("hunter22");
    expect(JSON.stringify(found)).not.toContain("hunter22");
  });

  test("a Secret of the name that is another Instance's is not used", async () => {
    const secretName = "styrmin-params-taken";
    const metadata = { name: secretName, namespace: rig.system };
    await rig.kube.create({ apiVersion: "v1", kind: "Secret", metadata, data: { password: btoa("wrong") } });
    await rig.publish({
      name: "taken",
      digest,
      secret: { password: "hunter22" },
      spec: { secretName },
    });
    const found = await rig.until("taken", "Ready", "False", "Retrying");
    expect(JSON.stringify(found.status)).toContain(`${secretName} is not of instance taken-instance-1`);
    expect(await rig.configMap("taken")).toBeUndefined();
  });

  test("a release too large for one Secret is kept in pieces", async () => {
    const noise = () => Buffer.from(crypto.getRandomValues(new Uint8Array(60_000)).toBase64()).toString();
    const files = Array.from({ length: 20 }, (_, index): [string, string] => [
      `${index}.yaml`,
      `{ apiVersion: v1, kind: ConfigMap, metadata: { name: "large-${index}" }, data: { text: "${noise()}" } }`,
    ]);
    const large = rig.driver(Object.fromEntries(files));
    await rig.publish({ name: "large", digest: large });
    const { status } = await rig.until("large", "Ready", "True");
    expect(status!.objects!.total).toBe(20);
    const pieces = (await rig.releases()).filter(({ metadata }) => metadata.name.startsWith("large-"));
    expect(pieces.map(({ metadata }) => metadata.name).sort()).toEqual(["large-r1", "large-r1-1"]);
    for (const { data } of pieces) expect(atob(data.release).length).toBeLessThanOrEqual(900_000);
  });

  test("a driver may bring the definition of a kind and objects of it, and takes both along", async () => {
    const widgets = rig.driver({ "w.yaml": definition });
    await rig.publish({ name: "kind", digest: widgets });
    const { status } = await rig.until("kind", "Ready", "True");
    expect(status!.objects).toMatchObject({ total: 2, ready: 1 });
    const widget = { apiVersion: "test.example/v1", kind: "Widget", namespace: rig.target, name: "w" };
    expect((await rig.get(widget))!.spec).toEqual({ size: 3 });
    await rig.kube.delete(widget);
    await eventually("it is back", async () => await rig.get(widget));
    await rig.publish({
      name: "kind",
      digest: widgets,
      generation: 2,
      instance: 1,
      spec: { phase: "Deleting" },
    });
    await rig.until("kind", "Finalized", "True");
    await eventually("the kind is gone", async () => {
      // What is known of a kind is remembered until a request for one of it is refused.
      await rig.get(widget);
      return !(await rig.kube.kindInfo(widget));
    });
  });

  test("a release that somebody removed is written again", async () => {
    await rig.publish({ name: "again", digest });
    await rig.until("again", "Ready", "True");
    const ref = { apiVersion: "v1", kind: "Secret", namespace: rig.system, name: "again-r1" };
    const { uid } = (await rig.get(ref))!.metadata;
    await rig.kube.delete(ref);
    await eventually(
      "it is back",
      async () => (await rig.get(ref)) && (await rig.get(ref))!.metadata.uid !== uid,
    );
    await rig.until("again", "Ready", "True");
  });
});

const definition = `
apiVersion: test.example/v1
kind: Widget
metadata: { name: w }
spec: { size: 3 }
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: widgets.test.example }
spec:
  group: test.example
  scope: Namespaced
  names: { kind: Widget, plural: widgets, singular: widget, listKind: WidgetList }
  versions:
    - name: v1
      served: true
      storage: true
      schema: { openAPIV3Schema: { type: object, properties: { spec: { type: object, x-kubernetes-preserve-unknown-fields: true } } } }
`;
