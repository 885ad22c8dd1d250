import { createHash } from "node:crypto";
import {
  type Context,
  driverFileName,
  type DriverFiles,
  type DriverSpec,
  parseDriver,
  type Problem,
  problemText,
} from "../../drivers/kit/index.ts";
import { reasons, type StyrminDeployment } from "../../kube/styrmin-deployment.ts";
import type { KubeObject } from "../../kube/types.ts";
import type { Deps } from "./deps.ts";
import { StallError } from "./refusal.ts";
import { normalise, unknownKinds } from "./manifests.ts";
import { readSecrets } from "./secrets.ts";

/**
 * Renders what the resource's Instance wants, with its secrets, in the form a Release keeps. Throws StallError
 * when the driver or its templates cannot be used.
 */
export async function render(
  deps: Deps,
  resource: StyrminDeployment,
  signal: AbortSignal,
): Promise<KubeObject[]> {
  const { spec } = resource;
  const files = await deps.bundles.get(spec.driver.digest, signal);
  const driver = driverOf(files);
  const secrets = await readSecrets(deps, resource, signal);
  const context = spec.context as unknown as Context;
  const outcome = await deps.renderer.render({ spec: driver, files, context, secrets }, signal);
  if (outcome.problems) throw new StallError(reasons.RenderFailed, problemList(outcome.problems));

  const rendered = outcome.objects.filter((object) => !isOwnNamespace(object, resource));
  const scopes = new Map<string, boolean | undefined>();
  for (const { apiVersion, kind } of rendered) {
    const key = `${apiVersion} ${kind}`;
    if (scopes.has(key)) continue;
    scopes.set(key, (await deps.kube.kindInfo({ apiVersion, kind }, signal))?.namespaced);
  }
  const scope = ({ apiVersion, kind }: { apiVersion: string; kind: string }) =>
    scopes.get(`${apiVersion} ${kind}`);
  const [unknown] = unknownKinds(rendered, scope);
  if (unknown) {
    const message = `The cluster does not serve ${unknown.apiVersion} ${unknown.kind}; install its definition first.`;
    throw new StallError(reasons.ApplyRefused, message, { mayPass: true });
  }
  return normalise(rendered, resource, scope);
}

/**
 * Stands for everything that goes into a render: the same key renders the same objects. An Instance is frozen,
 * context and all, so its id is enough of it.
 */
export function renderKey({ spec }: StyrminDeployment): string {
  const { deploymentId, instanceId, driver, applicationVersion, targetNamespace, releaseName } = spec;
  const parts = [deploymentId, instanceId, driver.digest, applicationVersion, targetNamespace, releaseName];
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 40);
}

const drivers = new WeakMap<DriverFiles, DriverSpec>();

function driverOf(files: DriverFiles): DriverSpec {
  const known = drivers.get(files);
  if (known) return known;
  const parsed = parseDriver(new TextDecoder().decode(files[driverFileName] ?? new Uint8Array()));
  if (parsed.problems) throw new StallError(reasons.InvalidSpec, problemList(parsed.problems));
  drivers.set(files, parsed.spec);
  return parsed.spec;
}

/** The environment's namespace is shared: a driver that renders it only says that it must be there. */
const isOwnNamespace = ({ kind, metadata }: KubeObject, { spec }: StyrminDeployment) =>
  kind === "Namespace" && metadata.name === spec.targetNamespace;

function problemList(problems: Problem[]): string {
  const more = problems.length > 5 ? ` … and ${problems.length - 5} more` : "";
  return problems.slice(0, 5).map(problemText).join("; ") + more;
}
