import { createClient } from "../helpers/kube-http.ts";
import { eventually } from "../helpers/eventually.ts";
import type { Asked, Case } from "./case.ts";
import { normalise } from "./normalise.ts";

export interface Asker {
  /** The normalised answer of the cluster to a case. Throws what the case throws. */
  answer(one: Case): Promise<unknown>;
  /** Asks for the deletion of the namespaces that are still there. */
  end(): Promise<void>;
}

/** Asks one cluster, as the admin of its kubeconfig, at most `atOnce` cases side by side. */
export function createAsker(kubeconfig: string, { atOnce = 6 } = {}): Asker {
  const http = createClient(kubeconfig);
  const waiting: (() => void)[] = [];
  const kept: string[] = [];
  /** Namespaces in which a case has left nothing: the next one may have them. */
  const clean: string[] = [];
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
    async end() {
      const unused = clean.splice(0).map((name) => `/api/v1/namespaces/${name}`);
      await Promise.all([...unused, ...kept.splice(0)].map((path) => http.delete(path)));
    },
  };

  async function ask(one: Case): Promise<unknown> {
    const namespace = clean.pop() ?? (await makeNamespace());
    const left: string[] = [];
    let wrote = false;
    const heard = http.heardBy((method, path, { code }) => {
      wrote ||= method !== "GET" && code < 300 && !path.includes("dryRun=All");
    });
    const asked: Asked = {
      ...heard,
      namespace,
      get kubeconfig() {
        wrote = true; // whoever takes it may do anything
        return kubeconfig;
      },
      at: (kind, ...rest) => pathOf(namespace, kind, rest),
      later: (path) => left.push(path),
    };
    try {
      return normalise(await one.ask(asked), namespace);
    } finally {
      for (const path of left.reverse()) await http.delete(path, { propagationPolicy: "Background" });
      if (wrote) await remove(`/api/v1/namespaces/${namespace}`);
      else clean.push(namespace);
    }
  }

  async function makeNamespace(): Promise<string> {
    const name = `conformance-${crypto.randomUUID().slice(0, 8)}`;
    await http.post("/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name } });
    // A real cluster makes them a moment later; pods need the one, and lists hold the other.
    for (const made of ["serviceaccounts/default", "configmaps/kube-root-ca.crt"]) {
      const there = async () => (await http.get(`/api/v1/namespaces/${name}/${made}`)).code === 200;
      await eventually(`${made} in ${name}`, there);
    }
    return name;
  }

  /**
   * A real cluster empties few namespaces at a time, and some cases wait for theirs: those without pods, which cost
   * nothing, stay to the end.
   */
  async function remove(namespace: string): Promise<void> {
    const { body } = await http.get(`${namespace}/pods?limit=1`);
    if (body.items?.length === 0) kept.push(namespace);
    else await http.delete(namespace);
  }
}

function pathOf(namespace: string, kind: string, rest: string[]): string {
  const [plural, version, group] = kind.split("/").reverse() as [string, string?, string?];
  const root = group === undefined ? "/api/v1" : `/apis/${group}/${version}`;
  return [root, "namespaces", namespace, plural, ...rest].join("/");
}
