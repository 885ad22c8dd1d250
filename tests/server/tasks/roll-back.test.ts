import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { rescue } from "../../../server/background.ts";
import type { Caller } from "../../../server/graphql/context.ts";
import { hello, registerCluster, startWorld, type World } from "../world.ts";
import { type Claimed, carryOut, claim, deploy, remove, taskOf, write } from "./helpers.ts";

// Upgrades that end without their flow: what ran before is wanted again, whoever ended them.
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
const ended = async (tasks: string[]): Promise<string[]> => {
  const document = "mutation ($e: Int!, $t: [ID!]!) { endedTasks(epoch: $e, tasks: $t) }";
  return (await world.ask(document, { e: epoch, t: tasks }, agent)).endedTasks;
};
const publishAll = () => world.sql`update intents set state = 'PUBLISHED' where state = 'RELEASED'`;
const readOf = async (id: string) =>
  (
    await world.ask("query ($id: ID) { deployment(id: $id) { applicationVersion parameters status } }", {
      id,
    })
  ).deployment;
async function intentsOf(deployment: string): Promise<string[]> {
  const rows = await world.sql`
    select generation || ' ' || state || ' ' || (spec ->> 'applicationVersion') as text from intents
    where deployment_id = ${deployment} order by generation`;
  return rows.map(({ text }) => text);
}

async function upgrade(deployment: string, applicationVersion: string): Promise<string> {
  const document = "mutation ($i: UpdateDeploymentInput!) { updateDeployment(input: $i) { task { id } } }";
  const input = { deployment, applicationVersion, parameters: { greeting: applicationVersion } };
  return (await world.ask(document, { i: input })).updateDeployment.task.id;
}

/** A deployment at 1.0.0 in the middle of an upgrade to 1.5.0, whose intent is released. */
async function halfWay(): Promise<{ id: string; task: Claimed }> {
  const { id } = await deploy(world);
  await carryOut(world, agent, await taken());
  await upgrade(id, "1.5.0");
  const task = await taken();
  await write(world, agent, "releaseIntent", task);
  await publishAll();
  return { id, task };
}

const goesBack = "It goes back to version 1.0.0 (driver 1).";
const back = ["1 SUPERSEDED 1.0.0", "2 SUPERSEDED 1.5.0", "3 RELEASED 1.0.0"];

/** That the earlier instance is wanted and declared again, and what is held is let go after the cluster was told. */
async function expectBack(id: string, taskId: string): Promise<void> {
  expect(await intentsOf(id)).toEqual(back);
  expect(await readOf(id)).toMatchObject({ applicationVersion: "1.0.0", parameters: { greeting: "hi" } });
  expect(await ended([taskId])).toEqual([]);
  await publishAll();
  expect(await ended([taskId])).toEqual([taskId]);
  // Looked at once.
  await rescue(world.deps);
  expect((await intentsOf(id)).length).toBe(back.length);
}

describe("an upgrade that has released its intent goes back", () => {
  test("when it is cancelled, at the moment when its agent has ended it", async () => {
    const { id, task } = await halfWay();
    await cancel(task.id);
    expect((await intentsOf(id)).at(-1)).toBe("2 PUBLISHED 1.5.0");
    await write(world, agent, "giveUpTask", task);
    expect(await taskOf(world, task.id)).toMatchObject({
      state: "CANCELLED",
      reason: `cancelled by a user. ${goesBack}`,
    });
    await expectBack(id, task.id);
    // No failure: it is on its way to what is declared.
    expect((await readOf(id)).status).toBe("DEPLOYING");
  });

  test("when it is poisoned", async () => {
    const { id, task } = await halfWay();
    await again();
    await taken();
    await again();
    expect(await taskOf(world, task.id)).toMatchObject({
      state: "FAILED",
      reason: `poisoned: its agent ended in the middle of it 2 times. ${goesBack}`,
    });
    await expectBack(id, task.id);
  });

  test("when it is cancelled while no agent has it", async () => {
    const { id, task } = await halfWay();
    await again();
    await cancel(task.id);
    expect(await taskOf(world, task.id)).toMatchObject({ reason: `cancelled by a user. ${goesBack}` });
    await expectBack(id, task.id);
  });

  test("when its time is over", async () => {
    const { id, task } = await halfWay();
    await world.sql`update tasks set expires_at = now() - interval '1 s', lease_until = now() - interval '1 s'
      where id = ${task.id}`;
    await rescue(world.deps);
    expect((await taskOf(world, task.id)).reason).toBe(
      `expired: its time was over before it ended. ${goesBack}`,
    );
    await expectBack(id, task.id);
  });

  test("when the server was killed after it was recorded as ended", async () => {
    const { id, task } = await halfWay();
    await world.sql`update tasks set state = 'CANCELLED', reason = 'cancelled by a user', token = null,
      lease_until = null, finished_at = now() where id = ${task.id}`;
    expect(await ended([task.id])).toEqual([]);
    // What waits behind it does not begin in between.
    const next = await upgrade(id, "1.6.0");
    expect(await claim(world, agent, epoch)).toBeNull();
    await rescue(world.deps);
    expect((await intentsOf(id)).filter((text) => text.includes("RELEASED"))).toEqual(["4 RELEASED 1.0.0"]);
    // That was declared since, and stays.
    expect((await readOf(id)).applicationVersion).toBe("1.6.0");
    const task2 = await taken();
    expect(task2).toMatchObject({ id: next, payload: { from: { applicationVersion: "1.0.0" } } });
    await carryOut(world, agent, task2);
    expect((await intentsOf(id)).at(-1)).toBe("5 RELEASED 1.6.0");
  });
});

