import { type FieldNode, type GraphQLResolveInfo, Kind, type SelectionSetNode } from "graphql";

/** Which fields are asked for below one: names, and what is asked for below each. */
export interface Selection {
  names: ReadonlySet<string>;
  below(name: string): Selection;
  /** Whether nothing but these is asked for. */
  within(...names: string[]): boolean;
}

/**
 * Documents are kept parsed, so a field's node stands for all that is asked for below it. Fields that a directive
 * leaves out count as asked for: that reads a column too many, and never one too few.
 */
const known = new WeakMap<FieldNode, Selection>();

/** What a query asks of the field that is being resolved: the look ahead that makes one statement of a tree. */
export function selectionOf(info: GraphQLResolveInfo): Selection {
  const [node] = info.fieldNodes;
  if (info.fieldNodes.length !== 1) return gather(info.fieldNodes, info);
  const before = known.get(node!);
  if (before) return before;
  const selection = gather(info.fieldNodes, info);
  known.set(node!, selection);
  return selection;
}

function gather(nodes: readonly FieldNode[], info: GraphQLResolveInfo): Selection {
  const fields = new Map<string, FieldNode[]>();
  const visit = (set: SelectionSetNode | undefined) => {
    for (const selection of set?.selections ?? []) {
      if (selection.kind === Kind.FIELD) {
        const name = selection.name.value;
        if (!name.startsWith("__")) fields.set(name, [...(fields.get(name) ?? []), selection]);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) visit(selection.selectionSet);
      else visit(info.fragments[selection.name.value]?.selectionSet);
    }
  };
  for (const node of nodes) visit(node.selectionSet);
  const names = new Set(fields.keys());
  const inner = new Map<string, Selection>();
  return {
    names,
    below(name) {
      const made = inner.get(name) ?? gather(fields.get(name) ?? [], info);
      inner.set(name, made);
      return made;
    },
    within: (...allowed) => [...names].every((name) => allowed.includes(name)),
  };
}
