import { needCurrentEpoch, touch } from "../agents/presence.ts";
import { waitFor } from "../agents/waits.ts";
import { type PendingIntentRow, pendingIntents } from "../db/intents.ts";
import { openSecrets } from "../deploy/prepare.ts";
import type { Deps } from "../deps.ts";
import type { Wait } from "../tasks/claim.ts";

/** An intent as the agent's publisher gets it, its secrets opened. */
export type OpenedIntent = Omit<PendingIntentRow, "resourceName"> & {
  name: string;
  secretData: Record<string, string> | null;
};

/** The intents of a cluster that its agent is to write, waiting for one as long as is asked. */
export async function pendingFor(deps: Deps, wait: Wait): Promise<OpenedIntent[]> {
  const { clusterId, epoch, signal } = wait;
  await needCurrentEpoch(deps, clusterId, epoch);
  const waitMs = waitFor(wait.waitMs, deps.settings);
  // A failed intent becomes due again without any news, so this looks more often than other waits.
  const pollMs = Math.min(deps.settings.pollMs, 1000);
  const rows = await deps.changes.until(
    `intent:${clusterId}`,
    { waitMs, pollMs, ...(signal ? { signal } : {}) },
    async () => {
      const pending = await pendingIntents(deps.sql, clusterId);
      if (pending.length > 0) return pending;
      await needCurrentEpoch(deps, clusterId, epoch);
      await touch(deps, clusterId);
      return undefined;
    },
  );
  if (!rows) return [];
  const secrets = await openSecrets(
    deps,
    rows.map((row) => row.instanceId),
  );
  return rows.map(({ resourceName, ...row }) => ({
    ...row,
    name: resourceName,
    secretData: row.secretName === null ? null : (secrets.get(row.instanceId) ?? {}),
  }));
}
