import { describe, expect, test } from "bun:test";
import { LeaseCut } from "../../../agent/flows/lease.ts";
import { type ClaimedTask, type FlowContext, runTask } from "../../../agent/flows/run.ts";
import { type Client, ClientError, type LeaseState } from "../../../clients/sdk/index.ts";
import { silentLog } from "../../../lib/log.ts";

const task = {
  id: "t",
  token: "k",
  kind: "DEPLOY",
  attempts: 1,
  steps: [],
  payload: {},
} as unknown as ClaimedTask;

/** A server of one task, as the protocol describes it: it refuses writes once the lease is lost. */
function server(options: { recorded?: Record<string, unknown>; renew?: () => LeaseState | Error } = {}) {
  const calls: string[] = [];
  const steps = new Map(Object.entries(options.recorded ?? {}));
  const state = { lost: false, unanswered: 0 };
  const answers: Record<string, (v: any) => unknown> = {
    RenewTask: () => {
      const answer = options.renew?.() ?? "OK";
      if (answer instanceof Error) throw answer;
      return { renewTask: answer };
    },
    StartTaskStep: ({ name }) => ({
      startTaskStep: {
        lease: state.lost ? "LOST" : "OK",
        step: { name, state: steps.has(name) ? "SUCCEEDED" : "RUNNING", result: steps.get(name) },
      },
    }),
    FinishTaskStep: ({ name, state: ended, result }) => {
      if (state.lost) return { finishTaskStep: "LOST" };
      if (ended === "SUCCEEDED") steps.set(name, result);
      return { finishTaskStep: "OK" };
    },
    AppendTaskLog: () => ({ appendTaskLog: "OK" }),
    FinishTask: () => ({ finishTask: state.lost ? "LOST" : "OK" }),
  };
  const client = {
    async execute(document: { toString(): string }, variables: any, limits?: { signal?: AbortSignal }) {
      limits?.signal?.throwIfAborted();
      const name = /mutation (\w+)/.exec(document.toString())![1]!;
      if (name !== "RenewTask" && state.unanswered-- > 0) throw new ClientError("UNAVAILABLE", "down");
      calls.push([name, variables.name ?? variables.state, variables.state].filter(Boolean).join(" "));
      return answers[name]!(variables);
    },
  } as unknown as Client;
  return { client, calls, state, writes: () => calls.filter((call) => !/^(Renew|Append)/.test(call)) };
}

const run = (made: ReturnType<typeof server>, flow: (c: FlowContext) => Promise<void>, over: object = {}) =>
  runTask({
    client: made.client,
    flow,
    task,
    leaseMs: 2_000,
    renewMs: 5,
    signal: new AbortController().signal,
    log: silentLog,
    ...over,
  });

/** Rejects as soon as the signal is, or already was, aborted. */
function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) return reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason));
  });
}

describe("running a task", () => {
  test("records each step before the next begins, and its end", async () => {
    const made = server();
    await run(made, async ({ step }) => {
      expect(await step("a", async () => 1)).toBe(1);
      await step("b", async () => undefined);
    });
    expect(made.writes()).toEqual([
      "StartTaskStep a",
      "FinishTaskStep a SUCCEEDED",
      "StartTaskStep b",
      "FinishTaskStep b SUCCEEDED",
      "FinishTask SUCCEEDED SUCCEEDED",
    ]);
  });

  test("does not run a recorded step again and reuses its result", async () => {
    const made = server({ recorded: { a: { n: 7 } } });
    let ran = 0;
    await run(made, async ({ step }) => {
      expect(await step("a", async () => ({ n: ++ran }))).toEqual({ n: 7 });
    });
    expect(ran).toBe(0);
  });

  test("records a failure of a step and of the task", async () => {
    const made = server();
    await run(made, async ({ step }) => {
      await step("a", () => Promise.reject(new Error("no")));
    });
    expect(made.writes().slice(1)).toEqual(["FinishTaskStep a FAILED", "FinishTask FAILED FAILED"]);
  });

  test("waits for a server that is away, without running the step again", async () => {
    const made = server();
    let ran = 0;
    await run(made, async ({ step }) => {
      await step("a", async () => {
        ran++;
        made.state.unanswered = 3;
      });
    });
    expect(ran).toBe(1);
    expect(made.writes().at(-1)).toStartWith("FinishTask SUCCEEDED");
  });

  test("writes nothing more once the lease is lost", async () => {
    const made = server();
    await run(made, async ({ step }) => {
      await step("a", async () => void (made.state.lost = true));
      await step("b", () => Promise.reject(new Error("must not run")));
    });
    expect(made.writes()).toEqual(["StartTaskStep a", "FinishTaskStep a SUCCEEDED"]);
  });

  test("ends a step when the task is cancelled, and says so", async () => {
    const made = server({ renew: () => "CANCEL" });
    let why: unknown;
    await run(made, async ({ step }) => {
      await step("a", (signal) => untilAborted(signal).catch((reason) => Promise.reject((why = reason))));
    });
    expect((why as LeaseCut).why).toBe("cancelled");
    expect(made.writes().at(-1)).toBe("FinishTask CANCELLED CANCELLED");
  });

  test("stops believing in a lease that could not be renewed before it ran out", async () => {
    const made = server({ renew: () => new ClientError("UNAVAILABLE", "down") });
    let effect = false;
    await run(
      made,
      async ({ step, assertHeld }) => {
        await step("a", async (signal) => {
          await untilAborted(signal).catch(() => {});
          assertHeld();
          effect = true;
        });
      },
      { leaseMs: 100 },
    );
    expect(effect).toBe(false);
    expect(made.writes()).toEqual(["StartTaskStep a"]);
  });

  /** A server that fails at the beginning of a step by a mistake of its own, so often. */
  function mistaken(times: number) {
    const made = server();
    const { execute } = made.client;
    const client = {
      async execute(document: { toString(): string }, variables: any, limits?: { signal?: AbortSignal }) {
        if (document.toString().includes("mutation StartTaskStep") && times-- > 0)
          throw new ClientError("UNAVAILABLE", "Unexpected error.", { unexpectedId: "42" });
        return execute(document as never, variables, limits as never);
      },
    } as unknown as Client;
    return { ...made, client };
  }
  const oneStep = async ({ step }: FlowContext) => void (await step("a", async () => 1));

  test("repeats for a while what the server fails at by a mistake of its own, and not without end", async () => {
    const passing = mistaken(7);
    await run(passing, oneStep);
    expect(passing.writes().at(-1)).toBe("FinishTask SUCCEEDED SUCCEEDED");

    const lasting = mistaken(Infinity);
    await run(lasting, oneStep, { bearMs: 200 });
    expect(lasting.writes()).toEqual(["FinishTask FAILED FAILED"]);
  });

  test("leaves the task to the next claim when the agent stops", async () => {
    const made = server();
    const stop = new AbortController();
    await run(
      made,
      async ({ step }) => {
        await step("a", (signal) => {
          stop.abort();
          return untilAborted(signal);
        });
      },
      { signal: stop.signal },
    );
    expect(made.writes()).toEqual(["StartTaskStep a"]);
  });
});
