import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { claimTask } from "../../../server/db/leases.ts";
import type { Caller } from "../../../server/graphql/context.ts";
import { hello, registerCluster, startWorld, type World } from "../world.ts";
import { carryOut, claim, deploy, giveActions, taskOf, update, write } from "./helpers.ts";

let world: World;
beforeAll(async () => {
  // So that what comes at once is not what the slow poll finds.
  world = await startWorld({ pollMs: 10_000 });
  await world.load();
});
afterAll(() => world.end());

async function freshCluster(name: string) {
  const { agent, clusterId } = await registerCluster(world, name);
  return { agent, clusterId, epoch: await hello(world, agent), environment: `demo-${name}` };
}

describe("claimTask", () => {
  test("hands a storm of claims each task once", async () => {
    const { clusterId, epoch, environment } = await freshCluster("storm");
    const tasks = await Promise.all(Array.from({ length: 30 }, () => deploy(world, undefined, environment)));
    const one = async () => {
      const mine: string[] = [];
      for (let empty = 0; empty < 3;) {
        const task = await claimTask(world.sql, { clusterId, epoch, leaseMs: 30_000, request: null });
        if (task) mine.push(task.id);
        else empty++;
      }
      return mine;
    };
    const claimed = (await Promise.all(Array.from({ length: 8 }, one))).flat();
    expect(claimed.sort()).toEqual(tasks.map((task) => task.taskId).sort());
  });

  test("wakes a waiting agent when a task is recorded", async () => {
    const { agent, epoch, environment } = await freshCluster("wake");
    const waiting = claim(world, agent, epoch, 20_000);
    const { taskId } = await deploy(world, undefined, environment);
    const began = performance.now();
    expect((await waiting)?.id).toBe(taskId);
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  test("gives the same claim to the same request, for as long as its lease holds and its epoch lasts", async () => {
    const { agent, epoch, environment } = await freshCluster("again");
    const [one, two] = [
      await deploy(world, undefined, environment),
      await deploy(world, undefined, environment),
    ];
    const first = await claim(world, agent, epoch, 0, "request-1");
    expect(first?.id).toBe(one.taskId);
    expect(await claim(world, agent, epoch, 0, "request-1")).toEqual(first);
    expect((await claim(world, agent, epoch, 0, "request-2"))?.id).toBe(two.taskId);
    await carryOut(world, agent, first!);
    expect(await claim(world, agent, epoch, 0, "request-1")).toBeNull();
    const next = await hello(world, agent);
    const again = await claim(world, agent, next, 0, "request-2");
    expect(again).toMatchObject({ id: two.taskId, attempts: 2 });
  });

  test("answers null when nothing comes in time", async () => {
    const { agent, epoch } = await freshCluster("idle");
    expect(await claim(world, agent, epoch, 50)).toBeNull();
  });

  test("leaves tasks of other clusters alone", async () => {
    const mine = await freshCluster("mine");
    const other = await freshCluster("other");
    await deploy(world, undefined, other.environment);
    expect(await claim(world, mine.agent, mine.epoch)).toBeNull();
  });

  test("runs one task of a deployment at a time, oldest first", async () => {
    const { agent, epoch, environment } = await freshCluster("order");
    const app = await deploy(world, undefined, environment);
    const first = await claim(world, agent, epoch);
    await giveActions(world, first!.id);
    const second = await update(world, app.id, "next");
    expect(await claim(world, agent, epoch)).toBeNull();
    await carryOut(world, agent, first!);
    const next = await claim(world, agent, epoch);
    expect(next).toMatchObject({ id: second!.id, payload: { first: false } });
  });

  test("says of a task for what other one it waits, and in the status too", async () => {
    const { agent, epoch, environment } = await freshCluster("behind");
    const app = await deploy(world, undefined, environment);
    const first = (await claim(world, agent, epoch))!;
    await giveActions(world, first.id);
    const second = (await update(world, app.id, "hello"))!;
    const reason = async () => {
      const { status, statusReason } = (
        await world.ask(`query ($id: ID) { deployment(id: $id) { status statusReason } }`, { id: app.id })
      ).deployment;
      const told = (await taskOf(world, second.id)).reason;
      expect([status, statusReason]).toEqual(["DEPLOYING", `A deploy ${told}.`]);
      return told;
    };
    const ends = `whose actions are not cut off; \`styrminctl tasks cancel ${first.id}\` ends it`;
    expect(await reason()).toBe(`waits for the task ${first.id} (deploy), ${ends}`);

    const begin = `mutation ($task: ID!, $token: String!) {
      startTaskStep(task: $task, token: $token, name: "wait ready") { lease } }`;
    await world.ask(begin, { task: first.id, token: first.token }, agent);
    expect(await reason()).toBe(`waits for the task ${first.id} (deploy, in wait ready), ${ends}`);
    await write(world, agent, "appendTaskLog", first);
    expect(await reason()).toBe(`waits for the task ${first.id} (deploy, in wait ready: line), ${ends}`);

    await carryOut(world, agent, first);
    expect((await taskOf(world, second.id)).reason).toBeNull();
    expect((await claim(world, agent, epoch))?.id).toBe(second.id);
  });

  test("says of a task that runs what it waits for in its step, and in the status too", async () => {
    const { agent, epoch, environment } = await freshCluster("waiting");
    const app = await deploy(world, undefined, environment);
    const task = (await claim(world, agent, epoch))!;
    const step = (call: string) =>
      world.ask(
        `mutation ($task: ID!, $token: String!) { answer: ${call} }`,
        { task: task.id, token: task.token },
        agent,
      );
    const begin = (name: string) =>
      step(`startTaskStep(task: $task, token: $token, name: "${name}") { lease }`);
    const end = (name: string) =>
      step(`finishTaskStep(task: $task, token: $token, name: "${name}", state: SUCCEEDED)`);
    const told = async () => {
      const { statusReason } = (
        await world.ask(`query ($id: ID) { deployment(id: $id) { statusReason } }`, { id: app.id })
      ).deployment;
      return [(await taskOf(world, task.id)).reason, statusReason];
    };
    const nothing = [null, "A deploy is under way."];
    await begin("setup/pre fill");
    await write(world, agent, "appendTaskLog", task);
    expect(await told()).toEqual(nothing);
    await begin("setup/pre fill: start worker");
    expect(await told()).toEqual(nothing);
    const say = (message: string) =>
      step(`appendTaskLog(task: $task, token: $token, lines: [{ level: "info", message: "${message}" }])`);
    await say("waiting: none is ready");
    // Not what the author says meanwhile, or the flow of the API.
    await write(world, agent, "appendTaskLog", task);
    const waits = "waiting: none is ready";
    expect(await told()).toEqual([
      waits,
      `A deploy is under way, in setup/pre fill: start worker: ${waits}.`,
    ]);
    await end("setup/pre fill: start worker");
    expect(await told()).toEqual(nothing);
    await begin("wait ready");
    await write(world, agent, "appendTaskLog", task);
    expect(await told()).toEqual(["line", "A deploy is under way, in wait ready: line."]);
    await end("wait ready");
    await carryOut(world, agent, task);
    expect((await taskOf(world, task.id)).reason).toBeNull();
  });

  test("refuses an epoch that is not the current one", async () => {
    const { agent, epoch } = await freshCluster("epochs");
    await expect(claim(world, agent, epoch + 1)).rejects.toMatchObject({ code: "CONFLICT", field: "epoch" });
  });

  test("ends a wait whose epoch ends", async () => {
    const { agent, epoch } = await freshCluster("ends");
    const waiting = claim(world, agent, epoch, 5_000);
    waiting.catch(() => {});
    await hello(world, agent);
    await expect(waiting).rejects.toMatchObject({ code: "CONFLICT" });
  });

  test("is for agents only", async () => {
    await expect(claim(world, { kind: "person" } as Caller, 1)).rejects.toMatchObject({
      code: "UNAUTHENTICATED",
    });
  });
});

describe("steps", () => {
  test("a step that succeeded is answered and never runs again", async () => {
    const { agent, epoch, environment } = await freshCluster("steps");
    const { taskId } = await deploy(world, undefined, environment);
    const task = (await claim(world, agent, epoch))!;
    expect(await write(world, agent, "startTaskStep", task)).toEqual({
      lease: "OK",
      step: { name: "one", state: "RUNNING", result: null },
    });
    expect(await write(world, agent, "finishTaskStep", task)).toBe("OK");
    expect(await write(world, agent, "startTaskStep", task)).toEqual({
      lease: "OK",
      step: { name: "one", state: "SUCCEEDED", result: { a: 1 } },
    });
    await write(world, agent, "appendTaskLog", task);
    await write(world, agent, "appendTaskLog", task);
    const again = await hello(world, agent);
    const resumed = (await claim(world, agent, again))!;
    expect(resumed).toMatchObject({
      id: taskId,
      attempts: 2,
      steps: [{ name: "one", state: "SUCCEEDED", result: { a: 1 } }],
    });
    expect(await taskOf(world, taskId)).toMatchObject({
      steps: [{ name: "one", state: "SUCCEEDED", attempts: 1 }],
      log: [{ number: 1 }, { number: 2 }],
    });
  });

  test("finishing a task twice with its token answers the same", async () => {
    const { agent, epoch, environment } = await freshCluster("finish");
    const { taskId } = await deploy(world, undefined, environment);
    const task = (await claim(world, agent, epoch))!;
    expect(await write(world, agent, "failTask", task)).toBe("OK");
    expect(await write(world, agent, "failTask", task)).toBe("OK");
    expect(await write(world, agent, "renewTask", task)).toBe("LOST");
    expect(await taskOf(world, taskId)).toMatchObject({ state: "FAILED", reason: "it broke" });
  });
});
