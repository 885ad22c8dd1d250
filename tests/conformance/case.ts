import type { Answer, KubeHttp } from "../helpers/kube-http.ts";
import { at } from "../../local/cluster/objects.ts";

/** What a case gets: a cluster to ask, as its admin, and a namespace of its own in it. */
export interface Asked extends KubeHttp {
  /** Fresh, with its service account; removed afterwards with all that is in it. */
  namespace: string;
  /** For programs that are run against the cluster. */
  kubeconfig: string;
  /** The path of a kind in the namespace: `at("configmaps")`, `at("apps/v1/deployments", "web", "scale")`. */
  at(kind: string, ...rest: string[]): string;
  /** Deletes what lies outside of the namespace when the case is over. Its name must hold the namespace's. */
  later(path: string): void;
}

/** Asks, and answers what is to be the same in every cluster. Any JSON. */
export type Ask = (asked: Asked) => Promise<unknown>;

export interface Case {
  /** A sentence about behaviour. */
  name: string;
  ask: Ask;
  /** Why the embedded cluster may answer otherwise: word for word as docs/embedded-cluster.md says it. */
  differs?: string;
}

/** A case that the embedded cluster is known to answer otherwise. */
export interface Differing {
  differs: string;
  ask: Ask;
}

/** The cases of one area, by their names. */
export function cases(area: Record<string, Ask | Differing>): Case[] {
  return Object.entries(area).map(([name, one]) =>
    typeof one === "function" ? { name, ask: one } : { name, ...one },
  );
}

/**
 * The part of an answer that counts: of a Status its words, of an object the fields named by `paths`
 * (`metadata.labels`, `spec.ports`; none: no field, only the code).
 */
export function told({ code, body }: Answer, ...paths: string[]): Record<string, unknown> {
  if (body?.kind === "Status") {
    const { status, reason, message, details } = body;
    return { code, status, reason, message, details };
  }
  return { code, ...fields(body, ...paths) };
}

/** A refusal without its sentences, where those are of the making of Go: the code, the reason, the causes' fields. */
export function refused({ code, body }: Answer): Record<string, unknown> {
  const { reason, details } = body;
  const causes = details?.causes?.map((cause: any) => `${cause.reason} ${cause.field}`);
  return { code, reason, ...(causes ? { causes: [...new Set(causes)] } : {}) };
}

export function fields(object: unknown, ...paths: string[]): Record<string, unknown> {
  return Object.fromEntries(paths.map((path) => [path, at(object, path) ?? null]));
}
