import type { Kube } from "../../../kube/types.ts";

/** Lets so many writes pass, then the process is as good as dead: nothing it asks for is answered any more. */
export function killedAfter(kube: Kube, writes: number): { kube: Kube; dead: Promise<void> } {
  const dead = Promise.withResolvers<void>();
  let done = 0;
  let isDead = false;
  const call =
    <A extends unknown[], T>(isWrite: boolean, run: (...args: A) => Promise<T>) =>
    async (...args: A): Promise<T> => {
      if (isWrite && done++ >= writes) {
        isDead = true;
        dead.resolve();
      }
      if (isDead) throw new Error("the process is dead");
      const answer = await run(...args);
      if (isDead) throw new Error("the process is dead");
      return answer;
    };
  const killable = {
    ...kube,
    get: call(false, kube.get),
    list: call(false, kube.list),
    watch: call(false, kube.watch),
    create: call(true, kube.create),
    apply: call(true, kube.apply),
    mergePatch: call(true, kube.mergePatch),
    delete: call(true, kube.delete),
  };
  return { kube: killable, dead: dead.promise };
}
