import type { KubeHttp } from "./http.ts";

/** What a cluster's API is like. */
export interface ClusterFacts {
  /** `v1.36.4` */
  kubeVersion: string;
  /** Group versions and the kinds in them: `apps/v1`, `apps/v1/Deployment` … in order. */
  apiVersions: string[];
}

/** The type of an answer that tells all kinds at once, which every API server of the last years gives. */
const allAtOnce = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";

interface AllKinds {
  items?: {
    metadata?: { name?: string };
    versions?: {
      version: string;
      resources?: { responseKind?: { kind?: string; group?: string; version?: string } }[];
    }[];
  }[];
}

/** Asks the API what it is and what it serves: three requests. Throws KubeError. */
export async function readFacts(http: KubeHttp, signal?: AbortSignal): Promise<ClusterFacts> {
  const ask = (path: string) =>
    http.json({ method: "GET", path, accept: allAtOnce, ...(signal ? { signal } : {}) });
  const [version, core, groups] = await Promise.all([ask("/version"), ask("/api"), ask("/apis")]);
  const { gitVersion } = version as { gitVersion: string };
  const apiVersions = new Set<string>();
  for (const { metadata, versions = [] } of [core, groups].flatMap((one) => (one as AllKinds).items ?? [])) {
    for (const { version: name, resources = [] } of versions) {
      const groupVersion = metadata?.name ? `${metadata.name}/${name}` : name;
      apiVersions.add(groupVersion);
      for (const { responseKind } of resources) {
        if (responseKind?.kind) apiVersions.add(`${groupVersion}/${responseKind.kind}`);
      }
    }
  }
  return { kubeVersion: gitVersion, apiVersions: [...apiVersions].sort() };
}
