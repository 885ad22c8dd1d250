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
    const start = performance.now();
    try {
      const running = target.run(input);
      if (running) await running;
    } catch (thrown) {
      const text = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
      faults.push(`${text}\n  ${shownInput(id, input)}`);
    }
    const took = performance.now() - start;
    if (took > target.limitMs)
      faults.push(`took ${Math.round(took)} ms, more than ${target.limitMs}\n  ${shownInput(id, input)}`);
  }
  return faults;
}
