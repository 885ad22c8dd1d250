import { createClient } from "../../clients/sdk/index.ts";
import { createKube } from "../../kube/client.ts";
import { loadKubeAccess } from "../../kube/config.ts";
import { type KubeObject, type Kube } from "../../kube/types.ts";
import { type Product, type ProductOptions, startProduct } from "../helpers/product.ts";
import { realKubeconfig, removeNamespaces } from "../helpers/real-cluster.ts";

/** What an end-to-end test must know of the cluster that its product works on; all else is the same on each. */
export interface E2eCluster {
  /** For the titles of tests. */
  title: string;
  isReal: boolean;
  /** Starts the product as `npm start` does, on this cluster. */
  start(options?: ProductOptions): Promise<Site>;
}

/** A product with an environment of the test's own. */
export interface Site {
  product: Product;
  /** The name of the environment. */
  environment: string;
  /** Where its applications are. */
  namespace: string;
  /** Where the agent keeps what is its own. */
  systemNamespace: string;
  /** The cluster's admin. */
  kube: Kube;
  /** Asks an application of the environment, by its deployment's name, as a browser does by its address. */
  ask(deployment: string, path?: string, init?: RequestInit): Promise<Response>;
  /** Ends the product and removes what it left in the cluster. */
  stop(): Promise<void>;
}

/** The cluster that `npm start` brings. */
export const embedded: E2eCluster = {
  title: "embedded cluster",
  isReal: false,
  async start(options) {
    const product = await startProduct(options);
    return {
      product,
      environment: "demo",
      namespace: "env-demo",
      systemNamespace: "styrmin-system",
      kube: await kubeOf(product),
      async ask(deployment, path = "/", init = {}) {
        const found = await createClient({ url: product.serverUrl }).deployments.get(deployment, {
          environment: "demo",
        });
        const { host } = new URL(found!.services.find((one) => one.url)!.url!);
        // Names below `localhost` need not resolve everywhere: the front door is asked by its address.
        return fetch(`http://127.0.0.1:${product.ingressPort}${path}`, {
          signal: AbortSignal.timeout(30_000),
          ...init,
          headers: { ...init.headers, host },
        });
      },
      stop: async () => void (await product.stop()),
    };
  },
};

/** The cluster of STYRMIN_TEST_KUBECONFIG, with namespaces of the site's own. */
export const real: E2eCluster = {
  title: "real cluster",
  isReal: true,
  async start(options = {}) {
    const mark = crypto.randomUUID().slice(0, 8);
    const [environment, systemNamespace] = [`e2e-${mark}`, `styrmin-e2e-${mark}`];
    const namespace = `env-${environment}`;
    const product = await startProduct({
      ...options,
      args: ["--kubeconfig", realKubeconfig!, ...(options.args ?? [])],
      env: { STYRMIN_NAMESPACE: systemNamespace, ...options.env },
    });
    const client = createClient({ url: product.serverUrl });
    await client.environments.create({ name: environment, cluster: "local" });
    const kube = await kubeOf(product);
    const access = await loadKubeAccess({ kubeconfig: realKubeconfig! });
    return {
      product,
      environment,
      namespace,
      systemNamespace,
      kube,
      async ask(deployment, path = "/", init = {}) {
        const found = await createClient({ url: product.serverUrl }).deployments.get(deployment, {
          environment,
        });
        const service = await webServiceOf(kube, namespace, found!.id);
        // The API server leads to a Service without a way of its own into the cluster's network.
        const proxied = `/api/v1/namespaces/${namespace}/services/http:${service}:http/proxy${path}`;
        const { tls, headers } = await access.credentials();
        return fetch(access.server + proxied, {
          signal: AbortSignal.timeout(30_000),
          ...init,
          headers: { ...init.headers, ...headers },
          tls,
        } as RequestInit);
      },
      async stop() {
        await product.stop();
        const binding = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRoleBinding" };
        await kube.delete({ ...binding, name: `styrmin-agent-${systemNamespace}` });
        await removeNamespaces(kube, [namespace, systemNamespace]);
      },
    };
  },
};

async function webServiceOf(kube: Kube, namespace: string, deploymentId: string): Promise<string> {
  const { items } = await kube.list(
    { apiVersion: "v1", kind: "Service" },
    { namespace, labelSelector: `styrmin.io/deployment=${deploymentId}` },
  );
  const web = items.find(({ spec }: KubeObject) =>
    spec.ports.some(({ name }: { name: string }) => name === "http"),
  );
  if (!web) throw new Error(`deployment ${deploymentId} has no Service with a port "http"`);
  return web.metadata.name;
}

async function kubeOf(product: Product): Promise<Kube> {
  return createKube({ config: await loadKubeAccess({ kubeconfig: product.kubeconfig }) });
}
