import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { expectRefused, post, type Refused, startTarget, type Target } from "./bad-input.ts";

/** Ids of what the cases stumble over. */
interface Known {
  token: string;
  version: string;
  cancelledTask: string;
  deployment: string;
}

let target: Target;
let known: Known;
beforeAll(async () => {
  target = await startTarget();
  known = await prepare();
});
afterAll(() => target.stop());

const spec = `
apiVersion: styrmin.io/v1
kind: ApplicationDriver
metadata: { name: typed }
spec:
  version: "1"
  supported_versions: ">=1.0,<2.0"
  default_version: "1.0.0"
  manifests: manifests/
  components:
    server: { identifier: { label: { app: typed } } }
  env_vars: [{ name: TZ }]
  container_overrides: [{ component: server, container: c, args: true }]
  parameters:
    - { name: owner, label: Owner, kind: string, max_length: 20 }
    - { name: greeting, kind: string, default: hi }
    - { name: airport, kind: string, default: ZRH, pattern: "^[A-Z]{3}$" }
    - { name: replicas, kind: integer, default: 2, min: 1, max: 20 }
    - { name: ratio, kind: number, default: 0.5 }
    - { name: loud, kind: boolean, default: false }
    - { name: level, kind: enum, values: [DEBUG, INFO], default: INFO }
    - { name: ports, kind: list, items: integer, default: [80] }
    - { name: password, kind: secret, generate: { length: 20 } }
    - { name: pin, kind: secret, required: false, pattern: "^[0-9]{4}$" }
`;
const manifest = `
{%- if parameters.greeting == "print 500 MB" %}{% set s = "x" * 1000000 %}{% for i in range(500) %}{{ s }}{% endfor %}{% endif -%}
{%- if parameters.greeting == "fail" %}{% for i in range(parameters.greeting) %}{% endfor %}{% endif -%}
apiVersion: v1
kind: ConfigMap
metadata: { name: "{{ instance.release_name }}" }
data: { greeting: {% if parameters.greeting == "unquoted" %}[a: {% else %}{{ parameters.greeting | tojson }}{% endif %} }
`;

const documents = {
  createCluster:
    "mutation ($input: CreateClusterInput!) { createCluster(input: $input) { token cluster { id } } }",
  updateCluster:
    "mutation ($cluster: ID!, $config: JSON!) { updateCluster(cluster: $cluster, config: $config) { id } }",
  deleteCluster: "mutation ($cluster: ID!) { deleteCluster(cluster: $cluster) { id } }",
  createEnvironment: "mutation ($input: CreateEnvironmentInput!) { createEnvironment(input: $input) { id } }",
  deleteEnvironment: "mutation ($environment: ID!) { deleteEnvironment(environment: $environment) { id } }",
  loadLocal: "mutation ($path: String!) { loadLocalApplicationDriverVersion(path: $path) { id } }",
  deleteVersion: "mutation ($id: ID!) { deleteApplicationDriverVersion(id: $id) { id } }",
  deleteDriver: "mutation ($driver: ID!) { deleteApplicationDriver(driver: $driver) { id } }",
  create:
    "mutation ($input: CreateDeploymentInput!) { createDeployment(input: $input) { deployment { id } task { id } } }",
  update: "mutation ($input: UpdateDeploymentInput!) { updateDeployment(input: $input) { task { id } } }",
  scale:
    "mutation ($deployment: ID!, $component: String!, $replicas: Int) { scaleDeployment(deployment: $deployment, component: $component, replicas: $replicas) { id } }",
  policies:
    "mutation ($deployment: ID!, $policies: DeploymentPoliciesInput!) { setDeploymentPolicies(deployment: $deployment, policies: $policies) { id } }",
  stop: "mutation ($deployment: ID!, $environment: ID) { stopDeployment(deployment: $deployment, environment: $environment) { id } }",
  delete: "mutation ($deployment: ID!) { deleteDeployment(deployment: $deployment) { task { id } } }",
  cancel: "mutation ($task: ID!) { cancelTask(task: $task) { state } }",
  hello: 'mutation ($id: ID!) { agentHello(input: { instanceId: $id, version: "1" }) { epoch } }',
  claim: "mutation ($epoch: Int!) { claimTask(epoch: $epoch) { id token } }",
  step: "mutation ($task: ID!, $token: String!, $name: String!) { startTaskStep(task: $task, token: $token, name: $name) { lease } }",
  tasks:
    "query ($first: Int, $after: ID, $filter: TaskFilter) { tasks(first: $first, after: $after, filter: $filter) { id } }",
  deployments: "query ($filter: DeploymentFilter) { deployments(filter: $filter) { id } }",
  info: "{ clusters { id } }",
} as const;

