import { StatusError } from "../types.ts";
import type { Grant, Grants } from "./grants.ts";
import { type Access, allows, type ResourceAccess } from "./rules.ts";
import { masters, type User } from "./user.ts";

export interface Decision {
  allowed: boolean;
  /** Which binding allows it; or which of the user's bindings lead nowhere. */
  reason: string;
}

export interface Authorizer {
  decide(user: User, access: Access): Decision;
  /** Throws the 403 of a real API server unless it is allowed. */
  check(user: User, access: Access): void;
}

export function createAuthorizer(grants: Grants): Authorizer {
  function decide(user: User, access: Access): Decision {
    if (user.groups.includes(masters)) return { allowed: true, reason: "" };
    const held = grants.of(user, "path" in access ? undefined : access.namespace);
    const grant = held.find(({ rules }) => rules.some((rule) => allows(rule, access)));
    if (grant) return { allowed: true, reason: grant.reason };
    const missing = spellMissing(held);
    return { allowed: false, reason: missing === "" ? "" : `RBAC: ${missing}` };
  }
  return {
    decide,
    check(user, access) {
      const { allowed, reason } = decide(user, access);
      if (!allowed) throw denied(user, access, reason);
    },
  };
}

/** The roles that bindings name and that are not there; empty when there are none. */
export function spellMissing(grants: Grant[]): string {
  const roles = grants.flatMap(({ missing }) => missing ?? []);
  const texts = roles.map(
    ({ kind, name }) => `${kind.toLowerCase()}.rbac.authorization.k8s.io ${JSON.stringify(name)} not found`,
  );
  const each = [...new Set(texts)];
  return each.length > 1 ? `[${each.join(", ")}]` : (each[0] ?? "");
}

/** The refusal of a real API server, word for word. */
export function denied(user: User, access: Access, reason = ""): StatusError {
  const why = reason === "" ? "" : `: ${reason}`;
  const who = `User ${JSON.stringify(user.name)} cannot ${access.verb}`;
  if ("path" in access) {
    const text = `forbidden: ${who} path ${JSON.stringify(access.path)}${why}`;
    return new StatusError(403, "Forbidden", text, {});
  }
  const { group, name } = access;
  const qualified = group === "" ? access.resource : `${access.resource}.${group}`;
  const about = name ? `${qualified} ${JSON.stringify(name)}` : qualified;
  const details = { ...(name ? { name } : {}), ...(group === "" ? {} : { group }), kind: access.resource };
  const text = `${about} is forbidden: ${who} ${spellAccess(access)}${why}`;
  return new StatusError(403, "Forbidden", text, details);
}

function spellAccess({ group, resource, subresource, namespace }: ResourceAccess): string {
  const what = JSON.stringify(subresource ? `${resource}/${subresource}` : resource);
  const where = namespace ? `in the namespace ${JSON.stringify(namespace)}` : "at the cluster scope";
  return `resource ${what} in API group ${JSON.stringify(group)} ${where}`;
}
