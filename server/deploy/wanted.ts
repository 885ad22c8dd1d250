import { AppError } from "../../lib/errors.ts";
import { type DeploymentRow, lockDeployment, setWanted } from "../db/deployments.ts";
import { type ObservedComponent, statusesOfDeployments } from "../db/deployment-statuses.ts";
import { instancesById } from "../db/instances.ts";
import { insertIntent, newestReleased } from "../db/intents.ts";
import type { Queries } from "../db/sql.ts";
import type { Deps } from "../deps.ts";
import { missing, needDeployment, refuseDeleting } from "./find.ts";
import { oncePerKey, type Request } from "./idempotency.ts";
import { changedPolicies, type PoliciesInput } from "./policies.ts";
import { adjustSpec, type ResourceSpec, type Wanted } from "./spec.ts";

interface Which {
  deployment: string;
  environment?: string | null | undefined;
}

/** Starts or stops a deployment: its resource changes, no task, no new instance. Answers its id. */
export async function setPhase(
  deps: Deps,
  request: Request,
  which: Which,
  phase: "RUNNING" | "STOPPED",
): Promise<string> {
  return change(deps, request, which, (wanted) => ({ ...wanted, phase }));
}

export interface ScaleInput extends Which {
  component: string;
  replicas?: number | null | undefined;
}

/**
 * Sets how many replicas a component has; null hands it back to the driver. Answers the deployment's id. Throws INVALID for
 * several of a component in which nothing can be scaled, where that was observed.
 */
export async function scaleDeployment(deps: Deps, request: Request, input: ScaleInput): Promise<string> {
  const { component, replicas } = input;
  if (replicas !== null && replicas !== undefined && (replicas < 0 || replicas > 1000)) {
    throw new AppError("INVALID", `replicas must be from 0 to 1000, not ${replicas}.`, { field: "replicas" });
  }
  return change(deps, request, input, (wanted, components, observed) => {
    if (!components.includes(component)) {
      const text = `There is no component "${component.slice(0, 80)}" in this deployment; there are ${components.join(", ")}.`;
      throw new AppError("NOT_FOUND", text, { field: "component" });
    }
    const own = observed.find(({ name }) => name === component);
    if (own && isUnscalable(own) && (replicas ?? 0) > 1) {
      const text = `Nothing of the component "${component}" can be scaled: it is made of Jobs, CronJobs or the like. 0 suspends them; null (\`default\` in the CLI) lets them run as the driver says.`;
      throw new AppError("INVALID", text, { field: "replicas" });
    }
    const { [component]: _, ...others } = wanted.replicas;
    return { ...wanted, replicas: replicas == null ? others : { ...others, [component]: replicas } };
  });
}

export interface PoliciesChange extends Which {
  policies: PoliciesInput;
}

/** Sets how the operator treats what it finds; what is not named stays. Answers the deployment's id. */
export async function setPolicies(deps: Deps, request: Request, input: PoliciesChange): Promise<string> {
  return change(deps, request, input, (wanted) => ({
    ...wanted,
    policies: changedPolicies(wanted.policies, input.policies),
  }));
}

async function change(
  deps: Deps,
  request: Request,
  which: Which,
  decide: (wanted: Wanted, components: string[], observed: ObservedComponent[]) => Wanted,
): Promise<string> {
  return oncePerKey(deps, request, async (tx) => {
    const { id } = await needDeployment(tx, which.deployment, which.environment);
    const deployment =
      (await lockDeployment(tx, id)) ?? missing("deployment", which.deployment, "deployment", "deployments");
    refuseDeleting(deployment);
    const wanted = decide(deployment, await componentsOf(tx, deployment), await observedOf(tx, deployment));
    const changing = ({ phase, replicas, policies }: Wanted) => ({ phase, replicas, policies });
    const changed = changing(wanted);
    if (Bun.deepEquals(changing(deployment), changed)) return id;
    // What the server alone looks at is nothing for the resource.
    const told = ({ policies: { newVersions: _, ...policies }, ...rest }: typeof changed) => ({
      ...rest,
      policies,
    });
    if (Bun.deepEquals(told(changing(deployment)), told(changed))) {
      await setWanted(tx, { ...deployment, ...changed });
      return id;
    }
    // What a flow still holds takes up the change when it is released; see `releaseIntent`.
    const running = await newestReleased(tx, id);
    const generation = deployment.intentGeneration + 1;
    if (!running) {
      await setWanted(tx, { ...deployment, ...changed });
      return id;
    }
    await setWanted(tx, {
      ...deployment,
      ...changed,
      intentGeneration: generation,
      releasedGeneration: generation,
    });
    const spec = adjustSpec(running.spec as ResourceSpec, generation, {
      ...changed,
      volumes: deployment.volumes,
    });
    await insertIntent(tx, {
      deploymentId: id,
      generation,
      instanceId: running.instanceId,
      spec,
      taskId: null,
    });
    return id;
  });
}

/** Without replicas only what cannot have any is ready: a Deployment that has none is stopped. */
const isUnscalable = ({ state, desired }: ObservedComponent) => state === "Ready" && desired === 0;

/** The components as last observed, if that was of the instance that is declared. */
async function observedOf(tx: Queries, { id, instanceId }: DeploymentRow): Promise<ObservedComponent[]> {
  const [status] = await statusesOfDeployments(tx, [id]);
  return status?.instanceId === instanceId ? status.components : [];
}

async function componentsOf(tx: Queries, { instanceId }: DeploymentRow): Promise<string[]> {
  const [instance] = await instancesById(tx, [instanceId]);
  return Object.keys(instance?.context.components ?? {});
}
