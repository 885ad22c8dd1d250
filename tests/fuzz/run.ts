import { randomOf } from "./random.ts";
import { type FuzzTarget, seedOf, shownInput } from "./target.ts";

export interface FuzzRun {
  seed: number;
  from: number;
  count: number;
  /** Called before each input, for somebody who watches from outside. */
  begun?: (index: number) => void;
}

/** Runs a target's inputs one after the other; answers what went wrong, each with how to make it again. */
export async function runTarget(
  target: FuzzTarget,
  { seed, from, count, begun }: FuzzRun,
): Promise<string[]> {
  const faults: string[] = [];
  for (let index = from; index < from + count && faults.length < 10; index++) {
    begun?.(index);
    const id = { target: target.name, seed, index };
    const input = target.make(randomOf(seedOf(id)));
    // What runs here is measured in processor time, which a busy machine does not stretch.
    const used = process.cpuUsage();
    const start = performance.now();
    let elsewhere = false;
    try {
      const running = target.run(input);
      elsewhere = running !== undefined;
      if (running) await running;
    } catch (thrown) {
      const text = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
      faults.push(`${text}\n  ${shownInput(id, input)}`);
    }
    const { user, system } = process.cpuUsage(used);
    const took = elsewhere ? performance.now() - start : (user + system) / 1000;
    if (took > target.limitMs)
      faults.push(`took ${Math.round(took)} ms, more than ${target.limitMs}\n  ${shownInput(id, input)}`);
  }
  return faults;
}
