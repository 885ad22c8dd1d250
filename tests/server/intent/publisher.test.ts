import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createKube } from "../../../kube/client.ts";
import { loadKubeAccess } from "../../../kube/config.ts";
import { ensureCrd } from "../../../kube/crd.ts";
import { styrminDeploymentKind } from "../../../kube/styrmin-deployment.ts";
import type { Kube } from "../../../kube/types.ts";
import { checkResources, startBackground } from "../../../server/background.ts";
import { publishDue } from "../../../server/intent/publisher.ts";
import { eventually } from "../../helpers/eventually.ts";
import { startTestCluster, type TestCluster } from "../../helpers/cluster.ts";
import { hello, registerCluster, startWorld, type World } from "../world.ts";
import { claim, deploy, update, write } from "../tasks/helpers.ts";

const namespace = "styrmin-system";
const crd = await Bun.file(`${import.meta.dir}/../../../k8s/crd.yaml`).text();

let world: World;
beforeAll(async () => {
  world = await startWorld({ missingMs: 0, pollMs: 200 });
  await world.load();
});
afterAll(() => world.end());

/** A cluster's agent that has released the intent of a new deployment. */
async function released(name: string) {
  const { agent, clusterId } = await registerCluster(world, name);
  const epoch = await hello(world, agent);
  const app = await deploy(world, undefined, `demo-${name}`);
  const task = (await claim(world, agent, epoch))!;
  return { agent, clusterId, epoch, app, task };
}

async function intentOf(deployment: string) {
  const [row] =
    await world.sql`select generation, state, error, failures, uid from intents where deployment_id = ${deployment} order by generation desc limit 1`;
  return row!;
}

describe("the agent's publisher (pull)", () => {
  const pending = async (agent: Parameters<typeof world.ask>[2], epoch: number, waitMs = 0) =>
    (
      await world.ask(
        `mutation ($e: Int!, $w: Int) { pendingIntents(epoch: $e, waitMs: $w) { deploymentId environment name generation instanceId spec secretName secretData } }`,
        { e: epoch, w: waitMs },
        agent,
      )
    ).pendingIntents;
  const record = async (agent: Parameters<typeof world.ask>[2], epoch: number, input: object) =>
    (
      await world.ask(
        `mutation ($e: Int!, $i: RecordIntentInput!) { recordIntent(epoch: $e, input: $i) }`,
        { e: epoch, i: input },
        agent,
      )
    ).recordIntent;

  test("gets an intent only when its flow has released it, with its secrets, until it is recorded", async () => {
    const { agent, epoch, app, task } = await released("pull");
    expect(await pending(agent, epoch)).toEqual([]);
    const waiting = pending(agent, epoch, 5000);
    await write(world, agent, "releaseIntent", task);
    const [intent] = await waiting;
    expect(intent).toMatchObject({
      deploymentId: app.id,
      environment: "demo-pull",
      generation: 1,
      secretName: expect.stringMatching(/^styrmin-params-[0-9a-f]{8}$/),
      secretData: { password: expect.stringMatching(/^.{20}$/) },
      spec: { phase: "Running", intentGeneration: 1, secretName: intent.secretName },
    });
    expect(await pending(agent, epoch)).toEqual([intent]);
    expect(
      await record(agent, epoch, { deploymentId: app.id, generation: 1, error: "the API server is away" }),
    ).toBe(true);
    expect(await intentOf(app.id)).toMatchObject({
      state: "RELEASED",
      failures: 1,
      error: "the API server is away",
    });
    expect(await pending(agent, epoch)).toEqual([]); // not due again yet
    const again = await pending(agent, epoch, 5000);
    expect(again).toHaveLength(1);
    expect(await record(agent, epoch, { deploymentId: app.id, generation: 1, uid: "u1" })).toBe(true);
    expect(await record(agent, epoch, { deploymentId: app.id, generation: 1, uid: "u1" })).toBe(false);
    expect(await intentOf(app.id)).toMatchObject({ state: "PUBLISHED", failures: 0, error: null, uid: "u1" });
    expect(await pending(agent, epoch)).toEqual([]);
    await expect(pending(agent, epoch + 1)).rejects.toMatchObject({ code: "CONFLICT" });
  });

  test("is told only of the newest that was released", async () => {
    const { agent, epoch, app, task } = await released("newest");
    await write(world, agent, "releaseIntent", task);
    await world.ask(`mutation ($d: ID!) { stopDeployment(deployment: $d) { id } }`, { d: app.id });
    await world.ask(`mutation ($d: ID!) { startDeployment(deployment: $d) { id } }`, { d: app.id });
    const intents = await pending(agent, epoch);
    expect(intents.map((one: { generation: number }) => one.generation)).toEqual([3]);
    expect(await record(agent, epoch, { deploymentId: app.id, generation: 1, uid: "late" })).toBe(false);
  });

  test("cannot record for another cluster", async () => {
    const mine = await released("theirs");
    const other = await released("others");
    await write(world, mine.agent, "releaseIntent", mine.task);
    expect(
      await record(other.agent, other.epoch, { deploymentId: mine.app.id, generation: 1, uid: "x" }),
    ).toBe(false);
  });
});

