import { keepEncoded, keepText } from "./keep-text.ts";
import type { KubeObjectLike } from "./rendering.ts";

/**
 * What a chart makes at random (passwords, certificates) would change with every Instance, since nothing is looked up
 * in the cluster while it is rendered. What differs between two renders of the same input is random; it is taken from
 * the Release before, where that has it. Of a text only its random words are, where they can be told from the rest. A pod
 * template's annotation, mostly a checksum, is taken from there only if no ConfigMap and no Secret of the Release has
 * changed: then nothing asks for new pods. Pure.
 */
export function keepRandom<T extends KubeObjectLike>(
  once: readonly T[],
  again: readonly T[],
  before: readonly T[],
): T[] {
  const others = new Map(again.map((object) => [keyOf(object), object]));
  const earlier = new Map(before.map((object) => [keyOf(object), object]));
  const kept = once.map((object) => {
    const key = keyOf(object);
    const annotations = podTemplateOf(object)?.metadata?.annotations;
    return { object: merge(object, others.get(key), earlier.get(key)) as T, annotations };
  });
  const changed = kept.some(
    ({ object }) => holdsData(object) && !Bun.deepEquals(object, earlier.get(keyOf(object))),
  );
  return kept.map(({ object, annotations }) => {
    const meta = podTemplateOf(object)?.metadata;
    if (changed && meta?.annotations && annotations) meta.annotations = annotations;
    return object;
  });
}

interface PodTemplate {
  metadata?: { annotations?: Record<string, string> };
}

/** Of the kinds whose pods are made anew when it changes. */
const podTemplateOf = ({ kind, spec }: KubeObjectLike): PodTemplate | undefined =>
  ["Deployment", "StatefulSet", "DaemonSet"].includes(kind) ? spec?.template : undefined;

const keyOf = ({ apiVersion, kind, metadata: { namespace, name } }: KubeObjectLike) =>
  `${apiVersion}/${kind}/${namespace ?? ""}/${name}`;

const holdsData = ({ kind }: KubeObjectLike) => kind === "Secret" || kind === "ConfigMap";

/** A value with what is random in it taken from before; of texts as `keep` does it. */
function merge(one: unknown, other: unknown, before: unknown, keep = keepText): unknown {
  if (Array.isArray(one)) {
    if (!Array.isArray(other) || other.length !== one.length) return one;
    const items = Array.isArray(before) && before.length === one.length ? before : [];
    return one.map((item, at) => merge(item, other[at], items[at], keep));
  }
  if (isMap(one)) {
    if (!isMap(other)) return one;
    const fields = isMap(before) ? before : {};
    const merged = Object.entries(one).map(([key, value]) => {
      const way = one.kind === "Secret" && key === "data" ? keepEncoded : keep;
      return [key, merge(value, other[key], fields[key], way)] as const;
    });
    return Object.fromEntries(merged);
  }
  const random = other !== undefined && one !== other;
  if (!random || typeof before !== typeof one) return one;
  return [one, other, before].every((each) => typeof each === "string")
    ? keep(one as string, other as string, before as string)
    : before;
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
