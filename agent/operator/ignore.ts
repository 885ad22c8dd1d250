import type { IgnoreRule, StyrminDeployment } from "../../kube/styrmin-deployment.ts";
import type { KubeObject } from "../../kube/types.ts";
import { readingsOf, type Step } from "./field-path.ts";
import { ourFields } from "./owned.ts";
import { wantedReplicas } from "./scale.ts";

type Fields = Record<string, unknown>;

/** The fields of an object that are somebody else's as soon as somebody else sets them. */
export function ignoredFields(
  wanted: KubeObject,
  { spec }: StyrminDeployment,
  release: readonly KubeObject[],
): string[] {
  const rules: IgnoreRule[] = spec.policies?.ignore ?? [];
  const named = rules
    .filter(({ kind, name }) => kind === wanted.kind && (name === undefined || name === wanted.metadata.name))
    .flatMap(({ fields }) => fields);
  const paths = isAutoscaled(wanted, release) ? [...named, ".spec.replicas"] : named;
  if (paths.length === 0) return none;
  // What phase, replicas and hold impose is not a driver's word, and goes before.
  const imposed = wantedReplicas(wanted, spec) !== undefined;
  return imposed ? paths.filter((path) => !scalingFields.has(path)) : paths;
}

const none: string[] = [];

export const scalingFields: ReadonlySet<string> = new Set([".spec.replicas", ".spec.suspend"]);

/** Whether an autoscaler of the same Release has the say on an object's replicas. */
function isAutoscaled({ kind, metadata }: KubeObject, release: readonly KubeObject[]): boolean {
  const scalers = autoscalersOf(release);
  return scalers.some(({ spec, metadata: own }) => {
    const target = spec?.scaleTargetRef;
    return target?.kind === kind && target.name === metadata.name && own.namespace === metadata.namespace;
  });
}

const known = new WeakMap<readonly KubeObject[], KubeObject[]>();

function autoscalersOf(release: readonly KubeObject[]): KubeObject[] {
  let found = known.get(release);
  if (found === undefined) {
    found = release.filter(({ kind }) => kind === "HorizontalPodAutoscaler");
    known.set(release, found);
  }
  return found;
}

/**
 * The object without those of the fields that somebody else has set: there they are, and not ours. What nobody
 * else has set stays as it is wanted.
 */
export function leavingOut(wanted: KubeObject, live: KubeObject | undefined, paths: string[]): KubeObject {
  if (paths.length === 0 || live === undefined) return wanted;
  const fields = ourFields(live) ?? {};
  return dropping(wanted, paths, (steps) => isThere(live, steps) && !isOwned(fields, steps));
}

/** The object without the fields that the paths name. */
export function dropping(
  wanted: KubeObject,
  paths: string[],
  goes: (steps: Step[]) => boolean = () => true,
): KubeObject {
  const all = paths.flatMap((path) => readingsOf(wanted, path)).filter(goes);
  return all.reduce((object, steps) => without(object, steps) as KubeObject, wanted);
}

function isThere(value: unknown, steps: Step[]): boolean {
  const [step, ...rest] = steps;
  if (step === undefined) return value !== undefined;
  if ("key" in step) return isThere((value as Fields | undefined)?.[step.key], rest);
  return Array.isArray(value) && value.some((item) => isItem(item, step) && isThere(item, rest));
}

/** A leaf of our fields is owned with all there is in it. */
function isOwned(fields: Fields, steps: Step[]): boolean {
  const [step, ...rest] = steps;
  const inside = Object.keys(fields).filter((key) => key !== ".");
  if (step === undefined) return true;
  const own = inside.find((key) => {
    if ("key" in step) return key === `f:${step.key}`;
    const sign = "value" in step ? "v:" : "k:";
    return key.startsWith(sign) && isItem(JSON.parse(key.slice(2)), step);
  });
  if (own === undefined) return false;
  const next = fields[own] as Fields;
  return Object.keys(next).length === 0 || isOwned(next, rest);
}

function isItem(item: unknown, step: Exclude<Step, { key: string }>): boolean {
  if ("value" in step) return Bun.deepEquals(item, step.value);
  return Object.entries(step.item).every(([key, value]) => (item as Fields | null)?.[key] === value);
}

/** A copy without a field; a map that has nothing left goes as well. */
function without(value: unknown, steps: Step[]): unknown {
  const [step, ...rest] = steps;
  if (step === undefined) return undefined;
  if (Array.isArray(value)) {
    const items = value.map((item) => ("key" in step || !isItem(item, step) ? item : without(item, rest)));
    return items.filter((item) => item !== undefined);
  }
  if (typeof value !== "object" || value === null || !("key" in step)) return value;
  const { [step.key]: inner, ...others } = value as Fields;
  const left = rest.length === 0 ? undefined : without(inner, rest);
  const isEmpty =
    left === undefined || (typeof left === "object" && left !== null && Object.keys(left).length === 0);
  return isEmpty ? others : { ...(value as Fields), [step.key]: left };
}
