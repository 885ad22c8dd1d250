import { isConflict, isNotFound } from "../../kube/errors.ts";
import { managers, type StyrminDeployment, teardownFinalizer } from "../../kube/styrmin-deployment.ts";
import type { Deps } from "./deps.ts";
import { refOf } from "./refs.ts";

/**
 * Makes sure that the resource cannot go before its objects are seen to. Answers the resource as it is then. The
 * publisher writes it with the finalizer; somebody may have taken it off.
 */
export async function withFinalizer(
  { kube, noteResource }: Deps,
  resource: StyrminDeployment,
  signal: AbortSignal,
): Promise<StyrminDeployment> {
  if (resource.metadata.finalizers?.includes(teardownFinalizer)) return resource;
  const { apiVersion, kind, metadata } = resource;
  const { name, namespace, uid } = metadata;
  const object = { apiVersion, kind, metadata: { name, namespace, uid, finalizers: [teardownFinalizer] } };
  const result = await kube.apply(object, { manager: managers.operator, force: true }, signal);
  noteResource(result as StyrminDeployment);
  return result as StyrminDeployment;
}

const maxTries = 5;

/** Takes our finalizer off, and nobody else's. */
export async function letGo(
  { kube }: Deps,
  resource: StyrminDeployment,
  signal: AbortSignal,
): Promise<undefined> {
  let current = resource as { metadata: StyrminDeployment["metadata"] } | undefined;
  for (let tries = 1; current?.metadata.uid === resource.metadata.uid; tries++) {
    const { finalizers = [], resourceVersion } = current!.metadata;
    if (!finalizers.includes(teardownFinalizer)) return;
    const rest = finalizers.filter((finalizer) => finalizer !== teardownFinalizer);
    try {
      const patch = { metadata: { finalizers: rest, resourceVersion } };
      await kube.mergePatch(refOf(resource), patch, { manager: managers.operator }, signal);
      return;
    } catch (thrown) {
      if (isNotFound(thrown)) return;
      if (!isConflict(thrown) || tries >= maxTries) throw thrown;
      current = await kube.get(refOf(resource), signal);
    }
  }
}
