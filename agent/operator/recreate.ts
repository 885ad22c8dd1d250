import { recreationOf } from "../../drivers/kit/index.ts";
import { isInvalid } from "../../kube/errors.ts";
import { managers } from "../../kube/styrmin-deployment.ts";
import type { KubeObject } from "../../kube/types.ts";
import { sleep } from "../../lib/loop.ts";
import type { Deps } from "./deps.ts";
import { immutableRefusal } from "./immutable.ts";
import { refusalOf } from "./refusal.ts";
import { nameOf, refOf } from "./refs.ts";

/** How long an object that is made anew may take to go. */
const goneMs = 10_000;

/** Deletes an object whose fields cannot be changed, if that may be, and waits until it is gone. */
export async function recreate(
  deps: Deps,
  { object, live, fixed, thrown }: { object: KubeObject; live: KubeObject; fixed: string[]; thrown: unknown },
  signal: AbortSignal,
): Promise<undefined> {
  const how = recreationOf(object, live);
  if ("refused" in how) throw immutableRefusal(live, fixed, how.refused, thrown);
  await tryNew(deps, object, signal);
  const ref = refOf(live);
  const { uid } = live.metadata;
  deps.log.info("made anew", { object: nameOf(ref), fields: fixed.join(", ") });
  await deps.kube.delete(ref, { uid, propagation: how.propagation }, signal);
  const until = performance.now() + goneMs;
  while ((await deps.views.readFresh(ref, signal))?.metadata.uid === uid) {
    if (performance.now() > until)
      throw new Error(`${nameOf(ref)} is to be made anew, and is still on its way out`);
    await sleep(100, signal);
  }
  return undefined;
}

/** What the API would refuse to make must not cost the object that is there. Throws StallError. */
async function tryNew({ kube }: Deps, object: KubeObject, signal: AbortSignal): Promise<void> {
  const trial = {
    ...object,
    metadata: { ...object.metadata, name: `${object.metadata.name.slice(0, 50)}-trial` },
  };
  try {
    await kube.apply(trial, { manager: managers.operator, dryRun: true }, signal);
  } catch (thrown) {
    // An address or a port that the object itself still has.
    const isItsOwn = (thrown as Error).message.includes("already allocated");
    if (isInvalid(thrown) && !isItsOwn) throw refusalOf(thrown, refOf(object));
  }
}
