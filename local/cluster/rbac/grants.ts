import type { Store } from "../store.ts";
import type { KubeObject, ResourceName } from "../types.ts";
import type { PolicyRule } from "./rules.ts";
import { accountName, type User } from "./user.ts";

/** What one binding gives to one of its subjects. */
export interface Grant {
  /** Where it holds; undefined: everywhere. */
  namespace: string | undefined;
  rules: PolicyRule[];
  /** The role, when there is none of its name: it gives nothing. */
  missing?: RoleRef;
  /** The binding in the words of a review. */
  reason: string;
}

/** Who was given what, by the stored bindings. */
export interface Grants {
  /** What holds for a user in a namespace (without one, at the cluster scope), what holds everywhere first. */
  of(user: User, namespace: string | undefined): Grant[];
  /** The rules of a role that a binding in the namespace refers to; undefined when there is no such role. */
  rulesOf(roleRef: RoleRef, namespace: string | undefined): PolicyRule[] | undefined;
}

export interface RoleRef {
  kind: string;
  name: string;
}

const named = (resource: string): ResourceName => ({ group: "rbac.authorization.k8s.io", resource });
const kinds = {
  roles: named("roles"),
  clusterRoles: named("clusterroles"),
  roleBindings: named("rolebindings"),
  clusterRoleBindings: named("clusterrolebindings"),
};

/** Reads the bindings once after each change of any of them or of a role; a request only looks up who asks. */
export function createGrants(store: Store): Grants {
  let bySubject: Map<string, Grant[]> | undefined;
  const byUser = new Map<string, Grant[]>();
  store.onChange(({ resource }) => {
    if (resource.group !== kinds.roles.group) return;
    bySubject = undefined;
    byUser.clear();
  });

  const rulesOf: Grants["rulesOf"] = ({ kind, name }, namespace) => {
    const cluster = kind === "ClusterRole";
    const resource = cluster ? kinds.clusterRoles : kinds.roles;
    const role = store.get(resource, name, cluster ? undefined : namespace)?.object;
    return role && ((role.rules ?? []) as PolicyRule[]);
  };

  const read = (): Map<string, Grant[]> => {
    const all = new Map<string, Grant[]>();
    for (const resource of [kinds.clusterRoleBindings, kinds.roleBindings]) {
      for (const { object } of store.list(resource)) {
        for (const subject of (object.subjects ?? []) as Subject[]) {
          const grant = grantOf(object, subject, rulesOf);
          const key = keyOf(subject, object.metadata.namespace);
          const known = all.get(key);
          if (known) known.push(grant);
          else all.set(key, [grant]);
        }
      }
    }
    return all;
  };

  const gather = (user: User, namespace: string | undefined): Grant[] => {
    const known = (bySubject ??= read());
    const keys = [`User ${user.name}`, ...user.groups.map((group) => `Group ${group}`)];
    const all = keys.flatMap((key) => known.get(key) ?? []);
    const everywhere = all.filter((grant) => grant.namespace === undefined);
    if (namespace === undefined) return everywhere;
    return [...everywhere, ...all.filter((grant) => grant.namespace === namespace)];
  };

  return {
    of(user, namespace) {
      const key = `${namespace ?? ""} ${user.name} ${user.groups.join(" ")}`;
      const known = byUser.get(key);
      if (known) return known;
      if (byUser.size >= mostUsers) byUser.clear();
      const grants = gather(user, namespace);
      byUser.set(key, grants);
      return grants;
    },
    rulesOf,
  };
}

/** Users, each in each namespace it asks in, that are remembered. */
const mostUsers = 10_000;

interface Subject {
  kind: string;
  name: string;
  namespace?: string;
}

/** A service account is a user with a long name. */
function keyOf({ kind, name, namespace }: Subject, ofBinding: string | undefined): string {
  if (kind !== "ServiceAccount") return `${kind} ${name}`;
  return `User ${accountName(namespace ?? ofBinding ?? "", name)}`;
}

function grantOf(binding: KubeObject, subject: Subject, rulesOf: Grants["rulesOf"]): Grant {
  const { namespace } = binding.metadata;
  const rules = rulesOf(binding.roleRef, namespace);
  const reason = reasonOf(binding, subject);
  return rules ? { namespace, rules, reason } : { namespace, rules: [], missing: binding.roleRef, reason };
}

function reasonOf({ kind, metadata, roleRef }: KubeObject, subject: Subject): string {
  const { name, namespace } = metadata;
  const binding = JSON.stringify(namespace === undefined ? name : `${name}/${namespace}`);
  const who =
    subject.kind === "ServiceAccount" ? `${subject.name}/${subject.namespace ?? namespace}` : subject.name;
  const role = `${roleRef.kind} ${JSON.stringify(roleRef.name)}`;
  return `RBAC: allowed by ${kind} ${binding} of ${role} to ${subject.kind} ${JSON.stringify(who)}`;
}
