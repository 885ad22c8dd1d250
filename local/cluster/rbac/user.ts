/** Who asks, as the API knows it. */
export interface User {
  name: string;
  groups: string[];
  uid?: string;
}

export const anonymous: User = { name: "system:anonymous", groups: ["system:unauthenticated"] };

/** Its members may do everything, whatever Roles say. */
export const masters = "system:masters";

export function serviceAccount(namespace: string, name: string, uid?: string): User {
  const groups = ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, "system:authenticated"];
  return { name: accountName(namespace, name), groups, ...(uid ? { uid } : {}) };
}

export const accountName = (namespace: string, name: string): string =>
  `system:serviceaccount:${namespace}:${name}`;
