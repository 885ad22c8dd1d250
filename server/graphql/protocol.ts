import { graphqlServer } from "@hono/graphql-server";
import {
  execute,
  type ExecutionResult,
  GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
  NoSchemaIntrospectionCustomRule,
} from "graphql";
import { type Handler, Hono } from "hono";
import { AppError, messageOf } from "../../lib/errors.ts";
import type { Log } from "../../lib/log.ts";
import { readBody } from "../http/body.ts";
import type { RequestContext } from "./context.ts";
import { createDocumentCache, operationKind, readDocument } from "./documents.ts";
import { presentErrors, toGraphQLError } from "./errors.ts";
import { type DocumentLimits, defaultLimits } from "./limits.ts";
import { createPlanner } from "./plan.ts";
import { chooseMediaType, type MediaType, mediaTypes } from "./media.ts";
import { checkShape, type GraphQLRequest, readQueryString } from "./request.ts";

export interface ProtocolOptions {
  schema: GraphQLSchema;
  log: Log;
  /** Whether `__schema` may be asked for, and names may be suggested. */
  introspection: boolean;
  limits?: DocumentLimits;
  /** Largest body of this request, in bytes. */
  maxBodyBytes: (context: RequestContext) => number;
}

type Answer = Partial<ExecutionResult> & { errors?: readonly (GraphQLError | GraphQLFormattedError)[] };

/**
 * GraphQL over HTTP (graphql.github.io/graphql-over-http, draft of 2025): media types, the shape of
 * requests, GET for queries only, status codes. A document that has been through validation runs at once
 * from a bounded cache; a stranger goes through `@hono/graphql-server`, which so sees only well-formed
 * requests whose document parses and is within the limits.
 */
export function createProtocol(options: ProtocolOptions) {
  const { schema, log, introspection, limits = defaultLimits, maxBodyBytes } = options;
  const documents = createDocumentCache();
  const runPlanned = createPlanner(schema);
  const runStranger = createPackage(schema, introspection);

  return async function handleGraphQL(request: Request, context: RequestContext): Promise<Response> {
    const media = chooseMediaType(request.headers.get("accept"));
    if (media === undefined) {
      return respond(406, refusal(`This address answers ${mediaTypes.join(" or ")}.`), "application/json");
    }
    try {
      const asked = await readRequest(request, maxBodyBytes(context));
      const known = documents.get(asked.query);
      const document = known ?? readDocument(schema, asked.query, limits);
      const kind = operationKind(document, asked.operationName);
      if (kind === "subscription") throw new HttpError(400, "Subscriptions are served at /graphql/stream.");
      if (kind === "mutation" && request.method === "GET") {
        throw new HttpError(405, "A mutation needs POST.", { allow: "POST" });
      }
      if (known) {
        const { variables, operationName } = asked;
        const data = await runPlanned({ document: known, operationName, variables, context });
        if (data) return present({ data }, media);
        const answer = await execute({
          schema,
          document: known,
          contextValue: context,
          variableValues: asked.variables,
          operationName: asked.operationName,
        });
        return present(answer, media);
      }
      const { answer, validated } = await runStranger(asked, context);
      if (validated) documents.add(asked.query, document);
      return present(answer, media);
    } catch (thrown) {
      if (thrown instanceof HttpError)
        return respond(thrown.status, refusal(thrown.message), media, thrown.headers);
      if (thrown instanceof AppError && thrown.code === "LIMIT" && thrown.field === undefined) {
        return respond(413, { errors: [toGraphQLError(thrown, log)] }, media);
      }
      if (thrown instanceof AppError) return present({ errors: [toGraphQLError(thrown, log)] }, media, 400);
      if (thrown instanceof GraphQLError) return present({ errors: [thrown] }, media);
      return respond(500, { errors: [toGraphQLError(thrown, log)] }, media);
    }
  };

  /** Without data an answer is about a request that never ran: 400, except in the older media type. */
  function present(answer: Answer, media: MediaType, status?: number): Response {
    const ran = "data" in answer && answer.data !== undefined;
    const fallback = ran || media === "application/json" ? 200 : 400;
    if (!answer.errors?.length) return respond(status ?? fallback, answer, media);
    const errors = presentErrors(answer.errors, { log, suggestions: introspection });
    return respond(status ?? fallback, ran ? { errors, data: answer.data } : { errors }, media);
  }
}

/** Runs one well-formed request through the package. */
function createPackage(schema: GraphQLSchema, introspection: boolean) {
  const validationRules = introspection ? [] : [NoSchemaIntrospectionCustomRule];
  interface Bindings {
    request: RequestContext;
    seen: { validated: boolean };
  }
  const inner = new Hono<{ Bindings: Bindings }>();
  const handle = graphqlServer({
    schema,
    validationRules,
    // Called after validation and before execution: the sign that this document may be kept.
    rootResolver: (c) => {
      (c.env as Bindings).seen.validated = true;
      return null;
    },
  }) as unknown as Handler<{ Bindings: Bindings }>;
  inner.post("/graphql", handle);

  return async function runStranger(asked: GraphQLRequest, context: RequestContext) {
    const seen = { validated: false };
    const init = {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(asked),
    };
    const response = await inner.request("/graphql", init, { request: context, seen });
    const answer = (await response.json()) as Answer;
    // The package leaves `data: null` out; an error with a path tells that the document did run.
    if (seen.validated && !answer.data && answer.errors?.some((error) => error.path)) answer.data = null;
    return { answer, validated: seen.validated };
  };
}

class HttpError extends Error {
  override readonly name = "HttpError";
  readonly status: number;
  readonly headers: Record<string, string>;

  constructor(status: number, message: string, headers: Record<string, string> = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

async function readRequest(request: Request, maxBytes: number): Promise<GraphQLRequest> {
  if (request.method === "GET") return checked(readQueryString(new URL(request.url)));
  if (request.method !== "POST")
    throw new HttpError(405, "GraphQL needs GET or POST.", { allow: "GET, POST" });

  const type = request.headers.get("content-type") ?? "";
  if (type !== "application/json" && !isJson(type)) {
    throw new HttpError(415, "Send the request as application/json in UTF-8.");
  }
  const text = await readBody(request, maxBytes);
  try {
    return checked(JSON.parse(text));
  } catch (thrown) {
    if (thrown instanceof SyntaxError) throw new HttpError(400, `The body is no JSON: ${messageOf(thrown)}.`);
    throw thrown;
  }
}

/** JSON in UTF-8, however the header spells it. */
function isJson(contentType: string): boolean {
  const [type, ...parameters] = contentType.toLowerCase().split(/\s*;\s*/);
  const charset = parameters
    .find((parameter) => parameter.startsWith("charset="))
    ?.slice(8)
    .replaceAll('"', "");
  return type === "application/json" && (charset === undefined || charset === "utf-8" || charset === "utf8");
}

function checked(value: unknown): GraphQLRequest {
  const shape = checkShape(value);
  if ("problem" in shape) throw new HttpError(400, shape.problem);
  return shape.request;
}

function refusal(message: string): { errors: GraphQLFormattedError[] } {
  return { errors: [{ message, extensions: { code: "INVALID" } }] };
}

function respond(
  status: number,
  body: unknown,
  media: MediaType,
  headers: Record<string, string> = {},
): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": `${media}; charset=utf-8`, ...headers },
  });
}
