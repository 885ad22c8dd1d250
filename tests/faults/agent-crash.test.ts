import { afterAll, beforeAll, expect, test } from "bun:test";
import { crashesOf, enumerateCrashes } from "./enumerate.ts";
import { type Stage, startStage } from "./stage.ts";
import { startWorld, type World } from "./world.ts";

let stage: Stage;
let worlds: World[] = [];

// Intent pull: here the agent makes more writes than with direct.
beforeAll(async () => {
  stage = await startStage();
  const names = ["lane0", "lane1", "lane2"];
  worlds = await Promise.all(names.map((name) => startWorld(stage, { name, intent: "PULL" })));
  await Promise.all(worlds.map((world) => world.agent.start()));
});

afterAll(async () => {
  await Promise.all(worlds.map((world) => world.stop()));
  await stage.stop();
});

test("an agent killed at any write of a deploy and of a delete ends where the clean run ends", async () => {
  expect(await enumerateCrashes(worlds, (boundary) => crashesOf("agent", boundary))).toBeGreaterThan(70);
}, 300_000);
