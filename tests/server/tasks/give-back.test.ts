import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { rescue } from "../../../server/background.ts";
import { cancelTask } from "../../../server/db/tasks.ts";
import type { Caller } from "../../../server/graphql/context.ts";
import { hello, registerCluster, startWorld, type World } from "../world.ts";
import { type Claimed, carryOut, claim, deploy, remove, taskOf, update, write } from "./helpers.ts";

// Deletes that end before the cluster was told of them: the deployment is wanted as before, whoever ended them.
let world: World;
let agent: Caller;
let epoch: number;
beforeAll(async () => {
  world = await startWorld({ poisonAfter: 2 });
  await world.load();
  ({ agent } = await registerCluster(world));
  epoch = await hello(world, agent);
});
afterAll(() => world.end());

const again = async () => (epoch = await hello(world, agent));
const taken = async () => (await claim(world, agent, epoch))!;
const cancel = (id: string) => world.ask("mutation ($t: ID!) { cancelTask(task: $t) { id } }", { t: id });
const stop = (id: string) =>
  world.ask("mutation ($d: ID!) { stopDeployment(deployment: $d) { id } }", { d: id });
const readOf = async (id: string) => {
  const document = "query ($id: ID) { deployment(id: $id) { phase status statusReason } }";
  return (await world.ask(document, { id })).deployment;
};
async function intentsOf(deployment: string): Promise<string[]> {
  const rows = await world.sql`
    select generation || ' ' || state || ' ' || (spec ->> 'phase') as text from intents
    where deployment_id = ${deployment} order by generation`;
  return rows.map(({ text }) => text);
}

async function deployed(): Promise<string> {
  const { id } = await deploy(world);
  await carryOut(world, agent, await taken());
  return id;
}

/** A deployment whose delete an agent has begun, and not released. */
async function beingDeleted(id: string): Promise<Claimed> {
  await remove(world, id);
  const task = await taken();
  expect(task.kind).toBe("DELETE");
  return task;
}

const goesOn = "Nothing of it was deleted.";

/** That it can be changed, and then deleted, as if nobody had asked for the delete before. */
async function expectUsable(id: string): Promise<void> {
  await update(world, id, "still here");
  const task = await taken();
  await carryOut(world, agent, task);
  expect((await intentsOf(id)).at(-1)).toBe(`${task.intentGeneration} RELEASED Running`);
  expect((await readOf(id)).statusReason).not.toContain("delete");
  await remove(world, id);
  await carryOut(world, agent, await taken());
  expect(await readOf(id)).toBeNull();
}

