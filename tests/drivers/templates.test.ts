import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createRenderer, problemText, type RenderOutcome } from "../../drivers/kit/index.ts";
import { contextOf, filesOf, specOf } from "./sample.ts";

const spec = specOf(`  components:
    web: { identifier: { label: { app: x } } }
    worker: { identifier: { label: { app: y } } }
  services: [{ name: web, kind: http, port: 80, component: web }]
`);
const renderer = createRenderer();
afterAll(() => renderer.close());
const context = contextOf(spec, {
  cluster: { fqdn_suffix: "localhost", ingress_class: "nginx" },
  parameters: { n: 3, title: "Hello World", list: ["b", "a"], on: true },
  deployment: {
    map: { b: 2, a: 1 },
    nothing: null,
    env_vars: { web: { A: "1", B: 'say "hi"' } },
    container_overrides: { web: { main: { command: ["sh", "-c"], args: ["a b"] }, side: { args: ["x"] } } },
  },
});

function render(texts: Record<string, string>): Promise<RenderOutcome> {
  return renderer.render({ spec, files: filesOf(texts), context, secrets: {} });
}
const told = ({ problems }: RenderOutcome) => problems?.map(problemText).join("\n") ?? "no problem";

/**
 * What is said of each of many templates that are rendered at once: the process that renders is replaced after a render
 * with problems, so one for all takes a second instead of many.
 */
async function toldOfEach(templates: string[], more: Record<string, string> = {}): Promise<string[]> {
  const path = (index: number) => `manifests/${String(index).padStart(3, "0")}.yaml`;
  const outcome = await render({
    ...Object.fromEntries(templates.map((text, index) => [path(index), text])),
    ...more,
  });
  const problems = outcome.problems ?? [];
  expect(JSON.stringify(problems)).not.toContain("root:");
  return templates.map((_, index) => {
    const own = problems.filter(({ file }) => file === path(index));
    return own.map((problem) => problemText({ ...problem, file: "manifests/a.yaml" })).join("\n");
  });
}

/** What a template prints, however many lines. */
async function printed(template: string): Promise<string> {
  const head = "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\ndata: { value: ";
  const outcome = await render({
    "manifests/a.yaml": `{% set printed %}${template}{% endset %}${head}{{ printed | tojson }} }`,
  });
  if (outcome.problems) throw new Error(told(outcome));
  return outcome.objects[0]!.data.value;
}

