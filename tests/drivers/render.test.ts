import { afterAll, describe, expect, test } from "bun:test";
import {
  createRenderer,
  problemText,
  type RendererOptions,
  renderManifests,
  type RenderOutcome,
  residentBytes,
} from "../../drivers/kit/index.ts";
import { contextOf, filesOf, type SampleContext, specOf } from "./sample.ts";
import { pace } from "../helpers/pace.ts";

const spec = specOf(`  components: { web: { identifier: { label: { app: x } } } }
  services: [{ name: web, kind: http, port: 80, component: web }]
  parameters: [{ name: password, kind: secret, required: false }]
`);
const renderer = createRenderer();
afterAll(() => renderer.close());

/** A request for one manifest, or for several by path. */
function requestFor(manifests: string | Record<string, string>, given: SampleContext = {}) {
  const texts = typeof manifests === "string" ? { "manifests/a.yaml": manifests } : manifests;
  return { spec, files: filesOf(texts), context: contextOf(spec, given), secrets: {} };
}

const render = (manifests: string | Record<string, string>, given?: SampleContext) =>
  renderer.render(requestFor(manifests, given));

/** A ConfigMap whose `value` is what the expression prints. */
const printing = (expression: string) => `apiVersion: v1
kind: ConfigMap
metadata: { name: a }
data: { value: ${expression} }
`;

async function printed(expression: string, given?: SampleContext): Promise<unknown> {
  const { objects, problems } = await render(printing(expression), given);
  if (problems) throw new Error(problems.map(problemText).join("\n"));
  return objects[0]!.data.value;
}

const told = ({ problems }: RenderOutcome) => problems?.map(problemText).join("\n") ?? "no problem";
const endlessLoop = "{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}";

describe("templates", () => {
  test("see the context", async () => {
    const given = {
      parameters: { count: 3 },
      cluster: { fqdn_suffix: "localhost" },
      deployment: { a: { b: "c" } },
    };
    const text =
      "'{{ parameters.count }} {{ app.name }} {{ app.version }} {{ instance.release_name }} {{ instance.namespace }}'";
    expect(await printed(text, given)).toBe("3 sample 1.6.0 mine-cafe1234 env-demo");
    expect(await printed("{{ services['web'].primary_fqdn }}", given)).toBe("web-cafe1234.localhost");
    expect(
      await printed(
        "'{{ instance.config.a.b }} {{ environment.name }} {{ cluster.name }} {{ deployment.name }}'",
        given,
      ),
    ).toBe("c demo local mine");
  });

  test("print nothing for what is undefined, however deep", async () => {
    expect(await printed("'[{{ nope }}{{ nope.a.b[0].c }}{{ parameters.nope }}]'")).toBe("[]");
  });

  test("quote safely with tojson, and print numbers and booleans as they are", async () => {
    const evil = "a: b # \"c\" 'd' {{ e }}\n- f <script>";
    expect(await printed("{{ parameters.text | tojson }}", { parameters: { text: evil } })).toBe(evil);
    expect(await printed("{{ parameters.big }}", { parameters: { big: 5_000_000_000 } })).toBe(5_000_000_000);
    expect(await printed("{{ parameters.on }}", { parameters: { on: true } })).toBe(true);
  });

  test("are no templates again in a value that looks like one", async () => {
    expect(await printed("{{ parameters.text | tojson }}", { parameters: { text: "{{ 7 * 7 }}" } })).toBe(
      "{{ 7 * 7 }}",
    );
  });

  test("have filters for components, hashes and names", async () => {
    const given = {
      deployment: {
        env_vars: { web: { A: "1" } },
        container_overrides: { web: { main: { command: ["x"], args: ["y"] } } },
      },
    };
    expect(await printed('{{ instance | component_env_vars("web") | tojson }}', given)).toEqual([
      { name: "A", value: "1" },
    ]);
    expect(await printed('{{ "" | component_command("web") | tojson }}', given)).toEqual(["x"]);
    expect(await printed('{{ "" | component_args("web", "main") | tojson }}', given)).toEqual(["y"]);
    expect(await printed('{{ "" | component_args("web", "other") | tojson }}', given)).toEqual([]);
    expect(await printed('{{ "a" | sha256 }}')).toStartWith("ca978112ca1bbdca");
    expect(await printed('{{ "hé" | b64encode }}')).toBe("aMOp");
    expect(await printed('{{ instance.release_name | kube_name("web") }}')).toBe("mine-cafe1234-web");
    expect(String(await printed(`{{ "${"a".repeat(70)}" | kube_name("web", 52) }}`))).toHaveLength(52);
    const versions = ["1.10", "1.2-rc.1", "v2", 1.5, null]
      .map((version) => JSON.stringify(version))
      .join(", ");
    expect(
      await printed(
        `{{ [${versions}] | map("satisfies", ">=1.2,<2.0") | list | tojson }}`.replace("null", "nope"),
      ),
    ).toEqual([true, true, false, true, false]);
    const wrong = await render({ "manifests/a.yaml": printing('{{ app.version | satisfies("newer") }}') });
    expect(wrong.problems).toMatchObject([
      { line: 4, message: 'satisfies wants a range of versions such as ">=1.2,<2.0", not "newer"' },
    ]);
    expect(await printed("{{ nope | sha256 }}{{ 5 | b64encode }}{{ nope | kube_name }}")).toBeString();
  });

  test("include other files of the driver, and only those", async () => {
    const { objects } = await render({
      "manifests/a.yaml": `{% set source %}{% include "app/main.ts" %}{% endset %}${printing("{{ source | tojson }}")}`,
      "app/main.ts": 'const a = "`${b}`: c"; // d',
      "README.md": "{% this is no template",
    });
    expect(objects![0]!.data.value).toBe('const a = "`${b}`: c"; // d');
    for (const path of ["/etc/passwd", "../../etc/passwd", "file:///etc/passwd"]) {
      expect(told(await render(`{% include "${path}" %}`))).toContain("template not found");
    }
  });

  test("of one deployment leave nothing for the next", async () => {
    const files = filesOf({
      "manifests/a.yaml": `{% set secret = parameters.text %}${printing("{{ parameters.text | tojson }}{{ left }}")}`,
    });
    for (const text of ["one", "two"]) {
      const context = contextOf(spec, { parameters: { text } });
      const { objects } = await renderer.render({ spec, files, context, secrets: {} });
      expect(objects![0]!.data.value).toBe(text);
    }
  });
});

