import { compareVersions, latestVersion } from "../../drivers/kit/index.ts";
import { AppError } from "../../lib/errors.ts";
import { type Loop, startLoop } from "../../lib/loop.ts";
import { deploymentsById } from "../db/deployments.ts";
import { type DriverVersionOrder, driverVersionOrders, driverVersionsById } from "../db/drivers.ts";
import type { Queries } from "../db/sql.ts";
import { liveTasks } from "../db/tasks.ts";
import {
  beginUpgrade,
  forgetNotice,
  type NoticeRow,
  noticesOf,
  putNotice,
  settleNotices,
  type Watcher,
  watchers,
} from "../db/version-notices.ts";
import type { Deps } from "../deps.ts";
import { beyondBounds } from "./new-version-policy.ts";
import { taskUnderWay, updateDeployment } from "./update.ts";
import { type PlannedVersion, planVersion } from "./version-plan.ts";

const everyMs = 15_000;
/** Changes of deployments are many; they are looked at together, this long after the first. */
const gatherMs = 1_000;

/** Starts to look for new versions of drivers, for the deployments whose policy wants to know. */
export function startNewVersions(deps: Deps, signal: AbortSignal): Loop {
  const once = (stop: AbortSignal) => lookForVersions(deps, stop);
  const loop = startLoop({ name: "new versions", once, everyMs, signal, log: deps.log });
  let soon: ReturnType<typeof setTimeout> | undefined;
  const wakeSoon = () => {
    soon ??= setTimeout(() => {
      soon = undefined;
      loop.wake();
    }, gatherMs);
  };
  // A policy may have changed, or a task ended that an upgrade waits for.
  const stops = [deps.changes.on("version:*", loop.wake), deps.changes.on("deployment:*", wakeSoon)];
  const done = loop.done.then(() => {
    clearTimeout(soon);
    for (const stop of stops) stop();
  });
  return { ...loop, done };
}

/**
 * Does what policies say about versions that are newer than what their deployments have. One after the other. Of several
 * commits that are loaded one by one the last counts: until it is, there is nothing to do.
 */
export async function lookForVersions(deps: Deps, signal: AbortSignal): Promise<void> {
  const { sql, log } = deps;
  await settleNotices(sql);
  const all = await watchers(sql);
  if (all.length === 0) return;
  const driverIds = [...new Set(all.map(({ driverId }) => driverId))];
  const orders = Map.groupBy(
    await driverVersionOrders(sql, { driverIds, settled: true }),
    ({ driverId }) => driverId,
  );
  const latest = new Map([...orders].map(([id, versions]) => [id, latestVersion(versions)!]));
  const behind = all.filter((one) => isNewer(latest.get(one.driverId), one));
  const notices = new Map(
    (
      await noticesOf(
        sql,
        behind.map(({ id }) => id),
      )
    ).map((notice) => [`${notice.deploymentId} ${notice.versionId}`, notice]),
  );
  for (const watcher of behind) {
    signal.throwIfAborted();
    const version = latest.get(watcher.driverId)!;
    const notice = notices.get(`${watcher.id} ${version.id}`);
    if (!wantsWork(watcher, notice)) continue;
    try {
      await handle(deps, watcher, version.id, notice, signal);
    } catch (error) {
      signal.throwIfAborted();
      // It is tried again; the others must not wait for it.
      log.warn("a new version could not be looked at", {
        deployment: watcher.id,
        version: version.id,
        error,
      });
    }
  }
}

function isNewer(latest: DriverVersionOrder | undefined, { versionId, version, loadedAt }: Watcher): boolean {
  if (!latest || latest.id === versionId) return false;
  const order = compareVersions(latest.version, version);
  return order > 0 || (order === 0 && latest.loadedAt > loadedAt);
}

/** Whether all is as a pass saw it: that takes minutes, and what persons decide meanwhile counts. */
async function isAsSeen(sql: Queries, seen: Watcher, versionId: string): Promise<boolean> {
  const [now] = await watchers(sql, seen.id);
  if (!Bun.deepEquals(now, seen)) return false;
  const orders = await driverVersionOrders(sql, { driverIds: [seen.driverId], settled: true });
  return latestVersion(orders)?.id === versionId;
}

/**
 * Whether there is something to do about a version of which this was said. A plan is made anew when the deployment was
 * changed since. What was tried is over, however it ended. Pure.
 */
export function wantsWork(
  { policy, changedAt }: Pick<Watcher, "policy" | "changedAt">,
  notice: Pick<NoticeRow, "state" | "updatedAt"> | undefined,
): boolean {
  if (!notice) return true;
  const isStale = changedAt > notice.updatedAt;
  switch (notice.state) {
    case "NEW":
      return policy.do !== "NOTIFY";
    case "PLANNED":
      return policy.do === "UPGRADE" || (policy.do === "PLAN" && isStale);
    case "HELD":
      return policy.do !== "NOTIFY" && isStale;
    default:
      return false;
  }
}