// prettier-ignore
const prints: [template: string, text: string][] = [
  // What is undefined is empty, however deep, and false; asking more of it is an error only where Jinja has one.
  ["[{{ nope }}{{ nope.a.b }}{{ nope[0].c }}{{ parameters.nope }}{{ services['nope'].primary_fqdn }}]", "[]"],
  ["{{ nope | default('d') }} {{ nope.a.b | default('e') }} {{ '' | default('f', true) }} {{ 'g' | d('h') }}", "d e f g"],
  ["{% if nope %}a{% else %}b{% endif %}{% if nope.a == 'x' %}c{% else %}d{% endif %}", "bd"],
  ["{% for x in nope %}{{ x }}{% endfor %}ok {{ nope | length }} {{ nope.a | count }} {{ 'x' in nope }}", "ok 0 0 false"],
  ["{{ nope is defined }} {{ app is defined }} {{ nope | upper }}{{ nope ~ 'a' }} {{ none is none }}", "false true a true"],
  // tojson and the three filters for components.
  ["{{ {'a': [1, 'x', none, true]} | tojson }}", '{"a":[1,"x",null,true]}'],
  ["{{ 'a: \"b\" # {{ c }}' | tojson }} {{ parameters.list | tojson | safe }}", '"a: \\"b\\" # {{ c }}" ["b","a"]'],
  ['{{ "" | component_env_vars("web") | tojson }}', '[{"name":"A","value":"1"},{"name":"B","value":"say \\"hi\\""}]'],
  ['{{ components | component_env_vars("worker") | tojson }}', "[]"],
  ['{{ "" | component_command("web") | tojson }}{{ "" | component_command("worker") | tojson }}', '["sh","-c"][]'],
  ['{{ "" | component_args("web", "side") | tojson }}{{ "" | component_args("web", "none") | tojson }}', '["x"][]'],
  ['{% for one in "" | component_env_vars("web") %}{{ one.name }}={{ one.value }};{% endfor %}', 'A=1;B=say "hi";'],
  // The context.
  ["{{ services['web'].primary_fqdn }} {{ services.web.human_readable_fqdn }}", "web-cafe1234.localhost web-demo.localhost"],
  ["{{ instance.config.ingress_class }} {{ instance.config['map']['a'] }} {{ app.version }}", "nginx 1 1.6.0"],
  // Loops and conditions.
  ["{% for x in [1, 2, 3] if x > 1 %}{{ loop.index }}/{{ loop.length }}:{{ x }}{{ ',' if not loop.last }}{% else %}none{% endfor %}", "1/2:2,2/2:3"],
  ["{% for x in [] %}{{ x }}{% else %}none{% endfor %}", "none"],
  ["{% for k, v in instance.config.map.items() %}{{ k }}={{ v }};{% endfor %}", "a=1;b=2;"],
  ["{% for k, v in instance.config.map | dictsort %}{{ k }}={{ v }};{% endfor %}", "a=1;b=2;"],
  ["{% for k, v in instance.config.map | items %}{{ k }}={{ v }};{% endfor %}{% for k, v in nope | items %}x{% else %}-{% endfor %}", "a=1;b=2;-"],
  ["{% for k in instance.config.map %}{{ k }}{% endfor %} {{ instance.config.map.keys() | join('+') }}", "ab a+b"],
  ["{% for a in [[1, 2], [3]] %}{% for b in a %}{{ loop.index0 }}{{ b }} {% endfor %}{% endfor %}", "01 12 03 "],
  ["{% if parameters.n > 5 %}a{% elif parameters.n == 3 and not false %}b{% else %}c{% endif %}", "b"],
  ["{{ 'yes' if parameters.on else 'no' }}{{ 'x' if not parameters.on }}", "yes"],
  ["{% set ns = namespace(sum=0) %}{% for x in [1, 2] %}{% set ns.sum = ns.sum + x %}{% endfor %}{{ ns.sum }}", "3"],
  // Macros and blocks.
  ["{% macro m(a, b='z') %}[{{ a }}{{ b }}]{% endmacro %}{{ m('q') }}{{ m(b='s', a='r') }}", "[qz][rs]"],
  ["{% macro m() %}<{{ caller() }}>{% endmacro %}{% call m() %}in{% endcall %}", "<in>"],
  ["{% set x %}block{% endset %}{{ x }} {% with y = 1 %}{{ y }}{% endwith %}{{ y }}", "block 1"],
  ["{% raw %}{{ x }}{% endraw %}{% filter upper %}abc{% endfilter %}", "{{ x }}ABC"],
  ["{% macro rec(n) %}{{ n }}{% if n > 0 %}{{ rec(n - 1) }}{% endif %}{% endmacro %}{{ rec(3) }}", "3210"],
  // Whitespace.
  ["a\n  {%- if true %}\n  b\n  {%- endif %}\nc", "a\n  b\nc"],
  ["a {{- ' b ' -}} c", "a b c"],
  ["a\n{% if true -%}\n  b\n{%- endif %}", "a\nb"],
  ["a {#- gone -#} b", "ab"],
  ["[\n{% for x in [1, 2] %}\n{{ x }}\n{% endfor %}\n]", "[\n\n1\n\n2\n\n]"],
  ["{{ 'a: 1\\nb: 2' | indent(2) }}|{{ 'a\\nb' | indent(2, true) }}", "a: 1\n  b: 2|  a\n  b"],
  // Comments.
  ["a{# {{ b }} {% c %} } #}d", "ad"],
  ["a{#\n{{ never }}\n#}b", "ab"],
  ["a }} b %} c #} d { e } {f", "a }} b %} c #} d { e } {f"],
  // Filters, tests and methods as Jinja has them.
  ["{{ parameters.title.lower() }} {{ parameters.title.split(' ')[0] }} {{ parameters.title.replace('l', 'L') }}", "hello world Hello HeLLo WorLd"],
  ["{{ parameters.title.startswith('He') }} {{ ','.join(parameters.list) }} {{ ' a '.strip() }} {{ 'abc'[0:2] }}", "true b,a a ab"],
  ["{{ instance.config.map.get('a') }} {{ instance.config.map.get('zz') or 5 }}", "1 5"],
  ["{{ instance.config.map.get('a', 7) }} {{ instance.config.map.get('zz', 7) + 1 }} {{ instance.config.get('map', {}).get('b', 0) }}", "1 8 2"],
  ["{{ nope.get('a', 'x') }} {{ instance.config['map'].get('q', instance.config.get('r', 'deep')) }} {{ {'a': {'b': 1}}.get('a', {}).get('b', 2) }}", "x deep 1"],
  ["{% if instance.config.map.get('zz', true) and not (instance.config.map).get('y', false) %}yes{% endif %} .get('a', 1)", "yes .get('a', 1)"],
  ["{% set m = {'k': 'v, w'} %}{{ m.get('k', 'x') ~ '.get(1, 2)' }} {{ [m][0].get(\"z\", '(\\'') }} {{ dict(a=1).get('b', 'c') | upper }}", "v, w.get(1, 2) (' C"],
  ["{% for k, v in instance.config.get('none', {'x': 1}) | items %}{{ k }}{{ v }}{% endfor %}{{ instance.config.get('list', [1, 2]) | length }}", "x12"],
  ["{{ parameters.list | sort | join(',') }} {{ parameters.list | first }} {{ [3, 1] | max }} {{ [1, 1] | unique | list | length }}", "a,b b 3 1"],
  ["{{ parameters.list | map('upper') | join }} {{ [{'a': 1}, {'a': 2}] | selectattr('a', 'equalto', 2) | map(attribute='a') | join }}", "BA 2"],
  ["{{ 'a b' | title }} {{ 'abc' | capitalize }} {{ '5' | int + 1 }} {{ 3.7 | round | int }} {{ 'x' | string }} {{ -3 | abs }}", "A B Abc 6 4 x 3"],
  ["{{ 'a-%s-%03d %5.2f %-3s| %x %%' | format('x', 7, 3.14159, 'b', 255) }} {{ 'a b/c&' | urlencode }}", "a-x-007  3.14 b  | ff % a%20b/c%26"],
  ["{{ 'aGk=' | b64decode }} {{ 'hi' | b64encode }} {{ 'a b  c' | wordcount }} {{ 'héé' | length }}", "hi aGk= 3 3"],
  ["{{ 7 // 2 }} {{ 7 % 2 }} {{ 2 ** 3 }} {{ 7 / 2 }} {{ 'a' ~ 1 }} {{ 1 in [1] }} {{ 5000000000 * 2 }}", "3 1 8 3.5 a1 true 10000000000"],
  ["{{ true }} {{ False }} {{ parameters.on }} {{ 9007199254740991 | sha256 | length }}", "true false true 64"],
  ["{{ {'a': 1} | sha256 == '{\"a\":1}' | sha256 }}", "true"],
];

