import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { ensureCrd } from "../../kube/crd.ts";
import { type Intent, parameterSecretName, publishIntent, removeIntent } from "../../kube/intent.ts";
import { pruneParameterSecrets } from "../../kube/parameter-secret.ts";
import { labels, managers, styrminDeploymentKind, teardownFinalizer } from "../../kube/styrmin-deployment.ts";
import type { Kube, KubeObject } from "../../kube/types.ts";
import type { FaultProxy } from "../helpers/proxy.ts";
import { onClusters, type Rig } from "./cluster.ts";

const crdYaml = await Bun.file(`${import.meta.dir}/../../k8s/crd.yaml`).text();

onClusters("the intent publisher", (startRig) => {
  let rig: Rig;
  let proxy: FaultProxy;
  let admin: Kube;
  let kube: Kube;
  let namespace: string;
  let count = 0;

  beforeAll(async () => {
    rig = await startRig();
    ({ proxy, admin, kube } = rig);
    namespace = await rig.makeNamespace();
    await ensureCrd(admin, crdYaml, { install: true });
  });

  afterEach(() => proxy.clear());

  afterAll(() => rig.stop());

  /** A new deployment's first intent. */
  function newIntent(): Intent {
    const name = `app-${++count}`;
    const deploymentId = crypto.randomUUID();
    return withGeneration({ deploymentId, name } as Intent, 1);
  }

  function withGeneration(intent: Intent, generation: number, spec: Partial<Intent["spec"]> = {}): Intent {
    const { deploymentId, name } = intent;
    const instanceId = crypto.randomUUID();
    return {
      deploymentId,
      name,
      generation,
      instanceId,
      spec: {
        deploymentId,
        name: "app",
        environment: "demo",
        instanceId,
        intentGeneration: generation,
        driver: { name: "hello", version: "1", digest: "sha256:1" },
        applicationVersion: "1.0.0",
        targetNamespace: "env-demo",
        releaseName: name,
        phase: "Running",
        context: { parameters: { greeting: "hi", empty: null, list: [1, { a: "b" }] } },
        components: { web: { label: { app: "hello" } } },
        replicas: { web: 2, worker: 1 },
        secretName: parameterSecretName(instanceId),
        ...spec,
      },
      secret: { name: parameterSecretName(instanceId), data: { password: "pässword" } },
    };
  }

  const publish = (intent: Intent, through: Kube = kube) => publishIntent(through, intent, { namespace });
  const refOf = (intent: Intent) => ({ ...styrminDeploymentKind, name: intent.name, namespace });
  const read = (intent: Intent) => admin.get(refOf(intent));
  /** Somebody deletes the resource, and the operator lets go of it. */
  const removeByHand = async (intent: Intent) => {
    await admin.delete(refOf(intent));
    await admin.mergePatch(refOf(intent), { metadata: { finalizers: [] } }, { manager: managers.operator });
  };
  const secretsOf = async (intent: Intent) =>
    (
      await admin.list(
        { apiVersion: "v1", kind: "Secret" },
        { namespace, labelSelector: `${labels.deployment}=${intent.deploymentId}` },
      )
    ).items;

  describe("publishing an intent", () => {
    test("writes the parameter Secret and the resource", async () => {
      const intent = newIntent();
      const published = await publish(intent);
      expect(published.outcome).toBe("written");
      const resource = (await read(intent))!;
      expect(resource.metadata.uid).toBe(published.uid);
      expect(resource.metadata.labels).toEqual({
        [labels.deployment]: intent.deploymentId,
        [labels.environment]: "demo",
      });
      expect(resource.spec.replicas).toEqual({ web: 2, worker: 1 });
      const [secret] = await secretsOf(intent);
      expect([secret?.metadata.name, secret?.immutable]).toEqual([intent.secret!.name, true]);
      expect(Buffer.from(secret?.data.password, "base64").toString()).toBe("pässword");
    });

    test("again writes nothing", async () => {
      const intent = newIntent();
      const first = await publish(intent);
      const before = proxy.requests.length;
      expect(await publish(intent)).toEqual({ ...first, outcome: "unchanged" });
      const writes = proxy.requests.slice(before).filter((one) => one.method !== "GET");
      // The Secret may not be read, so that it is tried.
      expect(writes.map(({ method, code }) => [method, code])).toEqual([["POST", 409]]);
    });

    test("of a higher generation replaces it, with what is no longer said", async () => {
      const first = newIntent();
      const { uid } = await publish(first);
      const second = withGeneration(first, 2, { replicas: { web: 3 } });
      expect(await publish(second)).toMatchObject({ uid, outcome: "written" });
      const resource = (await read(first))!;
      expect([resource.spec.intentGeneration, resource.spec.replicas]).toEqual([2, { web: 3 }]);
      expect(await secretsOf(first)).toHaveLength(2);
    });

    test("of a lower generation writes nothing at all", async () => {
      const first = newIntent();
      const second = await publish(withGeneration(first, 2));
      expect(await publish(first)).toEqual({ ...second, outcome: "superseded" });
      expect((await read(first))?.spec.intentGeneration).toBe(2);
      expect(await secretsOf(first)).toHaveLength(1);
    });

    test("neither reads nor touches a Secret of that name", async () => {
      const intent = newIntent();
      await publish(intent);
      const [before] = await secretsOf(intent);
      const other = { ...intent, secret: { ...intent.secret!, data: { password: "other" } } };
      const from = proxy.requests.length;
      expect((await publish(other)).outcome).toBe("unchanged");
      expect((await secretsOf(intent))[0]).toEqual(before!);
      const reads = proxy.requests.slice(from).filter((one) => one.method === "GET");
      expect(reads.filter(({ path }) => path.includes("/secrets"))).toEqual([]);
    });

    test("never touches what a flow holds", async () => {
      const first = newIntent();
      await publish(first);
      const hold = { components: { web: 0 }, task: "t1" };
      const ask = { ...styrminDeploymentKind, metadata: { name: first.name, namespace }, spec: { hold } };
      await admin.apply(ask as KubeObject, { manager: managers.flow });
      expect((await publish(first)).outcome).toBe("unchanged");
      await publish(withGeneration(first, 2));
      expect((await read(first))?.spec.hold).toEqual(hold);
    });

    test("puts right what somebody edited", async () => {
      const intent = newIntent();
      await publish(intent);
      await admin.mergePatch(refOf(intent), { spec: { applicationVersion: "9" } }, { manager: "someone" });
      expect((await publish(intent)).outcome).toBe("written");
      expect((await read(intent))?.spec.applicationVersion).toBe("1.0.0");
    });

    test("makes a resource and a Secret anew that somebody removed", async () => {
      const intent = newIntent();
      const first = await publish(intent);
      await removeByHand(intent);
      await admin.delete({ apiVersion: "v1", kind: "Secret", name: intent.secret!.name, namespace });
      const again = await publish(intent);
      expect(again.outcome).toBe("written");
      expect(again.uid).not.toBe(first.uid);
      expect(await secretsOf(intent)).toHaveLength(1);
    });

    test("waits for a resource that is being removed", async () => {
      const intent = newIntent();
      await publish(intent);
      expect((await read(intent))?.metadata.finalizers).toEqual([teardownFinalizer]);
      await admin.delete(refOf(intent));
      expect(await publish(intent).catch((thrown) => thrown.code)).toBe("UNAVAILABLE");
      await admin.mergePatch(refOf(intent), { metadata: { finalizers: [] } }, { manager: "test" });
      expect((await publish(intent)).outcome).toBe("written");
    });

    test("refuses a name that belongs to another deployment", async () => {
      const intent = newIntent();
      await publish(intent);
      const other = { ...withGeneration(intent, 5), deploymentId: "another" };
      expect(await publish(other).catch((thrown) => thrown.code)).toBe("EXISTS");
    });
  });

  describe("a publisher that was overtaken", () => {
    /** Runs `meanwhile` between what the publisher reads and what it writes. */
    const between = (meanwhile: () => unknown) =>
      proxy.add({
        method: "PATCH",
        path: /styrmindeployments/,
        nth: 1,
        fault: { kind: "call", when: "before", call: meanwhile },
      });

    test("does not write over a higher generation", async () => {
      const first = newIntent();
      await publish(first, admin);
      const third = withGeneration(first, 3);
      between(() => publish(third, admin));
      expect((await publish(withGeneration(first, 2))).outcome).toBe("superseded");
      expect((await read(first))?.spec.intentGeneration).toBe(3);
    });

    test("does not write over a resource that was made meanwhile", async () => {
      const first = newIntent();
      between(() => publish(withGeneration(first, 2), admin));
      expect((await publish(first)).outcome).toBe("superseded");
      expect((await read(first))?.spec.intentGeneration).toBe(2);
    });

    test("does not bring back by its write a resource that was removed", async () => {
      const first = newIntent();
      await publish(first, admin);
      let seen: KubeObject | undefined;
      between(() => removeByHand(first));
      proxy.add({
        method: "PATCH",
        path: /styrmindeployments/,
        nth: 1,
        fault: { kind: "call", when: "before", call: async () => (seen = await read(first)) },
      });
      await publish(withGeneration(first, 2));
      // The overtaken write failed; it was written again only after a look that found nothing.
      expect(seen).toBeUndefined();
      expect(
        proxy.requests
          .filter((one) => one.method === "PATCH" && one.path.includes(`/${first.name}?`))
          .map((one) => one.code),
      ).toEqual([409, 201]);
    });
  });

  describe("a publisher whose call goes wrong", () => {
    test.each([
      ["before it is applied", { kind: "drop-before" } as const],
      ["after it is applied, with the answer lost", { kind: "drop-after" } as const],
      ["with a 500", { kind: "status", code: 500 } as const],
      ["with a 503", { kind: "status", code: 503, reason: "ServiceUnavailable" } as const],
      [
        "with a 429",
        { kind: "status", code: 429, reason: "TooManyRequests", headers: { "retry-after": "0" } } as const,
      ],
    ])("%s ends as if nothing had been", async (_name, fault) => {
      const intent = newIntent();
      proxy.add({ method: "PATCH", path: /styrmindeployments/, nth: 1, fault });
      expect((await publish(intent)).outcome).toBe("written");
      expect((await publish(intent)).outcome).toBe("unchanged");
    });

    test("at the Secret says so, and the next try finds its work", async () => {
      const intent = newIntent();
      const dropped = { kind: "drop-after" } as const;
      proxy.add({ method: "POST", path: /secrets/, nth: 1, fault: dropped });
      await publish(intent).catch(() => {});
      await publish(intent);
      expect(await secretsOf(intent)).toHaveLength(1);
      expect((await read(intent))?.spec.intentGeneration).toBe(1);
    });
  });

  test("a resource that is not there is made only while it is wanted, and one that is there is left to versions", async () => {
    const intent = newIntent();
    const unwanted = { namespace, isWanted: async () => false };
    const refusal = await publishIntent(kube, intent, unwanted).catch((thrown) => thrown);
    expect(refusal).toMatchObject({ code: "CONFLICT" });
    expect(await read(intent)).toBeUndefined();
    expect(await secretsOf(intent)).toEqual([]);
    await publish(intent);
    expect((await publishIntent(kube, intent, unwanted)).outcome).toBe("unchanged");
  });

  describe("removing", () => {
    async function finished(): Promise<{ intent: Intent; uid: string }> {
      const intent = newIntent();
      await publish(intent);
      const deleting = withGeneration(intent, 2, { phase: "Deleting" });
      const { uid } = await publish(deleting);
      const finalizers = [teardownFinalizer];
      await admin.mergePatch(refOf(intent), { metadata: { finalizers } }, { manager: managers.operator });
      return { intent: deleting, uid };
    }
    const finalize = (intent: Intent) => {
      const lastTransitionTime = new Date().toISOString().replace(/\.\d+/, "");
      const condition = {
        type: "Finalized",
        status: "True",
        reason: "Deleted",
        message: "gone",
        lastTransitionTime,
      };
      const status = { conditions: [condition] };
      return admin.mergePatch(
        refOf(intent),
        { status },
        { manager: managers.operator, subresource: "status" },
      );
    };
    const remove = (intent: Intent, uid: string) =>
      removeIntent(kube, { name: intent.name, uid, deploymentId: intent.deploymentId }, { namespace });

    test("takes the resource with its finalizer and the parameter Secrets away, and may be repeated", async () => {
      const { intent, uid } = await finished();
      await finalize(intent);
      await remove(intent, uid);
      expect(await read(intent)).toBeUndefined();
      expect(await secretsOf(intent)).toEqual([]);
      await remove(intent, uid);
    });

    test("takes away a Release that an operator left when it was killed after its last word", async () => {
      const { intent, uid } = await finished();
      await finalize(intent);
      const release = { [labels.deployment]: intent.deploymentId, [labels.role]: "release" };
      const left = { name: `${intent.name}-r1`, namespace, labels: release };
      await admin.create({ apiVersion: "v1", kind: "Secret", metadata: left, type: "styrmin.io/release" });
      await remove(intent, uid);
      const { items } = await admin.list({ apiVersion: "v1", kind: "Secret" }, { namespace });
      expect(items.filter((one) => one.metadata.name === left.name)).toEqual([]);
    });

    test("waits for the operator to have removed the objects", async () => {
      const { intent, uid } = await finished();
      expect(await remove(intent, uid).catch((thrown) => thrown.code)).toBe("CONFLICT");
      expect((await read(intent))?.metadata.deletionTimestamp).toBeUndefined();
    });

    test("leaves a later resource of the same name alone", async () => {
      const { intent } = await finished();
      await finalize(intent);
      await remove(intent, crypto.randomUUID());
      expect(await read(intent)).toBeDefined();
    });

    test("ends the same when its answers are lost", async () => {
      const { intent, uid } = await finished();
      await finalize(intent);
      proxy.add({ method: "DELETE", path: /styrmindeployments/, nth: 1, fault: { kind: "drop-after" } });
      proxy.add({ method: "PATCH", path: /styrmindeployments/, nth: 1, fault: { kind: "drop-after" } });
      await remove(intent, uid);
      expect(await read(intent)).toBeUndefined();
    });
  });

  test("only the parameter Secrets of Instances that no longer serve are pruned", async () => {
    const first = newIntent();
    await publish(first);
    const second = withGeneration(first, 2);
    await publish(second);
    const release: KubeObject = {
      apiVersion: "v1",
      kind: "Secret",
      metadata: {
        name: `release-${first.name}`,
        namespace,
        labels: { [labels.deployment]: first.deploymentId },
      },
    };
    await admin.create(release);
    expect(await pruneParameterSecrets(kube, first.deploymentId, [second.instanceId], { namespace })).toBe(1);
    const names = (await secretsOf(first)).map((one) => one.metadata.name).sort();
    expect(names).toEqual([release.metadata.name, second.secret!.name].sort());
  });

  describe("the definition of the resource", () => {
    // A copy under other names: of the real one other tests live at the same time.
    const group = `g${crypto.randomUUID().slice(0, 8)}.example.org`;
    const name = `copies.${group}`;
    const { metadata, spec, ...rest } = Bun.YAML.parse(crdYaml) as KubeObject;
    const text = JSON.stringify({
      ...rest,
      metadata: { ...metadata, name },
      spec: { ...spec, group, names: { kind: "Copy", plural: "copies" } },
    });
    const crd = { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", name };
    const mark = (revision: string) =>
      admin.mergePatch(
        crd,
        { metadata: { annotations: { "styrmin.io/crd-revision": revision } } },
        { manager: "test" },
      );

    beforeAll(() => ensureCrd(admin, text, { install: true }));
    afterAll(() => admin.delete(crd));

    test("that is older is refused by who may only look, and replaced by who installs", async () => {
      await mark("0");
      expect(await ensureCrd(kube, text, { install: false }).catch((thrown) => thrown.code)).toBe("INVALID");
      await ensureCrd(kube, text, { install: true });
      await ensureCrd(kube, text, { install: false });
    });

    test("that is newer is left alone", async () => {
      await mark("999");
      await ensureCrd(kube, text, { install: true });
      expect((await admin.get(crd))?.metadata.annotations?.["styrmin.io/crd-revision"]).toBe("999");
    });

    test("that is missing is said, with what to do", async () => {
      const other = text.replace(name, "nothings.styrmin.io");
      const failure = await ensureCrd(kube, other, { install: false }).catch((thrown) => thrown);
      expect(failure.code).toBe("NOT_FOUND");
      expect(failure.message).toContain("kubectl apply");
    });
  });
});
