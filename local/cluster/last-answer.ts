import { Transform } from "node:stream";

/** What has no end of a head by then is no answer that could be read. It passes as it is. */
const longestHead = 64 * 1024;

/**
 * Passes an HTTP/1 answer on and says in its head that the connection ends with it: a client that keeps connections would
 * else send its next request into one that is about to be closed (RFC 9112, 9.6). Interim answers (1xx) pass as they are.
 */
export function lastAnswer(): Transform {
  let read: Buffer | undefined = Buffer.alloc(0);
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      if (read === undefined) return done(null, chunk);
      const { passes, rest, isFinal } = headsOf(Buffer.concat([read, chunk]));
      read = isFinal ? undefined : rest;
      done(null, isFinal ? Buffer.concat([passes, rest]) : passes);
    },
    flush(done) {
      done(null, read);
    },
  });
}

/** The heads that are complete, as they go on; the final one is the last. */
function headsOf(read: Buffer): { passes: Buffer; rest: Buffer; isFinal: boolean } {
  let from = 0;
  for (;;) {
    const end = read.indexOf("\r\n\r\n", from);
    const bare = read.indexOf("\n\n", from);
    const [passes, rest] = [read.subarray(0, from), read.subarray(from)];
    // Lines that end in a bare LF, as old programs write them, are left as they are.
    if (bare >= 0 && (end < 0 || bare < end)) return { passes, rest, isFinal: true };
    if (end < 0) return { passes, rest, isFinal: rest.length > longestHead };
    const head = read.subarray(from, end).toString("latin1");
    if (!/^HTTP\/1\.[01] 1\d\d/.test(head)) {
      const last = Buffer.from(closing(head), "latin1");
      return { passes: Buffer.concat([passes, last]), rest: read.subarray(end), isFinal: true };
    }
    from = end + 4;
  }
}

function closing(head: string): string {
  const lines = head.split("\r\n").filter((line) => !/^(connection|keep-alive):/i.test(line));
  return [...lines, "Connection: close"].join("\r\n");
}
