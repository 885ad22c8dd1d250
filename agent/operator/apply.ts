import type { KubeObject } from "../../kube/types.ts";
import type { Deps } from "./deps.ts";
import { blameFor } from "./blame.ts";
import { type ApplyRequest, ensure } from "./ensure.ts";
import { ignoredFields, leavingOut } from "./ignore.ts";
import { isApplied } from "./owned.ts";
import { refOf } from "./refs.ts";
import { untilServed } from "./served.ts";

export interface Applied {
  /** The wanted objects, each with its live state. */
  objects: { wanted: KubeObject; live: KubeObject | undefined }[];
  /** Drift that was repaired in this pass. */
  repaired: number;
  /** Drift that was not repaired, by policy or because it keeps coming back: which object, what of it, and whose. */
  drifted: string[];
  /** When a repair that was put off is due, milliseconds from now; infinite when there is none. */
  againMs: number;
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

  const own = (object: KubeObject, seen: KubeObject | undefined) =>
    leavingOut(object, seen, ignoredFields(object, resource, release.objects));

  for (const object of wanted) {
    const ref = refOf(object);
    const seen = await deps.views.read(ref, signal);
    const known = seen !== undefined && deps.drift.isKnown(seen, mark);
    if (known || (settled && policy === "Ignore") || isDone(seen, own(object, seen), settled)) {
      if (seen) deps.drift.know(seen, mark);
      applied.objects.push({ wanted: object, live: seen });
      continue;
    }
    const waitMs = settled ? deps.drift.waitMs(ref) : 0;
    if (settled && (policy === "Report" || waitMs > 0)) {
      applied.drifted.push(await blameFor(deps, own(object, seen), seen, waitMs > 0, signal));
      applied.objects.push({ wanted: object, live: seen });
      if (waitMs > 0) applied.againMs = Math.min(applied.againMs, waitMs);
      continue;
    }
    const isDefinition = object.kind === "CustomResourceDefinition";
    // Before it is written: the answer may be lost.
    if (isDefinition) deps.definitions.note(object);
    const { live, changed } = await ensure(deps, request, object, seen, signal);
    deps.drift.know(live, mark);
    if (isDefinition) await untilServed(deps, object, wanted, signal);
    if (settled && changed) {
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
