import { isInvalid, type KubeError } from "../../kube/errors.ts";
import { reasons } from "../../kube/styrmin-deployment.ts";
import type { KubeObject } from "../../kube/types.ts";
import { changedFields } from "./changed-fields.ts";
import { nameOf, refOf } from "./refs.ts";
import { StallError } from "./refusal.ts";

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
