import type { Kube } from "../../kube/types.ts";

/**
 * The same cluster, where each write asks first whether it may be made: an operator that has lost its lease in
 * the middle of its work writes nothing more.
 */
export function guarded(kube: Kube, held: () => boolean): Kube {
  const ask = () => {
    if (!held()) throw new Error("another agent holds the lease of this cluster now");
  };
  return {
    ...kube,
    async create(...args) {
      ask();
      return await kube.create(...args);
    },
    async apply(...args) {
      ask();
      return await kube.apply(...args);
    },
    async mergePatch(...args) {
      ask();
      return await kube.mergePatch(...args);
    },
    async delete(...args) {
      ask();
      return await kube.delete(...args);
    },
  };
}
