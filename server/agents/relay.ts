import { AppError } from "../../lib/errors.ts";

/** A line of an answer, as the agent posts it (one JSON object a line). */
export interface AnswerLine {
  pod: string;
  container: string;
  line: string;
}

/** Hands the answers of inquiries from the agent's POST to the subscription of this process that waits for them. */
export interface Relay {
  /** Begins to wait for the answer to an inquiry. */
  expect(id: string): Expected;
  /** Takes one line, as soon as there is room for it. False when nobody waits for the answer (any more). */
  offer(id: string, line: AnswerLine): Promise<boolean>;
  /** Says that the agent has begun to answer; `onLeave` is called when the asker leaves. False when nobody waits. */
  begin(id: string, onLeave: () => void): boolean;
  /** Whether somebody waits for the answer. */
  isExpected(id: string): boolean;
  /** Ends an answer, with the reason when it failed. */
  end(id: string, failure?: string): void;
}

export interface Expected {
  /** The next line; undefined at the end, or when the signal is aborted. Throws UNAVAILABLE when it failed. */
  next(signal?: AbortSignal): Promise<AnswerLine | undefined>;
  /** Whether the agent has begun to answer. */
  begun(): boolean;
  /** Nobody waits any more: the agent's POST is ended. */
  close(): void;
}

/** `room` is how many lines may wait for a slow client before the agent is made to wait. */
export function createRelay({ room = 1000 } = {}): Relay {
  const answers = new Map<string, Answer>();
  return {
    expect(id) {
      const answer: Answer = { lines: [], ended: false, begun: false, failure: undefined, waiting: [] };
      answers.set(id, answer);
      return {
        begun: () => answer.begun,
        async next(signal) {
          for (;;) {
            const line = answer.lines.shift();
            if (line !== undefined) {
              stir(answer);
              return line;
            }
            if (answer.failure !== undefined) throw new AppError("UNAVAILABLE", answer.failure);
            if (answer.ended || signal?.aborted) return undefined;
            await stirred(answer, signal);
          }
        },
        close() {
          answers.delete(id);
          answer.ended = true;
          stir(answer);
          answer.onLeave?.();
        },
      };
    },
    async offer(id, line) {
      const answer = answers.get(id);
      while (answer && !answer.ended && answer.lines.length >= room) await stirred(answer);
      if (!answer || answer.ended) return false;
      answer.lines.push(line);
      stir(answer);
      return true;
    },
    begin(id, onLeave) {
      const answer = answers.get(id);
      if (!answer) return false;
      answer.begun = true;
      answer.onLeave = onLeave;
      return true;
    },
    isExpected: (id) => answers.has(id),
    end(id, failure) {
      const answer = answers.get(id);
      if (!answer || answer.ended) return;
      answer.ended = true;
      answer.failure = failure;
      stir(answer);
    },
  };
}

interface Answer {
  lines: AnswerLine[];
  begun: boolean;
  ended: boolean;
  failure: string | undefined;
  onLeave?: () => void;
  /** Whoever waits for a change of this answer. */
  waiting: (() => void)[];
}

function stir(answer: Answer): void {
  for (const wake of answer.waiting.splice(0)) wake();
}

function stirred(answer: Answer, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      signal?.removeEventListener("abort", done);
      resolve();
    };
    answer.waiting.push(done);
    signal?.addEventListener("abort", done, { once: true });
    if (signal?.aborted) done();
  });
}
