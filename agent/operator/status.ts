import { isConflict, isNotFound } from "../../kube/errors.ts";
import {
  managers,
  reasons,
  type StyrminDeployment,
  type StyrminDeploymentStatus,
} from "../../kube/styrmin-deployment.ts";
import type { Assessment } from "./assess.ts";
import { conditionOf, conditionsOf, timeText, type Verdict } from "./conditions.ts";
import type { Deps } from "./deps.ts";
import type { Release } from "./releases.ts";

/** What a pass found out. What it says nothing about stays as it was. */
export interface Findings {
  verdict: Verdict;
  assessment?: Assessment;
  /** Given only when it is applied in full and the rest is pruned. */
  release?: Release;
  repaired?: number;
  /** Names of objects with drift that is left as it is. */
  drifted?: string[];
  kept?: string[];
}

/** The status that findings make of the one before. Pure. */
export function statusAfter(
  { metadata, spec, status: before = {} }: StyrminDeployment,
  findings: Findings,
  now: Date,
): StyrminDeploymentStatus {
  const { verdict, assessment, release, repaired = 0, drifted = [], kept } = findings;
  const generation = metadata.generation ?? 0;
  const next: StyrminDeploymentStatus = {
    ...before,
    observedGeneration: generation,
    intentGeneration: spec.intentGeneration,
    conditions: conditionsOf(verdict, before.conditions, generation, now),
  };
  if (assessment) {
    const { components, total, ready, simulated } = assessment;
    next.components = components;
    next.objects = { total, ready, pruned: release?.pruned ?? before.objects?.pruned ?? 0 };
    if (simulated || before.simulated !== undefined) next.simulated = simulated;
  }
  if (release) {
    next.instanceId = release.instanceId;
    next.release = { name: release.name, revision: release.revision };
  }
  if (repaired > 0 || (drifted.length > 0 && !saysDrift(before, drifted))) {
    next.drift = { lastAt: timeText(now), repaired: (before.drift?.repaired ?? 0) + repaired };
  }
  if (kept && (kept.length > 0 || before.kept)) next.kept = kept;
  return next;
}

/** What a pass came to, with the drift that it repaired or left. Pure. */
export function withDrift(
  verdict: Verdict,
  { repaired, drifted }: { repaired: number; drifted: string[] },
): Verdict {
  const falling = verdict.reason === reasons.Progressing || verdict.reason === reasons.Degraded;
  const reason = repaired > 0 && falling ? reasons.DriftRepair : verdict.reason;
  return { ...verdict, reason, message: verdict.message + driftText(drifted) };
}

/** When to look again if the event of a change that came in between does not come first. */
export const changedAgainMs = 100;

/**
 * Writes the status, only if it differs, and only over the very state it was made of: a word that was held up must
 * not hide a later one. Answers the resource with it; undefined when the resource has changed meanwhile, whose
 * event brings the next look. A resource that is gone needs no status.
 */
export async function writeStatus(
  deps: Pick<Deps, "kube" | "noteResource">,
  resource: StyrminDeployment,
  findings: Findings,
  signal: AbortSignal,
): Promise<StyrminDeployment | undefined> {
  return putStatus(deps, resource, statusAfter(resource, findings, new Date()), signal);
}

/** Writes a status as it is; else as `writeStatus` does. */
export async function putStatus(
  { kube, noteResource }: Pick<Deps, "kube" | "noteResource">,
  resource: StyrminDeployment,
  status: StyrminDeploymentStatus,
  signal: AbortSignal,
): Promise<StyrminDeployment | undefined> {
  if (Bun.deepEquals(status, resource.status)) return resource;
  const { apiVersion, kind, metadata } = resource;
  const { name, namespace, uid, resourceVersion } = metadata;
  const object = { apiVersion, kind, metadata: { name, namespace, uid, resourceVersion }, status };
  const options = { manager: managers.operator, force: true, subresource: "status" } as const;
  try {
    const written = (await kube.apply(object, options, signal)) as StyrminDeployment;
    noteResource(written);
    return written;
  } catch (thrown) {
    if (isConflict(thrown)) return undefined;
    if (isNotFound(thrown)) return resource;
    throw thrown;
  }
}

/** Whether the deployment was healthy in this generation, so that what is not now is a fall, not a start. */
export function wasReady({ metadata, status }: StyrminDeployment): boolean {
  const ready = conditionOf(status?.conditions, "Ready");
  if (ready === undefined || ready.observedGeneration !== metadata.generation) return false;
  return ready.status === "True" || ready.reason === reasons.Degraded || ready.reason === reasons.DriftRepair;
}

/** Whether a Release with the spec as it is now was applied in full before. */
export function isSettled({ metadata, status }: StyrminDeployment, release: Release): boolean {
  const ready = conditionOf(status?.conditions, "Ready");
  return (
    status?.observedGeneration === metadata.generation &&
    status?.release?.revision === release.revision &&
    ready !== undefined &&
    afterApplying.has(ready.reason)
  );
}

const driftText = (drifted: string[]) =>
  drifted.length > 0 ? `; changed by others: ${drifted.join(", ")}` : "";

/** Drift that is left as it is and was told before is no news, also after a restart. */
const saysDrift = ({ conditions }: StyrminDeploymentStatus, drifted: string[]): boolean =>
  conditionOf(conditions, "Ready")?.message.endsWith(driftText(drifted)) ?? false;

/** The reasons that are given only when everything was applied; a hook may run before, and its word says nothing. */
const afterApplying: ReadonlySet<string> = new Set([
  reasons.Healthy,
  reasons.Stopped,
  reasons.Progressing,
  reasons.Degraded,
  reasons.DriftRepair,
  reasons.Unhealthy,
]);
