import { afterAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type RunnerLimits, runOver } from "../../../agent/actions/connect.ts";
import { createActionRunner } from "../../../agent/actions/create.ts";
import { createFrameReader, frameOf } from "../../../agent/actions/frames.ts";
import { jobBytes } from "../../../agent/actions/messages.ts";
import type { Answer } from "../../../agent/actions/runner.ts";
import { serveRuns } from "../../../agent/runner/serve.ts";
import { createStrays } from "../../../agent/runner/strays.ts";
import { silentLog } from "../../../lib/log.ts";
import { type RunOptions, runText } from "./job.ts";

const dir = mkdtempSync(join(tmpdir(), "styrmin-connect-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
let number = 0;

/** A runner that does what it is told here; the agent trusts none. */
async function against(
  behave: (socket: Socket, message: Record<string, any>) => void,
  options: RunOptions = {},
) {
  const path = join(dir, `${++number}.sock`);
  const server = createServer((socket) => {
    const read = createFrameReader(jobBytes);
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      for (const message of read(chunk as Buffer)) behave(socket, message);
    });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  try {
    return await runText(createActionRunner({ socket: path, log: silentLog }), "", options);
  } finally {
    server.close();
  }
}
const say = (socket: Socket, message: unknown) => socket.write(frameOf(message, 1e8));
const raw = (text: string) => Buffer.concat([Buffer.from([0, 0, 0, text.length]), Buffer.from(text)]);

test("a job carries the driver's files, and its end ends the run", async () => {
  let job: any;
  const outcome = await against(
    (socket, message) => {
      job = message.job;
      say(socket, { end: { result: { ok: true } } });
    },
    { files: { "lib/a.bin": "\0ÿ" }, limits: { cpuSeconds: 5 } },
  );
  expect(outcome.result).toEqual({ ok: true });
  expect(Buffer.from(job.files["lib/a.bin"], "base64").toString()).toBe("\0ÿ");
  expect(job.limits).toMatchObject({ cpuSeconds: 5, memoryBytes: 256 * 1024 * 1024 });
});

const wrong: [what: string, said: unknown | Buffer][] = [
  ["no call", { call: { kind: "deleteEverything", key: "1" }, id: 1 }],
  ["a call without a number", { call: { kind: "scale", key: "1", component: "a", replicas: 1 } }],
  ["nothing of meaning", { hello: 1 }],
  ["no JSON", raw("nonsense")],
  ["a list", raw("[1]")],
  ["a message of 4 GB", Buffer.from([255, 255, 255, 255, 1])],
];
test.each(wrong)("a runner that says %s has failed the run, and no call was answered", async (_, said) => {
  const outcome = await against((socket) => (Buffer.isBuffer(said) ? socket.write(said) : say(socket, said)));
  expect(outcome).toMatchObject({ failure: "crashed", calls: [] });
});

test("a driver that is too large for a job is told before anything is sent", async () => {
  const outcome = await against(() => {}, { files: { "big.bin": "x".repeat(26_000_000) } });
  expect(outcome).toMatchObject({
    failure: "failed",
    message: expect.stringContaining("the driver is too large"),
  });
});

test("calls have their answers one by one, however fast they come, and a flood of them waits", async () => {
  const answers: any[] = [];
  let inHand = 0;
  const outcome = await against(
    (socket, message) => {
      if (message.job) {
        for (let id = 1; id <= 300; id++)
          say(socket, { call: { kind: "scale", key: `${id} scale a`, component: "a", replicas: id }, id });
      } else if (answers.push(message) === 300) say(socket, { end: { result: null } });
    },
    {
      async answer(call) {
        expect(++inHand).toBe(1);
        await Bun.sleep(0);
        inHand--;
        if ("replicas" in call && call.replicas === 7) throw new Error("not seven");
        return "replicas" in call && call.replicas === 8 ? "x".repeat(2_000_000) : call.kind;
      },
    },
  );
  expect(outcome.calls).toHaveLength(300);
  expect(answers.map(({ answer }) => answer)).toEqual(Array.from({ length: 300 }, (_, n) => n + 1));
  expect(answers[6]).toEqual({ answer: 7, error: "not seven" });
  expect(answers[7].error).toContain("too long");
});

test("a runner that is not there, or goes in the middle, is unavailable; an unknown failure is a crash", async () => {
  const gone = createActionRunner({ socket: join(dir, "nobody.sock"), log: silentLog });
  expect(await runText(gone, "")).toMatchObject({
    failure: "unavailable",
    message: expect.stringContaining("cannot be reached"),
  });
  const left = await against((socket) => socket.destroy());
  expect(left).toMatchObject({
    failure: "unavailable",
    message: "The runner of actions went away while actions.ts::go ran.",
  });
  const path = join(dir, "silent.sock");
  const server = createServer(() => {}).listen(path);
  const job = { files: {}, location: "actions.ts::go", context: {} as never, prompts: {}, timeoutMs: 60_000 };
  const silent = runOver(path, job, async () => null, new AbortController().signal, { silentMs: 100 });
  await expect(silent).rejects.toMatchObject({
    failure: "unavailable",
    message: expect.stringContaining("silent for 0.1 s"),
  });
  server.close();
  const odd = await against((socket) => say(socket, { end: { failure: "toString", message: 7 } }));
  expect(odd).toMatchObject({ failure: "crashed", message: "actions.ts::go failed." });
});

test("a runner that goes away tells whether it had been there", async () => {
  const ends = async (...before: unknown[]) => {
    const path = join(dir, `${++number}.sock`);
    const server = createServer((socket) => {
      for (const message of before) say(socket, message);
      socket.end();
    }).listen(path);
    const job = {
      files: {},
      location: "actions.ts::go",
      context: {} as never,
      prompts: {},
      timeoutMs: 60_000,
    };
    const run = runOver(path, job, async () => null, new AbortController().signal);
    const thrown = await run.catch((one) => one);
    server.close();
    return thrown;
  };
  expect(await ends({ started: true })).toMatchObject({ failure: "unavailable", hadRunner: false });
  expect(await ends({ started: true }, { alive: true })).toMatchObject({
    failure: "unavailable",
    hadRunner: true,
  });
});

describe("an action that ends while a call of it hangs", () => {
  /** How a run ends whose runner says this once the first of its calls has begun; and what was asked for. */
  async function endWith(end: object, limits?: RunnerLimits, lines = 0) {
    const path = join(dir, `${++number}.sock`);
    const begun = Promise.withResolvers<void>();
    const server = createServer(async (socket) => {
      socket.on("error", () => {});
      say(socket, { started: true });
      for (const id of [1, 2])
        say(socket, { call: { kind: "exec", key: `${id} exec a`, component: "a", command: ["x"] }, id });
      for (let line = 0; line < lines; line++)
        say(socket, { call: { kind: "log", level: "info", message: "a" } });
      await begun.promise;
      say(socket, { end });
    }).listen(path);
    const asked: string[] = [];
    const hangs: Answer = async (call, signal) => {
      if (call.kind === "log") return;
      asked.push(call.key);
      begun.resolve();
      await new Promise((_, reject) =>
        signal.addEventListener("abort", () => reject(signal.reason), { once: true }),
      );
    };
    const job = { files: {}, location: "actions.ts::go", context: {} as never, prompts: {}, timeoutMs: 300 };
    const run = runOver(path, job, hangs, new AbortController().signal, limits);
    const thrown = await run.catch((one) => one);
    server.close();
    return { failure: thrown.failure, message: thrown.message, asked };
  }
  const timeout = { failure: "timeout", message: "actions.ts::go did not end within 0.3 s." };
  const asked = ["1 exec a"];

  test("ends it in time when its own time is over", async () => {
    expect(await endWith(timeout)).toEqual({ ...timeout, asked });
  });

  test("is told as it ended, however long its runner has been silent since", async () => {
    const end = { failure: "failed", message: "no luck at actions.ts:7" };
    expect(await endWith(end, { graceMs: 1_200, silentMs: 500 })).toEqual({ ...end, asked });
  });

  test("is told as it ended, also when it was not heard for all that waited behind the call", async () => {
    expect(await endWith(timeout, { graceMs: 2_000 }, 20)).toEqual({ ...timeout, asked });
  });
});

test("an agent that is slow to hear what was logged still hears how the run ended", async () => {
  const runs = new Set<number>();
  const barriers = { launch: false, landlock: false, seccomp: false };
  const deps = { work: join(dir, "work"), barriers, runs, strays: createStrays(undefined, runs) };
  mkdirSync(deps.work);
  const path = join(dir, "slow.sock");
  const server = await serveRuns(deps, path, 1, 5);
  const flood = 'export function go(ctx) { for (let n = 0; n < 50_000; n++) ctx.log("a"); return "all" }';
  let isSlow = true;
  const outcome = await runText(createActionRunner({ socket: path, log: silentLog }), flood, {
    limits: { outputBytes: 300_000 },
    async answer() {
      // Long enough for the runner to say that it lives after it said how the run ended.
      if (isSlow) await Bun.sleep(3_000);
      isSlow = false;
    },
  });
  server.close();
  expect(outcome).toMatchObject({ failure: "output", message: expect.stringContaining("logged more than") });
});
