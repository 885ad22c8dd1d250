import { describe, expect, test } from "bun:test";
import { Hono } from "hono";
import { AppError } from "../../lib/errors.ts";
import { createLog, silentLog } from "../../lib/log.ts";
import { type AppEnv, type AppOptions, createApp } from "../../server/app.ts";
import type { Caller, RequestContext } from "../../server/graphql/context.ts";
import { createSchema } from "../../server/graphql/schema.ts";

const sdl = `
  scalar DateTime
  type Query { hello: String  secret: String  missing: String  strict: Node!  nodes(first: Int): [Node!]!  echo(text: String!): Int! }
  type Node { name: String!  nodes(first: Int): [Node!]!  at: DateTime }
  type Mutation { report(text: String!): Int! }
  type Subscription { ticks(fail: Boolean): Int! }
`;

function app(overrides: Partial<AppOptions> = {}) {
  const lines: string[] = [];
  const log = createLog({}, (line) => lines.push(line));
  const resolvers = {
    Query: {
      hello: () => "world",
      secret: () => {
        throw new Error("password=hunter2 at /srv/secret.ts");
      },
      missing: () => {
        throw new AppError("NOT_FOUND", 'There is no cluster "x". Make one first.', { field: "cluster" });
      },
      strict: () => null,
      nodes: () => [],
      echo: (_: unknown, { text }: { text?: string }) => text!.length,
    },
    Mutation: { report: (_: unknown, { text }: { text?: string }) => text!.length },
    Subscription: {
      ticks: {
        async *subscribe(_: unknown, { fail }: { fail?: boolean }) {
          for (const n of [1, 2, 3]) yield n;
          if (fail) throw new Error("password=hunter2");
        },
      },
    },
  };
  const agentRoutes = new Hono<AppEnv>();
  agentRoutes.get("/bundles/:digest", (c) => c.text(c.req.param("digest")));
  const made = createApp({
    schema: createSchema(sdl, resolvers as never, log),
    log,
    introspection: true,
    allowedHosts: ["styrmin.example"],
    callerOf: async (token) =>
      (token === "right" ? { kind: "agent", clusterId: "c" } : undefined) as Caller | undefined,
    contextOf: (caller) => ({ caller }) as RequestContext,
    agentRoutes,
    webhookRoutes: new Hono<AppEnv>(),
    checkReady: async () => {},
    ...overrides,
  });
  const ask = async (query: string, headers: Record<string, string> = {}, variables?: unknown) => {
    const response = await made.request("/graphql", {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify({ query, variables }),
    });
    return { status: response.status, ...((await response.json()) as { data?: any; errors?: any[] }) };
  };
  return { made, ask, lines };
}

