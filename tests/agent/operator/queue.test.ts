import { expect, test } from "bun:test";
import { createWorkQueue } from "../../../agent/operator/queue.ts";
import { silentLog } from "../../../lib/log.ts";
import { createBackoff } from "../../../lib/loop.ts";
import { eventually } from "../../helpers/eventually.ts";

/** A queue whose work is told step by step when to end. */
function makeQueue({
  retryMs = 20,
  ...options
}: { concurrency?: number; limitMs?: number; retryMs?: number } = {}) {
  const stopper = new AbortController();
  const started: string[] = [];
  const open = new Map<string, { end: (again?: number) => void; fail: (thrown: unknown) => void }>();
  const queue = createWorkQueue({
    name: "test",
    log: silentLog,
    signal: stopper.signal,
    makeBackoff: () => createBackoff({ baseMs: retryMs, capMs: retryMs }),
    ...options,
    work: (key, signal) => {
      started.push(key);
      const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
      open.set(key, { end: resolve, fail: reject });
      signal.addEventListener("abort", () => reject(signal.reason));
      return promise;
    },
  });
  const stop = async () => {
    stopper.abort(new Error("stop"));
    await queue.done;
  };
  const until = (count: number) => eventually(`${count} looks`, () => started.length === count);
  return { queue, started, open, stop, until };
}

test("an object is worked on once at a time, and once more for all that came meanwhile", async () => {
  const { queue, open, started, stop, until } = makeQueue();
  queue.wake("a");
  await until(1);
  for (let round = 0; round < 5; round++) queue.wake("a");
  await Bun.sleep(10);
  expect(started).toEqual(["a"]);
  open.get("a")!.end();
  await until(2);
  open.get("a")!.end();
  await Bun.sleep(20);
  expect(started).toEqual(["a", "a"]);
  await stop();
});

test("what came meanwhile and is known by the end brings no second look", async () => {
  const { queue, open, started, stop, until } = makeQueue();
  queue.wake("a");
  await until(1);
  queue.wake("a", { isNews: () => false });
  open.get("a")!.end();
  await Bun.sleep(20);
  expect(started).toEqual(["a"]);
  await stop();
});

test("different objects are worked on side by side, up to the limit", async () => {
  const { queue, open, started, stop, until } = makeQueue({ concurrency: 2 });
  for (const key of ["a", "b", "c"]) queue.wake(key);
  await until(2);
  await Bun.sleep(10);
  expect(started).toEqual(["a", "b"]);
  open.get("a")!.end();
  await until(3);
  await stop();
});

test("a failure is tried again after a while", async () => {
  const { queue, open, stop, until } = makeQueue();
  queue.wake("a");
  await until(1);
  open.get("a")!.fail(new Error("no"));
  await until(2);
  expect(queue.health()).toMatchObject({ failures: 1, lastError: "a: no" });
  open.get("a")!.end();
  await eventually("all is well", () => queue.health().lastError === null);
  await stop();
});

test("only urgent news cuts the wait after a failure short", async () => {
  const { queue, open, started, stop, until } = makeQueue({ retryMs: 60_000 });
  queue.wake("a");
  await until(1);
  open.get("a")!.fail(new Error("no"));
  await eventually("the failure is known", () => queue.health().failures === 1);
  queue.wake("a");
  await Bun.sleep(20);
  expect(started.length).toBe(1);
  queue.wake("a", { urgent: true });
  await until(2);
  await stop();
});

test("it comes again when the work asks for it, and sooner for news", async () => {
  const { queue, open, stop, until } = makeQueue();
  queue.wake("a");
  await until(1);
  open.get("a")!.end(20);
  await until(2);
  open.get("a")!.end(60_000);
  await Bun.sleep(5);
  queue.wake("a");
  await until(3);
  await stop();
});

test("work that hangs is cut off and holds up nobody", async () => {
  const { queue, open, stop, until } = makeQueue({ concurrency: 1, limitMs: 20 });
  queue.wake("a");
  queue.wake("b");
  await until(2);
  expect(queue.health().lastError).toContain("a: took longer than 20 ms");
  open.get("b")!.end();
  await stop();
});
