import { createSchema, type ResolverMap } from "../../server/graphql/schema.ts";
import { type Caller, createRequestContext } from "../../server/graphql/context.ts";
import { createResolvers } from "../../server/graphql/resolvers.ts";
import { createDeps, type Deps, type DepsOptions } from "../../server/deps.ts";
import { connect } from "../../server/db/sql.ts";
import { findAccess } from "../../server/deploy/repositories.ts";
import { createSealing } from "../../server/deploy/sealing.ts";
import { loadDriver, readNewCommits, scanDrivers } from "../../server/drivers/load.ts";
import { listRefs } from "../../server/drivers/ls-refs.ts";
import { createRenderer } from "../../drivers/kit/index.ts";
import { createLog } from "../../lib/log.ts";
import type { Settings } from "../../server/settings.ts";
import { execute, parse, subscribe, validate } from "graphql";
import { testDatabase } from "../helpers/postgres.ts";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A server's inside on a database of its own, with the executor in front: what a test asks. */
export interface World {
  deps: Deps;
  sql: Deps["sql"];
  /** Runs a document as a person (or as the caller); throws an AppError-like error of the first error. */
  ask: (document: string, variables?: Record<string, unknown>, caller?: Caller) => Promise<any>;
  follow: (
    document: string,
    variables?: Record<string, unknown>,
    signal?: AbortSignal,
  ) => AsyncGenerator<any>;
  /** Writes a driver's files into a folder that may be loaded. Answers its path. */
  write: (files: Record<string, string>) => Promise<string>;
  /** Writes a driver's files and loads them. Answers its version's id. */
  load: (files?: Record<string, string>) => Promise<string>;
  end: () => Promise<void>;
}

/** The first error of an answer. */
export interface Refusal extends Error {
  code: string;
  field: string | undefined;
  problems: { field: string; message: string }[];
}

export const person: Caller = { kind: "person" };
/** Tells of what should never be: what was masked. */
const log = createLog({}, (line) => {
  if (line.includes('"level":"error"')) console.error(line);
});
const sdl = await Bun.file(join(import.meta.dir, "../../schema.graphql")).text();

