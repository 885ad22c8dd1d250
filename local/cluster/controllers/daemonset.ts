import type { Api, Controller, KubeObject } from "../types.ts";
import { claim } from "./claim.ts";
import { type ControllerOptions, startController } from "./controller.ts";
import { daemonSets, pods } from "./names.ts";
import { countPods, createPod, deletePod, isClosing, isFinished, podFrom } from "./pods.ts";
import { currentRevision, hashLabelOf, revisionLabel, trimRevisions } from "./revisions.ts";
import { fitsNode } from "./scheduler.ts";
import { orAbsent, writeStatus } from "./status.ts";

const component = "daemonset-controller";

/** Keeps one pod of each DaemonSet on the one node; a new template replaces it. */
export function startDaemonSets(
  api: Api,
  { log, cache, now = () => new Date() }: ControllerOptions,
): Controller {
  return startController({ name: component, api, log, resource: daemonSets, owned: [pods], reconcile });

  function reconcile(set: KubeObject): number | undefined {
    const { spec, metadata } = set;
    const wanted = fitsNode(api, spec.template.spec) ? 1 : 0;
    if (metadata.deletionTimestamp || isClosing(api, metadata.namespace)) return undefined;
    const revision = currentRevision(api, cache, set);
    const isCurrent = (pod: KubeObject) => pod.metadata.labels?.[revisionLabel] === hashLabelOf(revision);
    const rolling = spec.updateStrategy?.type !== "OnDelete";
    const mine = claim(api, cache, pods, set);
    const kept = mine.filter((pod) => !isFinished(pod) && (isCurrent(pod) || !rolling)).slice(0, wanted);
    for (const pod of mine) {
      if (!kept.includes(pod) && !pod.metadata.deletionTimestamp) deletePod(api, set, pod, component);
    }
    // The old one's ports and volumes must be free before the next one starts.
    if (claim(api, cache, pods, set).length === 0 && wanted === 1) {
      const pod = podFrom(set, spec.template);
      pod.metadata.labels = { ...pod.metadata.labels, [revisionLabel]: hashLabelOf(revision) };
      createPod(api, set, pod, component);
    }
    const all = claim(api, cache, pods, set);
    const { active, ready, available, againMs } = countPods(all, spec.minReadySeconds ?? 0, now());
    writeStatus(api, daemonSets, set, {
      observedGeneration: metadata.generation,
      desiredNumberScheduled: wanted,
      currentNumberScheduled: Math.min(active.length, wanted),
      numberMisscheduled: 0,
      numberReady: ready,
      numberAvailable: orAbsent(available),
      numberUnavailable: orAbsent(wanted - available),
      updatedNumberScheduled: orAbsent(active.filter(isCurrent).length),
      collisionCount: set.status?.collisionCount,
      conditions: set.status?.conditions,
    });
    trimRevisions(api, cache, set, new Set([revision.metadata.name]));
    return againMs;
  }
}
