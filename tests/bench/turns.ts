import { type Spread, spreadOf } from "./statistics.ts";

export interface Turns {
  /** The very first run of our own, with whatever starts for it, milliseconds. */
  first: number;
  /** Milliseconds of each. */
  own: Spread;
  bare: Spread;
  /** How many times as long ours took, round by round. */
  ratio: Spread;
}

/** Times our own way of a work and a bare one in turns, so that a busy moment of the machine meets both. */
export async function timedInTurns(
  run: () => Promise<unknown>,
  runBare: () => Promise<unknown>,
  { warmUps, rounds }: { warmUps: number; rounds: number },
): Promise<Turns> {
  const first = await timed(run);
  const [own, bare]: [number[], number[]] = [[], []];
  for (let round = -warmUps; round < rounds; round++) {
    const [one, other] = [await timed(run), await timed(runBare)];
    if (round < 0) continue;
    own.push(one);
    bare.push(other);
  }
  const ratios = own.map((one, n) => one / bare[n]!);
  return { first, own: spreadOf(own), bare: spreadOf(bare), ratio: spreadOf(ratios) };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}
