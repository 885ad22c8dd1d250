import { expect } from "bun:test";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { createRenderer } from "../../drivers/kit/index.ts";
import type { ErrorCode } from "../../lib/errors.ts";
import { createLog } from "../../lib/log.ts";
import { agentRoutes } from "../../server/agents/routes.ts";
import { webhookRoutes } from "../../server/webhooks/routes.ts";
import { createApp } from "../../server/app.ts";
import { callerOfToken } from "../../server/db/callers.ts";
import { loadDriver } from "../../server/drivers/load.ts";
import { createRequestContext } from "../../server/graphql/context.ts";
import { createResolvers } from "../../server/graphql/resolvers.ts";
import { createSchema, type ResolverMap } from "../../server/graphql/schema.ts";
import { startWorld, type World } from "./world.ts";

const root = resolve(import.meta.dir, "../..");
const sdl = await Bun.file(join(root, "schema.graphql")).text();

/** A whole server on a port and a database of its own: what a bad request meets. */
export interface Target {
  url: string;
  world: World;
  /** The directory that drivers may be loaded from. */
  folder: string;
  /** What drivers may be loaded from; read anew by each load. */
  loading: { allowLoopbackGit: boolean; allowPrivateGit: boolean };
  /** What the server logged as errors: there must be none, for every bad input is foreseen. */
  errors: string[];
  /** Sends a document and answers its data; throws with the first error's message. */
  ask(document: string, variables?: object, token?: string): Promise<any>;
  /** Writes a driver into a folder below `folder` and answers its path. */
  write(name: string, files: Record<string, string | Uint8Array>): Promise<string>;
  /** Everything in every table. */
  dump(): Promise<Record<string, unknown>>;
  stop(): Promise<void>;
}

export async function startTarget(): Promise<Target> {
  const folder = await mkdtemp(join(tmpdir(), "styrmin-bad-"));
  const renderer = createRenderer();
  const loading = { allowLoopbackGit: false, allowPrivateGit: false, directories: [folder] };
  const world = await startWorld(
    {},
    {
      loadDriver: (source, signal) => loadDriver(source, loading, signal),
      checkManifests: async (check, signal) => (await renderer.render(check, signal)).problems ?? [],
    },
  );
  const errors: string[] = [];
  const log = createLog({}, (line) => {
    if (line.includes('"level":"error"')) errors.push(line);
  });
  const { deps, sql } = world;
  const app = createApp({
    schema: createSchema(sdl, createResolvers() as unknown as ResolverMap, log),
    log,
    introspection: true,
    allowedHosts: [],
    callerOf: (token) => callerOfToken(sql, token),
    contextOf: (caller, signal) => createRequestContext(deps, caller, signal),
    agentRoutes: agentRoutes(deps),
    webhookRoutes: webhookRoutes(deps),
    checkReady: async () => {},
  });
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 0,
    fetch: (request, self) => app.fetch(request, { server: self }),
  });
  const url = `http://127.0.0.1:${server.port}`;

  const target: Target = {
    url,
    world,
    folder,
    loading,
    errors,
    async ask(document, variables = {}, token) {
      const response = await post(url, { document, variables, token });
      const { data, errors } = (await response.json()) as { data: any; errors?: { message: string }[] };
      if (errors) throw new Error(errors[0]!.message);
      return data;
    },
    async write(name, files) {
      const path = join(folder, name);
      for (const [file, content] of Object.entries(files)) {
        await mkdir(dirname(join(path, file)), { recursive: true });
        await writeFile(join(path, file), content);
      }
      return path;
    },
    async dump() {
      const tables = await sql<{ name: string }[]>`
        select table_name as name from information_schema.tables
        where table_schema = 'public' and table_type = 'BASE TABLE' order by 1`;
      const rows = await Promise.all(
        tables.map(async ({ name }) => {
          const [row] = await sql`
            select coalesce(jsonb_agg(to_jsonb(t) order by to_jsonb(t)::text), '[]') as rows from ${sql(name)} t`;
          return [name, row!.rows] as const;
        }),
      );
      return Object.fromEntries(rows);
    },
    async stop() {
      await server.stop(true);
      await renderer.close();
      await world.end();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return target;
}

/** Sends one document as a person, or with an agent's token. */
export function post(
  url: string,
  { document, variables, token }: { document: string; variables?: object; token?: string | undefined },
): Promise<Response> {
  return fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", ...(token ? { authorization: `Bearer ${token}` } : {}) },
    body: JSON.stringify({ query: document, variables }),
  });
}

/** What a bad request must be answered with. */
export interface Refused {
  code: ErrorCode;
  /** The input that is at fault; undefined where the request as a whole is. */
  field: string | undefined;
  /** What the message must hold: what happened, to which object, and what to do now. */
  says: readonly string[];
  status?: number;
}

/**
 * Sends a bad request and checks the whole of what is promised: the closed code, the field, a message for people that
 * shows nothing of the server's inside, nothing in the error log, and every table as it was.
 */
export async function expectRefused(
  target: Target,
  send: () => Promise<Response>,
  { code, field, says, status }: Refused,
): Promise<void> {
  const [before, logged] = [await target.dump(), target.errors.length];
  const response = await send();
  const answer = (await response.json()) as {
    data?: unknown;
    errors?: { message: string; extensions: Record<string, unknown> }[];
  };
  expect(answer.errors, JSON.stringify(answer)).toHaveLength(1);
  const { message, extensions } = answer.errors![0]!;
  expect({ code: extensions.code, field: extensions.field, message }).toMatchObject({ code, field });
  for (const words of says) expect(message).toContain(words);
  // What graphql itself says of a document has no full stop.
  expect(message).toMatch(/^(Variable|Syntax Error|\S.{20,900}[.!?]$)/su);
  const whole = JSON.stringify(answer);
  expect(whole).not.toContain(root);
  expect(whole).not.toMatch(inside);
  for (const key of Object.keys(extensions)) expect(["code", "field", "problems"]).toContain(key);
  if (status !== undefined) expect(response.status).toBe(status);
  expect(target.errors.slice(logged)).toEqual([]);
  expect(await target.dump()).toEqual(before);
}

/** Code, SQL, stacks, and values that nobody meant to print. */
const inside =
  /node_modules|\.ts:\d|\n\s+at |insert into|select .+ from|update .+ set |delete from|relation \\"|violates|constraint|PostgresError|TypeError|ENOENT|EACCES|\[object |undefined/i;
