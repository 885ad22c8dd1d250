import { Context } from "hono";
import {
  buildSchema,
  defaultFieldResolver,
  GraphQLError,
  type GraphQLFieldResolver,
  GraphQLScalarType,
  GraphQLSchema,
  isEnumType,
  isObjectType,
  isScalarType,
  valueFromASTUntyped,
} from "graphql";
import { AppError } from "../../lib/errors.ts";
import type { Log } from "../../lib/log.ts";
import type { RequestContext } from "./context.ts";
import { toGraphQLError } from "./errors.ts";

type Resolver = GraphQLFieldResolver<unknown, RequestContext>;
type Subscriber = { subscribe: Resolver; resolve?: Resolver };
/** Resolvers by type and field; a subscription's field is an object with `subscribe`. */
export type ResolverMap = Record<string, Record<string, Resolver | Subscriber> | GraphQLScalarType>;

/**
 * The executable schema: `schema.graphql` and the resolvers, each wrapped once so that nothing unforeseen
 * leaves the server. Throws when a resolver has no field, or a root field has no resolver.
 */
export function createSchema(sdl: string, resolvers: ResolverMap, log: Log): GraphQLSchema {
  const schema = buildSchema(sdl);
  fillScalars(schema);
  for (const [typeName, fields] of Object.entries(resolvers)) {
    const type = schema.getType(typeName);
    if (isScalarType(type) || isEnumType(type)) continue;
    if (!isObjectType(type)) throw new Error(`there are resolvers for ${typeName}, which is no object type`);
    for (const [name, resolver] of Object.entries(fields)) {
      const field = type.getFields()[name];
      if (!field) throw new Error(`there is a resolver for ${typeName}.${name}, which is no field`);
      if (typeof resolver === "function") field.resolve = wrapResolver(resolver, log);
      else {
        field.subscribe = wrapSubscriber(resolver.subscribe, log);
        field.resolve = wrapResolver(resolveEvent(resolver.resolve ?? ((event) => event)), log);
      }
    }
  }
  for (const root of [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]) {
    for (const field of Object.values(root?.getFields() ?? {})) {
      if (!field.resolve) throw new Error(`${root?.name}.${field.name} has no resolver`);
    }
  }
  return schema;
}

/** The package hands resolvers Hono's own context; ours lies in its bindings. */
function contextOf(context: unknown): RequestContext {
  return context instanceof Context
    ? (context.env as { request: RequestContext }).request
    : (context as RequestContext);
}

function wrapResolver(resolver: Resolver, log: Log): GraphQLFieldResolver<unknown, unknown> {
  if (resolver === (defaultFieldResolver as unknown)) return defaultFieldResolver;
  return function resolveGuarded(source, args, context, info) {
    try {
      const value = resolver(source, args, contextOf(context), info);
      return value instanceof Promise ? value.catch((thrown) => refuse(thrown, log)) : value;
    } catch (thrown) {
      return refuse(thrown, log);
    }
  };
}

function wrapSubscriber(subscribe: Resolver, log: Log): GraphQLFieldResolver<unknown, unknown> {
  return async function subscribeGuarded(source, args, context, info) {
    try {
      const events = (await subscribe(source, args, contextOf(context), info)) as AsyncGenerator<unknown>;
      return guardEvents(events, log);
    } catch (thrown) {
      return refuse(thrown, log);
    }
  };
}

/** A source that fails ends with its failure as the last event: thrown, it would cut the stream off mutely. */
async function* guardEvents(events: AsyncGenerator<unknown>, log: Log): AsyncGenerator<unknown> {
  try {
    yield* events;
  } catch (thrown) {
    yield toGraphQLError(thrown, log);
  }
}

/** An event's value: what the resolver makes of it, or the failure that it is. */
function resolveEvent(resolve: Resolver): Resolver {
  return function resolveOrFail(event, args, context, info) {
    if (event instanceof GraphQLError) throw event;
    return resolve(event, args, context, info);
  };
}

function refuse(thrown: unknown, log: Log): never {
  throw toGraphQLError(thrown, log);
}

function fillScalars(schema: GraphQLSchema): void {
  const json = schema.getType("JSON");
  if (json instanceof GraphQLScalarType) {
    json.serialize = (value) => value;
    json.parseValue = (value) => value;
    json.parseLiteral = (node, variables) => valueFromASTUntyped(node, variables);
  }
  const moment = schema.getType("DateTime");
  if (moment instanceof GraphQLScalarType) {
    moment.serialize = (value) => (value instanceof Date ? value.toISOString() : value);
    moment.parseValue = readMoment;
    moment.parseLiteral = (node, variables) => readMoment(valueFromASTUntyped(node, variables));
  }
}

function readMoment(value: unknown): string {
  if (typeof value === "string" && !Number.isNaN(Date.parse(value))) return value;
  throw new AppError(
    "INVALID",
    `A moment is RFC 3339 text such as 2026-01-31T12:00:00Z, not ${JSON.stringify(value)}.`,
  );
}
