import { randomBytes } from "node:crypto";
import { AppError } from "../../lib/errors.ts";
import { newId } from "../../lib/names.ts";
import { hashOfToken, insertCaller, retireCallers } from "../db/callers.ts";
import { type ClusterRow, insertCluster, removeCluster, setClusterConfig } from "../db/clusters.ts";
import { deploymentsOfCluster, removeDeployments } from "../db/deployments.ts";
import { environmentsOfClusters, removeEnvironment } from "../db/environments.ts";
import { violated } from "../db/sql.ts";
import { cancelAll } from "../db/tasks.ts";
import type { Deps } from "../deps.ts";
import { missing, needCluster } from "./find.ts";
import { oncePerKey, type Request } from "./idempotency.ts";
import { checkedMap, checkedName } from "./input.ts";

export interface CreateClusterInput {
  name: string;
  config?: unknown;
  intent: "DIRECT" | "PULL";
  tokenHash?: string | null | undefined;
}

/** Registers a cluster, and answers the agent's token when the server made it: this once. */
export async function createCluster(
  deps: Deps,
  request: Request,
  input: CreateClusterInput,
): Promise<{ clusterId: string; token: string | null }> {
  const cluster = {
    id: newId(),
    name: checkedName(input.name),
    config: checkedMap(input.config, "config"),
    intent: input.intent,
  };
  let token: string | null = null;
  const clusterId = await oncePerKey(deps, request, async (tx) => {
    token = input.tokenHash ? null : newToken();
    const hash = token === null ? checkedHash(input.tokenHash!) : hashOfToken(token);
    await insertCluster(tx, cluster).catch((thrown) => {
      if (violated(thrown) !== "clusters_name_key") throw thrown;
      throw taken("cluster", cluster.name, thrown);
    });
    await insertCaller(tx, cluster.id, hash).catch((thrown) => {
      if (violated(thrown) !== "callers_pkey") throw thrown;
      const text = "This token is another cluster's already; make a new token for each cluster.";
      throw new AppError("EXISTS", text, { field: "tokenHash", cause: thrown });
    });
    return cluster.id;
  });
  return { clusterId, token: clusterId === cluster.id ? token : null };
}

/** The longest that a token may go on after it was rotated, seconds: 30 days. */
const maxGraceSeconds = 30 * 24 * 60 * 60;

/**
 * Makes a new token for a cluster's agent, and answers it this once. Those before it end with the first hello with
 * the new one, or after `graceSeconds`; with 0 at once.
 */
export async function rotateAgentToken(
  deps: Deps,
  request: Request,
  { cluster: which, graceSeconds }: { cluster: string; graceSeconds: number },
): Promise<{ clusterId: string; token: string | null }> {
  if (graceSeconds < 0 || graceSeconds > maxGraceSeconds) {
    const text = `graceSeconds must be from 0 to ${maxGraceSeconds}.`;
    throw new AppError("INVALID", text, { field: "graceSeconds" });
  }
  let token: string | null = null;
  const clusterId = await oncePerKey(deps, request, async (tx) => {
    const { id } = await needCluster(tx, which);
    token = newToken();
    await retireCallers(tx, id, graceSeconds);
    await insertCaller(tx, id, hashOfToken(token));
    return id;
  });
  return { clusterId, token };
}

const newToken = () => `styrmin_agent_${randomBytes(32).toString("base64url")}`;

export async function updateCluster(
  deps: Deps,
  request: Request,
  { cluster: which, config }: { cluster: string; config: unknown },
): Promise<string> {
  const checked = checkedMap(config, "config");
  return oncePerKey(deps, request, async (tx) => {
    const { id } = await needCluster(tx, which);
    if (!(await setClusterConfig(tx, id, checked))) missing("cluster", which, "cluster", "clusters");
    return id;
  });
}

/**
 * Forgets a cluster. With `force` its deployments are closed and its environments forgotten with it; nothing in the
 * cluster is touched. Throws CONFLICT while environments are on it, without `force`.
 */
export async function deleteCluster(
  deps: Deps,
  request: Request,
  { cluster: which, force }: { cluster: string; force: boolean },
): Promise<ClusterRow> {
  return oncePerKey(deps, request, async (tx) => {
    const cluster = await needCluster(tx, which);
    const environments = await environmentsOfClusters(tx, [cluster.id]);
    if (environments.length > 0 && !force) {
      const names = environments.slice(0, 5).map((environment) => environment.name);
      const text = `Cluster ${cluster.name} has environments (${names.join(", ")}); delete them first, or use force when the cluster is gone for good.`;
      throw new AppError("CONFLICT", text, { field: "cluster" });
    }
    const deployments = (await deploymentsOfCluster(tx, cluster.id)).map((deployment) => deployment.id);
    await cancelAll(tx, deployments, `cluster ${cluster.name} was forgotten`);
    await removeDeployments(tx, deployments);
    for (const environment of environments) await removeEnvironment(tx, environment.id);
    await removeCluster(tx, cluster.id);
    return cluster;
  });
}

export function taken(noun: string, name: string, cause: unknown): AppError {
  const text = `There is a ${noun} called ${name} already; choose another name.`;
  return new AppError("EXISTS", text, { field: "name", cause });
}

function checkedHash(text: string): Buffer {
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, "hex");
  throw new AppError("INVALID", "tokenHash must be the SHA-256 of the token, as 64 hex digits.", {
    field: "tokenHash",
  });
}
