import { afterAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseAllDocuments } from "yaml";
import { readCases } from "../../clients/cli/drivers/cases.ts";
import { skeletonOf } from "../../clients/cli/drivers/init.ts";
import { lintedVersions } from "../../clients/cli/drivers/lint.ts";
import { problemsText } from "../../clients/cli/drivers/problems.ts";
import { createProgram } from "../../clients/cli/program.ts";
import { run } from "../../clients/cli/run.ts";
import type { DriverSpec } from "../../drivers/kit/index.ts";
import { helmPath, packFolder } from "../helpers/charts.ts";
import { startOciRegistry } from "../helpers/oci-registry.ts";

const scratch = mkdtempSync(join(tmpdir(), "styrmin-authoring-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Runs `styrminctl drivers …` without a server. */
async function drivers(...argv: string[]) {
  let [out, err] = ["", ""];
  const code = await run(createProgram, ["drivers", ...argv], {
    env: { STYRMIN_SERVER_ADDRESS: "http://127.0.0.1:1" },
    stdout: (text) => void (out += text),
    stderr: (text) => void (err += text),
    interactive: false,
    signal: new AbortController().signal,
  });
  return { code, out, err };
}

let made = 0;
/** The skeleton with some texts replaced, in a folder of its own. */
function driver(changes: Record<string, [from: string | RegExp, to: string][]> = {}): string {
  const folder = join(scratch, `driver-${++made}`);
  for (const [path, text] of Object.entries(skeletonOf("sample", {}))) {
    let changed = text;
    for (const [from, to] of changes[path] ?? []) {
      const next = changed.replace(from, to);
      if (next === changed) throw new Error(`${path} has no ${from}`);
      changed = next;
    }
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    if (changed !== "") writeFileSync(join(folder, path), changed);
  }
  return folder;
}

const spec = "driver.styrmin.yml";
const web = "manifests/web.yaml";

/** Three objects that make Jobs; the labels of the last are those of no component. */
const jobs = [
  ["CronJob", "report", '{ schedule: "0 4 * * *", jobTemplate: { spec: ', " } }"],
  ["Job", "import", "", ""],
  ["Job", "migrate", "", ""],
]
  .map(([kind, name, before, after]) => {
    const container = `{ name: main, image: "busybox:1", resources: { requests: { cpu: 10m } } }`;
    const pod = `metadata: { labels: { app: ${name} } }, spec: { restartPolicy: Never, containers: [${container}] }`;
    const head = `apiVersion: batch/v1\nkind: ${kind}\nmetadata: { name: "{{ name }}-${name}" }`;
    return `---\n${head}\nspec: ${before}{ template: { ${pod} } }${after}\n`;
  })
  .join("");

describe("drivers init", () => {
  test.each([
    ["manifests", []],
    ["a chart", ["--helm"]],
    ["an action", ["--actions"]],
  ])("makes a driver with %s about which there is nothing to say", async (_, options) => {
    const folder = join(scratch, `init${options.join("")}`);
    const answer = await drivers("init", folder, "--name", "my-shop", ...options);
    expect(answer).toMatchObject({ code: 0 });
    expect(answer.out).toContain("/driver.styrmin.yml\n");
    expect(await drivers("lint", folder, "--strict")).toEqual({
      code: 0,
      out: "",
      err: `${folder}: no problems\n`,
    });
    // Types for the editor are linked there, and no load takes links.
    expect(await Bun.file(join(folder, ".gitignore")).text()).toBe("node_modules\n");
  });

  test("writes nothing over what is there, and wants a name that a driver can have", async () => {
    const folder = driver();
    expect(await drivers("init", folder)).toMatchObject({
      code: 1,
      err: expect.stringContaining("not empty"),
    });
    const named = await drivers("init", join(scratch, "My App"));
    expect(named).toMatchObject({ code: 2, err: expect.stringContaining("--name") });
  });
});

describe("drivers lint", () => {
  test("shows each problem with its line and a caret", async () => {
    const folder = driver({
      [spec]: [
        ["kind: integer", "kind: intiger"],
        ["  services:", "  servces:"],
      ],
    });
    const { code, out } = await drivers("lint", folder);
    expect(code).toBe(1);
    expect(out).toMatch(/driver\.styrmin\.yml:\d+(:\d+)?: error: spec\.servces: .*services/);
    expect(out).toMatch(/\n +\d+ \| +servces:\n +\^\n/);
    expect(out).toContain("spec.parameters[1].kind");
  });

  test("finds in templates what a load would refuse", async () => {
    const { code, out } = await drivers("lint", driver({ [web]: [["kind: Service\n", "\n"]] }));
    expect(code).toBe(1);
    expect(out).toContain("manifests/web.yaml");
  });

  test.each<[string, Parameters<typeof driver>[0], string[]]>([
    [
      "what is left unsaid, and what has no effect",
      {
        [spec]: [
          [/ {2}info:\n.*\n/, ""],
          [/ {2}default_version:.*\n/, ""],
          [/label: Greeting\n.*\n/, "label: greeting\n"],
          ["  services:", "    worker: { identifier: { label: { app: worker } } }\n  services:"],
        ],
        "tests/cases.yaml": [[/[^]*/, ""]],
        [web]: [
          ["parameters.greeting", '"x"'],
          ["{{ app.version | tojson }}", '"1"'],
        ],
      },
      [
        "spec.info.description: is missing",
        "spec.default_version: is missing",
        '"greeting" has neither label nor description',
        "there are no cases in tests/*.yaml",
        '"greeting" is used in no template',
        "no template uses app.version",
        "spec.components.worker: finds no pods",
      ],
    ],
    [
      "objects that work worse than they could",
      {
        [spec]: [
          ["  parameters:", "  parameters:\n    - { name: key, label: Key, kind: secret, generate: {} }"],
        ],
        [web]: [
          ["    app.kubernetes.io/component: web", "    app.kubernetes.io/component: page"],
          [/(kind: Service\nmetadata:\n {2}name:) .*/, "$1 web"],
          ["          ports: [{", "          args: [{{ parameters.key | tojson }}]\n          ports: [{"],
          ["oven/bun:1", "oven/bun"],
          [/ +readinessProbe:.*\n/, ""],
          [/ +resources:.*\n/, ""],
          ["{{ parameters.greeting | tojson }}", '"{{ parameters.greeting }}"'],
        ],
      },
      [
        "Deployment … makes pods that are of no component",
        "spec.components.web: finds no pods",
        "Service web is not named after instance.release_name",
        'Deployment … holds the secret "key" in plain text',
        "runs oven/bun: without a tag",
        "has no readinessProbe for web",
        "asks for no resources for web",
        '"greeting" with quotes or a colon',
      ],
    ],
    [
      "a worker that nobody asks whether it is ready",
      {
        [web]: [
          [/ {10}ports: .*\n/, ""],
          [/ +readinessProbe:.*\n/, ""],
          ["targetPort: http", "targetPort: 8080"],
        ],
      },
      ["Deployment … has neither a readinessProbe nor minReadySeconds: "],
    ],
    [
      "no components that are made of a CronJob or a Job, and no Job that is of none",
      {
        [spec]: [
          [
            "  services:",
            "    report: { identifier: { label: { app: report } } }\n    import: { identifier: { label: { app: import } } }\n  services:",
          ],
        ],
        [web]: [[/$/, jobs]],
      },
      [],
    ],
    [
      "what leads nowhere, and a secret that would stay the old one",
      {
        [spec]: [
          ["  parameters:", "  parameters:\n    - { name: key, label: Key, kind: secret, generate: {} }"],
        ],
        [web]: [
          [
            "          env:\n",
            "          volumeMounts: [{ name: data, mountPath: /data }]\n          env:\n            - { name: KEY, valueFrom: { secretKeyRef: { name: {{ name }}, key: key } } }\n            - { name: OLD, valueFrom: { secretKeyRef: { name: {{ name }}, key: kye } } }\n",
          ],
          ["targetPort: http", "targetPort: htp"],
          [
            /$/,
            "---\napiVersion: v1\nkind: Secret\nmetadata: { name: {{ name }} }\nstringData: { key: {{ parameters.key | tojson }} }\n",
          ],
        ],
      },
      [
        'Deployment … mounts "data" in web, and has no such volume',
        'Deployment … takes "kye" of the Secret … in web',
        'Service … sends to the port "htp"',
        'Deployment … is not restarted when "key" changes, and goes on with the old value from the Secret …: ',
      ],
    ],
    [
      "a tag that moves, and an address without a name",
      {
        [web]: [
          ["oven/bun:1", "oven/bun:latest"],
          ['{%- if services["web"].primary_fqdn %}', ""],
          [/\{%- endif %\}\n$/, ""],
        ],
      },
      ["runs oven/bun:latest", "Ingress … has no host where the cluster gives none"],
    ],
    [
      "what users may set and no template prints, and a port that no Service has",
      {
        [spec]: [
          [
            /$/,
            [
              "  container_overrides:",
              "    - { component: web, container: wbe, args: true }",
              "    - { component: web, container: web, command: true }",
              "",
            ].join("\n"),
          ],
          ["port: 80", "port: 81"],
        ],
        [web]: [["in instance | component_env_vars", "in [] or instance | default"]],
      },
      [
        `${spec}:17:55: warning: spec.services[0].port: is 81, and no Service of web has it, only 80: nobody answers web there`,
        'spec.env_vars[0]: "LOG_LEVEL" is printed by no template for web: setting it does nothing',
        'spec.container_overrides[0]: what overrides args of "wbe" of web is printed by no template: it does nothing — did you mean "web"?',
        'spec.container_overrides[1]: what overrides command of "web" of web is printed by no template: it does nothing\n',
      ],
    ],
    [
      "no settings that are printed in their own ways, or under a condition",
      {
        [spec]: [
          [
            /$/,
            [
              "    - { name: TZ, description: Where it is. }",
              "    - { name: MODE, description: How it works., components: [web] }",
              "  container_overrides:",
              "    - { component: web, container: web, args: true }",
              "    - { component: web, container: sidecar, args: true, command: true }",
              "",
            ].join("\n"),
          ],
        ],
        [web]: [
          ['instance | component_env_vars("web")', 'components["web"].env_vars'],
          [
            "          ports: [",
            [
              '          args: {{ "" | component_args("web") | tojson }}',
              "          {%- if parameters.replicas > 1 %}",
              "          workingDir: \"{{ '' | component_args('web', 'sidecar') }}{{ '' | component_command('web', 'sidecar') }}\"",
              "          {%- endif %}",
              "          ports: [",
            ].join("\n"),
          ],
        ],
      },
      [],
    ],
    [
      "no override whose template asks for the first container, under a condition",
      {
        [spec]: [[/$/, "  container_overrides:\n    - { component: web, container: web, args: true }\n"]],
        [web]: [
          [
            "          ports: [",
            [
              "          {%- if parameters.replicas > 1 %}",
              '          args: {{ "" | component_args("web") | tojson }}',
              "          {%- endif %}",
              "          ports: [",
            ].join("\n"),
          ],
        ],
      },
      [],
    ],
    [
      "the part of an override that is printed by no template, and not of the other",
      {
        [spec]: [
          [
            /$/,
            "  container_overrides:\n    - { component: web, container: web, args: true, command: true }\n",
          ],
        ],
        [web]: [
          [
            "          ports: [",
            '          args: {{ "" | component_args("web") | tojson }}\n          ports: [',
          ],
        ],
      },
      ['what overrides command of "web" of web is printed by no template: it does nothing\n'],
    ],
    ["no port of a container", { [spec]: [["port: 80", "port: 8080"]] }, []],
    [
      "no port that comes with another parameter",
      {
        [spec]: [["port: 80", "port: 9090"]],
        [web]: [["port: 80,", "port: {% if parameters.replicas > 90 %}9090{% else %}80{% endif %},"]],
      },
      [],
    ],
    [
      "an address that users are not told",
      { [spec]: [["scope: external, ", ""]] },
      [
        'spec.services[0].scope: "web" is internal, so that users are not told its address, and an Ingress leads to it: write scope: external',
      ],
    ],
    [
      "parameters that templates read and nobody declares",
      {
        [web]: [
          ["{{ parameters.replicas }}", "{{ parameters.replicas or parameters.replcas }}"],
          [/$/, "{% if parameters['greting'] and x.parameters.gone %}{% endif %}\n"],
        ],
      },
      [
        `${web}:11:39: warning: reads parameters.replcas, and no such parameter is declared: it is nothing — did you mean "replicas"?`,
        'reads parameters.greting, and no such parameter is declared: it is nothing — did you mean "greeting"?',
      ],
    ],
    [
      "no parameters that are guarded, in comments or in texts",
      {
        [web]: [
          [
            /$/,
            [
              "{# {{ parameters.gone }} #}",
              "{% raw %}# {{ parameters.gone }}{% endraw %}",
              "# {{ 'parameters.gone' }} parameters.gone",
              '# {{ parameters.gone.key | default("x") }} {{ (parameters["gone"] | trim) | default("x") }}',
              "{% if parameters.gone is defined and parameters.gone %}{% endif %}",
              "",
            ].join("\n"),
          ],
        ],
      },
      [],
    ],
    [
      "a parameter next to one that is guarded",
      { [web]: [[/$/, "# {{ parameters.gone ~ (parameters.other | default(1)) }}\n"]] },
      ["reads parameters.gone, "],
    ],
  ])("warns of %s", async (_, changes, warnings) => {
    const folder = driver(changes);
    const { code, out, err } = await drivers("lint", folder);
    for (const warning of warnings) expect(out).toContain(warning);
    const count = `${warnings.length || "no"} ${
      warnings.length === 0 ? "problems" : warnings.length === 1 ? "warning" : "warnings"
    }`;
    expect([code, err]).toEqual([0, `${folder}: ${count}\n`]);
  });

  test("looks at the cases as well", async () => {
    const folder = driver({
      "tests/cases.yaml": [
        ["absent:", "abscent:"],
        [/$/, "---\nname: later\nexpect: {}\nprompts: { go.there: now }\n"],
      ],
    });
    const { code, out } = await drivers("lint", folder);
    expect([code, out]).toEqual([1, expect.stringContaining("tests/cases.yaml:")]);
    expect(out).toContain("expect.abscent: is not a known key");
    expect(out).toMatch(
      /^tests\/cases\.yaml:\d+:12: error: prompts\.go\.there: is for no action of this driver/m,
    );
    expect(await drivers("test", folder)).toMatchObject({
      err: expect.stringContaining("styrminctl: The cases cannot be read: 1 problem.\n"),
    });
    writeFileSync(join(folder, "tests/cases.yaml"), "name: goes\nexpect: {}\nprompts: { go.there: now }\n");
    expect(await drivers("test", folder)).toMatchObject({
      code: 1,
      out: "✗ goes (tests/cases.yaml:1)\n    prompts.go.there: is for no action of this driver; there are none\n",
    });
  });

  test("looks at the ends of the range, the versions of the cases, and the one that is asked for", () => {
    const caseOf = (text: string) =>
      readCases({ "tests/a.yaml": Buffer.from(`name: a\nexpect: {}\n${text}\n`) }).cases;
    const cases = [...caseOf("version: 1.2.3"), ...caseOf("version: 9.0.0"), ...caseOf("version: 1.0")];
    cases.push(...caseOf("deploy: []\nupgrade: { version: 1.3.0 }"));
    const known = { supportedVersions: ">=0.9.0,<=1.4.0", defaultVersion: "1.0.0" } as DriverSpec;
    expect(lintedVersions(known, [])).toEqual(["1.0.0", "0.9.0", "1.4.0"]);
    expect(lintedVersions(known, cases)).toEqual(["1.0.0", "0.9.0", "1.4.0", "1.2.3", "1.3.0"]);
    expect(lintedVersions(known, cases, "1.1.0")).toEqual([
      "1.1.0",
      "0.9.0",
      "1.4.0",
      "1.2.3",
      "1.0",
      "1.3.0",
    ]);
  });

  test("finds in templates what fails for one version, and takes one", async () => {
    const only = (version: string) => `{% if app.version == "${version}" %}# {{ 1 | nofilter }}{% endif %}\n`;
    const named = await drivers("lint", driver({ [web]: [[/$/, only("1.2.0")]] }));
    expect([named.code, named.out]).toEqual([
      1,
      expect.stringContaining("filter nofilter is unknown (for version 1.2.0)"),
    ]);
    const folder = driver({ [web]: [[/$/, only("1.1.0")]] });
    expect(await drivers("lint", folder)).toMatchObject({ code: 0, out: "" });
    expect(await drivers("lint", folder, "1.1.0")).toMatchObject({ code: 1 });
    expect(await drivers("lint", folder, "9.0")).toMatchObject({
      code: 1,
      err: "styrminctl: 9.0 is none of the supported versions (>=1.0,<2.0).\n",
    });
  });

  test("warns of what only one of the versions has", async () => {
    const { out } = await drivers(
      "lint",
      driver({
        [spec]: [[/supported_versions: .*/, 'supported_versions: ">=1.0.0,<=1.1.0"']],
        [web]: [["image: oven/bun:1", 'image: oven/bun{% if app.version == "1.0.0" %}:1{% endif %}']],
      }),
    );
    expect(out).toBe(
      "warning: Deployment … runs oven/bun: without a tag nobody knows what runs (version 1.1.0)\n",
    );
  });

  /** A driver with these secrets in variables, and in its pods' annotations this. */
  const secretive = (names: string[], annotations: string, kind = "Deployment") => {
    const secrets = names.map(
      (name) => `\n    - { name: ${name}, label: The ${name}, kind: secret, generate: {} }`,
    );
    const variables = names.map(
      (name) =>
        `            - { name: ${name}, valueFrom: { secretKeyRef: { name: {{ name }}, key: ${name} } } }\n`,
    );
    const values = names.map((name) => `  ${name}: {{ parameters.${name} | tojson }}\n`);
    const secret = `---\napiVersion: v1\nkind: Secret\nmetadata: { name: {{ name }} }\nstringData:\n`;
    return driver({
      [spec]: [
        ["  parameters:", `  parameters:${secrets.join("")}`],
        [/supported_versions: .*/, 'supported_versions: ">=1.0.0,<=1.1.0"'],
      ],
      [web]: [
        ["kind: Deployment\nmetadata:", `kind: ${kind}\nmetadata: # Of pods.`],
        [
          "    metadata: { labels: *labels }",
          `    metadata: { labels: *labels, annotations: { ${annotations} } }`,
        ],
        ["          env:\n", `          env:\n${variables.join("")}`],
        [/$/, secret + values.join("")],
      ],
    });
  };
  const digests =
    'one: {{ parameters.one | sha256 }}, two: {% if app.version == "1.0.0" %}{{ parameters.two | sha256 }}{% endif %}x';

  test("changes one secret after the other, for each version, to see which pods stay as they are", async () => {
    const { out } = await drivers("lint", secretive(["one", "two"], digests));
    expect(out).toBe(
      'warning: Deployment … is not restarted when "two" changes, and goes on with the old value from the Secret …: give its pods an annotation with the parameter\'s `sha256` (version 1.1.0)\n',
    );
  });

  test("notes of a StatefulSet that it keeps its password, which is no warning", async () => {
    const folder = secretive(["one", "two"], digests, "StatefulSet");
    const { code, out, err } = await drivers("lint", folder, "--strict");
    expect([code, out]).toEqual([0, ""]);
    expect(err).toStartWith(
      'StatefulSet … takes "two" from the Secret …, and is not restarted when that changes. ',
    );
    expect(err).not.toContain('"one"');
    expect(err).toEndWith(`\n${folder}: no problems\n`);
  });

  test("says how many changes of secrets it looked at when they are very many", async () => {
    const names = Array.from({ length: 13 }, (_, index) => `s${index}`);
    const all = names.map((name) => `${name}: {{ parameters.${name} | sha256 }}`).join(", ");
    const folder = secretive(names, all);
    expect(await drivers("lint", folder)).toEqual({
      code: 0,
      out: "",
      err: `What stays when a secret changes was looked at for 24 changes of 26, which are all secrets in all versions.\n${folder}: no problems\n`,
    });
  });

  test.each<[string, string, string[]]>([
    ["to run a command in", 'ctx.exec("wbe", ["ls"])', ['"wbe"']],
    ["to scale", "ctx.scale('wbe', 2)", ['"wbe"']],
    ["to stop", 'ctx.stopComponents(["web", "wbe"])', ['"wbe"']],
    ["to start", 'ctx.startComponents(one, "webb", "wbe")', ['"webb"', '"wbe"']],
    ["that are declared", 'ctx.stopComponents("web"); ctx.exec("web", ["wbe"])', []],
    [
      "in comments and texts",
      '/* ctx.exec("wbe") */ ctx.log(\'ctx.exec("wbe")\') // ctx.scale("wbe", 1)',
      [],
    ],
    ["that are worked out", 'ctx.exec("w" + "be", []); ctx.exec(`${one}`, []); ctx.scale(one, 1)', []],
  ])("warns of components in actions: those %s", async (_, line, names) => {
    const folder = driver({
      [spec]: [[/$/, "  actions: [{ name: go, hook: setup, location: 'actions.ts::go' }]\n"]],
    });
    writeFileSync(join(folder, "actions.ts"), 'export { go } from "./go.ts";\n');
    writeFileSync(join(folder, "go.ts"), `export async function go(ctx, one) {\n  ${line}\n}\n`);
    const { code, out } = await drivers("lint", folder);
    const found = out.match(/^go\.ts:2:\d+: warning: .*$/gm) ?? [];
    expect([code, found.length]).toEqual([0, names.length]);
    expect(out.match(/warning/g)?.length ?? 0).toBe(names.length);
    for (const [index, name] of names.entries())
      expect(found[index]).toEndWith(
        `names the component ${name}, which is not declared: the action fails there — did you mean "web"?`,
      );
  });

  test("fails on warnings when it is to be strict, and prints JSON", async () => {
    const { code, out, err } = await drivers(
      ...["lint", driver({ [web]: [["oven/bun:1", "oven/bun"]] }), "--strict", "-o", "json"],
    );
    expect([code, err]).toEqual([
      1,
      expect.stringContaining("There are warnings, and --strict fails on them."),
    ]);
    expect(JSON.parse(out)).toMatchObject([{ warning: true }]);
  });

  test.each<[string, Record<string, string>, string]>([
    [
      "a function that is not exported",
      { "actions.ts": "async function go() {}\nexport const og = 1;" },
      '"go", which actions.ts does not export — did you mean "og"?',
    ],
    ["a file that is no TypeScript", { "actions.ts": "export function go( {" }, "actions.ts:1:"],
    [
      "a package",
      { "actions.ts": 'import pg from "pg";\nexport const go = () => pg;' },
      "nothing is installed for actions",
    ],
    [
      "a file that is not there",
      { "actions.ts": 'import { a } from "./a.ts";\nexport const go = () => a;' },
      "no such file",
    ],
    [
      "types as if they were values",
      { "actions.ts": 'import { x } from "@styrmin/driver-kit";\nexport const go = () => x;' },
      "import type",
    ],
    [
      "what one of its files imports",
      {
        "actions.ts": 'import { a } from "./lib/a.ts";\nexport const go = () => a;',
        "lib/a.ts": 'import "./b.ts"; export const a = 1;',
      },
      "lib/a.ts: error: imports ./b.ts",
    ],
    [
      "what its types do not allow",
      {
        "actions.ts":
          'import type { ActionContext } from "@styrmin/driver-kit";\nexport const go = (ctx: ActionContext) => ctx.exce();',
      },
      "    2 | export const go = (ctx: ActionContext) => ctx.exce();\n                                                      ^\n",
    ],
  ])("finds in actions %s", async (_, files, problem) => {
    const folder = driver({
      [spec]: [[/$/, "  actions: [{ name: go, hook: setup, location: 'actions.ts::go' }]\n"]],
    });
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    const { code, out } = await drivers("lint", folder);
    expect(out).toContain(problem);
    expect(code).toBe(1);
  });

  test("puts a caret below the place, or below the line's first character", () => {
    const files = { "a.yaml": Buffer.from("one\n  key: x\n") };
    const problem = { file: "a.yaml", line: 2, field: "key", message: "is odd" };
    const shown = (column: string, caret: string) =>
      `a.yaml:2${column}: error: key: is odd\n    2 |   key: x\n${caret}\n`;
    expect(problemsText([{ ...problem, column: 8 }], files)).toBe(shown(":8", "               ^"));
    expect(problemsText([problem], files)).toBe(shown("", "          ^"));
    expect(problemsText([{ ...problem, line: 9 }], files)).toBe("a.yaml:9: error: key: is odd\n");
  });

  test("says so when there is no driver", async () => {
    expect(await drivers("lint", join(scratch, "nothing"))).toMatchObject({ code: 1, out: "" });
    const { err } = await drivers("lint", scratch);
    expect(err).toContain("There is no driver.styrmin.yml");
  });
});

describe("drivers render", () => {
  const objectsOf = (text: string) => parseAllDocuments(text).map((document) => document.toJS());

  test("prints the objects for given parameters, configuration and version", async () => {
    const file = join(scratch, "values.yaml");
    writeFileSync(file, "replicas: 2\ngreeting: from the file\n");
    const { code, out } = await drivers(
      ...["render", driver(), "1.2.0", "--parameters", file, "-p", "replicas=3"],
      ...[
        "--config",
        '{"fqdn_suffix": "example.org"}',
        "--env-vars",
        '{"web": {"LOG_LEVEL": "debug"}}',
        "--name",
        "mine",
      ],
    );
    expect(code).toBe(0);
    const [deployment, , ingress] = objectsOf(out);
    expect(deployment).toMatchObject({ metadata: { name: "mine" }, spec: { replicas: 3 } });
    expect(deployment.spec.template.spec.containers[0].env).toEqual([
      { name: "GREETING", value: "from the file" },
      { name: "VERSION", value: "1.2.0" },
      { name: "LOG_LEVEL", value: "debug" },
    ]);
    expect(ingress.spec.rules[0].host).toBe("web-00000000.example.org");
  });

  test("has placeholders for secrets, or those that are given", async () => {
    const folder = driver({
      [spec]: [["  parameters:", "  parameters:\n    - { name: key, kind: secret }"]],
      [web]: [
        [
          "apiVersion: v1\n",
          "apiVersion: v1\nkind: Secret\nmetadata: { name: {{ name }} }\ndata: { key: {{ parameters.key | b64encode }} }\n---\napiVersion: v1\n",
        ],
      ],
    });
    const secretIn = ({ out }: { out: string }) => atob(objectsOf(out)[1].data.key);
    expect(secretIn(await drivers("render", folder))).toBe("secret-key");
    expect(secretIn(await drivers("render", folder, "-p", "key=geheim"))).toBe("geheim");
    const { out } = await drivers("render", folder, "--context", "-p", "key=geheim");
    expect(out).toContain("secretRef");
    expect(out).not.toContain("geheim");
  });

  test.skipIf(!helmPath)("prints what a chart is given, and what it makes", async () => {
    const folder = join(scratch, "chart");
    await drivers("init", folder, "--helm");
    const values = await drivers("render", folder, "--values", "-p", "replicas=3", "-o", "json");
    expect(JSON.parse(values.out)).toMatchObject({ replicas: 3, greeting: "Hello", ingress: { hosts: [] } });
    const { code, out } = await drivers("render", folder, "--name", "mine");
    expect(code).toBe(0);
    expect(
      objectsOf(out)
        .map(({ kind, metadata }) => `${kind} ${metadata.name}`)
        .sort(),
    ).toEqual(["Deployment mine", "Service mine"]);
  });

  test.skipIf(!helmPath)("pulls a chart that lies elsewhere, or takes a packed one", async () => {
    const registry = await startOciRegistry();
    const location = `location: ${registry.url("charts/greeter")}, version: 0.1.0`;
    const folder = join(scratch, "elsewhere");
    await drivers("init", folder, "--helm", "--name", "greeter");
    const archive = await packFolder(join(folder, "chart"), "greeter");
    await registry.push("charts/greeter", "0.1.0", archive);
    writeFileSync(join(scratch, "greeter.tgz"), archive);
    rmSync(join(folder, "chart"), { recursive: true });
    const file = join(folder, spec);
    writeFileSync(file, (await Bun.file(file).text()).replace("location: ./chart", location));

    const pulled = await drivers("render", folder);
    expect(pulled).toMatchObject({ code: 0, err: "" });
    expect(objectsOf(pulled.out)).toHaveLength(2);
    await registry.stop();
    expect(await drivers("render", folder)).toMatchObject({
      code: 1,
      err: expect.stringContaining("cannot be pulled"),
    });
    expect(await drivers("render", folder, "--chart", join(scratch, "greeter.tgz"))).toEqual(pulled);
    expect(await drivers("test", folder, "--chart", join(scratch, "greeter.tgz"))).toMatchObject({ code: 0 });
    const linted = await drivers("lint", folder);
    expect(linted).toMatchObject({ code: 0, err: expect.stringContaining("is not looked at") });
    expect(await drivers("lint", folder, "--strict", "--chart", join(scratch, "greeter.tgz"))).toMatchObject({
      code: 0,
      out: "",
    });
    writeFileSync(join(scratch, "bad.tgz"), "no chart");
    expect(await drivers("render", folder, "--chart", join(scratch, "bad.tgz"))).toMatchObject({
      code: 1,
      err: expect.stringContaining("no gzip archive"),
    });
  });

  test.each([
    [["1.2.0", "-p", "replicas=30"], "parameters.replicas", 1],
    [["9.0.0"], "none of the supported versions", 1],
    [["-p", "colour=red"], "is no parameter of this driver", 1],
    [["--parameters", "/does/not/exist"], "cannot be read", 2],
    [["--config", "[]"], "JSON object", 2],
    [["--env-vars", '{"web": {"LOGLEVEL": "debug"}}'], "LOG_LEVEL", 1],
  ])("refuses %p with a sentence", async (options, sentence, code) => {
    const answer = await drivers("render", driver(), ...options);
    expect(answer.err).toContain(sentence);
    expect([answer.code, answer.out]).toEqual([code, ""]);
  });
});

test("lint, render and test show the rendered line that is no YAML, without secrets", async () => {
  const bad =
    "{%- for one in [1, 2] %}\n{%- endfor %}\n# more\n---\napiVersion: v1\nkind: Secret\nmetadata: { name: {{ name }} }\nstringData:\n  key: {{ parameters.key }}: {{ parameters.key | b64encode }}\n";
  const folder = driver({
    [spec]: [["  parameters:", "  parameters:\n    - { name: key, kind: secret }"]],
    [web]: [[/$/, bad]],
  });
  const [head, caret] = [
    "is not valid YAML: there is a colon too many, or quotes are missing around it (line",
    /\n +\d+ \|   key: •••: •••\n +\^\n/,
  ];
  for (const [verb, ...more] of [["lint"], ["render", "-p", "key=geheimnis"], ["test"]] as const) {
    const { code, out, err } = await drivers(verb, folder, ...more);
    expect({ verb, code }).toEqual({ verb, code: 1 });
    expect(out + err).toContain(`${web}`);
    expect(out + err).toContain(head);
    expect(out + err).toMatch(caret);
    expect(out + err).not.toContain("geheimnis");
  }
});

describe("drivers test", () => {
  test("runs the cases and shows what does not hold", async () => {
    const passing = await drivers("test", driver());
    expect(passing).toMatchObject({ code: 0, err: "3 passed, 0 failed\n" });
    const failing = await drivers(
      "test",
      driver({ "tests/cases.yaml": [["spec.replicas: 1", "spec.replicas: 7"]] }),
    );
    expect(failing).toMatchObject({ code: 1, err: expect.stringContaining("2 passed, 1 failed") });
    expect(failing.out).toContain(
      "✗ greets with the defaults (tests/cases.yaml:2)\n    Deployment sample: spec.replicas is 1, not 7\n✓ has",
    );
  });

  test("passes a driver that was written by the guide alone", async () => {
    const guestbook = join(import.meta.dir, "guestbook");
    expect(await drivers("lint", guestbook, "--strict")).toMatchObject({ code: 0, out: "" });
    expect(await drivers("test", guestbook)).toMatchObject({ code: 0, err: "3 passed, 0 failed\n" });
  });

  test("asks the server that is to deploy the cases first, if any says so", async () => {
    const answer = await drivers("test", driver(), "--environment", "demo");
    expect(answer).toMatchObject({ code: 5, out: "", err: expect.stringContaining("cannot be reached") });
    const undeployed = driver({ "tests/cases.yaml": [[/^deploy:\n.*\n/m, ""]] });
    expect(await drivers("test", undeployed, "--environment", "demo")).toMatchObject({ code: 0 });
  });

  test("prints the results as JSON", async () => {
    const { out } = await drivers("test", driver(), "-o", "json");
    expect(JSON.parse(out)).toHaveLength(3);
  });

  test.each<[string, Parameters<typeof driver>[0], string]>([
    [
      "a case with a key that is none",
      { "tests/cases.yaml": [["expect:", "expects:"]] },
      "expects: is not a known key",
    ],
    ["no cases", { "tests/cases.yaml": [[/[^]*/, ""]] }, "There are no cases"],
    [
      "a driver that is not right",
      { [spec]: [["kind: integer", "kind: intiger"]] },
      "spec.parameters[1].kind",
    ],
  ])("refuses %s", async (_, changes, sentence) => {
    const answer = await drivers("test", driver(changes));
    expect(answer).toMatchObject({ code: 1, err: expect.stringContaining(sentence) });
  });
});
