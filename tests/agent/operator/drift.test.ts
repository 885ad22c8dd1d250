import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createRenderer, type Renderer } from "../../../drivers/kit/index.ts";
import type { KubeObject } from "../../../kube/types.ts";
import { eventually } from "../../helpers/eventually.ts";
import { pace } from "../../helpers/pace.ts";
import { type BasicRig, describeBoth, type Rig, startRig, webApp } from "./rig.ts";

describeBoth("drift", (start) => {
  let rig: BasicRig;
  let digest: string;
  beforeAll(async () => {
    rig = await start();
    digest = rig.driver({ "app.yaml": webApp });
    rig.startOperator();
  });
  afterAll(() => rig.stop());

  const create = async (name: string, policies = {}) => {
    await rig.publish({ name, digest, parameters: { greeting: "hello" }, spec: { policies } });
    return rig.until(name, "Ready", "True");
  };
  const configMap = (name: string) => ({ apiVersion: "v1", kind: "ConfigMap", namespace: rig.target, name });
  const deployment = (name: string) => ({
    apiVersion: "apps/v1",
    kind: "Deployment",
    namespace: rig.target,
    name,
  });
  const edit = (name: string, patch: unknown) =>
    rig.kube.mergePatch(configMap(name), patch, { manager: "somebody" });
  const drift = async (name: string) => (await rig.resource(name))?.status?.drift;
  // A second on a quiet machine; the promise is five.
  const within = () => ({ timeoutMs: 4000 * pace(), everyMs: 5 });

  test("a deleted object comes back", async () => {
    await create("gone");
    await rig.kube.delete(configMap("gone"));
    await eventually(
      "it is back",
      async () => (await rig.configMap("gone"))?.data.greeting === "hello",
      within(),
    );
    await eventually("it is counted", async () => (await drift("gone"))?.repaired === 1);
    await rig.until("gone", "Ready", "True");
  });

  test("a deleted workload comes back and is waited for", async () => {
    await create("work");
    await rig.kube.delete(deployment("work"));
    await eventually("it is back", async () => await rig.deployment("work"), within());
    await eventually("it is counted", async () => (await drift("work"))?.repaired === 1);
    await rig.until("work", "Ready", "True");
  });

  test("a field of ours that was changed, removed or taken with force is put back", async () => {
    await create("edit");
    await edit("edit", { data: { greeting: "mine" } });
    await eventually(
      "changed",
      async () => (await rig.configMap("edit"))?.data.greeting === "hello",
      within(),
    );
    await edit("edit", { data: { greeting: null } });
    await eventually(
      "removed",
      async () => (await rig.configMap("edit"))?.data?.greeting === "hello",
      within(),
    );
    const taken: KubeObject = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "edit", namespace: rig.target },
      data: { greeting: "taken" },
    };
    await rig.kube.apply(taken, { manager: "somebody", force: true });
    await eventually("taken", async () => (await rig.configMap("edit"))?.data.greeting === "hello", within());
    await eventually("all three are counted", async () => (await drift("edit"))?.repaired === 3);
  });

  test("a label of ours that was taken off is put back", async () => {
    await create("label");
    await edit("label", { metadata: { labels: { "styrmin.io/deployment": null } } });
    const label = async () => (await rig.configMap("label"))?.metadata.labels?.["styrmin.io/deployment"];
    await eventually("it is back", async () => (await label()) === "dep-label", within());
  });

  test("fields of others are left alone, and no drift", async () => {
    await create("other");
    await edit("other", { data: { theirs: "stays" }, metadata: { annotations: { note: "theirs" } } });
    await rig.kube.mergePatch(deployment("other"), { spec: { minReadySeconds: 1 } }, { manager: "somebody" });
    await edit("other", { data: { greeting: "mine" } });
    await eventually("ours is back", async () => (await rig.configMap("other"))?.data.greeting === "hello");
    const found = await rig.configMap("other");
    expect(found!.data.theirs).toBe("stays");
    expect(found!.metadata.annotations!.note).toBe("theirs");
    expect((await rig.deployment("other"))!.spec.minReadySeconds).toBe(1);
    await eventually("one repair", async () => (await drift("other"))?.repaired === 1);
  });

  test("policy Report tells and touches nothing", async () => {
    await create("report", { drift: "Report" });
    await edit("report", { data: { greeting: "mine" } });
    const { status } = await eventually("it is told", async () => {
      const found = await rig.resource("report");
      return found?.status?.drift ? found : undefined;
    });
    expect(status!.drift!.repaired).toBe(0);
    expect(status!.conditions![0]).toMatchObject({ type: "Ready", status: "True" });
    expect(status!.conditions![0]!.message).toContain(
      `changed by others: ConfigMap ${rig.target}/report (.data.greeting by "somebody")`,
    );
    expect((await rig.configMap("report"))!.data.greeting).toBe("mine");
  });

  test("a new instance overwrites what was changed meanwhile", async () => {
    const policies = { drift: "Ignore" as const };
    await create("ignore", policies);
    await edit("ignore", { data: { greeting: "mine" } });
    await rig.publish({
      name: "ignore",
      digest,
      generation: 2,
      parameters: { greeting: "new" },
      spec: { policies },
    });
    await rig.until("ignore", "Ready", "True");
    expect((await rig.configMap("ignore"))!.data.greeting).toBe("new");
    expect(await drift("ignore")).toBeUndefined();
  });

  test("an object that somebody keeps changing is not fought over", async () => {
    await create("fight");
    for (let round = 1; round <= 10; round++) {
      await edit("fight", { data: { greeting: `round ${round}` } });
      await eventually("put back", async () => (await rig.configMap("fight"))?.data.greeting === "hello");
    }
    await edit("fight", { data: { greeting: "round 11" } });
    const told = `; changed by others: ConfigMap ${rig.target}/fight (.data.greeting by "somebody" time and again; put back once a minute)`;
    await eventually("it is told", async () => {
      const message = (await rig.resource("fight"))?.status?.conditions?.[0]?.message;
      return message?.endsWith(told) || Promise.reject(new Error(message));
    });
    expect((await rig.configMap("fight"))!.data.greeting).toBe("round 11");
    for (let round = 12; round <= 40; round++) await edit("fight", { data: { greeting: `round ${round}` } });
    await edit("fight", { data: { more: "theirs" } });
    await eventually("the last change is seen", async () => {
      const { status } = (await rig.resource("fight"))!;
      return status!.drift!.repaired === 10 && status!.conditions![0]!.message.endsWith(told);
    });
    expect((await rig.configMap("fight"))!.data.greeting).toBe("round 40");
  });
});

