import { type DriverSpec, generateSecret } from "../../drivers/kit/index.ts";
import { AppError } from "../../lib/errors.ts";
import { newId } from "../../lib/names.ts";
import { clustersById } from "../db/clusters.ts";
import { type DriverVersionRow, driversById } from "../db/drivers.ts";
import type { EnvironmentRow } from "../db/environments.ts";
import { insertInstance, sealedSecrets } from "../db/instances.ts";
import type { Queries } from "../db/sql.ts";
import type { Deps } from "../deps.ts";
import { readDriverContent } from "./driver-files.ts";
import {
  type Asked,
  type Declared,
  invalidInput,
  type Resolved,
  resolve,
  secretNameOf,
  shownParameters,
} from "./resolve.ts";

/** A deployment that was resolved and whose manifests render: what a transaction records. */
export interface Prepared {
  resolved: Resolved;
  declared: Declared;
  environment: EnvironmentRow;
  version: DriverVersionRow;
  driver: { name: string; version: string; digest: string };
}

export interface PrepareInput {
  asked: Asked;
  environment: EnvironmentRow;
  version: DriverVersionRow;
  deployment: { id: string; name: string };
  declared: Declared;
  /** Secrets that the deployment already has. */
  kept: Record<string, string>;
}

/** Resolves what is wanted. Throws INVALID with every problem. */
export async function prepare(deps: Deps, input: PrepareInput): Promise<Prepared> {
  const { asked, environment, version, deployment, declared, kept } = input;
  const [[cluster], [driver]] = await Promise.all([
    clustersById(deps.sql, [environment.clusterId]),
    driversById(deps.sql, [version.driverId]),
  ]);
  if (!cluster || !driver)
    throw new AppError("CONFLICT", "The cluster or the driver was deleted meanwhile; look again.");
  const resolved = resolve({ asked, spec: version.spec, declared, cluster, environment, deployment, kept });
  const { digest } = version;
  return {
    resolved,
    declared,
    environment,
    version,
    driver: { name: driver.name, version: version.version, digest },
  };
}

/**
 * Renders the manifests once, with made-up secrets, so that what cannot be rendered is refused before it is recorded.
 * Throws INVALID with what the templates said.
 */
export async function checkRendering(
  deps: Deps,
  { resolved, version }: Prepared,
  signal?: AbortSignal,
): Promise<void> {
  const content = await readDriverContent(deps, version);
  const names = Object.keys(resolved.secrets);
  const secrets = Object.fromEntries(
    names.map((name) => [name, generateSecret(generateOf(version.spec, name))]),
  );
  const context = resolved.contextOf(newId());
  const problems = await deps.checkManifests({ spec: version.spec, ...content, context, secrets }, signal);
  if (problems.length > 0) {
    throw invalidInput(
      "The driver's manifests do not render with these parameters",
      problems.map(({ file, line, field, message }) => {
        const place = [file, line].filter((part) => part !== undefined).join(":");
        return { field: place || field || "parameters", message };
      }),
    );
  }
}

const generateOf = (spec: DriverSpec, name: string) =>
  spec.parameters.find((one) => one.name === name)?.generate;

export interface Frozen {
  context: ReturnType<Resolved["contextOf"]>;
  secretName: string | null;
  /** Writes the instance. */
  write(tx: Queries): Promise<void>;
}

/** Freezes what was prepared as an instance, its secrets sealed for it alone. */
export function freeze(
  deps: Pick<Deps, "sealing">,
  { resolved, version, declared }: Prepared,
  { deploymentId, instanceId }: { deploymentId: string; instanceId: string },
): Frozen {
  const context = resolved.contextOf(instanceId);
  const names = Object.keys(resolved.secrets);
  const secretName = names.length > 0 ? secretNameOf(instanceId) : null;
  const sealed = Object.fromEntries(
    names.map((name) => [name, deps.sealing.seal(resolved.secrets[name]!, `${instanceId}/${name}`)]),
  );
  const { config, envVars, containerOverrides } = declared;
  const instance = {
    id: instanceId,
    deploymentId,
    driverVersionId: version.id,
    applicationVersion: resolved.applicationVersion,
    parameters: shownParameters(resolved),
    context,
    secretName,
    declared: { parameters: resolved.given, config, envVars, containerOverrides },
  };
  return { context, secretName, write: (tx) => insertInstance(tx, instance, sealed) };
}

/** The opened secrets of instances, by instance. */
export async function openSecrets(
  deps: Pick<Deps, "sql" | "sealing">,
  instanceIds: readonly string[],
): Promise<Map<string, Record<string, string>>> {
  const opened = new Map<string, Record<string, string>>();
  for (const { instanceId, name, sealed } of await sealedSecrets(deps.sql, instanceIds)) {
    const values = opened.get(instanceId) ?? {};
    values[name] = deps.sealing.open(sealed, `${instanceId}/${name}`);
    opened.set(instanceId, values);
  }
  return opened;
}
