import type { StyrminDeployment } from "../../kube/styrmin-deployment.ts";
import { labels } from "../../kube/styrmin-deployment.ts";
import type { KindRef, KubeObject } from "../../kube/types.ts";
import { inApplyOrder } from "./order.ts";
import { podTemplateOf } from "./workloads.ts";

/** Says whether a kind has namespaces; undefined for a kind the API does not serve. */
export type Scope = (kind: KindRef) => boolean | undefined;

/**
 * Makes of rendered objects what a Release keeps: in the order of applying, with our label on each object and
 * on each pod template, in the deployment's namespace, and without what is not ours to say (status, what the
 * API server fills in, nulls). Pure; the same input gives the same text.
 */
export function normalise(rendered: KubeObject[], { spec }: StyrminDeployment, scope: Scope): KubeObject[] {
  const own = withDefinitions(rendered, scope);
  const objects = rendered.map((one) => {
    const object = withoutNulls(one) as KubeObject;
    const { name, namespace, labels: given, annotations, finalizers, ownerReferences } = object.metadata;
    delete object.status;
    object.metadata = {
      name,
      ...(own(object) === false ? {} : { namespace: namespace ?? spec.targetNamespace }),
      labels: { ...given, [labels.deployment]: spec.deploymentId },
      ...(annotations ? { annotations } : {}),
      ...(finalizers ? { finalizers } : {}),
      ...(ownerReferences ? { ownerReferences } : {}),
    };
    labelTemplates(object, spec.deploymentId);
    if (object.kind === "Secret") encodeStringData(object);
    return object;
  });
  return inApplyOrder(objects);
}

/** The kinds among the objects that are defined neither by the API nor by the objects themselves. */
export function unknownKinds(rendered: KubeObject[], scope: Scope): KindRef[] {
  const own = withDefinitions(rendered, scope);
  return rendered.filter((object) => own(object) === undefined);
}

/** Whether one of the objects is the definition of a kind. */
export const definesKind = (objects: KubeObject[], { apiVersion, kind }: KindRef): boolean =>
  definedScopes(objects).has(`${apiVersion} ${kind}`);

/** A release may bring the definition of a kind and objects of it. */
export function withDefinitions(rendered: KubeObject[], scope: Scope): Scope {
  const defined = definedScopes(rendered);
  return (kind) => scope(kind) ?? defined.get(`${kind.apiVersion} ${kind.kind}`);
}

/** The kinds that the objects define, each with whether it has namespaces. */
function definedScopes(objects: KubeObject[]): Map<string, boolean> {
  const defined = new Map<string, boolean>();
  for (const { kind, spec } of objects) {
    if (kind !== "CustomResourceDefinition") continue;
    for (const { name } of spec?.versions ?? []) {
      defined.set(`${spec.group}/${name} ${spec.names?.kind}`, spec.scope === "Namespaced");
    }
  }
  return defined;
}

function labelTemplates(object: KubeObject, deploymentId: string): void {
  const add = (target: { metadata?: { labels?: Record<string, string> } }) => {
    const meta = (target.metadata ??= {});
    meta.labels = { ...meta.labels, [labels.deployment]: deploymentId };
  };
  const template = podTemplateOf(object);
  if (template) add(template);
  // The volumes a StatefulSet makes must be known as the deployment's when it is deleted.
  if (object.kind === "StatefulSet") object.spec.volumeClaimTemplates?.forEach(add);
}

/** `stringData` is written and never read back, so that nobody could tell whether it is still so. */
function encodeStringData(secret: KubeObject): void {
  if (secret.stringData === undefined) return;
  const data: Record<string, string> = { ...secret.data };
  for (const [key, text] of Object.entries(secret.stringData as Record<string, string>)) {
    data[key] = Buffer.from(String(text)).toString("base64");
  }
  delete secret.stringData;
  secret.data = data;
}

/** A null is owned but never stored; it says the same as leaving the field out. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(([, field]) => field !== null && field !== undefined);
  return Object.fromEntries(kept.map(([key, field]) => [key, withoutNulls(field)]));
}
