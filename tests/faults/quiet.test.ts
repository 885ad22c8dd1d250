import { afterAll, beforeAll, expect, test } from "bun:test";
import { eventually } from "../helpers/eventually.ts";
import { type Stage, startStage } from "./stage.ts";
import { changes, objectVersions, rowVersions } from "./versions.ts";
import { clusterWrites, startWorld, type World } from "./world.ts";

let stage: Stage;

beforeAll(async () => {
  stage = await startStage();
});

afterAll(() => stage.stop());

const reportsSeen = (world: World) =>
  world.toServer.requests.filter(({ body }) => body.includes("mutation ReportPodStatuses")).length;

test.each(["DIRECT", "PULL"] as const)(
  "at rest nothing is written, to the cluster or the database, with intent %s",
  async (intent) => {
    const name = `quiet-${intent.toLowerCase()}`;
    const world = await startWorld(stage, { name, intent, agentEnv: { STYRMIN_STATUS_MS: "200" } });
    try {
      await world.agent.start();
      for (const app of ["app1", "app2", "app3"]) await world.succeeded((await world.deploy(app)).taskId);
      await world.succeeded((await world.update("app2", { greeting: "again", replicas: 2 })).taskId);
      await world.succeeded((await world.delete("app3")).taskId);
      const told = async () => (await Promise.all(["app1", "app2"].map(world.status))).join();
      await eventually("both run", async () => (await told()) === "RUNNING,RUNNING");
      const seen = reportsSeen(world);
      await eventually("the last news has been reported", () => reportsSeen(world) >= seen + 5);

      const rows = await rowVersions(world.sql);
      const objects = await objectVersions(world);
      const written = clusterWrites(world).length;
      await eventually("many reports later", () => reportsSeen(world) >= seen + 25);

      expect(changes(rows, await rowVersions(world.sql))).toEqual([]);
      expect(changes(objects, await objectVersions(world))).toEqual([]);
      // Not even writes that change nothing; only the Lease is renewed.
      expect(clusterWrites(world).slice(written)).toEqual([]);
    } finally {
      await world.stop();
    }
  },
);
