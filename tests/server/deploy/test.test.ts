import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Caller } from "../../../server/graphql/context.ts";
import { testResultOf } from "../../../server/graphql/tests.ts";
import { carryOut, claim, type Claimed, remove, taskOf, write } from "../tasks/helpers.ts";
import { hello, helloDriver, registerCluster, startWorld, type World } from "../world.ts";

let world: World;
let agent: Caller;
let epoch: number;
/** What the chart is said to have; null for a server without helm. */
let tests: string[] | null = [];

const hookOf = (name: string, event: string) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, annotations: { "helm.sh/hook": event } },
});

beforeAll(async () => {
  world = await startWorld(
    {},
    {
      render: async ({ context }) => {
        if (tests === null) return { problems: [{ field: "", message: "there is no helm here" }] };
        const named = tests.map((name) => hookOf(`${context.instance.release_name}-${name}`, "test"));
        return { objects: [], hooks: [hookOf("other", "pre-install"), ...named] };
      },
    },
  );
  ({ agent } = await registerCluster(world));
  epoch = await hello(world, agent);
  const { "driver.styrmin.yml": text, ...files } = helloDriver();
  await world.load({ "driver.styrmin.yml": text!, ...files });
  await world.load({
    "driver.styrmin.yml": text!
      .replace("name: hello", "name: charted")
      .replace("manifests: manifests/", "helm: { main: { location: ./chart } }"),
    "chart/Chart.yaml": "apiVersion: v2\nname: charted\nversion: 1.0.0\n",
    "chart/templates/x.yaml": "",
  });
});
afterAll(() => world.end());

/** Creates a deployment and carries its deploy out. */
async function running(name: string, driver = "charted"): Promise<string> {
  const answer = await world.ask(
    `mutation ($i: CreateDeploymentInput!) { createDeployment(input: $i) { deployment { id } } }`,
    { i: { name, driver, environment: "demo" } },
  );
  await carryOut(world, agent, (await claim(world, agent, epoch))!);
  return answer.createDeployment.deployment.id;
}
const ask = async (deployment: string, more: object = {}) => {
  const answer = await world.ask(
    `mutation ($d: ID!, $n: [String!], $t: Int, $k: String) {
      testDeployment(deployment: $d, names: $n, timeoutSeconds: $t, idempotencyKey: $k) { task { id kind state } deployment { status } } }`,
    { d: deployment, ...more },
  );
  return answer.testDeployment.task as { id: string; kind: string; state: string };
};
const update = async (deployment: string, greeting: string) =>
  (
    await world.ask(
      `mutation ($i: UpdateDeploymentInput!) { updateDeployment(input: $i) { task { id kind } } }`,
      { i: { deployment, parameters: { greeting } } },
    )
  ).updateDeployment.task as { id: string; kind: string } | null;
const take = async () => (await claim(world, agent, epoch))!;
const finishStep = (task: Claimed, name: string, state: string, result: unknown, error?: string) =>
  world.ask(
    `mutation ($task: ID!, $token: String!, $n: String!, $s: StepState!, $r: JSON, $e: String) {
      finishTaskStep(task: $task, token: $token, name: $n, state: $s, result: $r, error: $e) }`,
    { task: task.id, token: task.token, n: name, s: state, r: result, e: error },
    agent,
  );
const deploymentOf = async (id: string) =>
  (
    await world.ask(
      `query ($id: ID!) { deployment(id: $id) { status statusReason activeInstance { id }
        lastTest { id state reason testResults { name kind outcome message startedAt endedAt log } } } }`,
      { id },
    )
  ).deployment;
const refusal = (promise: Promise<unknown>) =>
  promise.then(
    () => {
      throw new Error("it was not refused");
    },
    (thrown: Error & { code: string; field?: string }) => thrown,
  );

