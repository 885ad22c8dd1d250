import { expect, test } from "bun:test";
import { createFrameReader, FrameError, frameOf } from "../../../agent/actions/frames.ts";
import { readCall } from "../../../agent/actions/messages.ts";

test("messages come whole however they are cut", () => {
  const sent = [{ a: 1 }, { text: "ä".repeat(300) }, {}];
  const bytes = Buffer.concat(sent.map((message) => frameOf(message, 10_000)));
  for (const size of [1, 2, 3, 7, 64, bytes.length]) {
    const read = createFrameReader(10_000);
    const got: unknown[] = [];
    for (let at = 0; at < bytes.length; at += size) got.push(...read(bytes.subarray(at, at + size)));
    expect(got).toEqual(sent);
  }
});

test("what is too long, no JSON or no object is refused; nothing is called __proto__", () => {
  expect(() => frameOf({ a: "x".repeat(100) }, 50)).toThrow(FrameError);
  const raw = (text: string) => {
    const bytes = Buffer.alloc(4 + text.length, text, "latin1");
    bytes.writeUInt32BE(text.length);
    bytes.write(text, 4, "latin1");
    return bytes;
  };
  const read = (bytes: Buffer) => [...createFrameReader(1_000)(bytes)];
  expect(() => read(Buffer.from([0xff, 0xff, 0xff, 0xff]))).toThrow(/was announced/);
  for (const text of ["{", "", "[1]", "null", "7", '"a"', "\0"])
    expect(() => read(raw(text))).toThrow(FrameError);
  expect(() => read(raw("[".repeat(900)))).toThrow(FrameError);
  const [message] = read(raw('{"__proto__":{"isAdmin":true},"a":{"__proto__":1}}')) as [object];
  expect(Object.keys(message)).toEqual(["a"]);
  expect((message as { isAdmin?: boolean }).isAdmin).toBeUndefined();
  expect(read(raw('{"a":"x\\u0000y\\ud800","b\\u0000":1,"c":["\\udfff"]}'))).toEqual([
    { a: "x\ufffdy\ufffd", c: ["\ufffd"] },
  ]);
});

test("a call is read for what it is, and nothing else of it is kept", () => {
  const call = { kind: "scale", key: "1 scale web", component: "web", replicas: 2, extra: true };
  expect(readCall(call)).toEqual({ kind: "scale", key: "1 scale web", component: "web", replicas: 2 });
  const bad: unknown[] = [
    ...[null, 7, [], {}, { kind: "toString" }, { kind: "delete", key: "1" }],
    ...[-1, 1.5, "2", 10_001, Number.NaN].map((replicas) => ({ ...call, replicas })),
    ...[undefined, "", 7, "x".repeat(501)].map((key) => ({ ...call, key })),
    ...["", {}, "x".repeat(254)].map((component) => ({ ...call, component })),
    ...["ls", [], [1], Array(1001).fill("a")].map((command) => ({
      kind: "exec",
      key: "1",
      component: "a",
      command,
    })),
    ...[7, { timeoutMs: -1 }, { stdin: {} }, { container: "" }].map((options) => ({
      ...{ kind: "exec", key: "1", component: "a", command: ["a"], options },
    })),
    ...[
      { kind: "log", level: "loud", message: "a" },
      { kind: "log", level: "info" },
    ],
    ...[
      { kind: "stepEnd", key: "1", error: {} },
      { kind: "stepBegin", key: "1" },
      { kind: "upgradeTo", key: "1" },
    ],
    { kind: "stopComponents", key: "1", components: "web" },
  ];
  for (const value of bad) expect([value, readCall(value)]).toEqual([value, undefined]);
});