describe("the server's publisher (direct)", () => {
  let cluster: TestCluster;
  let kube: Kube;
  beforeAll(async () => {
    cluster = await startTestCluster();
    kube = createKube({ config: await loadKubeAccess({ kubeconfig: cluster.kubeconfig }) });
    await ensureCrd(kube, crd, { install: true });
    if (!(await kube.get({ apiVersion: "v1", kind: "Namespace", name: namespace }))) {
      await kube.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
    }
  });
  afterAll(() => cluster.stop());

  async function directly(name: string) {
    const ready = await released(name);
    await world.sql`update clusters set intent = 'DIRECT' where id = ${ready.clusterId}`;
    const [row] = await world.sql`select resource_name from deployments where id = ${ready.app.id}`;
    const ref = { ...styrminDeploymentKind, name: row!.resourceName as string, namespace };
    return { ...ready, ref };
  }
  const once = () => publishDue(world.deps, { kube, namespace, signal: new AbortController().signal });

  test("never writes what is held, and then writes resource and Secret", async () => {
    const { agent, task, app, ref } = await directly("held");
    await once();
    expect(await kube.get(ref)).toBeUndefined();
    await write(world, agent, "releaseIntent", task);
    await once();
    const resource = (await kube.get(ref))!;
    expect(resource.spec).toMatchObject({ deploymentId: app.id, phase: "Running", intentGeneration: 1 });
    expect(
      await kube.get({ apiVersion: "v1", kind: "Secret", name: resource.spec.secretName, namespace }),
    ).toMatchObject({ immutable: true });
    expect(await intentOf(app.id)).toMatchObject({ state: "PUBLISHED", uid: resource.metadata.uid });
    const version = resource.metadata.resourceVersion;
    await world.sql`update intents set state = 'RELEASED' where deployment_id = ${app.id}`;
    await once();
    expect((await kube.get(ref))!.metadata.resourceVersion).toBe(version);
  });

  test("keeps on until an intent holds, and says meanwhile why it does not", async () => {
    const { agent, task, app, ref } = await directly("refused");
    await write(world, agent, "releaseIntent", task);
    const broken = createKube({
      config: {
        ...(await loadKubeAccess({ kubeconfig: cluster.kubeconfig })),
        server: "https://127.0.0.1:9",
      },
      limitMs: 500,
    });
    await publishDue(world.deps, { kube: broken, namespace, signal: new AbortController().signal });
    expect(await intentOf(app.id)).toMatchObject({ state: "RELEASED", error: expect.stringMatching(/./) });
    const reason = (
      await world.ask(`query ($id: ID) { deployment(id: $id) { status statusReason } }`, { id: app.id })
    ).deployment;
    expect(reason.status).toBe("DEPLOYING");
    await eventually("the intent to be due again and to hold", async () => {
      await once();
      return (await intentOf(app.id)).state === "PUBLISHED";
    });
    expect(await kube.get(ref)).toBeDefined();
  });

  test("runs by itself, within moments of a release, and writes again what was removed by hand", async () => {
    const { agent, task, app, ref, epoch } = await directly("loop");
    const stop = new AbortController();
    const loops = startBackground(world.deps, stop.signal, { direct: { kube, namespace } });
    await write(world, agent, "releaseIntent", task);
    await eventually("the resource to be there", () => kube.get(ref));
    await eventually("the intent to be recorded", async () => (await intentOf(app.id)).state === "PUBLISHED");
    await write(world, agent, "finishTask", task);
    await update(world, app.id, "next");
    await write(world, agent, "releaseIntent", (await claim(world, agent, epoch))!);
    await eventually("the next generation", async () => (await kube.get(ref))?.spec.intentGeneration === 2);
    await eventually("the record of it", async () => (await intentOf(app.id)).state === "PUBLISHED");

    await kube.delete(ref);
    const all = { epoch, kind: "FULL", digest: "1", scopes: [{ complete: true }], deployments: [] };
    for (const sequence of [1, 2]) {
      await Bun.sleep(10);
      await world.ask(
        `mutation ($i: DeploymentStatusReportInput!) { reportDeploymentStatuses(input: $i) { outcome } }`,
        { i: { ...all, sequence } },
        agent,
      );
    }
    await checkResources(world.deps);
    await eventually(
      "the resource to be back",
      async () => (await kube.get(ref))?.spec.intentGeneration === 2,
    );
    stop.abort(new Error("the test is over"));
    await Promise.all(loops.map((loop) => loop.done));
  });

  test("writes again what was changed by hand, as soon as a report says so", async () => {
    const { agent, task, app, ref, epoch } = await directly("edited");
    await write(world, agent, "releaseIntent", task);
    await once();
    const { uid, name } = (await kube.get(ref))!.metadata;
    await kube.mergePatch(ref, { spec: { phase: "Deleting" } }, { manager: "kubectl-edit" });
    const condition = (reason: string) => ({
      type: "Stalled",
      status: "True",
      reason,
      message: "",
      lastTransitionTime: "",
    });
    const report = (sequence: number, reason: string) =>
      world.ask(
        `mutation ($i: DeploymentStatusReportInput!) { reportDeploymentStatuses(input: $i) { outcome } }`,
        {
          i: {
            ...{ epoch, kind: "FULL", digest: `${sequence}`, sequence, scopes: [{ complete: true }] },
            deployments: [
              {
                uid,
                deploymentId: app.id,
                name,
                conditions: [condition(reason)],
                components: [],
                simulated: false,
              },
            ],
          },
        },
        agent,
      );
    await report(1, "Conflict");
    await checkResources(world.deps);
    expect((await intentOf(app.id)).state).toBe("PUBLISHED");
    await report(2, "EditedByHand");
    await checkResources(world.deps);
    expect((await intentOf(app.id)).state).toBe("RELEASED");
    await once();
    expect((await kube.get(ref))!.spec.phase).toBe("Running");
    expect((await intentOf(app.id)).state).toBe("PUBLISHED");
  });
});
