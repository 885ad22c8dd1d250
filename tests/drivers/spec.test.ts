import { describe, expect, test } from "bun:test";
import { deployable, parseDriver, problemText } from "../../drivers/kit/index.ts";
import { specOf, specText } from "./sample.ts";

const web = "  components: { web: { identifier: { label: { a: b } } } }\n";
const parameter = (rest: string) => specText(`  parameters:\n    - { ${rest} }\n`);

/** A driver file, and what must be said of it: line, key path, and words of the message. */
const bad: [what: string, text: string, line: number, field: string, says: string][] = [
  ["an empty file", "", 1, "apiVersion", "is missing"],
  ["a list", "- a\n- b\n", 1, "", "must be a map"],
  ["a text", "hello\n", 1, "", "must be a map"],
  ["broken YAML", "a: [1\nb: 2\n", 2, "", "is not YAML"],
  ["a tab", "spec:\n\tversion: 1\n", 2, "", "is not YAML"],
  ["a key that comes twice", `${specText()}  version: "2"\n`, 7, "spec.version", "comes twice"],
  [
    "a foreign apiVersion",
    specText().replace("styrmin.io/v1", "styrmin.io/v2"),
    1,
    "apiVersion",
    "styrmin.io/v1",
  ],
  ["another kind", specText().replace("ApplicationDriver", "Application"), 2, "kind", "ApplicationDriver"],
  ["no name", specText().replace("name: sample", ""), 3, "metadata.name", "is missing"],
  ["a name in capitals", specText("", { name: "MyApp" }), 3, "metadata.name", "a-z"],
  ["a name that is too long", specText("", { name: "a".repeat(64) }), 3, "metadata.name", "63"],
  ["no version", specText().replace('  version: "1"\n', ""), 4, "spec.version", "is missing"],
  ["an odd version", specText("", { version: "1 2" }), 5, "spec.version", "a version"],
  ["no spec", specText().split("spec:")[0]!, 1, "spec", "is missing"],
  ["a misspelt key", specText("  paramters: []\n"), 7, "spec.paramters", 'did you mean "parameters"'],
  [
    "a key in camel case",
    specText('  defaultVersion: "1.6.0"\n'),
    7,
    "spec.defaultVersion",
    '"default_version"',
  ],
  ["an unknown key", specText("  zzz: 1\n"), 7, "spec.zzz", "known are"],
  [
    "a range that is none",
    specText().replace(">=1.2,<2.0", "new ones"),
    6,
    "spec.supported_versions",
    "range",
  ],
  ["an open comma", specText().replace(">=1.2,<2.0", ">=1.2,"), 6, "spec.supported_versions", "range"],
  [
    "a default that is unsupported",
    specText('  default_version: "3.0"\n'),
    7,
    "spec.default_version",
    ">=1.2,<2.0",
  ],
  [
    "a default that is no version",
    specText("  default_version: newest\n"),
    7,
    "spec.default_version",
    "1.6.0",
  ],
  ["manifests outside", specText("  manifests: ../other\n"), 7, "spec.manifests", "inside"],
  ["manifests at the root", specText("  manifests: /etc\n"), 7, "spec.manifests", "inside"],
  ["manifests that are a list", specText("  manifests: [a]\n"), 7, "spec.manifests", "must be a text"],
  ["helm without main", specText("  helm: {}\n"), 7, "spec.helm.main", "is missing"],
  [
    "helm from ftp",
    specText('  helm: { main: { location: "ftp://x" } }\n'),
    7,
    "spec.helm.main.location",
    "oci://",
  ],
  [
    "helm without a chart",
    specText('  helm: { main: { location: "https://x" } }\n'),
    7,
    "spec.helm.main.chart",
    "name",
  ],
  [
    "helm and manifests",
    specText("  helm: { main: { location: ./chart } }\n  manifests: m\n"),
    8,
    "spec.manifests",
    "helm",
  ],
  [
    "a component without labels",
    specText("  components: { web: {} }\n"),
    7,
    "spec.components.web.identifier",
    "missing",
  ],
  [
    "an empty selector",
    specText("  components: { web: { identifier: { label: {} } } }\n"),
    7,
    "spec.components.web.identifier.label",
    "one label",
  ],
  [
    "a label's value with a space",
    specText("  components: { web: { identifier: { label: { a: b c } } } }\n"),
    7,
    "spec.components.web.identifier.label.a",
    "label's value",
  ],
  [
    "a label's bad key",
    specText("  components: { web: { identifier: { label: { a b: c } } } }\n"),
    7,
    "spec.components.web.identifier.label.a b",
    "no name",
  ],
  [
    "a component in capitals",
    specText("  components: { Web: { identifier: { label: { a: b } } } }\n"),
    7,
    "spec.components.Web",
    "a-z",
  ],
  [
    "a component called __proto__",
    specText("  components: { __proto__: { identifier: { label: { a: b } } } }\n"),
    7,
    "spec.components.__proto__",
    "cannot be used",
  ],
  [
    "a backup of unknown kind",
    specText("  components: { web: { identifier: { label: { a: b } }, backup: { kind: mysql } } }\n"),
    7,
    "spec.components.web.backup.kind",
    "mariadb",
  ],
  [
    "a service without port",
    specText(`${web}  services: [{ name: web, kind: http, component: web }]\n`),
    8,
    "spec.services[0].port",
    "is missing",
  ],
  [
    "a port that is too high",
    specText(`${web}  services: [{ name: web, kind: http, port: 70000, component: web }]\n`),
    8,
    "spec.services[0].port",
    "65535",
  ],
  [
    "a port that is a text",
    specText(`${web}  services: [{ name: web, kind: http, port: eighty, component: web }]\n`),
    8,
    "spec.services[0].port",
    "whole number",
  ],
  [
    "a service of no component",
    specText(`${web}  services: [{ name: web, kind: http, port: 80, component: wep }]\n`),
    8,
    "spec.services[0].component",
    'did you mean "web"',
  ],
  [
    "a service of unknown kind",
    specText(`${web}  services: [{ name: web, kind: htp, port: 80, component: web }]\n`),
    8,
    "spec.services[0].kind",
    'did you mean "http"',
  ],
  [
    "two services of one name",
    specText(
      `${web}  services:\n    - { name: a, kind: tcp, port: 1, component: web }\n    - { name: a, kind: tcp, port: 2, component: web }\n`,
    ),
    10,
    "spec.services[1]",
    "repeats",
  ],
  ["services that are a map", specText("  services: { web: {} }\n"), 7, "spec.services", "must be a list"],
  ["a parameter without kind", parameter("name: a"), 8, "spec.parameters[0].kind", "is missing"],
  ["a parameter of unknown kind", parameter("name: a, kind: int"), 8, "spec.parameters[0].kind", "integer"],
  [
    "a parameter called __proto__",
    parameter("name: __proto__, kind: string"),
    8,
    "spec.parameters[0].name",
    "a name",
  ],
  ["a parameter with a space", parameter("name: a b, kind: string"), 8, "spec.parameters[0].name", "a name"],
  [
    "type instead of kind",
    parameter("name: a, type: string, kind: string"),
    8,
    "spec.parameters[0].type",
    "not a known key",
  ],
  ["an enum without values", parameter("name: a, kind: enum"), 8, "spec.parameters[0].values", "must list"],
  [
    "an enum with a word twice",
    parameter("name: a, kind: enum, values: [x, x]"),
    8,
    "spec.parameters[0].values",
    "twice",
  ],
  [
    "a default out of the enum",
    parameter("name: a, kind: enum, values: [x], default: y"),
    8,
    "spec.parameters[0].default",
    "one of x",
  ],
  [
    "a default out of bounds",
    parameter("name: a, kind: integer, max: 3, default: 4"),
    8,
    "spec.parameters[0].default",
    "3 at most",
  ],
  [
    "a default of another type",
    parameter("name: a, kind: boolean, default: 1"),
    8,
    "spec.parameters[0].default",
    "true or false",
  ],
  [
    "min above max",
    parameter("name: a, kind: integer, min: 3, max: 2"),
    8,
    "spec.parameters[0].min",
    "more than max",
  ],
  [
    "a fraction as bound of an integer",
    parameter("name: a, kind: integer, min: 0.5"),
    8,
    "spec.parameters[0].min",
    "whole",
  ],
  [
    "min for a text",
    parameter("name: a, kind: string, min: 1"),
    8,
    "spec.parameters[0].min",
    "means nothing",
  ],
  [
    "generate for a text",
    parameter("name: a, kind: string, generate: {}"),
    8,
    "spec.parameters[0].generate",
    "secret",
  ],
  [
    "a secret with a default",
    parameter("name: a, kind: secret, default: hunter2"),
    8,
    "spec.parameters[0].default",
    "generate",
  ],
  [
    "a short generated secret",
    parameter("name: a, kind: secret, generate: { length: 4 }"),
    8,
    "spec.parameters[0].generate.length",
    "from 8",
  ],
  [
    "a small alphabet",
    parameter("name: a, kind: secret, generate: { alphabet: ab }"),
    8,
    "spec.parameters[0].generate.alphabet",
    "10 printable",
  ],
  [
    "a pattern that is none",
    parameter('name: a, kind: string, pattern: "("'),
    8,
    "spec.parameters[0].pattern",
    "regular expression",
  ],
  [
    "a pattern with a back-reference",
    parameter("name: a, kind: string, pattern: '(a)\\1'"),
    8,
    "spec.parameters[0].pattern",
    "back-references",
  ],
  [
    "a pattern that looks ahead",
    parameter('name: a, kind: string, pattern: "(?=a)b"'),
    8,
    "spec.parameters[0].pattern",
    "look-around",
  ],
  [
    "two parameters of one name",
    specText("  parameters:\n    - { name: a, kind: string }\n    - { name: a, kind: string }\n"),
    9,
    "spec.parameters[1]",
    "repeats",
  ],
  [
    "a variable of no component",
    specText(`${web}  env_vars: [{ name: A, components: [worker] }]\n`),
    8,
    "spec.env_vars[0].components[0]",
    "one of web",
  ],
  [
    "an override without container",
    specText(`${web}  container_overrides: [{ component: web }]\n`),
    8,
    "spec.container_overrides[0].container",
    "is missing",
  ],
  [
    "an override that is no flag",
    specText(`${web}  container_overrides: [{ component: web, container: a, command: please }]\n`),
    8,
    "spec.container_overrides[0].command",
    "true or false",
  ],
  [
    "a Python action",
    specText("  actions: [{ name: a, hook: setup, location: 'actions.py::a' }]\n"),
    7,
    "spec.actions[0].location",
    "TypeScript",
  ],
  [
    "an action outside",
    specText("  actions: [{ name: a, hook: setup, location: '../a.ts::a' }]\n"),
    7,
    "spec.actions[0].location",
    "TypeScript",
  ],
  [
    "an unknown hook",
    specText("  actions: [{ name: a, hook: start, location: 'a.ts::a' }]\n"),
    7,
    "spec.actions[0].hook",
    "one of setup",
  ],
  [
    "a link without url",
    specText("  info: { links: [{ link: { label: x } }] }\n"),
    7,
    "spec.info.links[0].link.url",
    "is missing",
  ],
  [
    "a link that runs a script",
    specText('  info: { links: [{ link: { label: x, url: "javascript:alert(1)" } }] }\n'),
    7,
    "spec.info.links[0].link.url",
    "http",
  ],
];

