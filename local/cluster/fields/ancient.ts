import { type ManagedFields, union } from "./set.ts";

/** So many updating managers are kept apart; the oldest of more become one. */
const maxUpdaters = 10;
const ancient = "ancient-changes";

/** Joins the oldest updaters of each version under one name, as long as there are too many. */
export function joinAncient(entries: ManagedFields[]): ManagedFields[] {
  const updaters = entries.filter(({ operation }) => operation === "Update");
  if (updaters.length <= maxUpdaters) return entries;
  const age = ({ time, manager, subresource }: ManagedFields) => `${time}\0${manager}\0${subresource ?? ""}`;
  updaters.sort((a, b) => (age(a) < age(b) ? -1 : 1));

  const oldest = new Map<string, ManagedFields>();
  const left = new Set(entries);
  for (const entry of updaters) {
    if (left.size - (entries.length - updaters.length) <= maxUpdaters) break;
    const { apiVersion, time } = entry;
    const first = oldest.get(apiVersion);
    if (!first) {
      oldest.set(apiVersion, entry);
      continue;
    }
    const { subresource: _, ...rest } = first;
    const joined = { ...rest, manager: ancient, time, fieldsV1: union(first.fieldsV1, entry.fieldsV1)! };
    left.delete(first);
    left.delete(entry);
    left.add(joined);
    oldest.set(apiVersion, joined);
  }
  return [...left];
}
