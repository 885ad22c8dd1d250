import { createClient } from "../helpers/kube-http.ts";
import { eventually } from "../helpers/eventually.ts";
import type { Asked, Case } from "./case.ts";
import { normalise } from "./normalise.ts";

export interface Asker {
  /** The normalised answer of the cluster to a case. Throws what the case throws. */
  answer(one: Case): Promise<unknown>;
}

/** Asks one cluster, as the admin of its kubeconfig, at most `atOnce` cases side by side. */
export function createAsker(kubeconfig: string, { atOnce = 6 } = {}): Asker {
  const http = createClient(kubeconfig);
  const waiting: (() => void)[] = [];
  let running = 0;
  return {
    async answer(one) {
      if (running >= atOnce) await new Promise<void>((resolve) => waiting.push(resolve));
      else running++;
      try {
        return await ask(one);
      } finally {
        const next = waiting.shift();
        if (next) next();
        else running--;
      }
    },
  };

  async function ask(one: Case): Promise<unknown> {
    const namespace = `conformance-${crypto.randomUUID().slice(0, 8)}`;
    const own = `/api/v1/namespaces/${namespace}`;
    const left = [own];
    const asked: Asked = {
      ...http,
      namespace,
      kubeconfig,
      at: (kind, ...rest) => pathOf(namespace, kind, rest),
      later: (path) => left.unshift(path),
    };
    await http.post("/api/v1/namespaces", {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: namespace },
    });
    try {
      // A real cluster makes them a moment later; pods need the one, and lists hold the other.
      for (const made of ["serviceaccounts/default", "configmaps/kube-root-ca.crt"]) {
        const there = async () => (await http.get(`${own}/${made}`)).code === 200;
        await eventually(`${made} in ${namespace}`, there);
      }
      return normalise(await one.ask(asked), namespace);
    } finally {
      for (const path of left) await http.delete(path, { propagationPolicy: "Background" });
    }
  }
}

function pathOf(namespace: string, kind: string, rest: string[]): string {
  const [plural, version, group] = kind.split("/").reverse() as [string, string?, string?];
  const root = group === undefined ? "/api/v1" : `/apis/${group}/${version}`;
  return [root, "namespaces", namespace, plural, ...rest].join("/");
}