describe("a bad driver file is refused with line, key and remedy", () => {
  test.each(bad)("%s", (_what, text, line, field, says) => {
    const { problems } = parseDriver(text);
    const found = problems?.find((problem) => problem.field === field && problem.message.includes(says));
    if (!found) throw new Error(`got: ${problems?.map(problemText).join("\n")}`);
    expect(found).toMatchObject({ file: "driver.styrmin.yml", line });
  });

  test("all problems of a file are told at once, in the order of lines", () => {
    const { problems } = parseDriver(
      specText("  nope: 1\n  services: [{}]\n  parameters: [{ name: a, kind: x }]\n"),
    );
    expect(problems!.length).toBeGreaterThanOrEqual(6);
    const lines = problems!.map((problem) => problem.line!);
    expect(lines).toEqual(lines.toSorted((a, b) => a - b));
  });

  test("a file that is too large, too deep or repeats itself without end is refused quickly", () => {
    const aliases = `${specText("  components: { web: { identifier: { label: { a: b } }, backup: { kind: disk, x: ")}&a [1,1,1,1,1,1,1,1,1,1], b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a], c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b], d: &d [*c,*c,*c,*c,*c,*c,*c,*c], e: [*d,*d,*d,*d,*d,*d,*d,*d] } } }\n`;
    for (const text of ["#".repeat(600_000), "[".repeat(20_000), "a: ".repeat(10_000), aliases]) {
      const start = performance.now();
      expect(parseDriver(text).problems?.length).toBeGreaterThan(0);
      expect(performance.now() - start).toBeLessThan(3_000);
    }
  });

  test("a NUL, a lone surrogate and a wrong type everywhere are refused, and nothing is thrown", () => {
    const sound = specText(`${web}  parameters: [{ name: a, kind: string }]\n`);
    const values = [
      "null",
      "1",
      "[]",
      "{}",
      '"\\0"',
      '"\\ud800"',
      "true",
      "1e400",
      "!!binary aGk=",
      "*x",
      "&x y",
    ];
    for (const value of values) {
      for (const key of ["apiVersion", "kind", "metadata", "spec", "version", "components", "parameters"]) {
        parseDriver(sound.replace(new RegExp(`^( *${key}:).*$`, "m"), `$1 ${value}`));
      }
    }
  });
});

