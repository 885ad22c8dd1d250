import { selects } from "../schema/label-selector.ts";
import type { Api, KubeObject, ResourceName } from "../types.ts";
import { type Cache, isController } from "./cache.ts";
import { controllerReference } from "./pods.ts";

/**
 * The objects of a kind that `owner` controls: those it has, minus those whose labels no longer match (they
 * are let go), plus those without a controller that match (they are adopted). An owner that is being deleted
 * only looks.
 */
export function claim(api: Api, cache: Cache, resource: ResourceName, owner: KubeObject): KubeObject[] {
  const { uid, namespace, deletionTimestamp } = owner.metadata;
  const selector = owner.spec?.selector ?? {};
  const mine = cache
    .ownedOf(resource, uid)
    .filter((object) => object.metadata.ownerReferences?.find(isController)?.uid === uid);
  if (deletionTimestamp) return mine;
  const kept: KubeObject[] = [];
  for (const object of mine) {
    if (selects(selector, object.metadata.labels)) kept.push(object);
    else if (!object.metadata.deletionTimestamp) release(api, resource, object, uid);
  }
  for (const object of cache.uncontrolled(resource, namespace!)) {
    if (object.metadata.deletionTimestamp || !selects(selector, object.metadata.labels)) continue;
    const others = object.metadata.ownerReferences?.filter((each) => each.uid !== uid) ?? [];
    kept.push(withOwners(api, resource, object, [...others, controllerReference(owner)]));
  }
  return kept;
}

function release(api: Api, resource: ResourceName, object: KubeObject, uid: string): void {
  const others = object.metadata.ownerReferences?.filter((each) => each.uid !== uid) ?? [];
  withOwners(api, resource, object, others);
}

/** Writes an object's owners. */
export function withOwners(
  api: Api,
  resource: ResourceName,
  object: KubeObject,
  ownerReferences: NonNullable<KubeObject["metadata"]["ownerReferences"]>,
): KubeObject {
  return api.update(resource, { ...object, metadata: { ...object.metadata, ownerReferences } });
}
