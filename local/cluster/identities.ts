import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";

/** What the folder keeps of who may speak to the API. */
export interface Secrets {
  /** The bearer token of `admin`, who may do everything. */
  adminToken: string;
  /** Signs the tokens of service accounts. */
  signingKey: string;
}

/** The admin's token and the key, made once per folder. */
export function loadSecrets(folder: string): Secrets {
  const file = join(folder, "tokens.json");
  const known = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Partial<Secrets>) : {};
  const make = () => Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("base64url");
  const secrets = { adminToken: known.adminToken ?? make(), signingKey: known.signingKey ?? make() };
  if (!known.adminToken || !known.signingKey) replace(file, JSON.stringify(secrets));
  return secrets;
}

/** Writes the admin's kubeconfig and answers its path. */
export function writeKubeconfig(folder: string, url: string, ca: string, token: string): string {
  const [name, user] = ["styrmin", "admin"];
  const config = {
    apiVersion: "v1",
    kind: "Config",
    "current-context": name,
    clusters: [
      { name, cluster: { server: url, "certificate-authority-data": Buffer.from(ca).toString("base64") } },
    ],
    users: [{ name: user, user: { token } }],
    contexts: [{ name, context: { cluster: name, user, namespace: "default" } }],
  };
  const path = join(folder, "kubeconfig");
  replace(path, stringify(config));
  return path;
}

/** In one step, readable to nobody else. */
function replace(file: string, text: string): void {
  writeFileSync(`${file}.new`, text, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
