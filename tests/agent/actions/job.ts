import type { ActionCall, ActionJob, ActionRunner } from "../../../agent/actions/runner.ts";
import { ActionError } from "../../../agent/actions/runner.ts";
import type { Context } from "../../../drivers/kit/index.ts";

/** A Context with what the tests look at. */
export const context = {
  app: { name: "shop", version: "2.0.0" },
  instance: { id: "i", namespace: "env-demo", release_name: "shop", config: {} },
  parameters: { password: { secretRef: { name: "shop-params", key: "password" } } },
} as unknown as Context;

export interface RunOptions extends Partial<Omit<ActionJob, "files">> {
  files?: Record<string, string>;
  signal?: AbortSignal;
  answer?: (call: ActionCall, signal: AbortSignal) => unknown;
}

export interface RunOutcome {
  result?: unknown;
  failure?: string;
  message?: string;
  calls: ActionCall[];
  tookMs: number;
}

/** Runs `actions.ts::go` of this text; answers how it ended, and what it asked for. */
export async function runText(
  runner: ActionRunner,
  text: string,
  options: RunOptions = {},
): Promise<RunOutcome> {
  const {
    files = {},
    signal = new AbortController().signal,
    answer = () => ({ recorded: false }),
    ...job
  } = options;
  const calls: ActionCall[] = [];
  const from = performance.now();
  const whole = Object.entries({ "actions.ts": text, ...files });
  const outcome = await runner
    .run(
      {
        files: Object.fromEntries(whole.map(([path, content]) => [path, Buffer.from(content)])),
        ...{ location: "actions.ts::go", context, prompts: {}, timeoutMs: 20_000, ...job },
      },
      async (call, own) => {
        calls.push(call);
        return answer(call, own);
      },
      signal,
    )
    .catch((thrown: unknown) => {
      if (!(thrown instanceof ActionError)) throw thrown;
      return { failure: thrown.failure, message: thrown.message };
    });
  return { ...outcome, calls, tookMs: performance.now() - from };
}

/** What the action logged and printed, line by line. */
export const logged = ({ calls }: RunOutcome): string[] =>
  calls.flatMap((call) => (call.kind === "log" ? [call.message] : []));
