import { afterAll, beforeAll, expect, test } from "bun:test";
import { crashesOf, enumerateCrashes } from "./enumerate.ts";
import { type Stage, startStage } from "./stage.ts";
import { startWorld, type World } from "./world.ts";

let stage: Stage;
let worlds: World[] = [];

// Intent direct: here the server writes to the cluster too.
beforeAll(async () => {
  stage = await startStage();
  const names = ["lane0", "lane1", "lane2"];
  worlds = await Promise.all(names.map((name) => startWorld(stage, { name, intent: "DIRECT" })));
  await Promise.all(worlds.map((world) => world.agent.start()));
});

afterAll(async () => {
  await Promise.all(worlds.map((world) => world.stop()));
  await stage.stop();
});

test("a server killed at any call of a deploy and of a delete ends where the clean run ends", async () => {
  const count = await enumerateCrashes(worlds, (boundary) =>
    // As a call of the agent comes in, after it was carried out, and at the server's own writes to the cluster.
    boundary.way === "toCluster" ? [] : crashesOf("server", boundary),
  );
  expect(count).toBeGreaterThan(35);
}, 300_000);
