import {
  ActivateInstanceDocument,
  AppendTaskLogDocument,
  type ClaimTaskMutation,
  type Client,
  ClientError,
  CloseDeploymentDocument,
  FinishTaskDocument,
  FinishTaskStepDocument,
  ReleaseIntentDocument,
  RollBackDocument,
  StartTaskStepDocument,
} from "../../clients/sdk/index.ts";
import { messageOf } from "../../lib/errors.ts";
import type { Log } from "../../lib/log.ts";
import { createBackoff, sleep } from "../../lib/loop.ts";
import { keepLease, LeaseCut } from "./lease.ts";

export type ClaimedTask = NonNullable<ClaimTaskMutation["claimTask"]>;

/** What a flow works with beside its own tools. Everything here is recorded under the task's token. */
export interface FlowContext {
  task: ClaimedTask;
  /** Aborted when the run must end. */
  signal: AbortSignal;
  /**
   * Runs a part of the flow whose result is recorded before the next begins. A step that was recorded by an
   * earlier run is not run again: its result is returned.
   */
  step<T>(name: string, work: (signal: AbortSignal) => Promise<T>): Promise<T>;
  /** The parts that `step` is made of, for what has steps of its own. */
  beginStep(name: string): Promise<void>;
  endStep(name: string, end: StepEnd): Promise<void>;
  /** A step as it was recorded when this run began: by an earlier run, then. */
  recorded(name: string): ClaimedTask["steps"][number] | undefined;
  /** Whether a step was begun whose name begins so, by this run or an earlier one. */
  hasBegun(prefix: string): boolean;
  /** Adds a line to the task's log. Lines that cannot be written are dropped. */
  say(message: string, level?: "info" | "warn" | "error"): void;
  /** Throws when the lease may have run out: call it right before an effect on the cluster. */
  assertHeld(): void;
  /** Releases the intent, or with a version an intent with that version of the application. Answers its generation. */
  releaseIntent(applicationVersion?: string): Promise<number>;
  /** Takes an upgrade back. Answers the generation of the earlier instance; null when nothing was released. */
  rollBack(): Promise<number | null>;
  activateInstance(): Promise<void>;
  closeDeployment(kept: string[]): Promise<void>;
}

/** How a step ended. One that failed may have found something out all the same. */
export type StepEnd = { result: unknown } | { error: string; result?: unknown };

export type Flow = (context: FlowContext) => Promise<void>;

export interface RunOptions {
  client: Client;
  flow: Flow;
  task: ClaimedTask;
  leaseMs: number;
  renewMs: number;
  signal: AbortSignal;
  log: Log;
  /** How long unforeseen failures of the server are borne, milliseconds; 30,000 by default. */
  bearMs?: number;
}

/** Unforeseen failures of the server fail a write when they have gone on for so long: a failover has many faces. */
const unexpectedMs = 30_000;

/**
 * Runs one claimed task to its end and records it. Ends without a word when the lease is lost or the agent
 * stops: whoever claims the task next goes on after the last recorded step. Never throws.
 */
