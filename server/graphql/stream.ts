import {
  GraphQLError,
  type GraphQLSchema,
  NoSchemaIntrospectionCustomRule,
  specifiedRules,
  subscribe,
  validate,
} from "graphql";
import { createHandler } from "graphql-sse/lib/use/fetch";
import { AppError, messageOf } from "../../lib/errors.ts";
import type { Log } from "../../lib/log.ts";
import { readBody } from "../http/body.ts";
import type { RequestContext } from "./context.ts";
import { operationKind, readDocument } from "./documents.ts";
import { presentErrors, toGraphQLError } from "./errors.ts";
import { type DocumentLimits, defaultLimits } from "./limits.ts";
import { checkShape, readQueryString } from "./request.ts";

export interface StreamOptions {
  schema: GraphQLSchema;
  log: Log;
  introspection: boolean;
  limits?: DocumentLimits;
}

const maxBodyBytes = 100_000;

/**
 * Subscriptions over Server-Sent Events, one connection each (graphql-sse's *distinct connections mode*;
 * its PROTOCOL.md). Every event's errors are masked like those of a query.
 */
export function createStream({ schema, log, introspection, limits = defaultLimits }: StreamOptions) {
  const rules = introspection ? specifiedRules : [...specifiedRules, NoSchemaIntrospectionCustomRule];
  const shown = { log, suggestions: introspection };

  return async function handleStream(request: Request, context: RequestContext): Promise<Response> {
    let asked: unknown;
    try {
      asked = await readAsked(request);
    } catch (thrown) {
      return refuse(400, toGraphQLError(asInvalid(thrown), log));
    }
    const handler = createHandler({
      schema,
      authenticate: () => null, // no single-connection mode
      onSubscribe: () => {
        try {
          const shape = checkShape(asked);
          if ("problem" in shape) throw new AppError("INVALID", shape.problem);
          const { query, variables, operationName } = shape.request;
          const document = readDocument(schema, query, limits);
          if (operationKind(document, operationName) !== "subscription") {
            throw new AppError(
              "INVALID",
              "Only subscriptions are served here: send queries and mutations to /graphql.",
            );
          }
          const errors = validate(schema, document, rules);
          if (errors.length > 0) return refusal(presentErrors(errors, shown));
          return {
            schema,
            document,
            variableValues: variables,
            operationName,
            contextValue: context as never,
          };
        } catch (thrown) {
          return refusal(
            presentErrors([thrown instanceof GraphQLError ? thrown : toGraphQLError(thrown, log)], shown),
          );
        }
      },
      subscribe,
      onNext: (_context, _request, result) => {
        if (!("errors" in result) || !result.errors) return undefined;
        return { ...result, errors: presentErrors(result.errors, shown).map(asError) };
      },
    });
    return handler(rebuild(request, asked));
  };
}

async function readAsked(request: Request): Promise<unknown> {
  if (request.method === "GET") return readQueryString(new URL(request.url));
  return JSON.parse(await readBody(request, maxBodyBytes));
}

/** The body is read once, here and within limits; the package gets what was read. */
function rebuild(request: Request, asked: unknown): Request {
  if (request.method === "GET") return request;
  const headers = new Headers(request.headers);
  headers.set("content-type", "application/json");
  headers.delete("content-encoding");
  headers.delete("content-length");
  return new Request(request.url, {
    method: "POST",
    headers,
    body: JSON.stringify(asked),
    signal: request.signal,
  });
}

function asInvalid(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  return new AppError("INVALID", `The body is no JSON: ${messageOf(thrown)}.`);
}

function asError(error: {
  message: string;
  path?: readonly (string | number)[];
  extensions?: object;
}): GraphQLError {
  return new GraphQLError(error.message, { path: error.path, extensions: error.extensions as never });
}

function refuse(status: number, error: GraphQLError): Response {
  return Response.json({ errors: [error] }, { status });
}

/** The package's form of an answer: here the refusal of a subscription that cannot begin. */
function refusal(
  errors: unknown[],
): [string, { status: number; statusText: string; headers: Record<string, string> }] {
  const headers = { "content-type": "application/json; charset=utf-8" };
  return [JSON.stringify({ errors }), { status: 400, statusText: "Bad Request", headers }];
}
