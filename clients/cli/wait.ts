import { type Client, ClientError, type TaskFieldsFragment } from "../sdk/index.ts";
import { type Cli, Exit, exitCodes } from "./io.ts";
import { neutralise } from "./output.ts";

/**
 * Follows a task to its end, showing each step as it changes, and what it waits for. Survives a restart of the server.
 * Throws `Exit` when the task failed or was cancelled, or when the time is up: the task then goes on without us. Where
 * the server ends with us, `isLasting` is false: nobody is sent to look there.
 */
export async function waitForTask(
  cli: Cli,
  taskId: string,
  timeoutSeconds: number,
  { isLasting = true } = {},
): Promise<TaskFieldsFragment> {
  const { client, io } = cli;
  const limit = AbortSignal.timeout(timeoutSeconds * 1000);
  const signal = AbortSignal.any([io.signal, limit]);
  const print = (line: string) => io.stderr(`${neutralise(line)}\n`);
  const show = createProgress(print);
  const health = createHealth(client, print);
  const see = (command: string) => (isLasting ? ` See \`styrminctl tasks ${command}\`.` : "");
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
    await health.look(task);
  }
  if (!last || !hasEnded(last)) {
    io.signal.throwIfAborted();
    if (limit.aborted) {
      const why = health.last === undefined ? "" : ` Last: ${health.last.replace(/\.$/, "")}.`;
      const text = `The task ${taskId} has not ended after ${timeoutSeconds} s`;
      const rest = `${isLasting ? "; it goes on" : ""}.${why}${see(`watch ${taskId}`)}`;
      throw new Exit(exitCodes.timeout, text + rest);
    }
    throw new ClientError(
      "UNAVAILABLE",
      `The server ended the stream of the task ${taskId} before the task ended.`,
    );
  }
  if (last.state === "SUCCEEDED") return last;
  if (last.supersededBy) {
    const { id } = last.supersededBy;
    throw new Exit(
      exitCodes.taskFailed,
      `The task ${last.kind.toLowerCase()} of ${last.deploymentName} was superseded: a later update took its place.${see(`watch ${id}`)}`,
    );
  }
  const text = `The task ${last.kind.toLowerCase()} of ${last.deploymentName} ${last.state.toLowerCase()}`;
  throw new Exit(
    exitCodes.taskFailed,
    `${text}: ${(last.reason ?? "no reason was given").replace(/\.$/, "")}.${see(`logs ${last.id}`)}`,
  );
}

export function hasEnded(task: { state: string }): boolean {
  return ["SUCCEEDED", "FAILED", "CANCELLED"].includes(task.state);
}

/**
 * Prints what a task waits for, when that changes: the health of what it has brought, which its log has in full, or
 * components that an action stops, starts or scales. The task is watched without it where the log cannot be read.
 */
export function createHealth(client: Pick<Client, "tasks">, print: (line: string) => void) {
  let seen = 0;
  const saidSince = async (id: string, startedAt: string): Promise<string | undefined> => {
    const lines = (await client.tasks.log(id, { first: 1_000, after: seen }).catch(() => null)) ?? [];
    seen = lines.at(-1)?.number ?? seen;
    return lines.findLast(({ at }) => Date.parse(at) >= Date.parse(startedAt))?.message;
  };
  const health = {
    /** What was said last; undefined before the first. */
    last: undefined as string | undefined,
    async look({ id, state, reason, steps }: TaskFieldsFragment): Promise<void> {
      const step = steps.find((one) => one.name === "wait ready" && one.state === "RUNNING");
      const ofCall = state === "RUNNING" ? (reason ?? undefined) : undefined;
      const said = step ? await saidSince(id, step.startedAt) : ofCall;
      if (said === undefined || said === health.last) return;
      health.last = said;
      print(`    ${said}`);
    },
  };
  return health;
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
        task.reason
          ? `  … ${task.reason.startsWith("waits ") ? "" : "queued: "}${task.reason}`
          : "  … waiting for the agent",
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