describe("a template prints what Jinja prints:", () => {
  test.each(prints)("%s", async (template, text) => {
    expect(await printed(template)).toBe(text);
  });
});

// prettier-ignore
const stray: [what: string, template: string, says: string][] = [
  ["{{ in a YAML comment", "a: 1\n# stray {{ brace\nb: 2\nc: {{ app.name }}\n", "manifests/a.yaml:2:9 syntax error: unexpected identifier, expected end of variable block: the {{ of this line is not closed before line 3; tags are read in YAML comments, too: write {# … #}, or leave the braces out"],
  ["{% in a YAML comment", "a: 1\nb: 2 # stray {% brace\nc: 3\n", "manifests/a.yaml:2:17 syntax error: unknown statement brace; tags are read in YAML comments, too"],
  ["{# in a YAML comment", "a: 1\n# stray {# brace\nb: 2\nc: 3\n", "manifests/a.yaml:2:9 syntax error: unexpected end of comment: the {# of this line is never closed; tags are read in YAML comments, too"],
  ["words in braces in a YAML comment", "a: 1\n# see {{ the other one }}\n", "manifests/a.yaml:2:14 syntax error: unexpected identifier, expected end of variable block; tags are read in YAML comments"],
  ["braces in braces in a YAML comment", "a: 1\n# {{ {% }} %}\n", "manifests/a.yaml:2:7 syntax error"],
  ["{{ that is closed many lines below", "a: {{ app.name\nb: 2\nc: 3\nd: {{ app.name }}\n", "manifests/a.yaml:1:4 syntax error: unexpected identifier, expected end of variable block: the {{ of this line is not closed before line 2"],
  ["{{ at the end", "a: 1\nb: {{ app.name\n", "manifests/a.yaml:2:11 syntax error"],
  ["a comment that is not closed", "a: 1\n{# b\nc: 3\n\n\n", "manifests/a.yaml:2:1 syntax error: unexpected end of comment: the {# of this line is never closed"],
  ["a quote that is not closed", "a: 1\nb: {{ 'x }}\nc: 3\n", "manifests/a.yaml:2:4 syntax error: unexpected end of string: the {{ of this line is never closed"],
  ["a filter without a name", "a: 1\nb: {{ x |\n}}\n", "manifests/a.yaml:2:4 syntax error: unexpected end of variable block, expected identifier: the {{ of this line is not closed before line 3"],
  ["a block that ends another one", "{% if x %}\na: 1\n{% for y in z %}\n{% endif %}\n", "manifests/a.yaml:4:4 syntax error: unknown statement endif"],
  ["a raw block before it", "{% raw %}{{ {% {# {% endraw %}\na: 1\nb: {{ 1 2 }}\n", "manifests/a.yaml:3:9 syntax error"],
  ["a comment with braces before it", "{# {{ #}\n{# '{%' #}\nb: {{ 1 2 }}\n", "manifests/a.yaml:3:9 syntax error"],
  ["get() with a name before its default", "a: 1\nb: {{ parameters.get('x', default=1) }}\n", "manifests/a.yaml:2:17 unknown method: get() takes a key and a default, without names"],
  ["an error behind a get() over several lines", "a: {{ parameters.get(\n  'x',\n  1) }}\nb: {{ 1 2 }}\n", "manifests/a.yaml:4:9 syntax error"],
];

