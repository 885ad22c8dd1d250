import { isConflict, isForbidden } from "../../kube/errors.ts";
import { reasons, type StyrminDeployment } from "../../kube/styrmin-deployment.ts";
import type { KubeObject } from "../../kube/types.ts";
import type { Assessment } from "./assess.ts";
import type { Deps } from "./deps.ts";
import { missingRight } from "./refusal.ts";
import { nameOf, refOf } from "./refs.ts";
import { componentOfWorkload } from "./scale.ts";
import { changedAgainMs } from "./status.ts";
import { stuckPodOf } from "./stuck-pod.ts";

/** What can be told of the pods that StatefulSets wait for in vain, and when to look again. */
export interface StuckEnded {
  /** Why one could not be ended. */
  refused: string[];
  againMs: number;
}

/**
 * Deletes pods of earlier revisions that keep a StatefulSet from going on, one of each StatefulSet at a time. It is
 * bound to the very state that was seen: what has become ready or was replaced meanwhile stays. Needs no memory: an
 * operator that is killed before or after it finds what is to be done in the cluster.
 */
export async function endStuck(
  deps: Deps,
  { spec, metadata }: StyrminDeployment,
  seen: { objects: { wanted: KubeObject; live: KubeObject | undefined }[]; pods: KubeObject[]; mark: string },
  signal: AbortSignal,
): Promise<StuckEnded> {
  const ended: StuckEnded = { refused: [], againMs: Number.POSITIVE_INFINITY };
  if (spec.phase !== "Running") return ended;
  for (const { wanted, live } of seen.objects) {
    // Of what a flow holds it knows itself what it waits for.
    const component = componentOfWorkload(wanted, spec);
    if (!live || (component !== undefined && spec.hold?.components?.[component] !== undefined)) continue;
    const { pod, againMs } = stuckPodOf(live, seen.pods, Date.now());
    ended.againMs = Math.min(ended.againMs, againMs);
    if (!pod) continue;
    const ref = refOf(pod);
    const { uid, resourceVersion, name } = pod.metadata;
    try {
      if (!(await deps.kube.delete(ref, { uid, resourceVersion }, signal))) continue;
      const text = `ended pod ${name} of an earlier revision, which could not become ready, so that the StatefulSet can go on`;
      deps.ended.set(metadata.name, { mark: seen.mark, text });
      deps.log.info("ended a pod of an earlier revision", { object: nameOf(ref), of: nameOf(refOf(live)) });
    } catch (thrown) {
      if (isConflict(thrown)) ended.againMs = Math.min(ended.againMs, changedAgainMs);
      else if (isForbidden(thrown)) {
        ended.refused.push(refusalText(nameOf(ref), thrown as Error));
        ended.againMs = Math.min(ended.againMs, refusedAgainMs);
      } else throw thrown;
    }
  }
  return ended;
}

/** Whoever grants the right, or deletes the pod by hand, waits for it. */
const refusedAgainMs = 5_000;

function refusalText(pod: string, thrown: Error): string {
  const why = missingRight(thrown.message)?.message ?? thrown.message;
  return `the StatefulSet waits in vain for ${pod} of an earlier revision, which is to be deleted: ${why}`;
}

/** Adds to an assessment what was done for StatefulSets, and what could not be. Pure but for the ledger, which forgets. */
export function withEnded(
  ledger: Deps["ended"],
  { metadata }: StyrminDeployment,
  assessment: Assessment,
  { mark, refused }: { mark: string; refused: string[] },
): Assessment {
  const { verdict } = assessment;
  const known = ledger.get(metadata.name);
  const isOver = verdict.reason === reasons.Healthy || verdict.reason === reasons.Stopped;
  const isToTell = known !== undefined && known.mark === mark && !isOver;
  if (!isToTell) ledger.delete(metadata.name);
  const told = [...(isToTell ? [known.text] : []), ...refused];
  if (told.length === 0) return assessment;
  return { ...assessment, verdict: { ...verdict, message: [verdict.message, ...told].join("; ") } };
}