describe("a delete that ends before its intent was released gives the deployment back", () => {
  test("when it fails, at the moment when its agent says so", async () => {
    const id = await deployed();
    const task = await beingDeleted(id);
    await expect(update(world, id, "too late")).rejects.toMatchObject({ code: "CONFLICT" });
    await write(world, agent, "failTask", task);
    expect(await taskOf(world, task.id)).toMatchObject({ state: "FAILED", reason: `it broke. ${goesOn}` });
    const { phase, status, statusReason } = await readOf(id);
    expect(phase).toBe("RUNNING");
    expect(status).not.toBe("DELETING");
    expect(statusReason).toEndWith(`The last delete failed: it broke. ${goesOn}`);
    expect(await intentsOf(id)).toEqual(["1 RELEASED Running", "2 SUPERSEDED Deleting"]);
    // Said twice, it is given back once.
    await write(world, agent, "failTask", task);
    expect((await taskOf(world, task.id)).reason).toBe(`it broke. ${goesOn}`);
    await expectUsable(id);
  });

  test("and says no more than is known when its actions had begun", async () => {
    const id = await deployed();
    const task = await beingDeleted(id);
    const begin = `mutation ($task: ID!, $token: String!) {
      startTaskStep(task: $task, token: $token, name: "delete/pre drop") { lease } }`;
    await world.ask(begin, { task: task.id, token: task.token }, agent);
    await write(world, agent, "failTask", task);
    const begun = "it broke. Its actions had begun; nothing else of it was deleted.";
    expect((await taskOf(world, task.id)).reason).toBe(begun);
    expect((await readOf(id)).statusReason).toEndWith(`. The last delete failed: ${begun}`);
    await expectUsable(id);
  });

  test("that is stopped, as stopped", async () => {
    const id = await deployed();
    await stop(id);
    await write(world, agent, "failTask", await beingDeleted(id));
    expect((await readOf(id)).phase).toBe("STOPPED");
    expect(await intentsOf(id)).toEqual([
      "1 SUPERSEDED Running",
      "2 RELEASED Stopped",
      "3 SUPERSEDED Deleting",
    ]);
  });

  test("when it is poisoned", async () => {
    const id = await deployed();
    const task = await beingDeleted(id);
    await again();
    await taken();
    await again();
    expect((await taskOf(world, task.id)).reason).toBe(
      `poisoned: its agent ended in the middle of it 2 times. ${goesOn}`,
    );
    expect((await readOf(id)).phase).toBe("RUNNING");
    await expectUsable(id);
  });

  test("when the server was killed after it was recorded as ended", async () => {
    const id = await deployed();
    const task = await beingDeleted(id);
    await world.sql`update tasks set state = 'FAILED', reason = 'it broke', token = null, lease_until = null,
      finished_at = now() where id = ${task.id}`;
    expect((await readOf(id)).phase).toBe("DELETING");
    await rescue(world.deps);
    expect((await readOf(id)).phase).toBe("RUNNING");
    expect((await taskOf(world, task.id)).reason).toBe(`it broke. ${goesOn}`);
    await expectUsable(id);
  });

  test("with the upgrade that it had ended, which goes back", async () => {
    const id = await deployed();
    const input = { deployment: id, applicationVersion: "1.5.0" };
    await world.ask("mutation ($i: UpdateDeploymentInput!) { updateDeployment(input: $i) { task { id } } }", {
      i: input,
    });
    const upgrade = await taken();
    await write(world, agent, "releaseIntent", upgrade);
    await remove(world, id);
    await write(world, agent, "giveUpTask", upgrade);
    await write(world, agent, "failTask", await taken());
    const [row] = await world.sql`
      select spec ->> 'applicationVersion' as version from intents where deployment_id = ${id} and state = 'RELEASED'`;
    expect(row!.version).toBe("1.0.0");
    await expectUsable(id);
  });
});

test("what ended before it is still told", async () => {
  const { id } = await deploy(world);
  const task = await taken();
  await remove(world, id);
  await write(world, agent, "giveUpTask", task);
  await write(world, agent, "failTask", await taken());
  const { status, statusReason } = await readOf(id);
  expect(status).toBe("FAILED");
  expect(statusReason).toMatch(/^The last deploy was cancelled: .* The last delete failed: /);
});

describe("a delete that the cluster was told of gives nothing back", () => {
  test("when it fails; nor does one that is cancelled after it", async () => {
    const id = await deployed();
    const task = await beingDeleted(id);
    await write(world, agent, "releaseIntent", task);
    await write(world, agent, "failTask", task);
    await rescue(world.deps);
    expect(await taskOf(world, task.id)).toMatchObject({ reason: "it broke" });
    const going = { phase: "DELETING", status: "DELETING" };
    expect(await readOf(id)).toEqual({
      ...going,
      statusReason: "The delete failed: it broke. Delete it again.",
    });
    await cancel((await remove(world, id)).id);
    const cancelled = "The delete was cancelled: cancelled by a user. Delete it again.";
    expect(await readOf(id)).toEqual({ ...going, statusReason: cancelled });
    await expect(update(world, id, "too late")).rejects.toMatchObject({ code: "CONFLICT" });
    await remove(world, id);
    await carryOut(world, agent, await taken());
    expect(await readOf(id)).toBeNull();
  });
});

test("a delete that an agent begins in the moment in which it is cancelled is not", async () => {
  const id = await deployed();
  const task = await beingDeleted(id);
  // The request had seen it before it was begun.
  expect(await cancelTask(world.sql, task.id, "cancelled by a user")).toBeUndefined();
  expect(await cancel(task.id).catch(({ code }) => code)).toBe("CONFLICT");
  await carryOut(world, agent, task);
  expect(await readOf(id)).toBeNull();
});
