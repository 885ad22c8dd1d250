import { type Client, EndedTasksDocument } from "../../clients/sdk/index.ts";
import type { Kube } from "../../kube/types.ts";
import type { Log } from "../../lib/log.ts";
import { type Loop, startLoop } from "../../lib/loop.ts";
import type { Session } from "../session/session.ts";
import { testRequestOf } from "../../kube/test-request.ts";
import { clearHold } from "./hold.ts";
import type { ResourceView } from "./resources.ts";
import { withdrawTest } from "./test-request.ts";

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

/** One look: at holds, and at tests that are asked for. Answers the names of the resources where something was let go. */
export async function sweepHolds(
  { client, session, kube, resources, namespace, log }: SweeperOptions,
  signal: AbortSignal,
): Promise<string[]> {
  const held = resources.all().flatMap((resource) => {
    const { name } = resource.metadata;
    const [task, test] = [resource.spec.hold?.task, testRequestOf(resource)?.id];
    return [
      ...(task === undefined ? [] : [{ name, task, letGo: clearHold }]),
      ...(test === undefined ? [] : [{ name, task: test, letGo: withdrawTest }]),
    ];
  });
  if (held.length === 0) return [];
  const tasks = [...new Set(held.map(({ task }) => task))];
  const ended = await session.call(signal, async ({ epoch }) => {
    return (await client.execute(EndedTasksDocument, { epoch, tasks }, { signal })).endedTasks;
  });
  const over = held.filter(({ task }) => ended.includes(task));
  for (const { name, task, letGo } of over) {
    await letGo(kube, { namespace, name }, task, signal);
    log.info("what an ended task held or asked for was let go", { name, task });
  }
  return over.map(({ name }) => name);
}
