import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { changesOf } from "../../../server/deploy/change.ts";
import { noteUnable } from "../../../server/db/leases.ts";
import { statusFacts } from "../../../server/db/status-facts.ts";
import { openSecrets } from "../../../server/deploy/prepare.ts";
import type { Caller } from "../../../server/graphql/context.ts";
import { hello, helloDriver, registerCluster, startWorld, type World } from "../world.ts";
import {
  type Claimed,
  carryOut,
  claim,
  deploy,
  giveActions,
  remove,
  taskOf,
  update,
  write,
} from "../tasks/helpers.ts";

let world: World;
let agent: Caller;
let epoch: number;
beforeAll(async () => {
  world = await startWorld();
  await world.load();
  ({ agent } = await registerCluster(world));
  epoch = await hello(world, agent);
});
afterAll(() => world.end());

async function deployed() {
  const app = await deploy(world);
  await carryOut(world, agent, (await claim(world, agent, epoch))!);
  return app;
}

async function upgrade(deployment: string, input: object): Promise<{ id: string; kind: string } | null> {
  const answer = await world.ask(
    `mutation ($i: UpdateDeploymentInput!) { updateDeployment(input: $i) { task { id kind } } }`,
    { i: { deployment, ...input } },
  );
  return answer.updateDeployment.task;
}

async function read(deployment: string, fields: string) {
  return (await world.ask(`query ($id: ID) { deployment(id: $id) { ${fields} } }`, { id: deployment }))
    .deployment;
}

/** The intents of a deployment: generation, state and the application's version. */
async function intentsOf(deployment: string): Promise<[number, string, string][]> {
  const rows = await world.sql`
    select generation, state, spec ->> 'applicationVersion' as version from intents
    where deployment_id = ${deployment} order by generation`;
  return rows.map(({ generation, state, version }) => [generation, state, version]);
}

const taken = async () => (await claim(world, agent, epoch))!;
const fail = (task: Claimed) => write(world, agent, "failTask", task);

describe("which versions a change changes", () => {
  const versions = (driverVersionId: string, applicationVersion: string) => ({
    driverVersionId,
    applicationVersion,
  });
  const [one, two] = [versions("a", "1"), versions("a", "2")];
  test.each([
    ["nothing runs yet", two, undefined, [], []],
    ["the same versions", one, one, [], []],
    ["another version of the application", two, one, [], ["application"]],
    ["another version of the driver", versions("b", "1"), one, [], ["driver"]],
    ["another version of both", versions("b", "2"), one, [], ["application", "driver"]],
    ["a task is just bringing it about", two, one, [two], ["application"]],
    ["a task is just bringing another about", one, one, [two], ["application"]],
    ["a task is just bringing the same about", one, one, [one], []],
  ] as const)("%s", (_, after, active, begun, changed) => {
    const changes = changesOf(after, { active, begun: [...begun] });
    expect(Object.entries(changes).flatMap(([what, does]) => (does ? [what] : []))).toEqual([...changed]);
  });
});

