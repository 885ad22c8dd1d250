import { reasons } from "../../kube/styrmin-deployment.ts";
import type { KubeObject } from "../../kube/types.ts";
import { sleep } from "../../lib/loop.ts";
import type { Deps } from "./deps.ts";
import { healthOf } from "./health.ts";
import { definesKind } from "./manifests.ts";
import { nameOf, refOf } from "./refs.ts";
import { StallError } from "./refusal.ts";

/** How long the API may take to serve a kind whose definition it has. */
const servedMs = 10_000;

/**
 * Waits until the API serves the kinds that a definition brings, if objects of them come next, and begins to
 * watch them. Throws StallError when it never will (its names are taken), an Error when it takes too long.
 */
export async function untilServed(
  { kube, views }: Deps,
  definition: KubeObject,
  wanted: KubeObject[],
  signal: AbortSignal,
): Promise<void> {
  const kinds = wanted.filter((object) => definesKind([definition], object));
  const until = performance.now() + servedMs;
  for (;;) {
    const served = await Promise.all(kinds.map((kind) => kube.kindInfo(kind, signal)));
    if (served.every((info) => info !== undefined)) break;
    const live = await views.readFresh(refOf(definition), signal);
    const { state, message } = healthOf(live);
    const told = `${nameOf(refOf(definition))}: ${message || "is not served yet"}`;
    if (state === "Failed") throw new StallError(reasons.ApplyRefused, told, { mayPass: true });
    if (performance.now() > until) throw new Error(told);
    await sleep(100, signal);
  }
  await views.follow(kinds, signal);
}
