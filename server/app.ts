import type { GraphQLSchema } from "graphql";
import { type Context, Hono } from "hono";
import { AppError, type ErrorCode } from "../lib/errors.ts";
import type { Log } from "../lib/log.ts";
import { translated } from "./db/sql.ts";
import type { Caller, RequestContext } from "./graphql/context.ts";
import { toGraphQLError } from "./graphql/errors.ts";
import { createProtocol } from "./graphql/protocol.ts";
import { createStream } from "./graphql/stream.ts";
import { createHostCheck } from "./http/hosts.ts";
import { createMetrics } from "./http/metrics.ts";
import { readPage } from "./page/files.ts";

export interface AppOptions {
  schema: GraphQLSchema;
  log: Log;
  introspection: boolean;
  /** Hosts, beside this machine's own names, that requests may be sent to. */
  allowedHosts: readonly string[];
  /** Whom a bearer token stands for; undefined when for nobody. */
  callerOf: (token: string) => Promise<Caller | undefined>;
  /** Asks the request for its signal only when that is needed: making one costs as much as a small query. */
  contextOf: (caller: Caller, client: { readonly signal: AbortSignal }) => RequestContext;
  /** What agents use beside GraphQL, below /agent. */
  agentRoutes: Hono<AppEnv>;
  /** What git servers deliver to, below /webhooks. */
  webhookRoutes: Hono<AppEnv>;
  /** Throws when the server cannot do its work, such as when the database does not answer. */
  checkReady: () => Promise<void>;
}

/** What `Bun.serve` gives of a request beside it: its time limit to change, and who sent it. */
export interface ServerHandle {
  timeout(request: Request, seconds: number): void;
  requestIP?(request: Request): { address: string } | null;
}

export interface AppEnv {
  Bindings: {
    server?: ServerHandle;
    /** The request came in through the listener for agents, which others can reach: a token is needed. */
    agentsOnly?: boolean;
  };
  Variables: { caller: Caller };
}

/** Largest bodies, in bytes after inflating: of a person's request, and of an agent's report. */
const [personBodyBytes, agentBodyBytes] = [1024 * 1024, 8 * 1024 * 1024];

const pageHeaders = {
  "content-security-policy":
    "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
};
const graphiqlHeaders = {
  "content-security-policy":
    "default-src 'self' data: blob:; script-src 'unsafe-inline' 'unsafe-eval' blob:; style-src 'unsafe-inline'; worker-src blob:; connect-src 'self'; frame-ancestors 'none'",
};

