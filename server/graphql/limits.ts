import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  getNamedType,
  type GraphQLNamedType,
  type GraphQLOutputType,
  type GraphQLSchema,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  Lexer,
  type SelectionSetNode,
  Source,
  visit,
} from "graphql";
import { AppError } from "../../lib/errors.ts";

/** How large a document may be. All is checked before anything is executed. */
export interface DocumentLimits {
  /** Lexical tokens of the document. Default 2,000. */
  tokens: number;
  /** Nesting of fields; introspection does not count. Default 10. */
  depth: number;
  /** Aliases in the document. Default 30. */
  aliases: number;
  /** Directives in the document. Default 20. */
  directives: number;
  /** Objects that the answer could hold: a list counts its `first`, or 10 without one. Default 20,000. */
  cost: number;
}

export const defaultLimits: DocumentLimits = {
  tokens: 2_000,
  depth: 10,
  aliases: 30,
  directives: 20,
  cost: 20_000,
};

const [sizeOfUnboundedList, sizeOfVariableList] = [10, 100];

/** Throws LIMIT when a text has too many tokens: before it is parsed, since parsing recurses. */
export function checkTokens(query: string, { tokens }: DocumentLimits): void {
  const lexer = new Lexer(new Source(query));
  for (let count = 0; ; count++) {
    if (count > tokens) refuse("tokens", tokens);
    try {
      if (lexer.advance().kind === "<EOF>") return;
    } catch {
      return; // A syntax error is the parser's to report.
    }
  }
}

/** Throws LIMIT when a document is too deep, too costly, or has too many aliases or directives. */
export function checkDocument(schema: GraphQLSchema, document: DocumentNode, limits: DocumentLimits): void {
  const counts = { aliases: 0, directives: 0 };
  visit(document, {
    Field: (node) => void (node.alias && counts.aliases++),
    Directive: () => void counts.directives++,
  });
  if (counts.aliases > limits.aliases) refuse("aliases", limits.aliases);
  if (counts.directives > limits.directives) refuse("directives", limits.directives);

  const measure = createMeasure(schema, document);
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    const { depth, cost } = measure(definition.selectionSet, schema.getRootType(definition.operation));
    if (depth > limits.depth) refuse("levels of nesting", limits.depth);
    if (cost > limits.cost) refuse("objects to answer", limits.cost);
  }
}

interface Size {
  depth: number;
  cost: number;
}

/** Each fragment is measured once, so that fragments nested in fragments cannot make measuring expensive. */
function createMeasure(schema: GraphQLSchema, document: DocumentNode) {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const known = new Map<string, Size>();

  function ofFragment(name: string): Size {
    const found = known.get(name);
    if (found) return found;
    known.set(name, { depth: 0, cost: 0 }); // a circle ends here; validation reports it
    const fragment = fragments.get(name);
    const size = fragment
      ? ofSelection(fragment.selectionSet, schema.getType(fragment.typeCondition.name.value))
      : { depth: 0, cost: 0 };
    known.set(name, size);
    return size;
  }

  function ofField(field: FieldNode, parent: GraphQLNamedType | null | undefined): Size {
    const name = field.name.value;
    if (name.startsWith("__")) return { depth: 0, cost: 1 };
    const type = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[name]?.type : undefined;
    if (!field.selectionSet) return { depth: 1, cost: 0 };
    const inner = ofSelection(field.selectionSet, type && getNamedType(type));
    return { depth: 1 + inner.depth, cost: listSize(type, field) * (1 + inner.cost) };
  }

  function ofSelection(selection: SelectionSetNode, parent: GraphQLNamedType | null | undefined): Size {
    const sum = { depth: 0, cost: 0 };
    for (const node of selection.selections) {
      const size =
        node.kind === Kind.FIELD
          ? ofField(node, parent)
          : node.kind === Kind.FRAGMENT_SPREAD
            ? ofFragment(node.name.value)
            : ofSelection(
                node.selectionSet,
                node.typeCondition ? schema.getType(node.typeCondition.name.value) : parent,
              );
      sum.depth = Math.max(sum.depth, size.depth);
      sum.cost += size.cost;
    }
    return sum;
  }
  return ofSelection;
}

function listSize(type: GraphQLOutputType | undefined, field: FieldNode): number {
  if (!isListType(isNonNullType(type) ? type.ofType : type)) return 1;
  const first = field.arguments?.find((argument) => argument.name.value === "first")?.value;
  if (first?.kind === Kind.INT) return Math.max(1, Number(first.value));
  return first ? sizeOfVariableList : sizeOfUnboundedList;
}

function refuse(what: string, limit: number): never {
  throw new AppError("LIMIT", `The document has too many ${what}: at most ${limit}. Ask for less at once.`, {
    field: "query",
  });
}
