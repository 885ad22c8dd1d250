import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Log } from "../../lib/log.ts";
import { createApi } from "./api.ts";
import { loadCertificates } from "./certificates.ts";
import { startCrdCleanup } from "./crds.ts";
import { startEventExpiry } from "./expiry.ts";
import { noAudit, openAudit } from "./http/audit.ts";
import { type HttpOptions, serveHttp } from "./http/server.ts";
import { loadSecrets, writeKubeconfig } from "./identities.ts";
import { serveCrd } from "./kinds.ts";
import { startRoleAggregation } from "./rbac/aggregation.ts";
import { createAuthentication } from "./rbac/authenticate.ts";
import { createAuthorizer } from "./rbac/authorize.ts";
import { seedRoles } from "./rbac/defaults.ts";
import { createGrants } from "./rbac/grants.ts";
import { createRegistry } from "./resources.ts";
import { seed } from "./seed.ts";
import { openStore } from "./store.ts";
import type { Api, Controller, PodRuntime } from "./types.ts";
import { createWrites } from "./writes.ts";

export interface ClusterOptions {
  /** Everything the cluster keeps: database, certificates, secrets, kubeconfig, audit. */
  dir: string;
  /** The port to listen on. By default the one of the last start, or any that is free. */
  port?: number;
  log: Log;
  /** Writes `audit.log`. Default false. */
  audit?: boolean;
  /** Makes the kubelet's side of `pods/log` and `pods/exec`; without it they answer 503. */
  runtime?: (api: Api) => PodRuntime | Promise<PodRuntime>;
  /** Started after the API serves, in this order; stopped in the reverse one. */
  controllers?: ((api: Api) => Controller)[];
  /** How many changes watches can go back. */
  history?: number;
  bookmarkMs?: number;
}

export interface Cluster {
  /** As the controllers have it. */
  api: Api;
  url: string;
  port: number;
  /** Path of the admin's kubeconfig. */
  kubeconfig: string;
  stop(): Promise<void>;
}

/** Starts a Kubernetes API on loopback over the folder `dir`. */
export async function createCluster(options: ClusterOptions): Promise<Cluster> {
  const { dir, log, audit: audited = false, history, bookmarkMs = 30_000 } = options;
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const tls = await loadCertificates(dir);
  const secrets = loadSecrets(dir);
  const store = openStore(join(dir, "cluster.db"), history === undefined ? {} : { history });
  const registry = createRegistry();
  const crds = { group: "apiextensions.k8s.io", resource: "customresourcedefinitions" };
  for (const { object } of store.list(crds)) serveCrd(registry, object);
  const writes = createWrites(store, registry, { rootCa: tls.ca });
  const apiOf = (manager: string) => createApi({ store, registry, writes, manager, log });
  const api = apiOf("kube-controller-manager");
  seed(api);
  seedRoles(api);
  const grants = createGrants(store);
  const rights = { grants, authorizer: createAuthorizer(grants) };
  const authentication = createAuthentication(store, secrets);
  const own = [
    startCrdCleanup(store, registry, writes),
    startRoleAggregation(apiOf("clusterrole-aggregation-controller")),
    startEventExpiry(store, writes, registry.find({ group: "", resource: "events" })!),
  ];
  const audit = audited ? openAudit(join(dir, "audit.log")) : noAudit;

  let runtime: PodRuntime | undefined;
  const http = {
    store,
    registry,
    writes,
    audit,
    log,
    tls,
    authentication,
    rights,
    bookmarkMs,
    runtime: () => runtime,
  };
  const server = listen(http, options.port ?? rememberedPort(dir), log);
  writeFileSync(join(dir, "port"), String(server.port));
  const url = `https://127.0.0.1:${server.port}`;
  const kubeconfig = writeKubeconfig(dir, url, tls.ca, secrets.adminToken);

  const controllers = (options.controllers ?? []).map((start) => start(api));
  runtime = await options.runtime?.(apiOf("kubelet"));

  return {
    api,
    url,
    port: server.port,
    kubeconfig,
    async stop() {
      for (const controller of controllers.reverse()) controller.stop();
      for (const controller of own) controller.stop();
      await server.stop();
      audit.close();
      store.close();
    },
  };
}

function rememberedPort(dir: string): number {
  const file = join(dir, "port");
  return existsSync(file) ? Number(readFileSync(file, "utf8")) || 0 : 0;
}

/** A remembered port that somebody else has taken meanwhile is given up for another. */
function listen(options: Omit<HttpOptions, "port">, port: number, log: Log) {
  try {
    return serveHttp({ ...options, port });
  } catch (thrown) {
    if (port === 0 || (thrown as { code?: string }).code !== "EADDRINUSE") throw thrown;
    log.warn(`port ${port} is in use: the cluster's API takes another one and the kubeconfigs are rewritten`);
    return serveHttp({ ...options, port: 0 });
  }
}
