import { type Loop, startLoop } from "../lib/loop.ts";
import { sweepInquiries } from "./db/inquiries.ts";
import { sweepKeys } from "./db/idempotency.ts";
import { requeueEdited, requeueMissing, sweepIntents } from "./db/intents.ts";
import { expireTasks, rescueExpiredLeases } from "./db/rescue.ts";
import { sweepDeliveries } from "./db/webhooks.ts";
import { startNewVersions } from "./deploy/new-versions.ts";
import type { Deps } from "./deps.ts";
import { loadBundledDrivers } from "./drivers/bundled.ts";
import { startLoader } from "./drivers/loader.ts";
import { startPoller } from "./drivers/poller.ts";
import { settleEnded } from "./tasks/end.ts";
import { supersedeWaitedFor } from "./tasks/supersede.ts";
import { startPublisher } from "./intent/publisher.ts";

export interface BackgroundOptions {
  /** How the server reaches its direct clusters; without it their intents wait. */
  direct?: { kube: Parameters<typeof startPublisher>[1]["kube"]; namespace: string } | undefined;
  /** Folders of drivers that came with the server; see `loadBundledDrivers`. */
  bundledDrivers?: readonly string[];
}

/** Starts what the server does unasked. The loops end with the signal; await their `done`. */
export function startBackground(deps: Deps, signal: AbortSignal, options: BackgroundOptions = {}): Loop[] {
  const { direct, bundledDrivers = [] } = options;
  const { settings, log } = deps;
  const every = (name: string, everyMs: number, once: () => Promise<void>) =>
    startLoop({ name, once, everyMs, signal, log, limitMs: 30_000 });
  return [
    every("rescuer", settings.rescueMs, () => rescue(deps)),
    every("resource check", settings.pollMs, () => checkResources(deps)),
    every("sweeper", sweepEveryMs, () => sweep(deps)),
    // Once is enough; a failure is tried again.
    every("bundled drivers", neverMs, () => loadBundledDrivers(deps, bundledDrivers)),
    startPoller(deps, signal),
    startLoader(deps, signal),
    startNewVersions(deps, signal),
    ...(direct ? [startPublisher(deps, { ...direct, signal })] : []),
  ];
}

const sweepEveryMs = 10 * 60_000;
/** The longest that a timer can wait, about 24 days. */
const neverMs = 2 ** 31 - 1;

/**
 * Takes back leases that ran out, ends tasks that are past their time, settles what they left behind, and lets changes
 * begin that waited for nothing but hooks.
 */
export async function rescue(deps: Deps): Promise<void> {
  const { sql, log } = deps;
  const rescued = await rescueExpiredLeases(sql);
  const expired = await expireTasks(sql);
  if (rescued + expired > 0) log.info("took tasks back", { rescued, expired });
  await settleEnded(deps);
  const superseded = await supersedeWaitedFor(deps);
  if (superseded > 0) log.info("changes took the place of those that they waited for", { superseded });
}

/** Lets resources be written again that somebody removed or changed by hand. */
export async function checkResources({ sql, settings, log }: Deps): Promise<void> {
  const missing = await requeueMissing(sql, settings.missingMs);
  if (missing > 0) log.warn("resources are gone and are written again", { missing });
  const edited = await requeueEdited(sql, settings.missingMs);
  if (edited > 0) log.warn("resources were changed by hand and are written again", { edited });
}

/** Forgets what nobody asks for any more. */
export async function sweep({ sql, settings }: Deps): Promise<void> {
  await sweepKeys(sql, settings.idempotencyMs);
  await sweepInquiries(sql);
  await sweepIntents(sql);
  await sweepDeliveries(sql);
}
