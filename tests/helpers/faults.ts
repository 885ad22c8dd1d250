import type { ServerResponse } from "node:http";

/** What goes wrong with a request that a rule matches. */
export type Fault =
  /** The connection breaks before the target hears of the request. */
  | { kind: "drop-before" }
  /** The target carries the request out, and the connection breaks before the answer. */
  | { kind: "drop-after" }
  | { kind: "delay"; ms: number }
  /** Answered by the proxy, in the API server's form; the target hears nothing. */
  | { kind: "status"; code: number; reason?: string; message?: string; headers?: Record<string, string> }
  /** Answered by the proxy with just this. */
  | { kind: "answer"; code?: number; body: string }
  /** Half of the answer (or so many bytes), then the connection breaks. */
  | { kind: "truncate"; bytes?: number }
  /** The n-th line of the answer that is not empty (1 is the first) is garbled; the rest passes. */
  | { kind: "corrupt-line"; line: number }
  /** Headers and so many bytes (default 0) pass, then nothing more, and the connection stays open. */
  | { kind: "hold-open"; bytes?: number }
  /** The whole answer passes, changed. Not for streams. */
  | { kind: "rewrite"; rewrite: (body: string, seen: SeenRequest) => string }
  /** The request is taken and never answered. */
  | { kind: "hang" }
  /** The first answer that a URL matching this rule gets is given again to all later ones. */
  | { kind: "freeze" }
  /**
   * Calls a function before the request goes on, or after the target has answered and before the client hears.
   * When it answers `drop` the connection breaks there.
   */
  | { kind: "call"; when: "before" | "after"; call: (seen: SeenRequest, answer?: string) => unknown };

export interface Rule {
  /** `GET`, or any of them by a pattern; default every method. */
  method?: string | RegExp;
  /** Matched against path and query. */
  path: RegExp;
  /** What else must hold, such as of the body. */
  where?: (seen: SeenRequest) => boolean;
  /** Only the n-th request that matches (1 is the first since the rule was added); default each. */
  nth?: number;
  fault: Fault;
}

export interface SeenRequest {
  method: string;
  /** With its query. */
  path: string;
  body: string;
  /** The status the client saw; 0 when it saw none (yet). */
  code: number;
  /** The status the target gave, whether or not the client saw it; 0 when it gave none (yet). */
  given: number;
  at: number;
}

/** Sends the answer on as it comes, with the fault's damage. */
export async function pass(
  answer: Response,
  response: ServerResponse,
  fault: Fault | undefined,
): Promise<void> {
  if (fault?.kind === "truncate") {
    const whole = await answer.bytes();
    response.write(whole.subarray(0, fault.bytes ?? whole.length >> 1), () => breakOff(response));
    return;
  }
  const garble = createGarbler(fault?.kind === "corrupt-line" ? fault.line : 0);
  let sent = 0;
  for await (const chunk of answer.body ?? []) {
    let bytes = fault?.kind === "corrupt-line" ? garble(chunk) : chunk;
    if (fault?.kind === "hold-open") {
      bytes = chunk.subarray(0, Math.max(0, (fault.bytes ?? 0) - sent));
      sent += chunk.length;
    }
    if (bytes.length > 0) response.write(bytes);
  }
  if (fault?.kind !== "hold-open") response.end();
}

/** Writes over the first bytes of the n-th line of a stream that is not empty. */
function createGarbler(wanted: number): (chunk: Uint8Array) => Uint8Array {
  let line = 0;
  let column = 0;
  return (chunk) =>
    chunk.map((byte) => {
      if (byte === 10) {
        column = 0;
        return byte;
      }
      if (column++ === 0) line++;
      return line === wanted && column <= 20 ? 35 : byte;
    });
}

/** Breaks the connection of an answer. */
export function breakOff(response: ServerResponse): void {
  response.socket?.destroy();
  response.destroy();
}
