import type { Resource } from "./resources.ts";
import type { KubeObject, ObjectMeta } from "./types.ts";

/** The parts of an object that field managers own: not what the server writes itself. */
export function ownable(
  resource: Resource,
  object: KubeObject,
  subresource?: string,
): Record<string, unknown> {
  if (subresource === "status") {
    const { annotations } = object.metadata;
    // The deployment controller counts revisions there.
    const metadata = resource.kind === "Deployment" && annotations ? { metadata: { annotations } } : {};
    return object.status === undefined ? metadata : { ...metadata, status: object.status };
  }
  const { apiVersion: _, kind: __, metadata, status, ...rest } = object;
  const view: Record<string, unknown> = { ...rest, metadata: ownableMetadata(metadata) };
  if (!resource.status && status !== undefined) view.status = status;
  return view;
}

export const ownableNames = [
  "generateName",
  "labels",
  "annotations",
  "finalizers",
  "ownerReferences",
] as const;

export function ownableMetadata(metadata: Partial<ObjectMeta> | undefined): Partial<ObjectMeta> {
  const view: Record<string, unknown> = {};
  for (const name of ownableNames) {
    const value = metadata?.[name];
    if (value && (typeof value === "string" || Object.keys(value).length > 0)) view[name] = value;
  }
  return view;
}

/** The live object with its ownable parts replaced. */
export function withOwnable(
  resource: Resource,
  live: KubeObject,
  view: Record<string, unknown>,
  subresource?: string,
): KubeObject {
  if (subresource === "status") {
    return { ...live, metadata: { ...live.metadata, ...(view.metadata as object) }, status: view.status };
  }
  const metadata: Record<string, unknown> = { ...live.metadata };
  for (const name of ownableNames) delete metadata[name];
  const whole: Record<string, unknown> = {
    ...view,
    apiVersion: live.apiVersion,
    kind: live.kind,
    metadata: { ...metadata, ...(view.metadata as object | undefined) },
  };
  if (resource.status && live.status !== undefined) whole.status = live.status;
  return whole as KubeObject;
}
