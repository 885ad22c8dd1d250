import { type Fate, fateOf } from "./immutable.ts";
import type { DriverFiles, DriverSpec, KubeObjectLike, ParameterSpec } from "../../drivers/kit/index.ts";

/** One value that differs. Absent on one side: it was added or removed. */
export interface ValueChange {
  path: string;
  before?: unknown;
  after?: unknown;
}

export interface ObjectRef {
  apiVersion: string;
  kind: string;
  namespace: string | null;
  name: string;
}

export interface ChangedObject extends ObjectRef, Fate {
  fields: ValueChange[];
}

export interface ObjectChanges {
  added: ObjectRef[];
  removed: ObjectRef[];
  changed: ChangedObject[];
}

/** More differences than anybody reads are cut. */
const most = 500;

/** What differs between two JSON values, by path. Lists of things with names are compared by name. Pure. */
export function compareValues(before: unknown, after: unknown, path = ""): ValueChange[] {
  const changes: ValueChange[] = [];
  collect(before, after, path, changes);
  return changes;
}

function collect(before: unknown, after: unknown, path: string, into: ValueChange[]): void {
  if (into.length >= most || Bun.deepEquals(before, after)) return;
  const named = hasNames(before) && hasNames(after);
  const [one, other] = [childrenOf(before, named), childrenOf(after, named)];
  if (!one || !other) {
    into.push({
      path,
      ...(before === undefined ? {} : { before }),
      ...(after === undefined ? {} : { after }),
    });
    return;
  }
  for (const key of new Set([...one.keys(), ...other.keys()]))
    collect(one.get(key), other.get(key), path + key, into);
}

/** Whether it is a list of things each with a name of its own. */
function hasNames(value: unknown): boolean {
  if (!Array.isArray(value)) return false;
  const names = value.map((item: unknown) => (item as { name?: unknown } | null)?.name);
  return names.every((name) => typeof name === "string") && new Set(names).size === names.length;
}

/** The parts of a map or a list, each with how its path goes on. */
function childrenOf(value: unknown, named: boolean): Map<string, unknown> | undefined {
  if (Array.isArray(value))
    return new Map(
      value.map((item, index) => [`[${named ? (item as { name: string }).name : index}]`, item]),
    );
  if (typeof value !== "object" || value === null) return undefined;
  return new Map(
    Object.entries(value).map(([key, item]) => [
      /^[\w-]+$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`,
      item,
    ]),
  );
}

/** What differs between two sets of rendered objects. What stands in Secrets is not shown. Pure. */
export function compareObjects(
  before: readonly KubeObjectLike[],
  after: readonly KubeObjectLike[],
): ObjectChanges {
  const [old, now] = [byIdentity(before), byIdentity(after)];
  const changed: ChangedObject[] = [];
  for (const [id, object] of now) {
    const known = old.get(id);
    if (!known) continue;
    const ref = refOf(object);
    const fields = compareValues(known, object);
    if (fields.length > 0)
      changed.push({ ...ref, ...fateOf(known, object, fields), fields: shown(object, fields) });
  }
  return {
    added: [...now].filter(([id]) => !old.has(id)).map(([, object]) => refOf(object)),
    removed: [...old].filter(([id]) => !now.has(id)).map(([, object]) => refOf(object)),
    changed,
  };
}

/** An object stays the same under another version of its group. */
function byIdentity(objects: readonly KubeObjectLike[]): Map<string, KubeObjectLike> {
  return new Map(
    objects.map((object) => {
      const { apiVersion, kind, namespace, name } = refOf(object);
      const group = apiVersion.includes("/") ? apiVersion.split("/")[0] : "";
      return [`${group}/${kind}/${namespace ?? ""}/${name}`, object];
    }),
  );
}

export const refOf = ({ apiVersion, kind, metadata }: KubeObjectLike): ObjectRef => ({
  apiVersion,
  kind,
  namespace: metadata.namespace ?? null,
  name: metadata.name,
});

function shown({ kind }: KubeObjectLike, fields: ValueChange[]): ValueChange[] {
  if (kind !== "Secret") return fields;
  return fields.map((change) =>
    /^\.(data|stringData)/.test(change.path)
      ? {
          path: change.path,
          ...("before" in change ? { before: "…" } : {}),
          ...("after" in change ? { after: "…" } : {}),
        }
      : change,
  );
}

export interface FileChange {
  path: string;
  change: "ADDED" | "REMOVED" | "CHANGED";
}

/** Which files differ. Pure. */
export function compareFiles(before: DriverFiles, after: DriverFiles): FileChange[] {
  const paths = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return paths.flatMap((path): FileChange[] => {
    const [one, other] = [before[path], after[path]];
    if (!one) return [{ path, change: "ADDED" }];
    if (!other) return [{ path, change: "REMOVED" }];
    return Buffer.compare(one, other) === 0 ? [] : [{ path, change: "CHANGED" }];
  });
}

/** What differs between two specifications beside their parameters, and of those, by name. Pure. */
export function compareSpecs(
  before: DriverSpec,
  after: DriverSpec,
): { specification: ValueChange[]; parameters: ValueChange[] } {
  const { parameters: had, ...rest } = before;
  const { parameters: has, ...others } = after;
  return {
    specification: compareValues(plain(rest), plain(others)),
    parameters: compareValues(listed(had), listed(has)),
  };
}

/** As JSON has it: what is undefined is not there. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
const listed = (parameters: readonly ParameterSpec[]) => plain(parameters);

export type Level = "PATCH" | "MINOR" | "MAJOR";

/**
 * How far a driver's version is from another: by the first number that differs. The same version with other content is
 * a PATCH; what are no numbers is a MAJOR. Pure.
 */
export function levelOf(before: string, after: string): Level {
  if (before === after) return "PATCH";
  const [one, other] = [numbersOf(before), numbersOf(after)];
  if (!one || !other) return "MAJOR";
  const length = Math.max(one.length, other.length);
  const at = Array.from({ length }).findIndex((_, index) => (one[index] ?? "0") !== (other[index] ?? "0"));
  return at === 0 ? "MAJOR" : at === 1 ? "MINOR" : "PATCH";
}

/** Undefined for what has a word anywhere, but in what goes before a release. */
function numbersOf(version: string): string[] | undefined {
  const [, core] = /^v?(\d+(?:\.\d+)*)(?:[-+].*)?$/.exec(version) ?? [];
  return core?.split(".").map((part) => part.replace(/^0+(?=\d)/, ""));
}
