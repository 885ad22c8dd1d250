import { afterAll, describe, expect, test } from "bun:test";
import { type Answer, readCases } from "../../clients/cli/drivers/cases.ts";
import { deployProblems, wrongCases } from "../../clients/cli/drivers/case-problems.ts";
import { ask, deployCase } from "../../clients/cli/drivers/deploy.ts";
import { lastLines, taskLines } from "../../clients/cli/drivers/last-lines.ts";
import { resultText } from "../../clients/cli/drivers/test.ts";
import { failuresOf } from "../../clients/cli/drivers/expect.ts";
import { resolveGiven } from "../../clients/cli/drivers/given.ts";
import { fieldAt } from "../../clients/cli/drivers/field.ts";
import { ClientError } from "../../clients/sdk/index.ts";
import { filesOf, specOf } from "../drivers/sample.ts";

const deployment = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "shop-web", labels: { "app.kubernetes.io/name": "shop" } },
  spec: {
    replicas: 2,
    paused: null,
    template: {
      spec: {
        containers: [
          { name: "init", env: [] },
          { name: "web", env: [{ name: "LEVEL", value: "on" }] },
        ],
      },
    },
  },
};
const ingress = {
  apiVersion: "networking.k8s.io/v1",
  kind: "Ingress",
  metadata: { name: "shop" },
  spec: { rules: [{ host: "a.example.org" }, { host: "b.example.org", http: 1 }] },
};
const objects = [deployment, ingress];

test.each([
  ["spec.replicas", 2],
  ["spec.template.spec.containers[1].name", "web"],
  ["spec.template.spec.containers[web].env[LEVEL].value", "on"],
  ["spec.template.spec.containers[nobody].env[LEVEL].value", undefined],
  ["metadata.labels[app.kubernetes.io/name]", "shop"],
  ["metadata.labels.app", undefined],
  ["spec.replicas.more", undefined],
  ["spec.toString", undefined],
  ["spec.template.spec.containers[9]", undefined],
  ["spec.paused", null],
])("the field %p of an object is %p", (path, value) => {
  expect(fieldAt(deployment, path)).toEqual(value);
});

test("a field can be found by the name in an item's metadata", () => {
  const claims = [{ metadata: null }, { metadata: { name: "data" }, spec: { storageClassName: "fast" } }];
  const set = { ...deployment, kind: "StatefulSet", spec: { volumeClaimTemplates: claims } };
  expect(fieldAt(set, "spec.volumeClaimTemplates[data].spec.storageClassName")).toBe("fast");
  expect(fieldAt(set, "spec.volumeClaimTemplates[date]")).toBeUndefined();
});

test("a field can be found by a host", () => {
  expect(fieldAt(ingress, "spec.rules[b.example.org].http")).toBe(1);
});

const nothing = { objects: [], absent: [], problems: [] };

test.each<[string, Partial<Parameters<typeof failuresOf>[0]>, string[]]>([
  ["an object that is there", { objects: [{ kind: "Ingress", fields: [] }] }, []],
  ["its fields", { objects: [{ kind: "Deployment", fields: [["spec.replicas", 2]] }] }, []],
  ["a field that is not there", { objects: [{ kind: "Deployment", fields: [["spec.nothing", null]] }] }, []],
  [
    "another value",
    { objects: [{ kind: "Deployment", name: "shop-web", fields: [["spec.replicas", 3]] }] },
    ["Deployment shop-web: spec.replicas is 2, not 3"],
  ],
  [
    "a field that is there",
    { objects: [{ kind: "Deployment", fields: [["spec.replicas", null]] }] },
    ["Deployment shop-web: spec.replicas is 2, not not there"],
  ],
  [
    "no such object",
    { objects: [{ kind: "Job", name: "x", fields: [] }] },
    ["there is no Job x; there are Deployment shop-web, Ingress shop"],
  ],
  ["none that is absent", { absent: [{ kind: "Job" }, { kind: "Ingress", name: "other" }] }, []],
  [
    "one that should be absent",
    { absent: [{ kind: "Ingress" }] },
    ["there is a Ingress shop, and there should be none"],
  ],
  ["a count", { count: 2 }, []],
  ["another count", { count: 3 }, ["there are 2 objects, not 3: Deployment shop-web, Ingress shop"]],
  ["problems that are not", { problems: ["parameters.x"] }, ['no problem says "parameters.x"']],
])("an expectation of %s", (_, wanted, failures) => {
  expect(failuresOf({ ...nothing, ...wanted }, { objects })).toEqual(failures);
});

