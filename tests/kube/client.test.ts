import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { isAlreadyExists, isConflict, isNotFound, KubeError } from "../../kube/errors.ts";
import type { Kube, KubeObject } from "../../kube/types.ts";
import { onClusters, type Rig } from "./cluster.ts";

const kind = { apiVersion: "v1", kind: "ConfigMap" };

onClusters("the client", (startRig) => {
  let rig: Rig;
  let kube: Kube;
  let namespace: string;
  let count = 0;

  beforeAll(async () => {
    rig = await startRig();
    kube = rig.admin;
    namespace = await rig.makeNamespace();
  });

  afterAll(() => rig.stop());

  const named = (name = `map-${++count}`) => ({ ...kind, namespace, name });
  const object = (ref: { name: string }, data: Record<string, string>, more: object = {}): KubeObject => ({
    ...kind,
    metadata: { name: ref.name, namespace, ...more },
    data,
  });
  const failureOf = (promise: Promise<unknown>): Promise<KubeError> =>
    promise.then(
      () => {
        throw new Error("did not fail");
      },
      (thrown) => thrown,
    );

  test("creates, reads, lists and deletes", async () => {
    const ref = named();
    expect(await kube.get(ref)).toBeUndefined();
    const made = await kube.create(object(ref, { a: "1" }, { labels: { set: "one" } }));
    expect((await kube.get(ref))?.data).toEqual({ a: "1" });
    const { items, resourceVersion } = await kube.list(kind, { namespace, labelSelector: "set=one" });
    expect(items.map((one) => [one.apiVersion, one.kind, one.metadata.uid])).toEqual([
      ["v1", "ConfigMap", made.metadata.uid],
    ]);
    expect(Number(resourceVersion)).toBeGreaterThan(0);
    expect((await kube.list(kind, { labelSelector: "set=one" })).items).toHaveLength(1);
    expect(isAlreadyExists(await failureOf(kube.create(object(ref, {}))))).toBe(true);
    expect(await kube.delete(ref)).toBe(true);
    expect(await kube.delete(ref)).toBe(false);
  });

  test("says that a namespace is missing", async () => {
    const lost = { ...kind, metadata: { name: "x", namespace: "no-such-namespace" } };
    const failure = await failureOf(kube.create(lost));
    expect([isNotFound(failure), failure.details?.name]).toEqual([true, "no-such-namespace"]);
  });

  describe("server-side apply", () => {
    test("makes, changes, and removes what is no longer applied", async () => {
      const ref = named();
      await kube.apply(object(ref, { a: "1", b: "2" }), { manager: "one" });
      const changed = await kube.apply(object(ref, { a: "3" }), { manager: "one" });
      expect(changed.data).toEqual({ a: "3" });
      const same = await kube.apply(object(ref, { a: "3" }), { manager: "one" });
      expect(same.metadata.resourceVersion).toBe(changed.metadata.resourceVersion);
    });

    test("does not take another manager's field, unless forced", async () => {
      const ref = named();
      await kube.apply(object(ref, { a: "1" }), { manager: "one" });
      const failure = await failureOf(kube.apply(object(ref, { a: "2" }), { manager: "two" }));
      expect(isConflict(failure)).toBe(true);
      expect(failure.details?.causes?.map((one) => one.field)).toEqual([".data.a"]);
      expect((await kube.apply(object(ref, { a: "2" }), { manager: "two", force: true })).data).toEqual({
        a: "2",
      });
    });

    test("is bound to the version it names, and makes what is not there", async () => {
      const ref = named();
      const first = await kube.apply(object(ref, { a: "1" }, { resourceVersion: "1" }), { manager: "one" });
      const { resourceVersion, uid } = first.metadata;
      await kube.apply(object(ref, { a: "2" }, { resourceVersion }), { manager: "one" });
      const late = kube.apply(object(ref, { a: "3" }, { resourceVersion }), { manager: "one", force: true });
      expect(isConflict(await failureOf(late))).toBe(true);
      await kube.delete(ref);
      const gone = kube.apply(object(ref, { a: "4" }, { resourceVersion, uid }), { manager: "one" });
      expect(isConflict(await failureOf(gone))).toBe(true);
      expect(await kube.get(ref)).toBeUndefined();
    });

    test("as a dry run changes nothing", async () => {
      const ref = named();
      expect((await kube.apply(object(ref, { a: "1" }), { manager: "one", dryRun: true })).data).toEqual({
        a: "1",
      });
      expect(await kube.get(ref)).toBeUndefined();
    });
  });

  test("a merge patch changes only what it names, bound to the version it names", async () => {
    const ref = named();
    const { metadata } = await kube.create(object(ref, { a: "1", b: "2" }));
    const patch = { metadata: { resourceVersion: metadata.resourceVersion }, data: { b: null, c: "3" } };
    expect((await kube.mergePatch(ref, patch, { manager: "one" })).data).toEqual({ a: "1", c: "3" });
    expect(isConflict(await failureOf(kube.mergePatch(ref, patch, { manager: "one" })))).toBe(true);
  });

  test("a scale subresource is patched", async () => {
    const ref = { apiVersion: "apps/v1", kind: "Deployment", namespace, name: `scaled-${++count}` };
    const labels = { app: ref.name };
    await kube.create({
      apiVersion: ref.apiVersion,
      kind: ref.kind,
      metadata: { name: ref.name, namespace },
      spec: {
        replicas: 0,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [{ name: "c", image: "busybox:1" }] } },
      },
    });
    await kube.mergePatch(ref, { spec: { replicas: 3 } }, { manager: "one", subresource: "scale" });
    expect((await kube.get(ref))?.spec.replicas).toBe(3);
    await kube.delete(ref);
  });

  test("a deletion is bound to the UID and the version it names", async () => {
    const ref = named();
    const { metadata } = await kube.create(object(ref, {}));
    const refused = [
      await failureOf(kube.delete(ref, { uid: crypto.randomUUID() })),
      await failureOf(kube.delete(ref, { uid: metadata.uid, resourceVersion: "1" })),
    ];
    expect(refused.map(isConflict)).toEqual([true, true]);
    expect(await kube.delete(ref, { uid: metadata.uid, resourceVersion: metadata.resourceVersion })).toBe(
      true,
    );
  });

  test("knows which kinds are served", async () => {
    expect(await kube.kindInfo({ apiVersion: "apps/v1", kind: "Deployment" })).toEqual({
      plural: "deployments",
      namespaced: true,
    });
    expect(await kube.kindInfo({ apiVersion: "v1", kind: "Namespace" })).toMatchObject({ namespaced: false });
    expect(await kube.kindInfo({ apiVersion: "v1", kind: "Nothing" })).toBeUndefined();
    expect(await kube.kindInfo({ apiVersion: "nowhere.io/v1", kind: "Deployment" })).toBeUndefined();
  });

  test("an answer that is cut short is asked for again", async () => {
    const ref = named();
    await kube.create(object(ref, { a: "1" }));
    rig.proxy.add({ path: new RegExp(`configmaps/${ref.name}`), nth: 1, fault: { kind: "truncate" } });
    expect((await rig.kube.get(ref))?.data).toEqual({ a: "1" });
    rig.proxy.clear();
  });

  test("an apply whose answer is lost is sent again and ends well", async () => {
    const ref = named();
    rig.proxy.add({ method: "PATCH", path: new RegExp(ref.name), nth: 1, fault: { kind: "drop-after" } });
    expect((await rig.kube.apply(object(ref, { a: "1" }), { manager: "one" })).data).toEqual({ a: "1" });
    rig.proxy.clear();
  });
});