async function prepare(): Promise<Known> {
  const { ask } = target;
  const { createCluster } = await ask(documents.createCluster, { input: { name: "local" } });
  await ask(documents.createCluster, { input: { name: "empty" } });
  for (const name of ["demo", "staging"])
    await ask(documents.createEnvironment, { input: { name, cluster: "local" } });
  const path = await target.write("typed", { "driver.styrmin.yml": spec, "manifests/a.yaml": manifest });
  const loaded = await ask(documents.loadLocal, { path });
  const parameters = { owner: "me" };
  const input = { driver: "typed", environment: "demo", name: "used", parameters };
  const { createDeployment } = await ask(documents.create, { input: { ...input, idempotencyKey: "k1" } });
  await ask(documents.cancel, { task: createDeployment.task.id });
  for (const environment of ["demo", "staging"])
    await ask(documents.create, { input: { ...input, name: "twice", environment } });
  await ask(documents.create, { input: { ...input, name: "going" } });
  await ask(documents.delete, { deployment: "going" });
  await ask(documents.hello, { id: "agent-1" }, createCluster.token);
  return {
    token: createCluster.token,
    version: loaded.loadLocalApplicationDriverVersion.id,
    cancelledTask: createDeployment.task.id,
    deployment: createDeployment.deployment.id,
  };
}

type Document = keyof typeof documents;
interface Case extends Refused {
  what: string;
  document: Document;
  variables: object | ((known: Known) => object);
  as?: "agent";
}

const wanted = (more: object) => ({
  input: { driver: "typed", environment: "demo", name: "fresh", parameters: { owner: "me" }, ...more },
});
const given = (more: object) => wanted({ parameters: { owner: "me", ...more } });
/** A key that an object literal would take for the prototype. */
const proto = JSON.parse('{"__proto__": {"admin": true}}') as object;

/** JSON that deep. */
const nested = (levels: number) => JSON.parse(`${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`) as object;

function bad(
  what: string,
  document: Document,
  variables: Case["variables"],
  code: Refused["code"],
  field: string | undefined,
  ...says: string[]
): Case {
  return { what, document, variables, code, field, says };
}

const byAgent = (...of: Parameters<typeof bad>): Case => ({ ...bad(...of), as: "agent" });

