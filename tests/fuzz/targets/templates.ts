import { createRenderer, type Renderer } from "../../../drivers/kit/index.ts";
import { contextOf, filesOf, fullDriver } from "../../drivers/sample.ts";
import { parseDriver } from "../../../drivers/kit/index.ts";
import { mutated } from "../mutate.ts";
import type { FuzzTarget } from "../target.ts";

const spec = { ...parseDriver(fullDriver).spec!, helm: null, manifests: "manifests" };
const context = contextOf(spec, {
  cluster: { fqdn_suffix: "localhost" },
  parameters: { replicas: 2, hosts: ["a", "b"] },
  deployment: { env_vars: { server: { A: "1" } } },
});
const sound = `{% macro labels(part) -%}
app: {{ part | tojson }}
{%- endmacro %}
{% for host in parameters.hosts %}
---
apiVersion: v1
kind: ConfigMap
metadata: { name: {{ instance.release_name | kube_name(host) }}, labels: { {{- labels("x") -}} } }
data:
  env: {{ "" | component_env_vars("server") | tojson | tojson }}
  {# a comment #}
  {% if services["web"].primary_fqdn %}host: {{ services["web"].primary_fqdn }}{% else %}host: none{% endif %}
  {% set n = namespace(x=0) %}{% for i in range(3) %}{% set n.x = n.x + i %}{% endfor %}
  sum: "{{ n.x }} {{ nope.a.b }}"
{% endfor %}
`;
const dictionary = [
  ..."{{ }} {% %} {# #} {%- -%} {{- -}} if else endif for endfor set endset macro endmacro include import extends block endblock raw endraw filter call do with".split(
    " ",
  ),
  ..."range(100000) loop.index0 loop.cycle namespace() self super() caller() dict(a=1) lipsum debug() joiner cycler".split(
    " ",
  ),
  "| tojson",
  "| indent(4)",
  "| default('x', true)",
  "| join(',')",
  "| batch(3)",
  "| replace('a','b')",
  "| component_env_vars('nope')",
  "| component_args('server', 'x')",
  ".get('a', 1)",
  ".get(",
  "'x' * 1000000000",
  "** 99999",
  "// 0",
  "% 0",
  "__proto__",
  "{% include 'driver.styrmin.yml' %}",
  "{% include '/etc/passwd' %}",
  "[[[[[[",
  "((((((",
  "&a [*a]",
  "!!binary",
];

function render(by: Renderer, texts: string[]) {
  const named = texts.map((text, index) => [`manifests/${index}.yaml`, text.toWellFormed()]);
  return by.render({ spec, files: filesOf(Object.fromEntries(named)), context, secrets: {} });
}

let renderer: Renderer | undefined;

/** The engine and what reads its output: objects or problems, and the next render is as good as new. */
export const templates: FuzzTarget<string[]> = {
  name: "templates",
  share: 1,
  limitMs: 20_000,
  // Several templates an input: what takes the time is the way to the process that renders, and back.
  make: (random) =>
    Array.from({ length: 8 }, () =>
      random.chance(0.1) ? random.text(200) : mutated(random, sound, dictionary),
    ),
  async run(texts) {
    if (renderer === undefined) {
      renderer = createRenderer({ limits: { timeMs: 10_000, fuel: 200_000 } });
      const { objects } = await render(renderer, [sound]);
      if (objects?.length !== 2) throw new Error("the sound template does not render");
    }
    const outcome = await render(renderer, texts);
    if (outcome.problems?.length === 0) throw new Error("neither objects nor a problem");
    for (const { metadata, kind } of outcome.objects ?? []) {
      if (metadata.namespace && metadata.namespace !== context.instance.namespace)
        throw new Error(`${kind} is elsewhere`);
    }
  },
  close: async () => renderer?.close(),
};
