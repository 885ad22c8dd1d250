import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { rescue } from "../../../server/background.ts";
import type { BegunChange } from "../../../server/db/superseding.ts";
import { taskUnderWay, updateDeployment } from "../../../server/deploy/update.ts";
import type { Caller } from "../../../server/graphql/context.ts";
import { maySupersede } from "../../../server/tasks/supersede.ts";
import { hello, helloDriver, registerCluster, startWorld, type World } from "../world.ts";
import {
  type Claimed,
  carryOut,
  claim,
  deploy,
  giveActions,
  leaseCalls,
  remove,
  rowsOf,
  taskOf,
  update,
  write,
} from "./helpers.ts";

const plain = helloDriver({ version: "0.9" });
/** A version with an action of upgrades. */
const acting = {
  ...plain,
  "driver.styrmin.yml": `${plain["driver.styrmin.yml"]}  actions: [{ name: dump, hook: upgrade, mode: pre, location: "actions.ts::dump" }]\n`,
  "actions.ts": "export async function dump() {}\n",
};

// An update takes the place of a change that only waits; what that would have taken back is left to it.
let world: World;
let agent: Caller;
let epoch: number;
beforeAll(async () => {
  world = await startWorld({ poisonAfter: 2 });
  await world.load();
  // An earlier version than what is deployed when none is named.
  await world.load(acting);
  ({ agent } = await registerCluster(world));
  epoch = await hello(world, agent);
});
afterAll(() => world.end());

const again = async () => (epoch = await hello(world, agent));
const taken = async () => (await claim(world, agent, epoch))!;
const cancel = (id: string) => world.ask("mutation ($t: ID!) { cancelTask(task: $t) { id } }", { t: id });
const publishAll = () => world.sql`update intents set state = 'PUBLISHED' where state = 'RELEASED'`;
const readOf = async (id: string) =>
  (
    await world.ask(
      "query ($id: ID) { deployment(id: $id) { applicationVersion parameters status statusReason } }",
      { id },
    )
  ).deployment;
const heirOf = async (id: string): Promise<string | undefined> =>
  (await world.ask("query ($id: ID!) { task(id: $id) { supersededBy { id } } }", { id })).task.supersededBy
    ?.id;
async function intentsOf(deployment: string): Promise<string[]> {
  const rows = await world.sql`
    select generation || ' ' || state || ' ' || (spec ->> 'applicationVersion') as text from intents
    where deployment_id = ${deployment} order by generation`;
  return rows.map(({ text }) => text);
}

async function change(deployment: string, changes: object): Promise<string> {
  const document = "mutation ($i: UpdateDeploymentInput!) { updateDeployment(input: $i) { task { id } } }";
  return (await world.ask(document, { i: { deployment, ...changes } })).updateDeployment.task.id;
}
const upgrade = (deployment: string, applicationVersion: string) =>
  change(deployment, { applicationVersion, parameters: { greeting: applicationVersion } });
/** An upgrade with an action. */
const act = (deployment: string) => change(deployment, { driverVersion: "0.9" });

/** A deployment whose first deploy waits for readiness. */
async function stuckFirst(): Promise<{ id: string; task: Claimed }> {
  const { id } = await deploy(world);
  const task = await taken();
  await write(world, agent, "releaseIntent", task);
  await publishAll();
  return { id, task };
}

/** A deployment at 1.0.0 whose upgrade to 1.5.0 waits for readiness. */
async function stuckUpgrade(): Promise<{ id: string; task: Claimed }> {
  const { id } = await deploy(world);
  await carryOut(world, agent, await taken());
  await upgrade(id, "1.5.0");
  const task = await taken();
  await write(world, agent, "releaseIntent", task);
  await publishAll();
  return { id, task };
}

/** Gives an upgrade up, as its flow does. */
async function giveUp(task: Claimed): Promise<void> {
  await write(world, agent, "rollBack", task);
  await write(world, agent, "failTask", task);
}

/** Ends what a test leaves, so that the next one claims its own. */
async function finish(id: string): Promise<void> {
  await remove(world, id);
  await carryOut(world, agent, await taken());
}

