import { describe, expect, test } from "bun:test";
import { Command } from "commander";
import { taskTime, timeSpan } from "../../clients/cli/arguments.ts";
import { addCreate } from "../../clients/cli/commands/deployments/create.ts";
import { waitSeconds } from "../../clients/cli/commands/deployments/options.ts";
import { addTest } from "../../clients/cli/commands/deployments/test.ts";
import { addUpdate } from "../../clients/cli/commands/deployments/update.ts";
import type { Cli } from "../../clients/cli/io.ts";

test.each([
  ["90", 90],
  ["90s", 90],
  ["10m", 600],
  ["2h", 7_200],
  ["0", 0],
])("a time of %s is so many seconds", (text, seconds) => {
  expect(timeSpan(text)).toBe(seconds);
});

test.each(["", "m", "10 m", "1.5h", "-1s", "10min", "1d"])(
  "%p is no time, and what is one is told",
  (text) => {
    expect(() => timeSpan(text)).toThrow(
      `"${text}" must be a time such as 90s, 10m or 1h; a number alone is seconds.`,
    );
  },
);

test("a task may take what the server allows", () => {
  expect([taskTime("1s"), taskTime("24h")]).toEqual([1, 86_400]);
  for (const text of ["0", "25h", "86401"])
    expect(() => taskTime(text)).toThrow(`"${text}" must be from 1s to 24h.`);
});

test("--wait waits until a task has ended that may take long", () => {
  expect(waitSeconds({})).toBe(900);
  expect(waitSeconds({ taskTimeout: 60 })).toBe(900);
  expect(waitSeconds({ taskTimeout: 7_200 })).toBe(7_500);
  expect(waitSeconds({ taskTimeout: 7_200, timeout: 5 })).toBe(5);
});

describe("--task-timeout", () => {
  /** What the API is asked for by a verb. */
  async function asked(...argv: string[]) {
    const inputs: { timeoutSeconds?: number }[] = [];
    const deployment = {
      ...{ name: "web", status: "DEPLOYING", environment: { name: "demo" }, services: [] },
      driverVersion: { version: "1", driver: { name: "web" } },
    };
    const answer = async (input: object) => (inputs.push(input), { deployment, task: null });
    const deployments = { create: answer, update: answer, test: answer, get: async () => null };
    const io = { stdout() {}, stderr() {}, interactive: false };
    const cli = { client: { deployments }, io, format: "table" } as unknown as Cli;
    const program = new Command().exitOverride().configureOutput({ writeErr() {} });
    for (const add of [addCreate, addUpdate, addTest]) add(program, () => cli);
    for (const command of program.commands) command.exitOverride().configureOutput({ writeErr() {} });
    await program.parseAsync(argv, { from: "user" });
    return inputs[0]!.timeoutSeconds;
  }

  test.each([
    ["create", ["web", "1.0.0", "demo"]],
    ["update", ["web"]],
    ["test", ["web"]],
  ])("of %s is what the API is asked for, and nothing without it", async (verb, rest) => {
    expect(await asked(verb, ...rest, "--task-timeout", "20m")).toBe(1_200);
    expect(await asked(verb, ...rest)).toBeUndefined();
    await expect(asked(verb, ...rest, "--task-timeout", "soon")).rejects.toThrow(
      '"soon" must be a time such as 90s',
    );
  });
});
