import { forbidden, notFound } from "../errors.ts";
import { equal } from "../fields/set.ts";
import { type Resource, resourceKey } from "../resources.ts";
import type { KubeObject } from "../types.ts";
import type { Authorizer } from "./authorize.ts";
import type { Grants } from "./grants.ts";
import { notCovered, type PolicyRule, spellRules } from "./rules.ts";
import { masters, type User } from "./user.ts";

const group = "rbac.authorization.k8s.io";
const everything: PolicyRule[] = [
  { verbs: ["*"], apiGroups: ["*"], resources: ["*"] },
  { verbs: ["*"], nonResourceURLs: ["*"] },
];

/**
 * Nobody gives what they have not got: a role may only hold rules its writer holds, a binding may only refer to
 * such a role; but for who may `escalate` or `bind`. Throws 403, or 404 for a role that is not there.
 */
export function refuseEscalation(
  { grants, authorizer, user }: { grants: Grants; authorizer: Authorizer; user: User },
  resource: Resource,
  next: KubeObject,
  before: KubeObject | undefined,
): void {
  if (resource.group !== group || user.groups.includes(masters)) return;
  const { name, namespace } = next.metadata;
  const may = (verb: string, of: string, role: string) =>
    authorizer.decide(user, { verb, group, resource: of, namespace, name: role }).allowed;

  let wanted: PolicyRule[];
  if (next.roleRef) {
    const { kind, name: role } = next.roleRef;
    if (before && equal(before.roleRef, next.roleRef) && equal(before.subjects, next.subjects)) return;
    if (may("bind", kind === "ClusterRole" ? "clusterroles" : "roles", role)) return;
    const rules = grants.rulesOf(next.roleRef, namespace);
    if (!rules) throw notFound(resource, role);
    wanted = rules;
  } else {
    const same = before && equal(before.rules, next.rules);
    if (same && equal(before.aggregationRule, next.aggregationRule)) return;
    if (may("escalate", resource.resource, name)) return;
    // What an aggregated role comes to hold is not known when it is written.
    wanted = next.aggregationRule ? everything : (next.rules ?? []);
  }
  const held = grants.of(user, namespace);
  const missing = notCovered(
    held.flatMap(({ rules }) => rules),
    wanted,
  );
  if (missing.length === 0) return;
  const lost = held.flatMap((grant) => grant.missing ?? []);
  const errors = lost.map((role) => `${resourceKey(resource)} ${JSON.stringify(role.name)} not found`);
  const more = errors.length > 0 ? `; resolution errors: [${errors.join(", ")}]` : "";
  const groups = user.groups.map((one) => JSON.stringify(one)).join(" ");
  const who = `user ${JSON.stringify(user.name)} (groups=[${groups}])`;
  const what = `is attempting to grant RBAC permissions not currently held:\n${spellRules(missing)}${more}`;
  throw forbidden(resource, name, `${who} ${what}`);
}
