import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { isMap, isSeq, parseAllDocuments, type YAMLMap } from "yaml";
import type { AuditLine } from "../../local/cluster/http/audit.ts";
import type { NodeAuditLine } from "./real-cluster.ts";

/** One right as a manifest gives it. */
export interface Right {
  verb: string;
  /** `deployments.apps`, `pods/log`: as `kubectl auth can-i` takes it. */
  resource: string;
  /** Only for the object of this name. */
  name?: string;
  /** Only in the agent's namespace (a Role), or everywhere (a ClusterRole). */
  own: boolean;
  /** Why it is granted though a run may not use it: what stands behind `Spare:` above the rule. */
  spare?: string;
}

/** One request, of whichever cluster. */
export interface Use {
  user: string;
  verb: string;
  resource: string;
  namespace: string | undefined;
  name: string | undefined;
  code: number;
}

/** The rights in a manifest of `k8s/rbac`, one for each verb and resource of each rule. */
export function rightsIn(file: string): Right[] {
  const text = readFileSync(join(resolve(import.meta.dir, "../../k8s/rbac"), file), "utf8");
  return parseAllDocuments(text).flatMap((document) => {
    const kind = String(document.get("kind"));
    const rules = document.get("rules");
    if (!isSeq(rules)) return [];
    let above = "";
    return rules.items.flatMap((rule, index) => {
      if (!isMap(rule)) throw new Error(`${file}: a rule is no map`);
      // What stands above the first item belongs to the list; a rule without a comment goes with the one before.
      above = (index === 0 && rules.commentBefore) || rule.commentBefore || above;
      if (above.trim() === "") throw new Error(`${file}: a rule has no comment: ${rule}`);
      const spare = /Spare: ([\s\S]+)/.exec(above)?.[1]?.replaceAll(/\s*\n\s*/g, " ");
      return rightsOf(rule, kind === "Role", spare);
    });
  });
}

function rightsOf(rule: YAMLMap, own: boolean, spare: string | undefined): Right[] {
  const { verbs, apiGroups, resources, resourceNames } = rule.toJSON() as Record<string, string[]>;
  const names = resourceNames ?? [undefined];
  return verbs!.flatMap((verb) =>
    apiGroups!.flatMap((group) =>
      resources!.flatMap((resource) =>
        names.map((name) => ({
          verb,
          resource: qualified(group, resource),
          own,
          ...(name === undefined ? {} : { name }),
          ...(spare === undefined ? {} : { spare }),
        })),
      ),
    ),
  );
}

/** `deployments.apps/status`: group behind the plural. */
function qualified(group: string, resource: string): string {
  const [plural, ...sub] = resource.split("/");
  return [group === "" ? plural : `${plural}.${group}`, ...sub].join("/");
}

export function usesOf(lines: AuditLine[]): Use[] {
  return lines.map(({ user, verb, resource, namespace, name, code }) => ({
    ...{ user, verb, resource, namespace, name, code },
  }));
}

export function usesOfNode(lines: NodeAuditLine[]): Use[] {
  const uses = lines.map(({ user, verb, objectRef, responseStatus, stage }) => {
    const { apiGroup = "", resource, subresource, namespace, name } = objectRef ?? {};
    if (resource === undefined || stage === "RequestReceived") return undefined;
    const path = subresource ? `${resource}/${subresource}` : resource;
    const code = responseStatus?.code ?? 0;
    return { user: user.username, verb, resource: qualified(apiGroup, path), namespace, name, code };
  });
  return uses.filter((use) => use !== undefined);
}

/** The uses that one right allows. An apply that made its object is a create too. */
export function allows(right: Right, use: Use, ownNamespace: string): boolean {
  const { verb, resource, name, own } = right;
  const created = use.verb === "patch" && use.code === 201;
  if (use.resource !== resource || !(use.verb === verb || (created && verb === "create"))) return false;
  if (name !== undefined && use.name !== name) return false;
  return !own || use.namespace === ownNamespace;
}

/** What of a manifest's rights an identity used. */
export interface Balance {
  user: string;
  requests: number;
  granted: Right[];
  /** Refused, or allowed by nothing in the manifest. */
  beyond: Use[];
  /** Granted, not used, and not said to be spare. */
  unused: Right[];
  /** Said to be spare, and not used. */
  spare: Right[];
}

/**
 * Compares rights and uses. What happens in the agent's own namespace counts for its Role, and for the ClusterRole
 * only where the Role has nothing. Pure.
 */
export function balance(user: string, granted: Right[], uses: Use[], ownNamespace: string): Balance {
  const own = uses.filter((use) => use.user === user && !isPublic(use));
  const counted = new Set<Right>();
  const beyond: Use[] = [];
  for (const use of own) {
    const fitting = granted.filter((right) => allows(right, use, ownNamespace));
    if (isRefused(use, own) || fitting.length === 0) beyond.push(use);
    const nearest = fitting.some((right) => right.own) ? fitting.filter((right) => right.own) : fitting;
    for (const right of nearest) counted.add(right);
  }
  const left = granted.filter((right) => !counted.has(right));
  const unused = left.filter((right) => right.spare === undefined);
  const spare = left.filter((right) => right.spare !== undefined);
  return { user, requests: own.length, granted, beyond, unused, spare };
}

/** A real cluster knows a new binding a moment later: what is allowed then was no more than early. */
export function isRefused(use: Use, all: Use[]): boolean {
  if (use.code !== 403 && use.code !== 401) return false;
  return !all.some(
    ({ user, verb, resource, namespace, code }) =>
      code < 400 &&
      user === use.user &&
      verb === use.verb &&
      resource === use.resource &&
      namespace === use.namespace,
  );
}

/** What every identity may do. */
const isPublic = ({ resource }: Use) => /^selfsubject/.test(resource);

export const spell = ({ verb, resource, name, own }: Right): string =>
  `${verb} ${resource}${name === undefined ? "" : ` ${name}`}${own ? " (own namespace)" : ""}`;
