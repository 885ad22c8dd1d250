import { managers } from "../../kube/styrmin-deployment.ts";
import type { KubeObject } from "../../kube/types.ts";
import { changedFields } from "./changed-fields.ts";
import type { Deps } from "./deps.ts";
import { readingsOf, type Step } from "./field-path.ts";
import { nameOf, refOf } from "./refs.ts";

/**
 * Says of an object that is not as wanted which fields differ and who set them. Asks the API for the managers
 * of the fields, once for each state of the object, and for one that is fought over once with each repair.
 */
export async function blameFor(
  { drift, kube }: Pick<Deps, "drift" | "kube">,
  wanted: KubeObject,
  seen: KubeObject | undefined,
  contested: boolean,
  signal: AbortSignal,
): Promise<string> {
  const ref = refOf(wanted);
  if (seen === undefined) return `${nameOf(ref)} (${contested ? "deleted time and again" : "deleted"})`;
  const known = drift.blameOf(seen, contested);
  if (known !== undefined) return known;
  const fields = changedFields(seen, wanted);
  const live = await kube.get(ref, signal);
  const names = live?.metadata.uid === seen.metadata.uid ? managersOf(live!, fields) : [];
  const by = names.length > 0 ? ` by ${names.map((name) => `"${name}"`).join(", ")}` : "";
  const again = contested ? " time and again; put back once a minute" : "";
  const told = `${nameOf(ref)} (${fields.join(", ") || "its owner"}${by}${again})`;
  drift.blame(seen, contested, told);
  return told;
}

/** The managers, other than ourselves, that have one of the fields. Pure. */
export function managersOf(live: KubeObject, fields: string[]): string[] {
  const steps = fields.flatMap((field) => readingsOf(live, field));
  const others = (live.metadata.managedFields ?? []).filter(({ manager }) => manager !== ourselves);
  const found = others.filter(({ fieldsV1 }) => steps.some((path) => has(fieldsV1, path)));
  return [...new Set(found.map(({ manager = "unknown" }) => manager))];
}

const ourselves: string = managers.operator;

function has(fields: unknown, [step, ...rest]: Step[]): boolean {
  if (step === undefined) return fields !== undefined;
  if (typeof fields !== "object" || fields === null) return false;
  const own = Object.entries(fields).find(([key]) => {
    if ("key" in step) return key === `f:${step.key}`;
    if (!key.startsWith("item" in step ? "k:" : "v:")) return false;
    return Bun.deepEquals(JSON.parse(key.slice(2)), "item" in step ? step.item : step.value);
  });
  return own !== undefined && has(own[1], rest);
}
