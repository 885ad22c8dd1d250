import { AppError } from "../../lib/errors.ts";
import type { Level, ObjectChanges, ValueChange } from "./compare.ts";

/** What a new version of its driver does to a deployment. */
export interface NewVersionPolicy {
  do: "NOTHING" | "NOTIFY" | "PLAN" | "UPGRADE";
  /** The farthest version that is taken by itself. */
  level: Level;
  /** Whether objects may be deleted and made anew for it. */
  recreate: boolean;
  /** Whether objects may be removed for it. */
  deletions: boolean;
  /** Whether parameters may be gone or another for it. One that is new and has a default is none of these. */
  parameters: boolean;
}

export const defaultNewVersionPolicy: NewVersionPolicy = {
  do: "NOTHING",
  level: "PATCH",
  recreate: false,
  deletions: false,
  parameters: false,
};

const farness: Record<Level, number> = { PATCH: 0, MINOR: 1, MAJOR: 2 };

/** What counts of a plan; see `PlannedVersion`. */
export interface PlanFacts {
  level: Level;
  parameters: readonly ValueChange[];
  objects: ObjectChanges;
  problems: readonly { field: string; message: string }[];
}

/** Why a version is not taken by itself; empty when it is. Pure. */
export function beyondBounds(plan: PlanFacts, bounds: NewVersionPolicy): string[] {
  const { level, parameters, objects, problems } = plan;
  if (problems.length > 0) return problems.map(({ field, message }) => `${field} ${message}`);
  const reasons: string[] = [];
  if (farness[level] > farness[bounds.level])
    reasons.push(`it is a ${level.toLowerCase()} change, and ${bounds.level.toLowerCase()} is allowed`);
  const anew = objects.changed.filter(({ recreate }) => recreate);
  if (anew.length > 0 && !bounds.recreate) reasons.push(`it makes ${named(anew)} anew`);
  if (objects.removed.length > 0 && !bounds.deletions) reasons.push(`it removes ${named(objects.removed)}`);
  const touched = parameters
    .filter((change) => "before" in change && !onlyText.test(change.path))
    .map(({ path }) => path);
  if (touched.length > 0 && !bounds.parameters) reasons.push(`it changes the parameters ${list(touched)}`);
  return reasons;
}

/** What a parameter is called and where it stands changes nothing of its values. */
const onlyText = /^\[[^\]]+\]\.(label|description|group|order)$/;

const named = (objects: readonly { kind: string; name: string }[]) =>
  list(objects.map(({ kind, name }) => `${kind}/${name}`));

const list = (texts: readonly string[]) =>
  texts.length > 5 ? `${texts.slice(0, 5).join(", ")} and ${texts.length - 5} more` : texts.join(", ");

type Nullable<T> = { [key in keyof T]?: T[key] | null | undefined };

/** What is recorded: all of it, since what is absent is a default. Throws INVALID for nothing to do. */
export function checkedNewVersions(input: Nullable<NewVersionPolicy>): NewVersionPolicy {
  const given = Object.fromEntries(
    Object.entries(input).filter(([, value]) => value !== null && value !== undefined),
  );
  if (!("do" in given)) {
    const text = "policies.newVersions: do must say what a new version does.";
    throw new AppError("INVALID", text, { field: "policies.newVersions.do" });
  }
  return { ...defaultNewVersionPolicy, ...given };
}
