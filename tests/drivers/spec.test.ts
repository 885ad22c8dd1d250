import { describe, expect, test } from "bun:test";
import { excerptOf, parseDriver, problemText } from "../../drivers/kit/index.ts";
import { badFiles } from "./bad-files.ts";
import { specOf, specText } from "./sample.ts";
import { pace } from "../helpers/pace.ts";

const web = "  components: { web: { identifier: { label: { a: b } } } }\n";

describe("a bad driver file is refused with line, column, key and remedy", () => {
  test.each(badFiles)("%s", (_what, text, says) => {
    const told = parseDriver(text).problems?.map(problemText) ?? [];
    expect(told.map((each) => each.replace(/^driver\.styrmin\.yml[: ]/, ""))).toEqual(says);
  });

  test("and the table is as long as it was", () => {
    console.log(`bad driver files: ${badFiles.length}`);
    expect(badFiles.length).toBeGreaterThanOrEqual(140);
    expect(new Set(badFiles.map(([what]) => what)).size).toBe(badFiles.length);
  });

  test("with a caret under the place, also behind wide characters, tabs and in a long line", () => {
    const excerpts = (text: string) => parseDriver(text).problems!.map(excerptOf);
    expect(excerpts(specText("  paramters: []\n"))).toEqual([
      "    7 |   paramters: []\n          ^".replace("          ^", `${" ".repeat(10)}^`),
    ]);
    expect(excerpts(specText('  info: { license: "漢字", nope: 1 }\n'))).toEqual([
      `    7 |   info: { license: "漢字", nope: 1 }\n${" ".repeat(8 + 27)}^`,
    ]);
    const [long] = excerpts(specText(`  info: { license: "${"x".repeat(300)}", nope: 1 }\n`));
    const [line, caret] = long!.split("\n");
    expect(line!.length).toBeLessThan(120);
    expect(line!.slice(caret!.indexOf("^"))).toStartWith("nope: 1");
    expect(excerpts(specText("  info: { license: \u001b[31m, nope: 1 }\n"))[0]).not.toContain("\u001b");
  });

  test("all problems of a file are told at once, in the order of lines", () => {
    const { problems } = parseDriver(
      specText("  nope: 1\n  services: [{}]\n  parameters: [{ name: a, kind: x }]\n"),
    );
    expect(problems!.length).toBeGreaterThanOrEqual(6);
    const lines = problems!.map((problem) => problem.line!);
    expect(lines).toEqual(lines.toSorted((a, b) => a - b));
  });

  test("a file that is too large, too deep or repeats itself without end is refused quickly", () => {
    const aliases = `${specText("  components: { web: { identifier: { label: { a: b } }, backup: { kind: disk, x: ")}&a [1,1,1,1,1,1,1,1,1,1], b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a], c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b], d: &d [*c,*c,*c,*c,*c,*c,*c,*c], e: [*d,*d,*d,*d,*d,*d,*d,*d] } } }\n`;
    for (const text of ["#".repeat(600_000), "[".repeat(20_000), "a: ".repeat(10_000), aliases]) {
      const start = performance.now();
      expect(parseDriver(text).problems?.length).toBeGreaterThan(0);
      expect(performance.now() - start).toBeLessThan(3_000 * pace());
    }
  });

  test("a NUL, a lone surrogate and a wrong type everywhere are refused, and nothing is thrown", () => {
    const sound = specText(`${web}  parameters: [{ name: a, kind: string }]\n`);
    const values = [
      "null",
      "1",
      "[]",
      "{}",
      '"\\0"',
      '"\\ud800"',
      "true",
      "1e400",
      "!!binary aGk=",
      "*x",
      "&x y",
    ];
    for (const value of values) {
      for (const key of ["apiVersion", "kind", "metadata", "spec", "version", "components", "parameters"]) {
        parseDriver(sound.replace(new RegExp(`^( *${key}:).*$`, "m"), `$1 ${value}`));
      }
    }
  });
});

describe("a sound driver file", () => {
  test("gives the whole specification with its defaults", () => {
    const spec = specOf(`
  default_version: 1.6
  info: { description: An application, authors: [A, B], license: MIT, links: [{ link: Home, url: https://example.org }] }
  components:
    web: { identifier: { label: { app: web } } }
    database: { identifier: { label: { app: database } }, backup: { kind: postgres, volume: data, container: main } }
  services:
    - { name: web, kind: http, scope: external, port: 8000, component: web }
  parameters:
    - { name: replicas, label: Replicas, kind: integer, default: 2, min: 1, max: 20 }
    - { name: level, kind: enum, values: [DEBUG, INFO], default: INFO }
    - { name: password, kind: secret, generate: { length: 40 } }
    - { name: hosts, kind: list, items: string, max_length: 3, default: [] }
    - { name: note, kind: string, required: false }
    - { name: needed, kind: number }
  env_vars: [{ name: LOG_LEVEL, description: How much is logged, level: component, components: [web] }]
  container_overrides: [{ component: web, container: main, command: true }]
`);
    expect(spec).toMatchObject({
      name: "sample",
      version: "1",
      supportedVersions: ">=1.2,<2.0",
      defaultVersion: "1.6",
      helm: null,
      manifests: "manifests",
      services: [{ name: "web", kind: "http", scope: "external", port: 8000, component: "web" }],
      envVars: [{ name: "LOG_LEVEL", components: ["web"] }],
      containerOverrides: [{ component: "web", container: "main", command: true, args: false }],
    });
    expect(spec.components.database!.backup).toEqual({
      kind: "postgres",
      volumes: ["data"],
      options: { container: "main" },
    });
    expect(spec.parameters.map(({ name, required }) => [name, required])).toEqual([
      ["replicas", false],
      ["level", false],
      ["password", false],
      ["hosts", false],
      ["note", false],
      ["needed", true],
    ]);
  });

  test("keeps a version that looks like a number as it was written", () => {
    expect(parseDriver(specText().replace('version: "1"', "version: 1.10")).spec?.version).toBe("1.10");
  });

  test("may have a chart", () => {
    const helm = specOf(
      "  helm: { main: { location: oci://example.org/chart, version: 0.4.2, values: values.j2.yml } }\n",
    );
    expect(helm).toMatchObject({
      manifests: null,
      helm: { main: { version: "0.4.2", values: "values.j2.yml" } },
    });
  });
});