/** The server's HTTP face: what is checked in which order, and the routes. Tested by `app.request()`. */
export function createApp(options: AppOptions): Hono<AppEnv> {
  const { schema, log, introspection, callerOf, contextOf, checkReady } = options;
  const refuseForeign = createHostCheck(options.allowedHosts);
  const metrics = createMetrics();
  const graphql = createProtocol({
    schema,
    log,
    introspection,
    maxBodyBytes: ({ caller }) => (caller.kind === "agent" ? agentBodyBytes : personBodyBytes),
  });
  const stream = createStream({ schema, log, introspection });
  const app = new Hono<AppEnv>();

  // All that every request goes through is one middleware: each level of them costs a read 4 µs of its 80.
  app.use(async function admitAndCount(c, next) {
    const from = performance.now();
    const admitted = admit(c);
    const refusal = admitted instanceof Promise ? await admitted : admitted;
    if (refusal) c.res = refusal;
    else await next();
    // Set in place: Hono's own `c.header` would make the whole response anew.
    c.res.headers.set("x-content-type-options", "nosniff");
    c.res.headers.set("referrer-policy", "no-referrer");
    metrics.count(c.req.path, c.res.status, performance.now() - from);
  });
  app.get("/healthz", (c) => c.json({ ok: true }));
  app.get("/readyz", async (c) => {
    try {
      await checkReady();
      return c.json({ ok: true });
    } catch (thrown) {
      log.warn("not ready", { error: thrown });
      return c.json({ ok: false, message: "The database does not answer." }, 503);
    }
  });
  app.get("/metrics", (c) => c.text(metrics.text(), 200, { "content-type": "text/plain; version=0.0.4" }));

  app.all("/graphql", async (c) => {
    if (c.req.method === "GET" && wantsPage(c)) return c.redirect("/graphiql");
    const caller = c.get("caller");
    if (caller.kind === "agent") c.env?.server?.timeout(c.req.raw, longPollSeconds);
    return graphql(c.req.raw, contextOf(caller, c.req.raw));
  });
  app.all("/graphql/stream", async (c) => {
    c.env?.server?.timeout(c.req.raw, 0);
    return stream(c.req.raw, contextOf(c.get("caller"), c.req.raw));
  });
  app.use("/agent/*", async function requireAgent(c, next) {
    if (c.get("caller").kind === "agent") return next();
    return answerError(c, 401, new AppError("UNAUTHENTICATED", onlyAgents));
  });
  app.route("/agent", options.agentRoutes);
  app.route("/webhooks", options.webhookRoutes);

  app.get("/graphiql", async (c) => {
    const { renderGraphiQL } = await import("@graphql-yoga/render-graphiql");
    const html = renderGraphiQL({
      title: "Styrmin API",
      endpoint: "/graphql",
      subscriptionsProtocol: "SSE" as never,
      defaultQuery: "{\n  deployments {\n    name\n    status\n    statusReason\n  }\n}\n",
    });
    return c.html(html, 200, graphiqlHeaders);
  });
  for (const [path, { type, text }] of Object.entries(readPage())) {
    app.get(path, (c) => c.body(text, 200, { ...pageHeaders, "content-type": type }));
  }
  app.notFound((c) => answerError(c, 404, new AppError("NOT_FOUND", `There is nothing at ${c.req.path}.`)));
  app.onError((thrown, c) => {
    const known = translated(thrown);
    return answerError(c, statusOf(known), known);
  });
  return app;

  /** Notes who calls, or answers why the request is refused. */
  function admit(c: Context<AppEnv>): Response | undefined | Promise<Response | undefined> {
    const { path } = c.req;
    if (path === "/healthz") return undefined;
    if (path.startsWith("/webhooks/")) return admitDelivery(c);
    if (c.env?.agentsOnly) return admitAgent(c);
    const foreign = refuseForeign(c.req.raw);
    if (foreign) return answerError(c, 403, new AppError("FORBIDDEN", foreign));
    if (path === "/readyz" || path === "/metrics") return undefined;
    const authorization = c.req.raw.headers.get("authorization");
    if (authorization !== null) return identify(c, authorization);
    c.set("caller", { kind: "person" });
    return undefined;
  }

  /**
   * Git servers come from elsewhere, through a proxy say, so any `Host` will do on both listeners: nothing is done
   * without a signature. A page has no business there.
   */
  function admitDelivery(c: Context<AppEnv>): Response | undefined {
    if (!c.req.raw.headers.has("origin")) return undefined;
    return answerError(c, 403, new AppError("FORBIDDEN", "Pages may not use this address."));
  }

  /**
   * What the listener for agents lets in. Its `Host` may be any, since a token is needed for everything; a page
   * has no business there.
   */
  async function admitAgent(c: Context<AppEnv>): Promise<Response | undefined> {
    const { path } = c.req;
    if (path === "/readyz") return undefined;
    const refuse = (status: number, code: ErrorCode, text: string) =>
      answerError(c, status, new AppError(code, text));
    const isServed = path === "/graphql" || path.startsWith("/agent/");
    if (!isServed) return refuse(404, "NOT_FOUND", `There is nothing at ${path} for agents.`);
    if (c.req.raw.headers.has("origin")) return refuse(403, "FORBIDDEN", "Pages may not use this address.");
    const authorization = c.req.raw.headers.get("authorization");
    if (authorization === null) return refuse(401, "UNAUTHENTICATED", onlyAgents);
    const refusal = await identify(c, authorization);
    if (refusal) return refusal;
    return c.get("caller").kind === "agent" ? undefined : refuse(403, "FORBIDDEN", onlyAgents);
  }

  async function identify(c: Context<AppEnv>, authorization: string): Promise<Response | undefined> {
    const token = /^bearer +(\S+)$/i.exec(authorization)?.[1];
    const caller = token === undefined ? undefined : await callerOf(token);
    if (caller) {
      c.set("caller", caller);
      return undefined;
    }
    const message =
      "The token in the Authorization header is not known. Make a new one, or leave the header out.";
    return answerError(c, 401, new AppError("UNAUTHENTICATED", message));
  }

  function answerError(c: Context, status: number, thrown: unknown): Response {
    return c.json({ errors: [toGraphQLError(thrown, log)] }, status as 400);
  }
}

const onlyAgents = "This address is for agents: send the agent's token as a bearer token.";

/** A claim waits up to 25 s for work; Bun would close a silent connection after 10. */
const longPollSeconds = 60;

function wantsPage(c: Context): boolean {
  return (c.req.header("accept") ?? "").includes("text/html") && c.req.query("query") === undefined;
}

const statuses = {
  NOT_FOUND: 404,
  EXISTS: 409,
  CONFLICT: 409,
  INVALID: 400,
  FORBIDDEN: 403,
  UNAUTHENTICATED: 401,
  UNAVAILABLE: 503,
  LIMIT: 413,
};

function statusOf(thrown: unknown): number {
  return thrown instanceof AppError ? statuses[thrown.code] : 500;
}
