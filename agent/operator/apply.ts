import { isConflict, isInvalid, isKindNotServed, isNotFound, KubeError } from "../../kube/errors.ts";
import { labels, managers, type StyrminDeployment } from "../../kube/styrmin-deployment.ts";
import type { KubeObject } from "../../kube/types.ts";
import type { Deps } from "./deps.ts";
import { conflictOf, fieldConflicts, refusalOf } from "./refusal.ts";
import { hasField } from "./field-path.ts";
import { definesKind } from "./manifests.ts";
import { isApplied, ourFields } from "./owned.ts";
import { keyOf, nameOf, refOf } from "./refs.ts";
import type { Release } from "./releases.ts";
import { wantedReplicas } from "./scale.ts";

export interface Applied {
  /** The wanted objects, each with its live state. */
  objects: { wanted: KubeObject; live: KubeObject | undefined }[];
  /** Drift that was repaired in this pass. */
  repaired: number;
  /** Names of objects with drift that was not repaired, by policy or because it keeps coming back. */
  drifted: string[];
  /** When a repair that was put off is due, milliseconds from now; infinite when there is none. */
  againMs: number;
}

export interface ApplyRequest {
  resource: StyrminDeployment;
  release: Release;
  wanted: KubeObject[];
  /** All of this was applied before, so that what differs now is drift. */
  settled: boolean;
}

/**
 * Brings each object to what is wanted, in order. What is so already costs no request: that is decided from
 * the watched state. Throws StallError for what the API refuses and for what belongs to somebody else.
 */
export async function applyAll(deps: Deps, request: ApplyRequest, signal: AbortSignal): Promise<Applied> {
  const { resource, release, wanted, settled } = request;
  const policy = resource.spec.policies?.drift ?? "Repair";
  const mark = `${release.name} ${resource.metadata.generation}`;
  const applied: Applied = { objects: [], repaired: 0, drifted: [], againMs: Number.POSITIVE_INFINITY };

  for (const object of wanted) {
    const ref = refOf(object);
    const seen = await deps.views.read(ref, signal);
    const known = seen !== undefined && deps.drift.isKnown(seen, mark);
    if (known || (settled && policy === "Ignore") || isDone(seen, object, settled)) {
      if (seen) deps.drift.know(seen, mark);
      applied.objects.push({ wanted: object, live: seen });
      continue;
    }
    const waitMs = settled ? deps.drift.waitMs(ref) : 0;
    if (settled && (policy === "Report" || waitMs > 0)) {
      applied.drifted.push(nameOf(ref));
      applied.objects.push({ wanted: object, live: seen });
      if (waitMs > 0) applied.againMs = Math.min(applied.againMs, waitMs);
      continue;
    }
    const live = await ensure(deps, request, object, seen, signal);
    if (live) deps.drift.know(live, mark);
    if (settled && live?.metadata.resourceVersion !== seen?.metadata.resourceVersion) {
      deps.drift.repaired(ref);
      applied.repaired++;
    }
    applied.objects.push({ wanted: object, live });
  }
  return applied;
}

function isDone(live: KubeObject | undefined, wanted: KubeObject, settled: boolean): boolean {
  return live !== undefined && !live.metadata.deletionTimestamp && isApplied(live, wanted, !settled);
}

/** Controllers write statuses meanwhile, and each makes a write of ours stale. */
const maxTries = 6;

