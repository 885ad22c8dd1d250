import { expect, test } from "bun:test";
import { startWorker } from "../../../agent/flows/worker.ts";
import { sleep } from "../../../lib/loop.ts";
import { silentLog } from "../../../lib/log.ts";
import { eventually } from "../../helpers/eventually.ts";

test("a task of a kind that an agent does not know, since it is older, fails with a sentence", async () => {
  const stop = new AbortController();
  const ended: unknown[] = [];
  let claims = 0;
  const client = {
    async execute(document: { toString(): string }, variables: object, limits?: { signal?: AbortSignal }) {
      const [, name] = /mutation (\w+)/.exec(document.toString())!;
      if (name === "RenewTask") return { renewTask: "OK" };
      if (name === "AppendTaskLog") return { appendTaskLog: "OK" };
      if (name === "FinishTask") return (ended.push(variables), { finishTask: "OK" });
      if (claims++ === 0)
        return { claimTask: { id: "t", token: "k", kind: "LATER", attempts: 1, steps: [] } };
      await sleep(60_000, limits?.signal);
      return { claimTask: null };
    },
  };
  const life = { epoch: 1, leaseMs: 60_000, renewMs: 30_000 };
  const session = { call: async (_: unknown, work: (info: object) => unknown) => work(life) };
  const worker = startWorker({
    client: client as never,
    session: session as never,
    flows: {},
    signal: stop.signal,
    log: silentLog,
  });
  await eventually("the task ends", () => ended.length > 0);
  stop.abort();
  await worker.done;
  expect(ended).toEqual([
    {
      task: "t",
      token: "k",
      state: "FAILED",
      reason: "This agent does not know the flow LATER. Upgrade the agent, then try again.",
    },
  ]);
});
