import type { Api, Controller, KubeObject } from "../types.ts";
import { claim } from "./claim.ts";
import { type ControllerOptions, startController } from "./controller.ts";
import { pods, revisions, statefulSets } from "./names.ts";
import { availableIn, countPods, createPod, deletePod, isClosing, isFinished } from "./pods.ts";
import { currentRevision, revisionLabel, trimRevisions } from "./revisions.ts";
import { ensureClaims, ordinalOf, retainClaims, statefulPod } from "./stateful-pods.ts";
import { writeStatus } from "./status.ts";

const component = "statefulset-controller";
/** When to look again for a claim that is still being deleted. */
const claimRetryMs = 500;

/** Makes and replaces the numbered pods of StatefulSets, in order, with their claims. */
export function startStatefulSets(
  api: Api,
  { log, cache, now = () => new Date() }: ControllerOptions,
): Controller {
  return startController({ name: component, api, log, resource: statefulSets, owned: [pods], reconcile });

  function reconcile(set: KubeObject): number | undefined {
    const { metadata } = set;
    const working = !metadata.deletionTimestamp && !isClosing(api, metadata.namespace);
    if (!working) return report(set, set.status?.updateRevision, set.status?.currentRevision);
    const update = currentRevision(api, cache, set);
    const live = api.get(revisions, set.status?.currentRevision ?? "", metadata.namespace) ?? update;
    let again: number | undefined;
    try {
      again = step(set, update, live);
    } finally {
      const wait = report(set, update.metadata.name, live.metadata.name);
      again ??= wait;
    }
    return again;
  }

  /** The next thing to do, if what was done before has come to its end. Answers when to look again. */
  function step(set: KubeObject, update: KubeObject, live: KubeObject): number | undefined {
    const { spec } = set;
    const first: number = spec.ordinals?.start ?? 0;
    const last = first + spec.replicas - 1;
    const ordered = spec.podManagementPolicy !== "Parallel";
    const partition: number = spec.updateStrategy?.rollingUpdate?.partition ?? 0;
    const byOrdinal = new Map<number, KubeObject>();
    for (const pod of claim(api, cache, pods, set)) byOrdinal.set(ordinalOf(set, pod), pod);

    for (let ordinal = first; ordinal <= last; ordinal++) {
      const pod = byOrdinal.get(ordinal);
      if (pod && isFinished(pod) && !pod.metadata.deletionTimestamp) deletePod(api, set, pod, component);
      else if (!pod) {
        if (!ensureClaims(api, set, ordinal, component)) return claimRetryMs;
        retainClaims(api, set, ordinal);
        createPod(
          api,
          set,
          statefulPod(set, ordinal < first + partition ? live : update, ordinal),
          component,
        );
      } else if (healthy(set, pod)) {
        retainClaims(api, set, ordinal);
        continue;
      }
      if (ordered) return undefined;
    }

    const condemned = [...byOrdinal]
      .filter(([ordinal]) => ordinal < first || ordinal > last)
      .sort(([a], [b]) => b - a);
    const lowestUnhealthy = condemned.filter(([, pod]) => !healthy(set, pod)).at(-1)?.[1];
    for (const [ordinal, pod] of condemned) {
      if (!pod.metadata.deletionTimestamp) {
        if (ordered && !healthy(set, pod) && pod !== lowestUnhealthy) return undefined;
        retainClaims(api, set, ordinal, pod);
        deletePod(api, set, pod, component);
      }
      if (ordered) return undefined;
    }

    if (spec.updateStrategy?.type === "OnDelete") return undefined;
    for (let ordinal = last; ordinal >= first + partition; ordinal--) {
      const pod = byOrdinal.get(ordinal);
      if (!pod) return undefined;
      const old = pod.metadata.labels?.[revisionLabel] !== update.metadata.name;
      if (old && !pod.metadata.deletionTimestamp) {
        deletePod(api, set, pod, component);
        return undefined;
      }
      if (!healthy(set, pod)) return undefined;
    }
    return undefined;
  }

  /** Running, ready for long enough, and not on its way out. */
  function healthy(set: KubeObject, pod: KubeObject): boolean {
    return pod.status?.phase === "Running" && availableIn(pod, set.spec.minReadySeconds ?? 0, now()) === 0;
  }

  function report(set: KubeObject, update: string | undefined, live: string | undefined): number | undefined {
    const all = claim(api, cache, pods, set);
    const { active, ready, available, againMs } = countPods(all, set.spec.minReadySeconds ?? 0, now());
    const made = (revision: string | undefined) =>
      active.filter((pod) => pod.metadata.labels?.[revisionLabel] === revision).length;
    const updated = made(update);
    const complete =
      updated === all.length && ready === all.length && set.spec.updateStrategy?.type !== "OnDelete";
    const current = complete ? update : live;
    writeStatus(api, statefulSets, set, {
      observedGeneration: set.metadata.generation,
      replicas: all.length,
      readyReplicas: ready || undefined,
      availableReplicas: available,
      currentReplicas: made(current) || undefined,
      updatedReplicas: updated || undefined,
      currentRevision: current,
      updateRevision: update,
      collisionCount: set.status?.collisionCount ?? 0,
      conditions: set.status?.conditions,
    });
    const used = new Set([update, current, ...all.map((pod) => pod.metadata.labels?.[revisionLabel])]);
    if (!set.metadata.deletionTimestamp) trimRevisions(api, cache, set, used as Set<string>);
    return againMs;
  }
}
