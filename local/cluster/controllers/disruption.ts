import { isReady } from "../pod-words.ts";
import { selects } from "../schema/label-selector.ts";
import type { Api, Controller, KubeObject } from "../types.ts";
import { type ControllerOptions, objectKey, startController } from "./controller.ts";
import { disruptionBudgets, pods } from "./names.ts";
import { isActive } from "./pods.ts";
import { resolveCount } from "./rollout.ts";
import { type Condition, withCondition, writeStatus } from "./status.ts";

const component = "disruption-controller";

/** Says in the status of each PodDisruptionBudget how many of its pods may go; evictions ask it. */
export function startDisruptionBudgets(
  api: Api,
  { log, cache, now = () => new Date() }: ControllerOptions,
): Controller {
  return startController({
    name: component,
    api,
    log,
    resource: disruptionBudgets,
    also: ({ resource, object }, add) => {
      if (resource.group !== pods.group || resource.resource !== pods.resource) return;
      for (const { object: budget } of cache.inNamespace(object.metadata.namespace!, disruptionBudgets)) {
        if (selects(budget.spec.selector ?? {}, object.metadata.labels)) add(objectKey(budget));
      }
    },
    reconcile(budget) {
      const { namespace, generation } = budget.metadata;
      const own = cache
        .inNamespace(namespace!, pods)
        .map(({ object }) => object)
        .filter((pod) => isActive(pod) && selects(budget.spec.selector ?? {}, pod.metadata.labels));
      const currentHealthy = own.filter(isReady).length;
      const desiredHealthy = desiredOf(budget, own.length);
      const allowed = own.length > 0 ? Math.max(0, currentHealthy - desiredHealthy) : 0;
      const condition: Condition = {
        type: "DisruptionAllowed",
        status: allowed > 0 ? "True" : "False",
        reason: allowed > 0 ? "SufficientPods" : "InsufficientPods",
        message: "",
      };
      const conditions = withCondition(budget.status?.conditions, condition, now());
      writeStatus(api, disruptionBudgets, budget, {
        observedGeneration: generation,
        disruptionsAllowed: allowed,
        currentHealthy,
        desiredHealthy,
        expectedPods: own.length,
        conditions: conditions.map((one) => ({ ...one, observedGeneration: generation })),
      });
    },
  });
}

/** A share is of the pods there are, rounded up. */
function desiredOf({ spec }: KubeObject, expected: number): number {
  const { minAvailable, maxUnavailable } = spec;
  if (maxUnavailable === undefined) return resolveCount(minAvailable, expected, "up");
  return Math.max(0, expected - resolveCount(maxUnavailable, expected, "up"));
}
