import { Exit, exitCodes, type Io } from "./io.ts";

/** Asks before something is destroyed. Where nobody can answer, `--yes` is needed. */
export async function confirm(io: Io, question: string, yes: boolean | undefined): Promise<void> {
  if (yes) return;
  if (!io.interactive || !io.ask) {
    throw new Exit(exitCodes.usage, `${question} Add --yes: nobody is there to be asked.`);
  }
  const answer = await io.ask(`${question} [y/N] `);
  if (!/^y(es)?$/i.test(answer.trim())) throw new Exit(exitCodes.refused, "Nothing was done.");
}