test("problems of variables and overrides are named as a case writes them", () => {
  const spec = specOf(`  components: { web: { identifier: { label: { app: web } } } }
  env_vars: [{ name: MOTTO, description: A word., level: component, components: [web] }]`);
  const { problems } = resolveGiven(spec, {
    envVars: { web: { MOTO: "x" } },
    containerOverrides: { web: { main: {} } },
  });
  expect(problems!.map(({ field }) => field)).toEqual(["env_vars.web.MOTO", "container_overrides.web.main"]);
});

test("problems are compared with those that are expected", () => {
  const problems = [
    { field: "parameters.a", message: "is required" },
    { field: "parameters.b", message: "must be a text" },
  ];
  expect(failuresOf({ ...nothing, problems: ["parameters.a", "b: must"] }, { problems })).toEqual([]);
  expect(failuresOf({ ...nothing, problems: ["parameters.a"] }, { problems })).toEqual([
    "parameters.b: must be a text",
  ]);
  expect(failuresOf(nothing, { problems })).toHaveLength(2);
});

describe("the cases of a driver", () => {
  test("are the documents of its tests, each with its line", () => {
    const { cases, problems } = readCases(
      filesOf({
        "tests/a.yaml":
          "# first\nname: one\nenv_vars: { web: { LEVEL: 1 } }\nexpect: { count: 1 }\n---\n\nname: two\nexpect:\n  absent: [{ kind: Job }]\n",
        "tests/notes.txt": "no case",
        "tests/more/b.yml": "name: three\ndeploy: [{ path: /x }, { status: 404 }]\n---\n# nothing\n",
      }),
    );
    expect(problems).toEqual([]);
    expect(cases.map(({ file, line, name }) => `${file}:${line} ${name}`)).toEqual([
      "tests/a.yaml:2 one",
      "tests/a.yaml:7 two",
      "tests/more/b.yml:1 three",
    ]);
    expect(cases[0]).toMatchObject({ envVars: { web: { LEVEL: 1 } }, containerOverrides: {}, config: {} });
    expect(cases[2]!.expect).toEqual({ objects: [], absent: [], problems: [] });
    expect(cases[2]!.deploy).toMatchObject([
      { path: "/x", status: 200 },
      { path: "/", status: 404 },
    ]);
  });

  test("are told what is wrong with them, with the line", () => {
    const { problems } = readCases(
      filesOf({ "tests/a.yaml": "name: one\nexpect: {}\n---\nname: two\nexpects: {}\nparameters: [1]\n" }),
    );
    expect(problems.map(({ line, field }) => `${line} ${field}`)).toEqual([
      "5 expects",
      expect.stringMatching(/^\d expect$/),
      "6 parameters",
    ]);
  });
});

