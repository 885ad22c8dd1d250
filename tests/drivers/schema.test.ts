import { describe, expect, test } from "bun:test";
import Ajv from "ajv";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { createProgram } from "../../clients/cli/program.ts";
import { run } from "../../clients/cli/run.ts";
import { parseDriver, problemText } from "../../drivers/kit/index.ts";
import schema from "../../drivers/kit/driver.schema.json";
import { randomOf } from "../fuzz/random.ts";
import { mutated } from "../fuzz/mutate.ts";
import { badFiles } from "./bad-files.ts";
import { goodFiles } from "./good-files.ts";
import { fullDriver } from "./sample.ts";

const drivers = join(import.meta.dir, "../../drivers");
const bundled = readdirSync(drivers, { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith("driver.styrmin.yml"))
  .map((path): [string, string] => [path, readFileSync(join(drivers, path), "utf8")]);
const fits = new Ajv({
  allowUnionTypes: true,
  allErrors: true,
  strictTypes: false,
  strictRequired: false,
}).compile(schema);

/** What an editor says of a file: an editor's parser knows `<<`, keys that come twice, and no second document. */
function editorTakes(text: string): boolean {
  const documents = parseAllDocuments(text, { merge: true });
  if (!Array.isArray(documents) || documents.length !== 1) return false;
  const [document] = documents;
  if (document!.errors.length > 0 || document!.warnings.length > 0) return false;
  try {
    return fits(document!.toJS());
  } catch {
    return false;
  }
}

/** Rules that JSON Schema cannot say, each by the words of the reader's message. */
const beyond = [
  /repeats the name/,
  /is for actions of the hook upgrade/,
  /must be one of web, not|must be one of the components, of which/,
  /must be a range of versions|must be a version such as|must be one of the supported versions/,
  /is no regular expression/,
  /lists a word twice|has a character twice/,
  /is more than max/,
  /default: must (match|have|be (one of|within|a whole number of|.* from))|default: item/,
  /well-formed text/,
  /must be a text, a number, true or false|contains itself/,
  /is a name that cannot be used/,
  /is larger than/,
];

describe("the JSON Schema and the reader agree", () => {
  test.each([...goodFiles, ...bundled])("on a good file: %s", (_what, text) => {
    expect(parseDriver(text).problems?.map(problemText) ?? []).toEqual([]);
    expect(editorTakes(text) ? [] : fits.errors).toEqual([]);
  });

  test("on every bad file, but for the rules that a schema cannot say", () => {
    const counts = { refused: 0, beyond: 0 };
    const wrong: string[] = [];
    for (const [what, text, says] of badFiles) {
      const cannot = says.every((said) => beyond.some((rule) => rule.test(said)));
      counts[cannot ? "beyond" : "refused"]++;
      if (!cannot && editorTakes(text)) wrong.push(`taken: ${what}: ${says.join("; ")}`);
    }
    console.log(
      `schema: ${goodFiles.length + bundled.length} good files, ${counts.refused} bad ones refused, ${counts.beyond} beyond it`,
    );
    expect(wrong).toEqual([]);
    expect(counts.refused).toBeGreaterThan(100);
  });

  test("on files that were changed at random: what the reader takes, the schema takes", () => {
    let taken = 0;
    for (let index = 0; index < 600; index++) {
      const text = mutated(
        randomOf(`schema ${index}`),
        fullDriver,
        ["<<: *a", "1", "x", "null", "[]", "{}", "true"],
        1,
      );
      if (parseDriver(text).problems) continue;
      taken++;
      if (!editorTakes(text)) throw new Error(`${JSON.stringify(text)}\n${JSON.stringify(fits.errors)}`);
    }
    console.log(`schema: ${taken} changed files taken by both`);
    expect(taken).toBeGreaterThan(60);
  });

  test("also where the CLI prints it", async () => {
    const out: string[] = [];
    const { signal } = new AbortController();
    const io = {
      env: {},
      stdout: (text: string) => out.push(text),
      stderr: () => {},
      interactive: false,
      signal,
    };
    expect(await run(createProgram, ["drivers", "schema"], io)).toBe(0);
    expect(JSON.parse(out.join(""))).toEqual(schema);
  });

  test("on which keys there are, each with a line of help and a place in docs/drivers/format.md", () => {
    const silent: string[] = [];
    const page = readFileSync(join(drivers, "../docs/drivers/format.md"), "utf8");
    const visit = (node: any, path: string) => {
      for (const [name, value] of Object.entries<any>(node.properties ?? {})) {
        const isTold = new RegExp(`\\b${name}\\b["\\x60:]`).test(page);
        if (!value.description || !isTold) silent.push(`${path}.${name}`);
        visit(value, `${path}.${name}`);
      }
      for (const inner of [node.items, node.additionalProperties]) if (inner) visit(inner, path);
    };
    visit(schema, "");
    expect(silent).toEqual([]);
  });
});
