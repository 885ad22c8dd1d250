import { afterEach, describe, expect, test } from "bun:test";
import { Hono } from "hono";
import { ClientError, createClient } from "../../clients/sdk/index.ts";
import { silentLog } from "../../lib/log.ts";
import { type AppEnv, createApp } from "../../server/app.ts";
import { createSchema, type ResolverMap } from "../../server/graphql/schema.ts";
import { AppError } from "../../lib/errors.ts";
import { eventually } from "../helpers/eventually.ts";

const sdl = await Bun.file(`${import.meta.dir}/../../schema.graphql`).text();
const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

/** The real protocol over the real schema, with a few answers put in by hand. */
function serve(resolvers: ResolverMap, port = 0) {
  const roots = ["Query", "Mutation", "Subscription"];
  const none = (field: string) => () => {
    throw new AppError("NOT_FOUND", `${field} is not answered in this test`);
  };
  const whole: Record<string, any> = {};
  for (const root of roots) {
    const body = new RegExp(`type ${root} \\{([\\s\\S]*?)\\n\\}`).exec(sdl)![1]!;
    for (const [, field] of body.matchAll(/^ {2}(\w+)[:(]/gm)) {
      (whole[root] ??= {})[field!] = root === "Subscription" ? { subscribe: none(field!) } : none(field!);
    }
    Object.assign(whole[root], resolvers[root]);
  }
  const app = createApp({
    schema: createSchema(sdl, whole, silentLog),
    log: silentLog,
    introspection: true,
    allowedHosts: [],
    callerOf: async () => undefined,
    contextOf: (caller) => ({ caller }) as never,
    agentRoutes: new Hono<AppEnv>(),
    webhookRoutes: new Hono<AppEnv>(),
    checkReady: async () => {},
  });
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port,
    fetch: (request, self) => app.fetch(request, { server: self }),
  });
  stops.push(() => void server.stop(true));
  return { server, url: `http://127.0.0.1:${server.port}` };
}

describe("the SDK", () => {
  test("returns what was asked for, typed", async () => {
    const { url } = serve({
      Query: { serverInfo: () => ({ version: "1", installationId: "i", agentUrl: null }) },
    });
    const info = await createClient({ url }).server.info();
    expect(info).toEqual({ version: "1", installationId: "i", agentUrl: null });
  });

  test("turns an error of the server into a ClientError with its code and field", async () => {
    const { url } = serve({
      Query: {
        clusters: () => {
          throw new AppError("INVALID", "no", { field: "filter", problems: [{ field: "a", message: "b" }] });
        },
      },
    });
    const error = (await createClient({ url })
      .clusters.list()
      .catch((thrown) => thrown)) as ClientError;
    expect(error).toBeInstanceOf(ClientError);
    expect([error.code, error.field, error.problems]).toEqual([
      "INVALID",
      "filter",
      [{ field: "a", message: "b" }],
    ]);
  });

  test("says in a sentence that nobody answers, or that it is no Styrmin server", async () => {
    const { server, url } = serve({});
    await server.stop(true);
    const gone = await createClient({ url })
      .clusters.list()
      .catch((thrown: ClientError) => thrown);
    expect(gone).toMatchObject({
      code: "UNAVAILABLE",
      message: expect.stringContaining("cannot be reached"),
    });

    const other = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response("<html>") });
    stops.push(() => void other.stop(true));
    const foreign = await createClient({ url: `http://127.0.0.1:${other.port}` })
      .clusters.list()
      .catch((thrown: ClientError) => thrown);
    expect(foreign).toMatchObject({
      code: "UNAVAILABLE",
      message: expect.stringContaining("no Styrmin server"),
    });
  });

  test.each([{ message: "no healthy upstream" }, { data: null }, { errors: [] }, null])(
    "takes the words of a gateway for no answer: %j",
    async (words) => {
      const gateway = Bun.serve({
        hostname: "127.0.0.1",
        port: 0,
        fetch: () => Response.json(words, { status: 503 }),
      });
      stops.push(() => void gateway.stop(true));
      const asked = createClient({ url: `http://127.0.0.1:${gateway.port}` }).server.info();
      await expect(asked).rejects.toMatchObject({
        code: "UNAVAILABLE",
        message: expect.stringContaining("status 503 and neither data nor errors"),
        // By which the command line knows that it has not reached the server.
        cause: expect.any(Error),
      });
    },
  );

  test("follows a subscription across a restart of the server", async () => {
    const state = { n: 1 };
    const ticks = {
      Subscription: {
        taskLog: {
          async *subscribe() {
            for (;;) {
              yield { number: state.n, at: new Date(0), level: "info", message: "m" };
              const seen = state.n;
              while (state.n === seen) await Bun.sleep(10);
              if (state.n === 9) return;
            }
          },
        },
      },
    } as never;
    const first = serve(ticks);
    const seen: number[] = [];
    let reconnects = 0;
    const following = (async () => {
      const client = createClient({ url: first.url });
      for await (const line of client.tasks.followLog("t", { onReconnect: () => reconnects++ }))
        seen.push(line.number);
    })();
    await eventually("the first line", () => seen.includes(1));
    await first.server.stop(true);
    state.n = 2;
    serve(ticks, Number(new URL(first.url).port));
    await eventually("the line after the restart", () => seen.includes(2));
    state.n = 9;
    await following;
    expect(reconnects).toBeGreaterThan(0);
  });

  test("follows a subscription while the database behind the server is away, and gives up in the end", async () => {
    let away = 3;
    let asked = 0;
    const { url } = serve({
      Subscription: {
        taskLog: {
          async *subscribe() {
            asked++;
            // The first stream breaks in its middle, those after it cannot begin.
            if (asked === 1) yield { number: 1, at: new Date(0), level: "info", message: "m" };
            if (away-- > 0) throw new AppError("UNAVAILABLE", "The database does not answer.");
            // It begins anew, with what was told already.
            yield { number: 1, at: new Date(0), level: "info", message: "m" };
            yield { number: 2, at: new Date(0), level: "info", message: "m" };
          },
        },
      },
    } as never);
    const client = createClient({ url });
    const seen: number[] = [];
    let reconnects = 0;
    for await (const line of client.tasks.followLog("t", { onReconnect: () => reconnects++ }))
      seen.push(line.number);
    expect([seen, asked, reconnects]).toEqual([[1, 2], 4, 3]);

    away = 100;
    const following = async () => {
      for await (const _ of client.tasks.followLog("t", { retries: 1 })) continue;
    };
    await expect(following()).rejects.toMatchObject({
      code: "UNAVAILABLE",
      message: "The database does not answer.",
    });
    expect(asked).toBe(6);
  });

  test("ends a subscription when its signal is aborted, and explains a refused one", async () => {
    const { url } = serve({
      Subscription: {
        taskLog: {
          async *subscribe() {
            yield { number: 1, at: new Date(0), level: "info", message: "m" };
            await new Promise(() => {});
          },
        },
      },
    } as never);
    const client = createClient({ url });
    const stop = new AbortController();
    for await (const _ of client.tasks.followLog("t", { signal: stop.signal })) stop.abort();

    const refused = (async () => {
      for await (const _ of client.tasks.watch("t")) continue;
    })();
    expect(await refused.catch((thrown: ClientError) => thrown)).toMatchObject({ code: "NOT_FOUND" });
  });
});
