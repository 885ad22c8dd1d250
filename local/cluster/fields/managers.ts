import { StatusError } from "../types.ts";
import { joinAncient } from "./ancient.ts";
import { merge, prune } from "./apply.ts";
import { lastApplied } from "./last-applied.ts";
import type { FieldType } from "./schema.ts";
import {
  compare,
  difference,
  equal,
  type Fields,
  fieldsOf,
  intersection,
  type ManagedFields,
  pathsOf,
  union,
} from "./set.ts";

/** Who writes: the identity of an entry. */
export interface Writer {
  manager: string;
  apiVersion: string;
  subresource?: string | undefined;
}

/** The entries after a write that replaced `before` by `after`: it takes what it changed from all others. */
export function afterUpdate(
  type: FieldType,
  before: unknown,
  after: unknown,
  entries: ManagedFields[],
  writer: Writer,
  time: string,
): ManagedFields[] {
  const { changed, removed } = compare(type, before, after);
  if (!changed && !removed) return entries;
  const isOwn = (entry: ManagedFields) =>
    entry.operation === "Update" && isSame(entry, writer) && entry.apiVersion === writer.apiVersion;
  const left: ManagedFields[] = [];
  let own: Fields | undefined;
  for (const entry of entries) {
    const rest = difference(difference(entry.fieldsV1, changed), removed);
    if (isOwn(entry)) own = rest;
    else keep(left, entry, rest);
  }
  const mine = union(own, changed);
  if (mine) left.push(entryOf(writer, "Update", time, mine));
  return joinAncient(left).sort(inOrder);
}

/** Who is said to own everything when an object without owners is applied to for the first time. */
const beforeFirstApply = "before-first-apply";

/**
 * Applies a request: what the object becomes and who owns its fields then. Throws the Conflict of
 * Kubernetes when another manager owns a field with another value and `force` is not set.
 */
export function afterApply(
  type: FieldType,
  live: unknown,
  request: unknown,
  entries: ManagedFields[],
  writer: Writer,
  options: { force: boolean; time: string },
): { object: unknown; entries: ManagedFields[] } {
  const known = entries.length > 0 ? entries : ownedBefore(type, live, writer, options.time);
  const own = known.find((entry) => entry.operation === "Apply" && isSame(entry, writer));
  const others = known.filter((entry) => entry !== own);
  const wanted = fieldsOf(type, request);

  let object = merge(type, live, request);
  if (own) {
    const kept = others.reduce((all, entry) => union(all, entry.fieldsV1), wanted);
    object = prune(type, object, own.fieldsV1, kept) ?? {};
  }
  const { changed, removed } = compare(type, live, object);
  if (!options.force) {
    const free = writer.manager === "kubectl" ? lastApplied(type, live) : undefined;
    refuseConflicts(others, difference(changed, free));
  }

  const left: ManagedFields[] = [];
  for (const entry of others) {
    keep(left, entry, difference(difference(entry.fieldsV1, changed), removed));
  }
  if (wanted) {
    const fields = own && equal(own.fieldsV1, wanted) ? own.fieldsV1 : wanted;
    left.push(entryOf(writer, "Apply", options.time, fields));
  }
  return { object, entries: left.sort(inOrder) };
}

function ownedBefore(type: FieldType, live: unknown, writer: Writer, time: string): ManagedFields[] {
  const { apiVersion } = writer;
  return afterUpdate(type, { metadata: {} }, live, [], { manager: beforeFirstApply, apiVersion }, time);
}

function keep(entries: ManagedFields[], entry: ManagedFields, fields: Fields | undefined): void {
  if (fields) entries.push(fields === entry.fieldsV1 ? entry : { ...entry, fieldsV1: fields });
}

/** Whether two lists of entries differ in nothing but their times. */
export function sameExceptTimes(a: ManagedFields[], b: ManagedFields[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  // The times take part in the order, so the entries may stand differently.
  return a.every((entry) =>
    b.some(
      (other) =>
        entry.operation === other.operation &&
        entry.apiVersion === other.apiVersion &&
        isSame(entry, other) &&
        equal(entry.fieldsV1, other.fieldsV1),
    ),
  );
}

function isSame(a: Pick<Writer, "manager" | "subresource">, b: Pick<Writer, "manager" | "subresource">) {
  return a.manager === b.manager && (a.subresource ?? "") === (b.subresource ?? "");
}

function entryOf(writer: Writer, operation: "Apply" | "Update", time: string, fields: Fields): ManagedFields {
  const { manager, apiVersion, subresource } = writer;
  const entry: ManagedFields = {
    manager,
    operation,
    apiVersion,
    time,
    fieldsType: "FieldsV1",
    fieldsV1: fields,
  };
  return subresource === undefined ? entry : { ...entry, subresource };
}

function inOrder(a: ManagedFields, b: ManagedFields): number {
  const key = (entry: ManagedFields) =>
    `${entry.operation}\0${entry.time}\0${entry.manager}\0${entry.apiVersion}\0${entry.subresource ?? ""}`;
  return key(a) < key(b) ? -1 : 1;
}

/** The texts are those of Kubernetes: kubectl prints them, and clients read the causes. */
function refuseConflicts(others: ManagedFields[], changed: Fields | undefined): void {
  const conflicts = others.flatMap((entry) =>
    pathsOf(intersection(entry.fieldsV1, changed)).map((path) => ({ who: spell(entry), path })),
  );
  if (conflicts.length === 0) return;
  const causes = conflicts.map(({ who, path }) => ({
    reason: "FieldManagerConflict",
    message: `conflict with ${who}`,
    field: path,
  }));
  throw new StatusError(409, "Conflict", spellConflicts(conflicts), { causes });
}

function spellConflicts(conflicts: { who: string; path: string }[]): string {
  const [first] = conflicts;
  if (conflicts.length === 1 && first) {
    return `Apply failed with 1 conflict: conflict with ${first.who}: ${first.path}`;
  }
  const lines = [...new Set(conflicts.map(({ who }) => who))].sort().map((who) => {
    const paths = conflicts.filter((conflict) => conflict.who === who).map(({ path }) => `- ${path}`);
    return `conflicts with ${who}:\n${paths.join("\n")}`;
  });
  return `Apply failed with ${conflicts.length} conflicts: ${lines.join("\n")}`;
}

function spell(entry: ManagedFields): string {
  const name = JSON.stringify(entry.manager);
  const where = entry.subresource ? ` with subresource ${JSON.stringify(entry.subresource)}` : "";
  return entry.operation === "Apply" ? name + where : `${name}${where} using ${entry.apiVersion}`;
}
