import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { checkResources } from "../../../server/background.ts";
import type { Caller } from "../../../server/graphql/context.ts";
import { eventually } from "../../helpers/eventually.ts";
import { hello, registerCluster, startWorld, type World } from "../world.ts";
import { carryOut, claim, deploy } from "../tasks/helpers.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld({ missingMs: 50 });
  await world.load();
});
afterAll(() => world.end());

let count = 0;
/** A cluster with one deployment and an agent that reports with growing sequences. */
async function reporter() {
  const name = `r${++count}`;
  const { agent, clusterId } = await registerCluster(world, name);
  const epoch = await hello(world, agent);
  const app = await deploy(world, undefined, `demo-${name}`);
  await carryOut(world, agent, (await claim(world, agent, epoch))!);
  let sequence = 0;
  const all = [{ complete: true }];
  const send = async (mutation: string, type: string, input: object, caller: Caller = agent) =>
    (
      await world.ask(
        `mutation ($i: ${type}!) { answer: ${mutation}(input: $i) { outcome written pruned ignored } }`,
        { i: { epoch, sequence: ++sequence, scopes: all, digest: "d", ...input } },
        caller,
      )
    ).answer;
  return {
    agent,
    epoch,
    app,
    clusterId,
    pods: (input: object) => send("reportPodStatuses", "PodStatusReportInput", { kind: "FULL", ...input }),
    deployments: (input: object) =>
      send("reportDeploymentStatuses", "DeploymentStatusReportInput", { kind: "FULL", ...input }),
    pod: (name: string, more: object = {}) => pod(app.id, name, more),
    names: async () => {
      const answer = await world.ask(`query ($f: StatusFilter) { podStatuses(filter: $f) { name } }`, {
        f: { cluster: clusterId },
      });
      return answer.podStatuses.map((one: { name: string }) => one.name);
    },
  };
}

function pod(deploymentId: string, name: string, more: object = {}) {
  return {
    uid: `uid-${deploymentId}-${name}`,
    deploymentId,
    component: "server",
    name,
    namespace: "one",
    phase: "Running",
    ready: true,
    restarts: 0,
    images: ["oven/bun:1"],
    containers: [{ name: "main", state: "running", ready: true, restarts: 0 }],
    startedAt: "2026-01-01T00:00:00Z",
    simulated: false,
    ...more,
  };
}

const accepted = (written: number, pruned = 0, ignored = 0) => ({
  outcome: "ACCEPTED",
  written,
  pruned,
  ignored,
});

