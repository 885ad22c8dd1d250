import { afterAll, beforeAll, expect, test } from "bun:test";
import { waitFor } from "../../../server/agents/waits.ts";
import { defaultSettings } from "../../../server/settings.ts";
import { claim } from "../tasks/helpers.ts";
import { hello, registerCluster, startWorld, type World } from "../world.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld({ takeoverMs: 1_000, pollMs: 10_000 });
});
afterAll(() => world.end());

test("an agent that only waits for work is not taken over, however soon silence is noticed", async () => {
  const { agent } = await registerCluster(world);
  const epoch = await hello(world, agent);
  let isOver = false;
  const waiting = (async () => {
    while (!isOver) await claim(world, agent, epoch, 20_000);
  })();
  // Longer than the silence after which another may take over.
  await Bun.sleep(2_000);
  await expect(hello(world, agent, "agent-2")).rejects.toMatchObject({ code: "CONFLICT" });
  isOver = true;
  await waiting;
});

test("a call waits as long as it asks, 25 s at most, and not so long where silence is noticed soon", () => {
  const quick = { ...defaultSettings, takeoverMs: 3_000 };
  expect([-1, 20_000, 60_000].map((ms) => waitFor(ms, defaultSettings))).toEqual([0, 20_000, 25_000]);
  expect([500, 20_000].map((ms) => waitFor(ms, quick))).toEqual([500, 1_000]);
});
