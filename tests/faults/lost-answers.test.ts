import { afterAll, beforeAll, expect, test } from "bun:test";
import { crashesOf, enumerateCrashes } from "./enumerate.ts";
import { type Stage, startStage } from "./stage.ts";
import { startWorld, type World } from "./world.ts";

let stage: Stage;
let worlds: World[] = [];

beforeAll(async () => {
  stage = await startStage();
  // A task whose claim was answered in vain is free again when its lease has run out.
  const serverEnv = { STYRMIN_LEASE_MS: "3000", STYRMIN_RENEW_MS: "700" };
  worlds = await Promise.all(["lane0", "lane1"].map((name) => startWorld(stage, { name, serverEnv })));
  await Promise.all(worlds.map((world) => world.agent.start()));
});

afterAll(async () => {
  await Promise.all(worlds.map((world) => world.stop()));
  await stage.stop();
});

test("a connection that breaks at any write, before it or before its answer, changes nothing about the end", async () => {
  const count = await enumerateCrashes(worlds, (boundary) => crashesOf("connection", boundary));
  expect(count).toBeGreaterThan(60);
}, 120_000);