describe("limits", () => {
  const huge: [string, string][] = [
    ["500 MB in a loop", "{% set s = 'x' * 1000000 %}{% for i in range(500) %}{{ s }}{% endfor %}"],
    ["500 MB at once", "{{ 'x' * 500000000 }}"],
    [
      "a list that doubles",
      "{% set ns = namespace(l='xxxxxxxxxx') %}{% for i in range(60) %}{% set ns.l = ns.l ~ ns.l %}{% endfor %}",
    ],
    ["a little more than is allowed", "{{ 'a: b\n' * 1000000 }}"],
  ];
  test.each(huge)("a template that prints %s is stopped early", async (_what, text) => {
    const start = performance.now();
    const before = residentBytes(process.pid);
    expect(told(await render(text))).toContain("printed too much");
    expect(performance.now() - start).toBeLessThan(5_000 * pace());
    expect(residentBytes(process.pid) - before).toBeLessThan(300 * 1024 * 1024);
    expect(await printed("fine")).toBe("fine");
  });

  test("an endless loop runs out of fuel, and the next render is fine", async () => {
    expect(told(await render(endlessLoop))).toBe("manifests/a.yaml:1 does too much work (ran out of fuel)");
    expect(await printed("fine")).toBe("fine");
  });

  test("a macro that calls itself without end is an error of the template", async () => {
    expect(told(await render("{% macro m(n) %}{{ m(n) }}{% endmacro %}{{ m(0) }}"))).toContain(
      "recursion limit",
    );
  });

  test("what takes too long is killed", async () => {
    const options: RendererOptions = { limits: { timeMs: 300, fuel: 2_000_000_000 } };
    const start = performance.now();
    expect(told(await renderManifests(requestFor(endlessLoop), options))).toContain(
      "took longer than 300 ms",
    );
    expect(performance.now() - start).toBeLessThan(5_000 * pace());
  });

  test("an abort ends a render at once, and the next one is fine", async () => {
    const patient = createRenderer({ limits: { timeMs: 60_000, fuel: 2_000_000_000 } });
    const running = patient.render(requestFor(endlessLoop), AbortSignal.timeout(200));
    const waiting = patient.render(requestFor(printing("fine")));
    expect(running).rejects.toThrow();
    expect((await waiting).objects).toHaveLength(1);
    expect(patient.render(requestFor("x"), AbortSignal.abort())).rejects.toThrow();
    await patient.close();
  });

  test("a close ends the render that is under way, which says so", async () => {
    const closed = createRenderer({ limits: { timeMs: 60_000, fuel: 2_000_000_000 } });
    const running = closed.render(requestFor(endlessLoop));
    // Its child is started before the loop comes round again.
    await Bun.sleep(0);
    await closed.close();
    expect(told(await running)).toContain("ended without a result");
  });

  test("a driver may make so many objects and no more", async () => {
    const many =
      "{% for i in range(501) %}---\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: a{{ i }} }\n{% endfor %}";
    expect(told(await render(many))).toContain("501 objects; 500 are allowed");
  });

  test("YAML that repeats itself without end does not take the process along", async () => {
    const lines = ["a0: &a0 [x,x,x,x,x,x,x,x,x]"];
    for (let i = 1; i < 12; i++)
      lines.push(
        `a${i}: &a${i} [${Array(9)
          .fill(`*a${i - 1}`)
          .join(",")}]`,
      );
    expect(told(await render(lines.join("\n")))).toContain("manifests/a.yaml");
    expect(told(await render("[".repeat(100_000)))).toContain("manifests/a.yaml");
    expect(await printed("fine")).toBe("fine");
  });
});

