import { afterAll, beforeAll, expect, test } from "bun:test";
import type { StartCluster } from "./cluster.ts";
import { crashesOf, enumerateCrashes, enumerationMs, type Lanes } from "./enumerate.ts";
import { type Stage, startStage } from "./stage.ts";
import { startWorlds, type World } from "./world.ts";

/** The tests of an agent that is killed, in `lanes` worlds side by side. */
export function describeAgentCrash(start: StartCluster, { lanes, isBrief = false }: Lanes): void {
  let stage: Stage;
  let worlds: World[] = [];

  // Intent pull: here the agent makes more writes than with direct.
  beforeAll(async () => {
    stage = await startStage(start);
    worlds = await startWorlds(stage, lanes, { intent: "PULL" });
  });

  afterAll(async () => {
    await Promise.all(worlds.map((world) => world.stop()));
    await stage.stop();
  });

  test(
    "an agent killed at any write of a deploy and of a delete ends where the clean run ends",
    async () => {
      expect(
        await enumerateCrashes(worlds, (boundary) => crashesOf("agent", boundary, isBrief)),
      ).toBeGreaterThan(isBrief ? 40 : 70);
    },
    enumerationMs,
  );
}
