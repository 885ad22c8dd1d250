/**
 * Rules of Roles and what they allow: the semantics of Kubernetes' RBAC authorizer and of its check against
 * escalation (kubernetes.io/docs/reference/access-authn-authz/rbac). Pure.
 */

export interface PolicyRule {
  verbs: string[];
  apiGroups?: string[];
  resources?: string[];
  resourceNames?: string[];
  nonResourceURLs?: string[];
}

/** One thing that somebody wants to do to a resource. */
export interface ResourceAccess {
  verb: string;
  group: string;
  /** The plural. */
  resource: string;
  subresource?: string | undefined;
  /** Absent at the cluster scope. */
  namespace?: string | undefined;
  name?: string | undefined;
}

export type Access = ResourceAccess | { verb: string; path: string };

const hasOrAll = (list: string[] | undefined, one: string) =>
  list !== undefined && (list.includes("*") || list.includes(one));

export function allows(rule: PolicyRule, access: Access): boolean {
  if (!hasOrAll(rule.verbs, access.verb)) return false;
  if ("path" in access) return (rule.nonResourceURLs ?? []).some((url) => isUrlWithin(access.path, url));
  const { group, resource, subresource, name } = access;
  if (!hasOrAll(rule.apiGroups, group)) return false;
  if (!(rule.resources ?? []).some((one) => isResourceWithin(resource, subresource, one))) return false;
  const names = rule.resourceNames ?? [];
  return names.length === 0 || (name !== undefined && names.includes(name));
}

function isUrlWithin(path: string, url: string): boolean {
  return url === "*" || url === path || (url.endsWith("*") && path.startsWith(url.replace(/\*+$/, "")));
}

function isResourceWithin(resource: string, subresource: string | undefined, of: string): boolean {
  if (of === "*" || of === (subresource ? `${resource}/${subresource}` : resource)) return true;
  return subresource !== undefined && of === `*/${subresource}`;
}

/** The parts of `wanted` that the rules of `held` do not cover, each as a rule of one verb and one resource. */
export function notCovered(held: PolicyRule[], wanted: PolicyRule[]): PolicyRule[] {
  return wanted.flatMap(split).filter((part) => !held.some((rule) => covers(rule, part)));
}

function split({ verbs, apiGroups, resources, resourceNames, nonResourceURLs }: PolicyRule): PolicyRule[] {
  const parts: PolicyRule[] = [];
  for (const verb of verbs ?? []) {
    for (const group of apiGroups ?? []) {
      for (const resource of resources ?? []) {
        const part = { verbs: [verb], apiGroups: [group], resources: [resource] };
        if (!resourceNames?.length) parts.push(part);
        for (const name of resourceNames ?? []) parts.push({ ...part, resourceNames: [name] });
      }
    }
    for (const url of nonResourceURLs ?? []) parts.push({ verbs: [verb], nonResourceURLs: [url] });
  }
  return parts;
}

function covers(rule: PolicyRule, part: PolicyRule): boolean {
  if (!hasOrAll(rule.verbs, part.verbs[0]!)) return false;
  const [url] = part.nonResourceURLs ?? [];
  if (url !== undefined) return (rule.nonResourceURLs ?? []).some((one) => isUrlWithin(url, one));
  const [resource = "", subresource] = part.resources![0]!.split("/");
  if (!hasOrAll(rule.apiGroups, part.apiGroups![0]!)) return false;
  if (!(rule.resources ?? []).some((one) => isResourceWithin(resource, subresource, one))) return false;
  const names = rule.resourceNames ?? [];
  return names.length === 0 || (part.resourceNames?.every((name) => names.includes(name)) ?? false);
}

/** Rules in the words of the refusal of an escalation, one a line; those of one resource together. */
export function spellRules(parts: PolicyRule[]): string {
  const joined = new Map<string, PolicyRule>();
  for (const part of parts) {
    const { verbs, ...rest } = part;
    const key = JSON.stringify(rest);
    joined.set(key, { ...rest, verbs: [...(joined.get(key)?.verbs ?? []), ...verbs] });
  }
  return [...joined.values()].map(spell).sort().join("\n");
}

function spell({ apiGroups, resources, resourceNames, nonResourceURLs, verbs }: PolicyRule): string {
  const fields = { APIGroups: apiGroups, Resources: resources, ResourceNames: resourceNames };
  const all = { ...fields, NonResourceURLs: nonResourceURLs, Verbs: verbs };
  const texts = Object.entries(all)
    .filter(([, list]) => list?.length)
    .map(([name, list]) => `${name}:[${list!.map((one) => JSON.stringify(one)).join(" ")}]`);
  return `{${texts.join(", ")}}`;
}