describe("a stray brace is told at its own line:", () => {
  const told = Promise.withResolvers<string[]>();
  beforeAll(async () => told.resolve(await toldOfEach(stray.map(([, template]) => template))));
  test.each(stray.map(([what, , says], index) => [what, says, index] as const))(
    "%s",
    async (_what, says, index) => {
      expect((await told.promise)[index]).toStartWith(says);
    },
  );

  test("also in an included file", async () => {
    const outcome = await render({
      "manifests/a.yaml": '{% include "part.j2" %}',
      "part.j2": "x\n# {{ y z }}\n",
    });
    expect(problemText(outcome.problems![0]!)).toStartWith("part.j2:2:8 syntax error: unexpected");
  });
});

// prettier-ignore
const outside: [template: string, says: string][] = [
  ['{% include "/etc/passwd" %}', "template not found"],
  ['{% include "../../../../etc/passwd" %}', "template not found"],
  ['{% include "file:///etc/passwd" %}', "template not found"],
  ['{% include "/proc/self/environ" %}', "template not found"],
  ['{% include "manifests/../../../etc/passwd" %}', "template not found"],
  ['{% include ["/etc/passwd", "/etc/hosts"] %}', "tried to include one of multiple templates, none of which existed"],
  ['{% set path = "/etc/passwd" %}{% include path %}', "template not found"],
  ['{% import "/etc/passwd" as x %}', "template not found"],
  ['{% from "/etc/passwd" import x %}', "template not found"],
  ['{% extends "/etc/passwd" %}', "template not found"],
  ['{% include "http://127.0.0.1:1/" %}', "template not found"],
  ['{% include "other-driver/driver.styrmin.yml" %}', "template not found"],
  ["{{ env('HOME') }}", "unknown function"],
  ["{{ lookup('file', '/etc/passwd') }}", "unknown function"],
  ["{{ open('/etc/passwd').read() }}", "unknown function"],
  ["{{ ''.__class__.__mro__[1].__subclasses__() }}", "unknown method"],
  ["{{ cycler.__init__.__globals__.os.popen('id').read() }}", "unknown method"],
  ["{{ 'x' | attr('constructor') | attr('constructor')('return process')() }}", "syntax error"],
  ["{{ components.constructor.constructor('return process')() }}", "unknown method"],
  ["{{ '' | component_env_vars('__proto__') }}", "there is no such component"],
  ["{{ '' | component_env_vars('constructor') }}", "there is no such component"],
];

