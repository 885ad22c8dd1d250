/** Which rights an agent needs in a cluster for what a driver makes. Pure. */
import { stringify } from "yaml";
import type { KubeObjectLike } from "./rendering.ts";

/** A rule of a ClusterRole. */
export interface Rule {
  apiGroups: string[];
  resources: string[];
  resourceNames?: string[];
  verbs: string[];
}

/** What the agent does with each kind that a driver makes. */
export const objectVerbs = ["get", "list", "watch", "create", "patch", "delete"];

/** The label by which a ClusterRole adds its rules to those of the agent. */
export const aggregationLabel = "styrmin.io/aggregate-to-agent";

/** What every agent may do by itself with kinds of applications: the rules of `k8s/rbac/agent.yaml`. */
const ownRights: Record<string, string[]> = {
  "/configmaps /persistentvolumeclaims /pods /secrets /serviceaccounts /services": objectVerbs,
  "apps/daemonsets apps/deployments apps/statefulsets": objectVerbs,
  "batch/cronjobs batch/jobs": objectVerbs,
  "networking.k8s.io/ingresses networking.k8s.io/networkpolicies": objectVerbs,
  "policy/poddisruptionbudgets autoscaling/horizontalpodautoscalers": objectVerbs,
  "/events": ["list"],
  "/namespaces": ["create", "patch"],
};
const own = new Map(
  Object.entries(ownRights).flatMap(([resources, verbs]) =>
    resources.split(" ").map((resource) => [resource, verbs] as const),
  ),
);

/** The verbs that every agent has for a resource by itself. */
export const ownVerbs = (group: string, resource: string): string[] => own.get(`${group}/${resource}`) ?? [];

const rbac = "rbac.authorization.k8s.io";

/**
 * The rules that an agent needs beyond its own to make these objects. What a Role gives the agent must have
 * itself, since nobody gives what they have not got; a role that a binding names and that is not among the objects it
 * must be allowed to bind.
 */
export function rightsBeyondOwn(objects: Pick<KubeObjectLike, "apiVersion" | "kind">[]): Rule[] {
  const defined = new Map(
    objects.filter(isDefinition).map(({ spec }) => [`${spec.group} ${spec.names.kind}`, spec.names.plural]),
  );
  const rules: Rule[] = [];
  for (const object of objects as KubeObjectLike[]) {
    const group = object.apiVersion.includes("/") ? object.apiVersion.split("/")[0]! : "";
    const resource = defined.get(`${group} ${object.kind}`) ?? pluralOf(object.kind);
    const verbs = objectVerbs.filter((verb) => !ownVerbs(group, resource).includes(verb));
    if (verbs.length > 0) rules.push({ apiGroups: [group], resources: [resource], verbs });
    // Before a definition goes, it is looked whether others use the kind.
    if (isDefinition(object)) {
      const { names, group: of } = object.spec;
      rules.push({ apiGroups: [of], resources: [names.plural], verbs: ["list"] });
    }
    if (group === rbac) rules.push(...givenBy(object, objects as KubeObjectLike[]));
  }
  return joined(rules);
}

const isDefinition = (object: Partial<KubeObjectLike>): object is KubeObjectLike =>
  object.kind === "CustomResourceDefinition" && object.spec?.names?.plural !== undefined;

function givenBy(object: KubeObjectLike, all: KubeObjectLike[]): Rule[] {
  const given = Array.isArray(object.rules) ? (object.rules as Rule[]) : [];
  const rules = given.filter(({ resources }) => Array.isArray(resources));
  const { kind, name } = object.roleRef ?? {};
  if (typeof name !== "string" || all.some((one) => one.kind === kind && one.metadata?.name === name))
    return rules;
  const resources = [kind === "ClusterRole" ? "clusterroles" : "roles"];
  return [...rules, { apiGroups: [rbac], resources, resourceNames: [name], verbs: ["bind"] }];
}

/** One rule for each group and set of verbs, resources in order. */
function joined(rules: Rule[]): Rule[] {
  const verbsOf = new Map<string, { rule: Rule; verbs: Set<string> }>();
  for (const rule of rules) {
    for (const group of rule.apiGroups ?? []) {
      for (const resource of rule.resources) {
        const { resourceNames } = rule;
        const one = {
          apiGroups: [group],
          resources: [resource],
          ...(resourceNames ? { resourceNames } : {}),
        };
        const key = JSON.stringify(one);
        const known = verbsOf.get(key) ?? { rule: { ...one, verbs: [] }, verbs: new Set<string>() };
        for (const verb of rule.verbs ?? []) known.verbs.add(verb);
        verbsOf.set(key, known);
      }
    }
  }
  const byVerbs = new Map<string, Rule>();
  for (const { rule, verbs } of verbsOf.values()) {
    const list = [...verbs].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
    const key = JSON.stringify([rule.apiGroups, rule.resourceNames, list]);
    const known = byVerbs.get(key);
    if (known) known.resources = [...known.resources, ...rule.resources].sort();
    else byVerbs.set(key, { ...rule, verbs: list });
  }
  return [...byVerbs.values()];
}

const rank = (verb: string) => objectVerbs.indexOf(verb) + 1 || objectVerbs.length + 1;

/** As the API names them mostly; a definition says it for sure. */
export function pluralOf(kind: string): string {
  const word = kind.toLowerCase();
  if (word === "endpoints") return word;
  if (/(s|x|z|ch|sh)$/.test(word)) return `${word}es`;
  return /[^aeiou]y$/.test(word) ? `${word.slice(0, -1)}ies` : `${word}s`;
}

/**
 * The kinds that a template names literally, wherever it may stand: a condition that holds in no sample hides
 * nothing. What a template prints as the name of a kind nobody can know before.
 */
export function kindsNamedIn(text: string): { apiVersion: string; kind: string }[] {
  return text.split(/^---/m).flatMap((document) => {
    const [, apiVersion] = /^apiVersion:[ \t]*["']?([a-z0-9./-]+)["']?[ \t]*(?:#.*)?$/im.exec(document) ?? [];
    const [, kind] = /^kind:[ \t]*["']?([a-z0-9]+)["']?[ \t]*(?:#.*)?$/im.exec(document) ?? [];
    // Whether a namespace is the deployment's own, which is there, only the rendered object tells.
    return apiVersion && kind && kind !== "Namespace" ? [{ apiVersion, kind }] : [];
  });
}

/** The ClusterRole that adds rules to the agent's, as YAML for `kubectl apply`. */
export function clusterRoleText(name: string, rules: Rule[], { oneLine = false } = {}): string {
  const role = {
    apiVersion: `${rbac}/v1`,
    kind: "ClusterRole",
    metadata: { name, labels: { [aggregationLabel]: "true" } },
    rules,
  };
  if (oneLine)
    return stringify(role, { collectionStyle: "flow", lineWidth: 0 })
      .replaceAll(/\s*\n\s*/g, " ")
      .trim();
  return stringify(role, { lineWidth: 0 });
}
