import { type Api, type Controller, type KubeObject, StatusError } from "../types.ts";
import { claim } from "./claim.ts";
import { type ControllerOptions, objectKey, startController } from "./controller.ts";
import { pods, replicaSets } from "./names.ts";
import { countPods, createPod, deletePod, deletionOrder, isClosing, podFrom } from "./pods.ts";
import { type Condition, orAbsent, withCondition, writeStatus } from "./status.ts";
import { selects } from "../schema/label-selector.ts";

const component = "replicaset-controller";

/** Keeps as many pods as each ReplicaSet wants, and says in its status how many there are. */
export function startReplicaSets(
  api: Api,
  { log, cache, now = () => new Date() }: ControllerOptions,
): Controller {
  return startController({
    name: component,
    api,
    log,
    resource: replicaSets,
    owned: [pods],
    also: ({ type, resource, object }, add) => {
      // A pod without a controller may be one to adopt.
      if (resource.resource !== "pods" || type === "DELETED" || object.metadata.ownerReferences) return;
      for (const { object: set } of cache.inNamespace(object.metadata.namespace!, replicaSets)) {
        if (selects(set.spec.selector, object.metadata.labels)) add(objectKey(set));
      }
    },
    reconcile,
  });

  function reconcile(set: KubeObject): number | undefined {
    const { replicas, minReadySeconds = 0, template } = set.spec;
    const count = () => countPods(claim(api, cache, pods, set), minReadySeconds, now());
    let failure: StatusError | undefined;
    const before = count();
    if (!set.metadata.deletionTimestamp) {
      const missing = replicas - before.active.length;
      try {
        if (!isClosing(api, set.metadata.namespace)) {
          for (let made = 0; made < missing; made++) createPod(api, set, podFrom(set, template), component);
        }
      } catch (thrown) {
        if (!(thrown instanceof StatusError)) throw thrown;
        failure = thrown;
      }
      const surplus = before.active.toSorted(deletionOrder).slice(0, Math.max(0, -missing));
      for (const pod of surplus) deletePod(api, set, pod, component);
    }
    const { active, ready, available, terminating, againMs } = count();
    const labels = template.metadata?.labels ?? {};
    const labeled = active.filter((pod) => selects({ matchLabels: labels }, pod.metadata.labels)).length;
    const conditions = conditionsAfter(set.status?.conditions ?? [], failure);
    writeStatus(api, replicaSets, set, {
      replicas: active.length,
      fullyLabeledReplicas: orAbsent(labeled),
      readyReplicas: orAbsent(ready),
      availableReplicas: orAbsent(available),
      terminatingReplicas: terminating,
      observedGeneration: set.metadata.generation,
      conditions: conditions.length > 0 ? conditions : undefined,
    });
    if (failure) throw failure;
    return againMs;
  }

  function conditionsAfter(conditions: Condition[], failure: StatusError | undefined): Condition[] {
    if (!failure) return conditions.filter((each) => each.type !== "ReplicaFailure");
    const { message } = failure;
    const wanted: Condition = { type: "ReplicaFailure", status: "True", reason: "FailedCreate", message };
    return withCondition(conditions, wanted, now());
  }
}
