import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { eventually } from "../helpers/eventually.ts";
import { type Stage, startStage } from "./stage.ts";
import { clusterWrites, startWorld, type World } from "./world.ts";
import { pace } from "../helpers/pace.ts";

let stage: Stage;
let world: World;
let count = 0;

beforeAll(async () => {
  stage = await startStage();
});

beforeEach(async () => {
  const paced = (ms: number) => String(Math.ceil(ms * pace()));
  world = await startWorld(stage, {
    name: `second${++count}`,
    serverEnv: { STYRMIN_TAKEOVER_MS: paced(5000) },
    // One that has nothing to do is heard by its reports alone, and must be heard more often than that.
    agentEnv: { STYRMIN_STATUS_MS: "300", STYRMIN_LEASE_DURATION_MS: paced(1500) },
  });
  await world.agent.start();
  await world.succeeded((await world.deploy("app1")).taskId);
  return () => world.stop();
});

afterAll(() => stage.stop());

const agentNow = async () => (await world.client.clusters.get(world.clusterId))!.agent;

const isRefused = () =>
  eventually("it is refused, and everybody can see why", async () => (await agentNow()).refused);

test("a second agent with the same token is refused while the first lives, and touches nothing", async () => {
  const { epoch } = await agentNow();
  const before = clusterWrites(world).length;
  const other = world.startOtherAgent();
  expect(await isRefused()).toContain("alive");
  await world.succeeded((await world.deploy("app2")).taskId);
  expect(await agentNow()).toMatchObject({ epoch, state: "CONNECTED" });
  expect(clusterWrites(world).length).toBeGreaterThan(before);
  expect(other.output()).not.toContain("task begins");
  expect(other.output()).not.toContain("the lease is held");
});

test("it takes over at once when the first says goodbye", async () => {
  const { epoch } = await agentNow();
  const other = world.startOtherAgent();
  await isRefused();
  const from = performance.now();
  await world.agent.stop();
  await eventually("the other is heard", async () => (await agentNow()).epoch === epoch! + 1);
  // It asks again every 3 s at the latest; waiting for the first's silence would take 5 s more.
  expect(performance.now() - from).toBeLessThan(5_000 * pace());
  await world.succeeded((await world.deploy("app2")).taskId);
  await eventually("the other to say that it ended the task", () => other.output().includes("task ended"));
});

test("it takes over after the silence when the first was killed", async () => {
  const { epoch } = await agentNow();
  const other = world.startOtherAgent();
  await isRefused();
  await world.agent.kill();
  const asked = await world.deploy("app2");
  await world.succeeded(asked.taskId);
  expect((await agentNow()).epoch).toBe(epoch! + 1);
  await eventually("the other to say that it ended the task", () => other.output().includes("task ended"));
});

test("a restarted one goes on at once, though it did not say goodbye", async () => {
  const { epoch } = await agentNow();
  await world.agent.kill();
  const { taskId } = await world.deploy("app2");
  const from = performance.now();
  await world.agent.start();
  await eventually("it is heard", async () => (await agentNow()).epoch === epoch! + 1);
  expect(performance.now() - from).toBeLessThan(4_000 * pace());
  await world.succeeded(taskId);
  expect((await agentNow()).refused).toBeNull();
});
