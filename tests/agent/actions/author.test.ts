import { afterAll, expect, test } from "bun:test";
import { createLocalRunner } from "../../../agent/actions/local.ts";
import { silentLog } from "../../../lib/log.ts";
import { pace } from "../../helpers/pace.ts";
import { logged, runText } from "./job.ts";
import { mistakes, mistold } from "./mistakes.ts";

const runner = createLocalRunner({ log: silentLog });
afterAll(() => runner.close());

test("an action with the kit's types runs, sees its context and prompts, and its result comes back", async () => {
  const text = `import type { ActionContext } from "@styrmin/driver-kit";
import { greet } from "./lib/greet.ts";
export async function go(ctx: ActionContext) {
  enum Mood { Good = "good" }
  console.log("to %s", ctx.prompts.name);
  ctx.log("careful", "warn");
  return { greeting: greet(ctx.prompts.name as string), app: ctx.context.app, mood: Mood.Good };
}`;
  const files = { "lib/greet.ts": "export const greet = (name: string) => `Hello ${name}`;" };
  const outcome = await runText(runner, text, { files, prompts: { name: "Ada" } });
  expect(outcome.result).toEqual({
    greeting: "Hello Ada",
    app: { name: "shop", version: "2.0.0" },
    mood: "good",
  });
  expect(outcome.calls).toEqual([
    { kind: "log", level: "info", message: "to Ada" },
    { kind: "log", level: "warn", message: "careful" },
  ]);
});

test("each call has a key of its place, and the calls of a step count on their own", async () => {
  const text = `export async function go(ctx) {
  await ctx.stopComponents("worker", "cron");
  const size = await ctx.step("measure", async () => {
    const { stdout } = await ctx.exec("db", ["du"], { container: "postgres" });
    return stdout.length;
  });
  await ctx.scale("web", 3);
  await ctx.upgradeTo("1.5.0");
  await ctx.startComponents(["worker", "cron"]);
  return size;
}`;
  const answers: Record<string, unknown> = {
    stepBegin: { recorded: false },
    exec: { exitCode: 0, stdout: "four", stderr: "" },
  };
  const { result, calls } = await runText(runner, text, { answer: ({ kind }) => answers[kind] });
  expect(result).toBe(4);
  expect(calls).toEqual([
    { kind: "stopComponents", key: "1 stopComponents worker cron", components: ["worker", "cron"] },
    { kind: "stepBegin", key: "2 step measure", name: "measure" },
    {
      ...{ kind: "exec", key: "2 step measure/1 exec db", component: "db", command: ["du"] },
      options: { container: "postgres" },
    },
    { kind: "stepEnd", key: "2 step measure", result: 4 },
    { kind: "scale", key: "3 scale web", component: "web", replicas: 3 },
    { kind: "upgradeTo", key: "4 upgradeTo 1.5.0", version: "1.5.0" },
    { kind: "startComponents", key: "5 startComponents worker cron", components: ["worker", "cron"] },
  ]);

  // A later run: the step was recorded, is not done again, and moves no key.
  const recorded = { recorded: true, result: 4 };
  const later = await runText(runner, text, {
    answer: ({ kind }) => (kind === "stepBegin" ? recorded : null),
  });
  expect(later.result).toBe(4);
  expect(later.calls.map((call) => ("key" in call ? call.key : ""))).toEqual(
    ["1 stopComponents worker cron", "2 step measure", "3 scale web", "4 upgradeTo 1.5.0"].concat(
      "5 startComponents worker cron",
    ),
  );
});

test("calls side by side are answered one after the other, and a refused one is thrown where it was made", async () => {
  let inHand = 0;
  const answer = async () => {
    expect(++inHand).toBe(1);
    await new Promise((resolve) => setImmediate(resolve));
    inHand--;
    throw new Error("component web has no pod that is ready");
  };
  const text = `export async function go(ctx) {
  const all = await Promise.allSettled(Array.from({ length: 40 }, (_, n) => ctx.exec("web", ["echo", String(n)])));
  return new Set(all.map(({ reason }) => reason.message)).size + " " + all.length;
}`;
  const outcome = await runText(runner, text, { answer });
  expect(outcome.result).toBe("1 40");
  expect(outcome.calls).toHaveLength(40);
});