export async function runTask(options: RunOptions): Promise<void> {
  const { client, flow, task, log, bearMs = unexpectedMs } = options;
  const lease = keepLease(options);
  const key = { task: task.id, token: task.token };

  /**
   * Repeats a write that the server did not answer, as long as the lease is ours. A failure of the server's own that
   * nobody foresaw is not repeated without end: it may well be the same every time.
   */
  const persist = async <T>(write: () => Promise<T>): Promise<T> => {
    const backoff = createBackoff({ baseMs: 50, capMs: 1_000 });
    let unexpectedSince: number | undefined;
    for (;;) {
      try {
        return await write();
      } catch (thrown) {
        if (!(thrown instanceof ClientError) || thrown.code !== "UNAVAILABLE") throw thrown;
        unexpectedSince =
          thrown.unexpectedId === undefined ? undefined : (unexpectedSince ?? performance.now());
        if (unexpectedSince !== undefined && performance.now() - unexpectedSince >= bearMs) throw thrown;
        await sleep(backoff.next(), lease.signal);
        lease.assertHeld();
      }
    }
  };
  const lines = createLines((batch) =>
    persist(() => client.execute(AppendTaskLogDocument, { ...key, lines: batch })),
  );

  const begun = new Set(task.steps.map(({ name }) => name));
  const begin = async (name: string) => {
    lease.assertHeld();
    begun.add(name);
    const { startTaskStep } = await persist(() => client.execute(StartTaskStepDocument, { ...key, name }));
    lease.heed(startTaskStep.lease);
    return startTaskStep.step;
  };
  const end = async (name: string, how: StepEnd) => {
    const said =
      "error" in how
        ? { state: "FAILED" as const, error: how.error, result: how.result ?? null }
        : { state: "SUCCEEDED" as const, result: how.result ?? null };
    const write = () => client.execute(FinishTaskStepDocument, { ...key, name, ...said });
    lease.heed((await persist(write)).finishTaskStep);
  };

  const context: FlowContext = {
    task,
    signal: lease.signal,
    say: (message, level = "info") => lines.add({ level, message }),
    assertHeld: lease.assertHeld,
    recorded: (name) => task.steps.find((one) => one.name === name),
    hasBegun: (prefix) => [...begun].some((name) => name.startsWith(prefix)),
    async beginStep(name) {
      await begin(name);
    },
    endStep: end,
    async step(name, work) {
      const recorded = await begin(name);
      if (recorded?.state === "SUCCEEDED") return recorded.result as never;
      try {
        const result = await work(lease.signal);
        await end(name, { result });
        return result;
      } catch (thrown) {
        if (thrown instanceof LeaseCut) throw thrown;
        if (lease.signal.aborted) throw lease.signal.reason;
        await end(name, { error: messageOf(thrown) });
        throw thrown;
      }
    },
    async releaseIntent(applicationVersion) {
      const variables = { ...key, applicationVersion };
      const { releaseIntent } = await persist(() => client.execute(ReleaseIntentDocument, variables));
      lease.heed(releaseIntent.lease);
      return releaseIntent.generation!;
    },
    async rollBack() {
      const { rollBack } = await persist(() => client.execute(RollBackDocument, key));
      lease.heed(rollBack.lease);
      return rollBack.generation ?? null;
    },
    async activateInstance() {
      lease.heed((await persist(() => client.execute(ActivateInstanceDocument, key))).activateInstance);
    },
    async closeDeployment(kept) {
      lease.heed(
        (await persist(() => client.execute(CloseDeploymentDocument, { ...key, kept }))).closeDeployment,
      );
    },
  };
  const finish = async (state: "SUCCEEDED" | "FAILED" | "CANCELLED", reason?: string) => {
    await lines.flush();
    await persist(() => client.execute(FinishTaskDocument, { ...key, state, reason }));
    log.info("task ended", { state, reason });
  };

  try {
    log.info("task begins", { attempts: task.attempts, recorded: task.steps.length });
    await flow(context);
    await finish("SUCCEEDED");
  } catch (thrown) {
    await endBadly(thrown);
  } finally {
    lease.stop();
  }

  async function endBadly(thrown: unknown): Promise<void> {
    const cut =
      thrown instanceof LeaseCut
        ? thrown
        : lease.signal.aborted
          ? (lease.signal.reason as LeaseCut)
          : undefined;
    try {
      if (cut?.why === "cancelled") {
        await client.execute(FinishTaskDocument, { ...key, state: "CANCELLED", reason: cut.message });
      } else if (cut) log.warn("task left to the next claim", { why: cut.message });
      else {
        log.warn("task failed", { error: thrown });
        context.say(messageOf(thrown), "error");
        await finish("FAILED", messageOf(thrown));
      }
    } catch (failure) {
      log.warn("the end of a task could not be recorded; its lease will run out", { error: failure });
    }
  }
}

/** Whether a flow was cut off, which is no failure of what it does: it records nothing more. */
export function isCut({ signal }: Pick<FlowContext, "signal">, thrown: unknown): boolean {
  return thrown instanceof LeaseCut || signal.aborted;
}

type Line = { level: string; message: string };

/** Sends log lines in the order they were said, several at once, behind the work. */
function createLines(send: (batch: Line[]) => Promise<unknown>) {
  let waiting: Line[] = [];
  let sending: Promise<void> | undefined;
  const drain = async () => {
    while (waiting.length > 0) {
      const batch = waiting.splice(0, 100);
      await send(batch).catch(() => {});
    }
    sending = undefined;
  };
  return {
    add(line: Line) {
      waiting.push(line);
      sending ??= drain();
    },
    flush: async () => {
      await sending;
    },
  };
}
