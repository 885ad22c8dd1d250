import { AppError } from "../../lib/errors.ts";
import { beginEpoch, currentEpoch, endEpoch, noteRefusal, touchAgent } from "../db/agents.ts";
import { removeRetiring } from "../db/callers.ts";
import { clustersById } from "../db/clusters.ts";
import { freeOlderLeases, handBackLeases } from "../db/rescue.ts";
import { transaction } from "../db/sql.ts";
import type { Deps } from "../deps.ts";
import { settleEnded } from "../tasks/end.ts";
import { cleanText } from "./clean.ts";
import { compareVersions, noticeOf } from "./versions.ts";

export interface Session {
  epoch: number;
  clusterId: string;
  clusterName: string;
  intent: "DIRECT" | "PULL";
  leaseMs: number;
  renewMs: number;
  /** What the agent's operator should know; see `compareVersions`. */
  notice: string | null;
}

export interface Hello {
  instanceId: string;
  version: string;
  calmEpoch?: number | null;
  /** Agents of before say nothing. */
  abilities?: readonly string[] | null;
}

/**
 * Begins an agent's life. The same instance again gets the next epoch at once, and what its last life held is free.
 * A hello with a new token ends those that it replaces. Throws CONFLICT for another instance while the first is
 * alive, and for a version too far from the server's.
 */
export async function sayHello(
  deps: Deps,
  { clusterId, retiring }: { clusterId: string; retiring?: boolean },
  { instanceId, version, calmEpoch, abilities: said }: Hello,
): Promise<Session> {
  const { takeoverMs, poisonAfter, leaseMs, renewMs } = deps.settings;
  const fits = (text: string) => text.length <= 200 && text === cleanText(text, 200);
  if (instanceId.length === 0 || !fits(instanceId) || !fits(version)) {
    throw new AppError(
      "INVALID",
      "instanceId and version must be texts of 1 to 200 characters, none of them NUL.",
      {
        field: "instanceId",
      },
    );
  }
  const abilities = (said ?? []).slice(0, mostAbilities).map((word) => cleanText(word, 50));
  const { refusal } = compareVersions(deps.version, version);
  const notice = noticeOf(deps.version, { version, abilities });
  if (refusal !== undefined) {
    await noteRefusal(deps.sql, clusterId, `agent ${instanceId}: ${refusal}`);
    throw new AppError("CONFLICT", refusal, { field: "version" });
  }
  const begun = await transaction(deps.sql, async (tx) => {
    const epoch = (await beginEpoch(tx, { clusterId, instanceId, version, abilities, takeoverMs }))?.epoch;
    if (epoch === undefined) return undefined;
    await freeOlderLeases(tx, { clusterId, epoch, poisonAfter, calmEpoch: calmEpoch ?? null });
    if (!retiring) await removeRetiring(tx, clusterId);
    return epoch;
  });
  await settleEnded(deps);
  const [cluster] = await clustersById(deps.sql, [clusterId]);
  if (begun === undefined) {
    const text = `Another agent of cluster ${cluster?.name ?? clusterId} is alive; stop it first, or wait until it has been silent for ${takeoverMs / 1000} s.`;
    await noteRefusal(deps.sql, clusterId, `agent ${instanceId}: ${text}`);
    throw new AppError("CONFLICT", text, { field: "instanceId" });
  }
  const { name, intent } = cluster!;
  return { epoch: begun, clusterId, clusterName: name, intent, leaseMs, renewMs, notice };
}

/** An agent of a later version may name some that are not known here; more than this is no list of words. */
const mostAbilities = 50;

/** Ends a life; what it still held is free at once. False when it was not the current one. */
export async function sayGoodbye(deps: Deps, clusterId: string, epoch: number): Promise<boolean> {
  const ended = await transaction(deps.sql, async (tx) => {
    const isOurs = await endEpoch(tx, clusterId, epoch);
    if (isOurs) await handBackLeases(tx, clusterId, epoch);
    return isOurs;
  });
  await settleEnded(deps);
  return ended;
}

/** Throws CONFLICT unless the epoch is the current one of the cluster's agent. */
export async function needCurrentEpoch(deps: Deps, clusterId: string, epoch: number): Promise<void> {
  if ((await currentEpoch(deps.sql, clusterId)) === epoch) return;
  throw new AppError("CONFLICT", `Epoch ${epoch} of this agent is over; say hello again.`, {
    field: "epoch",
  });
}

const touchedAt = new WeakMap<Deps, Map<string, number>>();

/** Every call of an agent says that it lives; the row is written once a second at most. */
export async function touch(deps: Deps, clusterId: string): Promise<void> {
  const known = touchedAt.get(deps) ?? new Map<string, number>();
  touchedAt.set(deps, known);
  const { silenceMs, takeoverMs } = deps.settings;
  const touchEveryMs = Math.min(1000, silenceMs / 4, takeoverMs / 4);
  const now = performance.now();
  if (now - (known.get(clusterId) ?? Number.NEGATIVE_INFINITY) < touchEveryMs) return;
  known.set(clusterId, now);
  await touchAgent(deps.sql, clusterId);
}
