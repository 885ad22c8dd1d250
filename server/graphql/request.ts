/** A GraphQL request as the specification names its parts. */
export interface GraphQLRequest {
  query: string;
  operationName?: string;
  variables?: Record<string, unknown>;
  extensions?: Record<string, unknown>;
}

/** Checks the shape of what was sent, or says in a sentence what is wrong with it. */
export function checkShape(value: unknown): { request: GraphQLRequest } | { problem: string } {
  if (!isMap(value)) return { problem: "The request must be one JSON object; batches are not taken." };
  const { query, operationName, variables, extensions } = value;
  if (typeof query !== "string" || query === "")
    return { problem: "`query` must be the text of a document." };
  if (operationName != null && typeof operationName !== "string") {
    return { problem: "`operationName` must be text." };
  }
  if (variables != null && !isMap(variables)) return { problem: "`variables` must be a JSON object." };
  if (extensions != null && !isMap(extensions)) return { problem: "`extensions` must be a JSON object." };
  return {
    request: {
      query,
      ...(operationName ? { operationName } : {}),
      ...(variables ? { variables } : {}),
      ...(extensions ? { extensions } : {}),
    },
  };
}

/** The parts of a request in a URL; `variables` and `extensions` are JSON there. */
export function readQueryString(url: URL): Record<string, unknown> {
  const read = (name: string): unknown => {
    const text = url.searchParams.get(name);
    if (text === null || text === "") return undefined;
    try {
      return JSON.parse(text);
    } catch {
      return text; // no JSON object: the shape's check says so
    }
  };
  return {
    query: url.searchParams.get("query") ?? undefined,
    operationName: url.searchParams.get("operationName") ?? undefined,
    variables: read("variables"),
    extensions: read("extensions"),
  };
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
