import { afterAll, beforeAll, expect, test } from "bun:test";
import type { StartCluster } from "./cluster.ts";
import { crashesOf, enumerateCrashes, enumerationMs, type Lanes } from "./enumerate.ts";
import { type Stage, startStage } from "./stage.ts";
import { startWorlds, type World } from "./world.ts";

/** The tests of connections that break, in `lanes` worlds side by side. */
export function describeLostAnswers(start: StartCluster, { lanes, isBrief = false }: Lanes): void {
  let stage: Stage;
  let worlds: World[] = [];

  beforeAll(async () => {
    stage = await startStage(start);
    worlds = await startWorlds(stage, lanes, {});
  });

  afterAll(async () => {
    await Promise.all(worlds.map((world) => world.stop()));
    await stage.stop();
  });

  test(
    "a connection that breaks at any write, before it or before its answer, changes nothing about the end",
    async () => {
      const count = await enumerateCrashes(worlds, (boundary) => crashesOf("connection", boundary, isBrief));
      expect(count).toBeGreaterThan(isBrief ? 40 : 60);
    },
    enumerationMs,
  );
}