describe("an update takes the place", () => {
  test("of a first deploy that waits, at once, and its lease is over", async () => {
    const { id, task } = await stuckFirst();
    const next = (await update(world, id, "right"))!;
    expect(await taskOf(world, task.id)).toMatchObject({
      state: "CANCELLED",
      reason: `superseded by task ${next.id}`,
    });
    expect(await heirOf(task.id)).toBe(next.id);
    const before = await rowsOf(world);
    for (const call of leaseCalls) {
      const answer = await write(world, agent, call, task);
      expect([call, answer.lease ?? answer]).toEqual([call, "LOST"]);
    }
    expect(await rowsOf(world)).toBe(before);
    const heir = await taken();
    expect(heir).toMatchObject({ id: next.id, kind: "DEPLOY", payload: { first: true } });
    await carryOut(world, agent, heir);
    expect(await readOf(id)).toMatchObject({ parameters: { greeting: "right" } });
    await finish(id);
  });

  test("of one that an agent had begun and nobody has", async () => {
    const { id, task } = await stuckFirst();
    await again();
    expect(await taskOf(world, task.id)).toMatchObject({ state: "QUEUED", attempts: 1 });
    const next = await update(world, id, "right");
    expect(await taskOf(world, task.id)).toMatchObject({ state: "CANCELLED" });
    const heir = await taken();
    expect(heir.id).toBe(next!.id);
    // What ended with the agent was the one before: that does not count here.
    await again();
    await carryOut(world, agent, await taken());
    await finish(id);
  });

  test("of one that has released nothing: that is never published", async () => {
    const { id } = await deploy(world);
    const task = await taken();
    await update(world, id, "right");
    expect((await intentsOf(id)).map((text) => text.slice(0, 6))).toEqual(["1 SUPE", "2 HELD"]);
    expect((await taskOf(world, task.id)).state).toBe("CANCELLED");
    await carryOut(world, agent, await taken());
    await finish(id);
  });

  test("of one that a person has cancelled, without going back first", async () => {
    const { id, task } = await stuckUpgrade();
    await cancel(task.id);
    await upgrade(id, "1.6.0");
    expect(await taskOf(world, task.id)).toMatchObject({ state: "CANCELLED", reason: "cancelled by a user" });
    expect((await intentsOf(id)).at(-1)).toBe("3 HELD 1.6.0");
    await carryOut(world, agent, await taken());
    await finish(id);
  });

  test("once, also when it is sent again by the same key, and two at once leave one", async () => {
    const { id, task } = await stuckFirst();
    const document = `mutation ($i: UpdateDeploymentInput!) { updateDeployment(input: $i) { task { id } } }`;
    const send = (greeting: string, idempotencyKey: string) =>
      world.ask(document, { i: { deployment: id, parameters: { greeting }, idempotencyKey } });
    const one = await send("one", "k1");
    expect((await taken()).id).toBe(one.updateDeployment.task.id);
    expect(await send("one", "k1")).toEqual(one);
    expect((await taskOf(world, one.updateDeployment.task.id)).state).toBe("RUNNING");

    const both = await Promise.all([send("two", "k2"), send("three", "k3")]);
    const ids = both.map(({ updateDeployment }) => updateDeployment.task.id);
    const heir = await taken();
    expect(ids).toContain(heir.id);
    expect(await claim(world, agent, epoch)).toBeNull();
    const [other] = ids.filter((one) => one !== heir.id);
    for (const ended of [task.id, one.updateDeployment.task.id, other]) {
      expect([(await taskOf(world, ended)).state, await heirOf(ended)]).toEqual(["CANCELLED", heir.id]);
    }
    await carryOut(world, agent, heir);
    await finish(id);
  });
});