describe("a sound driver file", () => {
  test("gives the whole specification with its defaults", () => {
    const spec = specOf(`
  default_version: 1.6
  info: { description: An application, authors: [A, B], license: MIT, links: [{ link: { label: Home, url: https://example.org } }] }
  components:
    web: { identifier: { label: { app: web } } }
    database: { identifier: { label: { app: database } }, backup: { kind: postgres, volume: data, container: main } }
  services:
    - { name: web, kind: http, scope: external, port: 8000, component: web }
  parameters:
    - { name: replicas, label: Replicas, kind: integer, default: 2, min: 1, max: 20 }
    - { name: level, kind: enum, values: [DEBUG, INFO], default: INFO }
    - { name: password, kind: secret, generate: { length: 40 } }
    - { name: hosts, kind: list, items: string, max_length: 3, default: [] }
    - { name: note, kind: string, required: false }
    - { name: needed, kind: number }
  env_vars: [{ name: LOG_LEVEL, description: How much is logged, level: component, components: [web] }]
  container_overrides: [{ component: web, container: main, command: true }]
`);
    expect(spec).toMatchObject({
      name: "sample",
      version: "1",
      supportedVersions: ">=1.2,<2.0",
      defaultVersion: "1.6",
      helm: null,
      manifests: "manifests",
      services: [{ name: "web", kind: "http", scope: "external", port: 8000, component: "web" }],
      envVars: [{ name: "LOG_LEVEL", components: ["web"] }],
      containerOverrides: [{ component: "web", container: "main", command: true, args: false }],
    });
    expect(spec.components.database!.backup).toEqual({
      kind: "postgres",
      volumes: ["data"],
      options: { container: "main" },
    });
    expect(spec.parameters.map(({ name, required }) => [name, required])).toEqual([
      ["replicas", false],
      ["level", false],
      ["password", false],
      ["hosts", false],
      ["note", false],
      ["needed", true],
    ]);
    expect(deployable(spec)).toBeUndefined();
  });

  test("keeps a version that looks like a number as it was written", () => {
    expect(parseDriver(specText().replace('version: "1"', "version: 1.10")).spec?.version).toBe("1.10");
  });

  test("with a chart or actions loads, and says why it cannot be deployed yet", () => {
    const helm = specOf(
      "  helm: { main: { location: oci://example.org/chart, version: 0.4.2, values: values.j2.yml } }\n",
    );
    expect(helm).toMatchObject({
      manifests: null,
      helm: { main: { version: "0.4.2", values: "values.j2.yml" } },
    });
    expect(deployable(helm)).toContain("Helm chart");
    const actions = specOf(
      "  actions: [{ name: migrate, hook: upgrade, mode: pre, location: 'actions.ts::migrate' }]\n",
    );
    expect(deployable(actions)).toContain("actions");
  });
});
