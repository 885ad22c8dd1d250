import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";

/** Who can speak to the API: file of the kubeconfig → user name. Rights are not enforced, names are audited. */
export const identities = {
  kubeconfig: "admin",
  "agent.kubeconfig": "system:serviceaccount:styrmin-system:styrmin-agent",
  "server.kubeconfig": "system:serviceaccount:styrmin-system:styrmin-server",
} as const;

export type Identity = keyof typeof identities;

/** The bearer tokens, made once per folder. */
export function loadTokens(folder: string): Record<Identity, string> {
  const file = join(folder, "tokens.json");
  if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8")) as Record<Identity, string>;
  const make = () => Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("base64url");
  const tokens = Object.fromEntries(Object.keys(identities).map((name) => [name, make()])) as Record<
    Identity,
    string
  >;
  writeFileSync(file, JSON.stringify(tokens), { mode: 0o600 });
  return tokens;
}

/** Writes one kubeconfig per identity, each replaced in one step; answers the admin's path. */
export function writeKubeconfigs(
  folder: string,
  url: string,
  ca: string,
  tokens: Record<Identity, string>,
): string {
  for (const [file, user] of Object.entries(identities)) {
    const name = "styrmin";
    const config = {
      apiVersion: "v1",
      kind: "Config",
      "current-context": name,
      clusters: [
        { name, cluster: { server: url, "certificate-authority-data": Buffer.from(ca).toString("base64") } },
      ],
      users: [{ name: user, user: { token: tokens[file as Identity] } }],
      contexts: [{ name, context: { cluster: name, user, namespace: "default" } }],
    };
    const path = join(folder, file);
    writeFileSync(`${path}.new`, stringify(config), { mode: 0o600 });
    renameSync(`${path}.new`, path);
  }
  return join(folder, "kubeconfig");
}