async function ensure(
  deps: Deps,
  request: ApplyRequest,
  wanted: KubeObject,
  seen: KubeObject | undefined,
  signal: AbortSignal,
): Promise<KubeObject | undefined> {
  const ref = refOf(wanted);
  let live = seen;
  for (let tries = 1; ; tries++) {
    if (live) {
      refuseForeign(live, request.resource);
      // It is made anew when it is gone; the watch tells.
      if (live.metadata.deletionTimestamp) return live;
      if (tries > 1 && isApplied(live, wanted)) return live;
    }
    try {
      const result = await write(deps, request, wanted, live, signal);
      return deps.views.note(result);
    } catch (thrown) {
      // Its definition was applied just before; the API serves the kind in a moment.
      if (isKindNotServed(thrown) && definesKind(request.wanted, ref)) throw thrown;
      if (tries >= maxTries) throw refusalOf(thrown, ref);
      if (isStale(thrown)) live = await deps.views.readFresh(ref, signal);
      else if (isWithoutNamespace(thrown, request.resource))
        await makeNamespace(deps, request.resource, signal);
      else throw refusalOf(thrown, ref);
    }
  }
}

/**
 * One server-side apply, bound to the very state that was seen, or to there being none: what was decided and held
 * up must not undo what was done since.
 */
async function write(
  { kube, releases }: Deps,
  { resource, release, settled }: ApplyRequest,
  wanted: KubeObject,
  live: KubeObject | undefined,
  signal: AbortSignal,
): Promise<KubeObject> {
  // No object can have version 1: the write makes the object, or conflicts with one that is there.
  const { uid, resourceVersion } = live?.metadata ?? { resourceVersion: "1" };
  const object = { ...wanted, metadata: { ...wanted.metadata, ...(uid ? { uid } : {}), resourceVersion } };
  try {
    return await kube.apply(object, { manager: managers.operator, force: settled }, signal);
  } catch (thrown) {
    const conflicts = settled ? undefined : fieldConflicts(thrown);
    if (conflicts === undefined) throw thrown;
    // Fields that an applied Release had were ours: somebody changed them, and the new Release says what counts.
    const before = releases
      .of(release.deploymentId)
      .filter(({ revision }) => revision <= (resource.status?.release?.revision ?? 0))
      .flatMap(({ objects }) => objects.filter((one) => keyOf(refOf(one)) === keyOf(refOf(wanted))));
    const scaling = wantedReplicas(wanted, resource.spec) !== undefined;
    const others = conflicts.filter(
      ({ field }) => !before.some((one) => hasField(one, field)) && !(scaling && scalingFields.has(field)),
    );
    if (others.length > 0) {
      const told = others.map(({ field, message }) => `${field} (${message})`).join(", ");
      throw conflictOf(refOf(wanted), `has fields that belong to another manager: ${told}`, thrown);
    }
    return await kube.apply(object, { manager: managers.operator, force: true }, signal);
  }
}

const scalingFields = new Set([".spec.replicas", ".spec.suspend"]);

function refuseForeign(live: KubeObject, { spec }: StyrminDeployment): void {
  const owner = live.metadata.labels?.[labels.deployment];
  if (owner === spec.deploymentId) return;
  // Somebody took the label off an object of ours.
  if (owner === undefined && ourFields(live) !== undefined) return;
  const whose = owner === undefined ? "was not made by this deployment" : `belongs to deployment ${owner}`;
  throw conflictOf(refOf(live), `exists already and ${whose}; remove or rename one of the two`);
}

/** The object is not the one that was seen, or there is one where none was seen. */
function isStale(thrown: unknown): boolean {
  if (isConflict(thrown)) return fieldConflicts(thrown) === undefined;
  return isInvalid(thrown) && (thrown as KubeError).message.includes("metadata.uid");
}

function isWithoutNamespace(thrown: unknown, { spec }: StyrminDeployment): boolean {
  if (!isNotFound(thrown)) return false;
  const { details } = thrown as KubeError;
  return details?.kind === "namespaces" && details.name === spec.targetNamespace;
}

/** The environment's namespace is made by the flow; somebody may have deleted it since. */
async function makeNamespace(
  { kube }: Deps,
  { spec }: StyrminDeployment,
  signal: AbortSignal,
): Promise<void> {
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: spec.targetNamespace } };
  await kube.apply(namespace, { manager: managers.operator, force: true }, signal);
}
