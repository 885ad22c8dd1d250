import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createRenderer, type Renderer } from "../../../drivers/kit/index.ts";
import { helloDriver, registerCluster, startWorld, type World } from "../world.ts";
import { deploy } from "../tasks/helpers.ts";

let world: World;
let renderer: Renderer;
let app: { id: string };
beforeAll(async () => {
  renderer = createRenderer();
  world = await startWorld(
    {},
    { checkManifests: async (check, signal) => (await renderer.render(check, signal)).problems ?? [] },
  );
  await registerCluster(world);
  const picky =
    "    - { name: kind, kind: enum, values: [small, large], default: small }\n    - { name: title, kind: string }";
  await world.load();
  await world.load(named("picky", helloDriver({ extra: picky })));
  await world.load(
    named("fragile", {
      ...helloDriver({ extra: "    - { name: times, kind: integer, default: 1, min: 0, max: 1000000000 }" }),
      "manifests/web.yaml": `
apiVersion: v1
kind: ConfigMap
metadata: { name: fragile }
data: { a: "{% for i in range(parameters.times) %}0123456789{% endfor %}{% if parameters.greeting == 'break' %}{{ parameters.greeting | int }}{% endif %}" }
`,
    }),
  );
  app = await deploy(world, "taken");
});
afterAll(async () => {
  await world.end();
  await renderer.close();
});

function named(name: string, files: Record<string, string>) {
  return {
    ...files,
    "driver.styrmin.yml": files["driver.styrmin.yml"]!.replace("name: hello", `name: ${name}`),
  };
}

const create = (input: object) =>
  [
    `mutation ($i: CreateDeploymentInput!) { createDeployment(input: $i) { task { id } } }`,
    { i: { driver: "hello", driverVersion: "1", environment: "demo", name: "bad", ...input } },
  ] as const;
const update = (input: object) =>
  [
    `mutation ($i: UpdateDeploymentInput!) { updateDeployment(input: $i) { task { id } } }`,
    { i: { deployment: "taken", ...input } },
  ] as const;
const picky = (parameters: object) => create({ driver: "picky", parameters: { title: "t", ...parameters } });
const fragile = (parameters: object) => create({ driver: "fragile", parameters });

