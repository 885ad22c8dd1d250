import { resourceKey } from "../resources.ts";
import type { Api, Controller, KubeObject, ResourceName } from "../types.ts";
import type { Entry } from "./cache.ts";
import { type ControllerOptions, keyOf, startController } from "./controller.ts";
import { namespaces } from "./names.ts";
import { ignoringGone } from "./pods.ts";
import { type Condition, withCondition, writeStatus } from "./status.ts";

const finalizer = "kubernetes";

/** Empties namespaces that are being deleted: pods first, then everything else; then lets them go. */
export function startNamespaces(
  api: Api,
  { log, cache, now = () => new Date() }: ControllerOptions,
): Controller {
  return startController({
    name: "namespace-controller",
    api,
    log,
    resource: namespaces,
    also: ({ type, object }, add) => {
      const { namespace, deletionTimestamp } = object.metadata;
      if (namespace === undefined || (type !== "DELETED" && !deletionTimestamp && type !== "ADDED")) return;
      if (api.get(namespaces, namespace)?.metadata.deletionTimestamp) add(keyOf(namespace, undefined));
    },
    reconcile,
  });

  function reconcile(namespace: KubeObject): void {
    const { name, deletionTimestamp } = namespace.metadata;
    if (!deletionTimestamp || !namespace.spec?.finalizers?.includes(finalizer)) return;
    const podsLeft = empty(cache.inNamespace(name).filter(isPod));
    const left = podsLeft ? [] : empty(cache.inNamespace(name)) ? cache.inNamespace(name) : [];
    if (podsLeft || left.length > 0) {
      const conditions = conditionsOf(left, namespace.status?.conditions ?? [], now());
      return writeStatus(api, namespaces, namespace, { phase: "Terminating", conditions });
    }
    const live = api.get(namespaces, name)!;
    const finalizers = live.spec.finalizers.filter((each: string) => each !== finalizer);
    api.update(namespaces, { ...live, spec: { ...live.spec, finalizers } });
  }

  /** Deletes what is not being deleted yet; true when something is left. */
  function empty(entries: Entry[]): boolean {
    for (const { resource, object } of entries) {
      const { name, namespace, uid, deletionTimestamp } = object.metadata;
      if (deletionTimestamp) continue;
      const options = { propagationPolicy: "Background" as const, preconditions: { uid } };
      ignoringGone(() => api.delete(resource, name, namespace, options));
    }
    return entries.some(({ object }) => cache.byUid(object.metadata.uid) !== undefined);
  }
}

function isPod({ resource }: Entry): boolean {
  return resourceKey(resource) === "pods";
}

/** The five conditions of a namespace that is going away. While pods drain they say nothing is wrong. */
function conditionsOf(left: Entry[], old: Condition[], time: Date): Condition[] {
  let conditions = old;
  const set = (type: string, status: Condition["status"], reason: string, message: string) => {
    conditions = withCondition(conditions, { type, status, reason, message }, time);
  };
  const discovered = "All resources successfully discovered";
  set("NamespaceDeletionDiscoveryFailure", "False", "ResourcesDiscovered", discovered);
  const parsed = "All legacy kube types successfully parsed";
  set("NamespaceDeletionGroupVersionParsingFailure", "False", "ParsedGroupVersions", parsed);
  const deleted = "All content successfully deleted, may be waiting on finalization";
  set("NamespaceDeletionContentFailure", "False", "ContentDeleted", deleted);
  const resources = count(left.map(({ resource }) => dotted(resource)));
  if (resources.length > 0) {
    const list = resources.map(([name, number]) => `${name} has ${number} resource instances`).join(", ");
    const message = `Some resources are remaining: ${list}`;
    set("NamespaceContentRemaining", "True", "SomeResourcesRemain", message);
  } else {
    set("NamespaceContentRemaining", "False", "ContentRemoved", "All content successfully removed");
  }
  const finalizers = count(left.flatMap(({ object }) => object.metadata.finalizers ?? []));
  if (finalizers.length > 0) {
    const list = finalizers.map(([name, number]) => `${name} in ${number} resource instances`).join(", ");
    const message = `Some content in the namespace has finalizers remaining: ${list}`;
    set("NamespaceFinalizersRemaining", "True", "SomeFinalizersRemain", message);
  } else {
    const message = "All content-preserving finalizers finished";
    set("NamespaceFinalizersRemaining", "False", "ContentHasNoFinalizers", message);
  }
  return conditions;
}

function dotted({ group, resource }: ResourceName): string {
  return `${resource}.${group}`;
}

function count(names: string[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
}