describe("an upgrade", () => {
  test("knows both versions, and is no deploy", async () => {
    const app = await deployed();
    expect(await upgrade(app.id, { applicationVersion: "1.5.0" })).toMatchObject({ kind: "UPGRADE" });
    expect(await read(app.id, "status statusReason")).toMatchObject({
      status: "DEPLOYING",
      statusReason: "An upgrade waits to be taken up by the agent.",
    });
    const task = await taken();
    expect(task.payload).toMatchObject({
      from: { applicationVersion: "1.0.0", driverVersion: "1" },
      to: { applicationVersion: "1.5.0", driverVersion: "1" },
    });
    await carryOut(world, agent, task);
    expect(await read(app.id, "applicationVersion activeInstance { applicationVersion }")).toEqual({
      applicationVersion: "1.5.0",
      activeInstance: { applicationVersion: "1.5.0" },
    });
    expect((await update(world, app.id, "hello"))!.id).toBeString();
    expect((await taken()).kind).toBe("DEPLOY");
  });

  test("that waits and is superseded by a change of parameters is still one", async () => {
    const app = await deployed();
    await upgrade(app.id, { applicationVersion: "1.5.0" });
    expect(await upgrade(app.id, { parameters: { greeting: "x" } })).toMatchObject({ kind: "UPGRADE" });
    const task = await taken();
    expect(task.payload).toMatchObject({ to: { applicationVersion: "1.5.0" } });
    await fail(task);
    expect(await read(app.id, "status statusReason")).toEqual({
      status: "FAILED",
      statusReason:
        "The last upgrade failed: it broke. It was not touched, and still runs with version 1.0.0 (driver 1).",
    });
    expect(await statusFacts(world.sql, [app.id])).toMatchObject([{ activeVersion: "1.0.0 (driver 1)" }]);
  });

  test("passes versions on its way, each once, with the same secrets", async () => {
    const app = await deployed();
    await upgrade(app.id, { applicationVersion: "1.9.0" });
    const task = await taken();
    const first = await write(world, agent, "releaseVersion", task);
    expect(first).toEqual({ lease: "OK", generation: 3 });
    expect(await write(world, agent, "releaseVersion", task)).toEqual(first);
    expect(await intentsOf(app.id)).toEqual([
      [1, "SUPERSEDED", "1.0.0"],
      [2, "HELD", "1.9.0"],
      [3, "RELEASED", "1.5.0"],
    ]);
    const rows = await world.sql`
      select n.id, n.context, i.spec ->> 'secretName' as secret from intents i join instances n on n.id = i.instance_id
      where i.deployment_id = ${app.id} order by i.generation`;
    const opened = await openSecrets(
      world.deps,
      rows.map(({ id }) => id),
    );
    const values = rows.map(({ id }) => opened.get(id)!.password);
    expect(new Set(values).size).toBe(1);
    const [, , passed] = rows;
    expect(passed!.context).toMatchObject({
      app: { version: "1.5.0" },
      instance: { id: passed!.id },
      parameters: { password: { secretRef: { name: passed!.secret } } },
    });
    // What the task is for comes after it, under a higher generation.
    await carryOut(world, agent, task);
    expect((await intentsOf(app.id)).at(-1)).toEqual([4, "RELEASED", "1.9.0"]);
  });

  test("does not pass a version that the driver does not support", async () => {
    const app = await deployed();
    await upgrade(app.id, { applicationVersion: "1.9.0" });
    const task = await taken();
    const document = `mutation ($task: ID!, $token: String!) {
      releaseIntent(task: $task, token: $token, applicationVersion: "2.5.0") { lease } }`;
    await expect(world.ask(document, { task: task.id, token: task.token }, agent)).rejects.toMatchObject({
      code: "INVALID",
      field: "applicationVersion",
      message: "Driver hello 1 does not support version 2.5.0, only >=1.0,<2.0.",
    });
    await fail(task);
  });
});

describe("a roll back", () => {
  test("releases the earlier instance once, and declares again what was declared then", async () => {
    const app = await deploy(world);
    await carryOut(world, agent, await taken());
    await upgrade(app.id, { applicationVersion: "1.5.0", config: { a: 1 }, parameters: { greeting: "new" } });
    const task = await taken();
    await write(world, agent, "releaseIntent", task);
    const back = await write(world, agent, "rollBack", task);
    expect(back).toEqual({ lease: "OK", generation: 3 });
    expect(await write(world, agent, "rollBack", task)).toEqual(back);
    await fail(task);
    expect(await intentsOf(app.id)).toEqual([
      [1, "SUPERSEDED", "1.0.0"],
      [2, "SUPERSEDED", "1.5.0"],
      [3, "RELEASED", "1.0.0"],
    ]);
    expect(await read(app.id, "applicationVersion config parameters status")).toMatchObject({
      applicationVersion: "1.0.0",
      config: {},
      parameters: { greeting: "hi" },
      status: "FAILED",
    });
    // The same upgrade can be tried again, and a change of something else is no upgrade.
    expect((await upgrade(app.id, { applicationVersion: "1.5.0" }))!.kind).toBe("UPGRADE");
    await fail(await taken());
  });

  test("of what released nothing releases nothing", async () => {
    const app = await deployed();
    await upgrade(app.id, { applicationVersion: "1.5.0" });
    const task = await taken();
    expect(await write(world, agent, "rollBack", task)).toEqual({ lease: "OK", generation: null });
    await fail(task);
    expect(await intentsOf(app.id)).toEqual([
      [1, "RELEASED", "1.0.0"],
      [2, "SUPERSEDED", "1.5.0"],
    ]);
    expect((await read(app.id, "applicationVersion")).applicationVersion).toBe("1.0.0");
  });

  test("leaves alone what was declared since", async () => {
    const app = await deployed();
    await upgrade(app.id, { applicationVersion: "1.5.0" });
    const task = await taken();
    await write(world, agent, "releaseIntent", task);
    await giveActions(world, task.id);
    await upgrade(app.id, { applicationVersion: "1.6.0" });
    await write(world, agent, "rollBack", task);
    await fail(task);
    expect((await read(app.id, "applicationVersion")).applicationVersion).toBe("1.6.0");
    const next = await taken();
    expect(next).toMatchObject({ kind: "UPGRADE", payload: { from: { applicationVersion: "1.0.0" } } });
    await carryOut(world, agent, next);
    expect((await intentsOf(app.id)).at(-1)![2]).toBe("1.6.0");
  });

  test("follows a stop that came in between", async () => {
    const app = await deployed();
    await upgrade(app.id, { applicationVersion: "1.5.0" });
    const task = await taken();
    await write(world, agent, "releaseIntent", task);
    await world.ask(`mutation ($d: ID!) { stopDeployment(deployment: $d) { id } }`, { d: app.id });
    expect(await write(world, agent, "rollBack", task)).toMatchObject({ generation: 4 });
    const [row] = await world.sql`
      select spec from intents where deployment_id = ${app.id} order by generation desc limit 1`;
    expect(row!.spec).toMatchObject({ phase: "Stopped", applicationVersion: "1.0.0" });
    await fail(task);
  });

  test("is only for upgrades", async () => {
    await deploy(world);
    const task = await taken();
    expect(await write(world, agent, "rollBack", task)).toEqual({ lease: "OK", generation: null });
    await carryOut(world, agent, task);
  });
});