describe("what a deployment of a case would be refused with", () => {
  const spec = specOf(
    `  components: { web: { identifier: { label: { app: web } } } }
  actions:
    - name: fill
      hook: setup
      location: "actions.ts::fill"
      prompts: [{ name: owner, label: Owner, kind: string }]
    - name: migrate
      hook: upgrade
      location: "actions.ts::migrate"
      prompts: [{ name: priority, label: Priority, kind: integer, min: 1, max: 9 }]
    - name: move
      hook: upgrade
      when: driver
      location: "actions.ts::move"
      prompts: [{ name: where, label: Where, kind: string }]`,
  );
  const casesOf = (text: string, expected = "{}") =>
    readCases(filesOf({ "tests/a.yaml": `# a\nname: one\nexpect: ${expected}\n${text}\n` })).cases;
  const upgraded = 'deploy: []\nupgrade: { version: "1.5" }\n';

  test.each<[string, string, string[]]>([
    ["nothing that is not deployed", "", []],
    [
      "a wrong answer of one that is not",
      "prompts: { migrate.priority: 10 }",
      ["prompts.migrate.priority: must be a whole number from 1 to 9, not 10"],
    ],
    ["no answers that are right", `${upgraded}prompts: { fill.owner: ann, migrate.priority: 5 }`, []],
    [
      "missing answers",
      upgraded,
      [
        "prompts.fill.owner: is required: Owner (string); give it a value",
        "prompts.migrate.priority: is required: Priority (integer from 1 to 9); give it a value",
      ],
    ],
    [
      "answers that nobody asks for",
      "deploy: []\nprompts: { fill.owner: ann, fill.ownr: ann, fil.owner: ann, move.it: 1 }",
      [
        'prompts.fill.ownr: is not asked for by the action fill — did you mean "owner"?',
        'prompts.fil.owner: is for no action of this driver — did you mean "fill"?',
        "prompts.move.it: is not asked for by the action move; it asks for where",
      ],
    ],
    [
      "a version that is not supported",
      "deploy: []\nupgrade: { version: 1.7.0 }\nprompts: { fill.owner: ann, migrate.priority: 1 }",
      ["upgrade.version: 1.7.0 is none of the supported versions (>=1.0,<=1.6)"],
    ],
  ])("tells %s", (_, text, problems) => {
    const known = { ...spec, supportedVersions: ">=1.0,<=1.6" };
    const found = casesOf(text).flatMap((one) => deployProblems(known, one));
    expect(found.map(({ field, message }) => `${field}: ${message}`)).toEqual(problems);
  });

  test("has the case's place for lint, and leaves out what the case expects", () => {
    const text = 'deploy: []\nprompts:\n  fill.ownr: ann\nupgrade: { version: "3.0" }';
    const found = wrongCases({ ...spec, supportedVersions: "<2.0" }, casesOf(text));
    expect(found.map(({ file, line, column, field }) => `${file}:${line}:${column} ${field}`)).toEqual([
      "tests/a.yaml:6:3 prompts.fill.ownr",
      "tests/a.yaml:5:1 prompts.fill.owner",
      "tests/a.yaml:5:1 prompts.migrate.priority",
      "tests/a.yaml:7:21 upgrade.version",
    ]);
    expect(wrongCases(spec, casesOf("deploy: []"))).toMatchObject([
      { file: "tests/a.yaml", line: 2, field: "prompts.fill.owner" },
    ]);
    expect(wrongCases(spec, casesOf("prompts: { fill.ownr: a }", "{ problems: [fill.ownr] }"))).toEqual([]);
  });

  test("is a failure of the case, and no end of the run", async () => {
    const problems = [{ field: "prompts.fill.owner", message: "is required" }];
    const refusing = (code: string) => ({
      client: {
        deployments: { create: async () => Promise.reject(new ClientError(code, "No.", { problems })) },
      },
      environment: "demo",
      isLasting: true,
      end: async () => {},
    });
    const cli = { io: { signal: new AbortController().signal } };
    const options = { spec, version: "1.0", timeout: 1 };
    const deployed = (code: string) =>
      deployCase(cli as never, refusing(code) as never, casesOf("deploy: []")[0]!, options);
    expect(await deployed("INVALID")).toEqual({ failures: ["prompts.fill.owner: is required"], log: [] });
    await expect(deployed("UNAVAILABLE")).rejects.toThrow("No.");
  });
});

