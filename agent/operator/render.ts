import { createHash } from "node:crypto";
import {
  type Context,
  driverFileName,
  type DriverFiles,
  type DriverSpec,
  keepRandom,
  noHelm,
  parseDriver,
  type Problem,
  problemText,
  readChartLock,
} from "../../drivers/kit/index.ts";
import { reasons, type StyrminDeployment } from "../../kube/styrmin-deployment.ts";
import type { KubeObject } from "../../kube/types.ts";
import type { Deps } from "./deps.ts";
import { StallError } from "./refusal.ts";
import { normalise, unknownKinds, withDefinitions } from "./manifests.ts";
import { readSecrets } from "./secrets.ts";

/** What a Release is made of. */
export interface Rendered {
  objects: KubeObject[];
  hooks: KubeObject[];
}

/**
 * Renders what the resource's Instance wants, with its secrets, in the form a Release keeps. What a chart makes at
 * random it takes from the Release `before`, as far as that has it. Throws StallError when the driver or its templates
 * cannot be used.
 */
export async function render(
  deps: Deps,
  resource: StyrminDeployment,
  { upgrade, before }: { upgrade: boolean; before: Rendered | undefined },
  signal: AbortSignal,
): Promise<Rendered> {
  const { spec } = resource;
  const files = await deps.bundles.get(spec.driver.digest, signal);
  const driver = driverOf(files);
  const secrets = await readSecrets(deps, resource, signal);
  const context = spec.context as unknown as Context;
  const chart = driver.helm === null ? {} : await chartInput(deps, files, upgrade, signal);
  const request = { spec: driver, files, context, secrets, ...chart };
  const once = async () => {
    const outcome = await deps.renderer.render(request, signal);
    if (outcome.problems?.some(({ message }) => message === noHelm)) throw withoutHelm(deps, resource);
    if (outcome.problems) throw new StallError(reasons.RenderFailed, problemList(outcome.problems));
    return normalised(deps, resource, outcome, signal);
  };
  const rendered = await once();
  // Only what comes out differently each time is taken from before.
  if (driver.helm === null || before === undefined) return rendered;
  const again = await once();
  return { ...rendered, objects: keepRandom(rendered.objects, again.objects, before.objects) };
}

/** Told in the log too, where whoever runs the agent looks; it goes on by itself once there is one. */
function withoutHelm({ log }: Deps, { spec, status }: StyrminDeployment): StallError {
  const isNews = !status?.conditions?.some(({ message }) => message.endsWith(noHelm));
  const about = { deployment: spec.name, driver: spec.driver.name };
  if (isNews)
    log.warn("a chart cannot be rendered: there is no helm here; install it, or set STYRMIN_HELM", about);
  return new StallError(reasons.RenderFailed, `driver ${spec.driver.name}: ${noHelm}`, { mayPass: true });
}

async function chartInput(deps: Deps, files: DriverFiles, upgrade: boolean, signal: AbortSignal) {
  const charts: Record<string, Uint8Array> = {};
  for (const { digest } of readChartLock(files)) charts[digest] = await deps.bundles.getChart(digest, signal);
  return { charts, upgrade, cluster: await deps.kube.facts(signal) };
}

async function normalised(
  deps: Deps,
  resource: StyrminDeployment,
  outcome: { objects: KubeObject[]; hooks?: KubeObject[] },
  signal: AbortSignal,
): Promise<Rendered> {
  const objects = outcome.objects.filter((object) => !isOwnNamespace(object, resource));
  const hooks = (outcome.hooks ?? []).filter((object) => !isOwnNamespace(object, resource));
  const all = [...objects, ...hooks];
  const scopes = new Map<string, boolean | undefined>();
  for (const { apiVersion, kind } of all) {
    const key = `${apiVersion} ${kind}`;
    if (scopes.has(key)) continue;
    scopes.set(key, (await deps.kube.kindInfo({ apiVersion, kind }, signal))?.namespaced);
  }
  const scope = ({ apiVersion, kind }: { apiVersion: string; kind: string }) =>
    scopes.get(`${apiVersion} ${kind}`);
  const [unknown] = unknownKinds(all, scope);
  if (unknown) {
    const message = `The cluster does not serve ${unknown.apiVersion} ${unknown.kind}; install its definition first.`;
    throw new StallError(reasons.ApplyRefused, message, { mayPass: true });
  }
  const within = withDefinitions(all, scope);
  return {
    objects: normalise(objects, resource, within),
    hooks: normalise(hooks, resource, within),
  };
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
