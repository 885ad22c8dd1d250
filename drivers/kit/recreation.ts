/** What becomes of an object when a field that Kubernetes lets nobody change is to be changed. */
import { isBuiltIn, isVolume } from "./kinds.ts";
import type { KubeObjectLike } from "./rendering.ts";

/** On an object in a driver's manifest: it may be deleted and made anew when a field cannot be changed. */
export const recreateAnnotation = "styrmin.io/recreate";

/** How an object is deleted to be made anew; or why it must not be. */
export type Recreation = { propagation: "Background" | "Orphan" } | { refused: string };

/** Whether the driver lets an object be made anew, and whether that can be done without losing data. Pure. */
export function recreationOf(wanted: KubeObjectLike, live: KubeObjectLike): Recreation {
  const name = "give the object another name";
  if (isVolume(live)) return { refused: `a volume is never made anew; ${name} and move the data` };
  if (isBuiltIn(live) && holders.has(live.kind)) {
    return { refused: `it is never made anew, since everything in it would go; ${name}` };
  }
  if (wanted.metadata.annotations?.[recreateAnnotation] !== "true") {
    return { refused: `${name}, or let it be made anew by its annotation ${recreateAnnotation}: "true"` };
  }
  if (live.kind !== "StatefulSet" || !isBuiltIn(live)) return { propagation: "Background" };
  // Its pods go on and are taken up by the new one, unless that looks for others.
  if (Bun.deepEquals(live.spec?.selector, wanted.spec?.selector)) return { propagation: "Orphan" };
  return live.spec?.persistentVolumeClaimRetentionPolicy?.whenDeleted === "Delete"
    ? { refused: `its volumes would go with it (persistentVolumeClaimRetentionPolicy); ${name}` }
    : { propagation: "Background" };
}

const holders = new Set(["Namespace", "CustomResourceDefinition"]);