const broken: [what: string, manifests: string, says: string][] = [
  ["a tag that is not closed", "a: 1\n{% if x %}\n", "manifests/a.yaml:2:9 syntax error"],
  [
    "an unknown filter",
    "a: 1\nb: {{ 1 | upside_down }}\n",
    "manifests/a.yaml:2:11 unknown filter: filter upside_down",
  ],
  ["an unknown function", "\n\n{{ range2(3) }}", "manifests/a.yaml:3:4 unknown function"],
  ["an operation on the wrong type", "a: {{ app.name + 1 }}", "manifests/a.yaml:1:7 invalid operation"],
  [
    "a component that is none",
    '{{ "" | component_env_vars("wep") }}',
    'component_env_vars("wep"): there is no such component; there are web',
  ],
  ["a component without a name", '{{ "" | component_env_vars }}', "there is no such component"],
  ["YAML with a bad indent", "a:\n  - b\n c: {{ app.name }}\n", "manifests/a.yaml:3 is not valid YAML"],
  ["YAML with a colon too many", "kind: a: b\n", "is not valid YAML: there is a colon too many"],
  ["a text instead of an object", "hello\n", "must be a Kubernetes object, not string"],
  ["no kind", "apiVersion: v1\n", 'without "kind"'],
  ["no apiVersion", "kind: Pod\n", 'a Pod without "apiVersion"'],
  ["no name", "apiVersion: v1\nkind: Pod\nmetadata: { generateName: a }\n", 'a Pod without "metadata.name"'],
  [
    "a bad name",
    "apiVersion: v1\nkind: Pod\nmetadata: { name: a b }\n",
    "Pod a b has a name that Kubernetes refuses",
  ],
  [
    "another namespace",
    "apiVersion: v1\nkind: Pod\nmetadata: { name: a, namespace: kube-system }\n",
    'is in namespace "kube-system"',
  ],
  [
    "a kind of ours",
    "apiVersion: styrmin.io/v1alpha1\nkind: StyrminDeployment\nmetadata: { name: a }\n",
    "no driver may make",
  ],
  [
    "a label that is a number",
    "apiVersion: v1\nkind: Pod\nmetadata: { name: a, labels: { b: 1 } }\n",
    "metadata.labels.b must be a text; put it in quotes",
  ],
  [
    "the same object twice",
    `${printing("1")}---\n${printing("2")}`,
    "manifests/a.yaml:5 ConfigMap a is there twice",
  ],
];

