import {
  componentOf,
  type DriverSpec,
  isScalable,
  type KubeObjectLike,
  podOf,
} from "../../drivers/kit/index.ts";
import { type ObjectChanges, type ObjectRef, refOf } from "./compare.ts";

export interface Scaled {
  objects: ObjectChanges;
  after: readonly KubeObjectLike[];
  spec: Pick<DriverSpec, "components">;
  /** What `scale` has set, by component. */
  replicas: Record<string, number>;
}

/** Takes the changes of replicas out of a plan that `scale` keeps from coming about, and tells of them. Pure. */
export function heldByScale({ objects, after, spec, replicas }: Scaled): {
  objects: ObjectChanges;
  heldReplicas: string[];
} {
  const heldReplicas: string[] = [];
  const changed = objects.changed.flatMap((one) => {
    const change = isScalable(one) && one.fields.find(({ path }) => path === ".spec.replicas");
    const object = after.find((other) => isScalable(other) && isSame(refOf(other), one));
    const component = object && componentOf(spec.components, podOf(object)?.metadata?.labels);
    if (!change || component === undefined || !Object.hasOwn(replicas, component)) return [one];
    const count = replicas[component]!;
    heldReplicas.push(
      `The component ${component} stays at ${count}, which scale has set: of ${one.kind} ${one.name} the driver wants ${shown(change.before)}, and then ${shown(change.after)}. "deployments scale DEPLOYMENT ${component} default" hands it back to the driver.`,
    );
    const fields = one.fields.filter((field) => field !== change);
    return fields.length > 0 ? [{ ...one, fields }] : [];
  });
  return { objects: { ...objects, changed }, heldReplicas };
}

const isSame = (one: ObjectRef, other: ObjectRef): boolean =>
  one.kind === other.kind && one.namespace === other.namespace && one.name === other.name;

const shown = (replicas: unknown) => JSON.stringify(replicas ?? 1);
