import { managers, type StyrminDeployment } from "./styrmin-deployment.ts";

type Fields = Record<string, unknown>;

/** A field of a resource's spec that somebody else than the server and its flows has set. */
export interface Edit {
  /** As the API writes paths: `.spec.phase`. */
  field: string;
  /** The field manager, as `kubectl-edit`. */
  manager: string;
}

/**
 * What others have made of a resource: the fields of the spec that are not the publisher's word any more, by the
 * managers that the API notes with each write. A hold is the flow's word. Undefined when the publisher never wrote
 * the resource: somebody made it by hand. Pure.
 */
export function editsOf({ metadata }: StyrminDeployment): Edit[] | undefined {
  const entries = (metadata.managedFields ?? []).filter(({ subresource }) => !subresource);
  const specOf = (manager: string) =>
    entries.filter((one) => one.manager === manager).map(({ fieldsV1 }) => inSpec(fieldsV1));
  const published = specOf(managers.publisher);
  if (!entries.some(({ manager, operation }) => manager === managers.publisher && operation === "Apply")) {
    return undefined;
  }
  const held = specOf(managers.flow).some((spec) => "f:hold" in spec);
  const edits: Edit[] = [];
  for (const { manager = "unknown", fieldsV1 } of entries) {
    if (manager === managers.publisher) continue;
    const { "f:hold": hold, ...rest } = inSpec(fieldsV1);
    if (hold !== undefined && !held) edits.push({ field: ".spec.hold", manager });
    for (const field of beyond(rest, published, ".spec")) edits.push({ field, manager });
  }
  return edits;
}

const inSpec = (fieldsV1: unknown): Fields => ((fieldsV1 as Fields | undefined)?.["f:spec"] ?? {}) as Fields;

/** The fields of a tree that none of the others has. */
function beyond(tree: Fields, others: Fields[], path: string): string[] {
  return Object.entries(tree).flatMap(([key, inner]) => {
    if (!key.startsWith("f:")) return [];
    const own = others.map((one) => one[key]).filter((one) => one !== undefined) as Fields[];
    const field = `${path}.${key.slice(2)}`;
    if (own.length === 0) return [field];
    // A leaf is had with all that is in it.
    const isWhole = own.some((one) => Object.keys(one).length === 0);
    return isWhole ? [] : beyond(inner as Fields, own, field);
  });
}
