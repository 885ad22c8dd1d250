import { ClientError, type TaskFieldsFragment } from "../sdk/index.ts";
import { type Cli, Exit, exitCodes } from "./io.ts";
import { neutralise } from "./output.ts";

/**
 * Follows a task to its end, showing each step as it changes. Survives a restart of the server. Throws `Exit`
 * when the task failed or was cancelled, or when the time is up: the task then goes on without us.
 */
export async function waitForTask(
  cli: Cli,
  taskId: string,
  timeoutSeconds: number,
): Promise<TaskFieldsFragment> {
  const { client, io } = cli;
  const limit = AbortSignal.timeout(timeoutSeconds * 1000);
  const signal = AbortSignal.any([io.signal, limit]);
  const show = createProgress((line) => io.stderr(`${neutralise(line)}\n`));
  let last: TaskFieldsFragment | undefined;
  const events = client.tasks.watch(taskId, {
    signal,
    retries: 1_000,
    onReconnect: () => io.stderr("  … the server does not answer; waiting for it\n"),
  });
  for await (const task of events) {
    last = task;
    show(task);
    if (hasEnded(task)) break;
  }
  if (!last || !hasEnded(last)) {
    io.signal.throwIfAborted();
    if (limit.aborted) {
      const text = `The task ${taskId} has not ended after ${timeoutSeconds} s; it goes on.`;
      throw new Exit(exitCodes.timeout, `${text} See \`styrminctl tasks watch ${taskId}\`.`);
    }
    throw new ClientError(
      "UNAVAILABLE",
      `The server ended the stream of the task ${taskId} before the task ended.`,
    );
  }
  if (last.state === "SUCCEEDED") return last;
  const text = `The task ${last.kind.toLowerCase()} of ${last.deploymentName} ${last.state.toLowerCase()}`;
  throw new Exit(
    exitCodes.taskFailed,
    `${text}: ${(last.reason ?? "no reason was given").replace(/\.$/, "")}. See \`styrminctl tasks logs ${last.id}\`.`,
  );
}

export function hasEnded(task: { state: string }): boolean {
  return ["SUCCEEDED", "FAILED", "CANCELLED"].includes(task.state);
}

/** Prints what is new since the last look at a task: one line for each step that ended or failed. */
export function createProgress(print: (line: string) => void) {
  const shown = new Map<string, string>();
  const once = (key: string, word: string, line: string) => {
    if (shown.get(key) === word) return;
    shown.set(key, word);
    print(line);
  };
  return function show(task: TaskFieldsFragment): void {
    if (task.state === "QUEUED") {
      once(
        "task",
        `QUEUED ${task.reason}`,
        task.reason ? `  … queued: ${task.reason}` : "  … waiting for the agent",
      );
    }
    for (const step of task.steps) {
      const key = `step ${step.name}`;
      if (step.state === "SUCCEEDED") once(key, step.state, `  ✓ ${step.name}${tookText(step)}`);
      if (step.state === "FAILED")
        once(key, `${step.state}${step.attempts}`, `  ✗ ${step.name}: ${step.error ?? ""}`);
      if (step.state === "RUNNING" && !shown.has(key)) once(key, step.state, `  … ${step.name}`);
    }
  };
}

function tookText({ startedAt, finishedAt }: { startedAt: string; finishedAt?: string | null }): string {
  if (!finishedAt) return "";
  return ` (${((Date.parse(finishedAt) - Date.parse(startedAt)) / 1000).toFixed(1)} s)`;
}
