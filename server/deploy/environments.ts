import { AppError } from "../../lib/errors.ts";
import { newId } from "../../lib/names.ts";
import { deploymentsOfEnvironments } from "../db/deployments.ts";
import {
  type EnvironmentRow,
  insertEnvironment,
  removeEnvironment,
  setEnvironmentConfig,
} from "../db/environments.ts";
import { sqlState, violated } from "../db/sql.ts";
import type { Deps } from "../deps.ts";
import { taken } from "./clusters.ts";
import { missing, needCluster, needEnvironment } from "./find.ts";
import { oncePerKey, type Request } from "./idempotency.ts";
import { checkedMap, checkedName } from "./input.ts";

/** Makes an environment. Answers its id. */
export async function createEnvironment(
  deps: Deps,
  request: Request,
  input: { name: string; cluster: string; config?: unknown },
): Promise<string> {
  const name = checkedName(input.name);
  const config = checkedMap(input.config, "config");
  return oncePerKey(deps, request, async (tx) => {
    const cluster = await needCluster(tx, input.cluster);
    const environment = { id: newId(), name, clusterId: cluster.id, config };
    await insertEnvironment(tx, environment).catch((thrown) => {
      throw violated(thrown) === "environments_name_key" ? taken("environment", name, thrown) : thrown;
    });
    return environment.id;
  });
}

export async function updateEnvironment(
  deps: Deps,
  request: Request,
  { environment: which, config }: { environment: string; config: unknown },
): Promise<string> {
  const checked = checkedMap(config, "config");
  return oncePerKey(deps, request, async (tx) => {
    const { id } = await needEnvironment(tx, which);
    if (!(await setEnvironmentConfig(tx, id, checked)))
      missing("environment", which, "environment", "environments");
    return id;
  });
}

/** Deletes an environment. Throws CONFLICT while deployments are in it. */
export async function deleteEnvironment(
  deps: Deps,
  request: Request,
  which: string,
): Promise<EnvironmentRow> {
  return oncePerKey(deps, request, async (tx) => {
    const environment = await needEnvironment(tx, which);
    const deployments = await deploymentsOfEnvironments(tx, [environment.id]);
    const names = deployments.slice(0, 5).map((deployment) => deployment.name);
    const inUse = (cause?: unknown) => {
      const which = names.length > 0 ? ` (${names.join(", ")})` : "";
      const text = `Environment ${environment.name} has deployments${which}; delete them first.`;
      return new AppError("CONFLICT", text, { field: "environment", cause });
    };
    if (names.length > 0) throw inUse();
    await removeEnvironment(tx, environment.id).catch((thrown) => {
      throw sqlState(thrown) === "23503" ? inUse(thrown) : thrown;
    });
    return environment;
  });
}
