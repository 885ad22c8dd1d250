import { createFrameReader, FrameError, frameOf } from "../../../agent/actions/frames.ts";
import { messageBytes, readCall } from "../../../agent/actions/messages.ts";
import { mutated } from "../mutate.ts";
import type { Random } from "../random.ts";
import type { FuzzTarget } from "../target.ts";

const calls = [
  {
    call: { kind: "exec", key: "1 exec web", component: "web", command: ["ls"], options: { stdin: "a" } },
    id: 1,
  },
  { call: { kind: "stepEnd", key: "2 step a", result: { a: [1, null] } }, id: 2 },
  { call: { kind: "log", level: "info", message: "hello" } },
  { end: { failure: "failed", message: "no" } },
];
const dictionary = [...'{}[]":,'].concat(
  '"kind"',
  '"__proto__":',
  '"key":',
  "null",
  "1e999",
  "-1",
  "\\u0000",
  "\\ud800",
);

/** What an action's process may write to its channel: whole messages or garbage, cut anywhere. */
export const actionMessages: FuzzTarget<{ bytes: Buffer; cut: number }> = {
  name: "action-messages",
  share: 2,
  limitMs: 200,
  make(random: Random) {
    const texts = Array.from({ length: 1 + random.int(4) }, () =>
      mutated(random, JSON.stringify(random.pick(calls)), dictionary),
    );
    const frames = texts.map((text) => {
      const body = Buffer.from(text);
      const head = Buffer.alloc(4);
      head.writeUInt32BE(random.int(10) === 0 ? random.int(2 ** 31) : body.length);
      return Buffer.concat([head, body]);
    });
    return { bytes: Buffer.concat(frames), cut: 1 + random.int(64) };
  },
  run({ bytes, cut }) {
    const read = createFrameReader(messageBytes);
    try {
      for (let at = 0; at < bytes.length; at += cut) {
        for (const message of read(bytes.subarray(at, at + cut))) {
          const call = readCall(message.call);
          // A number too large for JavaScript is read as Infinity, and written as null.
          const again = call && JSON.parse(JSON.stringify(call));
          if (call && !Bun.deepEquals(readCall(again), again))
            throw new Error("read twice, a call is another one");
          frameOf(message, 10 * messageBytes);
        }
      }
    } catch (thrown) {
      if (!(thrown instanceof FrameError)) throw thrown;
    }
    if ("polluted" in {}) throw new Error("a prototype was changed");
  },
};