describe("tasks that have ended", () => {
  test("are told from those that live, and from those that never were", async () => {
    const done = await deployed();
    const live = await deploy(world);
    const never = crypto.randomUUID();
    const ask = (tasks: string[]) =>
      world.ask(
        `mutation ($e: Int!, $t: [ID!]!) { endedTasks(epoch: $e, tasks: $t) }`,
        { e: epoch, t: tasks },
        agent,
      );
    const answer = await ask([done.taskId, live.taskId, never, "no id"]);
    expect(answer.endedTasks).toEqual([done.taskId, never, "no id"]);
    await carryOut(world, agent, await taken());
  });
});

const actions = `  actions:
    - { name: prepare, hook: setup, mode: pre, location: "actions.ts::prepare", description: Prepares. }
    - name: migrate
      hook: upgrade
      mode: post
      location: actions.ts::migrate
      prompts:
        - { name: window, label: Window, kind: integer, min: 1, max: 24 }
        - { name: mode, kind: enum, values: [fast, safe], default: safe }
    - { name: clean, hook: delete, mode: pre, location: "actions.ts::clean", prompts: [{ name: sure, kind: boolean, default: false }] }
    - { name: dump, hook: backup, mode: pre, location: "actions.ts::dump" }
`;

describe("actions", () => {
  let app: { id: string };
  const prompts = (...answers: [string, string, unknown][]) => ({
    prompts: answers.map(([action, name, value]) => ({ action, name, value })),
  });

  beforeAll(async () => {
    const driver = helloDriver({ version: "9", extra: actions });
    await world.load({ ...driver, "actions.ts": "export async function prepare() {}\n" });
  });

  test("are shown with what they ask for", async () => {
    const { applicationDriverVersion } = await world.ask(
      `{ applicationDriverVersion(driver: "hello") { actions { name hook mode runs prompts { name kind required default } } } }`,
    );
    expect(applicationDriverVersion.actions).toEqual([
      { name: "prepare", hook: "setup", mode: "pre", runs: true, prompts: [] },
      {
        name: "migrate",
        hook: "upgrade",
        mode: "post",
        runs: true,
        prompts: [
          { name: "window", kind: "integer", required: true, default: null },
          { name: "mode", kind: "enum", required: false, default: "safe" },
        ],
      },
      {
        name: "clean",
        hook: "delete",
        mode: "pre",
        runs: true,
        prompts: [{ name: "sure", kind: "boolean", required: false, default: false }],
      },
      { name: "dump", hook: "backup", mode: "pre", runs: false, prompts: [] },
    ]);
  });

  test("of setup go with the first deploy; those that ran are not run again", async () => {
    app = await deploy(world);
    const first = await taken();
    expect(first.payload).toMatchObject({
      first: true,
      ran: [],
      actions: {
        list: [{ name: "prepare", hook: "setup", mode: "pre", location: "actions.ts::prepare" }],
        prompts: { prepare: {} },
        context: { app: { version: "1.0.0" } },
      },
    });
    const step = `mutation ($task: ID!, $token: String!) {
      finishTaskStep(task: $task, token: $token, name: "setup/pre prepare", state: SUCCEEDED) }`;
    await world.ask(step, { task: first.id, token: first.token }, agent);
    await fail(first);
    await update(world, app.id, "again");
    const second = await taken();
    expect(second.payload).toMatchObject({ first: true, ran: ["setup/pre prepare"] });
    await carryOut(world, agent, second);
    await update(world, app.id, "third");
    const third = await taken();
    expect(third.payload.actions).toBeUndefined();
    await carryOut(world, agent, third);
  });

  test.each([
    [
      "one that is missing",
      {},
      "prompts.migrate.window",
      "is required: Window (integer from 1 to 24); give it with --prompt migrate.window=VALUE",
    ],
    [
      "one that is out of bounds",
      prompts(["migrate", "window", 99]),
      "prompts.migrate.window",
      "must be a whole number from 1 to 24, not 99",
    ],
    [
      "one that nobody asks for",
      prompts(["migrate", "window", 2], ["migrate", "windo", 2]),
      "prompts.migrate.windo",
      'is not asked for by the action migrate — did you mean "window"?',
    ],
    [
      "one for an action that is not there",
      prompts(["migrate", "window", 2], ["migrat", "window", 2]),
      "prompts.migrat.window",
      'is for no action of this driver — did you mean "migrate"?',
    ],
    [
      "one for an action of another flow",
      prompts(["migrate", "window", 2], ["clean", "sure", true]),
      "prompts.clean.sure",
      "is asked for by an action of delete/pre, which this change does not run",
    ],
  ])("refuse an answer: %s", async (_, given, field, message) => {
    const asked = upgrade(app.id, { applicationVersion: "1.5.0", ...given });
    await expect(asked).rejects.toMatchObject({
      code: "INVALID",
      field,
      problems: expect.arrayContaining([{ field, message }]),
    });
  });

  test("refuse two answers to the same", async () => {
    const answers = prompts(["migrate", "window", 1], ["migrate", "window", 2]);
    await expect(upgrade(app.id, { applicationVersion: "1.5.0", ...answers })).rejects.toMatchObject({
      code: "INVALID",
      field: "prompts",
    });
  });

  test("of an upgrade get their answers, also when it takes the place of one that waits", async () => {
    await upgrade(app.id, {
      applicationVersion: "1.5.0",
      ...prompts(["migrate", "window", 3], ["migrate", "mode", "fast"]),
    });
    await upgrade(app.id, { applicationVersion: "1.6.0", ...prompts(["migrate", "window", 4]) });
    const task = await taken();
    expect(task.payload.actions).toMatchObject({ prompts: { migrate: { window: 4, mode: "fast" } } });
    await expect(upgrade(app.id, { parameters: { greeting: "ho" } })).rejects.toMatchObject({
      message: expect.stringMatching(
        /^The upgrade to 1\.6\.0 \(driver 9\) is still under way, so that this change is one too and runs its actions: prompts\.migrate\.window is required/,
      ),
    });
    await fail(task);
    // One that was begun is over, with all that was said for it.
    await expect(upgrade(app.id, { applicationVersion: "1.7.0" })).rejects.toMatchObject({
      field: "prompts.migrate.window",
    });
  });

  test("of an upgrade run, and ask, only for the version that they are for", async () => {
    const asking = (name: string, when: string) =>
      `    - { name: ${name}, hook: upgrade, ${when}location: "actions.ts::prepare", prompts: [{ name: how, kind: string }] }`;
    const list = [
      "  actions:",
      asking("app", "when: application, "),
      asking("own", "when: driver, "),
      asking("any", ""),
    ];
    const text = `    - { name: x, kind: string, default: x }\n${list.join("\n")}`;
    const files = { "actions.ts": "export async function prepare() {}\n" };
    const version = async (name: string) =>
      world.load({ ...helloDriver({ version: name, extra: text }), ...files });
    await version("7");
    const before = await world.ask(
      `mutation { createDeployment(input: { driver: "hello", driverVersion: "7", applicationVersion: "1.0.0", environment: "demo", name: "asked" }) { deployment { id } } }`,
    );
    const { id } = before.createDeployment.deployment;
    await carryOut(world, agent, await taken());
    await version("8");
    const missing = async (input: object) =>
      upgrade(id, input).then(
        () => [],
        ({ problems }) => problems.map(({ field }: { field: string }) => field),
      );
    const [app, own, any] = ["prompts.app.how", "prompts.own.how", "prompts.any.how"];
    expect(await missing({ applicationVersion: "1.1.0" })).toEqual([app, any]);
    expect(await missing({ driverVersion: "8" })).toEqual([own, any]);
    expect(await missing({ driverVersion: "8", applicationVersion: "1.1.0" })).toEqual([app, own, any]);
    expect(await missing({ parameters: { greeting: "x" } })).toEqual([]);
    const { updatePlan } = await world.ask(
      `query ($d: ID!) { updatePlan(input: { deployment: $d, driverVersion: "8" }) { actions { name } } }`,
      { d: id },
    );
    expect(updatePlan.actions).toEqual([{ name: "own" }, { name: "any" }]);
    const stray = upgrade(id, { driverVersion: "8", ...prompts(["app", "how", "x"]) });
    await expect(stray).rejects.toMatchObject({
      problems: expect.arrayContaining([
        {
          field: app,
          message:
            "is asked for by an action of upgrade/core for another version of the application, which this change does not run",
        },
      ]),
    });
    await upgrade(id, { driverVersion: "8", ...prompts(["own", "how", "x"], ["any", "how", "y"]) });
    const task = await taken();
    expect(task.payload.actions).toMatchObject({ list: [{ name: "own" }, { name: "any" }] });
    await carryOut(world, agent, task);
  });

  test("of delete run unless they are left out", async () => {
    const deletion = (more: string) =>
      world.ask(`mutation ($d: ID!) { deleteDeployment(deployment: $d ${more}) { task { id } } }`, {
        d: app.id,
      });
    await deletion(', prompts: [{ action: "clean", name: "sure", value: true }]');
    const task = await taken();
    expect(task.payload.actions).toMatchObject({
      list: [{ name: "clean" }],
      prompts: { clean: { sure: true } },
    });
    await fail(task);
    await deletion(", skipActions: true");
    const plain = await taken();
    expect(plain.payload.actions).toBeUndefined();
    await carryOut(world, agent, plain);
  });

  test("wait for an agent that can run them, say so, and hold up nothing else", async () => {
    const old = await registerCluster(world, "aged");
    const oldEpoch = await hello(world, old.agent, "old-1", null, null);
    const { id, taskId } = await deploy(world, "with-actions", "demo-aged");
    expect(await claim(world, old.agent, oldEpoch)).toBeNull();
    const why = "agent 1 cannot run its actions; upgrade the agent";
    expect(await taskOf(world, taskId)).toMatchObject({ state: "QUEUED", attempts: 0, reason: why });
    expect(await read(id, "status statusReason")).toEqual({
      status: "DEPLOYING",
      statusReason: `A deploy waits to be taken up by the agent: ${why}.`,
    });
    // Told once: nothing is written for what is said already.
    expect(await noteUnable(world.sql, old.clusterId)).toBe(0);

    // A task without actions goes before it.
    await world.load(helloDriver({ version: "0" }));
    const plain = await world.ask(
      `mutation ($i: CreateDeploymentInput!) { createDeployment(input: $i) { task { id } } }`,
      { i: { name: "plain", driver: "hello", driverVersion: "0", environment: "demo-aged" } },
    );
    const first = (await claim(world, old.agent, oldEpoch))!;
    expect(first.id).toBe(plain.createDeployment.task.id);
    await carryOut(world, old.agent, first);

    const newEpoch = await hello(world, old.agent, "old-1");
    const task = (await claim(world, old.agent, newEpoch))!;
    expect(task).toMatchObject({
      id: taskId,
      attempts: 1,
      payload: { actions: { list: [{ name: "prepare" }] } },
    });
    await carryOut(world, old.agent, task);
    expect((await taskOf(world, taskId)).reason).toBeNull();
  });

  test("of delete are not run for what never ran", async () => {
    const { id } = await deploy(world);
    await fail(await taken());
    await remove(world, id);
    const task = await taken();
    expect(task.payload.actions).toBeUndefined();
    await carryOut(world, agent, task);
  });
});
