import { expect } from "bun:test";
import { readAudit } from "../helpers/cluster.ts";
import type { Boundary, When } from "./boundaries.ts";
import { type Clean, type Crash, madeTwice, runClean, runCrashes } from "./crash.ts";
import type { World } from "./world.ts";

/**
 * Learns the writes of a clean deploy and a clean delete, then runs both again for each crash that `crashesAt` makes of
 * them, one in the deploy and one in the delete of a fresh deployment, in several worlds side by side. Expects each end
 * to be that of the clean run, and each object to have been made once. Answers how many crashes there were.
 */
export async function enumerateCrashes(
  worlds: World[],
  crashesAt: (boundary: Boundary) => Crash[],
): Promise<number> {
  let count = 0;
  const clean: Clean = await runClean(worlds[0]!, `app${++count}`);
  const [deploys, deletes] = [clean.deploy, clean.delete].map((one) => one.boundaries.flatMap(crashesAt));
  const cases = Array.from({ length: Math.max(deploys!.length, deletes!.length) }, (_, place) => ({
    deploy: deploys![place],
    delete: deletes![place],
  }));
  const problems: string[] = [];
  const run = async (world: World) => {
    for (let next = cases.shift(); next; next = cases.shift()) {
      problems.push(...(await runCrashes(world, `app${++count}`, clean, next)));
    }
  };
  await Promise.all(worlds.map(run));
  expect(problems).toEqual([]);
  const { dir } = worlds[0]!.stage.cluster;
  const made = madeTwice(readAudit(dir), (name) => /^(app\d+-|styrmin-params-)/.test(name));
  expect(made).toEqual([]);
  return deploys!.length + deletes!.length;
}

/**
 * The crashes at a boundary: after the write, before it is answered, and before the write too if it has an effect. A
 * crash before the mere record of a step is left out: nobody who remains can tell it from one after the write before.
 */
export function crashesOf(victim: Crash["victim"], boundary: Boundary): Crash[] {
  const isRecord = /^(StartTaskStep|FinishTaskStep|RenewTask)\b/.test(boundary.label);
  const whens: When[] = isRecord ? ["after"] : ["before", "after"];
  return whens.map((when) => ({ victim, boundary, when }));
}
