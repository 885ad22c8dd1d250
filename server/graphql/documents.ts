import { type DocumentNode, getOperationAST, type GraphQLSchema, parse } from "graphql";
import { checkDocument, checkTokens, type DocumentLimits } from "./limits.ts";

/** What is kept of documents that have been through validation. */
export interface DocumentCache {
  get(query: string): DocumentNode | undefined;
  /** Call it only for a document that has passed validation. */
  add(query: string, document: DocumentNode): void;
  size(): number;
}

/** A bounded cache: the document used longest ago makes room. Long documents are not kept. */
export function createDocumentCache({ maxEntries = 1_000, maxLength = 20_000 } = {}): DocumentCache {
  const documents = new Map<string, DocumentNode>();
  return {
    get(query) {
      const found = documents.get(query);
      if (found) {
        documents.delete(query);
        documents.set(query, found);
      }
      return found;
    },
    add(query, document) {
      if (query.length > maxLength) return;
      documents.set(query, document);
      if (documents.size > maxEntries) documents.delete(documents.keys().next().value!);
    },
    size: () => documents.size,
  };
}

/** Parses a stranger within the limits. Throws LIMIT, or graphql's own GraphQLError for bad syntax. */
export function readDocument(schema: GraphQLSchema, query: string, limits: DocumentLimits): DocumentNode {
  checkTokens(query, limits);
  const document = parse(query, { maxTokens: limits.tokens });
  checkDocument(schema, document, limits);
  return document;
}

/** Which kind of operation a request would run; undefined when its name picks none. */
export function operationKind(document: DocumentNode, name: string | undefined) {
  return getOperationAST(document, name)?.operation;
}
