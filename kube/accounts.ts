import { renameSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { silentLog } from "../lib/log.ts";
import type { KubeAccess } from "./config.ts";
import { KubeError, ownReasons } from "./errors.ts";
import { createKubeHttp } from "./http.ts";

/** What is asked for; the API server may give less. */
const lifeSeconds = 24 * 60 * 60;

/**
 * Asks for a token of a service account (Kubernetes' TokenRequest) and writes it to `FOLDER/ACCOUNT.token`, and
 * beside it a kubeconfig that names it. Whoever uses the kubeconfig follows a token that is written anew. Answers
 * when the token ends. Throws KubeError.
 */
export async function writeAccount(
  access: KubeAccess,
  account: { namespace: string; name: string },
  folder: string,
): Promise<Date> {
  const { namespace, name } = account;
  const http = createKubeHttp({ access, log: silentLog, limitMs: 30_000 });
  const answer = (await http.json({
    method: "POST",
    path: `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`,
    body: {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      spec: { expirationSeconds: lifeSeconds },
    },
    repeatable: true,
  })) as { status?: { token?: string; expirationTimestamp?: string } } | null;
  const { token, expirationTimestamp } = answer?.status ?? {};
  if (!token || !expirationTimestamp) {
    throw new KubeError(0, ownReasons.badAnswer, "the answer to a TokenRequest has no token");
  }
  const tokenFile = join(folder, `${name}.token`);
  replace(tokenFile, token);
  const config = kubeconfigOf(access, { user: name, namespace, tokenFile: basename(tokenFile) });
  replace(join(folder, `${name}.kubeconfig`), JSON.stringify(config, null, 2));
  return new Date(expirationTimestamp);
}

/** The cluster of `access`, with another user. */
function kubeconfigOf(
  access: KubeAccess,
  { user, namespace, tokenFile }: { user: string; namespace: string; tokenFile: string },
) {
  const { caData, caFile, skipTLSVerify, tlsServerName, proxyUrl } = access.kubeConfig().getCurrentCluster()!;
  const cluster = {
    server: access.server,
    ...(caData ? { "certificate-authority-data": caData } : {}),
    ...(caFile ? { "certificate-authority": caFile } : {}),
    ...(skipTLSVerify ? { "insecure-skip-tls-verify": true } : {}),
    ...(tlsServerName ? { "tls-server-name": tlsServerName } : {}),
    ...(proxyUrl ? { "proxy-url": proxyUrl } : {}),
  };
  const name = "styrmin";
  return {
    apiVersion: "v1",
    kind: "Config",
    "current-context": name,
    clusters: [{ name, cluster }],
    users: [{ name: user, user: { tokenFile } }],
    contexts: [{ name, context: { cluster: name, user, namespace } }],
  };
}

/** In one step, readable to nobody else. */
function replace(file: string, text: string): void {
  writeFileSync(`${file}.new`, text, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