// A line for each case reads best: what, which document, its variables, the code, the field, and words of the message.
// prettier-ignore
const clusters: Case[] = [
  bad("a cluster's name that is taken", "createCluster", { input: { name: "local" } }, "EXISTS", "name", "local", "choose another name"),
  bad("a name with capitals", "createCluster", { input: { name: "Prod" } }, "INVALID", "name", '"Prod"', "small letters"),
  bad("an empty name", "createCluster", { input: { name: "" } }, "INVALID", "name", "1 to 63"),
  bad("a name of 64 characters", "createCluster", { input: { name: "a".repeat(64) } }, "INVALID", "name", "1 to 63"),
  bad("a name that is an option", "createCluster", { input: { name: "-rf" } }, "INVALID", "name", "begin with a letter"),
  bad("a name with NUL", "createCluster", { input: { name: "a\0b" } }, "INVALID", "name", "NUL"),
  bad("a name that is a path", "createEnvironment", { input: { name: "../x", cluster: "local" } }, "INVALID", "name", "small letters"),
  bad("a name that looks like an id", "createEnvironment", { input: { name: "a0000000-0000-0000-0000-000000000000", cluster: "local" } }, "INVALID", "name", "cannot be a name"),
  bad("a config that is a list", "createCluster", { input: { name: "x", config: [1] } }, "INVALID", "config", "JSON object", "a list"),
  bad("a config that is a text", "updateCluster", { cluster: "local", config: "{}" }, "INVALID", "config", "JSON object", "string"),
  bad("a config with __proto__", "updateCluster", { cluster: "local", config: proto }, "INVALID", "config", "__proto__", "rename"),
  bad("a config with __proto__ inside", "createEnvironment", { input: { name: "x", cluster: "local", config: { a: [{ b: proto }] } } }, "INVALID", "config.a.0.b", "__proto__", "rename"),
  bad("a config of 100 kB", "updateCluster", { cluster: "local", config: { a: "x".repeat(100_000) } }, "LIMIT", "config", "64 KiB", "elsewhere"),
  bad("a config with NUL", "updateCluster", { cluster: "local", config: { a: "\0" } }, "INVALID", "config.a", "NUL", "take that character out"),
  bad("a config with a lone surrogate", "updateCluster", { cluster: "local", config: { "\ud800": 1 } }, "INVALID", "config", "Unicode"),
  bad("a config with a number past 2^53", "updateCluster", { cluster: "local", config: { a: { b: 2 ** 53 } } }, "INVALID", "config.a.b", "9007199254740991", "text"),
  bad("a config nested 200 deep", "updateCluster", { cluster: "local", config: nested(200) }, "LIMIT", `config${".a".repeat(33)}`, "32 levels", "flatter"),
  bad("a token hash that is none", "createCluster", { input: { name: "x", tokenHash: "abc" } }, "INVALID", "tokenHash", "64 hex digits"),
  bad("a cluster that does not exist", "updateCluster", { cluster: "nope", config: {} }, "NOT_FOUND", "cluster", '"nope"', "`clusters`"),
  bad("a cluster named with NUL", "updateCluster", { cluster: "no\0pe", config: {} }, "INVALID", "cluster", "NUL"),
  bad("a cluster in use", "deleteCluster", { cluster: "local" }, "CONFLICT", "cluster", "demo", "delete them first"),
  bad("an environment's name that is taken", "createEnvironment", { input: { name: "demo", cluster: "local" } }, "EXISTS", "name", "demo", "choose another name"),
  bad("an environment on no cluster", "createEnvironment", { input: { name: "x", cluster: "nope" } }, "NOT_FOUND", "cluster", '"nope"', "`clusters`"),
  bad("an environment in use", "deleteEnvironment", { environment: "demo" }, "CONFLICT", "environment", "used", "delete them first"),
];

