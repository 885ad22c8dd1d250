import type { Client } from "../../sdk/index.ts";

/** So many of each component, and of a task. */
const most = 20;
/** The most lines of a task's log that one question may ask for. */
const pageSize = 1_000;
/** How long one component's lines are waited for, milliseconds. */
const patienceMs = 10_000;

/**
 * The last log lines of each component, for whoever is to find out why a case failed when all of it is gone. What
 * cannot be read is left out.
 */
export async function lastLines(
  client: Pick<Client, "deployments">,
  deployment: string,
  components: readonly string[],
  signal: AbortSignal,
): Promise<string[]> {
  const lines: string[] = [];
  for (const component of components) {
    signal.throwIfAborted();
    const found: string[] = [];
    const limit = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]);
    try {
      const question = { deployment, component, tailLines: most };
      for await (const { pod, container, line } of client.deployments.logs(question, { signal: limit }))
        found.push(`[${pod} ${container}] ${line.trimEnd()}`);
    } catch {
      signal.throwIfAborted();
    }
    // Of several containers it is those of the last ones.
    lines.push(...found.slice(-most));
  }
  return lines;
}

/** The last log lines of a task: what its actions said, and what it waited for. None when they cannot be read. */
export async function taskLines(
  { tasks }: Pick<Client, "tasks">,
  task: string,
  signal: AbortSignal,
): Promise<string[]> {
  try {
    let last: string[] = [];
    for (let after = 0, more = true; more;) {
      const lines = (await tasks.log(task, { first: pageSize, after })) ?? [];
      last = [...last, ...lines.map(({ message }) => `[task] ${message.trimEnd()}`)].slice(-most);
      after = lines.at(-1)?.number ?? after;
      more = lines.length === pageSize;
    }
    return last;
  } catch {
    signal.throwIfAborted();
    return [];
  }
}
