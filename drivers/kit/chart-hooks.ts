import type { KubeObjectLike } from "./rendering.ts";

/** When a hook of a chart runs. */
export const hookEvents = [
  "pre-install",
  "post-install",
  "pre-upgrade",
  "post-upgrade",
  "pre-rollback",
  "post-rollback",
  "pre-delete",
  "post-delete",
  "test",
] as const;
export type HookEvent = (typeof hookEvents)[number];

export type HookDeletePolicy = "before-hook-creation" | "hook-succeeded" | "hook-failed";

/** What an object says of itself as a hook. */
export interface HookRule {
  events: HookEvent[];
  /** Lower ones run first. */
  weight: number;
  deletePolicies: HookDeletePolicy[];
}

const hookAnnotation = "helm.sh/hook";

/**
 * What an object says of itself as a hook: undefined for an object that is none, null for one of an event that helm
 * does not know (any more), which helm leaves out altogether. Pure.
 */
export function hookRuleOf({ metadata }: KubeObjectLike): HookRule | null | undefined {
  const said = metadata.annotations?.[hookAnnotation];
  if (said === undefined) return undefined;
  const words = said.split(",").map((word) => word.trim().toLowerCase());
  const events = words.map((word) => (word === "test-success" ? "test" : word));
  if (!events.every(isEvent)) return null;
  const weight = Number.parseInt(metadata.annotations?.["helm.sh/hook-weight"] ?? "0", 10);
  const policies = (metadata.annotations?.["helm.sh/hook-delete-policy"] ?? "")
    .split(",")
    .map((word) => word.trim().toLowerCase())
    .filter(isPolicy);
  return {
    events,
    weight: Number.isNaN(weight) ? 0 : weight,
    deletePolicies: policies.length > 0 ? policies : ["before-hook-creation"],
  };
}

/** The hooks of an event in the order of running: by weight, those of one weight by name. Pure. */
export function hooksFor<T extends KubeObjectLike>(hooks: readonly T[], event: HookEvent): T[] {
  const own = hooks.filter((hook) => hookRuleOf(hook)?.events.includes(event));
  return own.toSorted(
    (one, other) => weightOf(one) - weightOf(other) || compare(one.metadata.name, other.metadata.name),
  );
}

/**
 * The tests of a chart in the order of running: all, or those that are named, by their own name or by what follows the
 * release's name in it (`check` is `web-1a2b3c4d-check`). Pure.
 */
export function testsAmong<T extends KubeObjectLike>(
  hooks: readonly T[],
  { names, releaseName }: { names: readonly string[]; releaseName: string },
): T[] {
  const tests = hooksFor(hooks, "test");
  if (names.length === 0) return tests;
  return tests.filter(({ metadata: { name } }) =>
    testNames(name, releaseName).some((one) => names.includes(one)),
  );
}

/** What a test may be called by. */
export const testNames = (name: string, releaseName: string): string[] =>
  name.startsWith(`${releaseName}-`) ? [name, name.slice(releaseName.length + 1)] : [name];

/** Whether an object is to stay when its release no longer has it, or goes. Pure. */
export function isToBeKept(object: { metadata: { annotations?: Record<string, string> } }): boolean {
  return object.metadata.annotations?.["helm.sh/resource-policy"]?.trim().toLowerCase() === "keep";
}

const weightOf = (hook: KubeObjectLike) => hookRuleOf(hook)?.weight ?? 0;
const compare = (one: string, other: string) => (one < other ? -1 : one > other ? 1 : 0);
const isEvent = (word: string): word is HookEvent => (hookEvents as readonly string[]).includes(word);
const isPolicy = (word: string): word is HookDeletePolicy =>
  ["before-hook-creation", "hook-succeeded", "hook-failed"].includes(word);