// prettier-ignore
const deployments: Case[] = [
  bad("an unknown driver", "create", wanted({ driver: "nope" }), "NOT_FOUND", "driver", '"nope"', "`applicationDrivers`"),
  bad("an unknown driver version", "create", wanted({ driverVersion: "9" }), "NOT_FOUND", "driverVersion", '"9"', "`applicationDriverVersions`"),
  bad("an unknown environment", "create", wanted({ environment: "nope" }), "NOT_FOUND", "environment", '"nope"', "`environments`"),
  bad("an application version that is not supported", "create", wanted({ applicationVersion: "3.0.0" }), "INVALID", "applicationVersion", "3.0.0", ">=1.0,<2.0"),
  bad("an application version that is none", "create", wanted({ applicationVersion: "latest; rm -rf" }), "INVALID", "applicationVersion", ">=1.0,<2.0"),
  bad("a deployment's name that is taken", "create", wanted({ name: "used" }), "EXISTS", "name", "used", "choose another name"),
  bad("a bad name", "create", wanted({ name: "my app" }), "INVALID", "name", '"my app"', "small letters"),
  bad("a parameter that the driver lacks", "create", given({ replcas: 3 }), "INVALID", "parameters.replcas", 'did you mean "replicas"'),
  bad("parameters that are a list", "create", wanted({ parameters: [] }), "INVALID", "parameters", "JSON object"),
  bad("a required parameter that is missing", "create", wanted({ parameters: {} }), "INVALID", "parameters.owner", "required", "Owner"),
  bad("a text where a number belongs", "create", given({ replicas: "3" }), "INVALID", "parameters.replicas", "whole number", "1 to 20"),
  bad("a fraction where a whole number belongs", "create", given({ replicas: 2.5 }), "INVALID", "parameters.replicas", "2.5", "1 to 20"),
  bad("a number below the least", "create", given({ replicas: 0 }), "INVALID", "parameters.replicas", "1 to 20", "not 0"),
  bad("a number past 2^53", "create", given({ ratio: 2 ** 53 }), "INVALID", "parameters.ratio", "9007199254740991", "digits"),
  bad("a number that JSON cannot hold", "create", given({ ratio: "1e400" }), "INVALID", "parameters.ratio", "number"),
  bad("a number where a text belongs", "create", given({ owner: 1 }), "INVALID", "parameters.owner", "text"),
  bad("a text that is too long", "create", given({ owner: "x".repeat(21) }), "INVALID", "parameters.owner", "20 characters at most"),
  bad("a text with NUL", "create", given({ owner: "a\0b" }), "INVALID", "parameters.owner", "NUL", "take that character out"),
  bad("a text with a lone surrogate", "create", given({ owner: "a\udc00" }), "INVALID", "parameters.owner", "Unicode"),
  bad("a text against its pattern", "create", given({ airport: "zurich" }), "INVALID", "parameters.airport", "^[A-Z]{3}$", "zurich"),
  bad("a text where yes or no belongs", "create", given({ loud: "true" }), "INVALID", "parameters.loud", "true or false"),
  bad("a value that the enum lacks", "create", given({ level: "TRACE" }), "INVALID", "parameters.level", "DEBUG, INFO", "TRACE"),
  bad("a list with a wrong item", "create", given({ ports: [80, "443"] }), "INVALID", "parameters.ports", "item 2"),
  bad("a text where a list belongs", "create", given({ ports: "80" }), "INVALID", "parameters.ports", "list"),
  bad("a secret given to what is no secret", "create", given({ owner: { secretRef: { name: "s", key: "k" } } }), "INVALID", "parameters.owner", "text"),
  bad("a secret that is a number", "create", given({ pin: 1234 }), "INVALID", "parameters.pin", "text"),
  bad("a secret against its pattern", "create", given({ pin: "12345" }), "INVALID", "parameters.pin", "^[0-9]{4}$"),
  bad("a parameter called __proto__", "create", given(JSON.parse('{"__proto__": 1}')), "INVALID", "parameters", "__proto__", "rename"),
  bad("a parameter called constructor", "create", given({ constructor: 1 }), "INVALID", "parameters", "constructor", "rename"),
  bad("three wrong parameters", "create", given({ replicas: 0, level: "x", ports: 1 }), "INVALID", "parameters.replicas", "parameters.level", "parameters.ports"),
  bad("a config that is a list", "create", wanted({ config: [] }), "INVALID", "config", "JSON object"),
  bad("variables of a component that is not there", "create", wanted({ envVars: { web: { A: "1" } } }), "INVALID", "envVars.web", "server"),
  bad("a variable that is a list", "create", wanted({ envVars: { server: { TZ: [] } } }), "INVALID", "envVars.server.TZ", "text"),
  bad("a variable with a name that no system takes", "create", wanted({ envVars: { server: { "A=B": "1" } } }), "INVALID", "envVars.server.A=B", "there are TZ"),
  bad("an override of something else than command and args", "create", wanted({ containerOverrides: { server: { c: { image: ["x"] } } } }), "INVALID", "containerOverrides.server.c", "image", "only args"),
  bad("a time limit of nothing", "create", wanted({ timeoutSeconds: 0 }), "INVALID", "timeoutSeconds", "1 to 86400"),
  bad("manifests that print 500 MB", "create", given({ greeting: "print 500 MB" }), "INVALID", "manifests/a.yaml", "printed too much"),
  bad("manifests that fail", "create", given({ greeting: "fail" }), "INVALID", "manifests/a.yaml:3", "Correct that"),
  bad("manifests that are no YAML", "create", given({ greeting: "unquoted" }), "INVALID", "manifests/a.yaml", "not valid YAML", "Correct that"),
  bad("an idempotency key used for something else", "create", wanted({ idempotencyKey: "k1" }), "CONFLICT", "idempotencyKey", "k1", "new key"),
  bad("an idempotency key of 201 characters", "create", wanted({ idempotencyKey: "a".repeat(201) }), "INVALID", "idempotencyKey", "200 characters"),
  bad("an update of nothing that is there", "update", { input: { deployment: "nope" } }, "NOT_FOUND", "deployment", '"nope"', "`deployments`"),
  bad("an update of a name that is in two environments", "update", { input: { deployment: "twice", parameters: { replicas: 1 } } }, "CONFLICT", "environment", "twice", "say in which"),
  bad("an update of a parameter to nonsense", "update", { input: { deployment: "used", parameters: { replicas: -1 } } }, "INVALID", "parameters.replicas", "1 to 20"),
  bad("a required parameter that is unset", "update", { input: { deployment: "used", unsetParameters: ["owner"] } }, "INVALID", "parameters.owner", "required"),
  bad("unsetting a parameter that the driver lacks", "update", { input: { deployment: "used", unsetParameters: ["ownr"] } }, "INVALID", "unsetParameters", "ownr", 'did you mean "owner"'),
  bad("an update of what is being deleted", "update", { input: { deployment: "going", parameters: { replicas: 1 } } }, "CONFLICT", "deployment", "going", "being deleted"),
  bad("a stop of what is being deleted", "stop", { deployment: "going" }, "CONFLICT", "deployment", "being deleted"),
  bad("a scale of a component that is not there", "scale", { deployment: "used", component: "web", replicas: 1 }, "NOT_FOUND", "component", '"web"', "server"),
  bad("a policy for a path that is none", "policies", { deployment: "used", policies: { ignore: [{ kind: "Deployment", fields: ["spec"] }] } }, "INVALID", "policies.ignore", '"spec"', ".spec.replicas"),
  bad("a scale to less than nothing", "scale", { deployment: "used", component: "server", replicas: -1 }, "INVALID", "replicas", "0 to 1000"),
  bad("a deletion of nothing that is there", "delete", { deployment: "nope" }, "NOT_FOUND", "deployment", '"nope"', "`deployments`"),
  bad("a stop in another environment", "stop", { deployment: "used", environment: "staging" }, "NOT_FOUND", "deployment", '"used"'),
  bad("a driver version in use", "deleteVersion", ({ version }) => ({ id: version }), "CONFLICT", "id", "used", "delete those first"),
  bad("a driver version that is not there", "deleteVersion", { id: "1" }, "NOT_FOUND", "id", "`applicationDriverVersions`"),
  bad("a driver in use", "deleteDriver", { driver: "typed" }, "CONFLICT", "driver", "used", "delete those first"),
  bad("a driver that is not there", "deleteDriver", { driver: "nope" }, "NOT_FOUND", "driver", "`applicationDrivers`"),
];

