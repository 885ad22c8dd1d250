import { afterAll, expect, test } from "bun:test";
import { createRenderer, excerptOf } from "../../drivers/kit/index.ts";
import { contextOf, filesOf, specOf } from "./sample.ts";

const renderer = createRenderer();
afterAll(() => renderer.close());
const spec = specOf();

/** The caret's line and place, as people see it. */
async function pointed(template: string): Promise<string> {
  const files = filesOf({ "manifests/a.yaml": template });
  const outcome = await renderer.render({ spec, files, context: contextOf(spec), secrets: {} });
  const [problem] = outcome.problems!;
  return excerptOf(problem!) ?? `${problem!.line ?? "no line"}: ${problem!.message}`;
}

test("an error in a template points at its place in the author's line", async () => {
  expect(await pointed('a: 1\nb: "ä😀" {{ app.name | upsidedown }}\n')).toBe(
    '    2 | b: "ä😀" {{ app.name | upsidedown }}\n                               ^',
  );
  // The line is rewritten for the engine: what lies before that is known, and what lies behind is not.
  expect(await pointed("a: {{ nope() }} {{ parameters.get('x', 1) }}\n")).toBe(
    "    1 | a: {{ nope() }} {{ parameters.get('x', 1) }}\n              ^",
  );
  expect(await pointed("a: {{ parameters.get('x', 1) }} {{ nope() }}\n")).toBe(
    "1: unknown function: nope is unknown",
  );
  // A text that looks like the engine's own marks is none.
  expect(await pointed("   1 > {{ nope() }} i ^^\n")).toBe(
    "    1 |    1 > {{ nope() }} i ^^\n                  ^",
  );
});

test("a component that is not there is pointed at where it is named", async () => {
  expect(await pointed('# the sever\na: {{ x | component_env_vars( "sever") | tojson }}\n')).toBe(
    '    2 | a: {{ x | component_env_vars( "sever") | tojson }}\n                  ^',
  );
  const named = "a: {% set c = 'sever' %}{{ x | component_env_vars(c) | tojson }}\n";
  expect(await pointed(named)).toStartWith(
    'no line: component_env_vars("sever"): there is no such component',
  );
});