const cases: [string, readonly [string, object?], string, string | undefined, RegExp][] = [
  [
    "an unknown parameter",
    create({ parameters: { greetin: "x" } }),
    "INVALID",
    "parameters.greetin",
    /^bad cannot be deployed: .*did you mean "greeting"/,
  ],
  [
    "a parameter of the wrong type",
    create({ parameters: { replicas: "two" } }),
    "INVALID",
    "parameters.replicas",
    /whole number from 1 to 20/,
  ],
  [
    "a number out of range",
    create({ parameters: { replicas: 21 } }),
    "INVALID",
    "parameters.replicas",
    /from 1 to 20, not 21/,
  ],
  [
    "a fraction for an integer",
    create({ parameters: { replicas: 1.5 } }),
    "INVALID",
    "parameters.replicas",
    /whole number/,
  ],
  [
    "a word that is none of an enum's",
    picky({ kind: "huge" }),
    "INVALID",
    "parameters.kind",
    /one of small, large/,
  ],
  [
    "a required parameter that is missing",
    create({ driver: "picky" }),
    "INVALID",
    "parameters.title",
    /is required/,
  ],
  [
    "a secret that is no text",
    create({ parameters: { password: 5 } }),
    "INVALID",
    "parameters.password",
    /must be a text/,
  ],
  ["parameters that are a list", create({ parameters: [1] }), "INVALID", "parameters", /JSON object/],
  [
    "NUL in a parameter",
    create({ parameters: { greeting: "a\0b" } }),
    "INVALID",
    "parameters.greeting",
    /NUL/,
  ],
  ["a lone surrogate in a config", create({ config: { a: "\ud800" } }), "INVALID", "config.a", /Unicode/],
  ["a config that is a text", create({ config: "x" }), "INVALID", "config", /JSON object/],
  ["a config that is too large", create({ config: { a: "x".repeat(70_000) } }), "LIMIT", "config", /64 KiB/],
  [
    "an unknown environment",
    create({ environment: "nowhere" }),
    "NOT_FOUND",
    "environment",
    /no environment "nowhere".*environments/,
  ],
  ["an unknown driver", create({ driver: "nothing" }), "NOT_FOUND", "driver", /no driver "nothing"/],
  [
    "an unknown driver version",
    create({ driverVersion: "77" }),
    "NOT_FOUND",
    "driverVersion",
    /driver hello "77"/,
  ],
  [
    "an application version that is not supported",
    create({ applicationVersion: "3.0.0" }),
    "INVALID",
    "applicationVersion",
    />=1\.0,<2\.0/,
  ],
  [
    "an application version that is none",
    create({ applicationVersion: "newest" }),
    "INVALID",
    "applicationVersion",
    /not supported/,
  ],
  ["a name that is taken", create({ name: "taken" }), "EXISTS", "name", /already.*another name/],
  ["a name that cannot be one", create({ name: "Über" }), "INVALID", "name", /letters, digits and hyphens/],
  [
    "a name that looks like an id",
    create({ name: "a1a2014d-8518-773e-b909-eae9fc188e60" }),
    "INVALID",
    "name",
    /cannot be a name/,
  ],
  ["a timeout out of range", create({ timeoutSeconds: 0 }), "INVALID", "timeoutSeconds", /from 1 to 86400/],
  [
    "variables for an unknown component",
    create({ envVars: { sever: { A: "b" } } }),
    "INVALID",
    "envVars.sever",
    /no component — did you mean "server"/,
  ],
  [
    "variables that are no texts",
    create({ envVars: { server: { LOG_LEVEL: {} } } }),
    "INVALID",
    "envVars.server.LOG_LEVEL",
    /a text/,
  ],
  [
    "a variable that the driver does not document",
    create({ envVars: { server: { LOG_LEVL: "DEBUG" } } }),
    "INVALID",
    "envVars.server.LOG_LEVL",
    /did you mean "LOG_LEVEL"/,
  ],
  [
    "taking away a variable that is not set",
    update({ changeEnvVars: { server: { LOG_LEVEL: null } } }),
    "INVALID",
    "changeEnvVars.server.LOG_LEVEL",
    /is not set, so it cannot be taken away/,
  ],
  [
    "an override of a container that the driver does not document",
    update({ changeContainerOverrides: { server: { man: { args: ["x"] } } } }),
    "INVALID",
    "containerOverrides.server.man",
    /did you mean "main"/,
  ],
  [
    "overrides of the wrong shape",
    create({ containerOverrides: { server: { main: { cmd: [] } } } }),
    "INVALID",
    "containerOverrides.server.main",
    /command/,
  ],
  [
    "a template that fails",
    fragile({ greeting: "break" }),
    "INVALID",
    undefined,
    /do not render.*manifests\/web\.yaml/s,
  ],
  ["a template that prints 500 MB", fragile({ times: 50_000_000 }), "INVALID", undefined, /do not render/],
  ["an idempotency key with NUL", create({ idempotencyKey: "a\0" }), "INVALID", "idempotencyKey", /NUL/],
  [
    "an update of an unknown deployment",
    update({ deployment: "nobody" }),
    "NOT_FOUND",
    "deployment",
    /no deployment "nobody"/,
  ],
  [
    "an update in another environment",
    update({ environment: "nowhere" }),
    "NOT_FOUND",
    "environment",
    /no environment/,
  ],
  [
    "an update of an unknown parameter",
    update({ parameters: { nope: 1 } }),
    "INVALID",
    "parameters.nope",
    /no parameter/,
  ],
  ["an update to an unknown version", update({ driverVersion: "77" }), "NOT_FOUND", "driverVersion", /"77"/],
  [
    "a repository that does not exist",
    [
      `mutation { loadApplicationDriverVersion(input: { url: "http://127.0.0.1:9/none.git", ref: "main" }) { id } }`,
    ],
    "UNAVAILABLE",
    "url",
    /./,
  ],
  [
    "a repository over a protocol nobody speaks",
    [`mutation { loadApplicationDriverVersion(input: { url: "file:///etc", ref: "main" }) { id } }`],
    "INVALID",
    "url",
    /http/,
  ],
  [
    "a directory that the server may not read",
    [`mutation { loadLocalApplicationDriverVersion(path: "/etc") { id } }`],
    "FORBIDDEN",
    "path",
    /STYRMIN_DRIVER_ROOTS/,
  ],
  [
    "a cluster's name that is taken",
    [`mutation { createCluster(input: { name: "local" }) { token } }`],
    "EXISTS",
    "name",
    /already/,
  ],
  [
    "a token's hash that is none",
    [`mutation { createCluster(input: { name: "other", tokenHash: "abc" }) { token } }`],
    "INVALID",
    "tokenHash",
    /64 hex/,
  ],
  [
    "an environment on an unknown cluster",
    [`mutation { createEnvironment(input: { name: "e", cluster: "none" }) { id } }`],
    "NOT_FOUND",
    "cluster",
    /no cluster/,
  ],
  [
    "an environment's name that is taken",
    [`mutation { createEnvironment(input: { name: "demo", cluster: "local" }) { id } }`],
    "EXISTS",
    "name",
    /already/,
  ],
  [
    "deleting an environment in use",
    [`mutation { deleteEnvironment(environment: "demo") { id } }`],
    "CONFLICT",
    "environment",
    /taken.*delete them first/,
  ],
  [
    "deleting a cluster in use",
    [`mutation { deleteCluster(cluster: "local") { id } }`],
    "CONFLICT",
    "cluster",
    /demo/,
  ],
  [
    "deleting a driver in use",
    [`mutation { deleteApplicationDriver(driver: "hello") { id } }`],
    "CONFLICT",
    "driver",
    /taken/,
  ],
  [
    "cancelling an unknown task",
    [`mutation { cancelTask(task: "nothing") { id } }`],
    "NOT_FOUND",
    "task",
    /no task "nothing"/,
  ],
  [
    "scaling an unknown component",
    [`mutation { scaleDeployment(deployment: "taken", component: "x", replicas: 1) { id } }`],
    "NOT_FOUND",
    "component",
    /there are server/,
  ],
  ["a page that is too long", [`{ clusters(first: 5000) { id } }`], "INVALID", "first", /1 to 1000/],
  ["a page after no id", [`{ clusters(after: "x") { id } }`], "INVALID", "after", /id of the last row/],
];