export async function startWorld(
  settings: Partial<Settings> = {},
  options: Partial<DepsOptions> = {},
): Promise<World> {
  const database = await testDatabase();
  const sql = connect(database.url);
  const folder = await mkdtemp(join(tmpdir(), "styrmin-drivers-"));
  const renderer = createRenderer();
  const sealing = createSealing(new Uint8Array(32).fill(7));
  const loading = {
    allowLoopbackGit: true,
    allowPrivateGit: false,
    directories: [folder],
    chartAccess: (url: string) => findAccess({ sql, sealing }, "HELM", url),
  };
  const deps = createDeps({
    sql,
    log,
    sealing,
    loadDriver: (source, ...more) => loadDriver(source, loading, ...more),
    readNewCommits: (source, signal) => readNewCommits(source, loading, signal),
    scanDrivers: (source, ...more) => scanDrivers(source, loading, ...more),
    listRefs: (asked, signal) =>
      listRefs(asked, {
        policy: { allowLoopback: true, allowPrivate: false },
        ...(signal ? { signal } : {}),
      }),
    render: (check, signal) => renderer.render(check, signal),
    checkManifests: async () => [],
    settings: { pollMs: 500, ...settings },
    version: "0.0.1",
    ...options,
  });
  const schema = createSchema(sdl, createResolvers() as unknown as ResolverMap, log);
  const check = (document: string) => {
    const parsed = parse(document);
    const errors = validate(schema, parsed);
    if (errors.length > 0) throw new Error(errors[0]!.message);
    return parsed;
  };

  const ask: World["ask"] = async (document, variables = {}, caller = person) => {
    const result = await execute({
      schema,
      document: check(document),
      variableValues: variables,
      contextValue: createRequestContext(deps, caller),
    });
    const [error] = result.errors ?? [];
    if (!error) return result.data;
    const { code, field, problems } = error.extensions as Record<string, any>;
    throw Object.assign(new Error(error.message), {
      code,
      field,
      problems: problems ?? [],
    }) satisfies Refusal;
  };
  let count = 0;
  const write: World["write"] = async (files) => {
    const path = join(folder, `driver-${++count}`);
    for (const [name, content] of Object.entries(files)) {
      await mkdir(dirname(join(path, name)), { recursive: true });
      await writeFile(join(path, name), content);
    }
    return path;
  };
  return {
    deps,
    sql,
    ask,
    async *follow(document, variables = {}, signal) {
      const contextValue = createRequestContext(deps, person, { signal });
      const events = await subscribe({
        schema,
        document: check(document),
        variableValues: variables,
        contextValue,
      });
      if (!(Symbol.asyncIterator in events)) throw events.errors![0];
      for await (const event of events) {
        if (event.errors) throw event.errors[0];
        yield event.data;
      }
    },
    write,
    async load(files = helloDriver()) {
      const path = await write(files);
      const answer = await ask(
        "mutation ($path: String!) { loadLocalApplicationDriverVersion(path: $path) { id } }",
        { path },
      );
      return answer.loadLocalApplicationDriverVersion.id;
    },
    async end() {
      await Promise.all([deps.close(), renderer.close()]);
      await sql.end({ timeout: 1 });
      await database.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A small driver with a secret; `version` and more parameters on demand. */
export function helloDriver({ version = "1", extra = "" } = {}): Record<string, string> {
  return {
    "driver.styrmin.yml": `
apiVersion: styrmin.io/v1
kind: ApplicationDriver
metadata: { name: hello }
spec:
  version: "${version}"
  supported_versions: ">=1.0,<2.0"
  default_version: "1.0.0"
  manifests: manifests/
  components:
    server: { identifier: { label: { app: hello } } }
  services:
    - { name: web, kind: http, scope: external, port: 8000, component: server }
  parameters:
    - { name: greeting, label: Greeting, kind: string, default: hi }
    - { name: replicas, label: Replicas, kind: integer, default: 2, min: 1, max: 20 }
    - { name: password, label: Password, kind: secret, generate: { length: 20 } }
${extra}
  env_vars: [{ name: LOG_LEVEL, description: How much is logged, components: [server] }]
  container_overrides: [{ component: server, container: main, command: true, args: true }]
`,
    "manifests/web.yaml": `
apiVersion: v1
kind: ConfigMap
metadata: { name: "{{ instance.release_name }}" }
data: { greeting: {{ parameters.greeting | tojson }} }
`,
  };
}

/** A cluster with its agent's caller, and an environment on it. */
export async function registerCluster(
  world: World,
  name = "local",
  config: object = { fqdn_suffix: "localhost" },
) {
  const answer = await world.ask(
    `mutation ($name: String!, $config: JSON) { createCluster(input: { name: $name, config: $config }) { token cluster { id } } }`,
    { name, config },
  );
  const clusterId: string = answer.createCluster.cluster.id;
  await world.ask(
    `mutation ($c: ID!, $name: String!) { createEnvironment(input: { name: $name, cluster: $c }) { id } }`,
    {
      c: clusterId,
      name: name === "local" ? "demo" : `demo-${name}`,
    },
  );
  return {
    clusterId,
    token: answer.createCluster.token as string,
    agent: { kind: "agent", clusterId } as Caller,
  };
}

/** Says hello as a cluster's agent and answers the epoch. */
export async function hello(
  world: World,
  agent: Caller,
  instanceId = "agent-1",
  calmEpoch: number | null = null,
  abilities: string[] | null = ["actions"],
): Promise<number> {
  const answer = await world.ask(
    `mutation ($i: ID!, $c: Int, $a: [String!]) { agentHello(input: { instanceId: $i, version: "1", calmEpoch: $c, abilities: $a }) { epoch } }`,
    { i: instanceId, c: calmEpoch, a: abilities },
    agent,
  );
  return answer.agentHello.epoch;
}
