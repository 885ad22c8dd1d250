import { expect } from "bun:test";
import type { Boundary, When } from "./boundaries.ts";
import { type Clean, type Crash, madeTwice, runClean, runCrashes } from "./crash.ts";
import type { World } from "./world.ts";

export interface Lanes {
  /** Worlds side by side. */
  lanes: number;
  /** One crash at each boundary, after it, instead of two. */
  isBrief?: boolean;
}

/** For as many runs as there are writes: what waits in vain in one of them has limits of its own. */
export const enumerationMs = 30 * 60_000;

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
    // When much is wrong, more of it says nothing new and takes long.
    for (let next = cases.shift(); next && problems.length < 10; next = cases.shift()) {
      problems.push(...(await runCrashes(world, `app${++count}`, clean, next)));
    }
  };
  await Promise.all(worlds.map(run));
  expect(problems).toEqual([]);
  expect(madeTwice(worlds)).toEqual([]);
  return deploys!.length + deletes!.length;
}

/**
 * The crashes at a boundary: after the write, before it is answered, and before the write too if it has an effect. A
 * crash before the mere record of a step is left out: nobody who remains can tell it from one after the write before.
 * `isBrief` leaves out all that come before, where real pods make each run take seconds.
 */
export function crashesOf(victim: Crash["victim"], boundary: Boundary, isBrief = false): Crash[] {
  const isRecord = /^(StartTaskStep|FinishTaskStep|RenewTask)\b/.test(boundary.label);
  const whens: When[] = isRecord || isBrief ? ["after"] : ["before", "after"];
  return whens.map((when) => ({ victim, boundary, when }));
}
