import type { Log } from "../../lib/log.ts";
import { runOver } from "./connect.ts";
import { createLocalRunner } from "./local.ts";
import type { ActionRunner } from "./runner.ts";

/** The runner of actions: the sidecar at a socket, or without one a runner of the agent's own. */
export function createActionRunner({ socket, log }: { socket?: string | undefined; log: Log }): ActionRunner {
  if (!socket) return createLocalRunner({ log });
  return { run: (job, answer, signal) => runOver(socket, job, answer, signal), close: async () => {} };
}
