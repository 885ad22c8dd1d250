import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { askForTest, withdrawTest } from "../../../agent/flows/test-request.ts";
import type { Renderer } from "../../../drivers/kit/index.ts";
import { KubeError } from "../../../kube/errors.ts";
import type { StyrminDeployment, TestStatus } from "../../../kube/styrmin-deployment.ts";
import type { Kube, KubeObject } from "../../../kube/types.ts";
import { eventually } from "../../helpers/eventually.ts";
import { pace } from "../../helpers/pace.ts";
import { killedAfter } from "./killed.ts";
import { deploymentIdOf, type Rig, startRig } from "./rig.ts";

const secret = "s3cret-parameter";
const made = "made-up-by-the-chart";

/** The object of a test: a Pod or a Job that runs `sh -c SCRIPT`. */
function testOf(
  name: string,
  script: string,
  { kind = "Pod", event = "test", ...annotations }: Record<string, string> = {},
): KubeObject {
  const spec = {
    restartPolicy: "Never",
    terminationGracePeriodSeconds: 0,
    containers: [{ name: "main", image: "busybox:1.37", command: ["sh", "-c", script] }],
  };
  const job = { backoffLimit: 0, ttlSecondsAfterFinished: 0, template: { spec } };
  return {
    apiVersion: kind === "Job" ? "batch/v1" : "v1",
    kind,
    metadata: {
      name,
      annotations: {
        "helm.sh/hook": event,
        ...Object.fromEntries(
          Object.entries(annotations).map(([key, value]) => [`helm.sh/hook-${key}`, value]),
        ),
      },
    },
    ...(kind === "ConfigMap" ? { data: {} } : { spec: kind === "Job" ? job : spec }),
  };
}

/** What a chart with tests would make, without helm: what each does is said by the deployment's parameters. */
const renderer: Renderer = {
  render: async ({ context }) => {
    const { release_name: name } = context.instance;
    const { scripts = {} } = context.parameters as { scripts?: Record<string, string> };
    const hooks = Object.entries(scripts).map(([called, script]) => {
      const [script1 = "", more = ""] = script.split(" # ");
      const annotations = Object.fromEntries(
        more.split(" ").flatMap((word) => (word ? [word.split("=") as [string, string]] : [])),
      );
      return testOf(`${name}-${called}`, script1, annotations);
    });
    const data = { password: Buffer.from(made).toString("base64") };
    return {
      objects: [
        { apiVersion: "v1", kind: "ConfigMap", metadata: { name } },
        { apiVersion: "v1", kind: "Secret", metadata: { name }, data },
      ],
      hooks,
    };
  },
  close: async () => {},
};

