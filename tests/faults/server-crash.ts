import { afterAll, beforeAll, expect, test } from "bun:test";
import type { StartCluster } from "./cluster.ts";
import { crashesOf, enumerateCrashes, enumerationMs, type Lanes } from "./enumerate.ts";
import { type Stage, startStage } from "./stage.ts";
import { startWorlds, type World } from "./world.ts";

/** The tests of a server that is killed, in `lanes` worlds side by side. */
export function describeServerCrash(start: StartCluster, { lanes, isBrief = false }: Lanes): void {
  let stage: Stage;
  let worlds: World[] = [];

  // Intent direct: here the server writes to the cluster too.
  beforeAll(async () => {
    stage = await startStage(start);
    worlds = await startWorlds(stage, lanes, { intent: "DIRECT" });
  });

  afterAll(async () => {
    await Promise.all(worlds.map((world) => world.stop()));
    await stage.stop();
  });

  test(
    "a server killed at any call of a deploy and of a delete ends where the clean run ends",
    async () => {
      const count = await enumerateCrashes(worlds, (boundary) =>
        // As a call of the agent comes in, after it was carried out, and at the server's own writes to the cluster.
        boundary.way === "toCluster" ? [] : crashesOf("server", boundary, isBrief),
      );
      expect(count).toBeGreaterThan(isBrief ? 20 : 35);
    },
    enumerationMs,
  );
}