describe("a case that was deployed", () => {
  const spec = specOf(
    `  components: { web: { identifier: { label: { app: web } } } }
  actions:
    - name: clean
      hook: delete
      mode: pre
      location: "actions.ts::clean"
      prompts: [{ name: owner, label: Owner, kind: string }]
    - name: sweep
      hook: delete
      mode: post
      location: "actions.ts::sweep"
      prompts: [{ name: why, label: Why, kind: string }]`,
  );
  const [one, silent] = readCases(
    filesOf({
      "tests/a.yaml":
        "name: one\nexpect: {}\ndeploy: []\nprompts: { clean.owner: ann the first, sweep.why: so }\n---\nname: two\nexpect: {}\ndeploy: []\n",
    }),
  ).cases;

  type Ends = {
    setup?: string;
    delete?: string | Error;
    isActive?: boolean;
    abortAt?: "setup" | "delete";
    isLasting?: boolean;
  };
  /** Deploys it to a server whose tasks end so, and tells what the server was asked and what was said. */
  async function deploy(ends: Ends) {
    const [stop, deletes, said] = [new AbortController(), [] as unknown[], [] as string[]];
    const client = {
      deployments: {
        create: async ({ name }: { name: string }) => ({
          task: { id: "setup" },
          deployment: { id: "d1", name },
        }),
        get: async () => ({ services: [], activeInstance: ends.isActive === false ? null : { id: "i1" } }),
        delete: async (asked: unknown) => {
          deletes.push(asked);
          if (ends.delete instanceof Error) throw ends.delete;
          return { task: { id: "delete" } };
        },
        async *logs() {},
      },
      tasks: {
        log: async (id: string) => [{ number: 1, at: "", message: `a word of the ${id}\n` }],
        async *watch(id: "setup" | "delete", { signal }: { signal: AbortSignal }) {
          if (ends.abortAt === id) return stop.abort();
          const state = ends[id] ?? "SUCCEEDED";
          if (state === "RUNNING") await new Promise((end) => signal.addEventListener("abort", end));
          const reason = state === "RUNNING" ? null : "it broke";
          yield { id, kind: id, deploymentName: "case", state, reason, steps: [] };
        },
      },
    };
    const cli = { io: { signal: stop.signal, stderr: (text: string) => void said.push(text) } };
    const { isLasting = true } = ends;
    const site = { client, environment: "demo", isLasting, end: async () => {} };
    const options = { spec, version: "1.0", timeout: ends.setup === "RUNNING" ? 0.1 : 5 };
    const found = await deployCase(cli as never, site as never, one!, options).catch((thrown) => ({
      thrown: thrown as Error,
    }));
    return { found, deletes, said: said.join("") };
  }
  const stays =
    /The deployment (demo\/case-\w{8}) is still there(.*)\. Delete it with `styrminctl deployments delete \1 --delete-volumes(.*)`\./;
  const staysFor = (why: string, options: string) => {
    const [head, middle, tail] = stays.source.split("(.*)");
    return expect.stringMatching(new RegExp(`^${head}: ${why}.*${middle}${options}${tail}$`));
  };

  test("is deleted with its volumes and the answers that the delete asks for", async () => {
    const prompts = [{ action: "clean", name: "owner", value: "ann the first" }];
    const { found, deletes } = await deploy({});
    expect(found).toEqual({ failures: [], log: [] });
    expect(deletes).toEqual([{ deployment: "d1", volumes: "DELETE", prompts }]);
  });

  test("must answer what the delete asks for, as far as that is run", () => {
    expect(deployProblems(spec, silent!).map(({ field }) => field)).toEqual(["prompts.clean.owner"]);
    expect(deployProblems(spec, one!)).toEqual([]);
    expect(deployProblems(spec, { ...silent!, deploy: null })).toEqual([]);
  });

  test("is deleted without answers when it never ran: then no action runs", async () => {
    const { found, deletes } = await deploy({ setup: "FAILED", isActive: false });
    expect(found).toMatchObject({ failures: [expect.stringContaining("setup of case failed: it broke")] });
    expect(deletes).toMatchObject([{ prompts: [] }]);
  });

  test("and is not gone afterwards has failed, of that as well as of what it failed of before", async () => {
    const problems = [{ field: "prompts.clean.owner", message: "is wrong" }];
    const refused = new ClientError("INVALID", "No.", { problems });
    expect((await deploy({ delete: refused })).found).toEqual({
      failures: [staysFor("prompts.clean.owner: is wrong", " --skip-actions")],
      log: [],
    });
    expect((await deploy({ setup: "FAILED", delete: "FAILED" })).found).toEqual({
      failures: [
        expect.stringContaining("setup of case failed: it broke. See `styrminctl tasks logs setup`."),
        staysFor("The task delete of case failed: it broke", " --skip-actions"),
      ],
      log: ["[task] a word of the setup", "[task] a word of the delete"],
    });
    const away = new ClientError("UNAVAILABLE", "The server is away.");
    expect((await deploy({ delete: away })).found).toMatchObject({
      failures: [staysFor("The server is away", " --prompt 'clean.owner=ann the first'")],
    });
  });

  test("into a Styrmin that ends is deleted, too, and nobody is sent there to look", async () => {
    const { found, deletes } = await deploy({ delete: "FAILED", isLasting: false });
    expect(deletes).toHaveLength(1);
    expect(found).toEqual({
      failures: ["it cannot be deleted: The task delete of case failed: it broke"],
      log: ["[task] a word of the delete"],
    });
    expect((await deploy({ setup: "RUNNING", isLasting: false })).found).toEqual({
      failures: ["The task setup has not ended after 0.1 s."],
      log: ["[task] a word of the setup"],
    });
    const interrupted = await deploy({ abortAt: "setup", isLasting: false });
    expect(interrupted).toMatchObject({ found: { thrown: { name: "AbortError" } }, deletes: [], said: "" });
  });

  test.each([
    ["setup", 0],
    ["delete", 1],
  ] as const)("and interrupted at its %s says that it is still there", async (abortAt, count) => {
    const { found, deletes, said } = await deploy({ abortAt });
    expect(found).toMatchObject({ thrown: { name: "AbortError" } });
    expect(deletes).toHaveLength(count);
    expect(stays.exec(said)?.[2]).toBe("");
  });
});