describe("the tests of a chart", () => {
  let rig: Rig;
  let digest: string;
  let kube: Kube;
  beforeAll(async () => {
    rig = await startRig();
    digest = rig.driver({ "x.yaml": "" });
    // The embedded rig has pods without processes; this is what their logs would say.
    kube = {
      ...rig.kube,
      async *logs({ name }) {
        yield Buffer.from(`\u001b[31mbegins\u001b[0m\npassword ${secret}, ${made}\nends ${name}\n`);
      },
    };
  });
  afterAll(() => rig.stop());

  const start = (options: { kube?: Kube; hookMs?: number } = {}) =>
    rig.startOperator({
      kube: options.kube ?? kube,
      renderer,
      ...(options.hookMs ? { settings: { hookMs: options.hookMs } } : {}),
    });
  const publish = (name: string, scripts: Record<string, string>, generation = 1, spec = {}) =>
    rig.publish({ name, digest, generation, parameters: { scripts }, secret: { password: secret }, spec });
  const where = (name: string) => ({ namespace: rig.system, name });
  const never = new AbortController().signal;
  const ask = (name: string, id: string, names: string[] = []) =>
    askForTest(rig.kube, where(name), { id, names }, never);
  const until = (name: string, id: string, what: string, holds: (test: TestStatus) => boolean) =>
    eventually(`the test ${id} of ${name} ${what}`, async () => {
      const { status } = (await rig.resource(name))!;
      if (status?.test?.id === id && holds(status.test)) return status.test;
      throw new Error(JSON.stringify(status));
    });
  const ended = (name: string, id: string) =>
    until(name, id, "has ended", (one) => one.endedAt !== undefined);
  const outcomes = ({ hooks }: TestStatus) => hooks.map(({ name, outcome }) => `${name} ${outcome}`);
  const pod = (name: string) => rig.get({ apiVersion: "v1", kind: "Pod", namespace: rig.target, name });
  const readyOf = async (name: string) =>
    (await rig.resource(name))?.status?.conditions?.find(({ type }) => type === "Ready")?.reason;
  /** How often objects of a name were made. */
  const madeOf = (name: string) =>
    rig.writes().filter((line) => line.name === name && line.code === 201).length;

  test("run once, in order, and say what came of them without a secret; the deployment is none the worse", async () => {
    const operator = start();
    await publish("all", {
      late: "exit 0 # weight=9",
      second: "exit 3 # weight=2 kind=Job",
      beside: "exit 0 # weight=2",
      first: "exit 0 # weight=-1 event=test-success delete-policy=hook-succeeded",
      plain: "- # weight=-2 kind=ConfigMap",
      other: "exit 1 # event=post-rollback",
    });
    const before = await rig.until("all", "Ready", "True", "Healthy");
    await ask("all", "t1");
    const done = await ended("all", "t1");
    expect(outcomes(done)).toEqual([
      "all-plain Passed",
      "all-first Passed",
      "all-beside Passed",
      "all-second Failed",
      "all-late NotRun",
    ]);
    expect(done).toMatchObject({ outcome: "Failed", message: "1 of 5 failed: Job all-second" });
    expect(done.hooks[4]!.message).toBe("Job all-second failed before it");
    const [, first] = done.hooks;
    expect(first!.log).toEqual(["begins", "password •••, •••", "ends all-first"]);
    expect(Date.parse(first!.endedAt!)).toBeGreaterThanOrEqual(Date.parse(first!.startedAt!));
    expect(done.hooks[3]!.log?.at(-1)).toMatch(/^ends all-second-/);
    expect(JSON.stringify(await rig.resource("all"))).not.toContain(secret);
    // What is to stay is there, the rest is gone: also a Job that would have removed itself.
    await eventually("the rest is gone", async () => (await pod("all-first")) === undefined);
    expect(await pod("all-beside")).toBeDefined();
    expect(
      await rig.get({ apiVersion: "batch/v1", kind: "Job", namespace: rig.target, name: "all-second" }),
    ).toSatisfy(
      (job: KubeObject | undefined) => job === undefined || job.metadata.deletionTimestamp !== undefined,
    );
    const after = (await rig.resource("all"))!;
    expect(await readyOf("all")).toBe("Healthy");
    expect(after.metadata.generation).toBe(before.metadata.generation!);
    expect(after.status?.release).toEqual(before.status?.release);

    // Another look, and another operator, run nothing again.
    await operator.stop();
    const next = start();
    await ask("all", "t1");
    await rig.publish({
      name: "all",
      digest,
      generation: 2,
      instance: 1,
      spec: { replicas: { web: 1 } },
      parameters: { scripts: {} },
      secret: { password: secret },
    });
    await rig.until("all", "Ready", "True", "Healthy");
    expect(madeOf("all-beside")).toBe(1);

    // Asked for anew, and by name, they run again, and what is there of them goes before.
    await ask("all", "t2", ["beside", "all-first"]);
    expect(outcomes(await ended("all", "t2"))).toEqual(["all-first Passed", "all-beside Passed"]);
    expect(madeOf("all-beside")).toBe(2);
    await ask("all", "t3", ["nothing"]);
    expect(await ended("all", "t3")).toMatchObject({
      outcome: "Failed",
      hooks: [],
      message: "the chart has no test called nothing",
    });
    await next.stop();
  });

  test("are called off, stopped, overtaken by a release and ended by a deletion, each with a word", async () => {
    const operator = start();
    const endless = { endless: "sleep 1000", later: "exit 0 # weight=1" };
    await publish("ends", endless);
    await rig.until("ends", "Ready", "True", "Healthy");
    const begin = async (id: string) => {
      await ask("ends", id);
      await until("ends", id, "runs", ({ hooks }) => hooks[0]?.outcome === "Running");
      return (await pod("ends-endless"))!.metadata.uid!;
    };
    const stopped = async (id: string, why: string, uid: string) => {
      const done = await ended("ends", id);
      expect(done).toMatchObject({ outcome: "Stopped", message: why });
      expect(outcomes(done)).toEqual(["ends-endless NotRun", "ends-later NotRun"]);
      await eventually("its object is gone", async () => (await pod("ends-endless"))?.metadata.uid !== uid);
    };
    let uid = await begin("a");
    await withdrawTest(rig.kube, where("ends"), "a", never);
    await stopped("a", "it was called off", uid);

    uid = await begin("b");
    await publish("ends", endless, 2);
    await stopped("b", "a new release took the place of the one that was tested", uid);
    await rig.until("ends", "Ready", "True", "Healthy");

    uid = await begin("c");
    await rig.publish({
      name: "ends",
      digest,
      generation: 3,
      instance: 2,
      parameters: { scripts: endless },
      secret: { password: secret },
      spec: { phase: "Stopped" },
    });
    await stopped("c", "the deployment is stopped", uid);
    await ask("ends", "d");
    expect(await ended("ends", "d")).toMatchObject({ outcome: "Stopped", hooks: [] });

    await publish("ends", endless, 4);
    await rig.until("ends", "Ready", "True", "Healthy");
    uid = await begin("e");
    await publish("ends", endless, 5, { phase: "Deleting" });
    await stopped("e", "the deployment is being deleted", uid);
    await rig.until("ends", "Finalized", "True");
    await operator.stop();
  });

  test("that cannot be made or do not end have failed, and a stalled deployment is not tested", async () => {
    const operator = start({ hookMs: 1_000 * pace() });
    await publish("bad", { foreign: "exit 0", endless: "sleep 1000", fine: "exit 0" });
    await rig.until("bad", "Ready", "True", "Healthy");
    const foreign = testOf("bad-foreign", "sleep 1000");
    await rig.kube.create({ ...foreign, metadata: { ...foreign.metadata, namespace: rig.target } });
    await ask("bad", "t");
    const done = await ended("bad", "t");
    expect(outcomes(done)).toEqual(["bad-endless Failed", "bad-fine Passed", "bad-foreign Failed"]);
    expect(done.hooks[0]!.message).toContain("it has not ended within");
    expect(done.hooks[2]!.message).toContain("was not made by this deployment");
    await eventually("what did not end is gone", async () => (await pod("bad-endless")) === undefined);
    expect(await pod("bad-foreign")).toBeDefined();
    expect(await readyOf("bad")).toBe("Healthy");

    await publish("bad", { before: "exit 1 # event=pre-upgrade" }, 2);
    await rig.until("bad", "Stalled", "True", "HookFailed");
    await ask("bad", "u");
    expect(await ended("bad", "u")).toMatchObject({
      outcome: "Stopped",
      message: expect.stringContaining("the deployment is stalled: hook pre-upgrade"),
    });
    await operator.stop();
  });

  test("that the agent may not make yet wait, say so, and begin when it may", async () => {
    let isAllowed = false;
    const mayNot = (name: string) =>
      `PATCH x: pods "${name}" is forbidden: User "agent" cannot patch resource "pods" in API group "" in the namespace "${rig.target}"`;
    const strict: Kube = {
      ...kube,
      apply(object, options, signal) {
        const { name } = object.metadata;
        if (isAllowed || name !== "wait-one") return kube.apply(object, options, signal);
        return Promise.reject(new KubeError(403, "Forbidden", mayNot(name)));
      },
    };
    const operator = start({ kube: strict });
    await publish("wait", { one: "exit 0" });
    await rig.until("wait", "Ready", "True", "Healthy");
    await ask("wait", "t");
    const waiting = await until("wait", "t", "waits", ({ hooks }) => hooks[0]?.message !== undefined);
    expect(waiting.hooks[0]).toMatchObject({
      outcome: "Waiting",
      message: expect.stringContaining("the agent may not patch pods"),
    });
    expect(await readyOf("wait")).toBe("Healthy");
    isAllowed = true;
    const done = await ended("wait", "t");
    expect(outcomes(done)).toEqual(["wait-one Passed"]);
    expect(done.hooks[0]!.message).toBeUndefined();
    await operator.stop();
  });

  test("of an operator that is killed after any write run once each, and end the same", async () => {
    await (async () => {
      const operator = start();
      await publish("kill", {
        one: "exit 0 # delete-policy=hook-succeeded,hook-failed",
        two: "exit 1 # kind=Job weight=1",
        three: "exit 0 # weight=1 delete-policy=hook-succeeded",
      });
      await rig.until("kill", "Ready", "True", "Healthy");
      await operator.stop();
    })();
    const names = ["kill-one", "kill-two", "kill-three"];
    let boundaries = 0;
    for (let writes = 0; ; writes++) {
      const before = names.map(madeOf);
      const victim = killedAfter(kube, writes);
      let one = start({ kube: victim.kube });
      await ask("kill", `t${writes}`);
      const end = ended("kill", `t${writes}`);
      end.catch(() => {});
      const wasKilled = await Promise.race([victim.dead.then(() => true), end.then(() => false)]);
      await one.stop();
      one = start();
      const done = await ended("kill", `t${writes}`);
      expect({ writes, outcomes: outcomes(done), outcome: done.outcome }).toEqual({
        writes,
        outcomes: ["kill-one Passed", "kill-three Passed", "kill-two Failed"],
        outcome: "Failed",
      });
      expect({ writes, made: names.map((name, place) => madeOf(name) - before[place]!) }).toEqual({
        writes,
        made: [1, 1, 1],
      });
      await one.stop();
      if (!wasKilled) break;
      boundaries++;
    }
    // A plan, three objects with a word before and after each, what is removed, and the end.
    expect(boundaries).toBeGreaterThanOrEqual(12);
  });

  test("are known as the flow's wish by its field manager alone", async () => {
    const operator = start();
    await publish("hand", { one: "exit 0" });
    const resource = await rig.until("hand", "Ready", "True", "Healthy");
    const annotations = { "styrmin.io/test": JSON.stringify({ id: "by-hand" }) };
    const { apiVersion, kind, metadata } = resource;
    const ref = { apiVersion, kind, namespace: rig.system, name: metadata.name };
    await rig.kube.mergePatch(ref, { metadata: { annotations } }, { manager: "somebody" });
    await ask("hand", "t");
    await ended("hand", "t");
    expect(madeOf("hand-one")).toBe(1);
    expect(((await rig.resource("hand")) as StyrminDeployment).spec.deploymentId).toBe(
      deploymentIdOf("hand"),
    );
    await operator.stop();
  });
});
