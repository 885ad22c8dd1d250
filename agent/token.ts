import { readFile } from "node:fs/promises";
import { AppError, messageOf } from "../lib/errors.ts";
import type { Log } from "../lib/log.ts";
import { startLoop } from "../lib/loop.ts";

/**
 * Reads the agent's token and follows its file: a Secret that is changed arrives in the pod a minute later, and the
 * token in it is used from then on, without a restart. `current` answers the last one that could be read. Throws
 * INVALID when there is none at the start.
 */
export async function followToken(options: {
  path: string;
  everyMs?: number;
  signal: AbortSignal;
  log: Log;
}): Promise<{ current(): string }> {
  const { path, everyMs = 10_000, signal, log } = options;
  let token = await readToken(path);
  startLoop({
    name: "token",
    everyMs,
    signal,
    log,
    async once() {
      const found = await readToken(path);
      if (found !== token) log.info("the token has changed");
      token = found;
    },
  });
  return { current: () => token };
}

/** Throws INVALID, with what to do, when there is none. */
export async function readToken(path: string): Promise<string> {
  try {
    const token = (await readFile(path, "utf8")).trim();
    if (token !== "") return token;
    throw new Error("it is empty");
  } catch (thrown) {
    const message = `The agent's token cannot be read from ${path}: ${messageOf(thrown)}. Make one with \`styrminctl clusters create\`.`;
    throw new AppError("INVALID", message, { field: "STYRMIN_AGENT_TOKEN_FILE", cause: thrown });
  }
}
