import { equal } from "../fields/set.ts";
import { selects } from "../schema/label-selector.ts";
import type { Api, Change, Controller, KubeObject } from "../types.ts";
import type { PolicyRule } from "./rules.ts";

const clusterRoles = { group: "rbac.authorization.k8s.io", resource: "clusterroles" };

/** Fills in the rules of ClusterRoles that gather those of others by their labels. */
export function startRoleAggregation(api: Api): Controller {
  const gather = () => {
    const all = api.list(clusterRoles);
    for (const role of all) {
      if (!role.aggregationRule) continue;
      const rules = gathered(role, all);
      if (!equal(role.rules ?? [], rules)) api.update(clusterRoles, { ...role, rules });
    }
  };
  const hear = ({ resource }: Change) => {
    if (resource.group === clusterRoles.group && resource.resource === clusterRoles.resource) gather();
  };
  gather();
  return { name: "clusterrole-aggregation", stop: api.onChange(hear) };
}

function gathered(role: KubeObject, all: KubeObject[]): PolicyRule[] {
  const selectors = role.aggregationRule.clusterRoleSelectors ?? [];
  const rules: PolicyRule[] = [];
  for (const other of all) {
    if (other.metadata.name === role.metadata.name) continue;
    if (!selectors.some((one: object) => selects(one, other.metadata.labels))) continue;
    for (const rule of (other.rules ?? []) as PolicyRule[]) {
      if (!rules.some((one) => equal(one, rule))) rules.push(rule);
    }
  }
  return rules;
}
