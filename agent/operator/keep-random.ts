import type { KubeObject } from "../../kube/types.ts";
import { keyOf, refOf } from "./refs.ts";
import { podTemplateOf } from "./workloads.ts";

interface Rendered {
  objects: KubeObject[];
  hooks: KubeObject[];
}

/**
 * What a chart makes at random (passwords, certificates) would change with every Instance, since nothing is looked up
 * in the cluster while it is rendered. What differs between two renders of the same input is random; it is taken from
 * the Release before, where that has it. A pod template's annotation, mostly a checksum, is taken from there only if
 * no ConfigMap and no Secret of the Release has changed: then nothing asks for new pods. Pure.
 */
export function keepRandom(once: Rendered, again: Rendered, before: Rendered): Rendered {
  const others = new Map(again.objects.map((object) => [keyOf(refOf(object)), object]));
  const earlier = new Map(before.objects.map((object) => [keyOf(refOf(object)), object]));
  const kept = once.objects.map((object) => {
    const key = keyOf(refOf(object));
    const annotations = podTemplateOf(object)?.metadata?.annotations;
    const merged = merge(object, others.get(key), earlier.get(key)) as KubeObject;
    return { object: merged, annotations };
  });
  const changed = kept.some(
    ({ object }) => holdsData(object) && !Bun.deepEquals(object, earlier.get(keyOf(refOf(object)))),
  );
  const objects = kept.map(({ object, annotations }) => {
    const meta = podTemplateOf(object)?.metadata;
    if (changed && meta?.annotations && annotations) meta.annotations = annotations;
    return object;
  });
  return { objects, hooks: once.hooks };
}

const holdsData = ({ kind }: KubeObject) => kind === "Secret" || kind === "ConfigMap";

/** A value with what is random in it taken from before. */
function merge(one: unknown, other: unknown, before: unknown): unknown {
  if (Array.isArray(one)) {
    if (!Array.isArray(other) || other.length !== one.length) return one;
    const items = Array.isArray(before) && before.length === one.length ? before : [];
    return one.map((item, at) => merge(item, other[at], items[at]));
  }
  if (isMap(one)) {
    if (!isMap(other)) return one;
    const fields = isMap(before) ? before : {};
    return Object.fromEntries(
      Object.entries(one).map(([key, value]) => [key, merge(value, other[key], fields[key])]),
    );
  }
  const random = other !== undefined && one !== other;
  return random && typeof before === typeof one ? before : one;
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
