import { expect, test } from "bun:test";
import { Readable } from "node:stream";
import { lastAnswer } from "../../../local/cluster/last-answer.ts";

/** What becomes of an answer that comes in these pieces. */
async function passed(...pieces: string[]): Promise<string> {
  const chunks: Buffer[] = [];
  const source = Readable.from(pieces.map((piece) => Buffer.from(piece, "latin1")));
  for await (const chunk of source.pipe(lastAnswer())) chunks.push(chunk);
  return Buffer.concat(chunks).toString("latin1");
}

const answer =
  "HTTP/1.1 200 OK\r\nX: y\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5\r\n\r\nbody\r\n\r\nConnection: x";
const closed = "HTTP/1.1 200 OK\r\nX: y\r\nConnection: close\r\n\r\nbody\r\n\r\nConnection: x";
const interim = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n";

test("an answer says that its connection ends with it, wherever its pieces end", async () => {
  for (let at = 0; at <= answer.length; at++)
    expect(await passed(answer.slice(0, at), answer.slice(at))).toBe(closed);
  expect(await passed(...answer)).toBe(closed);
});

test("what comes before the final head passes as it is, at once", async () => {
  expect(await passed(interim + answer)).toBe(interim + closed);
  expect(await passed(...(interim + answer))).toBe(interim + closed);
  const stream = lastAnswer();
  stream.write(Buffer.from(interim));
  expect(String(stream.read())).toBe(interim);
});

test("what is no answer passes as it is, complete or not", async () => {
  expect(await passed("HTTP/1.1 200 OK\r\nX")).toBe("HTTP/1.1 200 OK\r\nX");
  expect(await passed()).toBe("");
  const long = "x".repeat(100_000);
  expect(await passed(long, "y")).toBe(`${long}y`);
});

test("heads of old programs, whose lines end in a bare LF, pass as they are, at once", async () => {
  const old = "HTTP/1.0 200 OK\nConnection: x\n\nbody\r\n\r\nConnection: y";
  expect(await passed(old)).toBe(old);
  expect(await passed(...old)).toBe(old);
  const stream = lastAnswer();
  stream.write(Buffer.from("HTTP/1.0 200 OK\n\nfirst"));
  expect(String(stream.read())).toBe("HTTP/1.0 200 OK\n\nfirst");
});
