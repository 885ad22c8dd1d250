import type { KubeObjectLike } from "./rendering.ts";

/** The pods that an object makes, or is; undefined for one without. */
export function podOf(object: KubeObjectLike): any {
  if (object.kind === "Pod") return object;
  return object.kind === "CronJob" ? object.spec?.jobTemplate?.spec?.template : object.spec?.template;
}

/** The containers of an object's pods, those that come first among them. */
export function containersOf(object: KubeObjectLike): any[] {
  const { containers, initContainers } = podOf(object)?.spec ?? {};
  return [...mapsIn(containers), ...mapsIn(initContainers)];
}

/** A list's items that are maps; templates may print anything. */
export const mapsIn = (value: unknown): any[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === "object" && item !== null) : [];

/** What a rendered Secret or ConfigMap holds, as texts by key; nothing when it is none of the objects. */
export function valuesIn(
  objects: readonly KubeObjectLike[],
  kind: "Secret" | "ConfigMap",
  name: string,
): Record<string, string> {
  const found = objects.find((object) => object.kind === kind && object.metadata.name === name);
  if (!found) return {};
  const { data = {}, binaryData = {}, stringData = {} } = found;
  const encoded = kind === "Secret" ? { ...data } : { ...binaryData };
  for (const [key, value] of Object.entries(encoded))
    encoded[key] = Buffer.from(String(value), "base64").toString();
  return { ...(kind === "Secret" ? {} : data), ...encoded, ...stringData };
}