describe("an update waits", () => {
  test("behind actions of the driver", async () => {
    const { id, task } = await stuckFirst();
    await giveActions(world, task.id);
    const next = (await update(world, id, "next"))!;
    await rescue(world.deps);
    expect((await taskOf(world, task.id)).state).toBe("RUNNING");
    expect((await taskOf(world, next.id)).reason).toContain("whose actions are not cut off");
    await carryOut(world, agent, task);
    await carryOut(world, agent, await taken());
    await finish(id);
  });

  test("behind what runs already and has only to be recorded as ended", async () => {
    const { id, task } = await stuckFirst();
    await write(world, agent, "activateInstance", task);
    await update(world, id, "next");
    expect(await write(world, agent, "finishTask", task)).toBe("OK");
    expect((await taskOf(world, task.id)).state).toBe("SUCCEEDED");
    await carryOut(world, agent, await taken());
    await finish(id);
  });

  test("behind the hooks of a chart, and no longer", async () => {
    const { id, task } = await stuckFirst();
    const setHelm = (helm: object | null) =>
      world.sql`update application_driver_versions set spec = spec || ${world.sql.json({ helm } as never)}`;
    await setHelm({ main: { location: "./chart" } });
    const next = (await update(world, id, "next"))!;
    const observe = async (reason: string, instance: string) => {
      const conditions = [{ type: "Ready", status: "False", reason, message: "" }];
      await world.sql`
        insert into deployment_statuses (deployment_id, cluster_id, uid, name, phase, instance_id, intent_generation,
          conditions, components, simulated)
        select id, ${agent.kind === "agent" ? agent.clusterId : ""}, 'u', resource_name, 'Running', ${instance}, 1,
          ${world.sql.json(conditions)}, '[]', false from deployments where id = ${id}
        on conflict (deployment_id) do update set conditions = excluded.conditions, instance_id = excluded.instance_id`;
      await rescue(world.deps);
      return (await taskOf(world, task.id)).state;
    };
    const [row] = await world.sql`select instance_id from tasks where id = ${task.id}`;
    expect((await taskOf(world, task.id)).state).toBe("RUNNING");
    expect(await observe("HookRunning", row!.instanceId)).toBe("RUNNING");
    expect(await observe("Progressing", crypto.randomUUID())).toBe("RUNNING");
    expect(await observe("Progressing", row!.instanceId)).toBe("CANCELLED");
    expect(await heirOf(task.id)).toBe(next.id);
    await setHelm(null);
    await carryOut(world, agent, await taken());
    await finish(id);
  });

  test("not at all, and is not recorded, when it gives way to others", async () => {
    const { id, task } = await stuckFirst();
    const request = { caller: { kind: "person" }, key: null, asked: {} } as never;
    const input = { deployment: id, applicationVersion: "1.5.0" };
    const asked = updateDeployment(world.deps, request, input, { givesWay: true });
    expect(await asked.catch((thrown) => thrown)).toBe(taskUnderWay);
    expect((await taskOf(world, task.id)).state).toBe("RUNNING");
    await carryOut(world, agent, task);
    await finish(id);
  });
});

