import { afterAll, beforeAll, expect, test } from "bun:test";
import { eventually } from "../helpers/eventually.ts";
import { pace } from "../helpers/pace.ts";
import type { SeenRequest } from "../helpers/proxy.ts";
import { labelOf } from "./boundaries.ts";
import type { TestProcess } from "./processes.ts";
import type { StartCluster } from "./cluster.ts";
import { type Stage, startStage } from "./stage.ts";
import { changes, isAPodEnding, objectVersions, rowVersions } from "./versions.ts";
import { type Asked, startWorld, type World } from "./world.ts";

/** The tests of an agent that stands still and goes on later. */
export function describeZombies(start: StartCluster): void {
  let stage: Stage;

  beforeAll(async () => {
    stage = await startStage(start);
  });

  afterAll(() => stage.stop());

  const serverEnv = { STYRMIN_LEASE_MS: "1500", STYRMIN_RENEW_MS: "300", STYRMIN_TAKEOVER_MS: "1000" };
  const agentEnv = { STYRMIN_LEASE_DURATION_MS: "3000" };

  type Way = "toServer" | "toCluster";
  const resource = "/apis/styrmin.io/v1alpha1/namespaces/system-WORLD/styrmindeployments/APP";
  const deployWrites: [Way, RegExp][] = [
    ["toServer", /^FinishTaskStep check/],
    ["toServer", /^ReleaseIntent/],
    ["toCluster", /^PATCH .*secrets\/APP-r1/],
    ["toCluster", /^PATCH .*configmaps\/APP/],
    ["toCluster", new RegExp(`^PATCH ${resource}/status`)],
    ["toServer", /^FinishTask SUCCEEDED/],
  ];
  const updateWrites: [Way, RegExp][] = [
    ["toCluster", /^PATCH .*configmaps\/APP/],
    ["toCluster", /^PATCH .*deployments\/APP by/],
    ["toCluster", new RegExp(`^PATCH ${resource}/status`)],
  ];
  const deleteWrites: [Way, RegExp][] = [
    ["toCluster", /^DELETE .*configmaps\/APP/],
    ["toCluster", new RegExp(`^PATCH ${resource}/status`)],
    ["toServer", /^CloseDeployment/],
    ["toCluster", new RegExp(`^DELETE ${resource}`)],
  ];

  const kinds = { deploy: deployWrites, update: updateWrites, delete: deleteWrites };
  for (const [what, writes] of Object.entries(kinds) as [keyof typeof kinds, [Way, RegExp][]][]) {
    test(`an agent paused at a write of a ${what} past its lease changes nothing when it goes on`, async () => {
      const played = writes.map(([way, label], place) => playZombie(`${what}${place}`, what, way, label));
      expect((await Promise.all(played)).flat()).toEqual([]);
    });
  }

  test("a publisher paused before its write does not bring back what was deleted since", async () => {
    const world = await startWorld(stage, { name: "publisher", intent: "PULL", serverEnv, agentEnv });
    try {
      await world.agent.start();
      const isLook = ({ method, path }: SeenRequest) =>
        method === "GET" && /styrmindeployments\/app1-/.test(path);
      const held = holdRequest(world, "toCluster", isLook);
      const { taskId } = await world.deploy("app1");
      await held.reached;
      world.startOtherAgent();
      await world.succeeded(taskId);
      await world.succeeded((await world.delete("app1")).taskId);
      await quiet(world);
      const objects = await objectVersions(world);
      held.letGo();
      world.agent.process.resume();
      await refused(world.agent.process);
      await quiet(world);
      expect(changes(objects, await objectVersions(world))).toEqual([]);
    } finally {
      await world.stop();
    }
  });

  /**
   * Pauses the agent as one write of it is on its way, lets another agent take over and end the task (and an update on
   * top of an update), then lets the write arrive and the agent go on. Answers what changed after the other's end, in
   * the database or the cluster.
   */
  async function playZombie(
    name: string,
    what: keyof typeof kinds,
    way: Way,
    label: RegExp,
  ): Promise<string[]> {
    const world = await startWorld(stage, { name, serverEnv, agentEnv });
    try {
      await world.agent.start();
      if (what !== "deploy") await world.succeeded((await world.deploy("app1")).taskId);
      const held = holdWrite(world, way, label, "app1");
      const asked = await { deploy: world.deploy, update: grow, delete: world.delete }[what]("app1");
      await held.reached;
      const other = world.startOtherAgent();
      await world.succeeded(asked.taskId);
      if (what === "update") {
        await world.succeeded((await world.update("app1", { greeting: "later", replicas: 3 })).taskId);
      }
      await quiet(world);
      const rows = await rowVersions(world.sql);
      const objects = await objectVersions(world);

      held.letGo();
      world.agent.process.resume();
      await refused(world.agent.process);
      await replayed(world, asked);
      const moved = [
        ...changes(rows, await rowVersions(world.sql)),
        ...changes(objects, await objectVersions(world)),
      ];
      await eventually("the other to say that it ended the task", () =>
        other.output().includes("task ended"),
      );
      return moved.map((change) => `${name}, paused at ${label}: ${change}`);
    } catch (thrown) {
      return [`${name}, paused at ${label}: ${thrown}`];
    } finally {
      await world.stop();
    }

    function grow(deployment: string) {
      return world.update(deployment, { greeting: "bye", replicas: 2 });
    }
  }

  const holdWrite = (world: World, way: Way, label: RegExp, name: string) =>
    holdRequest(world, way, (seen) => label.test(labelOf(world, way, seen, name) ?? ""));

  /** Stops the agent as it makes a request, and holds the request until it is let go. */
  function holdRequest(world: World, way: Way, isIt: (seen: SeenRequest) => boolean) {
    const reached = Promise.withResolvers<void>();
    const released = Promise.withResolvers<void>();
    let held = false;
    world[way].add({
      path: /./,
      where: (seen) => !held && isIt(seen),
      fault: {
        kind: "call",
        when: "before",
        async call() {
          if (held) return;
          held = true;
          world.agent.process.pause();
          reached.resolve();
          await released.promise;
        },
      },
    });
    return { reached: reached.promise, letGo: () => released.resolve() };
  }

  /**
   * Waits until nothing moves any more: the last reports are in, the status is that of the end, and the kubelet has
   * removed what ended.
   */
  async function quiet(world: World): Promise<void> {
    let last = "";
    let since = performance.now();
    await eventually("all is quiet", async () => {
      const now = JSON.stringify([await rowVersions(world.sql), await objectVersions(world)]);
      if (now !== last || (await isAPodEnding(world))) [last, since] = [now, performance.now()];
      return performance.now() - since > 1_000 * pace();
    });
  }

  /**
   * Waits until an agent that went on has been told that it is not heard any more. On a busy machine the other may have
   * been silent for so long by then that this one is let in again, and so it need not be told to stand by.
   */
  async function refused(agent: TestProcess): Promise<void> {
    await eventually("the paused agent was refused", () =>
      agent.output().includes("no longer hears this epoch"),
    );
  }

  /** Sends all that the first agent ever wrote about the task once more, with its old tokens. */
  async function replayed(world: World, { taskId }: Asked): Promise<void> {
    const [task] = await world.sql`select token from tasks where id = ${taskId}`;
    const writes = world.toServer.requests.filter(
      ({ body }) => body.includes(taskId) && body.includes('"token":') && !body.includes(task!.token),
    );
    const answers = await Promise.all(
      writes.map(async ({ body }) => {
        const headers = { "content-type": "application/json", authorization: `Bearer ${world.token}` };
        const url = `${world.client.connection.url}/graphql`;
        return (await fetch(url, { method: "POST", headers, body })).text();
      }),
    );
    for (const answer of answers) expect(answer).toContain("LOST");
  }
}
