import { notFound } from "../errors.ts";
import { selects } from "../schema/label-selector.ts";
import type { Store } from "../store.ts";
import { type KubeObject, StatusError } from "../types.ts";
import type { Writes } from "../writes.ts";
import { readObject } from "./body.ts";
import type { Call, ResourcePath } from "./request.ts";

const budgets = { group: "policy", resource: "poddisruptionbudgets" };

/** Deletes a pod if its PodDisruptionBudgets let it go; else 429, as `kubectl drain` expects. */
export async function evictPod(
  store: Store,
  writes: Writes,
  { resource, name, namespace }: ResourcePath,
  call: Call,
): Promise<Response> {
  const { deleteOptions = {} } = await readObject(call.request, {
    apiVersion: "policy/v1",
    kind: "Eviction",
  });
  const pod = store.get(resource, name!, namespace)?.object;
  if (!pod) throw notFound(resource, name!);
  const isOver = ["Succeeded", "Failed", "Pending"].includes(pod.status?.phase);
  if (!isOver && !pod.metadata.deletionTimestamp) refuseDisruption(store, pod);
  const { gracePeriodSeconds, preconditions } = deleteOptions;
  const options = {
    ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
    ...(preconditions === undefined ? {} : { preconditions }),
  };
  call.changed = writes.remove({ resource, name: name!, namespace }, options).changed;
  return Response.json(
    { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 },
    { status: 201 },
  );
}

function refuseDisruption(store: Store, { metadata }: KubeObject): void {
  const own = store
    .list(budgets, metadata.namespace)
    .map(({ object }) => object)
    .filter(({ spec }) => selects(spec.selector ?? {}, metadata.labels));
  const full = own.find(({ status }) => !((status?.disruptionsAllowed ?? 0) > 0));
  if (!full) return;
  const { desiredHealthy = 0, currentHealthy = 0 } = full.status ?? {};
  const message = `The disruption budget ${full.metadata.name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`;
  throw new StatusError(
    429,
    "TooManyRequests",
    "Cannot evict pod as it would violate the pod's disruption budget.",
    { causes: [{ reason: "DisruptionBudget", message }] },
  );
}