// prettier-ignore
const tasks: Case[] = [
  bad("a cancel of what has ended", "cancel", ({ cancelledTask }) => ({ task: cancelledTask }), "CONFLICT", "task", "has ended", "CANCELLED"),
  bad("a cancel of no task", "cancel", { task: "nope" }, "NOT_FOUND", "task", '"nope"', "`tasks`"),
  bad("a list of none", "tasks", { first: 0 }, "INVALID", "first", "1 to 1000"),
  bad("a list of too many", "tasks", { first: 1001 }, "INVALID", "first", "1 to 1000"),
  bad("a list after nonsense", "tasks", { after: "'; drop table tasks; --" }, "INVALID", "after", "id of the last row"),
  bad("the tasks of no deployment", "tasks", { filter: { deployment: "nope" } }, "NOT_FOUND", "deployment", '"nope"'),
  bad("the deployments of no environment", "deployments", { filter: { environment: "nope" } }, "NOT_FOUND", "filter.environment", '"nope"'),
];

// prettier-ignore
const agents: Case[] = [
  bad("an agent's mutation by a person", "claim", { epoch: 1 }, "UNAUTHENTICATED", undefined, "Only agents", "token"),
  byAgent("a person's query by an agent", "info", {}, "FORBIDDEN", undefined, "An agent's token is only"),
  byAgent("a claim under an epoch that is over", "claim", { epoch: 0 }, "CONFLICT", "epoch", "say hello again"),
  byAgent("a hello without an instance id", "hello", { id: "" }, "INVALID", "instanceId", "1 to 200"),
  byAgent("a hello with NUL in the instance id", "hello", { id: "a\0" }, "INVALID", "instanceId", "NUL"),
  byAgent("a step without a name", "step", { task: "x", token: "y", name: "" }, "INVALID", "name", "1 to 200"),
];