describe("reportPodStatuses", () => {
  test("writes what differs, and nothing when nothing does", async () => {
    const { pods, pod, names, app } = await reporter();
    expect(await pods({ pods: [pod("a"), pod("b")] })).toEqual(accepted(2));
    const rows = () =>
      world.sql`select xmin, * from pod_statuses where deployment_id = ${app.id} order by name`;
    const before = await rows();
    expect(await pods({ pods: [pod("a"), pod("b")] })).toEqual(accepted(0));
    expect(await rows()).toEqual(before);
    expect(await pods({ pods: [pod("a"), pod("b", { ready: false, reason: "CrashLoopBackOff" })] })).toEqual(
      accepted(1),
    );
    expect(await names()).toEqual(["a", "b"]);
  });

  test("follows deltas and sames on the report they name, and asks for a full one otherwise", async () => {
    const { pods, pod, names } = await reporter();
    expect(await pods({ kind: "SAME", base: "d", digest: "d", pods: [] })).toMatchObject({
      outcome: "NEED_FULL",
    });
    await pods({ pods: [pod("a"), pod("b")], digest: "1" });
    expect(await pods({ kind: "SAME", base: "1", digest: "1", pods: [] })).toEqual(accepted(0));
    const delta = {
      kind: "DELTA",
      base: "1",
      digest: "2",
      pods: [pod("c"), pod("a", { restarts: 1 })],
      removed: [pod("b").uid],
    };
    expect(await pods(delta)).toEqual(accepted(2, 1));
    expect(await names()).toEqual(["a", "c"]);
    expect(await pods(delta)).toMatchObject({ outcome: "NEED_FULL" });
    expect(await pods({ kind: "SAME", base: "1", digest: "1", pods: [] })).toMatchObject({
      outcome: "NEED_FULL",
    });
    expect(await names()).toEqual(["a", "c"]);
  });

  test("refuses what is older, equal or of another epoch, and writes nothing for it", async () => {
    const { pods, pod, names, epoch, agent } = await reporter();
    await pods({ pods: [pod("a")], sequence: 10 });
    const stale = { outcome: "STALE", written: 0, pruned: 0, ignored: 0 };
    expect(await pods({ pods: [], sequence: 10 })).toEqual(stale);
    expect(await pods({ pods: [], sequence: 9 })).toEqual(stale);
    expect(await pods({ pods: [], sequence: 99, epoch: epoch + 1 })).toEqual(stale);
    const next = await hello(world, agent);
    expect(await pods({ pods: [], sequence: 100 })).toEqual(stale); // of the epoch before
    expect(await names()).toEqual(["a"]);
    expect(await pods({ pods: [pod("b")], sequence: 1, epoch: next })).toEqual(accepted(1, 1));
  });

  test("keeps the newest of reports that come in any order", async () => {
    const { pods, pod, names } = await reporter();
    const shuffled = [7, 3, 9, 1, 8, 2, 10, 5, 4, 6];
    await Promise.all(shuffled.map((at) => pods({ sequence: at, digest: `${at}`, pods: [pod(`p${at}`)] })));
    expect(await names()).toEqual(["p10"]);
  });

  test("prunes only from complete scopes", async () => {
    const { pods, pod, names } = await reporter();
    const two = [pod("a"), pod("b", { namespace: "two" })];
    await pods({ pods: two });
    expect(await pods({ pods: [], scopes: [{ complete: false, reason: "forbidden" }] })).toEqual(accepted(0));
    expect(await pods({ pods: [], scopes: [] })).toEqual(accepted(0));
    expect(
      await pods({ pods: [], scopes: [{ complete: true }, { namespace: "one", complete: false }] }),
    ).toEqual(accepted(0, 1));
    expect(await names()).toEqual(["a"]);
    expect(await pods({ pods: [], scopes: [{ namespace: "two", complete: true }] })).toEqual(accepted(0));
    expect(await pods({ pods: [], scopes: [{ namespace: "one", complete: true }] })).toEqual(accepted(0, 1));
  });

  test("asks for a full report after one that did not see everything", async () => {
    const { pods, pod } = await reporter();
    await pods({
      pods: [pod("a")],
      digest: "1",
      scopes: [{ complete: true }, { namespace: "two", complete: false }],
    });
    expect(await pods({ kind: "SAME", base: "1", digest: "1", pods: [] })).toMatchObject({
      outcome: "NEED_FULL",
    });
  });

  test("cleans each pod on its own, so that a bad one holds up nobody", async () => {
    const { pods, pod } = await reporter();
    const bad = [
      pod("nul", { message: "a\0b", reason: "x\0" }),
      pod("surrogate", { message: "lone \ud800 one", node: "\udfff" }),
      pod("long", {
        message: "m".repeat(1_000_000),
        images: Array.from({ length: 5000 }, (_, i) => `image-${i}`),
      }),
      pod("container", {
        containers: [{ name: "c\0", state: "waiting \ud800", ready: false, restarts: 1, lastExitCode: -1 }],
      }),
      pod("twice", { restarts: 1 }),
      pod("twice", { restarts: 2 }),
      { ...pod("nobody's"), deploymentId: "no-uuid" },
      { ...pod("unknown"), deploymentId: crypto.randomUUID() },
    ];
    const good = Array.from({ length: 200 }, (_, i) => pod(`good-${i}`));
    expect(await pods({ pods: [...bad, ...good] })).toEqual(accepted(205, 0, 3));
    const answer = await world.ask(
      `{ podStatuses(filter: {}, first: 1000) { name message reason node images containers { name state } restarts } }`,
    );
    const found = Object.fromEntries(answer.podStatuses.map((one: { name: string }) => [one.name, one]));
    expect(found.nul).toMatchObject({ message: "a\uFFFDb", reason: "x\uFFFD" });
    expect(found.surrogate).toMatchObject({ message: "lone \uFFFD one", node: "\uFFFD" });
    expect(found.long.message.length).toBeLessThanOrEqual(2000);
    expect(found.long.images).toHaveLength(100);
    expect(found.twice.restarts).toBe(2);
  });

  test("ignores pods of another cluster's deployments", async () => {
    const mine = await reporter();
    const other = await reporter();
    expect(await mine.pods({ pods: [other.pod("theirs")] })).toEqual(accepted(0, 0, 1));
    await other.pods({ pods: [other.pod("theirs")] });
    expect(await mine.pods({ pods: [] })).toEqual(accepted(0));
    expect(await other.names()).toEqual(["theirs"]);
  });

  test("ages what it does not see anew, without writing to it", async () => {
    const { pods, pod, clusterId } = await reporter();
    const seen = async () => {
      const answer = await world.ask(
        `query ($f: StatusFilter) { podStatuses(filter: $f) { name observedAt } }`,
        { f: { cluster: clusterId } },
      );
      return Object.fromEntries(answer.podStatuses.map((one: any) => [one.name, Date.parse(one.observedAt)]));
    };
    await pods({ pods: [pod("a"), pod("b", { namespace: "two" })], digest: "1" });
    const first = await seen();
    await Bun.sleep(20);
    await pods({ kind: "SAME", base: "1", digest: "1", pods: [] });
    const second = await seen();
    expect(second.a).toBeGreaterThan(first.a);
    await Bun.sleep(20);
    await pods({
      pods: [pod("a"), pod("b", { namespace: "two" })],
      scopes: [
        { namespace: "one", complete: true },
        { namespace: "two", complete: false },
      ],
    });
    const third = await seen();
    expect(third.a).toBeGreaterThan(second.a);
    expect(third.b).toBe(second.b);
  });

  test("is told to those who follow the deployment, and to nobody else", async () => {
    const { pods, pod, app } = await reporter();
    const told: string[] = [];
    const stop = world.deps.changes.on("deployment:*", (id) => told.push(id));
    const heard = async (word: string) => {
      await world.sql.notify("styrmin", `deployment:${word}`);
      await eventually(`${word} to be told`, () => told.includes(word));
    };
    await heard("begin");
    told.length = 0;
    await pods({ pods: [pod("a")] });
    await pods({ pods: [pod("a")] });
    await pods({ pods: [] });
    await heard("end");
    stop();
    expect(told).toEqual([app.id, app.id, "end"]);
  });
});