describe("a template reads nothing outside of its driver and its context:", () => {
  const told = Promise.withResolvers<string[]>();
  beforeAll(async () => told.resolve(await toldOfEach(outside.map(([template]) => template))));
  test.each(outside.map(([template, says], index) => [template, says, index] as const))(
    "%s",
    async (_template, says, index) => expect((await told.promise)[index]).toContain(says),
  );

  test("and what looks like a way out is empty", async () => {
    expect(
      await printed(
        "[{{ process }}{{ Bun }}{{ env }}{{ environ }}{{ self._TemplateReference__context }}{{ app.constructor }}{{ app.__proto__ }}{{ ''.constructor }}]",
      ),
    ).toBe("[]");
  });

  test("while files of its own can be included, imported and extended", async () => {
    const { objects, problems } = await render({
      "manifests/a.yaml":
        '{% import "lib/macros.j2" as lib %}{% from "lib/macros.j2" import name %}{% include "lib/part.j2" %}\nmetadata: { name: {{ name() }} }\ndata: { x: "{{ lib.twice("a") }}" }\n',
      "manifests/b.yaml": '{% extends "lib/base.j2" %}{% block name %}other{% endblock %}',
      "lib/macros.j2": "{% macro name() %}made{% endmacro %}{% macro twice(x) %}{{ x }}{{ x }}{% endmacro %}",
      "lib/part.j2": "apiVersion: v1\nkind: ConfigMap",
      "lib/base.j2":
        "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: {% block name %}base{% endblock %} }\n",
    });
    expect(problems).toBeUndefined();
    expect(objects!.map(({ metadata, data }) => [metadata.name, data?.x])).toEqual([
      ["made", "aa"],
      ["other", undefined],
    ]);
  });
});

// prettier-ignore
const objects: [what: string, text: string, says: string][] = [
  ["a kind that leads elsewhere", "apiVersion: v1\nkind: ../secrets\nmetadata: { name: a }\n", 'a kind that cannot be'],
  ["a kind with a slash", "apiVersion: v1\nkind: Pod/exec\nmetadata: { name: a }\n", "a kind that cannot be"],
  ["an apiVersion that leads elsewhere", "apiVersion: v1/namespaces/kube-system\nkind: Pod\nmetadata: { name: a }\n", "a Pod of an apiVersion that cannot be"],
  ["an apiVersion with dots", "apiVersion: ../v1\nkind: Pod\nmetadata: { name: a }\n", "a Pod of an apiVersion that cannot be"],
  ["a query in an apiVersion", "apiVersion: v1?x=y\nkind: Pod\nmetadata: { name: a }\n", "a Pod of an apiVersion that cannot be"],
  ["a name that leads elsewhere", "apiVersion: v1\nkind: Pod\nmetadata: { name: a/../b }\n", "a name that Kubernetes refuses"],
  ["a namespace that is a number", "apiVersion: v1\nkind: Pod\nmetadata: { name: a, namespace: 1 }\n", 'is in namespace "1"'],
  ["a list in a list", "apiVersion: v1\nkind: List\nitems: [{ apiVersion: v1, kind: List, items: [] }]\n", 'a List without "metadata.name"'],
  ["another namespace in a list", "apiVersion: v1\nkind: List\nitems: [{ apiVersion: v1, kind: Pod, metadata: { name: a, namespace: default } }]\n", 'is in namespace "default"'],
  ["a kind of ours in a list", "apiVersion: v1\nkind: PodList\nitems: [{ apiVersion: styrmin.io/v1alpha1, kind: StyrminDeployment, metadata: { name: a } }]\n", "no driver may make"],
];

describe("an object that cannot be is refused before anything is applied:", () => {
  const told = Promise.withResolvers<string[]>();
  beforeAll(async () => told.resolve(await toldOfEach(objects.map(([, text]) => text))));
  test.each(objects.map(([what, , says], index) => [what, says, index] as const))(
    "%s",
    async (_what, says, index) => {
      expect((await told.promise)[index]).toContain(says);
    },
  );
});

test("the tables of templates are as long as they were", () => {
  const counts = [prints, stray, outside, objects].map(({ length }) => length);
  console.log(
    `templates: ${counts[0]} printed, ${counts[1]} stray braces, ${counts[2]} ways out, ${counts[3]} objects`,
  );
  expect(counts[0]! >= 45 && counts[1]! >= 15 && counts[2]! >= 20 && counts[3]! >= 10).toBe(true);
});