describe("a broken manifest is told with file and line", () => {
  test.each(broken)("%s", async (_what, manifests, says) => {
    expect(told(await render(manifests))).toContain(says);
  });

  test("and the next render is fine", async () => {
    expect(await printed("fine")).toBe("fine");
  });

  test("all files' problems at once", async () => {
    const outcome = await render({
      "manifests/a.yaml": "{% if %}",
      "manifests/b.yml": "{{ 1 | no }}",
      "other.yaml": "{% if %}",
    });
    expect(outcome.problems!.map(({ file }) => file)).toEqual(["manifests/a.yaml", "manifests/b.yml"]);
  });

  test("a key that comes twice is found by the strict check", async () => {
    const outcome = await renderManifests(requestFor("apiVersion: v1\napiVersion: v2\n"), { strict: true });
    expect(told(outcome)).toBe("manifests/a.yaml:2 is not valid YAML: a key comes twice");
  });

  test("the rendered line is shown by the strict check alone: an agent has other people's secrets", async () => {
    const request = requestFor("{% if true -%}\n{% endif -%}\n{{ 'a' }}: {{ 'b: c' }}\n");
    const message =
      "is not valid YAML: there is a colon too many, or quotes are missing around it (line 1 of the rendered text)";
    const problem = { file: "manifests/a.yaml", field: "", message };
    expect((await renderManifests(request, { strict: true })).problems).toEqual([
      { ...problem, source: "a: b: c", renderedLine: 1, column: 4 },
    ]);
    expect((await renderManifests(request)).problems).toEqual([problem]);
  });
});

describe("objects", () => {
  test("come in the order of files and documents, with lists flattened and empty documents skipped", async () => {
    const { objects } = await render({
      "manifests/b.yaml":
        "---\n# nothing\n---\napiVersion: v1\nkind: List\nitems:\n  - { apiVersion: v1, kind: Pod, metadata: { name: c, namespace: env-demo } }\n  - { apiVersion: v1, kind: Pod, metadata: { name: b } }\n",
      "manifests/a.yaml": `${printing("1")}---\n`,
      "manifests/deep/c.yml": "apiVersion: v1\nkind: Secret\nmetadata: { name: a }\n",
      "manifests/notes.txt": "{{ not a template",
    });
    expect(objects!.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
      "ConfigMap a",
      "Pod c",
      "Pod b",
      "Secret a",
    ]);
  });

  test("of one name may be of different kinds and groups", async () => {
    const ingress = (group: string) => `apiVersion: ${group}/v1\nkind: Ingress\nmetadata: { name: a }\n`;
    const { objects } = await render(
      `${ingress("networking.k8s.io")}---\n${ingress("example.org")}---\n${printing("1")}`,
    );
    expect(objects).toHaveLength(3);
  });
});

describe("secrets", () => {
  const password = "hunter2-hunter2";
  const withPassword = (manifests: string) =>
    renderer.render({ ...requestFor(manifests, { secrets: ["password"] }), secrets: { password } });

  test("are in the objects", async () => {
    expect((await withPassword(printing("{{ parameters.password }}"))).objects![0]!.data.value).toBe(
      password,
    );
  });

  test("are in no problem", async () => {
    const leaks = [
      "{{ parameters.password | nope }}",
      "{{ parameters.password + 1 }}",
      "{{ parameters.password | int }}",
      "apiVersion: v1\nkind: Pod\nmetadata: { name: 'x {{ parameters.password }}' }",
      "apiVersion: v1\nkind: Pod\nmetadata: { name: x, namespace: '{{ parameters.password }}' }",
      "apiVersion: v1\nkind: '{{ parameters.password }}'\nmetadata: { name: x }",
      "apiVersion: '{{ parameters.password }}'\nkind: Pod\nmetadata: { name: x }",
      "a: *{{ parameters.password }}",
      '"{{ parameters.password }}": 1\n"{{ parameters.password }}: 2',
      '{{ "" | component_env_vars(parameters.password) }}',
    ];
    for (const manifests of leaks) {
      const outcome = await withPassword(manifests);
      expect(outcome.problems).not.toBeUndefined();
      expect(JSON.stringify(outcome)).not.toContain(password);
    }
  });

  test("that are missing are told by name", async () => {
    expect(told(await render(printing("1"), { secrets: ["password"] }))).toContain('has no key "password"');
  });
});

describe("the child process", () => {
  test("has no environment and is replaced after so many renders", async () => {
    const short = createRenderer({ rendersPerChild: 2 });
    for (let i = 0; i < 5; i++)
      expect((await short.render(requestFor(printing(String(i))))).objects).toHaveLength(1);
    await short.close();
    expect(await printed("'{{ process }}{{ env }}{{ environ }}{{ Bun }}'")).toBe("");
  });

  // One that is started for each render costs many milliseconds here alone.
  test("stays warm: a render takes next to no processor time of its own", async () => {
    const request = requestFor(printing("{{ app.name }}"));
    await renderer.render(request);
    const before = process.cpuUsage();
    for (let i = 0; i < 300; i++) await renderer.render(request);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000 / 300).toBeLessThan(3);
  });
});
