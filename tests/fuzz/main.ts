// What `bun run fuzz` runs: inputs made by chance against everything that reads what others wrote.
//   bun run fuzz [--inputs N] [--seed S] [--only NAME[,NAME]] [--input I]
// The same seed makes the same inputs; without one the time is the seed. Ends with 1 when anything broke or hung.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { tiedToParent } from "../../lib/child.ts";
import { randomOf } from "./random.ts";
import { type FuzzTarget, seedOf, shownInput } from "./target.ts";
import { targets } from "./targets.ts";

const { values } = parseArgs({
  options: {
    inputs: { type: "string", default: "120000" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    only: { type: "string" },
    input: { type: "string" },
  },
});
const seed = Number(values.seed);
const names = values.only?.split(",") ?? targets.map(({ name }) => name);
const unknown = names.filter((name) => !targets.some((target) => target.name === name));
if (unknown.length > 0 || !Number.isSafeInteger(seed) || !Number.isSafeInteger(Number(values.inputs))) {
  const known = targets.map(({ name }) => name).join(", ");
  console.error(`fuzz: --only takes ${known}; --inputs, --seed and --input take whole numbers.`);
  process.exit(2);
}

const chosen = targets.filter(({ name }) => names.includes(name));
const shares = chosen.reduce((sum, { share }) => sum + share, 0);
const scratch = mkdtempSync(join(tmpdir(), "styrmin-fuzz-"));
const startedAt = performance.now();
let inputs = 0;
let broken = 0;
console.log(`seed ${seed}`);
try {
  for (const target of chosen) {
    const count = values.input ? 1 : Math.ceil((Number(values.inputs) * target.share) / shares);
    const from = values.input ? Number(values.input) : 0;
    const start = performance.now();
    const faults = await watched(target, from, count);
    inputs += count;
    broken += faults.length;
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.log(`${target.name}: ${count} inputs, ${faults.length} broken, ${seconds} s`);
    for (const fault of faults) console.log(`\n${fault}\n`);
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
console.log(`${inputs} inputs, ${broken} broken, ${Math.round((performance.now() - startedAt) / 1000)} s`);
process.exit(broken > 0 ? 1 : 0);

/** Runs inputs in a child, since one that hangs can only be ended from outside, and one that crashes takes it along. */
async function watched(target: FuzzTarget, from: number, count: number): Promise<string[]> {
  const progress = join(scratch, target.name);
  writeFileSync(progress, Buffer.alloc(8));
  const file = join(import.meta.dir, "child.ts");
  const args = [target.name, seed, from, count, progress].map(String);
  const child = Bun.spawn(tiedToParent([process.execPath, "--no-install", file, ...args]), {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const current = () => readFileSync(progress).readUInt32BE(0);
  let before = { index: 0, since: performance.now() };
  let hung = false;
  const watch = setInterval(() => {
    const index = current();
    if (index !== before.index) before = { index, since: performance.now() };
    // Its start is given more time than an input.
    hung = performance.now() - before.since > Math.max(target.limitMs * 10, index === 0 ? 60_000 : 0);
    if (hung) child.kill("SIGKILL");
  }, 200);
  const text = await new Response(child.stdout).text();
  const code = await child.exited;
  clearInterval(watch);
  if (code === 0) return JSON.parse(text) as string[];
  const id = { target: target.name, seed, index: current() - 1 };
  if (id.index < 0) return [`the child ended with ${code} before its first input`];
  const what = hung ? "hung, and was killed" : `took its process along (${child.signalCode ?? code})`;
  return [`${what}\n  ${shownInput(id, target.make(randomOf(seedOf(id))))}`];
}