describe("an answer of a deployed application", () => {
  let asked: string[] = [];
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      const { pathname } = new URL(request.url);
      asked.push(
        `${request.method} ${pathname} ${request.headers.get("host")} ${await request.text()}`.trim(),
      );
      if (pathname === "/late") return new Response(asked.length < 3 ? "not yet" : "now");
      return new Response("as it is\n", {
        status: pathname === "/gone" ? 404 : pathname === "/new" ? 201 : 200,
      });
    },
  });
  afterAll(() => server.stop(true));
  const services = [
    { name: "inner", url: null },
    { name: "web", url: `http://web-1.localhost:${server.port}` },
  ];
  const host = `web-1.localhost:${server.port}`;
  const get = { method: "GET", path: "/", status: 200 };

  test.each<[string, Partial<Answer>, string | undefined, number]>([
    ["is right", { contains: "as it is" }, undefined, 1],
    ["comes late", { path: "/late", contains: "now" }, undefined, 3],
    ["is another one", { contains: "else" }, '/ answers "as it is\\n", without "else"', 2],
    ["has another status", { path: "/gone" }, '/gone answers 404 ("as it is\\n"), not 200', 2],
    ["to a post is right", { method: "POST", path: "/new", body: "x", status: 201 }, undefined, 1],
    ["to a post is another one", { method: "POST", body: "x", contains: "else" }, "without", 1],
    ["of a service without an address", { service: "inner" }, "inner has no address to ask", 0],
  ])("that %s", async (_, wanted, failure, least) => {
    asked = [];
    const patienceMs = failure === undefined ? 10_000 : 800;
    const said = await ask(services, { ...get, ...wanted }, new AbortController().signal, patienceMs);
    if (failure === undefined) expect(said).toBeUndefined();
    else expect(said).toContain(failure);
    expect(asked.length >= least && (wanted.method === undefined || asked.length === 1)).toBe(true);
    for (const one of asked) expect(one).toContain(host);
  });
});

test("the last lines of a task are its last, however many there are", async () => {
  const all = Array.from({ length: 2_345 }, (_, index) => ({
    number: index + 1,
    message: `line ${index + 1}\n`,
  }));
  const log = async (_: string, { first, after }: { first: number; after: number }) =>
    all.filter(({ number }) => number > after).slice(0, first);
  const lines = await taskLines({ tasks: { log } } as never, "id", new AbortController().signal);
  expect([lines.length, lines[0], lines.at(-1)]).toEqual([20, "[task] line 2326", "[task] line 2345"]);
});

test("a deployed case that failed shows the last 20 lines of each component that has any", async () => {
  const asked: unknown[] = [];
  const deployments = {
    async *logs(question: { component: string }) {
      asked.push(question);
      if (question.component === "gone") throw new Error("there is no pod");
      const count = question.component === "web" ? 25 : 1;
      for (let line = 1; line <= count; line++) yield { pod: "p", container: "c", line: `line ${line}\n` };
    },
  };
  const components = ["web", "gone", "worker"];
  const log = await lastLines({ deployments } as never, "id", components, new AbortController().signal);
  expect(asked).toEqual(components.map((component) => ({ deployment: "id", component, tailLines: 20 })));
  expect(log).toHaveLength(21);
  expect([log[0], log[19], log[20]]).toEqual(["[p c] line 6", "[p c] line 25", "[p c] line 1"]);
  const result = { name: "greets", file: "tests/cases.yaml", line: 3, deployed: true };
  expect(resultText({ ...result, failures: ["/ answers 500, not 200"], log: log.slice(20) })).toBe(
    "✗ greets, deployed (tests/cases.yaml:3)\n    / answers 500, not 200\n      [p c] line 1\n",
  );
});
