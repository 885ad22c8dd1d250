import { needCurrentEpoch, touch } from "../agents/presence.ts";
import { waitFor } from "../agents/waits.ts";
import { violated } from "../db/sql.ts";
import { type ClaimedTaskRow, claimedBefore, claimTask, noteUnable } from "../db/leases.ts";
import type { Deps } from "../deps.ts";
import { createTurns } from "../turns.ts";

export interface Wait {
  clusterId: string;
  epoch: number;
  waitMs: number;
  /** See `Claim`. */
  request?: string | null;
  signal?: AbortSignal | undefined;
}

const inTurn = createTurns();

/**
 * Leases the oldest due task of a cluster, waiting for one as long as is asked. Woken when a task of the cluster
 * changes; undefined when there is none in time. Throws CONFLICT when the epoch is over.
 */
export async function claimNext(deps: Deps, wait: Wait): Promise<ClaimedTaskRow | undefined> {
  const { clusterId, epoch, request = null, signal } = wait;
  const { leaseMs, pollMs } = deps.settings;
  await needCurrentEpoch(deps, clusterId, epoch);
  const waitMs = waitFor(wait.waitMs, deps.settings);
  return deps.changes.until(
    `work:${clusterId}`,
    { waitMs, pollMs, ...(signal ? { signal } : {}) },
    async () => {
      // One claim of a cluster after the other, so that a suspect is alone for certain.
      const claim = { clusterId, epoch, leaseMs, request };
      const task = await inTurn(
        clusterId,
        async () => (await claimedBefore(deps.sql, claim)) ?? (await claimTask(deps.sql, claim)),
      ).catch(lostRace);
      if (task) return task;
      await noteUnable(deps.sql, clusterId);
      await needCurrentEpoch(deps, clusterId, epoch);
      await touch(deps, clusterId);
      return undefined;
    },
  );
}

/** Two claims took tasks of one deployment in the same moment; the other has won. */
function lostRace(thrown: unknown): undefined {
  if (violated(thrown) !== "tasks_one_begun") throw thrown;
}
