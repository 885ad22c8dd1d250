import { afterAll, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { typesOf } from "../../clients/cli/drivers/types.ts";
import { filesOf, specOf } from "../drivers/sample.ts";

const scratch = mkdtempSync(join(tmpdir(), "styrmin-test-types-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const spec = specOf("  actions: [{ name: go, hook: setup, location: 'actions.ts::go' }]\n");
const ran = join(scratch, "ran");
const typed = 'import type { ActionContext } from "@styrmin/driver-kit";\n';
const check = (files: Record<string, string>, options = {}) =>
  typesOf(spec, filesOf(files), new AbortController().signal, options);

test("types of actions are checked where they stand, in all files that they are made of, and nothing runs", async () => {
  const { problems, unchecked } = await check({
    "actions.ts": `${typed}import { name } from "./lib/name.ts";
require("node:fs").writeFileSync(${JSON.stringify(ran)}, "");
export async function go(ctx: ActionContext) {
  await ctx.exce(name(ctx), ["x"]);
  const { exitCode } = await ctx.exec("web", "ls");
}
`,
    "lib/name.ts": `${typed}export const name = (ctx: ActionContext): string => ctx.context.upgrade;\n`,
    "unused.ts": "export const wrong: string = 1;\n",
    "package.json": JSON.stringify({ scripts: { check: `touch ${ran}`, precheck: `touch ${ran}` } }),
    "tsconfig.json": "{ nonsense",
    "bunfig.toml": 'preload = ["./actions.ts"]\n',
  });
  expect(unchecked).toBeUndefined();
  expect(
    problems.map(({ file, line, column, message }) => [file, line, column, message.slice(0, 6)]),
  ).toEqual([
    ["actions.ts", 5, 13, "TS2339"],
    ["actions.ts", 6, 46, "TS2345"],
    ["lib/name.ts", 2, 53, "TS2322"],
  ]);
  expect(problems[0]!.message).toContain("'exce' does not exist on type 'ActionContext'");
  expect(existsSync(ran)).toBe(false);
});

test("an action without types, one with modules of the runtime, and a driver without actions are right", async () => {
  const plain =
    'import { readFileSync } from "node:fs";\nexport const go = (ctx) => ctx.log(readFileSync(ctx.x));\n';
  expect(await check({ "actions.ts": plain })).toEqual({ problems: [] });
  expect(await typesOf(specOf(), filesOf({}), new AbortController().signal)).toEqual({ problems: [] });
});

test("a checker that is not there, cannot check or does not end is told", async () => {
  const fake = (name: string, script: string) => {
    const path = join(scratch, name);
    writeFileSync(path, `#!/bin/sh\n${script}\n`);
    chmodSync(path, 0o755);
    return path;
  };
  const files = { "actions.ts": "export const go = () => 1;\n" };
  const why = async (options: object) => (await check(files, options)).unchecked;
  expect(await why({ checker: join(scratch, "none") })).toContain("cannot be started");
  const older = fake("older", "echo 'error: Script not found \"check\"' >&2; exit 1");
  expect(await why({ checker: older })).toBe('the type checker failed: error: Script not found "check"');
  const endless = fake("endless", "exec /bin/sleep 600");
  expect(await why({ checker: endless, timeMs: 100 })).toContain("too much time");
});