test("a step that throws is recorded with its error, and a call that nobody awaited is waited for", async () => {
  const text = `export async function go(ctx) {
  await ctx.step("fragile", () => { throw new Error("disk is full") }).catch(() => {});
  ctx.scale("web", 1);
}`;
  const { result, calls } = await runText(runner, text);
  expect(result).toBeNull();
  expect(calls[1]).toEqual({ kind: "stepEnd", key: "1 step fragile", error: "disk is full" });
  expect(calls[2]).toMatchObject({ kind: "scale", replicas: 1 });
});

test("the signal tells an action shortly before its time is over, and a cancelled task ends it", async () => {
  const text = `export async function go(ctx) {
  while (!ctx.signal.aborted) await Bun.sleep(5);
  throw ctx.signal.reason;
}`;
  const warned = await runText(runner, text, { timeoutMs: 3_000 * pace() });
  expect(warned).toMatchObject({ failure: "failed", message: "the action's time is nearly over" });

  const stop = new AbortController();
  const asked: unknown[] = [];
  const cancelled = runText(
    runner,
    `export const go = async (ctx) => {
  ctx.signal.addEventListener("abort", () => { ctx.log("told: " + ctx.signal.reason.message); ctx.scale("web", 0).catch(() => {}); });
  ctx.log("on");
  await new Promise(() => {});
}`,
    {
      signal: stop.signal,
      answer(call) {
        asked.push(call.kind === "log" ? call.message : call);
        stop.abort(new Error("the task was cancelled"));
      },
    },
  );
  await expect(cancelled).rejects.toThrow("the task was cancelled");
  // It may say what it leaves behind, and do nothing more.
  expect(asked).toEqual(["on", "told: the task was cancelled"]);
});

test(`an author's mistake is told with file and line (${mistakes.length} cases)`, async () => {
  expect(await mistold(runner)).toEqual([]);
  console.log(`actions: ${mistakes.length} mistakes of authors`);
});

test("a module that never finishes loading, and a process that ends itself, are told", async () => {
  const hanging = await runText(runner, "await new Promise(() => {}); export const go = () => {};", {
    timeoutMs: 300,
  });
  expect(hanging).toMatchObject({ failure: "timeout", message: "actions.ts::go did not end within 0.3 s." });
  const leaving = await runText(runner, "export const go = () => { console.log('bye'); process.exit(3) }");
  expect(leaving).toMatchObject({ failure: "crashed", message: expect.stringContaining("exit code 3") });
  expect(logged(leaving)).toEqual(["bye"]);
});

test.each(["0", "2.5", "many"])("a runner with %s places is not started", async (places) => {
  const none = createLocalRunner({ log: silentLog, extra: ["--at-once", places] });
  const refused = await runText(none, "export const go = () => 7");
  await none.close();
  expect(refused).toMatchObject({ failure: "unavailable" });
  expect(refused).toMatchObject({
    message: expect.stringContaining(`--at-once must be a whole number from 1 to 32, not "${places}"`),
  });
});

test("more actions than places wait for their turn, and their time begins with it", async () => {
  const narrow = createLocalRunner({ log: silentLog, extra: ["--at-once", "1"] });
  try {
    const limit = { timeoutMs: 2_500 * pace() };
    const [begun, done] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const holds = runText(narrow, 'export const go = (ctx) => ctx.scale("web", 1)', {
      answer() {
        begun.resolve();
        return done.promise;
      },
    });
    await begun.promise;
    // Together they wait longer than either may take.
    const waits = [1, 2].map(() => runText(narrow, "export const go = () => 7", limit));
    await Bun.sleep(limit.timeoutMs + 100);
    done.resolve();
    expect(await holds).toMatchObject({ result: null });
    for (const one of await Promise.all(waits)) expect(one).toMatchObject({ result: 7 });
  } finally {
    await narrow.close();
  }
});
