import type { ActionRunner } from "../../../agent/actions/runner.ts";
import { type RunOptions, runText } from "./job.ts";

/** What an author does wrong, and what is said of it. */
export const mistakes: [what: string, text: string, said: string | RegExp, options?: RunOptions][] = [
  ["throws", 'export function go() {\n  throw new Error("no disk");\n}', "actions.ts:2:13: no disk"],
  ["throws a TypeError", "export function go() {\n  return null.x;\n}", /^actions\.ts:2:\d+: TypeError: /],
  [
    "throws in another file",
    'import { f } from "./lib/f.ts";\nexport const go = () => f();',
    "lib/f.ts:1:36: deep",
    { files: { "lib/f.ts": 'export const f = () => { throw new Error("deep") };' } },
  ],
  [
    "throws with a cause",
    'export function go() { throw new Error("a", { cause: "b" }) }',
    /: a \(because of: actions.ts threw b\)$/,
  ],
  ["throws no error", "export function go() { throw { code: 7 } }", /^actions\.ts threw \{\s*code: 7/],
  ["rejects", 'export const go = () => Promise.reject(new Error("later"))', /^actions\.ts:1:\d+: later$/],
  [
    "leaves a rejection to nobody",
    'export const go = async () => { Promise.reject(new Error("stray")); await Bun.sleep(50) }',
    /stray$/,
  ],
  [
    "throws in a timer",
    'export const go = () => new Promise(() => setTimeout(() => { throw new Error("tick") }))',
    /tick$/,
  ],
  [
    "exports nothing of that name",
    "export const stop = () => {};",
    /^actions\.ts has no exported function go; it exports stop\. Write: export async function go/,
  ],
  [
    "exports no function",
    "export const go = 7;",
    /^actions\.ts has no exported function go; it exports no function/,
  ],
  ["has no such file", "", /^missing\.ts: there is no file .*missing\.ts/, { location: "missing.ts::go" }],
  [
    "writes no TypeScript",
    "export const go = () => {\n  const = 3;\n}",
    /^actions\.ts:2:9: Expected identifier but found "="\n  const = 3;\n/,
  ],
  [
    "imports the types as values",
    '\nimport { a } from "@styrmin/driver-kit";\nexport const go = () => a;',
    'actions.ts:2: @styrmin/driver-kit holds types only. Write: import type { … } from "@styrmin/driver-kit"',
  ],
  [
    "imports a package",
    'import a from "left-pad";\nexport const go = a;',
    /^actions\.ts:1: package left-pad is not there, and nothing is installed/,
  ],
  [
    "imports a file that is not there",
    'import a from "./b.ts";\nexport const go = a;',
    "actions.ts:1: there is no file ./b.ts among the driver's files.",
  ],
  [
    "returns a circle",
    "export const go = () => { const a = {}; a.a = a; return a }",
    /^What actions\.ts::go returns cannot be written as JSON/,
  ],
  [
    "returns a bigint",
    "export const go = () => 1n",
    /^What actions\.ts::go returns cannot be written as JSON/,
  ],
  [
    "gives a step no function",
    'export const go = (ctx) => ctx.step("a")',
    /ctx\.step\(name, work\): work must be a function/,
  ],
  [
    "puts a step into a step",
    'export const go = (ctx) => ctx.step("a", () => ctx.step("b", () => 1))',
    /Step "b" lies within another step/,
  ],
  [
    "gives exec a text",
    'export const go = (ctx) => ctx.exec("web", "ls -l")',
    /command must be a list of texts/,
  ],
  [
    "scales to half a pod",
    'export const go = (ctx) => ctx.scale("web", 0.5)',
    /replicas must be a whole number/,
  ],
  [
    "changes the context",
    'export const go = (ctx) => { ctx.context.app.name = "x" }',
    /^actions\.ts:1:\d+: TypeError: /,
  ],
];

/** Runs them all; answers those that were told otherwise. */
export async function mistold(runner: ActionRunner): Promise<string[]> {
  const wrong: string[] = [];
  const check = async ([what, text, said, options]: (typeof mistakes)[number]) => {
    const { failure, message = "" } = await runText(runner, text, options);
    const told = typeof said === "string" ? message === said : said.test(message);
    if (failure !== "failed" || !told) wrong.push(`${what}: ${failure} ${message}`);
  };
  await Promise.all(mistakes.map(check));
  return wrong;
}
