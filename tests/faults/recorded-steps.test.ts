import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { armAt, boundariesIn, isReached, marksOf } from "./boundaries.ts";
import { type Stage, startStage } from "./stage.ts";
import { startWorld, type World } from "./world.ts";

let stage: Stage;
let world: World;

beforeAll(async () => {
  stage = await startStage();
  world = await startWorld(stage, { name: "counting", agentFile: "tests/faults/counting-agent.ts" });
  await world.agent.start();
});

afterAll(async () => {
  await world.stop();
  await stage.stop();
});

const steps = ["one", "two", "three"];

/** How often each step of a task had its effect, and with what it was called. */
function counted(taskId: string): string[] {
  const file = join(stage.dir, world.name, "agent", "counted");
  const lines = existsSync(file) ? readFileSync(file, "utf8").split("\n") : [];
  return lines.filter((line) => line.startsWith(taskId)).map((line) => line.slice(taskId.length + 1));
}

test("a recorded step never runs again, though the agent is killed at any write", async () => {
  const marks = marksOf(world);
  const clean = await world.deploy("app0");
  await world.succeeded(clean.taskId);
  expect(counted(clean.taskId)).toEqual(["one 0", "two 1", "three 2"]);
  const boundaries = boundariesIn(world, "app0", marks).filter(({ way }) => way === "toServer");
  expect(boundaries.length).toBeGreaterThanOrEqual(2 * steps.length + 3);

  let number = 0;
  for (const boundary of boundaries) {
    for (const when of ["before", "after"] as const) {
      const name = `app${++number}`;
      let recorded: string[] = [];
      let atKill: string[] = [];
      const armed = armAt(world, name, boundary, when, async () => {
        await world.agent.kill();
        const rows =
          await world.sql`select s.task_id, s.name from task_steps s join tasks t on t.id = s.task_id
          where t.deployment_name = ${name} and s.state = 'SUCCEEDED'`;
        recorded = rows.map((row) => row.name);
        atKill = rows.length > 0 ? counted(rows[0]!.taskId) : [];
      });
      const { taskId } = await world.deploy(name);
      const where = `${when} ${boundary.label}`;
      const isHit = await isReached(armed, boundary, world.succeeded(taskId));
      armed.disarm();
      if (boundary.required) expect([where, isHit]).toEqual([where, true]);
      await world.agent.kill();
      await world.agent.start();
      await world.succeeded(taskId);

      const runs = (lines: string[], step: string) =>
        lines.filter((line) => line.startsWith(`${step} `)).length;
      for (const step of steps) {
        const [then, now] = [runs(atKill, step), runs(counted(taskId), step)];
        if (recorded.includes(step)) expect([where, step, now]).toEqual([where, step, then]);
        // A renewal comes at any moment, also between the effect of a step and its record.
        if (boundary.label.startsWith("RenewTask")) continue;
        // Only a kill between the effect and its record lets a step run twice.
        const torn = isHit && boundary.label.startsWith(`FinishTaskStep ${step}`) && when === "before";
        expect([where, step, now]).toEqual([where, step, torn ? 2 : 1]);
      }
      // What a recorded step returned is what the next one gets.
      expect([where, counted(taskId).at(-1)]).toEqual([where, "three 2"]);
    }
  }
});
