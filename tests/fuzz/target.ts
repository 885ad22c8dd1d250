import type { Random } from "./random.ts";

/** One piece of ours that takes any input: for each it answers or refuses, and neither breaks nor hangs. */
export interface FuzzTarget<Input = unknown> {
  name: string;
  /** Its share of all inputs, as against the other targets' shares. */
  share: number;
  /** How long one input may take, milliseconds. Ten times as long without an answer is a hang. */
  limitMs: number;
  /** Makes one input; of chance alone, so that the same seed makes the same one. */
  make(random: Random): Input;
  /** Runs one. Throws an Error that says what is wrong with what came of it. */
  run(input: Input): void | Promise<void>;
  /** Ends what the runs have started. */
  close?(): Promise<void>;
}

/** A name for an input by which it can be made again. */
export interface InputId {
  target: string;
  seed: number;
  index: number;
}

export const seedOf = ({ target, seed, index }: InputId): string => `${target} ${seed} ${index}`;

/** How to make an input again, and its beginning. */
export function shownInput(id: InputId, input: unknown): string {
  const text = typeof input === "string" ? input : Buffer.isBuffer(input) ? input.toString("latin1") : input;
  const again = `bun run fuzz --only ${id.target} --seed ${id.seed} --input ${id.index}`;
  return `${again}\n  ${JSON.stringify(text)?.slice(0, 2_000)}`;
}
