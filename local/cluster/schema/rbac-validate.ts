import { isDeepStrictEqual } from "node:util";
import type { KubeObject } from "../types.ts";
import { records } from "./pod-defaults.ts";
import { type FieldProblem, invalid, required, unsupported } from "./problem.ts";

const group = "rbac.authorization.k8s.io";

/** A binding's role is of the one group there is, its users and groups too; in place. */
export function defaultBinding(binding: KubeObject): void {
  if (binding.roleRef) binding.roleRef.apiGroup ||= group;
  for (const subject of records(binding.subjects)) {
    if (subject.kind === "User" || subject.kind === "Group") subject.apiGroup ||= group;
  }
}

export function validateRole(role: KubeObject): FieldProblem[] {
  const problems: FieldProblem[] = [];
  for (const [index, rule] of records(role.rules).entries()) {
    const at = (field: string) => `rules[${index}].${field}`;
    const missing = (field: string, detail: string) => {
      if (!rule[field]?.length) problems.push(required(at(field), detail));
    };
    missing("verbs", "verbs must contain at least one value");
    if (rule.nonResourceURLs?.length) {
      const urls = rule.nonResourceURLs;
      if (role.kind === "Role") {
        problems.push(
          invalid(at("nonResourceURLs"), urls, "namespaced rules cannot apply to non-resource URLs"),
        );
      } else if (rule.apiGroups?.length || rule.resources?.length || rule.resourceNames?.length) {
        const detail = "rules cannot apply to both regular resources and non-resource URLs";
        problems.push(invalid(at("nonResourceURLs"), urls, detail));
      }
      continue;
    }
    missing("apiGroups", "resource rules must supply at least one api group");
    missing("resources", "resource rules must supply at least one resource");
  }
  return problems;
}

const subjectKinds = ["ServiceAccount", "User", "Group"];

export function validateBinding(binding: KubeObject, before?: KubeObject): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const { roleRef = {} } = binding;
  const clusterWide = binding.kind === "ClusterRoleBinding";
  const kinds = clusterWide ? ["ClusterRole"] : ["Role", "ClusterRole"];
  if (roleRef.apiGroup !== group)
    problems.push(unsupported("roleRef.apiGroup", roleRef.apiGroup ?? "", [group]));
  if (!kinds.includes(roleRef.kind)) problems.push(unsupported("roleRef.kind", roleRef.kind ?? "", kinds));
  if (!roleRef.name) problems.push(required("roleRef.name"));
  for (const [index, subject] of records(binding.subjects).entries()) {
    const at = `subjects[${index}]`;
    if (!subject.name) problems.push(required(`${at}.name`));
    if (!subjectKinds.includes(subject.kind))
      problems.push(unsupported(`${at}.kind`, subject.kind ?? "", subjectKinds));
    if (clusterWide && subject.kind === "ServiceAccount" && !subject.namespace)
      problems.push(required(`${at}.namespace`));
  }
  if (before && !isDeepStrictEqual(before.roleRef, roleRef)) {
    const value = { APIGroup: roleRef.apiGroup, Kind: roleRef.kind, Name: roleRef.name };
    problems.push(invalid("roleRef", value, "cannot change roleRef"));
  }
  return problems;
}
