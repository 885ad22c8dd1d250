import { readFileSync } from "node:fs";
import { join } from "node:path";
import { specText } from "./sample.ts";

/** A bad driver file, and all that must be said of it, in this order: `line:column key: message`. */
export type BadFile = [what: string, text: string, says: string[]];

const inFile = readFileSync(join(import.meta.dir, "bad-files.txt"), "utf8")
  .split(/^== /m)
  .slice(1)
  .map(read);

/** What is too long to be written down. */
const long: BadFile[] = [
  [
    "a text that is too long",
    specText(`  info: { license: ${"x".repeat(4097)} }\n`),
    ["7:20 spec.info.license: must have 4096 characters at most, not 4097"],
  ],
  [
    "a pattern that is too long",
    specText(`  parameters: [{ name: a, kind: string, pattern: "${"a".repeat(501)}" }]\n`),
    ["7:50 spec.parameters[0].pattern: must have 500 characters at most, not 501"],
  ],
  [
    "a name that is too long",
    specText("", { name: "a".repeat(64) }),
    ["3:19 metadata.name: must have 63 characters at most, not 64"],
  ],
  [
    "brackets without end",
    specText(`  info: ${"[".repeat(200)}\n`),
    ["is not YAML that can be read: it is nested too deeply"],
  ],
  [
    "two documents",
    `${specText()}---\n${specText()}`,
    ["7:1 is the beginning of a second document; a driver is one"],
  ],
  ["a file that is too large", "#".repeat(300_000), ["is larger than 256 KiB"]],
  [
    "an empty file",
    "",
    [
      "1:1 apiVersion: is missing",
      "1:1 kind: is missing",
      "1:1 metadata: is missing",
      "1:1 spec: is missing",
    ],
  ],
];

export const badFiles: BadFile[] = [...inFile, ...long];

function read(block: string): BadFile {
  const [what = "", ...lines] = block.trimEnd().split("\n");
  const isSaid = (line: string) => line.startsWith("-- ");
  const text = lines.filter((line) => !isSaid(line)).join("\n") + "\n";
  const whole = text.startsWith("  ") ? specText(text) : text === "\n" ? "" : text;
  return [what, whole, lines.filter(isSaid).map((line) => line.slice(3))];
}
