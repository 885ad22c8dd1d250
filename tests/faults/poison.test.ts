import { afterAll, beforeAll, expect, test } from "bun:test";
import { eventually } from "../helpers/eventually.ts";
import { type Stage, startStage } from "./stage.ts";
import { startWorld, type World } from "./world.ts";

let stage: Stage;
let world: World;

beforeAll(async () => {
  stage = await startStage();
  world = await startWorld(stage, { name: "poison", agentFile: "tests/faults/counting-agent.ts" });
});

afterAll(async () => {
  await world.stop();
  await stage.stop();
});

test("a task that ends its agent three times is FAILED as poisoned, and all others are done", async () => {
  const names = ["app1", "app2", "poison1", "app3", "app4", "poison2", "app5", "app6"];
  const asked = await Promise.all(names.map((name) => world.deploy(name)));
  // Who keeps agents running starts one again when it has ended.
  let lives = 0;
  const ended = eventually("all have ended", async () => {
    const found = await Promise.all(asked.map(({ taskId }) => world.client.tasks.get(taskId)));
    return found.every((task) => task?.finishedAt) ? found.map((task) => task!) : undefined;
  });
  const keepAlive = async () => {
    for (let over = false; !over && lives < 20;) {
      lives++;
      await world.agent.start().catch(() => {});
      over = await Promise.race([world.agent.process.exited.then(() => false), ended.then(() => true)]);
    }
  };
  const [tasks] = await Promise.all([ended, keepAlive()]);
  const states = Object.fromEntries(names.map((name, place) => [name, tasks[place]?.state]));
  expect(states).toEqual(
    Object.fromEntries(names.map((name) => [name, name.startsWith("poison") ? "FAILED" : "SUCCEEDED"])),
  );
  for (const [place, name] of names.entries()) {
    if (name.startsWith("poison")) expect(tasks[place]?.reason).toContain("poisoned");
  }
  expect(lives).toBeLessThanOrEqual(2 * 3 + 1);
});

test.each([
  ["hands its task back", "app7", false],
  ["while the server hangs, and so cannot say goodbye, says so at its next hello", "app8", true],
])("an agent that is told to end %s, which is no crash", async (_what, name, hangs) => {
  await world.agent.stop();
  world.toServer.add({
    path: /graphql/,
    where: ({ body }) => body.includes('"name":"two"'),
    fault: { kind: "drop-before" },
  });
  await world.agent.start();
  const { taskId } = await world.deploy(name);
  await eventually(
    "it is in the middle",
    async () => (await world.client.tasks.get(taskId))?.steps.length === 1,
  );
  await eventually("it asks for the second step", () =>
    world.toServer.requests.some(({ body }) => body.includes(taskId) && body.includes('"name":"two"')),
  );
  if (hangs)
    world.toServer.add({
      path: /./,
      where: ({ body }) => body.includes("AgentGoodbye"),
      fault: { kind: "hang" },
    });
  await world.agent.stop();
  const [task] = await world.sql`select state, crashes, attempts from tasks where id = ${taskId}`;
  expect(task).toEqual({ state: hangs ? "RUNNING" : "QUEUED", crashes: 0, attempts: 1 } as never);
  world.toServer.clear();
  await world.agent.start();
  await world.succeeded(taskId);
  const [done] = await world.sql`select crashes, attempts from tasks where id = ${taskId}`;
  expect(done).toEqual({ crashes: 0, attempts: 2 } as never);
});
