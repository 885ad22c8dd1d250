import { type Intent, publishIntent } from "../../kube/intent.ts";
import type { Kube } from "../../kube/types.ts";
import { messageOf } from "../../lib/errors.ts";
import { type Loop, startLoop } from "../../lib/loop.ts";
import {
  directClusters,
  isReleased,
  nextDueMs,
  type PendingIntentRow,
  pendingIntents,
  recordOutcome,
} from "../db/intents.ts";
import { openSecrets } from "../deploy/prepare.ts";
import type { Deps } from "../deps.ts";

export interface PublisherOptions {
  /** The client for the clusters whose intents the server writes; its rights end at resources and their Secrets. */
  kube: Kube;
  /** The agent's namespace. */
  namespace: string;
  signal: AbortSignal;
}

/** Starts the publisher's home in the server: it writes intents as they are released, and again until they hold. */
export function startPublisher(deps: Deps, options: PublisherOptions): Loop {
  const { signal } = options;
  const loop = startLoop({
    name: "intent publisher",
    once: () => publishDue(deps, options),
    everyMs: deps.settings.pollMs,
    signal,
    log: deps.log,
  });
  const stop = deps.changes.on("intent:*", loop.wake);
  void loop.done.then(stop);
  return loop;
}

/** Publishes what is due in all direct clusters. Answers when to look again, milliseconds. */
export async function publishDue(deps: Deps, options: PublisherOptions): Promise<number> {
  let againMs = deps.settings.pollMs;
  for (const clusterId of await directClusters(deps.sql)) {
    const due = await pendingIntents(deps.sql, clusterId);
    const secrets = await openSecrets(
      deps,
      due.map((intent) => intent.instanceId),
    );
    await Promise.all(
      due.map((intent) => publishOne(deps, options, intent, secrets.get(intent.instanceId) ?? {})),
    );
    const nextMs = await nextDueMs(deps.sql, clusterId);
    if (nextMs !== undefined) againMs = Math.min(againMs, Math.max(nextMs, 50));
  }
  return againMs;
}

async function publishOne(
  deps: Deps,
  { kube, namespace, signal }: PublisherOptions,
  row: PendingIntentRow,
  data: Record<string, string>,
): Promise<void> {
  const { clusterId, deploymentId, generation } = row;
  const intent: Intent = {
    deploymentId,
    name: row.resourceName,
    generation,
    instanceId: row.instanceId,
    spec: row.spec as unknown as Intent["spec"],
    ...(row.secretName === null ? {} : { secret: { name: row.secretName, data } }),
  };
  try {
    const isWanted = () => isReleased(deps.sql, deploymentId, generation);
    const { uid } = await publishIntent(kube, intent, { namespace, signal, isWanted });
    await recordOutcome(deps.sql, { clusterId, deploymentId, generation, uid });
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    deps.log.warn("an intent was not written", { deployment: deploymentId, generation, error: thrown });
    await recordOutcome(deps.sql, {
      clusterId,
      deploymentId,
      generation,
      error: messageOf(thrown).slice(0, 2000),
    });
  }
}
