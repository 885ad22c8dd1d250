import { badRequest } from "../errors.ts";
import { type Authorizer, denied } from "../rbac/authorize.ts";
import type { Access } from "../rbac/rules.ts";
import { anonymous, serviceAccount, type User } from "../rbac/user.ts";
import { isSet, type RawPath } from "./request.ts";

/** What a request wants to do, before anybody knows whether there is such a thing. */
export function accessOf(request: Request, url: URL, path: RawPath | undefined): Access {
  if (!path) return { verb: request.method.toLowerCase(), path: url.pathname };
  const { group, plural, subresource } = path;
  const verb = verbOf(request, path, url.searchParams);
  const collection = ["list", "watch", "deletecollection"].includes(verb);
  const name = collection ? onlyName(url.searchParams) : path.name;
  // A namespace is in itself: a Role there may give rights on it.
  const namespace = path.namespace ?? (group === "" && plural === "namespaces" ? path.name : undefined);
  return { verb, group, resource: plural, subresource, namespace, name };
}

/** A list of what has one name is a look at one object. */
function onlyName(query: URLSearchParams): string | undefined {
  const terms = (query.get("fieldSelector") ?? "").split(",");
  return terms
    .map((term) => /^metadata\.name==?([^=].*)$/.exec(term)?.[1])
    .find((name) => name !== undefined);
}

export function verbOf(
  request: Request,
  { name, subresource }: Pick<RawPath, "name" | "subresource">,
  query: URLSearchParams,
): string {
  const one = name !== undefined;
  switch (request.method) {
    case "GET":
      if (isSet(query, "watch") && subresource === undefined) return "watch";
      return one ? "get" : "list";
    case "POST":
      return one && subresource === undefined ? "post" : "create";
    case "PUT":
      return one ? "update" : "put";
    case "PATCH":
      return one ? "patch" : "patch-all";
    case "DELETE":
      return one ? "delete" : "deletecollection";
  }
  return request.method.toLowerCase();
}

/**
 * Who is to be meant by a request that asks in somebody else's name. Throws 403 when that is not allowed: in the
 * words of the rights to do so for single things, which exist on a real node and not here.
 */
export function impersonated(request: Request, user: User, access: Access, authorizer: Authorizer): User {
  const name = request.headers.get("impersonate-user");
  // Headers that come several times arrive as one, with commas.
  const groups = (request.headers.get("impersonate-group") ?? "").split(/,\s*/).filter((one) => one !== "");
  if (!name) {
    if (groups.length === 0) return user;
    throw badRequest(`requested groups ${groups.join(", ")} without impersonating a user name`);
  }
  const account = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(name);
  const whom = account
    ? { resource: "serviceaccounts", namespace: account[1]!, name: account[2]! }
    : { resource: "users", name };
  const all = [whom, ...groups.map((group) => ({ resource: "groups", name: group }))];
  for (const one of all) {
    if (authorizer.decide(user, { verb: "impersonate", group: "", ...one }).allowed) continue;
    const mode = account ? "serviceaccount" : "user-info";
    const lacking = { ...access, verb: `impersonate-on:${mode}:${access.verb}` };
    throw denied(user, lacking, authorizer.decide(user, lacking).reason);
  }
  if (account && groups.length === 0) return serviceAccount(account[1]!, account[2]!);
  const everyone = name === anonymous.name ? "system:unauthenticated" : "system:authenticated";
  return { name, groups: groups.includes(everyone) ? groups : [...groups, everyone] };
}
