import { isInvalid, type KubeError } from "../../kube/errors.ts";
import { reasons } from "../../kube/styrmin-deployment.ts";
import type { KubeObject } from "../../kube/types.ts";
import { changedFields } from "./changed-fields.ts";
import { isBuiltIn } from "./kinds.ts";
import { isVolume, nameOf, refOf } from "./refs.ts";
import { StallError } from "./refusal.ts";

/** On an object in a driver's manifest: it may be deleted and made anew when a field cannot be changed. */
export const recreateAnnotation = "styrmin.io/recreate";

/** In what words Kubernetes says that a field cannot be changed. */
const words = /immutable|may not (be )?change|cannot change|updates to .* are forbidden/i;

/** What may be changed of a StatefulSet; the API names only `spec` when something else is. */
const mutable =
  /^\.spec\.(replicas|ordinals|template|updateStrategy|revisionHistoryLimit|minReadySeconds|persistentVolumeClaimRetentionPolicy)\b/;

/** The fields that a write would have changed and that cannot be changed; empty when it was refused for something else. */
export function immutableFields(thrown: unknown, wanted: KubeObject, live: KubeObject): string[] {
  if (!isInvalid(thrown)) return [];
  const causes = (thrown as KubeError).details?.causes ?? [];
  const fields = causes
    .filter(({ message = "" }) => words.test(detailOf(message)))
    .map(({ field = "" }) => `.${field}`);
  return fields.flatMap((field) => {
    if (field !== ".spec") return field === "." ? [] : [field];
    const changed = changedFields(live, wanted).filter(
      (one) => one.startsWith(".spec") && !mutable.test(one),
    );
    return changed.length > 0 ? changed : [field];
  });
}

/** What is said of a value, without the value, which may be any text: `Invalid value: "…": field is immutable`. */
function detailOf(message: string): string {
  const [line = ""] = message.split("\n");
  return line.startsWith("Invalid value: ") ? line.slice(line.lastIndexOf(": ") + 2) : line;
}

/** How an object is deleted to be made anew; or why it must not be. */
export type Recreation = { propagation: "Background" | "Orphan" } | { refused: string };

/** Whether the driver lets an object be made anew, and whether that can be done without losing data. Pure. */
export function recreationOf(wanted: KubeObject, live: KubeObject): Recreation {
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

/** The deployment waits for a driver that does otherwise. */
export function immutableRefusal(
  live: KubeObject,
  fields: string[],
  why: string,
  cause: unknown,
): StallError {
  const which = fields.length === 1 ? `the field ${fields[0]}` : `the fields ${fields.join(", ")}`;
  return new StallError(reasons.ApplyRefused, `${nameOf(refOf(live))}: ${which} cannot be changed; ${why}`, {
    cause,
  });
}
