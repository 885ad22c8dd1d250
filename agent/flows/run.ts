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
  /** Adds a line to the task's log. Lines that cannot be written are dropped. */
  say(message: string, level?: "info" | "warn" | "error"): void;
  /** Throws when the lease may have run out: call it right before an effect on the cluster. */
  assertHeld(): void;
  releaseIntent(): Promise<number>;
  activateInstance(): Promise<void>;
  closeDeployment(kept: string[]): Promise<void>;
}

export type Flow = (context: FlowContext) => Promise<void>;

export interface RunOptions {
  client: Client;
  flow: Flow;
  task: ClaimedTask;
  leaseMs: number;
  renewMs: number;
  signal: AbortSignal;
  log: Log;
}

/** So many unforeseen failures of the server fail a write; they take about a second. */
const mostUnexpected = 6;

/**
 * Runs one claimed task to its end and records it. Ends without a word when the lease is lost or the agent
 * stops: whoever claims the task next goes on after the last recorded step. Never throws.
 */
export async function runTask(options: RunOptions): Promise<void> {
  const { client, flow, task, log } = options;
  const lease = keepLease(options);
  const key = { task: task.id, token: task.token };

  /**
   * Repeats a write that the server did not answer, as long as the lease is ours. A failure of the server's own that
   * nobody foresaw is not repeated without end: it may well be the same every time.
   */
  const persist = async <T>(write: () => Promise<T>): Promise<T> => {
    const backoff = createBackoff({ baseMs: 50, capMs: 1_000 });
    let unexpected = 0;
    for (;;) {
      try {
        return await write();
      } catch (thrown) {
        if (!(thrown instanceof ClientError) || thrown.code !== "UNAVAILABLE") throw thrown;
        if (thrown.unexpectedId !== undefined && ++unexpected >= mostUnexpected) throw thrown;
        await sleep(backoff.next(), lease.signal);
        lease.assertHeld();
      }
    }
  };
  const lines = createLines((batch) =>
    persist(() => client.execute(AppendTaskLogDocument, { ...key, lines: batch })),
  );

  const context: FlowContext = {
    task,
    signal: lease.signal,
    say: (message, level = "info") => lines.add({ level, message }),
    assertHeld: lease.assertHeld,
    async step(name, work) {
      lease.assertHeld();
      const begun = await persist(() => client.execute(StartTaskStepDocument, { ...key, name }));
      lease.heed(begun.startTaskStep.lease);
      const recorded = begun.startTaskStep.step;
      if (recorded?.state === "SUCCEEDED") return recorded.result as never;
      try {
        const result = await work(lease.signal);
        const done = { ...key, name, state: "SUCCEEDED" as const, result: result ?? null };
        lease.heed((await persist(() => client.execute(FinishTaskStepDocument, done))).finishTaskStep);
        return result;
      } catch (thrown) {
        if (thrown instanceof LeaseCut) throw thrown;
        if (lease.signal.aborted) throw lease.signal.reason;
        const failed = { ...key, name, state: "FAILED" as const, error: messageOf(thrown) };
        lease.heed((await persist(() => client.execute(FinishTaskStepDocument, failed))).finishTaskStep);
        throw thrown;
      }
    },
    async releaseIntent() {
      const { releaseIntent } = await persist(() => client.execute(ReleaseIntentDocument, key));
      lease.heed(releaseIntent.lease);
      return releaseIntent.generation!;
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
