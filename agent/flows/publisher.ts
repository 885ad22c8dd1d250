import {
  type Client,
  PendingIntentsDocument,
  type PendingIntentsMutation,
  RecordIntentDocument,
} from "../../clients/sdk/index.ts";
import { publishIntent } from "../../kube/intent.ts";
import type { StyrminDeploymentSpec } from "../../kube/styrmin-deployment.ts";
import type { Kube } from "../../kube/types.ts";
import { messageOf } from "../../lib/errors.ts";
import type { Log } from "../../lib/log.ts";
import { type Loop, startLoop } from "../../lib/loop.ts";
import type { Session } from "../session/session.ts";

type PendingIntent = PendingIntentsMutation["pendingIntents"][number];

export interface PublisherOptions {
  client: Client;
  session: Session;
  kube: Kube;
  /** The agent's namespace. */
  namespace: string;
  /** Resolves while this process may write: two publishers must never write together. */
  whenHeld: (signal: AbortSignal) => Promise<void>;
  /** How long one call waits at the server for intents, milliseconds. */
  waitMs?: number;
  signal: AbortSignal;
  log: Log;
}

const idleMs = 60_000;

/** The intent publisher's home in the agent, for clusters that the server cannot reach (intent *pull*). */
export function startPublisher(options: PublisherOptions): Loop {
  const { client, session, waitMs = 20_000, signal, log } = options;
  return startLoop({
    name: "publisher",
    everyMs: 0,
    signal,
    log,
    async once(own) {
      const { intent } = await session.ready(own);
      if (intent !== "PULL") return idleMs;
      await options.whenHeld(own);
      const pending = await session.call(own, async ({ epoch }) => {
        const limits = { signal: own, timeoutMs: waitMs + 10_000 };
        return (await client.execute(PendingIntentsDocument, { epoch, waitMs }, limits)).pendingIntents;
      });
      const results = await Promise.allSettled(pending.map((one) => publishOne(options, one, own)));
      const failed = results.find((result) => result.status === "rejected");
      if (failed) throw failed.reason;
      return 0;
    },
  });
}

/** Writes one intent and records what became of it. A failure is recorded too, and thrown for the back-off. */
export async function publishOne(
  { client, session, kube, namespace, log }: PublisherOptions,
  pending: PendingIntent,
  signal: AbortSignal,
): Promise<void> {
  const { deploymentId, name, generation, instanceId, secretName, secretData } = pending;
  const record = (outcome: { uid?: string; error?: string }) =>
    session.call(signal, ({ epoch }) =>
      client.execute(
        RecordIntentDocument,
        { epoch, input: { deploymentId, generation, ...outcome } },
        { signal },
      ),
    );
  try {
    const intent = {
      deploymentId,
      name,
      generation,
      instanceId,
      spec: pending.spec as StyrminDeploymentSpec,
      ...(secretName ? { secret: { name: secretName, data: secretData as Record<string, string> } } : {}),
    };
    const { uid, outcome } = await publishIntent(kube, intent, { namespace, signal });
    log.info("intent published", { name, generation, outcome });
    await record({ uid });
  } catch (thrown) {
    if (!signal.aborted) await record({ error: messageOf(thrown) }).catch(() => {});
    throw thrown;
  }
}