describe("reportDeploymentStatuses", () => {
  test("tells where secrets can be read, which never leave the server", async () => {
    const { app, deployments } = await reporter();
    const places = async () =>
      (
        await world.ask(
          `query ($id: ID) { deployment(id: $id) { activeInstance { context } secrets { parameter namespace name key command } } }`,
          { id: app.id },
        )
      ).deployment;
    const { activeInstance, secrets } = await places();
    const { name, key } = activeInstance.context.parameters.password.secretRef;
    expect(secrets).toEqual([{ parameter: "password", namespace: null, name, key, command: null }]);
    await deployments({
      deployments: [await resource(app.id)],
      scopes: [{ namespace: "agents", complete: true }],
    });
    expect((await places()).secrets).toEqual([
      {
        ...{ parameter: "password", namespace: "agents", name, key },
        command: `kubectl -n agents get secret ${name} -o go-template='{{index .data "password" | base64decode}}{{"\\n"}}'`,
      },
    ]);
  });

  const resource = async (deploymentId: string, more: object = {}) => {
    const [row] =
      await world.sql`select resource_name, intent_generation, instance_id from deployments where id = ${deploymentId}`;
    const ready = {
      type: "Ready",
      status: "True",
      reason: "Healthy",
      message: "",
      lastTransitionTime: "2026-01-01T00:00:00Z",
    };
    return {
      uid: `uid-${deploymentId}`,
      deploymentId,
      name: row!.resourceName,
      phase: "Running",
      instanceId: row!.instanceId,
      intentGeneration: row!.intentGeneration,
      generation: 1,
      observedGeneration: 1,
      conditions: [ready],
      components: [{ name: "server", desired: 1, ready: 1, state: "Ready" }],
      simulated: false,
      ...more,
    };
  };
  const status = async (id: string) =>
    (
      await world.ask(
        `query ($id: ID) { deployment(id: $id) { status lastKnown statusReason observed { ageSeconds stale conditions { reason } components { ready message } } } }`,
        { id },
      )
    ).deployment;

  test("tells that nothing of a component can be scaled, which is refused then", async () => {
    const { deployments, app } = await reporter();
    const scale = (replicas: number | null) =>
      world.ask(
        `mutation ($d: ID!, $r: Int) { scaleDeployment(deployment: $d, component: "server", replicas: $r) { replicas } }`,
        { d: app.id, r: replicas },
      );
    const has = async (component: object, more: object = {}) => {
      const components = [{ name: "server", desired: 0, ready: 0, state: "Ready", ...component }];
      expect(await deployments({ deployments: [await resource(app.id, { components, ...more })] })).toEqual(
        accepted(1),
      );
    };
    await has({});
    await expect(scale(2)).rejects.toMatchObject({ code: "INVALID", field: "replicas" });
    // It can be suspended, and let run again.
    expect(await scale(0)).toEqual({ scaleDeployment: { replicas: { server: 0 } } });
    expect(await scale(1)).toEqual({ scaleDeployment: { replicas: { server: 1 } } });
    // A Deployment without replicas, and what another instance had.
    await has({ state: "Stopped" });
    expect(await scale(2)).toEqual({ scaleDeployment: { replicas: { server: 2 } } });
    await has({}, { instanceId: crypto.randomUUID() });
    expect(await scale(3)).toEqual({ scaleDeployment: { replicas: { server: 3 } } });
  });

  test("makes a deployment RUNNING, and silence makes it UNKNOWN by itself", async () => {
    const { deployments, app, clusterId } = await reporter();
    expect(await deployments({ deployments: [await resource(app.id)] })).toEqual(accepted(1));
    expect(await status(app.id)).toMatchObject({
      status: "RUNNING",
      lastKnown: null,
      observed: { stale: false, conditions: [{ reason: "Healthy" }] },
    });
    // As if all of it had been a minute ago.
    await world.sql`update agents set last_seen_at = last_seen_at - interval '1 minute' where cluster_id = ${clusterId}`;
    await world.sql`update reports set complete_at = complete_at - interval '1 minute' where cluster_id = ${clusterId}`;
    await world.sql`update deployment_statuses set changed_at = changed_at - interval '1 minute' where cluster_id = ${clusterId}`;
    expect(await status(app.id)).toMatchObject({
      status: "UNKNOWN",
      lastKnown: "RUNNING",
      observed: { stale: true },
    });
    const answer = await world.ask(
      `query ($f: StatusFilter) { deploymentStatuses(filter: $f) { name status phase ageSeconds observedAt deployment { name } } }`,
      {
        f: { deployment: app.id },
      },
    );
    expect(answer.deploymentStatuses).toMatchObject([
      { status: "UNKNOWN", phase: "Running", deployment: { name: app.name } },
    ]);
    // That an agent was heard is written once a second at most.
    await eventually("a report makes it RUNNING again", async () => {
      await deployments({ deployments: [await resource(app.id)] });
      return (await status(app.id)).status === "RUNNING";
    });
  });

  test("does not look at copies, and takes a resource that was made again", async () => {
    const { deployments, app } = await reporter();
    const own = await resource(app.id);
    expect(await deployments({ deployments: [own, { ...own, uid: "copy", name: "a-copy" }] })).toEqual(
      accepted(1, 0, 1),
    );
    const again = { ...own, uid: "second" };
    await deployments({ deployments: [own], digest: "1" });
    expect(
      await deployments({ kind: "DELTA", base: "1", digest: "2", deployments: [again], removed: [own.uid] }),
    ).toEqual(accepted(1));
    const answer = await world.ask(`query ($f: StatusFilter) { deploymentStatuses(filter: $f) { id } }`, {
      f: { deployment: app.id },
    });
    expect(answer.deploymentStatuses).toEqual([{ id: "second" }]);
  });

  test("lets a resource that is gone be written again, and never on an incomplete look", async () => {
    const { deployments, app, clusterId } = await reporter();
    const state = async () =>
      (await world.sql`select state from intents where deployment_id = ${app.id}`)[0]!.state;
    await world.sql`update intents set state = 'PUBLISHED', published_at = now() - interval '1 minute' where deployment_id = ${app.id}`;
    await deployments({ deployments: [await resource(app.id)] });
    await checkResources(world.deps);
    expect(await state()).toBe("PUBLISHED");
    await deployments({ deployments: [], scopes: [{ complete: false }] });
    await checkResources(world.deps);
    expect(await state()).toBe("PUBLISHED");
    expect(await deployments({ deployments: [] })).toEqual(accepted(0, 1));
    await checkResources(world.deps);
    expect(await state()).toBe("RELEASED");
    expect(clusterId).toBeString();
  });

  test("survives whatever stands in conditions and components", async () => {
    const { deployments, app } = await reporter();
    const odd = await resource(app.id, {
      conditions: [null, 5, { type: "Ready\0", lastTransitionTime: "never" }],
      components: { not: "a list" },
      drift: { "\0": "\ud800" },
      release: { huge: "x".repeat(100_000) },
    });
    expect(await deployments({ deployments: [odd] })).toEqual(accepted(1));
    expect(await status(app.id)).toMatchObject({ observed: { components: [] } });
  });
});
