import { describe, expect, test } from "bun:test";
import type { Cli } from "../../clients/cli/io.ts";
import { startedBy } from "../../clients/cli/commands/deployments/update.ts";
import { readPrompts } from "../../clients/cli/prompts.ts";

const prompt = (name: string, kind: string, more: object = {}) => ({
  name,
  label: name.toUpperCase(),
  kind,
  required: false,
  ...more,
});
const actions = [
  {
    name: "migrate",
    hook: "upgrade",
    runs: true,
    prompts: [
      prompt("window", "integer", { required: true, min: 1, max: 9, values: null }),
      prompt("way", "enum", { required: true, values: ["fast", "safe"] }),
      prompt("tables", "list"),
    ],
  },
  {
    name: "rewire",
    hook: "upgrade",
    runs: true,
    when: "driver",
    prompts: [prompt("wire", "string", { required: true })],
  },
  { name: "own", hook: "setup", runs: true, prompts: [prompt("owner", "string", { required: true })] },
  {
    name: "convert",
    hook: "upgrade",
    runs: true,
    when: "application",
    prompts: [prompt("table", "string", { required: true })],
  },
  { name: "dump", hook: "backup", runs: false, prompts: [prompt("to", "string", { required: true })] },
];

/** A command line with a driver behind it, and somebody who answers if there are answers. */
function cliOf(answers?: string[]) {
  const asked: string[] = [];
  const told: string[] = [];
  const versions: unknown[] = [];
  const cli = {
    client: {
      drivers: {
        async version(...which: unknown[]) {
          versions.push(which);
          return { id: "v2", actions };
        },
        async versionById(id: string) {
          versions.push([id]);
          return { id, actions };
        },
      },
    },
    io: {
      interactive: answers !== undefined,
      async ask(question: string) {
        asked.push(question);
        return answers!.shift()!;
      },
      stderr: (text: string) => told.push(text),
    },
  } as unknown as Cli;
  return { cli, asked, told, versions };
}
const upgrade = { driver: "orders", driverVersion: "2", hook: "upgrade" } as const;

describe("answers to what actions ask for", () => {
  test("get the kind that the driver gave them", async () => {
    const { cli, versions } = cliOf();
    const given = { "migrate.window": "3", "migrate.tables": "a,b", "own.owner": "7", "other.x": "1" };
    expect(await readPrompts(cli, upgrade, given)).toEqual([
      { action: "migrate", name: "window", value: 3 },
      { action: "migrate", name: "tables", value: ["a", "b"] },
      { action: "own", name: "owner", value: "7" },
      { action: "other", name: "x", value: "1" },
    ]);
    expect(versions).toEqual([["orders", "2"]]);
  });

  test("are asked for on a terminal: what this change starts, what is required, and what is missing", async () => {
    const { cli, asked } = cliOf(["5", "a", "b"]);
    const given = { "migrate.way": "safe", "rewire.wire": "x", "convert.table": "y" };
    expect((await readPrompts(cli, upgrade, given))!.filter(({ action }) => action === "migrate")).toEqual([
      { action: "migrate", name: "way", value: "safe" },
      { action: "migrate", name: "window", value: 5 },
    ]);
    expect(asked).toEqual(["migrate asks for WINDOW (integer from 1 to 9): "]);
    const all = cliOf(["5", "fast", "x", "y"]);
    await readPrompts(all.cli, upgrade, undefined);
    expect(all.asked[1]).toBe("migrate asks for WAY (fast, safe): ");
  });

  test("are asked for again when they cannot be right, and not without end", async () => {
    const given = { "migrate.way": "safe", "rewire.wire": "x", "convert.table": "y" };
    const { cli, asked, told } = cliOf(["many", "10", "9"]);
    expect(await readPrompts(cli, upgrade, given)).toContainEqual({
      action: "migrate",
      name: "window",
      value: 9,
    });
    expect(asked).toHaveLength(3);
    expect(told).toEqual([
      '  must be a whole number from 1 to 9, not "many"\n',
      "  must be a whole number from 1 to 9, not 10\n",
    ]);
    const stubborn = cliOf(["0", "0", "0", "0", "0", "5"]);
    expect(await readPrompts(stubborn.cli, upgrade, given)).toContainEqual({
      action: "migrate",
      name: "window",
      value: 0,
    });
  });

  test("are not asked for where nobody is, nor for a change that starts no action", async () => {
    const nobody = cliOf();
    expect(await readPrompts(nobody.cli, upgrade, undefined)).toBeUndefined();
    expect(nobody.versions).toEqual([]);
    const { cli, asked } = cliOf([]);
    expect(await readPrompts(cli, undefined, undefined)).toBeUndefined();
    expect(asked).toEqual([]);
  });

  const found = (active: string | null) => ({
    applicationVersion: "1.0.0",
    driverVersion: { id: "v1", version: "1", driver: { id: "orders" } },
    activeInstance: active && { applicationVersion: "1.0.0", driverVersion: { id: active } },
  });
  test.each([
    ["of the application", "v1", { version: "1.1.0" }, ["WINDOW", "WAY", "TABLE"]],
    ["of the driver", "v1", { driverVersion: "2" }, ["WINDOW", "WAY", "WIRE"]],
    [
      "of the driver, which has the same name and other files",
      "v1",
      { driverVersion: "1" },
      ["WINDOW", "WAY", "WIRE"],
    ],
    ["of both", "v1", { driverVersion: "2", version: "1.1.0" }, ["WINDOW", "WAY", "WIRE", "TABLE"]],
    ["of neither", "v1", {}, []],
    ["that is declared and did not come to run", "v0", {}, ["WINDOW", "WAY", "WIRE"]],
    ["while nothing runs yet", null, { version: "1.1.0" }, ["OWNER"]],
  ])("are asked for by an update that changes the version %s", async (_, active, options, wanted) => {
    const { cli, asked } = cliOf(["1", "fast", "3", "4"]);
    await readPrompts(cli, startedBy(found(active) as never, options), undefined);
    expect(asked.map((question) => /asks for (\w+)/.exec(question)![1]!)).toEqual(wanted);
  });

  test.each(["migrate", "migrate.", ".window", "a.b.c"])("refuse %p as a name", async (key) => {
    const { cli } = cliOf();
    await expect(readPrompts(cli, upgrade, { [key]: "1" })).rejects.toThrow("must be action.name=value");
  });
});