describe("an upgrade whose place was taken", () => {
  const back = ["1 SUPERSEDED 1.0.0", "2 SUPERSEDED 1.5.0", "3 SUPERSEDED 1.6.0", "4 RELEASED 1.0.0"];

  /** That what ran before 1.5.0 is wanted and declared again, and nothing is left to be looked at. */
  async function expectBack(id: string, intents: string[] = back): Promise<void> {
    expect(await intentsOf(id)).toEqual(intents);
    expect(await readOf(id)).toMatchObject({ applicationVersion: "1.0.0", parameters: { greeting: "hi" } });
    await rescue(world.deps);
    expect(await intentsOf(id)).toEqual(intents);
    const open = await world.sql`select from tasks where deployment_id = ${id} and kind = 'UPGRADE'
      and state <> 'SUCCEEDED' and taken_back is null`;
    expect(open.length).toBe(0);
    await finish(id);
  }

  test("goes straight on to the next version", async () => {
    const { id, task } = await stuckUpgrade();
    const next = await upgrade(id, "1.6.0");
    await rescue(world.deps);
    expect((await intentsOf(id)).at(-1)).toBe("3 HELD 1.6.0");
    const heir = await taken();
    expect(heir).toMatchObject({
      id: next,
      kind: "UPGRADE",
      payload: { from: { applicationVersion: "1.0.0" } },
    });
    await carryOut(world, agent, heir);
    await rescue(world.deps);
    expect(await intentsOf(id)).toEqual(["1 SUPERSEDED 1.0.0", "2 SUPERSEDED 1.5.0", "3 RELEASED 1.6.0"]);
    expect(await taskOf(world, task.id)).toMatchObject({ reason: `superseded by task ${next}` });
    // Nothing holds up the next one.
    await upgrade(id, "1.7.0");
    await carryOut(world, agent, await taken());
    await finish(id);
  });

  const begin = async () => {
    const task = await taken();
    await write(world, agent, "releaseIntent", task);
    return task;
  };
  const ways: [string, (id: string) => Promise<void>][] = [
    ["it is cancelled while it waits", async (id) => void (await cancel(id))],
    [
      "it expires while it waits",
      async (id) => {
        await world.sql`update tasks set expires_at = now() - interval '1 s' where id = ${id}`;
        await rescue(world.deps);
      },
    ],
    [
      "it fails before it has released anything",
      async () => {
        const task = await taken();
        expect(await write(world, agent, "rollBack", task)).toMatchObject({ lease: "OK", generation: 4 });
        await write(world, agent, "failTask", task);
      },
    ],
    [
      "it fails",
      async () => {
        const task = await begin();
        await write(world, agent, "rollBack", task);
        await write(world, agent, "failTask", task);
      },
    ],
    [
      "it is cancelled in its middle",
      async (id) => {
        const task = await begin();
        await cancel(id);
        await write(world, agent, "giveUpTask", task);
      },
    ],
    [
      "it is poisoned before it has released anything",
      async () => {
        await taken();
        await again();
        await taken();
        await again();
      },
    ],
    [
      "it is poisoned",
      async () => {
        await begin();
        await again();
        await taken();
        await again();
      },
    ],
  ];
  test.each(ways)("goes back with the next one when %s", async (_, end) => {
    const { id } = await stuckUpgrade();
    const next = await upgrade(id, "1.6.0");
    await end(next);
    expect((await taskOf(world, next)).state).toMatch(/FAILED|CANCELLED/);
    await expectBack(id);
  });

  test("goes back by itself when the task in its place ended without answering for it", async () => {
    const { id, task } = await stuckUpgrade();
    const next = await upgrade(id, "1.6.0");
    // As a server leaves it that was killed, or an earlier one that knows nothing of the next task's duty.
    await world.sql`update tasks set state = 'CANCELLED', finished_at = now(), taken_back = false where id = ${next}`;
    await rescue(world.deps);
    expect((await intentsOf(id)).at(-1)).toBe("4 RELEASED 1.0.0");
    expect((await taskOf(world, task.id)).reason).toBe(
      `superseded by task ${next}. It goes back to version 1.0.0 (driver 1).`,
    );
    await finish(id);
  });

  test("is answered for by the last of several", async () => {
    const { id, task } = await stuckUpgrade();
    const second = await upgrade(id, "1.6.0");
    const third = await upgrade(id, "1.7.0");
    await begin();
    const last = await upgrade(id, "1.8.0");
    for (const one of [task.id, second, third]) expect(await heirOf(one)).toBe(last);
    await rescue(world.deps);
    expect((await intentsOf(id)).at(-1)).toBe("5 HELD 1.8.0");
    await cancel(last);
    expect((await taskOf(world, last)).reason).toBe(
      "cancelled by a user. It goes back to version 1.0.0 (driver 1).",
    );
    await expectBack(id, [
      "1 SUPERSEDED 1.0.0",
      "2 SUPERSEDED 1.5.0",
      "3 SUPERSEDED 1.6.0",
      "4 SUPERSEDED 1.7.0",
      "5 SUPERSEDED 1.8.0",
      "6 RELEASED 1.0.0",
    ]);
  });

  test("that was going back goes on to the next version, and back again when that fails", async () => {
    const { id, task } = await stuckUpgrade();
    await write(world, agent, "rollBack", task);
    const next = await upgrade(id, "1.6.0");
    await cancel(next);
    expect(await intentsOf(id)).toEqual([
      "1 SUPERSEDED 1.0.0",
      "2 SUPERSEDED 1.5.0",
      "3 RELEASED 1.0.0",
      "4 SUPERSEDED 1.6.0",
    ]);
    await rescue(world.deps);
    expect((await readOf(id)).applicationVersion).toBe("1.0.0");
    await finish(id);
  });

  test("is left alone while its deployment is being deleted; when the delete is cancelled, it goes back", async () => {
    const { id } = await stuckUpgrade();
    await upgrade(id, "1.6.0");
    const deletion = await remove(world, id);
    await rescue(world.deps);
    expect((await intentsOf(id)).some((text) => text.includes("RELEASED"))).toBe(false);
    await cancel(deletion.id);
    expect((await intentsOf(id)).at(-1)).toBe("5 RELEASED 1.0.0");
    await finish(id);
  });
});

test("a deploy that was superseded goes back when the upgrade in its place does", async () => {
  const { id } = await deploy(world);
  await carryOut(world, agent, await taken());
  await update(world, id, "never ready");
  const task = await taken();
  await write(world, agent, "releaseIntent", task);
  const next = await upgrade(id, "1.5.0");
  await cancel(next);
  expect((await intentsOf(id)).at(-1)).toBe("4 RELEASED 1.0.0");
  expect((await readOf(id)).parameters).toMatchObject({ greeting: "hi" });
  await finish(id);
});

