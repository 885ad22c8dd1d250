import { describe, expect, test } from "bun:test";
import { coerceParameter, generateSecret, resolveParameters } from "../../drivers/kit/index.ts";
import { specOf } from "./sample.ts";
import { pace } from "../helpers/pace.ts";

const spec = specOf(`  parameters:
    - { name: title, kind: string, default: Hi, min_length: 2, max_length: 5 }
    - { name: host, kind: string, required: false, pattern: "^([a-z]+\\\\.)+[a-z]+$" }
    - { name: replicas, kind: integer, default: 2, min: 1, max: 20 }
    - { name: ratio, kind: number, default: 0.5 }
    - { name: debug, kind: boolean, default: false }
    - { name: level, kind: enum, values: [DEBUG, INFO], default: INFO }
    - { name: tags, kind: list, default: [], max_length: 3 }
    - { name: ports, kind: list, items: integer, default: [80], min: 1 }
    - { name: password, kind: secret, generate: { length: 32 }, min_length: 8 }
`);

const refused: [given: Record<string, unknown>, field: string, says: string][] = [
  [{ titel: "x" }, "parameters.titel", 'did you mean "title"'],
  [{ zzzzzz: 1 }, "parameters.zzzzzz", "there are title, host"],
  [{ ["__proto__"]: 1 }, "parameters.__proto__", "no parameter"],
  [{ toString: "x" }, "parameters.toString", "no parameter"],
  [{ title: 5 }, "parameters.title", "must be a text"],
  [{ title: "x" }, "parameters.title", "2 characters at least"],
  [{ title: "toolong" }, "parameters.title", "5 characters at most"],
  [{ title: "a\0b" }, "parameters.title", "NUL"],
  [{ title: "\ud800ab" }, "parameters.title", "Unicode"],
  [{ host: "no host" }, "parameters.host", "must match"],
  [{ replicas: "3" }, "parameters.replicas", "must be a whole number from 1 to 20"],
  [{ replicas: 1.5 }, "parameters.replicas", "whole number"],
  [{ replicas: 0 }, "parameters.replicas", "from 1 to 20, not 0"],
  [{ replicas: 21 }, "parameters.replicas", "not 21"],
  [{ replicas: Number.NaN }, "parameters.replicas", "not NaN"],
  [{ replicas: Number.POSITIVE_INFINITY }, "parameters.replicas", "not Infinity"],
  [{ ratio: "half" }, "parameters.ratio", "must be a number"],
  [{ debug: "true" }, "parameters.debug", "true or false"],
  [{ level: "info" }, "parameters.level", "one of DEBUG, INFO"],
  [{ tags: "a" }, "parameters.tags", "must be a list"],
  [{ tags: ["a", 1] }, "parameters.tags", "item 2 must be a text"],
  [{ tags: ["a", "b", "c", "d"] }, "parameters.tags", "3 items at most"],
  [{ ports: [0] }, "parameters.ports", "item 1 must be a whole number of 1 at least"],
  [{ password: "geheim" }, "parameters.password", "8 characters at least"],
  [{ password: 12345678 }, "parameters.password", "must be a text"],
];

describe("parameters", () => {
  test("that are not given take their defaults, and secrets are to be made", () => {
    expect(resolveParameters(spec, {})).toEqual({
      values: { title: "Hi", replicas: 2, ratio: 0.5, debug: false, level: "INFO", tags: [], ports: [80] },
      secrets: { password: { generate: { length: 32, alphabet: expect.any(String) } } },
      problems: [],
    });
  });

  test("that are given are kept, and null is as if not given", () => {
    const { values, secrets, problems } = resolveParameters(spec, {
      title: "Hey",
      replicas: null,
      password: "12345678",
    });
    expect(problems).toEqual([]);
    expect(values).toMatchObject({ title: "Hey", replicas: 2 });
    expect(secrets).toEqual({ password: { given: "12345678" } });
  });

  test("of a running deployment keep their secrets unless they are given anew", () => {
    expect(resolveParameters(spec, {}, ["password"]).secrets).toEqual({ password: { keep: true } });
    expect(resolveParameters(spec, { password: "12345678" }, ["password"]).secrets.password).toEqual({
      given: "12345678",
    });
  });

  test.each(refused)("%j is refused at %s: %s", (given, field, says) => {
    const { problems } = resolveParameters(spec, given);
    expect(problems).toHaveLength(1);
    expect(problems[0]!.field).toBe(field);
    expect(problems[0]!.message).toContain(says);
  });

  test("a required one that is missing is told, with all other problems", () => {
    const strict = specOf(
      "  parameters: [{ name: a, kind: string }, { name: b, kind: secret }, { name: c, kind: boolean }]\n",
    );
    const { problems } = resolveParameters(strict, { c: 1, d: 2 });
    expect(problems.map(({ field }) => field).sort()).toEqual([
      "parameters.a",
      "parameters.b",
      "parameters.c",
      "parameters.d",
    ]);
  });

  test("anything but an object is refused", () => {
    for (const given of [[], "a", 1, true])
      expect(resolveParameters(spec, given).problems[0]!.field).toBe("parameters");
  });

  test("a refused secret is not repeated in the message", () => {
    const pattern = specOf("  parameters: [{ name: pin, kind: secret, pattern: '^[0-9]+$' }]\n");
    expect(JSON.stringify(resolveParameters(pattern, { pin: "hunter2" }))).not.toContain("hunter2");
    expect(JSON.stringify(resolveParameters(spec, { password: ["hunter2"] }))).not.toContain("hunter2");
  });

  test("a pattern that would take other engines for ever is checked in no time", () => {
    const slow = specOf("  parameters: [{ name: a, kind: string, pattern: '^(a+)+$' }]\n");
    const start = performance.now();
    expect(resolveParameters(slow, { a: `${"a".repeat(50_000)}!` }).problems).toHaveLength(1);
    expect(performance.now() - start).toBeLessThan(3_000 * pace());
  });
});

describe("text of the command line", () => {
  const cases: [name: string, text: string, value: unknown][] = [
    ["title", "5", "5"],
    ["replicas", "3", 3],
    ["replicas", "three", "three"],
    ["ratio", "-1.5e3", -1500],
    ["debug", "true", true],
    ["debug", "no", false],
    ["debug", "maybe", "maybe"],
    ["level", "INFO", "INFO"],
    ["tags", "a, b", ["a", "b"]],
    ["tags", '["a,b"]', ["a,b"]],
    ["tags", "", []],
    ["ports", "80,443", [80, 443]],
    ["password", "12345678", "12345678"],
  ];
  test.each(cases)("%s=%s becomes %j", (name, text, value) => {
    expect(
      coerceParameter(
        spec.parameters.find((each) => each.name === name)!,
        text,
      ),
    ).toEqual(value);
  });
});

describe("generated secrets", () => {
  test("have the length and the alphabet that was asked for, and differ", () => {
    const made = Array.from({ length: 200 }, () => generateSecret({ length: 24, alphabet: "abcdefghij" }));
    expect(new Set(made).size).toBe(200);
    for (const secret of made) expect(secret).toMatch(/^[a-j]{24}$/);
    const counts = [..."abcdefghij"].map((letter) => made.join("").split(letter).length - 1);
    expect(Math.min(...counts)).toBeGreaterThan(350);
    expect(Math.max(...counts)).toBeLessThan(620);
  });
});
