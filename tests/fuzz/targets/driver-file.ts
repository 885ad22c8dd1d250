import { parseDriver, problemText } from "../../../drivers/kit/index.ts";
import { fullDriver, specText } from "../../drivers/sample.ts";
import { mutated } from "../mutate.ts";
import type { Random } from "../random.ts";
import type { FuzzTarget } from "../target.ts";

const keys =
  "parameters components services actions prompts env_vars container_overrides helm main backup name kind default";
const dictionary = [
  ...keys.split(" ").map((key) => `${key}: `),
  ..."&a *a <<: *a !!binary !!set !!js/function !!int !!float !custom ? | > - --- ... %YAML 1.2 null ~ true [] {} [[ {{ }} ]] \\0 \\ud800".split(
    " ",
  ),
  "&a [*a, *a]",
  "&a {b: *a}",
  "<<: [*a, *a]",
  '"\\0"',
  '"\\ud800"',
  "\u0000",
  "\ud800",
  "__proto__",
  "constructor",
  "! !",
  "\t",
  "\r\n",
  "# ",
  "'",
  '"',
  "secret",
  "enum",
  "list",
  '"(a+)+$"',
  "^(a|aa)+$",
  "2024-01-01",
  "0x1F",
];

/** Texts that have brought down other readers of YAML. */
const bombs: ((random: Random) => string)[] = [
  (random) => random.pick(["[", "{a: ", "- ", "? ", "!!map ", "&a [", '"']).repeat(random.int(20_000)),
  (random) => laughs(2 + random.int(9), 2 + random.int(9)),
  (random) => keysWith((index) => `  k${index}: 1`, random.int(8_000)),
  (random) => keysWith((index) => `  k${index}: *a`, random.int(8_000)),
  (random) => keysWith((index) => `  k${index}: &a${index} [*a${index}]`, random.int(2_000)),
  (random) =>
    specText(
      `  x: &a [${"1,".repeat(random.int(2_000))}]\n  parameters: [${"*a,".repeat(random.int(5_000))}]\n`,
    ),
  (random) =>
    specText(`  parameters: &p [&a { name: a, kind: string }, ${"*a,".repeat(random.int(5_000))}]\n`),
  (random) =>
    specText(
      `  components: { a: { <<: *x, identifier: &x { <<: *x, label: { a: ${"b".repeat(random.int(100))} } } } }\n`,
    ),
  (random) =>
    specText(
      `  info: { description: "${"\\u0000x".repeat(random.int(50))}", authors: [${"a, ".repeat(random.int(9_000))}] }\n`,
    ),
  (random) => `%TAG ! tag:${"x".repeat(random.int(500))},2000:\n---\n!a ${fullDriver}`,
];

function laughs(levels: number, width: number): string {
  const lines = Array.from({ length: levels }, (_, level) => {
    const item = level === 0 ? "x" : `*l${level - 1}`;
    return `  l${level}: &l${level} [${Array(width).fill(item).join(", ")}]`;
  });
  return specText(`${lines.join("\n")}\n  parameters: *l${levels - 1}\n  services: *l${levels - 1}\n`);
}

const keysWith = (line: (index: number) => string, count: number) =>
  specText(`  zero: &a 1\n${Array.from({ length: count }, (_, index) => line(index)).join("\n")}\n`);

/** The reader of `driver.styrmin.yml`: a driver or problems with places, of any text at all. */
export const driverFile: FuzzTarget<string> = {
  name: "driver-file",
  share: 50,
  limitMs: 2_000,
  make(random) {
    const kind = random.int(100);
    if (kind < 15)
      return Buffer.from(random.bytes(random.int(400))).toString(random.pick(["latin1", "utf8"]));
    if (kind < 25) return random.text(200);
    if (kind < 27) return random.pick(bombs)(random);
    return mutated(random, random.pick([fullDriver, specText()]), dictionary);
  },
  run(text) {
    const parsed = parseDriver(text);
    // What cannot be stored or shown is no driver.
    JSON.stringify(parsed);
    if (parsed.spec) return;
    if (parsed.problems.length === 0) throw new Error("neither a driver nor a problem");
    const lines = text.split("\n").length;
    for (const problem of parsed.problems) {
      const shown = problemText(problem);
      if (!shown.isWellFormed()) throw new Error(`a problem that is no text: ${JSON.stringify(shown)}`);
      if (problem.line !== undefined && !(problem.line >= 1 && problem.line <= lines))
        throw new Error(`a problem beside the file, at line ${problem.line} of ${lines}`);
    }
  },
};
