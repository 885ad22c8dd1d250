import { ClaimTaskDocument, type Client } from "../../clients/sdk/index.ts";
import type { Log } from "../../lib/log.ts";
import { type LoopHealth, sleep, startLoop } from "../../lib/loop.ts";
import { newId } from "../../lib/names.ts";
import type { Session } from "../session/session.ts";
import { type Flow, runTask } from "./run.ts";

export interface WorkerOptions {
  client: Client;
  session: Session;
  /** The flow of each task kind. */
  flows: Record<string, Flow>;
  /** Tasks that run side by side. */
  concurrency?: number;
  /** How long one claim waits at the server for work, milliseconds. */
  waitMs?: number;
  signal: AbortSignal;
  log: Log;
}

export interface Worker {
  health(): LoopHealth;
  /** Settles when no more is claimed and what ran has ended. */
  done: Promise<void>;
}

/** A turn of the loop that finds no free place ends after this, so that the loop is seen to be alive. */
const slotWaitMs = 10_000;

/** Loop 1: claims tasks one after the other and runs them side by side. */
export function startWorker(options: WorkerOptions): Worker {
  const { client, session, flows, concurrency = 8, waitMs = 20_000, signal, log } = options;
  const running = new Set<Promise<void>>();
  /** The claim that is under way, by its name: asked again after a lost answer it gets what it got then. */
  let request: string | undefined;

  const claimOnce = async (own: AbortSignal): Promise<number> => {
    if (running.size >= concurrency) {
      await Promise.race([...running, sleep(slotWaitMs, own)]);
      return 0;
    }
    request ??= newId();
    const variables = { waitMs, request };
    const claimed = await session.call(own, async ({ epoch, leaseMs, renewMs }) => {
      const { claimTask } = await client.execute(
        ClaimTaskDocument,
        { epoch, ...variables },
        { signal: own, timeoutMs: waitMs + 10_000 },
      );
      return claimTask && { task: claimTask, leaseMs, renewMs };
    });
    request = undefined;
    if (!claimed) return 0;
    const { task, leaseMs, renewMs } = claimed;
    const taskLog = log.with({ task: task.id, kind: task.kind, deployment: task.deploymentName });
    const flow = flows[task.kind] ?? unknownFlow(task.kind);
    const run = runTask({ client, flow, task, leaseMs, renewMs, signal, log: taskLog });
    running.add(run);
    void run.finally(() => running.delete(run));
    return 0;
  };

  const loop = startLoop({
    name: "flows",
    everyMs: 0,
    signal,
    log,
    limitMs: waitMs + 30_000,
    once: claimOnce,
  });
  const end = async () => {
    await loop.done;
    await Promise.all(running);
  };
  return { health: loop.health, done: end() };
}

/** A task of a newer server: it fails with a sentence instead of being done half. */
function unknownFlow(kind: string): Flow {
  return async function failUnknown() {
    throw new Error(`This agent does not know the flow ${kind}. Upgrade the agent, then try again.`);
  };
}
