import { AppError } from "../lib/errors.ts";
import { sleep } from "../lib/loop.ts";
import { shortId } from "../lib/names.ts";
import { editsOf } from "./edits.ts";
import { isConflict, isUnanswered, KubeError } from "./errors.ts";
import { ensureParameterSecret, removeKeptSecrets } from "./parameter-secret.ts";
import {
  labels,
  managers,
  type StyrminDeployment,
  type StyrminDeploymentSpec,
  styrminDeploymentKind,
  teardownFinalizer,
} from "./styrmin-deployment.ts";
import type { Kube } from "./types.ts";

/** One generation of what a deployment should be, as the server recorded it. */
export interface Intent {
  deploymentId: string;
  /** The name of the resource: the deployment's release name. */
  name: string;
  generation: number;
  instanceId: string;
  /** The whole spec of the resource, without `hold`. */
  spec: Omit<StyrminDeploymentSpec, "hold">;
  /** The Instance's secret parameters in plain text, for `spec.secretName`. */
  secret?: { name: string; data: Record<string, string> };
}

export interface Published {
  uid: string;
  resourceVersion: string;
  /**
   * `written`: the resource is now as the intent says, and was not. `unchanged`: it was already.
   * `superseded`: it is of a higher generation, and nothing was written.
   */
  outcome: "written" | "unchanged" | "superseded";
}

interface Where {
  /** The agent's namespace. */
  namespace: string;
  signal?: AbortSignal;
}

interface Publishing extends Where {
  /**
   * Asked before a resource is made that is not there. A publisher that was held up must not bring back what was
   * published, and deleted, by another since: no precondition of the API can tell that.
   */
  isWanted?: () => Promise<boolean>;
}

/** The name of the Secret that holds an Instance's secret parameters. */
export const parameterSecretName = (instanceId: string): string => `styrmin-params-${shortId(instanceId)}`;

const maxTries = 5;

/**
 * Brings one intent into the cluster: the Instance's parameter Secret, then the resource. Writes nothing that
 * is there already, and never over a higher generation: each write is bound to the very state that was read,
 * so that a late or second publisher changes nothing. May be called again after any failure.
 *
 * Throws KubeError; AppError EXISTS when the name belongs to another deployment; AppError UNAVAILABLE while an
 * earlier resource of this name is still being removed (publish again later); AppError CONFLICT when it is to be made
 * and not wanted any more.
 */
export async function publishIntent(kube: Kube, intent: Intent, where: Publishing): Promise<Published> {
  const { signal } = where;
  let written = false;
  for (let tries = 1; ; tries++) {
    const current = await readResource(kube, intent.name, where);
    if (current) refuseForeign(current, intent);
    const known = current && {
      uid: current.metadata.uid!,
      resourceVersion: current.metadata.resourceVersion!,
    };
    if (known && current.spec.intentGeneration > intent.generation)
      return { ...known, outcome: "superseded" };
    if (current?.metadata.deletionTimestamp) {
      const text = `The resource ${intent.name} is being removed; it is written anew when it is gone.`;
      throw new AppError("UNAVAILABLE", text);
    }
    if (!current && (await where.isWanted?.()) === false) {
      const text = `Generation ${intent.generation} of ${intent.name} is not wanted any more.`;
      throw new AppError("CONFLICT", `${text} Nothing was written.`);
    }
    if (intent.secret) await ensureParameterSecret(kube, { ...intent, secret: intent.secret }, where);
    if (known && isAsIntended(current, intent)) {
      return { ...known, outcome: written ? "written" : "unchanged" };
    }
    try {
      const strays = known ? straysOf(current, intent) : undefined;
      if (strays) {
        const ref = { ...styrminDeploymentKind, name: intent.name, namespace: where.namespace };
        const patch = { metadata: { resourceVersion: known!.resourceVersion }, spec: strays };
        const cleared = await kube.mergePatch(ref, patch, { manager: managers.publisher }, signal);
        known!.resourceVersion = cleared.metadata.resourceVersion!;
      }
      const object = resourceOf(intent, where.namespace, known);
      const result = await kube.apply(object, { manager: managers.publisher, force: true }, signal);
      const { uid, resourceVersion } = result.metadata;
      const same = resourceVersion === known?.resourceVersion;
      return { uid: uid!, resourceVersion: resourceVersion!, outcome: same ? "unchanged" : "written" };
    } catch (thrown) {
      // Somebody was faster, or nobody knows whether it was applied: what is there now will tell.
      if (tries >= maxTries || !mayHaveChanged(thrown)) throw thrown;
      written ||= !isConflict(thrown);
      await sleep(20 * 2 ** tries, signal);
    }
  }
}

/**
 * Removes the resource of a deleted deployment, if it is still the one with this UID, and the Secrets that were
 * kept of the deployment. May be called again after any failure. Throws AppError CONFLICT when the operator has
 * not yet reported that the objects are gone (`Finalized`).
 */