describe.each([
  ["clusters and environments", clusters],
  ["deployments", deployments],
  ["tasks and lists", tasks],
  ["agents", agents],
] as const)(
  "bad input about %s is refused with code, field and remedy, and leaves nothing:",
  (_about, cases) => {
    test.each(cases.map((one) => [one.what, one] as const))("%s", async (_what, one) => {
      const variables = typeof one.variables === "function" ? one.variables(known) : one.variables;
      const token = one.as === "agent" ? known.token : undefined;
      await expectRefused(
        target,
        () => post(target.url, { document: documents[one.document], variables, token }),
        one,
      );
    });
  },
);

describe("an agent that lost its lease", () => {
  test.each([
    ["a token of nobody", "00000000-0000-0000-0000-000000000000"],
    ["a token that is none", "stale"],
  ])("writes nothing with %s", async (_what, token) => {
    const { createDeployment } = await target.ask(
      documents.create,
      wanted({ name: `lease-${token.length}` }),
    );
    const task = createDeployment.task.id;
    const lease = "task: $task, token: $token";
    const writes = [
      `renewTask(${lease})`,
      `startTaskStep(${lease}, name: "s") { lease }`,
      `finishTaskStep(${lease}, name: "s", state: SUCCEEDED, result: {a: 1})`,
      `appendTaskLog(${lease}, lines: [{level: "info", message: "m"}])`,
      `finishTask(${lease}, state: SUCCEEDED)`,
      `releaseIntent(${lease}) { lease }`,
      `activateInstance(${lease})`,
      `closeDeployment(${lease}, kept: [])`,
    ];
    const before = await target.dump();
    for (const write of writes) {
      const document = `mutation ($task: ID!, $token: String!) { answer: ${write} }`;
      const { answer } = await target.ask(document, { task, token }, known.token);
      expect([write, answer.lease ?? answer]).toEqual([write, "LOST"]);
    }
    expect(await target.dump()).toEqual(before);
  });
});

afterAll(() => {
  const count = clusters.length + deployments.length + tasks.length + agents.length;
  console.log(`bad input: ${count} cases about nouns`);
});
