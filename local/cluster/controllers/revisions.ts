import { isDeepStrictEqual } from "node:util";
import type { Api, KubeObject } from "../types.ts";
import type { Cache } from "./cache.ts";
import { claim } from "./claim.ts";
import { hashOf, revisions } from "./names.ts";
import { controllerReference, ignoringGone } from "./pods.ts";

/** The label of a StatefulSet's revision that holds its hash; those of DaemonSets have it under the pods' label. */
const statefulLabel = "controller.kubernetes.io/hash";

/** The label of a pod that says which revision of its owner's template it was made from. */
export const revisionLabel = "controller-revision-hash";

/**
 * The ControllerRevision of an owner's template, made if there is none yet. One that comes back (a rollback)
 * gets the highest number again. Those that a deleted owner has left are taken over, and the name depends on the
 * template alone: so pods that were left stay those of their revision.
 */
export function currentRevision(api: Api, cache: Cache, owner: KubeObject): KubeObject {
  const { template, selector } = owner.spec;
  const data = { spec: { template: { ...structuredClone(template), $patch: "replace" } } };
  const history = claim(api, cache, revisions, owner);
  const highest = Math.max(0, ...history.map((each) => each.revision));
  const found = history.find((each) => isDeepStrictEqual(each.data, data));
  if (found)
    return found.revision === highest ? found : api.update(revisions, { ...found, revision: highest + 1 });
  const hashLabel = owner.kind === "StatefulSet" ? statefulLabel : revisionLabel;
  // Of two kinds, sets of one name and template have revisions of their own.
  const hash = hashOf([owner.kind, template]);
  const { namespace } = owner.metadata;
  const name = `${owner.metadata.name}-${hash}`;
  // That of an owner of the same name which is gone, and which the garbage collector has not seen yet.
  const leftover = api.get(revisions, name, namespace);
  if (leftover) return leftover;
  return api.create(revisions, {
    apiVersion: "apps/v1",
    kind: "ControllerRevision",
    metadata: {
      name,
      namespace: namespace!,
      labels: { ...template.metadata?.labels, ...selector?.matchLabels, [hashLabel]: hash },
      ownerReferences: [controllerReference(owner)],
    },
    data,
    revision: highest + 1,
  });
}

/** The value pods of a revision carry in their label: for StatefulSets its name, for DaemonSets its hash. */
export function hashLabelOf(revision: KubeObject): string {
  return revision.metadata.labels?.[revisionLabel] ?? "";
}

/** Deletes the oldest revisions beyond the history limit; those in `used` (by name) stay. */
export function trimRevisions(api: Api, cache: Cache, owner: KubeObject, used: Set<string>): void {
  const idle = cache
    .ownedOf(revisions, owner.metadata.uid)
    .filter((each) => !used.has(each.metadata.name) && !each.metadata.deletionTimestamp)
    .sort((a, b) => a.revision - b.revision);
  const surplus = idle.length - (owner.spec.revisionHistoryLimit ?? 10);
  for (const { metadata } of idle.slice(0, Math.max(0, surplus))) {
    const preconditions = { uid: metadata.uid };
    ignoringGone(() => api.delete(revisions, metadata.name, metadata.namespace, { preconditions }));
  }
}