describe("bad input is refused with its code, its field and what to do", () => {
  for (const [name, [document, variables], code, field, message] of cases) {
    test(name, async () => {
      const before = await fingerprint();
      const refusal = await world.ask(document, variables as Record<string, unknown>).then(
        () => "nothing was refused",
        (thrown) => thrown,
      );
      expect(refusal).toMatchObject({ code, message: expect.stringMatching(message) });
      if (field !== undefined) expect(refusal.field).toBe(field);
      expect(await fingerprint()).toBe(before);
    });
  }

  test("and all problems of one input at once", async () => {
    const refusal = await world
      .ask(
        ...(create({ parameters: { replicas: 99, nope: 1, password: 3 }, applicationVersion: "9" }) as [
          string,
          any,
        ]),
      )
      .catch((thrown) => thrown);
    expect(refusal.problems.map((one: { field: string }) => one.field).sort()).toEqual([
      "applicationVersion",
      "parameters.nope",
      "parameters.password",
      "parameters.replicas",
    ]);
  });
});

/** Every table of what a refused request might have begun to write. */
async function fingerprint(): Promise<string> {
  expect(app.id).toBeString();
  const tables =
    "clusters callers environments application_drivers application_driver_versions driver_bundles deployments instances instance_secrets intents tasks idempotency_keys";
  const prints = tables
    .split(" ")
    .map((table) => `(select coalesce(md5(string_agg(t::text, '|' order by t::text)), '') from ${table} t)`);
  const [row] = await world.sql.unsafe(`select ${prints.join(" || ")} as print`);
  return row!.print;
}
