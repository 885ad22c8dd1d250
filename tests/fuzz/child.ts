// Runs inputs of one target: `child.ts TARGET SEED FROM COUNT PROGRESS`. PROGRESS is a file whose first bytes say which
// input is under way, so that one who ends us knows which it was. Prints the faults as JSON.
import { runTarget } from "./run.ts";
import { targets } from "./targets.ts";

const [name, seed, from, count, progress] = process.argv.slice(2);
const target = targets.find((one) => one.name === name)!;
const current = new DataView(Bun.mmap(progress!).buffer);
const faults = await runTarget(target, {
  seed: Number(seed),
  from: Number(from),
  count: Number(count),
  begun: (index) => current.setUint32(0, index + 1),
});
await target.close?.();
await Bun.write(Bun.stdout, JSON.stringify(faults));