describe("the server's face", () => {
  test("masks what nobody foresaw, new and from the cache, and logs it in full", async () => {
    const { ask, lines } = app();
    for (const _ of ["stranger", "regular"]) {
      const { errors, data } = await ask("{ secret }");
      expect(data).toEqual({ secret: null });
      expect(errors![0].message).toStartWith("Unexpected error");
      expect(JSON.stringify(errors)).not.toContain("hunter2");
      expect(lines.join()).toContain(errors![0].extensions.id);
    }
    expect(lines.join()).toContain("hunter2");
  });

  test("shows what was foreseen, with its code and field", async () => {
    const { errors } = await app().ask("{ missing }");
    expect(errors![0]).toMatchObject({ extensions: { code: "NOT_FOUND", field: "cluster" } });
  });

  test("masks a null where none may be, and keeps data: null", async () => {
    const { ask } = app();
    for (const _ of ["stranger", "regular"]) {
      const answer = await ask("{ strict { name } }");
      expect(answer.data).toBeNull();
      expect(answer.errors![0].message).toStartWith("Unexpected error");
    }
  });

  test("refuses a foreign Host and a foreign Origin", async () => {
    const { ask } = app();
    for (const headers of [
      { host: "evil.example" },
      { host: "127.0.0.1.evil.example:8000" },
      { origin: "http://evil.example" },
      { origin: "null" },
    ]) {
      const { status, errors } = await ask("{ hello }", headers as never);
      expect(status).toBe(403);
      expect(errors![0].extensions.code).toBe("FORBIDDEN");
    }
    for (const headers of [
      { host: "localhost:8000" },
      { host: "styrmin.example" },
      { origin: "http://127.0.0.1:8000" },
    ]) {
      expect((await ask("{ hello }", headers as never)).data).toEqual({ hello: "world" });
    }
  });

  test("refuses bodies that are too large, plain or inflated", async () => {
    const { made, ask } = app();
    const large = await ask("{ hello }", {}, { text: "x".repeat(10 * 1024 * 1024) });
    expect(large.status).toBe(413);
    expect(large.errors![0].extensions.code).toBe("LIMIT");
    const bomb = Bun.gzipSync(
      Buffer.from(JSON.stringify({ query: "{ hello }", junk: "x".repeat(64 * 1024 * 1024) })),
    );
    const response = await made.request("/graphql", {
      method: "POST",
      headers: { "content-type": "application/json", "content-encoding": "gzip" },
      body: bomb,
    });
    expect(response.status).toBe(413);
  });

  test("takes a larger, gzipped report from an agent", async () => {
    const { made } = app();
    const query = "mutation($text: String!) { report(text: $text) }";
    const body = Bun.gzipSync(
      Buffer.from(JSON.stringify({ query, variables: { text: "x".repeat(4_000_000) } })),
    );
    const send = (token: string) =>
      made.request("/graphql", {
        method: "POST",
        headers: {
          "content-type": "application/json",
          "content-encoding": "gzip",
          authorization: `Bearer ${token}`,
        },
        body,
      });
    expect(await (await send("right")).json()).toEqual({ data: { report: 4_000_000 } });
    expect((await send("wrong")).status).toBe(401);
  });

  test("refuses forms, text, batches, and mutations by GET", async () => {
    const { made } = app();
    const post = (type: string, body: string) =>
      made.request("/graphql", { method: "POST", headers: { "content-type": type }, body });
    expect((await post("application/x-www-form-urlencoded", "query={hello}")).status).toBe(415);
    expect((await post("text/plain", '{"query":"{hello}"}')).status).toBe(415);
    expect((await post("application/json", '[{"query":"{hello}"}]')).status).toBe(400);
    expect((await post("application/json", "{")).status).toBe(400);
    const mutation = await made.request(
      `/graphql?query=${encodeURIComponent('mutation { report(text: "") }')}`,
    );
    expect(mutation.status).toBe(405);
  });

  test("refuses documents that are too deep, too wide or too costly before running them", async () => {
    const { ask } = app();
    const nest = (levels: number): string => (levels === 0 ? "name" : `nodes { ${nest(levels - 1)} }`);
    const documents = {
      depth: `{ ${nest(12)} }`,
      cost: "{ nodes(first: 1000) { nodes(first: 1000) { name } } }",
      fragments: `{ nodes(first: 500) { ...a } } fragment a on Node { nodes(first: 500) { name } }`,
      aliases: `{ ${Array.from({ length: 40 }, (_, i) => `a${i}: hello`).join(" ")} }`,
      tokens: `{ ${"hello ".repeat(3000)} }`,
      stack: `{ ${"nodes { ".repeat(900)} name ${"}".repeat(900)} }`,
    };
    for (const document of Object.values(documents)) {
      const { errors, data } = await ask(document);
      expect(data).toBeUndefined();
      expect(errors![0].extensions.code).toBe("LIMIT");
    }
    expect((await ask("{ nodes(first: 50) { name nodes { name } } }")).data).toEqual({ nodes: [] });
  });

  test("hides the schema when introspection is off", async () => {
    const { ask } = app({ introspection: false });
    expect((await ask("{ __schema { types { name } } }")).errors![0].extensions.code).toBe("INVALID");
    expect((await ask("{ hallo }")).errors![0].message).not.toContain("hello");
    expect((await app().ask("{ __schema { queryType { name } } }")).data.__schema.queryType.name).toBe(
      "Query",
    );
  });

  test("streams a subscription, masks its failure, and refuses one at /graphql", async () => {
    const { made, ask } = app();
    const stream = async (query: string) => {
      const init = {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ query }),
      };
      const response = await made.request("/graphql/stream", {
        ...init,
        headers: { ...init.headers, accept: "text/event-stream" },
      });
      return { status: response.status, text: await response.text() };
    };
    const good = await stream("subscription { ticks }");
    expect(good.text.match(/"ticks":\d/g)).toEqual(['"ticks":1', '"ticks":2', '"ticks":3']);
    expect(good.text).toContain("event: complete");
    const bad = await stream("subscription { ticks(fail: true) }");
    expect(bad.text).not.toContain("hunter2");
    expect((await stream("{ hello }")).status).toBe(400);
    expect((await ask("subscription { ticks }")).status).toBe(400);
  });

  test("asks agents for their token", async () => {
    const { made } = app();
    expect((await made.request("/agent/bundles/x")).status).toBe(401);
    const headers = { authorization: "Bearer right" };
    expect(await (await made.request("/agent/bundles/x", { headers })).text()).toBe("x");
  });

  test("lets in agents alone where others can reach it, under whatever name", async () => {
    const { made } = app();
    const ask = async (path: string, headers: Record<string, string> = {}) => {
      const init = { method: "POST", headers: { host: "styrmin-server.svc:8001", ...headers } };
      return (await made.request(path, init, { agentsOnly: true })).status;
    };
    const token = { authorization: "Bearer right" };
    const body = { "content-type": "application/json" };
    expect(await ask("/graphql", body)).toBe(401);
    expect(await ask("/graphql", { ...body, authorization: "Bearer wrong" })).toBe(401);
    expect(await ask("/graphql", { ...body, ...token, origin: "http://styrmin-server.svc:8001" })).toBe(403);
    // Past the door, the missing body is what is wrong.
    expect(await ask("/graphql", { ...body, ...token })).toBe(400);
    for (const path of ["/", "/graphiql", "/graphql/stream", "/metrics"])
      expect([path, await ask(path, token)]).toEqual([path, 404]);
    const get = (path: string) => made.request(path, { headers: { host: "10.0.0.7" } }, { agentsOnly: true });
    for (const path of ["/healthz", "/readyz"]) expect((await get(path)).status).toBe(200);
    expect((await get("/agent/bundles/x")).status).toBe(401);
  });

  test("is not ready while the database does not answer", async () => {
    const broken = app({ log: silentLog, checkReady: () => Promise.reject(new Error("ECONNREFUSED")) });
    expect((await broken.made.request("/readyz")).status).toBe(503);
    expect((await broken.made.request("/healthz")).status).toBe(200);
  });

  test("serves the live page under a policy that runs no foreign script", async () => {
    const { made } = app();
    const response = await made.request("/");
    expect(response.headers.get("content-security-policy")).toContain("default-src 'self'");
    expect(await response.text()).toContain("Styrmin");
    expect(await (await made.request("/metrics")).text()).toContain('route="/",status="200"');
  });
});
