import { type Context, isSecretReference, supports } from "../../drivers/kit/index.ts";
import { AppError } from "../../lib/errors.ts";
import { newId } from "../../lib/names.ts";
import { type DeploymentRow, setWanted } from "../db/deployments.ts";
import { driverVersionsById } from "../db/drivers.ts";
import { insertInstance, type InstanceRow, instancesById } from "../db/instances.ts";
import { insertIntent, intentsOfTask } from "../db/intents.ts";
import type { HeldTask, Lease } from "../db/leases.ts";
import type { Queries } from "../db/sql.ts";
import type { Deps } from "../deps.ts";
import { specOfInstance } from "../deploy/instance-spec.ts";
import { openSecrets } from "../deploy/prepare.ts";
import { secretNameOf } from "../deploy/resolve.ts";
import { type Released, releaseIntent, wantedOf, withLease } from "./lease.ts";

/**
 * Releases what an upgrade brings about, with another version of the application: one that it passes on its way. Asked
 * again it answers the generation that it has. The version that the task is for is the intent that it holds. Throws
 * INVALID for a version that the driver does not support.
 */
export async function releaseVersion(deps: Deps, lease: Lease, version: string): Promise<Released> {
  const answer = await withLease(deps, lease, async (tx, task, deployment) => {
    const [target] = task.instanceId ? await instancesById(tx, [task.instanceId]) : [];
    if (task.kind !== "UPGRADE" || !deployment || !target) return null;
    if (target.applicationVersion === version) return "own" as const;
    const intents = await intentsOfTask(tx, deployment.id, task.id);
    const instances = await instancesById(
      tx,
      intents.map(({ instanceId }) => instanceId),
    );
    const passed = instances.find(
      (one) => one.applicationVersion === version && one.driverVersionId === target.driverVersionId,
    );
    const known = passed && intents.find(({ instanceId }) => instanceId === passed.id);
    if (known) return known.generation;
    const instance = await deriveInstance(deps, tx, target, version);
    return release(tx, task, deployment, instance);
  });
  if (answer.result === "own") return releaseIntent(deps, lease);
  return { lease: answer.lease, generation: answer.result ?? null };
}

/** Releases an instance under the next generation. */
export async function release(
  tx: Queries,
  task: Omit<HeldTask, "lease">,
  deployment: DeploymentRow,
  instance: Pick<InstanceRow, "id" | "context" | "driverVersionId" | "secretName">,
): Promise<number> {
  const generation = deployment.intentGeneration + 1;
  const spec = await specOfInstance(tx, instance, generation, wantedOf(task, deployment));
  await setWanted(tx, { ...deployment, intentGeneration: generation, releasedGeneration: generation });
  const { id: deploymentId } = deployment;
  await insertIntent(tx, {
    deploymentId,
    generation,
    instanceId: instance.id,
    spec,
    taskId: task.id,
    released: true,
  });
  return generation;
}

/** The same instance with another version of the application, its secrets sealed for it alone. */
async function deriveInstance(deps: Deps, tx: Queries, target: InstanceRow, applicationVersion: string) {
  const [version] = await driverVersionsById(tx, [target.driverVersionId]);
  if (!supports(version!.spec, applicationVersion)) {
    const { name, version: own, supportedVersions } = version!.spec;
    const text = `Driver ${name} ${own} does not support version ${applicationVersion.slice(0, 80)}, only ${supportedVersions}.`;
    throw new AppError("INVALID", text, { field: "applicationVersion" });
  }
  const id = newId();
  const opened = (await openSecrets(deps, [target.id])).get(target.id) ?? {};
  const sealed = Object.fromEntries(
    Object.entries(opened).map(([name, value]) => [name, deps.sealing.seal(value, `${id}/${name}`)]),
  );
  const instance = {
    ...target,
    id,
    applicationVersion,
    context: contextWith(target.context, { id, applicationVersion }),
    secretName: target.secretName === null ? null : secretNameOf(id),
  };
  await insertInstance(tx, instance, sealed);
  return instance;
}

/** A context for another instance with another version; all else is the same. Pure. */
export function contextWith(
  context: Context,
  { id, applicationVersion }: { id: string; applicationVersion: string },
): Context {
  const secretRef = (key: string) => ({ secretRef: { name: secretNameOf(id), key } });
  const parameters = Object.entries(context.parameters).map(([name, value]) => [
    name,
    isSecretReference(value) ? secretRef(value.secretRef.key) : value,
  ]);
  return {
    ...context,
    app: { ...context.app, version: applicationVersion },
    instance: { ...context.instance, id },
    parameters: Object.fromEntries(parameters),
  };
}
