import { isConflict, isInvalid, isKindNotServed, isNotFound, type KubeError } from "../../kube/errors.ts";
import { labels, managers, type StyrminDeployment } from "../../kube/styrmin-deployment.ts";
import type { KubeObject } from "../../kube/types.ts";
import type { Deps } from "./deps.ts";
import { hasField } from "./field-path.ts";
import { dropping, ignoredFields, leavingOut, scalingFields } from "./ignore.ts";
import { immutableFields } from "./immutable.ts";
import { definesKind } from "./manifests.ts";
import { isApplied, ourFields } from "./owned.ts";
import { recreate } from "./recreate.ts";
import { conflictOf, fieldConflicts, isAgainstSchema, refusalOf } from "./refusal.ts";
import { keyOf, refOf } from "./refs.ts";
import type { Release } from "./releases.ts";
import { wantedReplicas } from "./scale.ts";

export interface ApplyRequest {
  resource: StyrminDeployment;
  release: Release;
  wanted: KubeObject[];
  /** All of this was applied before, so that what differs now is drift. */
  settled: boolean;
}

/** Controllers write statuses meanwhile, and each makes a write of ours stale. */
const maxTries = 6;

export interface Ensured {
  /** The object as it is then; on its way out when it is made anew later. */
  live: KubeObject;
  /** Something of it was not as wanted. That others wrote to it meanwhile does not count. */
  changed: boolean;
}

/** Brings one object to what is wanted. Throws StallError for what the API refuses and for what is somebody else's. */
export async function ensure(
  deps: Deps,
  request: ApplyRequest,
  wanted: KubeObject,
  seen: KubeObject | undefined,
  signal: AbortSignal,
): Promise<Ensured> {
  const ref = refOf(wanted);
  const versionOf = (object: KubeObject | undefined) => object?.metadata.resourceVersion;
  const ignored = ignoredFields(wanted, request.resource, request.release.objects);
  let live = seen;
  for (let tries = 1; ; tries++) {
    const object = leavingOut(wanted, live, ignored);
    if (live) {
      refuseForeign(live, request.resource);
      // It is made anew when it is gone; the watch tells.
      if (live.metadata.deletionTimestamp) return { live, changed: false };
      // By a write of ours whose answer was lost, or by somebody else.
      if (tries > 1 && isApplied(live, object)) return { live, changed: versionOf(live) !== versionOf(seen) };
    }
    try {
      const result = await write(deps, request, { object, live, ignored }, signal);
      return { live: deps.views.note(result), changed: versionOf(result) !== versionOf(live) };
    } catch (thrown) {
      // Its definition was applied just before; the API serves the kind, or its new schema, in a moment.
      if (isKindNotServed(thrown) && definesKind(request.wanted, ref)) throw thrown;
      if (isAgainstSchema(thrown) && !isStale(thrown) && deps.definitions.isNew(ref)) throw thrown;
      if (tries >= maxTries) throw refusalOf(thrown, ref);
      const fixed = live ? immutableFields(thrown, object, live) : [];
      if (live && fixed.length > 0) live = await recreate(deps, { object, live, fixed, thrown }, signal);
      else if (isStale(thrown)) live = await deps.views.readFresh(ref, signal);
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
  { object: wanted, live, ignored }: { object: KubeObject; live: KubeObject | undefined; ignored: string[] },
  signal: AbortSignal,
): Promise<KubeObject> {
  // No object can have version 1: the write makes the object, or conflicts with one that is there.
  const { uid, resourceVersion } = live?.metadata ?? { resourceVersion: "1" };
  const object = { ...wanted, metadata: { ...wanted.metadata, ...(uid ? { uid } : {}), resourceVersion } };
  const force = settled || takesOver(resource);
  try {
    return await kube.apply(object, { manager: managers.operator, force }, signal);
  } catch (thrown) {
    const conflicts = force ? undefined : fieldConflicts(thrown);
    if (conflicts === undefined) throw thrown;
    // Fields that an applied Release had were ours: somebody changed them, and the new Release says what counts.
    const before = releases
      .of(release.deploymentId)
      .filter(({ revision }) => revision <= (resource.status?.release?.revision ?? 0))
      .flatMap(({ objects }) => objects.filter((one) => keyOf(refOf(one)) === keyOf(refOf(wanted))));
    const scaling = wantedReplicas(wanted, resource.spec) !== undefined;
    const left = conflicts.map(({ field }) => field).filter((field) => ignored.includes(field));
    const others = conflicts.filter(
      ({ field }) =>
        !left.includes(field) &&
        !before.some((one) => hasField(one, field)) &&
        !(scaling && scalingFields.has(field)),
    );
    if (others.length > 0) {
      const told = others.map(({ field, message }) => `${field} (${message})`).join(", ");
      throw conflictOf(refOf(wanted), `has fields that belong to another manager: ${told}`, thrown);
    }
    const rest = dropping(object, left);
    return await kube.apply(
      rest,
      { manager: managers.operator, force: left.length < conflicts.length },
      signal,
    );
  }
}

const takesOver = ({ spec }: StyrminDeployment): boolean => spec.policies?.conflicts === "TakeOver";

function refuseForeign(live: KubeObject, resource: StyrminDeployment): void {
  const owner = live.metadata.labels?.[labels.deployment];
  if (owner === resource.spec.deploymentId) return;
  // Somebody took the label off an object of ours.
  if (owner === undefined && (ourFields(live) !== undefined || takesOver(resource))) return;
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
