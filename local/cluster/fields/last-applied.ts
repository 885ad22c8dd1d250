import type { FieldType } from "./schema.ts";
import { compare, difference, type Fields, fieldsOf, isMap } from "./set.ts";

const annotation = "kubectl.kubernetes.io/last-applied-configuration";

/**
 * What kubectl has applied from the client's side, as far as it is still so: these fields are kubectl's own, and its
 * server-side apply may take them from whoever is written down as their owner.
 */
export function lastApplied(type: FieldType, live: unknown): Fields | undefined {
  const { metadata } = live as { metadata?: { annotations?: Record<string, string> } };
  const applied = read(metadata?.annotations?.[annotation] ?? "");
  if (!isMap(applied)) return undefined;
  const { changed, removed } = compare(type, applied, live);
  return difference(difference(fieldsOf(type, applied), changed), removed);
}

function read(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // whoever writes an annotation may write anything
  }
}