describe("an upgrade goes nowhere", () => {
  test("when it released nothing: what runs is declared again", async () => {
    const { id } = await deploy(world);
    await carryOut(world, agent, await taken());
    const taskId = await upgrade(id, "1.5.0");
    await cancel(taskId);
    const still = "It was not touched, and still runs with version 1.0.0 (driver 1).";
    expect((await taskOf(world, taskId)).reason).toBe(`cancelled by a user. ${still}`);
    expect(await intentsOf(id)).toEqual(["1 RELEASED 1.0.0", "2 SUPERSEDED 1.5.0"]);
    expect((await readOf(id)).applicationVersion).toBe("1.0.0");
  });

  test("when only its actions had begun, which may have touched data", async () => {
    const { id } = await deploy(world);
    await carryOut(world, agent, await taken());
    const taskId = await upgrade(id, "1.5.0");
    const task = await taken();
    await world.sql`insert into task_steps (task_id, name, state) values (${taskId}, 'upgrade/pre dump', 'RUNNING')`;
    await write(world, agent, "failTask", task);
    expect((await taskOf(world, taskId)).reason).toBe(
      "it broke. Its actions had begun, nothing of the new version was released, and it still runs with version 1.0.0 (driver 1).",
    );
  });

  test("when it was taken back by its flow, or what it brings runs already", async () => {
    const one = await halfWay();
    await write(world, agent, "rollBack", one.task);
    await write(world, agent, "failTask", one.task);
    expect((await taskOf(world, one.task.id)).reason).toBe("it broke");
    expect(await intentsOf(one.id)).toEqual(back);

    const other = await halfWay();
    await write(world, agent, "activateInstance", other.task);
    await cancel(other.task.id);
    await write(world, agent, "giveUpTask", other.task);
    expect((await readOf(other.id)).applicationVersion).toBe("1.5.0");
    expect((await intentsOf(other.id)).at(-1)).toBe("2 PUBLISHED 1.5.0");
  });

  test("while its deployment is being deleted; when the delete is cancelled, it does", async () => {
    const { id, task } = await halfWay();
    const deletion = await remove(world, id);
    await write(world, agent, "giveUpTask", task);
    await rescue(world.deps);
    expect(await ended([task.id])).toEqual([task.id]);
    expect((await intentsOf(id)).some((text) => text.includes("RELEASED"))).toBe(false);
    await cancel(deletion.id);
    expect((await intentsOf(id)).at(-1)).toBe("4 RELEASED 1.0.0");
    expect((await readOf(id)).applicationVersion).toBe("1.0.0");
  });

  test("when its deployment is gone", async () => {
    const { id, task } = await halfWay();
    await remove(world, id);
    await write(world, agent, "giveUpTask", task);
    await carryOut(world, agent, await taken());
    await rescue(world.deps);
    const [row] = await world.sql`select taken_back from tasks where id = ${task.id}`;
    expect(row!.takenBack).toBe(false);
  });
});
