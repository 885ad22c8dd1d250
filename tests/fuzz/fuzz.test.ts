import { expect, test } from "bun:test";
import { runTarget } from "./run.ts";
import type { FuzzTarget } from "./target.ts";
import { targets } from "./targets.ts";

/** Inputs of all targets in one run of the tests; `bun run fuzz` runs very many more. */
const inputs = 1_200;
const shares = targets.reduce((sum, { share }) => sum + share, 0);

test.each(targets)("$name: a short run of the same inputs each time breaks nothing", async (target) => {
  const count = Math.ceil((inputs * target.share) / shares);
  const faults = await runTarget(target, { seed: 1, from: 0, count });
  await target.close?.();
  console.log(`fuzz: ${target.name}, ${count} inputs`);
  expect(faults).toEqual([]);
});

test("a target that breaks or dawdles is told with the command that does it again", async () => {
  const target: FuzzTarget<number> = {
    name: "sample",
    share: 1,
    limitMs: 50,
    make: (random) => random.int(1_000),
    run: async (input) => {
      if (input % 3 === 0) throw new Error("three");
      if (input % 3 === 1) await Bun.sleep(120);
    },
  };
  const faults = await runTarget(target, { seed: 5, from: 0, count: 6 });
  expect(faults.some((fault) => fault.includes("Error: three"))).toBe(true);
  expect(faults.some((fault) => fault.includes("ms, more than 50"))).toBe(true);
  expect(faults[0]).toContain("bun run fuzz --only sample --seed 5 --input ");
  const three = (list: string[]) => list.filter((fault) => fault.includes("Error: three")).length;
  expect(three(await runTarget(target, { seed: 5, from: 0, count: 6 }))).toBe(three(faults));
});
