import { type Client, EndedTasksDocument } from "../../clients/sdk/index.ts";
import type { Kube } from "../../kube/types.ts";
import type { Log } from "../../lib/log.ts";
import { type Loop, startLoop } from "../../lib/loop.ts";
import type { Session } from "../session/session.ts";
import { clearHold } from "./hold.ts";
import type { ResourceView } from "./resources.ts";

export interface SweeperOptions {
  client: Client;
  session: Session;
  kube: Kube;
  resources: ResourceView;
  namespace: string;
  /** How often it is looked for holds, milliseconds. */
  everyMs: number;
  signal: AbortSignal;
  log: Log;
}

/**
 * Lets go what tasks hold that have ended without an agent: cancelled while they waited to be taken up again, poisoned,
 * expired, or whose agent could not reach the cluster at their end. Asks nobody while nothing is held.
 */
export function startHoldSweeper(options: SweeperOptions): Loop {
  const { everyMs, signal, log } = options;
  return startLoop({
    name: "holds",
    everyMs,
    signal,
    log,
    once: async (own) => void (await sweepHolds(options, own)),
  });
}

/** One look. Answers the names of the resources whose hold was let go. */
export async function sweepHolds(
  { client, session, kube, resources, namespace, log }: SweeperOptions,
  signal: AbortSignal,
): Promise<string[]> {
  const held = resources.all().flatMap(({ metadata, spec }) => {
    const task = spec.hold?.task;
    return task === undefined ? [] : [{ name: metadata.name, task }];
  });
  if (held.length === 0) return [];
  const tasks = [...new Set(held.map(({ task }) => task))];
  const ended = await session.call(signal, async ({ epoch }) => {
    return (await client.execute(EndedTasksDocument, { epoch, tasks }, { signal })).endedTasks;
  });
  const over = held.filter(({ task }) => ended.includes(task));
  for (const { name, task } of over) {
    await clearHold(kube, { namespace, name }, task, signal);
    log.info("what an ended task held was let go", { name, task });
  }
  return over.map(({ name }) => name);
}
