import type { Api } from "../types.ts";
import type { PolicyRule } from "./rules.ts";

const group = "rbac.authorization.k8s.io";
const health = ["/healthz", "/livez", "/readyz", "/version", "/version/"];

/** The roles every cluster has, and to which groups they are given. */
const defaults: { name: string; groups: string[]; rules: PolicyRule[] }[] = [
  {
    name: "cluster-admin",
    groups: ["system:masters"],
    rules: [
      { apiGroups: ["*"], resources: ["*"], verbs: ["*"] },
      { nonResourceURLs: ["*"], verbs: ["*"] },
    ],
  },
  {
    name: "system:basic-user",
    groups: ["system:authenticated"],
    rules: [
      {
        apiGroups: ["authorization.k8s.io"],
        resources: ["selfsubjectaccessreviews", "selfsubjectrulesreviews"],
        verbs: ["create"],
      },
      { apiGroups: ["authentication.k8s.io"], resources: ["selfsubjectreviews"], verbs: ["create"] },
    ],
  },
  {
    name: "system:discovery",
    groups: ["system:authenticated"],
    rules: [
      {
        nonResourceURLs: ["/api", "/api/*", "/apis", "/apis/*", "/openapi", "/openapi/*", ...health],
        verbs: ["get"],
      },
    ],
  },
  {
    name: "system:public-info-viewer",
    groups: ["system:authenticated", "system:unauthenticated"],
    rules: [{ nonResourceURLs: health, verbs: ["get"] }],
  },
];

/** Makes the roles and bindings that are missing. One that somebody changed stays as it is. */
export function seedRoles(api: Api): void {
  const apiVersion = `${group}/v1`;
  const labels = { "kubernetes.io/bootstrapping": "rbac-defaults" };
  for (const { name, groups, rules } of defaults) {
    const metadata = { name, labels };
    const roles = { group, resource: "clusterroles" };
    const bindings = { group, resource: "clusterrolebindings" };
    if (!api.get(roles, name)) api.create(roles, { apiVersion, kind: "ClusterRole", metadata, rules });
    if (api.get(bindings, name)) continue;
    const roleRef = { apiGroup: group, kind: "ClusterRole", name };
    const subjects = groups.map((one) => ({ apiGroup: group, kind: "Group", name: one }));
    api.create(bindings, { apiVersion, kind: "ClusterRoleBinding", metadata, roleRef, subjects });
  }
}
