import type { FlowContext } from "./run.ts";

/** What a run of an action waits for at the moment; undefined while it waits for nothing of ours. */
export interface Waiting {
  for: string | undefined;
}

/** What comes sooner is not worth a line. */
const quietMs = 5_000;

/**
 * Does what may take long: `tell` hears what it waits for, which the task's log has once for each new text when it takes
 * longer than some seconds. Of a run whose time is over the last one is left, so that its failure can name it.
 */
export async function whileWaiting(
  { say }: Pick<FlowContext, "say">,
  waiting: Waiting,
  work: (tell: (behind: string) => void) => Promise<void>,
  signal: AbortSignal,
  { afterMs = quietMs } = {},
): Promise<void> {
  let isLong = false;
  let said: string | undefined;
  const sayIfNew = () => {
    if (!isLong || waiting.for === undefined || waiting.for === said) return;
    said = waiting.for;
    say(`waiting: ${said}`);
  };
  const timer = setTimeout(() => {
    isLong = true;
    sayIfNew();
  }, afterMs);
  try {
    await work((behind) => {
      waiting.for = behind;
      sayIfNew();
    });
  } finally {
    clearTimeout(timer);
    if (!signal.aborted) waiting.for = undefined;
  }
}
