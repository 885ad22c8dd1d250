import { needCurrentEpoch, touch } from "../agents/presence.ts";
import { violated } from "../db/sql.ts";
import { type ClaimedTaskRow, claimTask } from "../db/tasks.ts";
import type { Deps } from "../deps.ts";

/** The longest that a call may wait for work, milliseconds. */
export const maxWaitMs = 25_000;

export interface Wait {
  clusterId: string;
  epoch: number;
  waitMs: number;
  signal?: AbortSignal | undefined;
}

/**
 * Leases the oldest due task of a cluster, waiting for one as long as is asked. Woken when a task of the cluster
 * changes; undefined when there is none in time. Throws CONFLICT when the epoch is over.
 */
export async function claimNext(deps: Deps, wait: Wait): Promise<ClaimedTaskRow | undefined> {
  const { clusterId, epoch, signal } = wait;
  const { leaseMs, pollMs } = deps.settings;
  await needCurrentEpoch(deps, clusterId, epoch);
  const waitMs = Math.min(Math.max(wait.waitMs, 0), maxWaitMs);
  return deps.changes.until(
    `work:${clusterId}`,
    { waitMs, pollMs, ...(signal ? { signal } : {}) },
    async () => {
      const task = await inTurn(clusterId, () => claimTask(deps.sql, { clusterId, epoch, leaseMs })).catch(
        lostRace,
      );
      if (task) return task;
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

const turns = new Map<string, Promise<unknown>>();

/** One claim of a cluster after the other, so that a suspect is alone for certain. */
function inTurn<T>(clusterId: string, work: () => Promise<T>): Promise<T> {
  const own = (turns.get(clusterId) ?? Promise.resolve()).then(work, work);
  const settled = own.catch(() => {});
  turns.set(clusterId, settled);
  void settled.then(() => {
    if (turns.get(clusterId) === settled) turns.delete(clusterId);
  });
  return own;
}