async function handle(
  deps: Deps,
  seen: Watcher,
  versionId: string,
  notice: NoticeRow | undefined,
  signal: AbortSignal,
): Promise<void> {
  const { sql } = deps;
  if (!(await isAsSeen(sql, seen, versionId))) return;
  const { id, policy, changedAt } = seen;
  const about = { deploymentId: id, versionId };
  if (policy.do === "NOTIFY") return putNotice(sql, { ...about, state: "NEW", reason: null, plan: null });
  const [[deployment], [version]] = await Promise.all([
    deploymentsById(sql, [id]),
    driverVersionsById(sql, [versionId]),
  ]);
  if (!deployment || !version) return;
  // What waits is not rendered again and again.
  const isPlanned = notice?.state === "PLANNED" && notice.updatedAt >= changedAt;
  const still = isPlanned ? await waitsFor(deps, deployment) : null;
  if (still !== null)
    return putNotice(sql, { ...about, state: "PLANNED", reason: still, plan: notice!.plan });
  const planned = await planVersion(deps, deployment, version, { signal });
  if (!(await isAsSeen(sql, seen, versionId))) return;
  const plan = recorded(planned);
  const problems = beyondBounds(planned, policy);
  const waits = policy.do === "UPGRADE" && problems.length === 0 ? await waitsFor(deps, deployment) : null;
  if (policy.do === "PLAN") {
    const reason = planned.problems.length > 0 ? problems.join("; ") : null;
    return putNotice(sql, { ...about, state: reason === null ? "PLANNED" : "HELD", reason, plan });
  }
  if (problems.length > 0)
    return putNotice(sql, { ...about, state: "HELD", reason: problems.join("; "), plan });
  await putNotice(sql, { ...about, state: "PLANNED", reason: waits, plan });
  if (waits === null) await upgrade(deps, seen, version, plan);
}

/** Why now is no time for an upgrade; null when it is. */
async function waitsFor(
  { sql }: Deps,
  {
    id,
    phase,
    instanceId,
    activeInstanceId,
  }: { id: string; phase: string; instanceId: string; activeInstanceId: string | null },
): Promise<string | null> {
  if ((await liveTasks(sql, id)).length > 0) return taskUnderWay.message;
  if (phase === "STOPPED") return "it waits until the deployment is started";
  return activeInstanceId === instanceId
    ? null
    : "it waits until the last change of the deployment has succeeded";
}

/**
 * The same as a person's `deployments update --driver-version`, once for each deployment and time that the version
 * came; but what persons asked for is never cut off for it, and what they decide until it is recorded counts.
 */
async function upgrade(
  deps: Deps,
  seen: Watcher,
  { id: driverVersion, loadedAt }: Pick<DriverVersionOrder, "id" | "loadedAt">,
  plan: NoticeRow["plan"],
): Promise<void> {
  const { sql, log } = deps;
  const deployment = seen.id;
  const about = { deploymentId: deployment, versionId: driverVersion };
  const asked = { deployment, driverVersion };
  const key = `new version ${deployment} ${driverVersion} ${loadedAt.toISOString()}`;
  const beside = async (tx: Queries, taskId: string) => {
    if (!(await isAsSeen(tx, seen, driverVersion))) throw overtaken;
    if (!(await beginUpgrade(tx, { ...about, taskId }))) throw overtaken;
  };
  try {
    const request = { caller: { kind: "person" }, key, asked } as const;
    const { taskId } = await updateDeployment(deps, request, asked, { givesWay: true, beside });
    log.info("a deployment is upgraded by itself", { ...asked, task: taskId });
  } catch (thrown) {
    // Nothing was begun.
    if (!(thrown instanceof AppError) || thrown.code === "UNAVAILABLE") throw thrown;
    if (thrown === overtaken) return forgetNotice(sql, about);
    // What is held is looked at again when the deployment was changed.
    const state = thrown === taskUnderWay ? "PLANNED" : "HELD";
    await putNotice(sql, { ...about, state, reason: thrown.message, plan });
  }
}

const overtaken = new AppError("CONFLICT", "something was decided meanwhile");

/** A plan as it is kept: versions by id. */
function recorded({
  from,
  to,
  level,
  parameters,
  objects,
  staleSecrets,
  heldReplicas,
  problems,
  actions,
  hooks,
}: PlannedVersion): Record<string, unknown> {
  return {
    from: from.id,
    to: to.id,
    level,
    parameters,
    objects,
    staleSecrets,
    heldReplicas,
    problems,
    actions,
    hooks,
  };
}