describe("a test of a deployment", () => {
  test("is a task without an intent, whose results are kept and say nothing of how the deployment is", async () => {
    tests = ["check", "load"];
    const id = await running("fine");
    const before = await deploymentOf(id);
    expect(before.lastTest).toBeNull();
    const asked = await ask(id, { n: ["check", "check"], t: 30, k: "once" });
    expect(asked).toMatchObject({ kind: "TEST", state: "QUEUED" });
    expect((await ask(id, { n: ["check", "check"], t: 30, k: "once" })).id).toBe(asked.id);
    expect((await deploymentOf(id)).lastTest).toBeNull();

    const task = await take();
    expect(task).toMatchObject({
      id: asked.id,
      kind: "TEST",
      payload: { names: ["check"], timeoutSeconds: 30 },
      intentGeneration: 1,
    });
    // Nothing of a deploy is in its power.
    expect((await write(world, agent, "releaseIntent", task)).generation).toBeNull();
    expect((await write(world, agent, "rollBack", task)).generation).toBeNull();
    await write(world, agent, "activateInstance", task);
    await write(world, agent, "closeDeployment", task);
    await finishStep(task, "ask for the tests", "SUCCEEDED", { uid: "u" });
    const times = { startedAt: "2026-01-01T00:00:00.000Z", endedAt: "2026-01-01T00:00:01.000Z" };
    await finishStep(task, "test: Pod a", "SUCCEEDED", {
      name: "a",
      kind: "Pod",
      outcome: "Passed",
      ...times,
    });
    const failed = { name: "b", kind: "Job", outcome: "Failed", message: "it broke", log: ["oh", 3, "no"] };
    await finishStep(task, "test: Job b", "FAILED", failed, "it broke");
    await finishStep(task, "test: Job c", "FAILED", "nonsense", "x");
    await write(world, agent, "failTask", task);

    const after = await deploymentOf(id);
    expect({ ...after, lastTest: null }).toEqual(before);
    expect(after.lastTest).toEqual({
      id: asked.id,
      ...{ state: "FAILED", reason: "it broke" },
      testResults: [
        { name: "a", kind: "Pod", outcome: "PASSED", message: null, ...times, log: [] },
        { ...failed, outcome: "FAILED", startedAt: null, endedAt: null, log: ["oh", "no"] },
      ],
    });
    const [deploy] = (
      await world.ask(
        "query ($d: ID!) { tasks(filter: { deployment: $d, kind: DEPLOY }) { testResults { name } } }",
        { d: id },
      )
    ).tasks;
    expect(deploy.testResults).toEqual([]);
  });

  test("waits beside a change, and gives way to another test, a change and a delete", async () => {
    tests = ["check"];
    const id = await running("queue");
    await update(id, "one");
    const deploying = await take();
    await update(id, "two");
    const first = await ask(id);
    const second = await ask(id);
    expect(await taskOf(world, first.id)).toMatchObject({
      state: "CANCELLED",
      reason: `superseded by task ${second.id}`,
    });
    await carryOut(world, agent, deploying);
    await carryOut(world, agent, await take());
    const testing = await take();
    expect(testing.id).toBe(second.id);

    // A change does not wait for the end of a test.
    const changing = (await update(id, "three"))!;
    expect(await write(world, agent, "renewTask", testing)).toBe("CANCEL");
    await write(world, agent, "giveUpTask", testing);
    expect(await taskOf(world, testing.id)).toMatchObject({
      state: "CANCELLED",
      reason: `the deployment is being changed, task ${changing.id}`,
    });
    await carryOut(world, agent, await take());

    const waiting = await ask(id);
    await update(id, "four");
    expect((await taskOf(world, waiting.id)).state).toBe("CANCELLED");
    await carryOut(world, agent, await take());
    await ask(id);
    const last = await take();
    const deleting = await remove(world, id);
    expect(await write(world, agent, "renewTask", last)).toBe("CANCEL");
    await write(world, agent, "giveUpTask", last);
    expect((await taskOf(world, last.id)).reason).toContain(`is being deleted, task ${deleting.id}`);
    await carryOut(world, agent, await take());
  });

  test("brings nothing about: a deploy that failed can be tried again while it waits", async () => {
    tests = ["check"];
    const id = await running("again");
    await update(id, "one");
    await write(world, agent, "failTask", await take());
    expect(await deploymentOf(id)).toMatchObject({ status: "FAILED" });
    await ask(id);
    expect(await deploymentOf(id)).toMatchObject({ status: "FAILED" });
    expect(await update(id, "one")).toMatchObject({ kind: "DEPLOY" });
    await carryOut(world, agent, await take());
  });

  test("is refused where there is nothing to test", async () => {
    tests = [];
    const id = await running("bare");
    const manifests = await running("plain", "hello");
    const cases: [() => Promise<unknown>, string, string | undefined, RegExp][] = [
      [() => ask(id), "INVALID", "deployment", /Driver charted 1 has no tests: its chart has no hook/],
      [
        () => ask(manifests),
        "INVALID",
        "deployment",
        /Driver hello 1 has no tests: they are hooks of a chart/,
      ],
      [() => ask("nobody"), "NOT_FOUND", "deployment", /nobody/],
      [() => ask(id, { n: [""] }), "INVALID", "names", /1 to 253/],
      [() => ask(id, { n: ["x".repeat(254)] }), "INVALID", "names", /1 to 253/],
      [
        () => ask(id, { n: Array.from({ length: 101 }, (_, n) => `t${n}`) }),
        "INVALID",
        "names",
        /100 at the most/,
      ],
      [() => ask(id, { t: 0 }), "INVALID", "timeoutSeconds", /from 1 to 86400/],
    ];
    for (const [asked, code, field, message] of cases) {
      const refused = await refusal(asked());
      expect({ code: refused.code, field: refused.field }).toEqual({ code, field });
      expect(refused.message).toMatch(message);
    }
    tests = ["check", "load"];
    expect((await refusal(ask(id, { n: ["chek"] }))).message).toMatch(
      /"chek" is no test .* did you mean "check"/,
    );
    expect((await refusal(ask(id, { n: ["zzzzzzzzz"] }))).message).toContain("there are check, load");

    // A server that cannot render the chart leaves it to the agent.
    tests = null;
    await ask(id, { n: ["anything"] });
    await write(world, agent, "failTask", await take());

    tests = ["check"];
    await world.ask("mutation ($d: ID!) { stopDeployment(deployment: $d) { id } }", { d: id });
    expect(await refusal(ask(id))).toMatchObject({
      code: "CONFLICT",
      message: expect.stringContaining("start it first"),
    });
    await remove(world, id);
    expect(await refusal(ask(id))).toMatchObject({
      code: "CONFLICT",
      message: expect.stringContaining("being deleted"),
    });
    await carryOut(world, agent, await take());

    await world.ask(
      `mutation { createDeployment(input: { name: "never", driver: "charted", environment: "demo" }) { task { id } } }`,
    );
    const first = await take();
    const early = await ask("never");
    await write(world, agent, "failTask", first);
    expect((await take()).id).toBe(early.id);
    await world.ask("mutation ($t: ID!) { cancelTask(task: $t) { id } }", { t: early.id });
    expect(await refusal(ask("never"))).toMatchObject({
      code: "CONFLICT",
      message: expect.stringContaining("does not run yet"),
    });
  });
});

test.each([
  [{}, undefined],
  [{ name: "a", kind: "Pod", outcome: "Waiting" }, undefined],
  [{ name: "a", kind: 3, outcome: "Passed" }, undefined],
  [
    { name: "a", kind: "Pod", outcome: "NotRun", message: 3, startedAt: "soon", log: "x" },
    { name: "a", kind: "Pod", outcome: "NOT_RUN", message: null, startedAt: null, endedAt: null, log: [] },
  ],
])("an agent's word %j is a result as far as it is sound", (word, result) => {
  expect(testResultOf(word)).toEqual(result as never);
});