describe("an update with actions", () => {
  /** That it is the next one to be claimed, that 1.0.0 is wanted by then, and that it is carried out. */
  async function expectTaken(id: string, next: string): Promise<void> {
    const wanted = (await intentsOf(id)).filter((text) => text.includes(" RELEASED "));
    expect(wanted).toEqual([expect.stringMatching(/ 1\.0\.0$/)]);
    const heir = await taken();
    expect(heir).toMatchObject({ id: next, payload: { from: { applicationVersion: "1.0.0" } } });
    expect(heir.payload.actions).toMatchObject({ list: [{ name: "dump" }] });
    await carryOut(world, agent, heir);
    await finish(id);
  }

  test("does not meet what an upgrade has half brought about: that goes back before", async () => {
    const { id, task } = await stuckUpgrade();
    const next = await act(id);
    await rescue(world.deps);
    expect((await taskOf(world, task.id)).state).toBe("RUNNING");
    const { reason } = await taskOf(world, next);
    expect(reason).toContain(`waits for the task ${task.id}`);
    expect(reason).toContain("its own actions must not meet what is half brought about");
    expect(await claim(world, agent, epoch)).toBeNull();
    await giveUp(task);
    await expectTaken(id, next);
  });

  test("takes the place of what has brought nothing about yet, at once", async () => {
    const { id } = await deploy(world);
    await carryOut(world, agent, await taken());
    await upgrade(id, "1.5.0");
    const task = await taken();
    const next = await act(id);
    expect([(await taskOf(world, task.id)).state, await heirOf(task.id)]).toEqual(["CANCELLED", next]);
    // So it does when it had to wait first.
    await world.sql`update tasks set state = 'QUEUED', superseded_by = null, finished_at = null where id = ${task.id}`;
    await rescue(world.deps);
    expect(await heirOf(task.id)).toBe(next);
    const heir = await taken();
    expect(heir.id).toBe(next);
    await carryOut(world, agent, heir);
    await finish(id);
  });

  test("does not meet what was left to the task before it, which has begun", async () => {
    const { id } = await stuckUpgrade();
    const second = await upgrade(id, "1.6.0");
    const task = await taken();
    expect(task.id).toBe(second);
    const next = await act(id);
    await rescue(world.deps);
    expect((await taskOf(world, second)).state).toBe("RUNNING");
    await giveUp(task);
    await expectTaken(id, next);
  });

  test("does not meet what was left to the task before it, which never began", async () => {
    const { id, task } = await stuckUpgrade();
    const second = await upgrade(id, "1.6.0");
    await world.sql`update tasks set finished_at = now() - interval '5 minutes' where id = ${task.id}`;
    const next = await act(id);
    expect([await heirOf(task.id), await heirOf(second)]).toEqual([second, next]);
    expect(await claim(world, agent, epoch)).toBeNull();
    await rescue(world.deps);
    expect((await taskOf(world, task.id)).reason).toEndWith(". It goes back to version 1.0.0 (driver 1).");
    await expectTaken(id, next);
  });
});

const stuck: BegunChange = {
  id: "t1",
  hasActions: false,
  isActive: false,
  isHeld: false,
  hasBrought: true,
  releasedInstanceId: "i1",
  isChart: true,
  observed: {
    instanceId: "i1",
    phase: "Running",
    conditions: [
      { type: "Ready", status: "False", reason: "Progressing", message: "", lastTransitionTime: "" },
    ],
  },
};
const told = (reason: string) => ({
  observed: { ...stuck.observed!, conditions: [{ ...stuck.observed!.conditions[0]!, reason }] },
});
test.each<[string, Partial<BegunChange>, boolean]>([
  ["a chart past its hooks", {}, true],
  ["a chart of which nothing is known", { observed: null }, false],
  ["a chart that was not told yet", { observed: null, isHeld: true }, true],
  ["a chart that is stopped", { observed: { ...stuck.observed!, phase: "Stopped" } }, false],
  ["a chart that is rendered", told("NewGeneration"), false],
  ["a chart that could not be applied", told("Retrying"), false],
  ["a chart that is degraded", told("Degraded"), true],
  ["a chart whose hook runs", told("HookRunning"), false],
  ["no chart", { isChart: false, observed: null }, true],
  ["actions", { isChart: false, hasActions: true }, false],
  ["actions that have not begun", { isHeld: true, hasActions: true }, false],
  ["what runs", { isChart: false, isActive: true }, false],
])("may be superseded or not: %s", (_, facts, may) => {
  expect(maySupersede({ ...stuck, ...facts }, { hasActions: false })).toBe(may);
});
test.each<[string, Partial<BegunChange>, boolean]>([
  ["what is half brought about", {}, false],
  ["what was told to nobody", { isHeld: true, hasBrought: false }, true],
  ["what was told to nobody, in the place of what was", { isHeld: true }, false],
  ["actions", { isHeld: true, hasBrought: false, hasActions: true }, false],
])("may be superseded by actions or not: %s", (_, facts, may) => {
  expect(maySupersede({ ...stuck, ...facts }, { hasActions: true })).toBe(may);
});
