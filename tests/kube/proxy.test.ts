import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { type FaultProxy, startFaultProxy } from "../helpers/proxy.ts";

let handled: string[] = [];
let server: ReturnType<typeof Bun.serve>;
let proxy: FaultProxy;

beforeAll(async () => {
  server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 0,
    async fetch(request) {
      const url = new URL(request.url);
      handled.push(`${request.method} ${url.pathname} ${await request.text()}`);
      if (url.pathname === "/stream") return new Response(slowLines());
      return new Response(`answer ${handled.length}`);
    },
  });
  proxy = await startFaultProxy({ target: `http://127.0.0.1:${server.port}` });
});

afterEach(() => {
  proxy.clear();
  proxy.requests.length = 0;
  handled = [];
});

afterAll(async () => {
  await proxy.stop();
  await server.stop(true);
});

function slowLines(): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      for (const line of ["aaaa\n", "bbbb\n", "cccc\n"]) {
        controller.enqueue(encoder.encode(line));
        await Bun.sleep(10);
      }
      controller.close();
    },
  });
}

const ask = (path: string, init: RequestInit = {}) =>
  fetch(proxy.url + path, { signal: AbortSignal.timeout(3000), ...init });
const fails = async (path: string, init: RequestInit = {}) =>
  ask(path, init)
    .then(async (answer) => `${answer.status} ${await answer.text()}`)
    .catch(() => "broken");

test("what no rule matches passes, with its body, and is recorded", async () => {
  expect(await (await ask("/x?a=1", { method: "POST", body: "hello" })).text()).toBe("answer 1");
  expect(handled).toEqual(["POST /x hello"]);
  expect(proxy.requests.map((one) => [one.method, one.path, one.body, one.code])).toEqual([
    ["POST", "/x?a=1", "hello", 200],
  ]);
});

test("drop-before breaks the connection and the target hears nothing", async () => {
  proxy.add({ method: "POST", path: /x/, fault: { kind: "drop-before" } });
  expect(await fails("/x", { method: "POST" })).toBe("broken");
  expect(handled).toEqual([]);
});

test("drop-after breaks the connection when the target has done its work", async () => {
  proxy.add({ method: "POST", path: /x/, fault: { kind: "drop-after" } });
  expect(await fails("/x", { method: "POST" })).toBe("broken");
  expect(handled).toEqual(["POST /x "]);
});

test("only the n-th match goes wrong", async () => {
  proxy.add({ path: /x/, nth: 2, fault: { kind: "status", code: 500 } });
  const codes = [];
  for (let i = 0; i < 3; i++) codes.push((await ask("/x")).status);
  expect(codes).toEqual([200, 500, 200]);
});

test("a truncated answer breaks off in the middle", async () => {
  proxy.add({ path: /x/, fault: { kind: "truncate" } });
  expect(await fails("/x")).toBe("broken");
});

test("one line of a stream is garbled, the others pass as they come", async () => {
  proxy.add({ path: /stream/, fault: { kind: "corrupt-line", line: 2 } });
  expect(await (await ask("/stream")).text()).toBe("aaaa\n####\ncccc\n");
});

test("a held stream gives its headers and then nothing", async () => {
  proxy.add({ path: /stream/, fault: { kind: "hold-open", bytes: 5 } });
  const answer = await ask("/stream");
  const reader = answer.body!.getReader();
  expect(new TextDecoder().decode((await reader.read()).value)).toBe("aaaa\n");
  const more = await Promise.race([reader.read().then(() => "more"), Bun.sleep(100).then(() => "nothing")]);
  expect(more).toBe("nothing");
  await reader.cancel();
});

test("a frozen answer is given again", async () => {
  const thaw = proxy.add({ path: /x/, fault: { kind: "freeze" } });
  const texts = [await (await ask("/x")).text(), await (await ask("/x")).text()];
  thaw();
  texts.push(await (await ask("/x")).text());
  expect(texts).toEqual(["answer 1", "answer 1", "answer 2"]);
});

test("a function is called between the work and the answer", async () => {
  const order: string[] = [];
  proxy.add({
    path: /x/,
    fault: { kind: "call", when: "after", call: () => order.push(`after ${handled.length}`) },
  });
  await ask("/x");
  expect(order).toEqual(["after 1"]);
});

test("all open connections can be broken at once", async () => {
  proxy.add({ path: /stream/, fault: { kind: "hold-open" } });
  const answer = await ask("/stream");
  proxy.dropAll();
  expect(
    await answer.text().then(
      () => "ended",
      () => "broken",
    ),
  ).toBe("broken");
});