describe("drift and the hooks of a chart", () => {
  const plain = createRenderer();
  /** What a chart with hooks would make, without helm: the script of each is a parameter. */
  const renderer: Renderer = {
    async render(request, signal) {
      const outcome = await plain.render(request, signal);
      const { parameters, instance } = request.context;
      const hooks = Object.entries((parameters as { hooks: object }).hooks).map(([event, script]) =>
        hookOf(`${instance.release_name}-${event}`, event, script),
      );
      return outcome.objects ? { ...outcome, hooks } : outcome;
    },
    close: () => plain.close(),
  };
  const hookOf = (name: string, event: string, script: string) => {
    const containers = [{ name: "main", image: "busybox:1.37", command: ["sh", "-c", script] }];
    const annotations = { "helm.sh/hook": event };
    const spec = { template: { spec: { restartPolicy: "Never", containers } } };
    return { apiVersion: "batch/v1", kind: "Job", metadata: { name, annotations }, spec };
  };

  let rig: Rig;
  let digest: string;
  beforeAll(async () => {
    rig = await startRig();
    digest = rig.driver({ "app.yaml": webApp });
    rig.startOperator({ renderer });
  });
  afterAll(async () => {
    await rig.stop();
    await renderer.close();
  });

  test.concurrent.each(["Report", "Ignore"] as const)(
    "what was updated while it was stopped starts after its hook, with policy %s",
    async (drift) => {
      const name = `stopped-${drift.toLowerCase()}`;
      const parameters = { greeting: "hello", replicas: 3, hooks: { "pre-upgrade": "exit 0" } };
      const publish = (generation: number, instance: number, phase: "Running" | "Stopped") =>
        rig.publish({
          ...{ name, digest, generation, instance, parameters },
          spec: { phase, policies: { drift } },
        });
      await publish(1, 1, "Running");
      await rig.until(name, "Ready", "True", "Healthy");
      await publish(2, 1, "Stopped");
      await rig.until(name, "Ready", "True", "Stopped");
      await publish(3, 2, "Stopped");
      await rig.until(name, "Ready", "True", "Stopped");
      const job = { apiVersion: "batch/v1", kind: "Job", namespace: rig.target, name: `${name}-pre-upgrade` };
      expect(await rig.get(job)).toBeUndefined();
      await publish(4, 2, "Running");
      await rig.until(name, "Ready", "True", "Healthy");
      expect((await rig.get(job))?.status.succeeded).toBe(1);
      expect((await rig.deployment(name))?.spec.replicas).toBe(3);
      expect((await rig.resource(name))?.status?.drift).toBeUndefined();
    },
  );

  test.concurrent("what is changed while a hook runs that comes after is drift", async () => {
    const parameters = { greeting: "hello", hooks: { "post-install": "sleep 3600" } };
    const spec = { policies: { drift: "Report" as const } };
    // Nothing but the hook is waited for.
    const [config] = webApp.split("---");
    await rig.publish({ name: "after", digest: rig.driver({ "config.yaml": config! }), parameters, spec });
    await rig.until("after", "Reconciling", "True", "HookRunning");
    const ref = { apiVersion: "v1", kind: "ConfigMap", namespace: rig.target, name: "after" };
    await rig.kube.mergePatch(ref, { data: { greeting: "mine" } }, { manager: "somebody" });
    await eventually("it is told", async () => {
      const { status } = await rig.until("after", "Reconciling", "True", "HookRunning");
      return status?.conditions?.[0]?.message.includes("changed by others: ConfigMap");
    });
    expect((await rig.configMap("after"))?.data.greeting).toBe("mine");
  });
});