export async function removeIntent(
  kube: Kube,
  { name, uid, deploymentId }: { name: string; uid: string; deploymentId: string },
  where: Where,
): Promise<void> {
  const { namespace, signal } = where;
  const ref = { ...styrminDeploymentKind, name, namespace };
  for (let tries = 1; ; tries++) {
    const current = await readResource(kube, name, where);
    if (!current || current.metadata.uid !== uid) break;
    const finalized = current.status?.conditions?.find((one) => one.type === "Finalized");
    if (current.spec.phase !== "Deleting" || finalized?.status !== "True") {
      const text = `The resource ${name} still has objects to remove (phase ${current.spec.phase}, not Finalized).`;
      throw new AppError("CONFLICT", `${text} Wait for the operator.`);
    }
    try {
      if (!current.metadata.deletionTimestamp) await kube.delete(ref, { uid }, signal);
      const finalizers = current.metadata.finalizers ?? [];
      if (!finalizers.includes(teardownFinalizer)) break;
      const held = await readResource(kube, name, where);
      if (held?.metadata.uid !== uid) break;
      const rest = (held.metadata.finalizers ?? []).filter((one) => one !== teardownFinalizer);
      const patch = { metadata: { finalizers: rest, resourceVersion: held.metadata.resourceVersion } };
      await kube.mergePatch(ref, patch, { manager: managers.publisher }, signal);
      break;
    } catch (thrown) {
      if (tries >= maxTries || !(mayHaveChanged(thrown) || isGoneMeanwhile(thrown))) throw thrown;
      await sleep(20 * 2 ** tries, signal);
    }
  }
  // Releases among them: an operator that ended between its last word and their removal left them behind.
  await removeKeptSecrets(kube, deploymentId, where);
}

async function readResource(kube: Kube, name: string, { namespace, signal }: Where) {
  const object = await kube.get({ ...styrminDeploymentKind, name, namespace }, signal);
  return object as StyrminDeployment | undefined;
}

function refuseForeign(current: StyrminDeployment, intent: Intent): void {
  if (current.spec.deploymentId === intent.deploymentId) return;
  const text = `The resource ${intent.name} belongs to the deployment ${current.spec.deploymentId}.`;
  throw new AppError("EXISTS", `${text} Remove it, or give the deployment another name.`);
}

function resourceOf(
  intent: Intent,
  namespace: string,
  known: { uid: string; resourceVersion: string } | undefined,
): StyrminDeployment {
  return {
    ...styrminDeploymentKind,
    metadata: {
      name: intent.name,
      namespace,
      labels: labelsOf(intent),
      // From the start, so that the operator need not add it and no moment is left without. It takes it off.
      finalizers: [teardownFinalizer],
      // With the UID, a resource that is gone by now is not made again by this write. Without one, no object
      // can have version 1: the write makes the resource, or conflicts with one that came meanwhile.
      ...(known ?? { resourceVersion: "1" }),
    },
    spec: intent.spec,
  };
}

function labelsOf(intent: Intent): Record<string, string> {
  return { [labels.deployment]: intent.deploymentId, [labels.environment]: intent.spec.environment };
}

function isAsIntended(current: StyrminDeployment, intent: Intent): boolean {
  const { hold: _, ...spec } = current.spec;
  const labelled = Object.entries(labelsOf(intent)).every(
    ([name, value]) => current.metadata.labels?.[name] === value,
  );
  return (
    labelled &&
    editsOf(current)?.length === 0 &&
    Bun.deepEquals(withDefaults(spec), withDefaults(intent.spec))
  );
}

/**
 * What to null in the spec of a resource that somebody changed by hand: an apply takes back what it names, and
 * leaves what was added beside it. Undefined when there is nothing.
 */
function straysOf(current: StyrminDeployment, intent: Intent): Record<string, unknown> | undefined {
  const edits = editsOf(current);
  if (edits?.length === 0) return undefined;
  const wanted = intent.spec as unknown as Record<string, unknown>;
  const { hold: _, policies = {}, ...rest } = current.spec;
  const beyond = (there: object, meant: object = {}) =>
    Object.fromEntries(Object.keys(there).flatMap((key) => (key in meant ? [] : [[key, null]])));
  const strays: Record<string, unknown> = beyond(rest, wanted);
  const ofPolicies = beyond(policies, intent.spec.policies);
  if (Object.keys(ofPolicies).length > 0) strays.policies = ofPolicies;
  if (edits === undefined || edits.some(({ field }) => field === ".spec.hold")) strays.hold = null;
  return strays;
}

/** As the API server would store it: its defaults filled in, nothing undefined; null in a map is as absent. */
function withDefaults(spec: Omit<StyrminDeploymentSpec, "hold">): unknown {
  const policies = { prune: true, drift: "Repair", volumes: "Keep", conflicts: "Refuse", ...spec.policies };
  const known = { ...spec, policies };
  return JSON.parse(JSON.stringify(known, (_key, value) => (value === null ? undefined : value)));
}

/** Whether what is in the cluster may be other than what was read before the call. */
function mayHaveChanged(thrown: unknown): boolean {
  const unsure = thrown instanceof KubeError && [500, 502, 503, 504].includes(thrown.status);
  return isConflict(thrown) || isUnanswered(thrown) || unsure;
}

function isGoneMeanwhile(thrown: unknown): boolean {
  return thrown instanceof KubeError && thrown.status === 404;
}
